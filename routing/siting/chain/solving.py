"""The best answer for a chain with its proof: far ways and links come into the model only where they are needed.

A model begins with near ways and without links. What a client's far ways could be worth at best is one more column, its
escape: it costs what the cheapest of them would, with the least that is paid for its goods from there on, and needs
nothing to be open. So every bound holds for all ways; where an answer uses an escape, that client's ways come in.

The relaxation says which sites matter. Among these a first answer is found (kernel search, Guastaroba and Speranza
2012), and sites that are in no better one are closed (`pruning`); the model of what is left is solved to the proof.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.chain.answer import Opened
from routing.siting.chain.building import Floats, Whole
from routing.siting.chain.escapes import Escapes
from routing.siting.chain.parts import ChainModel
from routing.siting.chain.pruning import Pruning
from routing.siting.highs import ENOUGH, LEAST_SECONDS, SLICES, Linear, Model, never, relax, solve, watched

ROUNDS = 60
AT_ROOT = 0.4
"""Share of the seconds that the relaxation may take."""

IN_KERNEL = (0.1, 0.25)
"""Shares of the seconds that searches among the sites of the relaxation may take, before it is good and then."""

NEAR = 5e-3
"""Share by which an answer is from its bound at most where no other one is searched for before the proof."""

KERNEL = 12
"""Openings beyond those of the relaxation among which a first answer is found."""

AT_ONCE = 20_000
"""Links of near ways that a first relaxation has at most."""

SLACK = 0.02
"""Share of a link's room by which it is not reached where the proof does without it."""

BROKEN = 1e-6
"""Share by which a link is broken before it counts, or of an escape before it is used."""

SLOW = 2e-4
"""Share by which a bound rises in a round at least, or the relaxation is good enough."""

MORE = 30
"""Ways that come in where an escape is used."""

TRIED = (0.5, 0.1, 1e-3)
"""Shares of an opening in the relaxation from which on a quick answer opens it."""

MONEY_SECONDS = 20.0
"""Seconds that finding the flows of decided sites may take at most beyond the end."""

BEYOND = 1e-7
"""Share by which an opening must lift the bound beyond the best answer to be closed."""


@dataclass(frozen=True, eq=False)
class Best:
    """The best columns (None: none found), their cost, the bound, and whether it is certain that there are none."""

    x: Floats | None
    value: float
    bound: float
    none: bool = False


@dataclass(frozen=True)
class Line:
    """What no answer counts less than, by the limit on another measure: ``value`` at ``limit``, ``slope`` beside it."""

    limit: float
    value: float
    slope: float

    def at(self, limit: float) -> float:
        """Return what no answer that keeps this limit counts less than."""
        return self.value + self.slope * (limit - self.limit)


@dataclass(frozen=True, eq=False)
class Known:
    """What earlier searches of a chain know of an aim; within is counted below 0, so that all is to be least.

    Attributes
    ----------
    opened
        What answers have open (by year, then tier, size by site) that may be answers here, too.
    bound
        What no answer counts less than.
    needs
        (openings) what no answer with that opening counts less than.
    shut
        (openings) which are certainly in no answer.
    """

    opened: tuple[tuple[tuple[Opened, ...], ...], ...] = ()
    bound: float = -math.inf
    needs: Floats | None = None
    shut: NDArray[np.bool_] | None = None


