"""The best answer for a chain with its proof: far ways and links come into the model only where they are needed.

A model begins with near ways and without links. What a client's far ways could be worth at best is one more column, its
escape: it costs what the cheapest of them would, with the least that is paid for its goods from there on, and needs
nothing to be open. So every bound holds for all ways; where an answer uses an escape, that client's ways come in.
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

from routing.siting.chain.building import Floats, Whole
from routing.siting.chain.escapes import Escapes
from routing.siting.chain.parts import ChainModel
from routing.siting.highs import ENOUGH, LEAST_SECONDS, Model, never, relax, solve, watched

ROUNDS = 60
AT_ROOT = 0.4
"""Share of the seconds that the relaxation may take."""

BROKEN = 1e-6
"""Share by which a link is broken before it counts, or of an escape before it is used."""

MORE = 10
"""Ways that come in where an escape is used."""

TRIED = (0.5, 0.1, 1e-3)
"""Shares of an opening in the relaxation from which on a quick answer opens it."""

MONEY_SECONDS = 20.0
"""Seconds that finding the flows of decided sites may take at most beyond the end."""


@dataclass(frozen=True, eq=False)
class Best:
    """The best columns (None: none found), their cost, the bound, and whether it is certain that there are none."""

    x: Floats | None
    value: float
    bound: float
    none: bool = False


class Sifting:
    """A chain's model with one of its counts as what is to be least (most, for ``within``)."""

    def __init__(
        self,
        model: ChainModel,
        objective: str,
        seconds: float,
        stopped: Callable[[], bool] = never,
        told: Callable[[float], None] = lambda _: None,
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
        self.use, self.linked = model.first.copy(), np.zeros(len(self.link_column), dtype=bool)
        self.escapes = Escapes(model, self.cost, built.rows, objective, self.scale)
        self.end = time.monotonic() + seconds
        self.bound, self.best = -math.inf, Best(None, math.inf, -math.inf)

    def run(self) -> Best:
        """Return the best answer and what is proven of it when it is proven, or the time is over."""
        if not self._root():
            return Best(None, math.inf, math.inf, none=True)
        self.told(AT_ROOT)
        while not self.stopped() and time.monotonic() < self.end:
            columns = np.flatnonzero(self.use)
            left = max(LEAST_SECONDS, self.end - time.monotonic())
            model, clients = self._model(columns, self.low, self.high, self.whole)
            found = solve(model, left, self.stopped)
            if found.state == "none":
                return Best(None, math.inf, math.inf, none=True)
            self.bound = max(self.bound, found.bound)
            if found.x is None:
                break
            self._decide(self._spread(found.x, columns))
            if self.bound >= self.best.value - ENOUGH * abs(self.best.value):
                break
            self._widen(clients, found.x[len(columns) :])
            if found.state == "open" or len(columns) == self.use.sum():
                break
        self.told(1.0)
        value = self.best.value * self.scale
        return Best(self.best.x, value, min(value, self.bound * self.scale))

    def _root(self) -> bool:
        """Find a bound and what matters to it; False where there is certainly no answer."""
        until = time.monotonic() + AT_ROOT * self.seconds
        last: Floats | None = None
        for _ in range(ROUNDS):
            columns = np.flatnonzero(self.use)
            model, clients = self._model(columns, self.low, self.high, np.zeros_like(self.whole))
            found = watched(partial(relax, model, self.end - time.monotonic()), self.stopped)
            if found is None or (found.x is None and not found.ended):
                break
            if found.x is None:
                return False
            self.bound = max(self.bound, found.value)
            last = self._spread(found.x, columns)
            over = last[self.link_column] - self.link_room * (self.sums @ last)[self.link_opening]
            broken = self.use[self.link_column] & ~self.linked & (over > BROKEN * np.maximum(1e-9, self.link_room))
            self.linked |= broken
            self._widen(clients, found.x[len(columns) :])
            if time.monotonic() > until or not (len(columns) < self.use.sum() or broken.any()):
                break
        if last is not None:
            self._quick(last)
        if self.best.x is None:
            self._decide(self._everything())
        return True

    def _widen(self, clients: Whole, escaped: Floats) -> None:
        """Bring in the next ways of clients whose escape is used."""
        for client in clients[escaped > BROKEN]:
            ways = np.flatnonzero((self.model.client == client) & ~self.use)
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
        for use in (self.use, np.ones_like(self.use)):
            columns = np.flatnonzero(use)
            model, _ = self._model(columns, low, high, np.zeros_like(self.whole), plain=True)
            model = replace(model, cost=cost[columns])
            solved = relax(model, max(MONEY_SECONDS, self.end - time.monotonic()))
            if solved.x is not None:
                return self._spread(solved.x, columns), solved.value
            if use.all():
                break
        return None

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
        clients, worth, entries = self.escapes.of(self.use)
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
