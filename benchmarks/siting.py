"""``python -m benchmarks.siting``: capacitated location on public instances, to the proven optimum, judged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import words
from benchmarks.instances.orlib_cfl import OPTIMA, Located, instances
from benchmarks.reporting import Report, average
from benchmarks.searching import Engines, Search
from routing.errors import InputError

OURS = "ours"
MODULES = {OURS: "benchmarks.siting_ours", "highs": "benchmarks.peers.siting_highs"}
PEERS = ("highs",)
SAME = 1e-8
"""Share of an optimum, which the list gives to three decimals, within which a value is that optimum."""


@dataclass(frozen=True)
class Row:
    """One engine on one instance: value, proven bound, their gap, the known optimum, and the judge's faults."""

    family: str
    instance: str
    engine: str
    seconds: float | None
    objective: float | None
    bound: float | None
    gap: float | None
    optimum: float | None
    to_optimum: float | None
    faults: int | None
    note: str


@dataclass(frozen=True)
class Means:
    """Of one engine: mean seconds, mean and largest gap, at how many optima of those that are known, faults."""

    engine: str
    instances: int
    seconds: float | None
    gap: float | None
    optima: str
    faults: int


class Comparison(Engines):
    """All engines on one instance, each in a process of its own."""

    def __init__(
        self,
        path: Path,
        located: Located,
        engines: Sequence[str],
        search: Search,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(located.name, search, folder, say)
        self.path, self.located, self.engines = path, located, engines

    def run(self) -> list[Row]:
        """Let every engine search."""
        return [self._row(engine) for engine in self.engines]

    def _row(self, engine: str) -> Row:
        known = {"path": str(self.path.resolve()), "name": self.located.name}
        answer, why = self.ask(engine, MODULES[engine], known)
        told = answer or {}
        value, bound, optimum = told.get("value"), told.get("bound"), self.located.optimum
        return Row(
            family=self.path.parent.name,
            instance=self.located.name,
            engine=engine,
            seconds=told.get("seconds"),
            objective=value,
            bound=bound,
            gap=None if value is None or bound is None else max(0.0, 1 - bound / value),
            optimum=optimum,
            to_optimum=None if value is None or optimum is None else value / optimum - 1,
            faults=told.get("faults"),
            note=told.get("note") or why,
        )


def means(rows: Sequence[Row]) -> list[Means]:
    """Return the means of each engine."""
    found = []
    for engine in dict.fromkeys(row.engine for row in rows):
        own = [row for row in rows if row.engine == engine]
        known = [row for row in own if row.optimum is not None]
        reached = sum(row.to_optimum is not None and abs(row.to_optimum) <= SAME for row in known)
        found.append(
            Means(
                engine=engine,
                instances=len(own),
                seconds=average(row.seconds for row in own),
                gap=average(row.gap for row in own),
                optima=f"{reached} of {len(known)}",
                faults=sum(row.faults or 0 for row in own),
            )
        )
    return found


REPORT = Report(
    "siting", frozenset({"family", "instance", "engine", "optima", "note"}), frozenset({"gap", "to_optimum"}), means
)


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the instances in folders and files.

    Raises
    ------
    InputError
        For a folder without any.
    """
    found = []
    for path in paths:
        files = sorted(f for f in path.glob("cap*.txt") if f.name != OPTIMA) if path.is_dir() else [path]
        if not files:
            raise InputError("no-instances", "There is no file cap*.txt in %(folder)s.", folder=path)
        found += files
    return found


@click.command(context_settings=words.CONTEXT)
@click.argument("paths", metavar="FOLDER ..", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@words.seconds_option(60.0)
@words.against_option("highs")
@click.option("--limit", type=click.IntRange(1), help="At most so many instances, spread over the files.")
@words.json_option
def main(paths: Sequence[Path], seconds: float, against: str, limit: int | None, json_file: Path | None) -> None:
    """Choose sites of least cost for instances of OR-Library's capacitated location, and prove the choice.

    \b
    FOLDER holds files cap*.txt; optimal.txt beside them has the optima. Where it lists several
    capacities for a file (capa, capb, capc), each is an instance: capa-8000.
    First look:
      python -m benchmarks.siting instances/CFL --limit 3 --against ''
    All, beside the plain model in HiGHS:
      python -m benchmarks.siting instances/CFL --seconds 60 --json siting.json

    \b
    Engines   ours    routing.siting: prices of clients, branch and bound over sites
              highs   the plain model (a row a site for its capacity) in HiGHS, by scipy

    Each engine has --seconds in a process of its own; reading, and loading compiled loops, is not
    counted. gap lies between value and proven bound, to_optimum between value and the list's
    optimum; both are shares in JSON. faults: what the independent judge finds in our answer.
    """
    with words.faults_told("siting"):
        peers = words.known_words(against, PEERS, "--against")
        words.must_be_writable(json_file)
        every = [(path, located) for path in find_files(paths) for located in instances(path)]
        if limit is not None:
            every = every[:: max(1, len(every) // limit)][:limit]
        search = Search(seconds, 1, 1)
        with tempfile.TemporaryDirectory(prefix="siting-") as work:
            REPORT.show(
                (
                    Comparison(path, located, [OURS, *peers], search, Path(work) / str(number), words.say)
                    for number, (path, located) in enumerate(every)
                ),
                json_file,
            )


if __name__ == "__main__":
    main()
