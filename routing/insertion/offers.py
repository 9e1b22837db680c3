"""Offers for a new stop, the cheapest first, and the plan when one is taken."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, pairwise

import numpy as np

from routing.errors import InputError
from routing.insertion.curves import FIRST
from routing.insertion.look import Found, look
from routing.insertion.places import Place, Places
from routing.insertion.segments import Legs, Segment
from routing.insertion.table import NO_SITE, Table
from routing.plan import Plan, Route, Unserved
from routing.pricing import plan_prices, prices_of, route_prices
from routing.problem import Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.schedule import left_out, services_of
from routing.timing import Service, route_within_rules, soonest_begins, unloaded


@dataclass(frozen=True)
class Offer:
    """A place for a stop in a published day.

    Attributes
    ----------
    stop, vehicle, position
        Ids, and the number of the vehicle's published visits before it.
    cost, prices
        Fen that the plan costs more, prizes left aside, in all and by term of `routing.plan`.
    seconds, metres, grams
        By how much the route becomes longer, and its carbon dioxide.
    begin, window
        When the service would begin, and the promised window that this is in.
    moves
        Seconds by which other stops of the route would begin later (or sooner, below 0), where it is not 0.
    broken
        Seconds by which other stops would begin after their last window; empty unless such offers were asked for.
    route
        The vehicle's new route, priced.
    problem
        The day with the stop, and with the windows that broken promises would have instead.
    """

    stop: str
    vehicle: str
    position: int
    cost: int
    prices: Mapping[str, int]
    seconds: int
    metres: int
    grams: int
    begin: int
    window: TimeWindow
    moves: Mapping[str, int]
    broken: Mapping[str, int]
    route: Route = field(repr=False)
    problem: Problem = field(repr=False, compare=False)


class Published:
    """A published day, made ready for offers.

    It holds nothing that an offer changes, so it may serve any number of calls, one at a time. ``like`` is a published
    day that differs in few routes, what is known of the others is taken over from it.

    Raises
    ------
    InputError
        When the plan names a vehicle, stop or site that the problem does not have.
    """

    def __init__(self, problem: Problem, plan: Plan, like: Published | None = None) -> None:
        self.problem, self.plan = problem, plan
        self._vehicles = {v.id: v for v in problem.vehicles}
        self._routes = {r.vehicle: r for r in plan.routes}
        services = services_of(problem)
        strange = [r.vehicle for r in plan.routes if r.vehicle not in self._vehicles]
        strange += [v.id for r in plan.routes for v in r.visits if (v.kind, v.id) not in services]
        strange += [u.stop for u in plan.unserved if ("stop", u.stop) not in services]
        if strange:
            raise InputError(
                "plan-of-another-day",
                "The plan is not of this problem, which has no %(names)s. Give the problem that it was made for.",
                names=", ".join(strange[:20]),
            )
        self._orders: dict[str, tuple[Service, ...]] = {
            v.id: tuple(services[visit.kind, visit.id] for visit in self._routes[v.id].visits)
            if v.id in self._routes
            else ()
            for v in problem.vehicles
        }
        self._served = {s.id: name for name, order in self._orders.items() for s in order if isinstance(s, Stop)}
        self._prices = {r.vehicle: route_prices(problem, self._vehicles[r.vehicle], r) for r in plan.routes}
        self._tables: dict[bool, Table] = {}
        self._legs: Legs = like._legs if like else Legs()
        self._segments: dict[tuple[str, bool], list[Segment]] = {}
        if like:
            same = {name for name, order in self._orders.items() if order == like._orders.get(name)}
            self._segments = {key: some for key, some in like._segments.items() if key[0] in same}
        self._places = Places(problem)

    def table(self, loose: bool) -> Table:
        """Return what is known of all positions, with ``loose`` as if other stops could be served late."""
        if loose not in self._tables:
            self._tables[loose] = self._tabled(loose)
        return self._tables[loose]

    def _tabled(self, loose: bool) -> Table:
        for v in self.problem.vehicles:
            if (v.id, loose) not in self._segments:
                self._segments[v.id, loose] = [
                    Segment(self.problem, v, tuple(order), positions, self._legs, loose)
                    for order, positions in _endings(self.problem, v, self._orders[v.id])
                ]
        segments = [s for v in self.problem.vehicles for s in self._segments[v.id, loose]]
        return Table(self.problem, segments, self._routes)

    def prepare(self, moving: bool = False) -> None:
        """Do at once what the first call would do, and with ``moving`` what the first such call would do."""
        for loose in (False, True) if moving else (False,):
            self.table(loose).done(FIRST)

    def offers(
        self, stop: Stop, limit: int | None = None, moving: bool = False, place: Place | None = None
    ) -> list[Offer]:
        """Return where the stop could go, the cheapest first: at each position the cheapest way to have it there.

        A way is with or without a site visited right before or right after it, or with another last unload.

        Parameters
        ----------
        stop
            It is none of the day's, or one that the plan leaves out.
        limit
            Most offers to return; None for all.
        moving
            After them come positions where promises to other stops would be broken.
        place
            Where the stop is, when that is no location of the day; ``stop.location`` is not read then.

        Raises
        ------
        InputError
            When the stop is not sound, is planned already, or is one of a pair.
        """
        problem, stop = self._with(stop, place)
        usable = self._usable(problem, stop)
        found: list[Offer] = []
        if usable.any():
            for loose in (False, True) if moving else (False,):
                taken = {(o.vehicle, o.position) for o in found}
                more = None if limit is None else max(0, limit - len(found))
                if more != 0:
                    looked = look(self.table(loose), problem, [stop], usable)
                    found += islice(self._cheapest(loose, problem, stop, looked, taken), more)
        return found

    def by_window(self, stop: Stop, place: Place | None = None) -> dict[TimeWindow, Offer | None]:
        """Return the cheapest offer inside each of the stop's windows alone; None where there is none.

        Raises
        ------
        InputError
            As `offers`.
        """
        problem, stop = self._with(stop, place)
        usable = self._usable(problem, stop)
        if not usable.any():
            return dict.fromkeys(stop.windows)
        found: dict[TimeWindow, Offer | None] = {}
        stops = [replace(stop, windows=(window,)) for window in stop.windows]
        looked = look(self.table(False), problem, stops, usable)
        for k, one in enumerate(stops):
            day = problem.changed(stops=(*problem.stops[:-1], one))
            mine = looked.trials.stop == k
            offers = self._cheapest(False, day, one, Found(looked.trials[mine], looked.fen[mine]), set())
            found[stop.windows[k]] = next(offers, None)
        return found

    def accepted(self, offer: Offer) -> Published:
        """Return the published day with the offer taken."""
        problem = offer.problem
        at = next(s.location for s in problem.stops if s.id == offer.stop)
        size = len(next(iter(self.problem.matrices.values())).durations)
        if at >= size:
            problem = self._places.settled(problem, at)
        return Published(problem, accepted(self, offer), self)

    # -- what may be asked ----------------------------------------------------------------------------------------

    def _with(self, stop: Stop, place: Place | None) -> tuple[Problem, Stop]:
        problem = self.problem
        if place is not None:
            problem, at = self._places.add(place)
            stop = replace(stop, location=at)
        if stop.id in self._served:
            raise InputError(
                "planned-already",
                "The stop %(stop)s is planned already, on %(vehicle)s. Take it out of the plan first.",
                stop=stop.id,
                vehicle=self._served[stop.id],
            )
        if any(stop.id in (p.collect, p.drop) for p in problem.pairs):
            raise InputError(
                "half-a-pair",
                "The stop %(stop)s is one of a pair, for which there are no offers. Plan the day anew.",
                stop=stop.id,
            )
        return problem.with_stop(stop), stop

    def _usable(self, problem: Problem, stop: Stop) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell which vehicles may serve the stop, beside what is planned."""
        if stop.group and any(s.group == stop.group and s.id in self._served for s in problem.stops):
            return np.zeros(len(problem.vehicles), np.bool_)
        homes = {
            self._served[s.id]
            for s in problem.stops
            if stop.together and s.together == stop.together
            if s.id in self._served
        }
        return np.array([stop.takes(v) and homes <= {v.id} for v in problem.vehicles], np.bool_)

    @cached_property
    def _room(self) -> _Room:
        return _Room(self.problem, self._orders)

    # -- the search -----------------------------------------------------------------------------------------------

    def _cheapest(
        self,
        loose: bool,
        problem: Problem,
        stop: Stop,
        found: Found,
        taken: set[tuple[str, int]],
    ) -> Iterator[Offer]:
        """Give offers by their cost: whatever may be cheaper is calculated before one is given."""
        table = self.table(loose)
        order = np.argsort(found.fen, kind="stable")
        heap: list[tuple[int, int, Offer]] = []
        for number in [*order.tolist(), -1]:
            least = int(found.fen[number]) if number >= 0 else None
            while heap and (least is None or heap[0][0] <= least):
                _, _, offer = heapq.heappop(heap)
                if (offer.vehicle, offer.position) not in taken:
                    taken.add((offer.vehicle, offer.position))
                    yield offer
            if number < 0:
                return
            t = found.trials
            segment = table.segments[int(table.segment[t.row[number]])]
            position = int(table.position[t.row[number]])
            if (segment.vehicle.id, position) in taken:
                continue
            sites = [problem.unload_sites[k] if k != NO_SITE else None for k in (t.before[number], t.after[number])]
            put = [s for s in (sites[0], stop, sites[1]) if s is not None]
            services = [*segment.services[:position], *put, *segment.services[position:]]
            calculated = self._offer(problem, segment.vehicle, position, stop, services, loose)
            if calculated is not None:
                heapq.heappush(heap, (calculated.cost, number, calculated))

    def _offer(
        self,
        problem: Problem,
        vehicle: Vehicle,
        position: int,
        stop: Stop,
        services: Sequence[Service],
        loose: bool,
    ) -> Offer | None:
        """Return the offer of an order, calculated in full; None when it breaks a rule."""
        broken: dict[str, int] = {}
        if loose:
            problem, services, broken = _moved(problem, vehicle, services, stop)
        route = route_within_rules(problem, vehicle, services)
        if route is None or not self._room.fits(vehicle, services):
            return None
        old = self._routes.get(vehicle.id)
        prices = prices_of(problem, vehicle, route, [s for s in services if isinstance(s, Stop)])
        for name, fen in self._prices.get(vehicle.id, {}).items():
            prices[name] = prices.get(name, 0) - fen
        if problem.balance_price:
            others = [r for r in self.plan.routes if r.vehicle != vehicle.id]
            balance = [plan_prices(problem, rs, ()).get("balance", 0) for rs in ([*others, route], self.plan.routes)]
            prices["balance"] = balance[0] - balance[1]
        prices = {name: fen for name, fen in prices.items() if fen}
        was = {v.id: v.start for v in old.visits if v.kind == "stop"} if old else {}
        begins = {v.id: v.start for v in route.visits if v.kind == "stop"}
        begin = begins[stop.id]
        metres = route.distance - (old.distance if old else 0)
        return Offer(
            stop=stop.id,
            vehicle=vehicle.id,
            position=position,
            cost=sum(prices.values()),
            prices=prices,
            seconds=route.end - route.start - (old.end - old.start if old else 0),
            metres=metres,
            grams=(2 * metres * vehicle.grams_per_km + 1000) // 2000,
            begin=begin,
            window=next(w for w in stop.windows if w.start <= begin <= w.end),
            moves={name: begins[name] - second for name, second in was.items() if begins[name] != second},
            broken=broken,
            route=route,
            problem=problem,
        )


