"""``python -m benchmarks.median``: p-median on random places along random roads, beside spopt, judged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks import words
from benchmarks.interpreters import interpreter_of, not_found, peer_pythons
from benchmarks.reporting import Report, average
from benchmarks.searching import Engines, Search

OURS, SPOPT = "ours", "spopt"
MODULES = {OURS: "benchmarks.median_ours", SPOPT: "benchmarks.peers.spopt"}
SIZES = ((100, 30, 4), (200, 60, 6), (300, 80, 8), (500, 100, 10), (1000, 150, 12), (2000, 200, 12))
"""Places, candidates, sites to open."""


@dataclass(frozen=True)
class Row:
    """One engine on one instance; ``ratio`` is its seconds by ours, of the same run."""

    family: str
    instance: str
    engine: str
    seconds: float | None
    objective: float | None
    bound: float | None
    gap: float | None
    ratio: float | None
    faults: int | None
    note: str


@dataclass(frozen=True)
class Means:
    """Of one engine: mean seconds and gap, mean ratio, on how many instances none was better."""

    engine: str
    instances: int
    seconds: float | None
    gap: float | None
    ratio: float | None
    best: str


def road_like(places: int, candidates: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return (places, candidates) seconds by random roads, and the people of each place.

    Places are joined to their nearest neighbours by roads of three speeds; a tree joins what that leaves apart.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

    random = np.random.default_rng(seed)
    at = random.random((places, 2)) * 100_000
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    near = np.argsort(away, axis=1)[:, 1:4]
    tree = minimum_spanning_tree(away).tocoo()
    one = np.concatenate([np.repeat(np.arange(places), near.shape[1]), tree.row])
    other = np.concatenate([near.ravel(), tree.col])
    speed = random.choice([8.0, 14.0, 22.0], len(one), p=[0.5, 0.35, 0.15])
    taken = away[one, other] * 1.25 / speed
    _, first = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1, return_index=True)
    graph = coo_array((taken[first], (one[first], other[first])), shape=(places, places)).tocsr()
    chosen = random.choice(places, candidates, replace=False)
    seconds = dijkstra(graph, directed=False, indices=chosen).T
    return np.round(seconds).astype(np.int32), np.round(random.lognormal(6.5, 0.9, places)) + 1


class Comparison(Engines):
    """All engines on one instance, each in a process of its own."""

    def __init__(
        self,
        size: tuple[int, int, int],
        engines: dict[str, str],
        search: Search,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.places, self.candidates, self.count = size
        super().__init__(f"{self.places} x {self.candidates}, p {self.count}", search, folder, say)
        self.engines = engines

    def run(self) -> list[Row]:
        """Let every engine search."""
        self.folder.mkdir(parents=True)
        path = self.folder / "ways.npz"
        seconds, people = road_like(self.places, self.candidates, self.search.seed)
        np.savez(path, seconds=seconds, people=people)
        rows: list[Row] = []
        for engine, python in self.engines.items():
            known = {"path": str(path.resolve()), "count": self.count}
            answer, why = self.ask(engine, MODULES[engine], known, python)
            told = answer or {}
            value, bound, took = told.get("value"), told.get("bound"), told.get("seconds")
            ours = rows[0].seconds if rows else took
            rows.append(
                Row(
                    family="road-like",
                    instance=self.day,
                    engine=engine,
                    seconds=took,
                    objective=value,
                    bound=bound,
                    gap=None if value is None or bound is None else max(0.0, 1 - bound / max(1.0, value)),
                    ratio=None if took is None or not ours else took / ours,
                    faults=told.get("faults"),
                    note=told.get("note") or why,
                )
            )
        return rows


def means(rows: Sequence[Row]) -> list[Means]:
    """Return the means of each engine."""
    least: dict[str, float] = {}
    for row in rows:
        if row.objective is not None:
            least[row.instance] = min(row.objective, least.get(row.instance, row.objective))
    found = []
    for engine in dict.fromkeys(row.engine for row in rows):
        own = [row for row in rows if row.engine == engine]
        best = sum(row.objective is not None and row.objective <= least[row.instance] * (1 + 1e-9) for row in own)
        found.append(
            Means(
                engine=engine,
                instances=len(own),
                seconds=average(row.seconds for row in own),
                gap=average(row.gap for row in own),
                ratio=average(row.ratio for row in own),
                best=f"{best} of {len(own)}",
            )
        )
    return found


REPORT = Report("median", frozenset({"family", "instance", "engine", "best", "note"}), frozenset({"gap"}), means)


@click.command(context_settings=words.CONTEXT)
@words.seconds_option(120.0)
@words.against_option(SPOPT)
@words.peer_python_option
@click.option("--limit", type=click.IntRange(1, len(SIZES)), default=4, show_default=True, help="Instances.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of places and roads.")
@words.json_option
def main(
    seconds: float, against: str, peer_python: Sequence[str], limit: int, seed: int, json_file: Path | None
) -> None:
    """Choose p sites of least driving among random candidates along random roads, and prove the choice.

    \b
    First look, ours alone:
      python -m benchmarks.median --limit 2 --against ''
    Beside spopt, installed in another interpreter:
      python -m benchmarks.median --peer-python ~/spopt/bin/python --json median.json

    \b
    Engines   ours    routing.siting: prices of clients, branch and bound over sites
              spopt   the plain model of spopt in the solver that PuLP has there

    Both get the same seconds by road, whole numbers; reading, and loading compiled loops, is not
    counted, building spopt's model is. gap lies between value and proven bound; ratio is the
    seconds of an engine by ours, in this run. faults: what the independent judge finds.
    """
    with words.faults_told("median"):
        peers = words.known_words(against, (SPOPT,), "--against")
        words.must_be_writable(json_file)
        pythons = peer_pythons(peer_python)
        engines = {OURS: pythons[0]}
        for peer in peers:
            python = interpreter_of(peer, pythons)
            if python is None:
                words.say(not_found(peer))
            else:
                engines[peer] = python
        search = Search(seconds, 1, seed)
        with tempfile.TemporaryDirectory(prefix="median-") as folder:
            REPORT.show(
                (
                    Comparison(size, engines, search, Path(folder) / str(number), words.say)
                    for number, size in enumerate(SIZES[:limit])
                ),
                json_file,
            )


if __name__ == "__main__":
    main()
