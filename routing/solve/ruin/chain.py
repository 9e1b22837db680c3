"""One annealing under way: on a whole day, or on a part of it that others leave alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from routing.solve.ruin.changes import register, rewalk, swap_drops, take_in
from routing.solve.ruin.day import DEAR, Day
from routing.solve.ruin.insertion import EVERY, EXACT, INFINITE, best_place
from routing.solve.ruin.placing import put_item
from routing.solve.ruin.search import run, unbalance
from routing.solve.ruin.state import State, empty_state

Orders = list[tuple[int, list[int]]]
"""Class of vehicles and nodes of each route in use."""

MEAN_STRING, LONGEST_STRING = 10.0, 10.0
"""Stops that a ruin takes out in the mean, and at most from one route (the source's c and L)."""


@dataclass(frozen=True)
class Tuning:
    """What an annealing is set to: stops of a ruin, how many neighbours a place is looked for beside, other changes.

    ``tails`` is the share of exchanges of tails (`crossing`), by default set by the engine from the day; these take no
    care of sites, pairs, stops that belong together, and the balance of hours.
    """

    mean: float = MEAN_STRING
    longest: float = LONGEST_STRING
    reach: int = 60
    tails: float | None = None


@dataclass
class Chain:
    """A search with its day; what is handed to it stays in it."""

    day: Day
    state: State

    @classmethod
    def of(
        cls,
        day: Day,
        orders: Orders,
        seed: int,
        spare: Sequence[int],
        items: Sequence[int] | None = None,
        longest: int = 0,
        must: float = DEAR,
    ) -> Chain:
        """Start from ``orders``, with so many more routes of each class.

        ``items`` are those left out that this search may put in; by default all that ``orders`` do not serve. No route
        gets more than ``longest`` services, or twice what the longest has now. Leaving out a required item counts for
        ``must`` fen.
        """
        n = len(day.s)
        used = [0] * len(day.c)
        for c, _ in orders:
            used[c] += 1
        nodes = np.array([x for _, order in orders for x in order if x < n], np.int64)
        served = np.unique(day.s["item"][nodes])
        out = np.setdiff1d(np.arange(len(day.i)), served) if items is None else np.asarray(items, np.int64)
        members = [day.i_stop[day.i[i]["first"] : day.i[i]["end"]] for i in [*served.tolist(), *out.tolist()]]
        seeds = np.concatenate([np.zeros(0, np.int64), *members])
        room = max([longest, 24, *(2 * len(order) + 8 for _, order in orders)])
        state = empty_state(day, [u + more for u, more in zip(used, spare, strict=True)], room, seed, seeds, out)
        chain = cls(day, state)
        d, s = day.record, state.record
        taken = state.first[:-1].tolist()
        for c, order in orders:
            r = taken[c]
            taken[c] += 1
            slot = int(state.slot[r])
            state.place["node"][slot, 1 : len(order) + 1] = order
            state.slots[slot]["length"] = len(order)
            rewalk(d, s, slot)
            register(d, s, r)
            for x in order:
                word = int(day.s[x]["together"]) if x < n else -1
                if word >= 0:
                    state.fellow[word] = (int(state.fellow[word]["many"]) + 1, r)
        for slot in state.slot[state.slots["length"][state.slot] == 0].tolist():
            rewalk(d, s, slot)
        s["must"] = must
        s["cost"] = chain.cost()
        return chain

    def cost(self) -> float:
        """Fen of the plan as it stands."""
        s = self.state
        prizes = self.day.i["prize"][s.out[: s.record["left_out"]]]
        missing = (prizes >= DEAR).sum() * (DEAR - s.record["must"])
        uneven = unbalance(self.day.record, s.record) if self.day.record["balance"] > 0 else 0.0
        return float(s.slots["cost"][s.slot].sum() + prizes.sum() - missing + uneven)

    def orders(self) -> Orders:
        """Class and nodes of each route in use."""
        s = self.state
        return [
            (int(s.slots["kind"][k]), s.place["node"][k, 1 : s.slots["length"][k] + 1].tolist())
            for k in s.slot.tolist()
            if s.slots["length"][k] > 0
        ]

    def best_orders(self) -> Orders:
        """As `orders`, of the best plan that the last `anneal` met."""
        s = self.state
        kinds = s.slots["kind"][s.slot]
        return [
            (int(kinds[r]), s.best_order[r, 1 : s.best_length[r] + 1].tolist()) for r in np.flatnonzero(s.best_length)
        ]

    def left_out(self) -> list[int]:
        """Items that are left out."""
        found: list[int] = self.state.out[: self.state.record["left_out"]].tolist()
        return found

    def cramped(self) -> bool:
        """Tell whether a class has no empty route left, or a route no room, so that the search should move house."""
        s = self.state
        lengths = s.slots["length"][s.slot]
        full = bool((lengths * 5 > (s.record["positions"] - 2) * 4).any())
        return full or any(
            b - a < count and not (lengths[a:b] == 0).any()
            for a, b, count in zip(s.first[:-1], s.first[1:], self.day.c["count"], strict=True)
        )

    def anneal(self, iterations: int, hot: float, cold: float, tuning: Tuning, fewer: bool = False) -> float:
        """Search for so many iterations, cooling down; return the best cost met. ``fewer`` as `run` says."""
        best: float = run(
            self.day.record,
            self.state.record,
            iterations,
            hot,
            cold,
            tuning.mean,
            tuning.longest,
            tuning.reach,
            0.0 if fewer else tuning.tails or 0.0,
            fewer,
        )
        return best

    def fill(self, extra: float = 0.0, ended: Callable[[], bool] | None = None, exact: bool = False) -> None:
        """Put in what is left out, the dearest first, each where it adds least, up to ``extra`` above its prize.

        What must be served, and few vehicles may, goes before all others, which would take its place on them.

        What it adds is known nearly, or walked where it must be ``exact``. It ends with what is put in so far when
        ``ended``, which is asked before each item, says so.
        """
        d, s = self.day, self.state
        record = s.record
        record["thorough"] = EXACT if exact else EVERY
        few = d.s["few"][d.i_stop[d.i["first"]]] & (d.i["prize"] >= DEAR)
        for i in sorted(self.left_out(), key=lambda i: (-few[i], -d.i["prize"][i], i)):
            if ended is not None and ended():
                break
            s.changed[0] = 0
            says = put_item(d.record, record, i, 0.0, 1 << 30, extra, INFINITE)
            for r, slot in reversed(s.old[: s.changed[0]].tolist()):
                s.touched[r] = -1
                if says < 0:  # it turned out not to fit: the route is as it was
                    if d.record["bounded"]:
                        swap_drops(d.record, record, int(s.slot[r]), slot)
                    s.free[record["spare"]] = s.slot[r]
                    s.slot[r] = slot
                    register(d.record, record, r)
                else:
                    s.free[record["spare"]] = slot
                record["spare"] += 1
            if says > 0:
                take_in(d.record, record, i)
        record["thorough"] = 0
        record["cost"] = self.cost()

    def cheapest(self, stop: int) -> tuple[float, int] | None:
        """Return what a stop that is left out would add at least, and for which class; None if it fits nowhere."""
        s = self.state
        s.record["thorough"] = EXACT
        best_place(self.day.record, s.record, stop, 1e300, 0.0, 1 << 30)
        s.record["thorough"] = 0
        r = int(s.record["best_route"])
        return None if r < 0 else (float(s.record["best"]), int(s.slots["kind"][s.slot[r]]))