def accepted(published: Published, offer: Offer) -> Plan:
    """Return the plan with the offer taken; it is one of ``offer.problem``."""
    plan, problem = published.plan, offer.problem
    routes = [offer.route if r.vehicle == offer.vehicle else r for r in plan.routes]
    if all(r.vehicle != offer.vehicle for r in plan.routes):
        routes.append(offer.route)
    served = frozenset(v.id for r in routes for v in r.visits if v.kind == "stop")
    reasons = {u.stop: u for u in plan.unserved}
    unserved = [reasons.get(name, Unserved(name, "not-worth")) for name in left_out(problem, served)]
    prices = plan_prices(problem, routes, unserved)
    return replace(
        plan, routes=tuple(routes), unserved=tuple(unserved), prices=prices, cost=sum(prices.values()), bound=None
    )


def _endings(problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> Iterator[tuple[Sequence[Service], int]]:
    """Give the order, and it with another last unload or one more; and at how many positions a stop may go in."""
    yield order, len(order) + 1
    names = frozenset(problem.dimensions)

    def takes(site: UnloadSite) -> frozenset[str]:
        return names if site.takes is None else site.takes & names

    last = order[-1] if order and isinstance(order[-1], UnloadSite) else None
    emptied = takes(last) if last else frozenset()
    if last and emptied and not (last.reloads or last.charges):
        for site in problem.unload_sites:
            if takes(site) and site is not last:
                yield [*order[:-1], site], len(order)
    if not vehicle.keeps_stock:
        for site in problem.unload_sites:
            if not takes(site) <= emptied:
                yield [*order, site], len(order) + 1


class _Room:
    """What bounded sites get from each vehicle."""

    def __init__(self, problem: Problem, orders: Mapping[str, Sequence[Service]]) -> None:
        self.problem = problem
        self.bounds = {u.id: u.capacity for u in problem.unload_sites if u.capacity is not None}
        self.got = {v.id: self._left(v, orders[v.id]) for v in problem.vehicles} if self.bounds else {}

    def _left(self, vehicle: Vehicle, order: Sequence[Service]) -> dict[str, list[int]]:
        left = {name: [0] * len(self.problem.dimensions) for name in self.bounds}
        for s, units in zip(order, unloaded(self.problem, vehicle, order), strict=True):
            if s.id in left and isinstance(s, UnloadSite):
                left[s.id] = [a + b for a, b in zip(left[s.id], units, strict=True)]
        return left

    def fits(self, vehicle: Vehicle, order: Sequence[Service]) -> bool:
        """Tell whether no site gets too much when the vehicle drives this order instead of its own."""
        if not self.bounds:
            return True
        mine = self._left(vehicle, order)
        others = [got for name, got in self.got.items() if name != vehicle.id]
        return all(
            mine[name][d] + sum(got[name][d] for got in others) <= most
            for name, most_of in self.bounds.items()
            for d, most in enumerate(most_of)
        )


def _moved(
    problem: Problem, vehicle: Vehicle, services: Sequence[Service], new: Stop
) -> tuple[Problem, Sequence[Service], dict[str, int]]:
    """Return the day and the order with the promises as they would have to be, and by how much they are broken."""
    places = [vehicle.start, *(s.location for s in services), vehicle.end]
    ways = problem.matrices[vehicle.profile].durations
    if not problem.periods and any(ways[a, b] < 0 for a, b in pairwise(places)):
        return problem, services, {}
    broken: dict[str, int] = {}
    kept: list[Service] = []
    for s, begin in zip(services, soonest_begins(problem, vehicle, services), strict=True):
        if isinstance(s, Stop) and s.id != new.id and begin > s.windows[-1].end:
            broken[s.id] = begin - s.windows[-1].end
            last = TimeWindow(s.windows[-1].start, begin)
            kept.append(replace(s, windows=(*s.windows[:-1], last)))
        else:
            kept.append(s)
    if broken:
        changed = {s.id: s for s in kept if isinstance(s, Stop)}
        problem = problem.changed(stops=tuple(changed.get(s.id, s) for s in problem.stops))
    return problem, kept, broken
