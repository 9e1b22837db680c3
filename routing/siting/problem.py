"""What is known of places and sites, and what is asked about them.

Money is in one unit throughout (fen a year in the city's network), tonnes are a year's, times whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["new", "closable", "kept"]
"""Of a candidate: not there yet; there, and may be closed; there, and stays."""

Kind = Literal["p-median", "p-centre", "cover", "set-cover", "cost"]

UNITS: Mapping[Kind, str] = {
    "p-median": "person-seconds",
    "p-centre": "seconds",
    "cover": "people",
    "set-cover": "sites",
    "cost": "money",
}
"""What the value of an answer counts."""


@dataclass(frozen=True)
class DemandPoint:
    """Where people live, and the tonnes of each material that come from there."""

    id: str
    people: float
    tonnes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Size:
    """One of the sizes that a site may have.

    Attributes
    ----------
    fixed
        Money a year, whatever it takes in.
    running
        Money a tonne that it takes in.
    capacity
        Tonnes of each material that it takes at most; infinity for no bound, 0 for what it does not take, () for all.
    investment
        What a budget counts of it.
    """

    name: str = ""
    fixed: float = 0.0
    running: float = 0.0
    capacity: tuple[float, ...] = ()
    investment: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """A place where a site stands or may stand, in one of its sizes."""

    id: str
    sizes: tuple[Size, ...] = (Size(),)
    status: Status = "new"


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Points, candidates and the ways between them.

    Attributes
    ----------
    seconds
        (points, candidates) of driving; -1 where there is no way.
    costs
        (points, candidates) money for bringing a tonne; -1 where there is no way.
    """

    points: tuple[DemandPoint, ...]
    candidates: tuple[Candidate, ...]
    seconds: NDArray[np.int32] = field(repr=False)
    costs: NDArray[np.float64] = field(repr=False)
    materials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Aim:
    """What is asked.

    Attributes
    ----------
    kind
        ``p-median``: least driving, weighed by people, to exactly ``most`` sites. ``p-centre``: the shortest time in
        which everybody reaches one of ``most`` sites. ``cover``: most people within ``within`` seconds of one of
        ``most`` sites. ``set-cover``: fewest sites so that everybody is within ``within``. ``cost``: least money for
        sites and transport, of at most ``most`` sites and an investment of at most ``budget``.
    most
        Sites at most, those that are kept among them; None for no bound (``set-cover`` and ``cost`` only).
    """

    kind: Kind
    most: int | None = None
    within: int = 900
    budget: float | None = None

    @property
    def maximises(self) -> bool:
        """Whether more is better."""
        return self.kind == "cover"
