"""One large day: a short search beside a long one, their memory, and the judge's word on both plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.days import everyday_day
from benchmarks.days.rules import without
from benchmarks.days.week import week
from benchmarks.reporting import Report, average
from benchmarks.searching import Engines, Search, judged
from routing.files import write_problem
from routing.plan import Plan
from routing.problem import Problem

OURS, REFERENCE = "ours", "reference"


def _apart(stops: int, seed: int) -> Problem:
    """An everyday day whose routes can be planned apart: no bounds of sites, no balance of hours."""
    return without(without(everyday_day(stops, seed), "bounded sites"), "balance")


DAYS: dict[str, Callable[[int, int], Problem]] = {"everyday": everyday_day, "apart": _apart, "week": week}
"""Makes a day of so many stops with a seed."""


@dataclass(frozen=True)
class Row:
    """One search; see ``python -m benchmarks.size --help``.

    Attributes
    ----------
    day, stops
        Name of the day, and its stops.
    engine
        `OURS`, or `REFERENCE` for the long search.
    seconds, cores, seed
        Wall time of the search, preparing and finishing included, cores it could use, and its seed.
    cost
        Fen, prizes of what is left out among them; None without a plan.
    gap
        Cost over the reference's, less 1; None without a reference.
    valid
        Whether `routing.check` finds nothing against the plan.
    unserved, required
        Stops left out, and those of them that must be served.
    peak_mb
        Most memory of all processes together, the day itself included.
    note
        What else one must know.
    """

    day: str
    stops: int
    engine: str
    executor: str
    seconds: float | None
    cores: int
    seed: int
    cost: int | None = None
    gap: float | None = None
    valid: bool | None = None
    unserved: int | None = None
    required: int | None = None
    peak_mb: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Mean:
    """Searches of one engine: how many, how many with a valid plan, their mean gap and the most memory."""

    stops: int
    engine: str
    days: int
    valid: int
    gap: float | None
    peak_mb: float | None


def means(rows: Sequence[Row]) -> list[Mean]:
    """Return a mean for each size and engine, in the order of the rows."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.stops, row.engine), []).append(row)
    return [
        Mean(
            *key,
            len(inside),
            sum(row.valid is True for row in inside),
            average(row.gap for row in inside),
            max((row.peak_mb for row in inside if row.peak_mb is not None), default=None),
        )
        for key, inside in groups.items()
    ]


REPORT = Report("size", frozenset({"day", "engine", "executor", "note"}), frozenset({"gap"}), means)


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    days: str
    reference_seconds: float | None
    executor: str
    cluster: str
    search: Search


class Comparison(Engines):
    """Both searches of one day."""

    def __init__(self, stops: int, options: Options, folder: Path, say: Callable[[str], None]) -> None:
        super().__init__(f"{options.days}-{stops}", options.search, folder, say)
        self.stops, self.options = stops, options

    def run(self) -> list[Row]:
        """Make the day, and let both search."""
        self.say(f"{self.day}: being made")
        problem = DAYS[self.options.days](self.stops, 1)
        self.folder.mkdir(parents=True)
        file = self.folder / "day.json"
        write_problem(problem, file)
        rows = [self._asked(OURS, problem, file, None)]
        if self.options.reference_seconds is not None:
            rows.append(self._asked(REFERENCE, problem, file, self.options.reference_seconds))
        return with_gaps(rows)

    def _asked(self, engine: str, problem: Problem, file: Path, seconds: float | None) -> Row:
        options = self.options
        day = {"file": str(file), "executor": options.executor, "cluster": options.cluster}
        answer, why = self.ask(engine, "benchmarks.size_ours", day, seconds=seconds)
        row = Row(self.day, self.stops, engine, options.executor, None, self.search.cores, self.search.seed)
        if answer is None:
            return replace(row, note=why)
        plan = Plan.from_json(answer["plan"])
        broken, note = judged(problem, plan, answer["note"])
        must = {s.id for s in problem.stops if s.required}
        return replace(
            row,
            seconds=round(answer["seconds"], 3),
            cost=plan.cost,
            valid=not broken,
            unserved=len(plan.unserved),
            required=sum(u.stop in must for u in plan.unserved),
            peak_mb=round(answer["peak_mb"], 1),
            note=note,
        )


def with_gaps(rows: Sequence[Row]) -> list[Row]:
    """Hold rows of the same day against the reference's plan."""
    long = next((row.cost for row in rows if row.engine == REFERENCE and row.valid), None)
    return [
        replace(row, gap=row.cost / long - 1) if long and row.valid and row.cost is not None else row for row in rows
    ]
