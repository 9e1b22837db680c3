"""``python -m benchmarks.replan``: a day under way loses a vehicle and gets stops; planned anew beside insertion."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from benchmarks import tabular, words
from benchmarks.days import FEWEST, everyday_day
from routing.check import check
from routing.plan import Plan
from routing.problem import Problem, Stop
from routing.replan import Moment, RestOfDay, rest_of_day
from routing.replan.whole import NOW
from routing.solve import LEFT_OUT, load, solve

OURS, INSERTION = "ours", "insertion"
HOUR = 3600
WARM_STOPS, WARM_SECONDS = 30, 1.0
"""Stops and seconds of the day on which everything is done once, so that what is measured runs in a warm process."""


@dataclass(frozen=True)
class Row:
    """One way to plan the rest of one day.

    Attributes
    ----------
    day
        Number of the made-up day.
    left, new
        Stops of the rest that are not done, those among them that came in at the moment.
    engine
        `OURS` (`RestOfDay.replan`) or `INSERTION` (`RestOfDay.insertion`).
    seconds
        Wall time from the call with the published day, its plan and the moment to the plan of the rest.
    cost
        Fen of the rest, prizes of what is left out among them.
    unserved, required
        Stops left out, and those of them that must be served.
    valid
        Whether `routing.check` finds nothing against the plan but required stops that it leaves out.
    ratio
        Our cost over that of insertion; None where they leave out different numbers of required stops.
    """

    day: int
    stops: int
    left: int
    new: int
    engine: str
    seconds: float
    cost: int
    unserved: int
    required: int
    valid: bool
    ratio: float | None = None


@dataclass(frozen=True)
class Case:
    """A published day and what is known at a moment of it."""

    problem: Problem
    plan: Plan
    moment: Moment

    def rest(self) -> RestOfDay:
        """Return what is left to be planned."""
        return rest_of_day(self.problem, self.plan, self.moment)


def case(stops: int, day: int, second: int, new: int, seconds: float, cores: int, seed: int) -> Case:
    """Plan a day and drive it as planned until a second; the vehicle away with most to do is out, stops come in.

    The new stops are stops of a larger day that are in no pair and belong with no other, with an hour left to come.
    """
    whole = everyday_day(stops + new, day)
    paired = {name for p in whole.pairs for name in (p.collect, p.drop)}
    free = [s for s in whole.stops if s.id not in paired and not s.together and not s.group and s.vehicles is None]
    still = [s for s in free if s.windows[-1].end > second + HOUR]
    held: Sequence[Stop] = still[:: max(1, len(still) // max(1, new))][:new] if new else ()
    names = {s.id for s in held}
    problem = replace(whole, stops=tuple(s for s in whole.stops if s.id not in names))
    plan = solve(problem, seconds, seed, cores=cores)
    moment = Moment.of(problem, plan, second)
    away = [r for r in plan.routes if r.start <= second]
    out = max(away, key=lambda r: (sum(v.start > second for v in r.visits), r.vehicle), default=None)
    if out is not None:
        moment = moment.broken_down(out.vehicle)
    return Case(problem, plan, replace(moment, new=tuple(held)))


def compared(found: Case, day: int, stops: int, seconds: float, cores: int, seed: int) -> list[Row]:
    """Plan the rest by insertion and anew, each from the beginning, and judge both."""
    ours = _timed(OURS, found, day, stops, lambda rest: rest.replan(seconds, seed, cores=cores))
    insertion = _timed(INSERTION, found, day, stops, lambda rest: rest.insertion())
    same = ours.required == insertion.required
    return [replace(ours, ratio=ours.cost / insertion.cost if same and insertion.cost else None), insertion]


def _timed(engine: str, found: Case, day: int, stops: int, planned: Callable[[RestOfDay], Plan]) -> Row:
    began = time.perf_counter()
    rest = found.rest()
    plan = planned(rest)
    seconds = time.perf_counter() - began
    required = {s.id for s in rest.problem.stops if s.required}
    asked = {s.id for s in rest.problem.stops if not s.id.startswith(NOW)}
    return Row(
        day=day,
        stops=stops,
        left=len(asked),
        new=len(found.moment.new),
        engine=engine,
        seconds=seconds,
        cost=plan.cost,
        unserved=len(plan.unserved),
        required=sum(u.stop in required for u in plan.unserved),
        valid=all(v.rule == LEFT_OUT for v in check(rest.problem, plan)),
    )


@click.command(context_settings=words.CONTEXT)
@click.option("--stops", default=200, show_default=True, type=click.IntRange(FEWEST), help="Stops of the day.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1), help="Days of that size.")
@click.option("--new", default=8, show_default=True, type=click.IntRange(0), help="Stops that come in.")
@click.option("--hour", default=10.5, show_default=True, type=click.FloatRange(0, 24), help="When.")
@click.option("--day-seconds", default=10.0, show_default=True, type=words.POSITIVE, help="To plan the day itself.")
@words.seconds_option(3.0)
@words.cores_option
@words.seed_option
@words.json_option
def main(
    stops: int,
    days: int,
    new: int,
    hour: float,
    day_seconds: float,
    seconds: float,
    cores: int,
    seed: int,
    json_file: Path | None,
) -> None:
    """Plan made-up days, drive them until a moment, and plan the rest anew after a breakdown and with new stops.

    \b
      python -m benchmarks.replan --stops 200 --seconds 3

    \b
    ours        routing.replan, which is given --seconds
    insertion   the published rest, with what it leaves out put in one by one where it adds least

    Of the vehicles that are away, the one with most to do is out. Everything has been done once before on a small day,
    so that nothing is loaded or compiled in what is measured; seconds are wall time from the call with the published
    day to the plan of the rest. Every plan is judged by routing.check. ratio is our cost over insertion's.
    """
    with words.faults_told("replan"):
        words.cores_of(cores)
        words.must_be_writable(json_file)
        load()
        warm = case(WARM_STOPS, 1, int(hour * HOUR), min(new, 2), WARM_SECONDS, 1, seed)
        compared(warm, 0, WARM_STOPS, WARM_SECONDS, cores, seed)
        rows = []
        for day in range(1, days + 1):
            words.say(f"day {day} with {stops} stops: planning it, then its rest")
            found = case(stops, day, int(hour * HOUR), new, day_seconds, cores, seed)
            rows += compared(found, day, stops, seconds, cores, seed)
        click.echo(tabular.table(rows, {"engine"}, decimals=_decimals))
        if json_file is not None:
            versions = {"numpy": np.__version__}
            json_file.write_text(tabular.as_json("replan", sys.argv[1:], versions, rows=rows))


def _decimals(name: str, value: float) -> str:
    return f"{value:.2f}" if name == "seconds" else f"{value:.3f}"


if __name__ == "__main__":
    main()
