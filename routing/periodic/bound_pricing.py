"""Routes that would make the mix cheaper, or the proof that there is none: the loops fed with prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from routing.periodic.bound_case import NO_WAY, Case
from routing.periodic.bound_cuts import Cut
from routing.periodic.bound_loops import WORD, find_routes, least_rests
from routing.periodic.bound_master import Prices, Trip, Trips
from routing.periodic.tables import Number, Whole

NEAR, NEAREST = 7, 5
"""Points that are remembered where the least that remains is looked up: for proofs, and for a first look."""
REMEMBERED = 10
LABELS = 4_000_000
WEIGHTS = (0.0, 0.15, 0.4, 1.0)
"""Prices of a step of time at which the rest of a round is bounded from below; each is right, the highest counts."""
NONE = -1e-6


class Found(NamedTuple):
    """Routes that cost less than their prices, the best first; the least of all, None when that is not proven."""

    routes: list[Trips]
    least: float | None
    labels: int


class Pricing:
    """Memory of labels, kept from one call to the next."""

    def __init__(self, case: Case, whole: bool) -> None:
        self.case, self.whole = case, whole
        n, sites = len(case.load), len(case.home)
        away = case.arc + case.arc.T
        np.fill_diagonal(away, -1.0)
        order = np.argsort(away, axis=1, kind="stable")
        self._near, self._spot = _nearest(order, NEAR)
        self._nearest, self._nearest_spot = _nearest(order, NEAREST)
        self._memory = np.zeros(n + sites, np.int64)
        for i in range(n):
            for j in order[i, :REMEMBERED]:
                self._memory[i] |= np.int64(1) << int(j)
        self._node = np.empty(LABELS, np.int64)
        self._price = np.empty(LABELS)
        self._state = np.empty((LABELS, 6), np.int64)
        self._trips = int(case.most // max(1, (case.first_last[:, :, None] + case.out_last[None]).min())) + 1

    def find(self, prices: Prices, cuts: Sequence[Cut], exact: int, effort: int, most: int = 60) -> Found:
        """Return routes below their price; ``exact`` 0 and 1 look only at some, 2 at all.

        ``effort``: comparisons of labels after which it gives up.
        """
        case, n, whole = self.case, len(self.case.load), self.whole
        active = [k for k in range(len(cuts)) if prices.cuts[k] > 1e-9]
        words = max(1, -(-len(active) // WORD))
        member, through = np.zeros((n, words), np.int64), np.zeros(words, np.int64)
        pair = np.zeros((n, n))
        for b, k in enumerate(active):
            bit = np.int64(1) << (b % WORD)
            for p in cuts[k].points:
                member[p, b // WORD] |= bit
            if cuts[k].rounds:
                through[b // WORD] |= bit
            if len(cuts[k].points) == 2:
                i, j = cuts[k].points
                pair[i, j] += prices.cuts[k]
                pair[j, i] += prices.cuts[k]
        if self._state.shape[1] != 5 + words:
            self._state = np.empty((LABELS, 5 + words), np.int64)
        way = case if whole else self._of_trips(prices)
        starts = way.first.argmin(axis=0)
        if not whole:
            way = replace(way, first=np.where(np.arange(len(way.first))[:, None] > 0, NO_WAY, way.first.min(axis=0)))
        arc = way.arc - prices.visits[None, :]
        first = way.first - prices.visits[None, :] - prices.trip
        weights = np.array(WEIGHTS if whole else (0.0,))
        near, spot = (self._near, self._spot) if exact == 2 else (self._nearest, self._nearest_spot)
        rests, homes = self._rests(way, weights, arc, first, pair, near, spot)
        if whole:
            first[0] -= prices.route
        count = find_routes(
            way.load,
            way.room,
            way.most,
            arc,
            way.last,
            first,
            way.first_last,
            way.out,
            way.out_last,
            way.home,
            way.home_last,
            self._memory,
            near,
            weights,
            rests,
            homes,
            member,
            through,
            prices.cuts[active] if active else np.zeros(1),
            exact,
            NONE,
            effort,
            self._node,
            self._price,
            self._state,
        )
        if count < 0:
            return Found([], None, count)
        ends = np.flatnonzero((self._node[:count] >= n) & (self._state[:count, 3] == 1))
        values = self._price[ends] + way.home[self._node[ends] - n]
        ranked = ends[np.argsort(values, kind="stable")]
        least = min(NONE, float(values.min())) if len(values) else NONE
        return Found(self._chosen(way, ranked, most, None if whole else starts), least if exact == 2 else None, count)

    def _of_trips(self, prices: Prices) -> Case:
        """Return the case in which a route is one trip, with its time priced and load in the place of time."""
        case = self.case
        n = len(case.load)
        heavier = np.broadcast_to(case.load[None, :], (n, n)).copy()
        first = case.first + prices.time * case.first_last
        first[1:] += prices.sites[:, None]
        return replace(
            case,
            most=case.room,
            arc=case.arc + prices.time * case.last,
            last=heavier,
            first=first,
            first_last=np.broadcast_to(case.load[None, :], case.first.shape).copy(),
            out=case.out + prices.time * case.out_last - prices.sites[None, :],
            out_last=np.zeros_like(case.out_last),
            home=np.zeros_like(case.home),
            home_last=np.zeros_like(case.home_last),
        )

    def _rests(
        self, way: Case, weights: Number, arc: Number, first: Number, pair: Number, near: Whole, spot: Whole
    ) -> tuple[Number, Number]:
        """Return the least that remains, for each weight of time: of trips and what follows, and from sites on."""
        sites = len(way.home)
        if not self.whole:
            out = np.ascontiguousarray(way.out.min(axis=1))
            return least_rests(way.load, way.room, arc, out, near, spot, pair)[None], np.zeros((1, sites))
        rests = np.empty((len(weights), way.room + 1, len(way.load), 1 << near.shape[1]))
        homes = np.empty((len(weights), sites))
        for k, weight in enumerate(weights):
            going = arc + weight * way.last
            outs = np.ascontiguousarray((way.out + weight * way.out_last).T)
            trips = [least_rests(way.load, way.room, going, out, near, spot, pair) for out in outs]
            begin = first[1:] + weight * way.first_last[1:]
            between = np.array([(begin + trip[way.room, :, -1]).min(axis=1) for trip in trips]).T
            straight = way.home + weight * way.home_last
            least = straight
            for _ in range(self._trips):
                before = least
                least = np.minimum(straight, (between + before[None, :]).min(axis=1))
                if (least == before).all():
                    break
            homes[k] = least
            rests[k] = trips[0] + least[0]
            for f in range(1, sites):
                np.minimum(rests[k], trips[f] + least[f], out=rests[k])
        return rests, homes

    def _chosen(self, way: Case, ranked: Whole, most: int, starts: Whole | None) -> list[Trips]:
        """Return routes below their price, none too much like those before."""
        n = len(self.case.load)
        used = np.zeros(n)
        chosen: list[Trips] = []
        for end in ranked[:4000]:
            if self._price[end] + way.home[self._node[end] - n] >= NONE or len(chosen) >= most:
                break
            trips = self._trips_of(int(end))
            if starts is not None:
                trips = (trips[0]._replace(start=int(starts[trips[0].points[0]])),)
            visited = [p for trip in trips for p in trip.points]
            if chosen and np.median(used[visited]) >= 6:
                continue
            used[visited] += 1
            chosen.append(trips)
        return chosen

    def _trips_of(self, end: int) -> Trips:
        n = len(self.case.load)
        places = []
        label = end
        while label >= 0:
            places.append(int(self._node[label]))
            label = int(self._state[label, 2])
        trips: list[Trip] = []
        start, points = 0, []
        for place in reversed(places):
            if place < n:
                points.append(place)
            else:
                trips.append(Trip(start, tuple(points), place - n))
                start, points = place - n + 1, []
        return tuple(trips)


def _nearest(order: Whole, count: int) -> tuple[Whole, Whole]:
    """Return the nearest of each point, itself first (points, few), and the place of each among those, -1: none."""
    near = np.ascontiguousarray(order[:, :count])
    spot = np.full(order.shape, -1, np.int64)
    for i in range(len(order)):
        spot[i, near[i]] = np.arange(near.shape[1])
    return near, spot
