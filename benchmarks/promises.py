"""``python -m benchmarks.promises``: are windows kept that residents are offered, and how many more than by quota?"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import click
import sqlalchemy

from benchmarks import tabular, words
from benchmarks.promising.arrivals import median_and_p90
from benchmarks.promising.day import Outcome, Trial
from benchmarks.promising.driving import Chance
from benchmarks.promising.residents import Size
from benchmarks.promising.season import season, tuned
from recycling import network
from recycling.db import Database
from recycling.settings import load_settings

FIRST_DAY = date(2027, 3, 1)
WINDOWS = 4
WORDS = frozenset({"policy", "day", "window"})
SHARES = frozenset({"plannable_share", "kept_share", "more_kept", "late_share"})


@dataclass(frozen=True)
class Row:
    """One day under one policy: people who asked, bookings accepted, of these on a route, and begun in their window.

    ``others`` are truck calls and deliveries, ``others_planned`` those on a route.
    """

    policy: str
    day: str
    requests: int
    accepted: int
    plannable: int
    kept: int
    others: int
    others_planned: int
    vehicles: int
    km: float


@dataclass(frozen=True)
class Total:
    """All days of a policy; ``quota`` is bookings a window, ``more_kept`` by which share ours keeps more."""

    policy: str
    days: int
    quota: int | None
    requests: int
    accepted: int
    plannable: int
    kept: int
    plannable_share: float | None
    kept_share: float | None
    vehicles: float
    km: float
    more_kept: float | None


@dataclass(frozen=True)
class Arrivals:
    """How far crews were from the hours told at least 30 minutes before, minutes, all days of a policy.

    ``planned_*`` by the plan's hour, ``said_*`` where the dispatcher says at once by how much a route is behind.
    """

    policy: str
    visits: int
    planned_median: float | None
    planned_p90: float | None
    said_median: float | None
    said_p90: float | None


@click.command(context_settings=words.CONTEXT)
@click.option("--days", type=click.IntRange(1), default=20, show_default=True, help="That are booked and driven.")
@click.option("--requests", type=click.IntRange(1), default=300, show_default=True, help="People who ask for a day.")
@click.option("--calls", type=click.IntRange(0), default=12, show_default=True, help="Truck calls of a day.")
@click.option("--deliveries", type=click.IntRange(0), default=30, show_default=True, help="Trade-ins of a day.")
@click.option("--depot", default="DEP-01", show_default=True, help="Of the shipped network, with its fleet.")
@click.option("--vehicles", type=click.IntRange(1), help="Fewer vehicles of the depot; all by default.")
@words.seconds_option(5.0)
@words.cores_option
@click.option("--quota", type=click.IntRange(1), help="Bookings a window of the quota; tuned by default.")
@words.against_option("quota")
@words.seed_option
@words.json_option
def main(
    days: int,
    requests: int,
    calls: int,
    deliveries: int,
    depot: str,
    vehicles: int | None,
    seconds: float,
    cores: int,
    quota: int | None,
    against: str,
    seed: int,
    json_file: Path | None,
) -> None:
    """Let made-up residents book through the real offers, plan each day at its cut-off, and drive it.

    \b
    First look, some minutes:
      python -m benchmarks.promises --days 2 --requests 150 --seconds 3 --quota 12

    \b
    Policies  ours   recycling.booking.offers and book: a window is offered while the fleet can keep it
              quota  a fixed number of bookings a window, at doors that are near enough for ours too. It is the largest
                     with which at least 99 % of its bookings are plannable on these very days (it has the advantage
                     of hindsight)

    People stand by population at the places of the depot, ask in the six days before the cut-off, and wish a window;
    30 % can only then, 30 % only in that half of the day, the others always. Deliveries come in over the same days,
    and each brings the day's capacity up to date. Both policies meet the same people, the same other work, the
    same solver (--seconds a day, one core; --cores days at once) and the same luck on the road: each service takes
    its lognormal share (coefficient of variation 0.3), each way one of its own (0.2, less for long ways) and one
    of its hour (0.1).
    Crews leave as planned, keep the order, and begin nothing before its window. plannable: on a route; kept: begun
    inside the promised window; both of all accepted. The second table is all days together, the third one the ETA
    error: minutes, of the absolute value, between the hour told at least 30 minutes before and the one at which the
    crew began; planned: told by the plan; said: where a dispatcher says at once by how much a route is behind. JSON
    has one more, ``windows``: what each window was estimated to take, and what the planned routes take.

    Settings are those of config/default.toml and the environment, such as RECYCLING_BOOKING__FILL=0.9 or
    RECYCLING_PLANNING__PROMISE_SLACK_MINUTES=0.
    """
    with words.faults_told("promises"):
        peers = words.known_words(against, ("quota",), "--against")
        words.cores_of(cores)
        words.must_be_writable(json_file)
        settings = load_settings(planning={"seconds": seconds, "cores": 1})
        with tempfile.TemporaryDirectory(prefix="promises-") as folder, _pool(cores) as pool:
            first = Trial(
                _record(Path(folder)),
                settings,
                depot,
                FIRST_DAY,
                None,
                Size(requests, calls, deliveries),
                Chance(),
                seed,
                vehicles,
            )
            trials = [replace(first, day=FIRST_DAY + timedelta(days=k)) for k in range(days)]
            ours = season(pool, trials)
            rows, totals = _rows("ours", trials, ours), [_total("ours", None, ours, None)]
            windows = [use for outcome in ours for use in outcome.windows]
            arrivals = [_arrivals("ours", ours)]
            _write(json_file, rows, totals, arrivals, windows)
            if peers:
                number, found = _by_quota(pool, trials, ours, quota)
                rows += _rows("quota", trials, found)
                totals = [_total("ours", None, ours, found), _total("quota", number, found, None)]
                windows += [use for outcome in found for use in outcome.windows]
                arrivals.append(_arrivals("quota", found))
                _write(json_file, rows, totals, arrivals, windows)
        click.echo(tabular.table(rows, WORDS, SHARES))
        click.echo()
        click.echo(tabular.table(totals, WORDS, SHARES))
        click.echo()
        click.echo(tabular.table(arrivals, WORDS, SHARES))


def _by_quota(
    pool: Executor, trials: Sequence[Trial], ours: Sequence[Outcome], quota: int | None
) -> tuple[int, list[Outcome]]:
    if quota is not None:
        return quota, season(pool, [replace(trial, quota=quota) for trial in trials])
    return tuned(pool, trials, max(1, sum(o.accepted for o in ours) // (len(ours) * WINDOWS)))


@contextmanager
def _pool(cores: int) -> Iterator[Executor]:
    """Processes that each try a day at a time; what is compiled is loaded once in each."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        yield pool


