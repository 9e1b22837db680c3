"""A network of several tiers, and what is asked of it.

Points bring tonnes to a site of the first tier, each tier passes them on to the next, the last one keeps them. Money is
in one unit throughout, tonnes are a year's, times are seconds, carbon is kilograms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from routing.siting.problem import Candidate, DemandPoint

Floats = NDArray[np.float64]

Measure = Literal["cost", "carbon", "within", "worst-town", "driving"]

MEASURES: tuple[Measure, ...] = ("cost", "carbon", "within", "worst-town", "driving")

UNITS: Mapping[Measure, str] = {
    "cost": "money",
    "carbon": "kilograms",
    "within": "people",
    "worst-town": "seconds",
    "driving": "person-seconds",
}
"""What a measure counts; ``within`` is better the more it is, all others the less."""


@dataclass(frozen=True, eq=False)
class Tier:
    """One step of the way: its sites, and the ways to them from the points, or from the sites of the tier before.

    Attributes
    ----------
    costs
        (sources, sites) money for bringing a tonne; -1 where there is no way.
    carbon
        (sources, sites) kilograms for bringing a tonne; None for nothing.
    fees
        (sites, materials) money for a tonne that is taken in, beside `Size.running`; a price that is paid to us is
        below 0. None for nothing.
    most
        Sites at most, those that are kept among them.
    together
        Whether all materials travel as one and share one capacity: `Size.capacity` has one number then. The first
        tier alone can be so: what is collected is told apart there.
    """

    name: str
    sites: tuple[Candidate, ...]
    costs: Floats = field(repr=False)
    carbon: Floats | None = field(default=None, repr=False)
    fees: Floats | None = field(default=None, repr=False)
    most: int | None = None
    together: bool = False


@dataclass(frozen=True)
class Year:
    """A year: what comes as a multiple of the points' tonnes, and what may be invested (None: any sum)."""

    name: str = ""
    demand: float = 1.0
    budget: float | None = None


@dataclass(frozen=True, eq=False)
class Chain:
    """Points, tiers and years.

    What was built stays in its size; what was there ("closable") may be closed once and is not built again in its
    first size, which needs no investment.

    Attributes
    ----------
    seconds
        (points, sites of the first tier) of driving; -1 where there is no way. People go to the nearest open site.
    towns
        Name of each point's town; () where nobody asks for towns.
    bulk
        What a tonne of each material counts on the road, 1 for what the costs are of; () for 1.
    carried
        Whether money that a year leaves over may be invested later.
    """

    points: tuple[DemandPoint, ...]
    tiers: tuple[Tier, ...]
    seconds: NDArray[np.int32] = field(repr=False)
    materials: tuple[str, ...]
    towns: tuple[str, ...] = ()
    bulk: tuple[float, ...] = ()
    years: tuple[Year, ...] = (Year(),)
    carried: bool = False


@dataclass(frozen=True)
class ChainAim:
    """Which measure is to be best, and what the others must keep.

    Attributes
    ----------
    best
        ``cost`` and ``carbon`` of all years; of the last year ``within`` (people with an open site of the first tier
        within reach), ``worst-town`` (mean seconds of the town that has it farthest), ``driving`` of all people.
    within
        Seconds of reach.
    limits
        At least so many people for ``within``, at most so much of the others.
    """

    best: Measure = "cost"
    within: int = 900
    limits: Mapping[Measure, float] = field(default_factory=dict)

    @property
    def maximises(self) -> bool:
        """Whether more is better."""
        return self.best == "within"

    def needs(self, measure: Measure) -> bool:
        """Whether the measure is counted at all."""
        return measure == self.best or measure in self.limits
