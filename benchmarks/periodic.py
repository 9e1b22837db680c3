"""``python -m benchmarks.periodic``: timetables with unloading on the way, on public instances, judged."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import words
from benchmarks.instances.pvrpif import MINUTE, read_pvrpif, read_solution
from benchmarks.periodic_bound import REPORT as BOUND_REPORT
from benchmarks.periodic_bound import BoundRun
from benchmarks.reporting import Report, average


@dataclass(frozen=True)
class Row:
    """One instance: minutes of driving of ours, of the best published, the proven bound, and what divides them."""

    instance: str
    ours: float
    upper: float | None
    lower: float | None
    prototype: float | None
    to_upper: float | None
    to_lower: float | None
    seconds: float
    faults: int


@dataclass(frozen=True)
class Means:
    """Means, and how many are at the proven optimum, better than the published, or worse.

    ``halved`` counts the open ones whose gap to the published bound is at most half of the published gap,
    ``below_prototype`` those that are shorter than the prototype.
    """

    instances: int
    to_upper: float | None
    to_lower: float | None
    to_prototype: float | None
    optima: str
    better: int
    worse: int
    halved: int
    below_prototype: int
    faults: int


@dataclass(frozen=True)
class Known:
    """What others reached, in minutes."""

    upper: float | None = None
    lower: float | None = None
    prototype: float | None = None


@dataclass(frozen=True)
class Run:
    """One instance to be solved."""

    path: Path
    known: Known
    seconds: float
    cores: int
    seed: int
    versions: dict[str, str]

    def run(self) -> Sequence[Row]:
        """Search, judge, and say how far it came."""
        from routing.periodic.check import check_timetable
        from routing.periodic.engine import solve_timetable

        problem = read_pvrpif(self.path)
        began = time.monotonic()
        found = solve_timetable(problem, self.seconds, self.seed, self.cores)
        seconds = time.monotonic() - began
        faults = check_timetable(problem, found)
        for fault in faults[:5]:
            click.echo(f"{self.path.stem}: {fault}", err=True)
        ours, known = found.cost / MINUTE, self.known
        click.echo(f"{self.path.stem}: {ours:.0f} ({known.upper or 0:.0f}, {known.lower or 0:.0f})", err=True)
        share = [None if other is None else ours / other - 1 for other in (known.upper, known.lower)]
        row = Row(self.path.stem, ours, known.upper, known.lower, known.prototype, *share, seconds, len(faults))
        return [row]


def means(rows: Sequence[Row]) -> Sequence[Means]:
    """Return the means of all instances."""
    proven = [row for row in rows if row.upper is not None and row.lower is not None and row.upper <= row.lower]
    open_ones = [row for row in rows if row not in proven and row.upper is not None]
    return [
        Means(
            instances=len(rows),
            to_upper=average(row.to_upper for row in rows),
            to_lower=average(row.to_lower for row in rows),
            to_prototype=average(None if r.prototype is None else r.ours / r.prototype - 1 for r in rows),
            optima=f"{sum(row.ours <= (row.lower or 0) + 1e-6 for row in proven)} of {len(proven)}",
            better=sum(row.ours < (row.upper or 0) - 1e-6 for row in open_ones),
            worse=sum(row.ours > (row.upper or 0) + 1e-6 for row in open_ones),
            halved=sum(_halved(row) for row in open_ones),
            below_prototype=sum(row.ours < (row.prototype or 0) - 1e-6 for row in open_ones),
            faults=sum(row.faults for row in rows),
        )
    ]


def _halved(row: Row) -> bool:
    return row.upper is not None and row.lower is not None and row.ours - row.lower <= (row.upper - row.lower) / 2


REPORT = Report(
    "periodic", frozenset({"instance", "optima"}), frozenset({"to_upper", "to_lower", "to_prototype"}), means
)


def known_values(folder: Path) -> dict[str, Known]:
    """Read what is known from files beside the instances: ``*.tsv`` with instance, upper, lower, and a prototype's."""
    found: dict[str, Known] = {}
    for path in sorted({*folder.glob("*.tsv"), *folder.parent.glob("*.tsv")}):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if {"instance", "upper", "lower"} <= set(row):
                    found[row["instance"]] = Known(*(_value(row.get(name)) for name in ("upper", "lower", "prototype")))
    return found


