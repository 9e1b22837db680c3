"""``python -m benchmarks.booking``: many who book the same windows at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import sqlalchemy

from benchmarks import tabular, words
from benchmarks.hammering.browsers import Seen, ask_for_windows, post_forms, serving
from benchmarks.hammering.people import requests
from benchmarks.hammering.records import Databases, databases, multiplied, verdict
from benchmarks.hammering.service import WARM, bare, hammer, wall
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.settings import load_settings

KINDS = ("sqlite", "postgresql")
CASES = ("disk", "service", "no-guard", "http", "offers")
WORDS = frozenset({"database", "case"})


@dataclass(frozen=True)
class Row:
    """One case on one database; None is what it does not measure.

    Attributes
    ----------
    processes
        Processes that book, or browsers.
    capacity
        Seconds that all windows had.
    refused, failed
        Attempts that were told that the window is full, or another sentence; and those that broke.
    oversold, lost
        Windows whose bookings take more than they had; bookings that were acknowledged and are not in the record.
    per_second
        Bookings a second, without refused attempts; questions for ``offers``, bare inserts for ``disk``.
    disk_ratio
        ``per_second`` over that of bare inserts.
    """

    database: str
    case: str
    processes: int
    attempts: int
    capacity: int | None
    booked: int | None
    refused: int | None
    failed: int | None
    oversold: int | None
    lost: int | None
    errors_5xx: int | None
    per_second: float
    p99_ms: float | None
    disk_ratio: float | None


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    cases: tuple[str, ...]
    processes: int
    attempts: int
    clients: int
    servers: int
    browsers: int
    think: float
    seconds: float
    fleet: Fleet
    seed: int


@click.command(context_settings=words.CONTEXT)
@click.option("--processes", type=click.IntRange(1), default=8, show_default=True, help="That book at once.")
@click.option("--attempts", type=click.IntRange(1), default=10_000, show_default=True, help="Of all together.")
@click.option("--databases", "kinds", default=",".join(KINDS), show_default=True, help="With commas.")
@click.option("--cases", default=",".join(CASES), show_default=True, help="With commas.")
@click.option("--fleet", "times", type=click.IntRange(1), default=2, show_default=True, help="Each vehicle so often.")
@click.option("--clients", type=click.IntRange(1), default=16, show_default=True, help="Browsers that post forms.")
@click.option("--servers", type=click.IntRange(1), default=2, show_default=True, help="Processes that answer browsers.")
@click.option("--browsers", type=click.IntRange(1), default=300, show_default=True, help="That ask for windows.")
@click.option("--think", type=words.POSITIVE, default=5.0, show_default=True, help="Mean seconds before each question.")
@click.option("--seconds", type=words.POSITIVE, default=30.0, show_default=True, help="How long they ask.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the people.")
@words.json_option
def main(
    processes: int,
    attempts: int,
    kinds: str,
    cases: str,
    times: int,
    clients: int,
    servers: int,
    browsers: int,
    think: float,
    seconds: float,
    seed: int,
    json_file: Path | None,
) -> None:
    """Book on fresh records of the shipped network, and look afterwards whether any window was sold twice.

    \b
    First look, a minute:
      python -m benchmarks.booking --processes 2 --attempts 400 --databases sqlite --cases service,no-guard

    \b
    Cases  disk      one process that inserts a short row a unit and does nothing else: what the disk allows
           service   processes call recycling.booking.book, each with its own connections
           no-guard  the same with the guard taken out, which shows that the guard is what holds
           http      clients post the booking form to the real servers as browsers do, with cookies and form token,
                     each over one connection; a quarter of the attempts
           offers    browsers ask the servers of the http case for windows, and think in between

    People stand by population in the whole network and ask for any open day and window, so that processes meet in the
    same windows; on the shipped fleet, multiplied by --fleet, some windows fill up. PostgreSQL runs as a server of the
    benchmark's own with its defaults: what is committed is on the disk. A dash (JSON: null) is not measured.
    """
    with words.faults_told("booking"):
        chosen = words.known_words(kinds, KINDS, "--databases")
        asked = tuple(words.known_words(cases, CASES, "--cases"))
        words.must_be_writable(json_file)
        options = Options(
            asked, processes, attempts, clients, servers, browsers, think, seconds, multiplied(times), seed
        )
        rows: list[Row] = []
        for kind in chosen:
            with tempfile.TemporaryDirectory(prefix="booking-") as folder, databases(kind, Path(folder)) as made:
                for row in _rows(made, options):
                    words.say(f"{row.database} {row.case}: {row.per_second:.0f} a second")
                    rows.append(row)
                    if json_file is not None:
                        versions = {"sqlalchemy": sqlalchemy.__version__}
                        json_file.write_text(tabular.as_json("booking", sys.argv[1:], versions, rows=rows))
        click.echo(tabular.table(rows, WORDS, decimals=_decimals))


def _rows(made: Databases, options: Options) -> Iterator[Row]:
    disk = None
    if "disk" in options.cases:
        disk = bare(made.make(options.fleet))
        yield Row(made.kind, "disk", 1, 500, *([None] * 7), disk, None, None)
    for case in ("service", "no-guard"):
        if case in options.cases:
            yield _service(made, options, case, disk)
    if "http" in options.cases or "offers" in options.cases:
        yield from _http(made, options, disk)


def _service(made: Databases, options: Options, case: str, disk: float | None) -> Row:
    url = made.make(options.fleet)
    tallies = hammer(url, options.fleet, options.processes, options.attempts, options.seed, guarded=case == "service")
    found = verdict(url, [key for tally in tallies for key in tally.acknowledged])
    for error in {error for tally in tallies for error in tally.errors}:
        words.say(f"{made.kind} {case}: {error}")
    rate = sum(tally.timed for tally in tallies) / wall(tallies)
    return Row(
        made.kind,
        case,
        options.processes,
        options.attempts + WARM * options.processes,
        found["capacity"],
        found["booked"],
        sum(tally.full for tally in tallies),
        sum(len(tally.errors) for tally in tallies),
        found["oversold"],
        found["lost"],
        None,
        rate,
        _p99([s for tally in tallies for s in tally.seconds]),
        rate / disk if disk else None,
    )


def _http(made: Databases, options: Options, disk: float | None) -> Iterator[Row]:
    url = made.make(options.fleet)
    database = Database(url)
    office = Office(database, load_settings(), load_catalogue(), options.fleet)
    wishes = requests(office, max(options.clients, options.attempts // 4), options.seed)
    database.close()
    with (
        tempfile.TemporaryDirectory(prefix="booking-home-") as home,
        serving(url, options.fleet, options.servers, Path(home)) as ports,
    ):
        if "http" in options.cases:
            seen = post_forms(ports, options.clients, wishes)
            found = verdict(url, seen.acknowledged)
            rate = len(seen.acknowledged) / seen.wall
            yield _seen_row(made.kind, "http", options.clients, seen, rate, disk, found)
        if "offers" in options.cases:
            seen = ask_for_windows(ports, options.browsers, wishes, options.think, options.seconds)
            yield _seen_row(made.kind, "offers", options.browsers, seen, len(seen.seconds) / seen.wall, None, {})


def _seen_row(
    kind: str, case: str, processes: int, seen: Seen, rate: float, disk: float | None, found: dict[str, int]
) -> Row:
    return Row(
        kind,
        case,
        processes,
        len(seen.seconds),
        found.get("capacity"),
        found.get("booked"),
        seen.refused,
        None,
        found.get("oversold"),
        found.get("lost"),
        seen.errors_5xx,
        rate,
        _p99(seen.seconds),
        rate / disk if disk else None,
    )


def _p99(seconds: list[float]) -> float | None:
    return float(np.percentile(seconds, 99)) * 1000 if seconds else None


def _decimals(name: str, value: float) -> str:
    return f"{value:.2f}" if name == "disk_ratio" else f"{value:.1f}"


if __name__ == "__main__":
    main()
