"""``python -m benchmarks.siting``: where sites should stand, to the proven optimum, judged, beside spopt and HiGHS."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import words
from benchmarks.instances.location import Location
from benchmarks.instances.orlib_cfl import OPTIMA, cfl_instances
from benchmarks.instances.orlib_pmed import read_pmed
from benchmarks.instances.road_places import on_network, random_roads
from benchmarks.interpreters import interpreter_of, not_found, peer_pythons
from benchmarks.reporting import Report, average
from benchmarks.searching import Engines, Search
from routing.errors import InputError

OURS, HIGHS, SPOPT = "ours", "highs", "spopt"
MODULES = {OURS: "benchmarks.siting_ours", HIGHS: "benchmarks.peers.siting_highs", SPOPT: "benchmarks.peers.spopt"}
PEERS = (SPOPT, HIGHS)
SAME = 1e-8
"""Share of an optimum, which the list gives to three decimals, within which a value is that optimum."""
MOST_FOR_PEERS = 1_000_000
"""Ways of an instance above which no plain model is built: it has a column and a row for each."""
SIZES = "100x30,200x60,300x80,500x100"
OPENED = {30: 4, 60: 6, 80: 8, 100: 10}
"""Sites to open of so many candidates; 12 of any other number above 100, else a tenth."""


@dataclass(frozen=True)
class Row:
    """One engine on one instance.

    Attributes
    ----------
    ratio
        Its seconds by ours.
    gap, to_optimum
        Between value and proven bound; between value and the optimum that a list says.
    faults
        What the judge finds.
    """

    family: str
    instance: str
    engine: str
    seconds: float | None
    matrix_seconds: float | None
    peak_mb: float | None
    objective: float | None
    bound: float | None
    gap: float | None
    optimum: float | None
    to_optimum: float | None
    ratio: float | None
    faults: int | None
    note: str


@dataclass(frozen=True)
class Means:
    """Of one engine in one family: mean seconds, gap and ratio; at how many of the optima that are known; faults."""

    family: str
    engine: str
    instances: int
    seconds: float | None
    gap: float | None
    ratio: float | None
    optima: str
    faults: int


class Comparison(Engines):
    """All engines on one instance, each in a process of its own."""

    def __init__(
        self,
        location: Location,
        engines: dict[str, str],
        search: Search,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(location.name, search, folder, say)
        self.location, self.engines = location, engines

    def run(self) -> list[Row]:
        """Let every engine search that takes this kind of instance."""
        self.folder.mkdir(parents=True)
        path = self.folder / "location.npz"
        self.location.save(path)
        rows: list[Row] = []
        for engine, python in self.engines.items():
            why_not = self._why_not(engine)
            if why_not:
                self.say(f"{self.day}: {engine} is left out: {why_not}")
            else:
                rows.append(self._row(engine, python, path, rows[0].seconds if rows else None))
        return rows

    def _why_not(self, engine: str) -> str:
        if engine == SPOPT and self.location.fixed is not None:
            return "it knows no price of opening a site"
        if engine != OURS and self.location.ways.size > MOST_FOR_PEERS:
            return f"it would build a model of {self.location.ways.size:,} ways"
        return ""

    def _row(self, engine: str, python: str, path: Path, ours: float | None) -> Row:
        answer, why = self.ask(engine, MODULES[engine], {"path": str(path.resolve())}, python)
        told = answer or {}
        value, bound, seconds = told.get("value"), told.get("bound"), told.get("seconds")
        optimum = self.location.optimum
        return Row(
            family=self.location.family,
            instance=self.location.name,
            engine=engine,
            seconds=seconds,
            matrix_seconds=self.location.matrix_seconds,
            peak_mb=told.get("peak_mb"),
            objective=value,
            bound=bound,
            gap=None if value is None or bound is None else max(0.0, 1 - bound / max(1.0, value)),
            optimum=optimum,
            to_optimum=None if value is None or optimum is None else value / optimum - 1,
            ratio=1.0 if engine == OURS else None if seconds is None or not ours else seconds / ours,
            faults=told.get("faults"),
            note=told.get("note") or why,
        )


def means(rows: Sequence[Row]) -> list[Means]:
    """Return the means of each engine in each family."""
    found = []
    for family, engine in dict.fromkeys((row.family, row.engine) for row in rows):
        own = [row for row in rows if (row.family, row.engine) == (family, engine)]
        known = [row for row in own if row.optimum is not None]
        reached = sum(row.to_optimum is not None and abs(row.to_optimum) <= SAME for row in known)
        found.append(
            Means(
                family=family,
                engine=engine,
                instances=len(own),
                seconds=average(row.seconds for row in own),
                gap=average(row.gap for row in own),
                ratio=average(row.ratio for row in own),
                optima=f"{reached} of {len(known)}",
                faults=sum(row.faults or 0 for row in own),
            )
        )
    return found


REPORT = Report(
    "siting", frozenset({"family", "instance", "engine", "optima", "note"}), frozenset({"gap", "to_optimum"}), means
)


def instances_in(paths: Sequence[Path]) -> list[Location]:
    """Return the instances of files and folders.

    Raises
    ------
    InputError
        For a folder without any.
    """
    found: list[Location] = []
    for path in paths:
        inside = [*path.glob("cap*.txt"), *path.glob("pmed[0-9]*")] if path.is_dir() else [path]
        files = sorted(file for file in inside if file.name != OPTIMA)
        if not files:
            raise InputError("no-instances", "There is no file cap*.txt or pmed* in %(folder)s.", folder=path)
        for file in files:
            found += [read_pmed(file)] if file.name.startswith("pmed") else cfl_instances(file)
    return found


def sizes_of(text: str) -> list[tuple[int, int, int]]:
    """Read ``500x100``, or ``500x100p10``: places, candidates, and sites to open.

    Raises
    ------
    InputError
        For other words.
    """
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        told = re.fullmatch(r"(\d{1,6})x(\d{1,5})(?:p(\d{1,4}))?", word)
        places, candidates, count = (int(part or 0) for part in told.groups()) if told else (0, 0, 0)
        count = count or OPENED.get(candidates, 12 if candidates > 100 else max(1, candidates // 10))
        if not 2 <= count + 1 <= candidates <= places:
            raise InputError(
                "bad-sizes",
                "Sizes are places x candidates, and perhaps p and the sites to open: 500x100 or 500x100p10, not "
                "'%(word)s'. Candidates are places, and fewer are opened than there are.",
                word=word,
            )
        found.append((places, candidates, count))
    return found


@click.command(context_settings=words.CONTEXT)
@click.argument("paths", metavar="[FOLDER ..]", nargs=-1, type=click.Path(path_type=Path, exists=True))
@words.seconds_option(60.0)
@words.against_option(SPOPT)
@words.peer_python_option
@click.option("--sizes", help=f"Random roads of these sizes.  [default: {SIZES} without FOLDER and --network]")
@click.option("--network", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A network of DIMACS.")
@click.option("--points", default="50000x200p20", show_default=True, help="Places on the network.")
@words.cores_option
@click.option("--limit", type=click.IntRange(1), help="At most so many instances, spread over them.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of random places and roads.")
@words.json_option
def main(
    paths: Sequence[Path],
    seconds: float,
    against: str,
    peer_python: Sequence[str],
    sizes: str | None,
    network: Path | None,
    points: str,
    cores: int,
    limit: int | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Choose sites for instances of OR-Library and on roads, and prove the choice.

    \b
    FOLDER holds files cap*.txt (capacitated location; optimal.txt beside them has the optima, and
    where it lists several capacities for a file, each is an instance: capa-8000) or pmed* (p-median;
    pmedopt.txt). Without FOLDER: random places along random roads.
    First look:
      python -m benchmarks.siting --sizes 100x30,200x60 --against ''
    Beside spopt, installed in another interpreter, and a plain model in HiGHS:
      python -m benchmarks.siting instances/CFL --sizes 500x100,2000x200 --seconds 600 \\
        --against spopt,highs --peer-python ~/spopt/bin/python --json siting.json
    A city of 264,000 junctions:
      python -m benchmarks.siting --network USA-road-t.NY.gr.gz --points 50000x200p20 --cores 2

    \b
    Engines   ours    routing.siting: prices of clients, branch and bound over sites
              spopt   p-median alone: its plain model in the solver that PuLP has there
              highs   the plain model in HiGHS, by scipy

    Each engine has --seconds in a process of its own. Reading, and loading compiled loops, is not
    counted; building a peer's model is. Ways are whole seconds by road, the same for all;
    matrix_seconds is what finding those of a network took, on --cores. gap lies between value and
    proven bound, to_optimum between value and the list's optimum (shares in JSON); ratio is the
    seconds of an engine by ours, in this run. faults: what the independent judge finds in our answer.
    """
    with words.faults_told("siting"):
        peers = words.known_words(against, PEERS, "--against")
        words.must_be_writable(json_file)
        engines = _engines(peers, peer_pythons(peer_python))
        if sizes is None and not paths and network is None:
            sizes = SIZES
        every = [
            *instances_in(paths),
            *(random_roads(*size, seed) for size in sizes_of(sizes or "")),
            *(
                (on_network(network, *size, seed, words.cores_of(cores)) for size in sizes_of(points))
                if network
                else ()
            ),
        ]
        if limit is not None:
            every = every[:: max(1, len(every) // limit)][:limit]
        search = Search(seconds, cores, seed)
        with tempfile.TemporaryDirectory(prefix="siting-") as work:
            REPORT.show(_compared(every, engines, search, Path(work)), json_file)


def _engines(peers: Sequence[str], pythons: Sequence[str]) -> dict[str, str]:
    """Return ours and those peers that can be found, with the interpreter of each."""
    found = {OURS: pythons[0]}
    for peer in peers:
        python = pythons[0] if peer == HIGHS else interpreter_of(peer, list(pythons))
        if python is None:
            words.say(not_found(peer))
        else:
            found[peer] = python
    return found


def _compared(every: Sequence[Location], engines: dict[str, str], search: Search, folder: Path) -> Iterator[Comparison]:
    for number, location in enumerate(every):
        yield Comparison(location, engines, search, folder / str(number), words.say)


if __name__ == "__main__":
    main()