def _value(word: str | None) -> float | None:
    return float(word) if word else None


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Return the instances in folders and files."""
    for path in paths:
        files = sorted(path.rglob("*.geojson")) if path.is_dir() else [path]
        if not files:
            raise click.UsageError(f"There is no .geojson file in {path}.")
        yield from files


@click.command(context_settings=words.CONTEXT)
@click.argument("paths", metavar="FOLDER ..", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@words.seconds_option(60.0)
@words.cores_option
@words.seed_option
@click.option("--limit", type=click.IntRange(1), help="At most so many instances, spread over sizes.")
@click.option("--known", is_flag=True, help="Judge the solutions beside the instances (.sol.txt) instead of searching.")
@click.option("--bound", is_flag=True, help="Prove what every timetable costs at least instead of searching.")
@words.json_option
def main(
    paths: Sequence[Path],
    seconds: float,
    cores: int,
    seed: int,
    limit: int | None,
    known: bool,
    bound: bool,
    json_file: Path | None,
) -> None:
    """Make timetables for instances of PVRPIF: days of each point, rounds, unloading at facilities on the way.

    \b
    FOLDER holds files .geojson of iolab-uniud/pvrpif-instances; a .tsv beside it or above it with
    columns instance, upper, lower (and prototype) says what is known, in minutes.
    First look:
      python -m benchmarks.periodic instances/PVRPIF --limit 2 --seconds 5
    All, as they are compared:
      python -m benchmarks.periodic instances/PVRPIF --seconds 60 --cores 2 --json periodic.json
    Does our judge agree with the authors' solutions?
      python -m benchmarks.periodic instances/PVRPIF --known
    What do they cost at least? (one core)
      python -m benchmarks.periodic instances/PVRPIF --bound --seconds 600 --json bound.json

    Prints one line an instance: minutes of driving, what is published, what is proven, and the
    independent judge's faults (0: every rule kept, and the cost is true). With --bound: the published
    bound, ours, the shortest timetable known, and the share of the way between that ours goes.
    """
    files = list(find_files(paths))
    if limit is not None:
        files = files[:: max(1, len(files) // limit)][:limit]
    if known:
        judge_known(files)
        return
    values = {name: value for folder in {file.parent for file in files} for name, value in known_values(folder).items()}
    if bound:
        runs = (BoundRun(file, *shortest(values.get(file.stem, Known())), seconds, {}) for file in files)
        BOUND_REPORT.show(runs, json_file)
        return
    REPORT.show((Run(file, values.get(file.stem, Known()), seconds, cores, seed, {}) for file in files), json_file)


def shortest(known: Known) -> tuple[float | None, float | None]:
    """Return the shortest timetable that is known, and the published bound; where those cross, the bound is true."""
    lengths = [length for length in (known.upper, known.prototype) if length is not None]
    if known.lower is not None:
        lengths = [length for length in lengths if length >= known.lower] or [known.lower]
    return min(lengths, default=None), known.lower


def judge_known(files: Sequence[Path]) -> None:
    """Print what the judge says of the authors' solutions."""
    from routing.periodic.check import check_timetable

    wrong = 0
    for file in files:
        problem = read_pvrpif(file)
        timetable, said = read_solution(file.with_suffix(".sol.txt"), problem)
        faults = check_timetable(problem, timetable)
        wrong += bool(faults)
        click.echo(f"{file.stem}: {said:.0f} minutes, {'; '.join(map(str, faults)) or 'agreed'}")
    click.echo(f"{len(files) - wrong} of {len(files)} solutions: feasible, and exactly their cost.")


if __name__ == "__main__":
    main()