def _record(folder: Path) -> Path:
    path = folder / "network.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.write() as session:
        network.store(session, network.shipped_network())
    database.close()
    return path


def _rows(policy: str, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> list[Row]:
    return [
        Row(
            policy,
            t.day.isoformat(),
            o.requests,
            o.accepted,
            o.plannable,
            o.kept,
            o.others,
            o.others_planned,
            o.vehicles,
            o.km,
        )
        for t, o in zip(trials, outcomes, strict=True)
    ]


def _total(policy: str, quota: int | None, mine: Sequence[Outcome], peer: Sequence[Outcome] | None) -> Total:
    accepted, kept = sum(o.accepted for o in mine), sum(o.kept for o in mine)
    theirs = sum(o.kept for o in peer) if peer else 0
    return Total(
        policy,
        len(mine),
        quota,
        sum(o.requests for o in mine),
        accepted,
        sum(o.plannable for o in mine),
        kept,
        sum(o.plannable for o in mine) / accepted if accepted else None,
        kept / accepted if accepted else None,
        sum(o.vehicles for o in mine) / len(mine),
        sum(o.km for o in mine) / len(mine),
        kept / theirs - 1 if theirs else None,
    )


def _arrivals(policy: str, outcomes: Sequence[Outcome]) -> Arrivals:
    told = [one for outcome in outcomes for one in outcome.told]
    planned, said = (median_and_p90([getattr(one, name) for one in told]) for name in ("planned", "said"))
    return Arrivals(policy, len(told), *planned, *said)


def _write(
    json_file: Path | None, rows: list[Row], totals: list[Total], arrivals: list[Arrivals], windows: list[object]
) -> None:
    if json_file is not None:
        versions = {"sqlalchemy": sqlalchemy.__version__}
        told = tabular.as_json(
            "promises", sys.argv[1:], versions, rows=rows, totals=totals, arrivals=arrivals, windows=windows
        )
        json_file.write_text(told)


if __name__ == "__main__":
    main()