class Sifting:
    """A chain's model with one of its counts as what is to be least (most, for ``within``).

    Attributes
    ----------
    needs
        (columns) what an answer with that opening costs at least, in units of ``scale``.
    """

    def __init__(
        self,
        model: ChainModel,
        objective: str,
        seconds: float,
        stopped: Callable[[], bool] = never,
        told: Callable[[float], None] = lambda _: None,
        known: Known | None = None,
    ) -> None:
        built = model.built
        self.model, self.seconds, self.stopped, self.told = model, seconds, stopped, told
        self.matrix = built.matrix()
        self.sums, self.link_column, self.link_room, self.link_opening = built.links()
        self.least, self.most = np.concatenate(built.least), np.concatenate(built.most)
        self.low, self.high = np.concatenate(built.low), np.concatenate(built.high)
        self.whole = np.concatenate(built.whole)
        cost = (-1.0 if objective == "within" else 1.0) * model.counts[objective]
        self.scale = max(1e-9, float(np.abs(cost).max(initial=0.0)))
        self.cost = cost / self.scale
        self.use = model.first.copy()
        self.linked = self._first_links()
        self.gone = np.zeros(len(self.cost), dtype=bool)
        self.escapes = Escapes(model, self.cost, built.rows, objective, self.scale)
        self.pruning = Pruning(model, self.cost, self.matrix)
        self.needs = np.full(len(self.cost), -np.inf)
        self.end = time.monotonic() + seconds
        self.bound, self.best = -math.inf, Best(None, math.inf, -math.inf)
        self.known = known or Known()
        self.lines: dict[str, Line] = {}

    def _first_links(self) -> NDArray[np.bool_]:
        """Return the links of near ways, where they are not too many: one relaxation is better than many rounds."""
        near = self.use[self.link_column] & (self.link_room == 1.0)
        return near if near.sum() <= AT_ONCE else np.zeros_like(near)

    def run(self) -> Best:
        """Return the best answer and what is proven of it when it is proven, or the time is over."""
        self._begin()
        if not self._root():
            return Best(None, math.inf, math.inf, none=True)
        self.told(AT_ROOT)
        while not self._over():
            columns = np.flatnonzero(self.use)
            left = max(LEAST_SECONDS, self.end - time.monotonic())
            model, clients = self._model(columns, self.low, self._tops(), self.whole)
            found = solve(model, left, self.stopped, SLICES if self.best.x is None else (1.0,))
            if found.state == "none":
                # no answer is left beside those that were closed for being no better than the best
                if self.best.x is None:
                    return Best(None, math.inf, math.inf, none=True)
                self.bound = self.best.value
                break
            self.bound = max(self.bound, min(found.bound, self._closed_bound()))
            if found.x is None:
                break
            self._decide(self._spread(found.x, columns))
            if self._proven():
                break
            self._widen(clients, found.x[len(columns) :])
            if found.state == "open" or len(columns) == self.use.sum():
                break
        self.told(1.0)
        value = self.best.value * self.scale
        return Best(self.best.x, value, min(value, self.bound * self.scale))

    def _begin(self) -> None:
        """Take over what is known."""
        known = self.known
        self.bound = known.bound / self.scale
        if known.needs is not None:
            self.needs[self.whole] = known.needs / self.scale
        if known.shut is not None:
            self.needs[np.flatnonzero(self.whole)[known.shut]] = np.inf
        for opened in known.opened:
            self._decide(self._columns_of(opened))
        self._close()

    def _columns_of(self, opened: tuple[tuple[Opened, ...], ...]) -> Floats:
        x = np.zeros(len(self.cost))
        for columns, names in zip(self.model.opens, opened, strict=True):
            for tier, sizes, own, sized in zip(self.model.chain.tiers, self.model.sizes, columns, names, strict=True):
                x[own] = [sized.get(tier.sites[j].id) == size.name for j, size in sizes]
        return x

    def _over(self) -> bool:
        return self.stopped() or time.monotonic() >= self.end or self._proven()

    def _proven(self) -> bool:
        return self.bound >= self.best.value - ENOUGH * abs(self.best.value)

    def _root(self) -> bool:
        """Find a bound and what matters to it; False where there is certainly no answer."""
        until = time.monotonic() + AT_ROOT * self.seconds
        last: Floats | None = None
        slack = np.zeros(len(self.linked), dtype=bool)
        for turn in range(ROUNDS):
            columns = np.flatnonzero(self.use)
            model, clients = self._model(columns, self.low, self._tops(), np.zeros_like(self.whole))
            found = watched(partial(relax, model, self.end - time.monotonic()), self.stopped)
            if found is None or (found.x is None and not found.ended):
                break
            if found.x is None:
                if self.best.x is None:
                    return False
                self.bound = self.best.value
                break
            before, self.bound = self.bound, max(self.bound, min(found.value, self._closed_bound()))
            last = self._spread(found.x, columns)
            self._price(model, found, columns)
            over = last[self.link_column] - self.link_room * (self.sums @ last)[self.link_opening]
            broken = self.use[self.link_column] & ~self.linked & (over > BROKEN * np.maximum(1e-9, self.link_room))
            self.linked |= broken
            slack = over < -SLACK * self.link_room
            self._widen(clients, found.x[len(columns) :])
            grown = len(columns) < self.use.sum()
            slow = self.bound - before < SLOW * abs(self.bound)
            if time.monotonic() > until or not (grown or (broken.any() and not slow)) or self._proven():
                break
            if turn == 0 and self.best.x is None:
                self._kernel(last, IN_KERNEL[0])
                self._close()
        near = self.best.x is not None and self.best.value - self.bound <= NEAR * abs(self.best.value)
        if last is not None and not self._over() and not near:
            self._kernel(last, IN_KERNEL[1])
        if last is not None and self.best.x is None:
            self._quick(last)
        if self.best.x is None:
            self._decide(self._everything())
        self._close()
        self.linked &= ~slack
        return True

    def _price(self, model: Model, found: Linear, columns: Whole) -> None:
        """Learn from a relaxation's prices what answers with each opening cost at least."""
        reduced = np.full(len(self.cost), np.inf)
        reduced[columns] = (model.cost - model.matrix.T @ found.prices)[: len(columns)]
        prices = self.pruning.onward(found.prices[: self.model.built.rows], reduced)
        priced = self.pruning.at(prices, self.gone)
        opened = np.flatnonzero(self.whole & ~self.gone)
        if math.isfinite(priced.bound):
            # an answer with an opening that was closed before costs what that needs
            least = np.minimum(priced.bound + priced.lifts[opened], self._closed_bound())
            self.needs[opened] = np.maximum(self.needs[opened], least)
        self._line(prices)
        self._close()

    def _line(self, prices: Floats) -> None:
        """Keep what these prices say of other limits: the bound falls by a price where a limit gives way by a unit."""
        bound = self.pruning.at(prices, np.zeros_like(self.gone)).bound
        if not math.isfinite(bound):
            return
        for measure, (row, scaled) in self.model.limited.items():
            below = math.isfinite(self.most[row])
            limit = float((self.most if below else self.least)[row]) * scaled
            price = float(min(0.0, prices[row]) if below else max(0.0, prices[row]))
            self.lines[measure] = Line(limit, bound * self.scale, price / scaled * self.scale)

    def _close(self) -> None:
        """Close what is in no better answer than the best, and leave its ways out."""
        beyond = self.best.value + BEYOND * abs(self.best.value) if self.best.x is not None else math.inf
        shut = self.whole & ~self.gone & ((self.needs > beyond) | np.isposinf(self.needs))
        if not shut.any():
            return
        self.gone |= shut
        left = self.sums @ (self.whole & ~self.gone).astype(float)
        dead = self.link_column[left[self.link_opening] < 0.5]
        self.gone[dead] = True
        self.use &= ~self.gone | self.whole

    def _closed_bound(self) -> float:
        """Return what no answer with a closed opening costs less than."""
        shut = self.whole & self.gone
        return float(self.needs[shut].min(initial=math.inf))

    def _tops(self) -> Floats:
        return np.where(self.gone, 0.0, self.high)

    def _kernel(self, last: Floats, share: float) -> None:
        """Find an answer among the openings of the relaxation and those that lift its bound the least."""
        others = np.flatnonzero(self.whole & ~self.gone & (last <= BROKEN))
        some = np.zeros(len(self.cost), dtype=bool)
        some[others[np.argsort(self.needs[others], kind="stable")[:KERNEL]]] = True
        tops = np.where(self.whole & (last <= BROKEN) & ~some, 0.0, self._tops())
        if (tops < self.low).any():
            return
        closed = self.sums @ np.where(self.whole, tops, 0.0) < 0.5
        columns = np.flatnonzero(self.use & ~self._tied_to(closed))
        model, _ = self._model(columns, self.low, tops, self.whole)
        left = min(share * self.seconds, self.end - time.monotonic())
        found = solve(model, max(LEAST_SECONDS, left), self.stopped, (1.0,))
        if found.x is not None:
            self._decide(self._spread(found.x, columns))

    def _tied_to(self, openings: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which columns are tied to these openings."""
        tied = np.zeros(len(self.cost), dtype=bool)
        tied[self.link_column[openings[self.link_opening]]] = True
        return tied

    def _widen(self, clients: Whole, escaped: Floats) -> None:
        """Bring in the next ways of clients whose escape is used."""
        for client in clients[escaped > BROKEN]:
            ways = np.flatnonzero((self.model.client == client) & ~self.use & ~self.gone)
            self.use[ways[np.argsort(self.escapes.worth[ways], kind="stable")[:MORE]]] = True

    def _quick(self, x: Floats) -> None:
        """Open what the relaxation opens to a good part, and see what that is worth."""
        for share in TRIED:
            rounded = np.zeros_like(x)
            for opened in self.model.opens:
                for sizes, columns in zip(self.model.sizes, opened, strict=True):
                    site = np.array([j for j, _ in sizes], dtype=np.int64)
                    for j in np.unique(site):
                        own = columns[site == j]
                        if x[own].sum() >= share:
                            rounded[own[int(x[own].argmax())]] = 1.0
            self._decide(rounded)
            if self.best.x is not None and share < TRIED[0]:
                break

    def _everything(self) -> Floats:
        """Open every site in its largest size, which is an answer unless numbers or budgets are bounded."""
        every = np.zeros(len(self.cost))
        for opened in self.model.opens:
            for sizes, columns in zip(self.model.sizes, opened, strict=True):
                rooms = np.array([sum(size.capacity) if size.capacity else math.inf for _, size in sizes])
                site = np.array([j for j, _ in sizes], dtype=np.int64)
                for j in np.unique(site):
                    own = np.flatnonzero(site == j)
                    every[columns[own[int(rooms[own].argmax())]]] = 1.0
        return every

    def _decide(self, x: Floats) -> None:
        """Keep what is open in these columns if that is better, with the best flows for it."""
        low, high = self.low.copy(), self.high.copy()
        low[self.whole] = high[self.whole] = np.round(x[self.whole])
        found = self.flows(low, high, self.cost)
        if found is not None and found[1] < self.best.value:
            self.best = Best(found[0], found[1], self.bound)

    def flows(self, low: Floats, high: Floats, cost: Floats) -> tuple[Floats, float] | None:
        """Return the best columns and their cost between bounds that leave no opening to be decided."""
        columns = np.flatnonzero(~self._tied_to(self.sums @ np.where(self.whole, high, 0.0) < 0.5))
        model, _ = self._model(columns, low, high, np.zeros_like(self.whole), plain=True)
        model = replace(model, cost=cost[columns])
        solved = relax(model, max(MONEY_SECONDS, self.end - time.monotonic()))
        return None if solved.x is None else (self._spread(solved.x, columns), solved.value)

    def _links(self, columns: Whole) -> Whole:
        inside = np.zeros(len(self.cost), dtype=bool)
        inside[columns] = True
        return np.flatnonzero(self.linked & inside[self.link_column])

    def _tied(self, links: Whole) -> Any:
        """Return the (links, columns) rows of links, each at most 0."""
        from scipy.sparse import coo_array

        rows = np.arange(len(links))
        shape = (len(links), len(self.cost))
        column = coo_array((np.ones(len(links)), (rows, self.link_column[links])), shape=shape).tocsr()
        opened = self.sums[self.link_opening[links]].tocoo()
        room = self.link_room[links][opened.row] * opened.data
        return (column - coo_array((room, (opened.row, opened.col)), shape=shape).tocsr()).tocsr()

    def _model(
        self, columns: Whole, low: Floats, high: Floats, whole: NDArray[np.bool_], plain: bool = False
    ) -> tuple[Model, Whole]:
        """Return the model of these columns with used links and, behind them, the escapes of the clients returned.

        A plain one has neither links nor escapes.
        """
        from scipy.sparse import hstack, vstack

        matrix, least, most = self.matrix[:, columns], self.least, self.most
        cost, whole, low, high = self.cost[columns], whole[columns], low[columns], high[columns]
        if plain:
            return Model(cost, whole, low, high, matrix, least, most), np.zeros(0, dtype=np.int64)
        clients, worth, entries = self.escapes.of(self.use | self.gone)
        number = len(clients)
        matrix = hstack([matrix, entries]).tocsr()
        cost = np.concatenate([cost, worth])
        whole = np.concatenate([whole, np.zeros(number, dtype=bool)])
        low, high = np.concatenate([low, np.zeros(number)]), np.concatenate([high, np.ones(number)])
        tied = self._links(columns)
        if len(tied):
            from scipy.sparse import coo_array

            links = hstack([self._tied(tied)[:, columns], coo_array((len(tied), number))])
            matrix = vstack([matrix, links]).tocsr()
            least = np.concatenate([least, np.full(len(tied), -math.inf)])
            most = np.concatenate([most, np.zeros(len(tied))])
        return Model(cost, whole, low, high, matrix, least, most), clients

    def _spread(self, x: Floats, columns: Whole) -> Floats:
        spread = np.zeros(len(self.cost))
        spread[columns] = x[: len(columns)]
        return spread
