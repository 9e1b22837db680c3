"""``python -m benchmarks.integrated``: bookings, calls and deliveries as one day, against three separate fleets."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks import tabular, words
from recycling import dispatch, network
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.db import Database
from recycling.demo.day import make_demo
from recycling.fleet import load_fleet
from recycling.settings import load_settings
from routing.check import check
from routing.day import DayJob, load_loops, stated
from routing.problem import Problem, Stop
from routing.solve import solve

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
"""The morning before the day."""

INTEGRATED, SEPARATE, ALONG = "integrated", "separate", "separate, old goods along"
OLD = "old:"
GRAMS, METRES, HOUR = 1000, 1000, 3600


@dataclass(frozen=True)
class Row:
    """What one way to do the day comes to, or a part of one.

    Attributes
    ----------
    orders, served
        Orders of the day, a delivery and the old thing of it being one, and those of them that are done.
    cost
        Fen of vehicles, kilometres and hours, without prizes of what is left out.
    ratio
        Cost of the integrated day over this one's; None for parts.
    """

    case: str
    orders: int
    served: int
    vehicles: int
    km: float
    hours: float
    cost: int
    kg_co2: float
    valid: bool
    ratio: float | None = None


@dataclass(frozen=True)
class Search:
    """How long each fleet's plan is searched for."""

    seconds: float
    cores: int
    seed: int


def demo_job(folder: Path, seed: int) -> tuple[DayJob, float]:
    """Return the demonstration's day, and the grams of carbon dioxide that a vehicle emits on a kilometre."""
    settings = load_settings()
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    database.migrate()
    office = Office(database, settings, load_catalogue(), load_fleet())
    made = make_demo(office, NOW, None, seed)
    with database.read() as session:
        depot = network.the_depot(session, made.depot)
        job = dispatch.day_job(session, settings, office.fleet, depot, made.day)
    database.close()
    return job, settings.booking.grams_co2_per_km


def kind(stop: Stop) -> str:
    """Return what a stop is: a booking (b), a call (c), a delivery (t), or an old thing fetched by itself (o)."""
    return stop.id[0]


def apart(problem: Problem, pickup_prize: int) -> Problem:
    """Return the day on which the old thing of each delivery is fetched on a visit of its own, at any hour.

    Bringing and fetching then each take half of the visit, but at least as long as parking does.
    """
    shift = [vehicle.shift for vehicle in problem.vehicles]
    whole = replace(shift[0], start=min(s.start for s in shift), end=max(s.end for s in shift))
    stops = []
    for stop in problem.stops:
        if kind(stop) == "t" and any(stop.pickup):
            half = stop.service // 2
            nothing = tuple(0 for _ in stop.pickup)
            stops.append(replace(stop, pickup=nothing, service=stop.service - half))
            fetched = replace(
                stop, id=f"{OLD}{stop.id}", delivery=nothing, service=half, windows=(whole,), prize=pickup_prize
            )
            stops.append(fetched)
        else:
            stops.append(stop)
    return replace(problem, stops=tuple(stops))


def thrice(problem: Problem) -> Problem:
    """Return the day with as many vehicles as three fleets have together."""
    more = [replace(v, id=f"{v.id}/{fleet}") for fleet in (2, 3) for v in problem.vehicles]
    return replace(problem, vehicles=(*problem.vehicles, *more))


def planned(case: str, problem: Problem, kinds: str, search: Search, grams: float) -> Row:
    """Plan the stops of some kinds with the whole fleet, and judge the plan."""
    own = replace(problem, stops=tuple(stop for stop in problem.stops if kind(stop) in kinds))
    plan = solve(own, search.seconds, search.seed, cores=search.cores)
    metres = sum(route.distance for route in plan.routes)
    missing = {unserved.stop.removeprefix(OLD) for unserved in plan.unserved}
    orders = {stop.id.removeprefix(OLD) for stop in own.stops}
    return Row(
        case,
        len(orders),
        len(orders - missing),
        len(plan.routes),
        metres / METRES,
        sum(route.end - route.start for route in plan.routes) / HOUR,
        sum(route.cost for route in plan.routes),
        metres / METRES * grams / GRAMS,
        not check(own, plan),
    )


