"""What is asked of every engine: random points, pairs and roads to close, the same for all."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from routing.errors import InputError

CLOSED = (1, 100)
AFTERWARDS = 500
"""Points of the square matrix after a closure."""
PAIRS = 1000
LARGEST = 100_000_000
"""Entries of the largest matrix that is asked for."""

Nodes = NDArray[np.int64]


def _none() -> Nodes:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Case:
    """One question.

    Attributes
    ----------
    name
        As in the table.
    kind
        ``matrix``, ``paths`` or ``closure``.
    sources, targets
        Nodes; pairs of nodes for ``paths``. The same nodes on both sides of a square matrix.
    closed
        Arcs that are closed beforehand.
    """

    name: str
    kind: str
    sources: Nodes = field(default_factory=_none)
    targets: Nodes = field(default_factory=_none)
    closed: Nodes = field(default_factory=_none)

    @property
    def square(self) -> bool:
        """Whether sources and targets are the same points."""
        return np.array_equal(self.sources, self.targets)


def sizes(text: str) -> list[tuple[int, int]]:
    """Read ``200,1000,50000x200``: a number is a square.

    Raises
    ------
    InputError
        For other words, and for sizes that are too small or too large.
    """
    found = []
    for word in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:x(\d{1,9}))?\s*", word)
        if match is None:
            raise InputError(
                "bad-points", "--points takes numbers like 200 or 50000x200 with commas, not '%(word)s'.", word=word
            )
        rows, columns = int(match[1]), int(match[2] or match[1])
        if min(rows, columns) < 1 or rows * columns > LARGEST:
            raise InputError(
                "bad-points", "--points: %(word)s must be 1 to %(n)s entries.", word=word.strip(), n=LARGEST
            )
        found.append((rows, columns))
    return found


def draw(arcs: Arcs, matrices: list[tuple[int, int]], seed: int, stops: Nodes | None) -> list[Case]:
    """Draw cases from the junctions of the largest strongly connected part; only those of ``stops`` if given.

    Junctions that share their place with another are left out: a position could mean either. The points of a smaller
    square are among those of a larger one. Points are drawn again only when there are too few.
    """
    rng = np.random.default_rng(seed)
    part = arcs.largest_part() if stops is None else np.intersect1d(arcs.largest_part(), stops)
    _, which, often = np.unique(arcs.lonlat[part], axis=0, return_inverse=True, return_counts=True)
    part = part[often[which.reshape(-1)] == 1]
    if len(part) < 2:
        raise InputError("no-points", "The network has no two junctions between which one can drive there and back.")
    one, other = rng.permutation(part), rng.permutation(part)

    def first(nodes: Nodes, n: int) -> Nodes:
        return nodes[:n] if n <= len(nodes) else np.concatenate([nodes, rng.choice(part, n - len(nodes))])

    cases = []
    for rows, columns in sorted(matrices, key=lambda size: size[0] * size[1]):
        sources, targets = first(one, rows), first(other, columns)
        name = f"matrix {rows}x{columns}"
        cases.append(Case(name, "matrix", sources, sources if rows == columns else targets))
    cases.append(Case(f"paths {PAIRS}", "paths", first(rng.permutation(part), PAIRS), first(other, PAIRS)))
    road = arcs.road
    inside = np.isin(arcs.tail, part) & np.isin(arcs.head, part)
    roads = rng.permutation(np.unique(road[inside]))
    points = first(one, min(AFTERWARDS, len(one)))
    for n in CLOSED:
        if n * 2 <= len(roads):
            closed = np.flatnonzero(np.isin(road, roads[:n]))
            cases.append(Case(f"closure {n}", "closure", points, points, closed))
    return cases


def then(case: Case) -> str:
    """Name the matrix that follows a closure."""
    return f"{case.name}, then {len(case.sources)}x{len(case.targets)}"


def write_cases(cases: list[Case], path: Path) -> None:
    """Write cases to an .npz file."""
    arrays = {f"{i} {part}": getattr(case, part) for i, case in enumerate(cases) for part in _PARTS}
    names = json.dumps([(case.name, case.kind) for case in cases])
    np.savez(path, names=np.array(names), **arrays)


def read_cases(path: Path) -> list[Case]:
    """Read what `write_cases` wrote."""
    with np.load(path) as arrays:
        names = json.loads(str(arrays["names"]))
        return [Case(name, kind, *(arrays[f"{i} {part}"] for part in _PARTS)) for i, (name, kind) in enumerate(names)]


_PARTS = ("sources", "targets", "closed")
