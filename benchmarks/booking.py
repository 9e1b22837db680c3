"""``python -m benchmarks.booking``: many who book the same windows at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import sqlalchemy

from benchmarks import tabular, words
from benchmarks.hammering.browsers import Seen, ask_for_windows, post_forms, serving
from benchmarks.hammering.goals import GOALS, goals
from benchmarks.hammering.people import requests
from benchmarks.hammering.planned import ALWAYS_CLOSED, plan_next_day, until_ready
from benchmarks.hammering.records import Databases, databases, multiplied, verdict
from benchmarks.hammering.service import WARM, bare, hammer, wall
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.settings import load_settings

KINDS = ("sqlite", "postgresql")
CASES = ("disk", "service", "full", "no-guard", "http", "offers", "offers-planned")
WORDS = frozenset({"database", "case"})
SHARES = frozenset({"failed_share", "share_5xx", "planned_share"})


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
    failed_share, share_5xx
        Of all attempts or questions: those that broke, and those that were answered with a failure of the server.
    disk_ratio
        ``per_second`` over that of bare inserts.
    planned_stops, planned_share
        Stops on the routes of the planned day, and the share of answers that offered windows of it.
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
    failed_share: float | None = None
    share_5xx: float | None = None
    planned_stops: int | None = None
    planned_share: float | None = None


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
    stops: int
    fleet: Fleet
    roomy: Fleet
    seed: int


@click.command(context_settings=words.CONTEXT)
@click.option("--processes", type=click.IntRange(1), default=8, show_default=True, help="That book at once.")
@click.option("--attempts", type=click.IntRange(1), default=10_000, show_default=True, help="Of all together.")
@click.option("--databases", "kinds", default=",".join(KINDS), show_default=True, help="With commas.")
@click.option("--cases", default=",".join(CASES), show_default=True, help="With commas.")
@click.option("--fleet", "times", type=click.IntRange(1), default=2, show_default=True, help="Each vehicle so often.")
@click.option("--roomy", type=click.IntRange(1), default=8, show_default=True, help="The same where all find room.")
@click.option("--clients", type=click.IntRange(1), default=16, show_default=True, help="Browsers that post forms.")
@click.option("--servers", type=click.IntRange(1), default=2, show_default=True, help="Processes that answer browsers.")
@click.option("--browsers", type=click.IntRange(1), default=300, show_default=True, help="That ask for windows.")
@click.option("--think", type=words.POSITIVE, default=5.0, show_default=True, help="Mean seconds before each question.")
@click.option("--seconds", type=words.POSITIVE, default=30.0, show_default=True, help="How long they ask.")
@click.option("--stops", type=click.IntRange(1), default=80, show_default=True, help="Of the day that is planned.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the people.")
@words.json_option
def main(
    processes: int,
    attempts: int,
    kinds: str,
    cases: str,
    times: int,
    roomy: int,
    clients: int,
    servers: int,
    browsers: int,
    think: float,
    seconds: float,
    stops: int,
    seed: int,
    json_file: Path | None,
) -> None:
    """Book on fresh records of the shipped network, and look afterwards whether any window was sold twice.

    \b
    First look, a minute:
      python -m benchmarks.booking --processes 2 --attempts 400 --databases sqlite --cases service,no-guard

    \b
    Cases  disk      one process that inserts a short row a unit and does nothing else: what the disk allows
           service   processes call recycling.booking.book, each with its own connections; most find room
           full      the same on a smaller fleet whose windows fill up, where about half is refused
           no-guard  full with the guard taken out, which shows that the guard is what holds
           http      clients post the booking form to the real servers as browsers do, with cookies and form token,
                     each over one connection; a quarter of the attempts
           offers    browsers ask the servers of the http case for windows, and think in between
           offers-planned  the same around a depot whose next day is planned with --stops stops, on servers that offer
                     what still fits its routes

    People stand by population in the whole network and ask for any open day and window, so that processes meet in the
    same windows; on the shipped fleet, multiplied by --fleet, some windows fill up. PostgreSQL runs as a server of the
    benchmark's own with its defaults: what is committed is on the disk. A dash (JSON: null) is not measured. Below the
    rows, and in JSON as ``goals``, stands what is asked of each case beside what it reached.
    """
    with words.faults_told("booking"):
        chosen = words.known_words(kinds, KINDS, "--databases")
        asked = tuple(words.known_words(cases, CASES, "--cases"))
        words.must_be_writable(json_file)
        options = Options(
            cases=asked,
            processes=processes,
            attempts=attempts,
            clients=clients,
            servers=servers,
            browsers=browsers,
            think=think,
            seconds=seconds,
            stops=stops,
            fleet=multiplied(times),
            roomy=multiplied(roomy),
            seed=seed,
        )
        rows: list[Row] = []
        for kind in chosen:
            with tempfile.TemporaryDirectory(prefix="booking-") as folder, databases(kind, Path(folder)) as made:
                for row in _rows(made, options):
                    words.say(f"{row.database} {row.case}: {row.per_second:.0f} a second")
                    rows.append(row)
                    if json_file is not None:
                        versions = {"sqlalchemy": sqlalchemy.__version__}
                        json_file.write_text(
                            tabular.as_json("booking", sys.argv[1:], versions, rows=rows, goals=goals(rows))
                        )
        click.echo(tabular.table(rows, WORDS, SHARES, decimals=_decimals))
        click.echo()
        click.echo(tabular.table(goals(rows), GOALS, decimals=_decimals))


def _rows(made: Databases, options: Options) -> Iterator[Row]:
    disk = None
    if "disk" in options.cases:
        disk = bare(made.make(options.fleet))
        yield Row(made.kind, "disk", 1, 500, *([None] * 7), disk, None, None)
    for case, fleet in (("service", options.roomy), ("full", options.fleet), ("no-guard", options.fleet)):
        if case in options.cases:
            yield _service(made, options, case, fleet, disk)
    if "http" in options.cases or "offers" in options.cases:
        yield from _http(made, options, disk)
    if "offers-planned" in options.cases:
        yield _planned(made, options)


def _service(made: Databases, options: Options, case: str, fleet: Fleet, disk: float | None) -> Row:
    url = made.make(fleet)
    tallies = hammer(url, fleet, options.processes, options.attempts, options.seed, guarded=case != "no-guard")
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
        failed_share=sum(len(tally.errors) for tally in tallies) / max(1, sum(len(tally.seconds) for tally in tallies)),
    )


def _planned(made: Databases, options: Options) -> Row:
    url = made.make(options.fleet)
    planned = plan_next_day(url, options.fleet, options.stops, options.seed)
    with (
        tempfile.TemporaryDirectory(prefix="booking-home-") as home,
        serving(url, options.fleet, options.servers, Path(home), ALWAYS_CLOSED) as ports,
    ):
        for port in ports:
            words.say(f"{made.kind} offers-planned: ready after {until_ready(port, planned):.0f} s")
        seen = ask_for_windows(ports, options.browsers, planned.wishes, options.think, options.seconds, planned.day)
    rate, share = len(seen.seconds) / seen.wall, seen.on_day / max(1, len(seen.seconds))
    row = _seen_row(made.kind, "offers-planned", options.browsers, seen, rate, None, {})
    return replace(row, planned_stops=planned.stops, planned_share=share)


def _http(made: Databases, options: Options, disk: float | None) -> Iterator[Row]:
    url = made.make(options.roomy)
    database = Database(url)
    office = Office(database, load_settings(), load_catalogue(), options.roomy)
    wishes = requests(office, max(options.clients, options.attempts // 4), options.seed)
    database.close()
    with (
        tempfile.TemporaryDirectory(prefix="booking-home-") as home,
        serving(url, options.roomy, options.servers, Path(home)) as ports,
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
        share_5xx=seen.errors_5xx / max(1, len(seen.seconds)),
    )


def _p99(seconds: list[float]) -> float | None:
    return float(np.percentile(seconds, 99)) * 1000 if seconds else None


def _decimals(name: str, value: float) -> str:
    return f"{value:.2f}" if name == "disk_ratio" else f"{value:.1f}"


if __name__ == "__main__":
    main()