def together(case: str, parts: Sequence[Row], orders: int, integrated: Row) -> Row:
    """Return what separate fleets come to together."""
    cost = sum(part.cost for part in parts)
    return Row(
        case,
        orders,
        orders - sum(part.orders - part.served for part in parts),
        sum(part.vehicles for part in parts),
        sum(part.km for part in parts),
        sum(part.hours for part in parts),
        cost,
        sum(part.kg_co2 for part in parts),
        all(part.valid for part in parts),
        integrated.cost / cost if cost else None,
    )


def rows_of(problem: Problem, prize: int, search: Search, grams: float) -> list[Row]:
    """Plan the day as one, and with three fleets: old goods fetched by the recycler, or along with the delivery."""
    words.say("one fleet")
    one = planned(INTEGRATED, thrice(problem), "bct", search, grams)
    found = [replace(one, ratio=1.0)]
    fetched = apart(problem, prize)
    for case, day, fleets in (
        (SEPARATE, fetched, (("deliveries", "t"), ("door pickups and old goods", "bo"), ("truck calls", "c"))),
        (ALONG, problem, (("deliveries with old goods", "t"), ("door pickups", "b"), ("truck calls", "c"))),
    ):
        parts = []
        for name, kinds in fleets:
            words.say(f"{case}: {name}")
            parts.append(planned(f"  {name}", day, kinds, search, grams))
        found += [together(case, parts, one.orders, one), *parts]
    return found


@click.command(context_settings=words.CONTEXT)
@words.seconds_option(20.0)
@words.cores_option
@words.seed_option
@words.json_option
def main(seconds: float, cores: int, seed: int, json_file: Path | None) -> None:
    """Plan the demonstration's day as one problem, and as three companies would, each with trucks of its own.

    \b
      python -m benchmarks.integrated --seconds 20 --cores 2

    The companies bring a shop's deliveries, fetch door pickups, and call at communities. Each has the demonstration's
    fleet, the integrated day all three of them. "separate": the recycler fetches the old things on visits of their own,
    at any hour of the shift; "old goods along": the shop's trucks take them back.

    The same orders, roads, vehicles and rules; each fleet is searched for --seconds, so that the separate ones get
    three times as long. Every plan is judged by routing.check. cost is in fen without the prizes of what is left out;
    ratio is the integrated day's cost over that of the case, in the same run.
    """
    with words.faults_told("integrated"):
        words.must_be_writable(json_file)
        load_loops()
        with tempfile.TemporaryDirectory(prefix="integrated-") as folder:
            job, grams = demo_job(Path(folder), seed)
        problem = stated(job).problem
        prize = load_settings().planning.prize_booking
        rows = rows_of(problem, prize, Search(seconds, words.cores_of(cores), seed), grams)
        click.echo(tabular.table(rows, {"case"}, decimals=_decimals))
        one = rows[0]
        for other in rows:
            if other.ratio is not None and other is not one:
                click.echo(
                    f"{INTEGRATED} against {other.case}: {_less(one.km, other.km)} km, "
                    f"{_less(one.vehicles, other.vehicles)} vehicles, {_less(one.kg_co2, other.kg_co2)} carbon, "
                    f"{_less(one.cost, other.cost)} cost"
                )
        if json_file is not None:
            versions = {name: version(name) for name in ("numpy", "numba")}
            json_file.write_text(tabular.as_json("integrated", sys.argv[1:], versions, rows=rows))


def _less(ours: float, other: float) -> str:
    return f"{(ours / other - 1) * 100:+.1f} %" if other else "-"


def _decimals(name: str, value: float) -> str:
    return f"{value:.3f}" if name == "ratio" else f"{value:.1f}"


if __name__ == "__main__":
    main()
