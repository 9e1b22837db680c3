"""What a chain's model is made of, and how points and ways are told apart in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.siting.chain.building import Building, Floats, Whole
from routing.siting.chain.problem import Chain, Tier
from routing.siting.problem import Size

NEAREST = 10
"""Ways of each point that a first try begins with."""


@dataclass(frozen=True, eq=False)
class Ways:
    """Columns of goods on their way to a tier in a year: sources, sites, and the materials that travel as one.

    ``tonnes`` (columns, materials of the group) is what one unit of a column carries. ``opening`` is that of the site's
    size by number, -1 where sizes are told apart behind the site's door. No more than ``room`` goes on a column, and no
    more than ``comes`` of a cluster (-1: of none) to a site.
    """

    year: int
    tier: int
    group: tuple[int, ...]
    column: Whole
    source: Whole
    site: Whole
    parcel: Whole
    opening: Whole
    room: Floats
    cluster: Whole
    comes: Floats
    tonnes: Floats = field(repr=False)


@dataclass(frozen=True, eq=False)
class Parcels:
    """How goods are told apart that leave a tier: site and cluster (-1 for none) of each parcel.

    ``table`` (points, sites) has the parcel of what a point brings to a site of the first tier.
    """

    site: Whole
    cluster: Whole
    table: Whole

    @classmethod
    def none(cls) -> Parcels:
        """Return those before the first tier."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, np.zeros((0, 0), dtype=np.int64))

    def of(self, source: Whole, site: Whole) -> Whole:
        """Return the parcel of each way."""
        return self.table[source, site] if self.table.size else site


@dataclass(frozen=True, eq=False)
class Beyond:
    """Columns that count tonnes beyond a capacity: of a group, at these openings of a tier in a year."""

    year: int
    tier: int
    group: tuple[int, ...]
    column: Whole
    opening: Whole


Intake = tuple[int, int, tuple[int, ...], Whole, Whole]
"""Year, tier, group, and the columns of what sites take in by size, each with its opening by number."""


@dataclass(eq=False)
class ChainModel:
    """Columns and rows of a chain.

    Attributes
    ----------
    sizes
        Site number and size of each opening column of a tier.
    opens
        Opening columns by year and tier.
    ways
        Goods, block by block.
    counts
        (columns) of each measure that the aim needs, and of money and investment always.
    extra
        Tonnes beyond capacities; where asked for.
    first
        Columns that a first try uses.
    client
        (columns) row of the client whose way a column is, for those that a try may leave out; -1 for others.
    onward
        (columns) by measure: what a way's goods cost at least from there on.
    limited
        Row that holds a limit and what it is divided by, by measure; ``town`` has the row of each way of people.
    intakes
        What sites beyond the first tier take in.
    passing
        Columns of goods that leave a site, block by block, and for each the row of what came there.
    goes
        Columns of people on their way, and their sites by number.
    """

    chain: Chain
    built: Building
    sizes: list[list[tuple[int, Size]]]
    opens: list[list[Whole]]
    ways: list[Ways]
    counts: dict[str, Floats]
    extra: list[Beyond]
    first: NDArray[np.bool_]
    client: Whole
    onward: dict[str, Floats]
    limited: dict[str, tuple[int, float]]
    town: tuple[Whole, Whole, Floats]
    intakes: list[Intake]
    passing: list[tuple[Whole, Whole]]
    goes: tuple[Whole, Whole]


def groups_of(chain: Chain, tier: Tier) -> list[tuple[int, ...]]:
    """Return the materials that travel as one to a tier, those alone of which anything comes."""
    some = [m for m in range(len(chain.materials)) if any(point.tonnes[m] > 0 for point in chain.points)]
    return ([tuple(some)] if some else []) if tier.together else [(m,) for m in some]


def room_of(tier: Tier, size: Size, group: tuple[int, ...]) -> float:
    """Return the tonnes of a group that a size takes; infinity for no bound."""
    if not size.capacity:
        return math.inf
    return size.capacity[0 if tier.together else group[0]]


def nearest(costs: Floats) -> NDArray[np.bool_]:
    """Return which ways (points, sites) are among the nearest of each point."""
    far = np.where(costs < 0, np.inf, costs)
    if costs.shape[1] <= NEAREST:
        return np.isfinite(far)
    bound = np.partition(far, NEAREST - 1, axis=1)[:, NEAREST - 1]
    return np.asarray(np.isfinite(far) & (far <= bound[:, None]))


def clusters(costs: Floats, most: int) -> Whole:
    """Return the cluster of each point: that of the cheapest of a few sites which lie far from each other."""
    far = np.where(costs < 0, np.inf, costs)
    if not len(far):
        return np.zeros(0, dtype=np.int64)
    seeds = [int(np.argmin(np.where(np.isfinite(far), far, 1e12).sum(axis=0)))]
    away = np.full(far.shape[1], np.inf)
    while len(seeds) < min(most, far.shape[1]):
        away = np.minimum(away, (far + far[:, seeds[-1:]]).min(axis=0))
        away[seeds] = -1.0
        seeds.append(int(away.argmax()))
    _, number = np.unique(far[:, seeds].argmin(axis=1), return_inverse=True)
    return np.asarray(number.reshape(-1), dtype=np.int64)
