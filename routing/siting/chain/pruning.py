"""What a site must be worth to be open in a better answer: bounds at prices, for all ways, used or not.

Method: at the prices of a relaxation every rule is paid for but those of single sites (Lagrangian relaxation); each
site then decides for itself in which size it is open and what it takes, for which sorting is enough: goods of a cluster
fill no more than comes of it, all of them no more than the room. An opening that lifts the bound beyond the best answer
is closed for good, as Beasley 1993 does with one tier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.chain.building import Floats, Whole
from routing.siting.chain.parts import ChainModel, room_of

ROUNDED = 1e-9
"""A reduced cost below 0 by less than this, of a column without an upper bound, is a rounding."""


@dataclass(frozen=True, eq=False)
class Load:
    """What an opening may take of a group: what a unit of each column weighs and how many there may be, the room."""

    column: Whole
    tonnes: Floats
    most: Floats
    cluster: Whole
    comes: Floats
    room: float
    intake: int


@dataclass(frozen=True, eq=False)
class Priced:
    """The bound at some prices, and by how much each opening (columns) lifts it; 0 for other columns."""

    bound: float
    lifts: Floats


class Pruning:
    """The openings of a model, and what each may take, for bounds on a cost.

    Sites of several years are several sites here.
    """

    def __init__(self, model: ChainModel, cost: Floats, matrix: Any) -> None:
        built, chain = model.built, model.chain
        self.cost, self.columns_by_rows = cost, matrix.T.tocsr()
        self.least, self.most = np.concatenate(built.least), np.concatenate(built.most)
        self.low, self.high = np.concatenate(built.low), np.concatenate(built.high)
        self.own = np.concatenate(built.own)
        self.free = np.ones(built.columns, dtype=bool)
        self.sites: list[tuple[bool, Whole]] = []
        self.loads: dict[int, list[Load]] = {}
        for opened in model.opens:
            for tier, sizes, columns in zip(chain.tiers, model.sizes, opened, strict=True):
                self.free[columns] = False
                number = np.array([j for j, _ in sizes], dtype=np.int64)
                self.sites += [(site.status == "kept", columns[number == j]) for j, site in enumerate(tier.sites)]
        self.passing = model.passing
        self._take(model)
        goes, site = model.goes
        self.free[goes] = False
        self.walks = {
            int(model.opens[-1][0][o]): goes[site == j] for o, (j, _) in enumerate(model.sizes[0])
        } if len(goes) else {}  # fmt: skip

    def _take(self, model: ChainModel) -> None:
        intakes = {
            (year, n, group, int(o)): int(column)
            for year, n, group, intake, use in model.intakes
            for column, o in zip(intake, use, strict=True)
        }
        self.free[list(intakes.values())] = False
        for ways in model.ways:
            self.free[ways.column] = False
            opened = model.opens[ways.year][ways.tier]
            for o, (j, size) in enumerate(model.sizes[ways.tier]):
                taken = np.flatnonzero(ways.opening == o if ways.tier == 0 else ways.site == j)
                room = room_of(model.chain.tiers[ways.tier], size, ways.group)
                if len(taken) and room > 0:
                    load = Load(
                        ways.column[taken],
                        ways.tonnes[taken].sum(axis=1),
                        ways.room[taken],
                        ways.cluster[taken],
                        ways.comes,
                        room,
                        intakes.get((ways.year, ways.tier, ways.group, o), -1),
                    )
                    self.loads.setdefault(int(opened[o]), []).append(load)

    def onward(self, prices: Floats, reduced: Floats) -> Floats:
        """Return prices at which goods at a site are worth what they are from there on, even where none come.

        ``reduced`` are its reduced costs (columns), infinite for those that it leaves out.
        """
        prices, reduced = prices.copy(), reduced.copy()
        for column, row in reversed(self.passing):
            spare = np.full(len(self.least), np.inf)
            np.minimum.at(spare, row, reduced[column])
            spare[~np.isfinite(spare)] = 0.0
            rows = np.unique(row)
            prices[rows] -= spare[rows]
            reduced += self.columns_by_rows[:, rows] @ spare[rows]
        return prices

    def at(self, prices: Floats, closed: NDArray[np.bool_]) -> Priced:
        """Return what the prices of all rows prove; ``closed`` are openings that need not be looked at."""
        paid = np.where(self.own, 0.0, prices)
        paid[(paid > 0) & ~np.isfinite(self.least)] = 0.0
        paid[(paid < 0) & ~np.isfinite(self.most)] = 0.0
        reduced = self.cost - self.columns_by_rows @ paid
        bound = float((paid * np.where(paid > 0, self.least, np.where(paid < 0, self.most, 0.0))).sum())
        slight = self.free & ~np.isfinite(self.high) & (reduced < 0) & (reduced > -ROUNDED)
        left = np.where(slight, 0.0, reduced)[self.free]
        ends = np.where(left < 0, self.high[self.free], self.low[self.free])
        bound += float(np.where(left == 0, 0.0, left * ends).sum())
        lifts = np.zeros(len(self.cost))
        for kept, columns in self.sites:
            able = columns[~closed[columns]]
            if not len(able):
                if kept:
                    return Priced(math.inf, lifts)
                continue
            worth = np.array([self._worth(int(c), reduced) for c in able])
            least = float(worth.min()) if kept else min(0.0, float(worth.min()))
            bound += least
            lifts[able] = worth - least
        return Priced(bound, lifts)

    def _worth(self, column: int, reduced: Floats) -> float:
        """Return the reduced cost of an opening with the best that it may take."""
        worth = float(reduced[column])
        for load in self.loads.get(column, ()):
            each = reduced[load.column] / load.tonnes + (reduced[load.intake] if load.intake >= 0 else 0.0)
            some = np.flatnonzero(each < 0)
            some = some[np.argsort(each[some], kind="stable")]
            tonnes = (load.tonnes * load.most)[some]
            for cluster in np.unique(load.cluster[some]) if len(load.comes) else ():
                if cluster >= 0:
                    mine = load.cluster[some] == cluster
                    tonnes[mine] = _filled(tonnes[mine], float(load.comes[cluster]))
            worth += float((each[some] * _filled(tonnes, load.room)).sum())
        walks = self.walks.get(column)
        return worth if walks is None else worth + float(np.minimum(0.0, reduced[walks]).sum())


def _filled(tonnes: Floats, room: float) -> Floats:
    """Return how much of each goes in, the first ones first."""
    if not math.isfinite(room):
        return tonnes
    before = np.cumsum(tonnes) - tonnes
    return np.asarray(np.clip(room - before, 0.0, tonnes), dtype=float)
