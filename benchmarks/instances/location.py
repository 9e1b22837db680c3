"""Where sites should stand, as one file that every engine of the benchmark reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size


@dataclass(frozen=True, eq=False)
class Location:
    """An instance.

    Attributes
    ----------
    ways
        (points, candidates) what one unit of a point's weight costs: whole seconds for ``p-median``.
    weight
        (points,) people, or what a point takes of a site's room.
    room, fixed
        (candidates,) what a site holds, and what opening it costs; both None for ``p-median``.
    count
        Sites to open; None for ``cost``: as many as are cheapest.
    optimum
        Where a list says it.
    matrix_seconds
        What finding the ways took, where that was measured.
    """

    family: str
    name: str
    ways: NDArray[np.float64]
    weight: NDArray[np.float64]
    room: NDArray[np.float64] | None = None
    fixed: NDArray[np.float64] | None = None
    count: int | None = None
    optimum: float | None = None
    matrix_seconds: float | None = None

    @property
    def aim(self) -> Aim:
        """What is asked."""
        return Aim("cost") if self.count is None else Aim("p-median", self.count)

    @property
    def problem(self) -> SitingProblem:
        """The instance in the words of our search."""
        points, sites = self.ways.shape
        if self.room is None or self.fixed is None:
            return SitingProblem(
                tuple(DemandPoint(str(i + 1), heads) for i, heads in enumerate(self.weight.tolist())),
                tuple(Candidate(str(j + 1)) for j in range(sites)),
                self.ways.astype(np.int32),
                self.ways,
            )
        each = zip(self.room.tolist(), self.fixed.tolist(), strict=True)
        return SitingProblem(
            tuple(DemandPoint(str(i + 1), 1.0, (load,)) for i, load in enumerate(self.weight.tolist())),
            tuple(Candidate(str(j + 1), (Size("", fixed, 0.0, (room,)),)) for j, (room, fixed) in enumerate(each)),
            np.zeros((points, sites), np.int32),
            self.ways,
            ("load",),
        )

    def save(self, path: Path) -> None:
        """Write what an engine needs: ``ways``, ``weight``, ``room``, ``fixed``, ``count`` (0 for none)."""
        none = np.zeros(0)
        room, fixed = (none if part is None else part for part in (self.room, self.fixed))
        np.savez(path, ways=self.ways, weight=self.weight, room=room, fixed=fixed, count=self.count or 0)


def load(path: Path) -> Location:
    """Read what `Location.save` has written."""
    with np.load(path) as kept:
        bounded = len(kept["room"]) > 0
        return Location(
            "",
            path.stem,
            kept["ways"],
            kept["weight"],
            kept["room"] if bounded else None,
            kept["fixed"] if bounded else None,
            int(kept["count"]) or None,
        )
