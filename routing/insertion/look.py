"""The quick look at every position at once: can the stop go there, and what does that add?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.insertion.curves import FIRST
from routing.insertion.table import NO_SITE, Table, hours
from routing.insertion.vectors import Bools, Ints, Roads, begun, left, opened, rested
from routing.legs import NEVER
from routing.problem import Problem, Stop, UnloadSite, Vehicle


@dataclass(frozen=True)
class Trials:
    """Ways to put a stop in: which stop, row of the table, site right before it, and right after it, or `NO_SITE`."""

    stop: Ints
    row: Ints
    before: Ints
    after: Ints

    @classmethod
    def plain(cls, stops: int, rows: Ints) -> Trials:
        """Return the trials of each of so many stops at each row, without sites."""
        none = np.full(stops * len(rows), NO_SITE)
        return cls(np.repeat(np.arange(stops), len(rows)), np.tile(rows, stops), none, none)

    def __getitem__(self, chosen: Bools | Ints) -> Trials:
        return Trials(self.stop[chosen], self.row[chosen], self.before[chosen], self.after[chosen])

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Found:
    """Trials that may do, and the fen that each adds at least."""

    trials: Trials
    fen: Ints


def look(table: Table, problem: Problem, stops: Sequence[Stop], usable: Bools) -> Found:
    """Return the trials that may do, with the least that each adds.

    The stops differ in their windows alone; ``usable`` tells which vehicles may serve them.
    """
    view = View(table, problem, stops)
    plain = Trials.plain(len(stops), np.flatnonzero(usable[table.vehicle]))
    in_time, _, _ = view.clock(plain)
    sooner = problem.periods or view.loads_late()  # what is put in may also help to be in time
    wide = plain if sooner else plain[in_time]
    trials = [plain[in_time]]
    for k, site in enumerate(problem.unload_sites):
        trials += view.beside(wide, k, site)
    every = Trials(*(np.concatenate([getattr(t, name) for t in trials]) for name in ("stop", "row", "before", "after")))
    every = every[view.fits(every)]
    fit, start, home = view.clock(every)
    late = view.unsure(every)
    every, start, home, late = every[fit | late], start[fit | late], home[fit | late], late[fit | late]
    seconds = home - start
    keep = late | (seconds <= table.longest[table.vehicle[every.row]])
    every, seconds, home, late = every[keep], seconds[keep], home[keep], late[keep]
    return Found(every, view.fen(every, seconds, home, late))


class View:
    """The table as stops see it that differ in their windows alone."""

    def __init__(self, table: Table, problem: Problem, stops: Sequence[Stop]) -> None:
        self.table, self.problem, self.stop = table, problem, stops[0]
        self.hours = hours(table.vehicles, stops)
        stop = self.stop
        self.roads = Roads(problem, table.profiles)
        self.free = table.done(stop.release)
        self.delivery = np.array(stop.delivery, np.int64)
        self.pickup = np.array(stop.pickup, np.int64)

    def beside(self, plain: Trials, k: int, site: UnloadSite) -> list[Trials]:
        """Trials with a site right before the stop, where it does something, and right after it."""
        table, rows = self.table, plain.row
        found = []
        useful = (table.collected[rows] * table.takes[k]).any(axis=1)
        if site.reloads and self.delivery.any():
            useful[:] = True
        if site.charges:
            useful |= table.full[table.vehicle[rows]] < NEVER
        if useful.any():
            some = plain[useful]
            found.append(replace(some, before=np.full(len(some), k)))
        if (self.pickup * table.takes[k]).any() or site.charges:
            found.append(replace(plain, after=np.full(len(plain), k)))
        return found

    def fits(self, t: Trials) -> Bools:
        """Tell which trials keep the order in trips, bounds on loads, batteries and sites, as far as is seen here."""
        table = self.table
        sites = self.problem.unload_sites
        reloads = np.array([*(u.reloads for u in sites), False])
        charges = np.array([*(u.charges for u in sites), False])
        takes = np.concatenate([table.takes, np.zeros((1, len(self.delivery)), np.bool_)])
        row, vehicle = t.row, table.vehicle[t.row]
        fresh = reloads[t.before]
        good = np.ones(len(t), np.bool_)
        if self.stop.backhaul:
            good &= ~table.brought[row] | reloads[t.after]
        elif self.delivery.any():
            good &= ~table.backed[row] | fresh
        # loads
        gone = (table.collected[row] * takes[t.before]) @ table.in_sum
        room = table.room[row]
        brings, gives = self.delivery @ table.in_sum, self.pickup @ table.in_sum
        new_trip = fresh | reloads[t.after]
        good &= new_trip | (table.before[row] + brings <= room).all(axis=1)
        left_there = ((table.collected[row] * ~takes[t.before] + self.pickup) * takes[t.after]) @ table.in_sum
        good &= (table.behind[row] - gone + gives - left_there <= room).all(axis=1)
        # where it goes
        keeps = np.array([v.keeps_stock for v in table.vehicles])[vehicle]
        receiver = np.where(takes[t.after], t.after[:, None], table.receiver[row])
        homeless = ((receiver == NO_SITE) & (self.pickup > 0)).any(axis=1)
        good &= keeps | ~homeless
        if any(u.capacity is not None for u in sites):
            for d in np.flatnonzero(self.pickup):
                there = receiver[:, d]
                good &= (there == NO_SITE) | (table.spare[vehicle, there, d] >= self.pickup[d])
        if not self.problem.periods and (table.full < NEVER).any():
            good &= self._far_enough(t, vehicle, charges)
        return good

    def _far_enough(self, t: Trials, vehicle: Ints, charges: Bools) -> Bools:
        """Tell for which trials the battery lasts."""
        table = self.table
        left, full = table.left[t.row], table.full[vehicle]
        good = np.ones(len(t), np.bool_)
        here = table.here[t.row]
        for k, which in enumerate((t.before, np.full(len(t), -2), t.after)):
            there = self._location(which, k == 1)
            there = np.where((which == NO_SITE), here, there)
            metres = self.roads.legs(table.profile[vehicle], here, there)[1]
            left = left - np.where(which == NO_SITE, 0, metres)
            good &= left >= 0
            if k != 1:
                left = np.where(charges[which], full, left)
            here = there
        left = left - self.roads.legs(table.profile[vehicle], here, table.there[t.row])[1] - table.ahead[t.row]
        lasts: Bools = good & ((left >= 0) | (full >= NEVER))
        return lasts

    def _location(self, which: Ints, stop: bool) -> Ints:
        if stop:
            return np.full(len(which), self.stop.location)
        places = np.array([*(u.location for u in self.problem.unload_sites), 0], np.int64)
        return places[which]

    def loads_late(self) -> bool:
        """Tell whether goods are ready late that could be loaded on the way."""
        first = min((v.shift.start for v in self.table.vehicles), default=0)
        late = self.stop.release > first or bool((self.table.release > first).any())
        return late and any(u.reloads for u in self.problem.unload_sites)

    def unsure(self, t: Trials) -> Bools:
        """Tell for which trials the clock is not known: where goods that are ready late would be loaded elsewhere."""
        reloads = np.array([*(u.reloads for u in self.problem.unload_sites), False])
        first = min((v.shift.start for v in self.table.vehicles), default=0)
        late = (self.table.release[t.row] > first) | (self.stop.release > first)
        unsure: Bools = (reloads[t.before] | reloads[t.after]) & late
        return unsure

    def clock(self, t: Trials) -> tuple[Bools, Ints, Ints]:
        """Tell which trials are in time, and when each vehicle leaves and is home if it is driven as plans are."""
        table, layers = self.table, range(self.table.layers)
        row, vehicle = t.row, table.vehicle[t.row]
        pauses, profile = table.pauses[vehicle], table.profile[vehicle]
        chain = [(which, middle) for which, middle in ((t.before, False), (t.row, True), (t.after, False))]
        chain = [(which, middle) for which, middle in chain if middle or (which != NO_SITE).any()]
        free = [second[row] for second in self.free]
        here = table.here[row]
        steps: list[tuple[Ints, Ints, Ints, Bools | None]] = []
        for which, middle in chain:
            there = self._location(which, middle)
            windows, length = self.hours if middle else table.hours
            which_one = t.stop if middle else which
            windows, length = windows[which_one, vehicle], length[which_one, vehicle]
            skip = None if middle else which == NO_SITE
            if skip is not None:
                there = np.where(skip, here, there)
            seconds = self.roads.legs(profile, here, there)[0]
            steps.append((seconds, windows, length, skip))
            begin = [opened(windows, second) + length for second in self._on(seconds, free, pauses, layers)]
            free = begin if skip is None else [np.where(skip, a, b) for a, b in zip(free, begin, strict=True)]
            here = there
        seconds = self.roads.legs(profile, here, table.there[row])[0]
        arrivals = self._on(seconds, free, pauses, layers)
        home = np.full(len(t), NEVER)
        for c in layers:
            home = np.minimum(home, table.home[c].at(row, np.minimum(arrivals[c], NEVER)))
        limits = [table.home[c].until(row, home) for c in layers]
        limits = self._back(seconds, limits, pauses, layers)
        for seconds, windows, length, skip in reversed(steps):
            before = [begun(windows, limit - length) for limit in limits]
            before = self._back(seconds, before, pauses, layers)
            limits = before if skip is None else [np.where(skip, a, b) for a, b in zip(limits, before, strict=True)]
        start = np.full(len(t), FIRST)
        for b in layers:
            start = np.maximum(start, table.start[b].at(row, limits[b]))
        return home < NEVER // 2, start, home

    def _on(self, seconds: Ints, free: Sequence[Ints], pauses: Ints, layers: range) -> list[Ints]:
        there = [self.roads.arrival(seconds, now) for now in free]
        found = []
        for c in layers:
            best = there[c]
            for b in range(c):
                best = np.minimum(best, rested(there[b], free[b], pauses, b, c))
            found.append(best)
        return found

    def _back(self, seconds: Ints, limits: Sequence[Ints], pauses: Ints, layers: range) -> list[Ints]:
        found = []
        for b in layers:
            best = self.roads.departure(seconds, limits[b])
            for c in layers[b + 1 :]:
                best = np.maximum(best, left(self.roads, seconds, limits[c], pauses, b, c))
            found.append(np.maximum(best, FIRST))
        return found

    # -- what it adds ---------------------------------------------------------------------------------------------

    def fen(self, t: Trials, seconds: Ints, home: Ints, unsure: Bools) -> Ints:
        """Return at least how many fen each trial adds."""
        table, problem = self.table, self.problem
        row, vehicle = t.row, table.vehicle[t.row]
        metres = np.array(table.floor, np.int64)[table.segment[row]] + self._detour(t, vehicle)
        seconds = np.where(unsure, 0, seconds)
        per = _Rates(table.vehicles, problem)
        over = np.where(unsure, 0, np.maximum(0, home - per.ends[vehicle]))
        fen = (
            per.fixed[vehicle] + _rounded(metres * per.km[vehicle], 1000) + _rounded(seconds * per.hour[vehicle], 3600)
        )
        fen += _rounded(over * per.over[vehicle], 3600) + _rounded(metres * per.carbon[vehicle], 1_000_000)
        fen += np.array(table.moves, np.int64)[table.segment[row]]
        elsewhere = np.array([self.stop.stays not in ("", v.id) for v in table.vehicles])
        fen += elsewhere[vehicle] * self.stop.stays_price
        fen -= np.array(table.fen_now, np.int64)[vehicle] + np.array(table.wishes_now, np.int64)[vehicle]
        if problem.compactness_price:
            fen += self._compactness()[vehicle]
        if problem.balance_price:
            fen += self._balance(vehicle, seconds, unsure)
        return fen

    def _detour(self, t: Trials, vehicle: Ints) -> Ints:
        """Fewest metres that the legs to and from what is put in are longer than the leg that was."""
        table = self.table
        profile = table.profile[vehicle]
        here = table.here[t.row]
        added = -self.roads.legs(profile, here, table.there[t.row])[1]
        added = np.where(added <= -NEVER, 0, added)
        for which, middle in ((t.before, False), (t.row, True), (t.after, False)):
            there = self._location(which, middle)
            if not middle:
                there = np.where(which == NO_SITE, here, there)
                metres = np.where(which == NO_SITE, 0, self.roads.legs(profile, here, there)[1])
            else:
                metres = self.roads.legs(profile, here, there)[1]
            added = added + metres
            here = there
        return added + self.roads.legs(profile, here, table.there[t.row])[1]

    def _compactness(self) -> Ints:
        """Fen that the route of each vehicle becomes less compact by."""
        problem, added = self.problem, []
        for v in self.table.vehicles:
            route = self.table.routes.get(v.id)
            places = self.table.places_of(v) if route else np.zeros(0, np.int64)
            ways = problem.matrices[v.profile].distances
            own = np.maximum(0, ways[np.ix_(places, places)]).astype(np.int64)
            np.fill_diagonal(own, 0)
            out = np.maximum(0, ways[places, self.stop.location]).astype(np.int64)
            back = np.maximum(0, ways[self.stop.location, places]).astype(np.int64)
            sums = own.sum(axis=1)
            was = int(sums.min()) if len(places) > 1 else 0
            now = min(int((sums + out).min()), int(back.sum())) if len(places) else 0
            added.append(_whole(now * problem.compactness_price, 1000) - _whole(was * problem.compactness_price, 1000))
        return np.array(added, np.int64)

    def _balance(self, vehicle: Ints, seconds: Ints, unsure: Bools) -> Ints:
        """Fen that the hours are less equal by."""
        table, price = self.table, self.problem.balance_price
        now = np.array(table.seconds_now, np.int64)
        used = np.array([v.id in table.routes for v in table.vehicles])
        before = _balanced(now[None, :], used[None, :], price)[0]
        lasts = np.repeat(now[None, :], len(vehicle), axis=0)
        among = np.repeat(used[None, :], len(vehicle), axis=0)
        each = np.arange(len(vehicle))
        lasts[each, vehicle] = seconds
        among[each, vehicle] = True
        added: Ints = np.where(unsure, 0, _balanced(lasts, among, price)) - before
        return added


class _Rates:
    """Prices of the vehicles, side by side."""

    def __init__(self, vehicles: Sequence[Vehicle], problem: Problem) -> None:
        self.fixed = np.array([v.fixed_cost for v in vehicles], np.int64)
        self.km = np.array([v.cost_per_km for v in vehicles], np.int64)
        self.hour = np.array([v.cost_per_hour for v in vehicles], np.int64)
        self.over = np.array([v.overtime_per_hour for v in vehicles], np.int64)
        self.carbon = np.array([v.grams_per_km * problem.carbon_price for v in vehicles], np.int64)
        self.ends = np.array([v.shift.end for v in vehicles], np.int64)


def _balanced(lasts: Ints, used: Bools, price: int) -> Ints:
    many = np.maximum(1, used.sum(axis=1))
    total = (lasts * used).sum(axis=1)
    above = (np.maximum(0, many[:, None] * lasts - total[:, None]) * used).sum(axis=1)
    return _rounded(above * price, 3600 * many)


def _rounded(value: Ints, by: int | Ints) -> Ints:
    return (2 * value + by) // (2 * by)


def _whole(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)
