"""The proof: sites are decided one after the other, and what the bound shows to be no better is left aside."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.siting.relaxing import climb
from routing.siting.swapping import add, exchange
from routing.siting.tables import Table
from routing.siting.transport import assign, cheapest, lower, repaired

Floats = NDArray[np.float64]
ROUND = 10
"""Steps between two looks at the answer that the bound suggests."""

AT_ROOT, AT_NODE = 60, 8
"""Rounds for the first bound and for each part of it."""

MANY = 10_000
"""Ways of a choice above which it is judged by a quick answer, and by the exact one only where the proof needs it."""

MOST_NEW = 60
"""Options that are tried instead of those of an answer."""

EXACT = 1e-9
"""Share of a value by which a part must promise to be better to be looked into."""


@dataclass(order=True)
class Part:
    """Some sites decided, others not; the bound of what can be made of them."""

    bound: float
    number: int
    may: NDArray[np.int8] = field(compare=False)
    must: NDArray[np.int8] = field(compare=False)
    price: Floats = field(compare=False)
    dear: float = field(compare=False)


@dataclass
class Found:
    """The best answer so far: its options, the shares that they take, value, what is proven, parts looked into."""

    options: NDArray[np.int64] | None
    shares: Floats | None
    value: float
    bound: float
    nodes: int


class Search:
    """Branch and bound over which sites are open; ``banned`` are sets of sites that may not be the answer."""

    def __init__(
        self,
        table: Table,
        kept: NDArray[np.bool_],
        banned: Sequence[frozenset[int]],
        stopped: Callable[[], bool],
        near: NDArray[np.int64] | None = None,
    ) -> None:
        self.table, self.kept, self.banned, self.stopped, self.near = table, kept, banned, stopped, near
        self.site = np.repeat(np.arange(len(kept)), np.diff(table.first))
        self.best = Found(None, None, np.inf, -np.inf, 0)
        self.tried: set[bytes] = set()
        self.prices = np.zeros(table.room.shape)
        self.worth = np.zeros(len(table.fixed))
        self.plain = bool(np.isinf(table.room[np.isfinite(table.cost).any(axis=1)]).all())

    def run(self) -> Found:
        """Return the best answer and what is proven of it when it is proven, or the time is over."""
        table, sites = self.table, len(self.kept)
        root = Part(
            -np.inf,
            0,
            np.ones(len(table.fixed), np.int8),
            np.where(self.kept, 1, 0).astype(np.int8),
            self._first_prices(),
            0.0,
        )
        self._begin(root)
        heap, number, closed = [root], 0, np.inf
        while heap and not self.stopped():
            part = heapq.heappop(heap)
            if part.bound >= self._good_enough():
                closed = min(closed, part.bound)
                continue
            self.best.nodes += 1
            often = np.zeros(sites)
            done = self._tighten(part, AT_ROOT if number == 0 else AT_NODE, often)
            if number == 0 and not done and self.best.options is not None and not self.plain:
                self._improve(self.best.options, self.worth)
                self._try(self.best.options, exact=True)
            if done or part.bound >= self._good_enough():
                closed = min(closed, part.bound)
                continue
            for child in self._split(part, often):
                number += 1
                child.number = number
                heapq.heappush(heap, child)
        lowest = min([closed, self.best.value, *(part.bound for part in heap)])
        self.best.bound = lowest
        return self.best

    def _good_enough(self) -> float:
        return self.best.value - EXACT * abs(self.best.value)

    def _first_prices(self) -> Floats:
        """Each client pays about what the second of its options would cost."""
        cost = self.table.cost
        if cost.shape[1] == 0:
            return np.zeros(0)
        two = np.partition(cost, min(1, len(cost) - 1), axis=0)[: min(2, len(cost))]
        return np.where(np.isfinite(two[-1]), two[-1], np.where(np.isfinite(two[0]), two[0], 0.0))

    def _begin(self, root: Part) -> None:
        """Find a first answer."""
        table, sites = self.table, len(self.kept)
        if self.plain and len(table.fixed) == sites and table.cost.shape[1]:
            penalty = float(table.cost[np.isfinite(table.cost)].max(initial=1.0)) * 10 * len(table.weight)
            cost = np.where(np.isfinite(table.cost), table.cost, penalty)
            opened = self.kept.astype(np.int8)
            add(cost, opened, np.zeros(sites, np.int8), table.most)
            exchange(cost, opened, self.kept.astype(np.int8), penalty)
            self._try(np.flatnonzero(opened))
            if self.banned:
                last = self.banned[-1]
                for out in sorted(last):
                    if not self.kept[out]:
                        other = self.kept.astype(np.int8)
                        other[list(last - {out})] = 1
                        no = np.zeros(sites, np.int8)
                        no[out] = 1
                        add(cost, other, no, table.most)
                        self._try(np.flatnonzero(other))
        else:
            largest = [
                max(range(table.first[s], table.first[s + 1]), key=lambda o: float(table.room[o].sum()))
                for s in range(sites)
            ]
            self._try(np.array(largest, dtype=np.int64))
            self._try(np.array([o for s, o in enumerate(largest) if self.kept[s]], dtype=np.int64))
            if self.near is not None:
                self._improve(self.near, table.fixed)

    def _try(self, options: NDArray[np.int64], exact: bool = False) -> None:
        """Keep what these options cost if they are sound and the best so far."""
        table = self.table
        sites = self.site[options]
        if not table.least <= len(options) <= table.most or table.invest[options].sum() > table.budget * (1 + 1e-12):
            return
        if self.banned and frozenset(int(s) for s in sites) in self.banned:
            return
        hopeful = cheapest(table, options)
        key = np.sort(options).tobytes()
        if hopeful >= self.best.value or key in self.tried or not np.isfinite(hopeful):
            return
        self.tried.add(key)
        if not self.plain:
            bound = lower(table, options, self.prices, min(self.best.value, 2 * hopeful))
            if bound >= self.best.value:
                return
            if not exact and len(options) * len(table.weight) > MANY:
                self.tried.remove(key)
                value, shares = repaired(table, options, self.prices)
                if value < self.best.value:
                    self.best.options, self.best.shares, self.best.value = options.copy(), shares, value
                return
        value, shares = assign(table, options)
        if value < self.best.value:
            self.best.options, self.best.shares, self.best.value = options.copy(), shares, value

    def _tighten(self, part: Part, rounds: int, often: Floats) -> bool:
        """Raise a part's bound, decide what it shows; tell whether nothing is left to be decided."""
        table, sites = self.table, len(self.kept)
        price, best_price = part.price.copy(), part.price.copy()
        dear = np.array([part.dear, part.dear, 1.5 if rounds == AT_ROOT else 0.5, 0.0, -np.inf])
        worth, chosen = np.empty(len(table.fixed)), np.empty(sites, np.int64)
        reach = np.zeros(len(table.weight) + 1)
        top = -np.inf
        for turn in range(rounds):
            if not self._possible(part):
                part.bound = np.inf
                return True
            begun = top if np.isfinite(top) else float(price.sum())
            goal = min(self.best.value, begun + 0.1 * abs(begun) + 1.0)
            kept_price = best_price.copy()
            bound = climb(table, part.may, part.must, price, kept_price, dear, worth, chosen, often, reach, ROUND, goal)
            if bound == np.inf:
                part.bound = np.inf
                return True
            better = bound > top
            gained = bound - top
            if better:
                top, best_price, part.dear = bound, kept_price, float(dear[1])
                part.bound, part.price = max(part.bound, top), best_price
            opened = chosen[chosen >= 0]
            if not self.plain or better:
                self._try(opened)
            if self.best.options is None and not self.plain:
                self._try(self._padded(opened, worth, part))
            if part.bound >= self._good_enough():
                return False
            self.worth = worth.copy()
            self._decide(part, bound, worth, chosen)
            leaf = self._leaf(part)
            if leaf is not None:
                self._try(leaf, exact=True)
                part.bound = np.inf  # nothing is left in it: what is best of it is kept
                return True
            if self.stopped() or dear[2] < 1e-4 or (turn > 3 and better and gained < 1e-9 * abs(top)):
                break
        return False

    def _improve(self, begin: NDArray[np.int64], worth: Floats) -> None:
        """Try all choices that differ little from one, and go on from each that is better."""
        order = [int(o) for o in np.argsort(worth) if np.isfinite(worth[o])][:MOST_NEW]
        here = begin
        while True:
            value = self.best.value
            inside = {int(s): int(o) for s, o in zip(self.site[here], here, strict=True)}
            for moved in self._moves(inside, order):
                if self.stopped() or self.best.value < value:
                    break
                self._try(np.array(sorted(moved.values()), dtype=np.int64))
            if self.best.value >= value or self.best.options is None:
                return
            here = self.best.options

    def _moves(self, inside: dict[int, int], order: list[int]) -> Iterator[dict[int, int]]:
        """Close one, resize one, exchange one for another, open one more."""
        for s in inside:
            if not self.kept[s]:
                yield {key: o for key, o in inside.items() if key != s}
            for o in range(self.table.first[s], self.table.first[s + 1]):
                yield {**inside, s: o}
        for o in order:
            new = int(self.site[o])
            if new in inside:
                continue
            for s in inside:
                if not self.kept[s]:
                    yield {**{key: one for key, one in inside.items() if key != s}, new: o}
            yield {**inside, new: o}

    def _padded(self, opened: NDArray[np.int64], worth: Floats, part: Part) -> NDArray[np.int64]:
        """Open more sites, the most worthy first, until there is room and a way for everything."""
        table = self.table
        have = list(opened)
        inside = set(self.site[opened].tolist())
        for o in np.argsort(worth):
            if self._enough(np.array(have, dtype=np.int64)) or len(have) >= table.most:
                break
            s = int(self.site[o])
            if s not in inside and np.isfinite(worth[o]):
                have.append(o)
                inside.add(s)
        return np.array(have, dtype=np.int64)

    def _enough(self, options: NDArray[np.int64]) -> bool:
        table = self.table
        if len(options) == 0:
            return len(table.weight) == 0
        needed = np.add.reduceat(table.weight, table.begin[:-1]) if (np.diff(table.begin) > 0).all() else None
        roomy = needed is None or bool((table.room[options].sum(axis=0) >= needed).all())
        return roomy and bool(np.isfinite(table.cost[options]).any(axis=0).all())

    def _possible(self, part: Part) -> bool:
        """Tell whether an answer may still lie in a part: not too many sites, way and room for all, within budget."""
        table = self.table
        opened = part.must == 1
        open_options = np.flatnonzero((part.may == 1) & (part.must[self.site] >= 0))
        if opened.sum() > table.most or (part.must >= 0).sum() < table.least:
            return False
        if len(set(self.site[open_options[opened[self.site[open_options]]]].tolist())) < opened.sum():
            return False
        if len(table.weight) == 0:
            return True
        if len(open_options) == 0 or not np.isfinite(table.cost[open_options].min(axis=0)).all():
            return False
        if table.budget < np.inf:
            cheap = np.full(len(self.kept), np.inf)
            np.minimum.at(cheap, self.site[open_options], table.invest[open_options])
            if cheap[opened].sum() > table.budget * (1 + 1e-12):
                return False
        for m in range(table.room.shape[1]):
            if table.begin[m + 1] > table.begin[m]:
                room = np.zeros(len(self.kept))
                np.maximum.at(room, self.site[open_options], table.room[open_options, m])
                free = np.sort(room[~opened])[::-1][: table.most - int(opened.sum())]
                needed = table.weight[table.begin[m] : table.begin[m + 1]].sum()
                if room[opened].sum() + free.sum() < needed * (1 - 1e-9):
                    return False
        return True

    def _decide(self, part: Part, bound: float, worth: Floats, chosen: NDArray[np.int64]) -> None:
        """Close and open what, decided otherwise, would lift the bound above the best answer."""
        table = self.table
        room = self._good_enough() - bound
        if not np.isfinite(room):
            return
        free = part.must == 0
        inside = chosen >= 0
        count = int(inside.sum())
        value = np.full(len(free), np.inf)
        np.minimum.at(value, self.site, worth)
        chosen_free, others = free & inside, free & ~inside
        last = float(value[chosen_free].max(initial=-np.inf))
        following = float(value[others].min(initial=np.inf))
        replaced = last if np.isfinite(last) and (count >= table.most or last > 0) else 0.0
        if count >= table.most and not chosen_free.any():
            replaced = -np.inf  # nothing can make room for one more
        for o in np.flatnonzero(part.may == 1):
            s = self.site[o]
            if part.must[s] < 0 or chosen[s] == o:
                continue
            more = worth[o] - (value[s] if inside[s] else replaced)
            if more > room:
                part.may[o] = 0
        for s in np.flatnonzero(chosen_free):
            instead = 0.0
            if count <= table.least or (count >= table.most and following < 0):
                instead = following
            if instead - value[s] > room:
                part.must[s] = 1
        for s in np.flatnonzero(free):
            if part.must[s] == 0 and not part.may[table.first[s] : table.first[s + 1]].any():
                part.must[s] = -1

    def _leaf(self, part: Part) -> NDArray[np.int64] | None:
        """Return the options of a part in which all is decided, None where something is not."""
        if (part.must == 0).any():
            return None
        options = np.flatnonzero((part.may == 1) & (part.must[self.site] == 1))
        return options if len(options) == int((part.must == 1).sum()) else None

    def _split(self, part: Part, often: Floats) -> list[Part]:
        """Divide a part by the least certain site, or by the size of an open one."""
        table = self.table
        free = np.flatnonzero(part.must == 0)
        children = []
        if len(free):
            s = int(free[np.argmin(np.abs(often[free] - 0.5))])
            for state in (1, -1):
                must = part.must.copy()
                must[s] = state
                children.append(Part(part.bound, 0, part.may.copy(), must, part.price.copy(), part.dear))
            return children
        several = [s for s in np.flatnonzero(part.must == 1) if part.may[table.first[s] : table.first[s + 1]].sum() > 1]
        s = int(several[0])
        sizes = np.flatnonzero((part.may == 1) & (self.site == s))
        for o in sizes:
            may = part.may.copy()
            may[sizes] = 0
            may[o] = 1
            children.append(Part(part.bound, 0, may, part.must.copy(), part.price.copy(), part.dear))
        return children


def solve(
    table: Table,
    kept: NDArray[np.bool_],
    banned: Sequence[frozenset[int]] = (),
    seconds: float = 60.0,
    near: NDArray[np.int64] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Found:
    """Return the best answer of a table, proven within the seconds or with the bound that was reached.

    ``near`` are options near which a good answer is expected; ``stopped`` ends the search before its time.
    """
    end = time.monotonic() + seconds
    return Search(table, kept, banned, lambda: time.monotonic() > end or stopped(), near).run()
