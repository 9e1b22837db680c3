"""Points that are taken together: their mean ways, and how far a proof for them may be off for each by itself.

All members of a group go where it goes. Their mean way is then exactly what they have; but by themselves they may go
different ways, and some choice may be better than a proof for groups says. By how much at most is what `loss`,
`missed` and `nearer` tell (source A and B errors of Current and Schilling 1987, here as bounds over all choices).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def sums(groups: Whole, weight: Floats, count: int) -> Floats:
    """Return the weight of each of so many groups; ``groups`` is the number of each member's own."""
    return np.bincount(groups, weight, minlength=count).astype(float)


def mean_ways(groups: Whole, weight: Floats, ways: NDArray[np.int32] | Floats, count: int) -> Floats:
    """Return (groups, sites) mean ways by weight; -1 where a member has none, of equal weight where none has any."""
    total = sums(groups, weight, count)
    share = np.where(total[groups] > 0, weight, 1.0)
    share = share / sums(groups, share, count)[groups]
    means = np.zeros((count, ways.shape[1]))
    np.add.at(means, groups, share[:, None] * np.where(ways < 0, 0, ways))
    lacking = np.zeros(means.shape, dtype=bool)
    np.logical_or.at(lacking, groups, ways < 0)
    return np.where(lacking, -1.0, means)


def nearer(groups: Whole, ways: NDArray[np.int32] | Floats, means: NDArray[np.int32] | Floats) -> Floats:
    """Return by how much each member may have a shorter way than its group, over all sites.

    Infinity where it has a way to a site that its group has not.
    """
    mine = means[groups]
    gain = np.where(ways < 0, 0.0, np.where(mine < 0, np.inf, mine - ways))
    most: Floats = gain.max(axis=1, initial=0.0)
    return most


def loss(groups: Whole, weight: Floats, ways: NDArray[np.int32] | Floats, means: NDArray[np.int32] | Floats) -> float:
    """Return by how much any choice may cost less than the proof for groups says: weight times way of all members."""
    gain = nearer(groups, ways, means)
    return float((np.where(weight > 0, gain, 0.0) * weight).sum())


def missed(groups: Whole, weight: Floats, ways: NDArray[np.int32], means: Floats, within: float) -> float:
    """Return the weight of members that some site within reach has of which their group is beyond."""
    mine = means[groups]
    near = (ways >= 0) & (ways <= within)
    return float(weight[(near & ((mine < 0) | (mine > within))).any(axis=1)].sum())
