"""A planned day with its roads and all that `routing.insertion` knows of it.

What is planned stays in the order that it has, and begins in the hours that people have been told. Stops for which room
is held are put in first, so that a new one leaves them theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.check import check
from routing.day import DayJob, stated
from routing.day_roads import DayRoads
from routing.errors import InputError
from routing.insertion import Offer, Places, Published
from routing.plan import Plan
from routing.planned_day import NewStop, PlannedDay, Room, Taken
from routing.problem import Problem, TimeWindow
from routing.schedule import orders_of, plan_of


@dataclass(frozen=True)
class _State:
    """A published day and its roads, which know the position of each of its stops."""

    published: Published
    roads: DayRoads

    def by_window(self, new: NewStop) -> dict[TimeWindow, Offer | None]:
        return self.published.by_window(new.stop, self.roads.place(new.lonlat))

    def cheapest(self, new: NewStop) -> Offer | None:
        found = [offer for offer in self.by_window(new).values() if offer is not None]
        return min(found, key=lambda offer: (offer.cost, offer.begin), default=None)

    def accepted(self, new: NewStop, offer: Offer) -> _State:
        return _State(self.published.accepted(offer), self.roads.with_position(new.lonlat))


class OpenDay:
    """A planned day, ready for new stops."""

    def __init__(self, job: DayJob, published: Published, roads: DayRoads) -> None:
        self.job = job
        self._own = _State(published, roads)
        published.prepare()
        self._beside: tuple[tuple[NewStop, ...], _State] = ((), self._own)

    @classmethod
    def of(cls, day: PlannedDay) -> OpenDay:
        """Return a day with its roads.

        Raises
        ------
        InputError
            When the plan cannot be kept on the roads as they are now.
        """
        made = stated(day.job)
        plan = plan_of(made.problem, day.orders)
        broken = check(made.problem, plan)
        if broken:
            raise InputError(
                "plan-not-kept",
                "The plan cannot be kept as it stands: %(what)s. Plan the day anew.",
                what="; ".join(str(violation) for violation in broken[:5]),
            )
        return cls(made.job, Published(made.problem, plan), made.roads)

    def rooms(self, held: Sequence[NewStop], new: Sequence[NewStop]) -> dict[TimeWindow, Room]:
        """Return the windows in which new stops can all be served, beside stops for which room is held.

        The new stops have the same windows, and each goes where it is cheapest after those before it.
        """
        first, *more = new
        state, found = self._with(held), {}
        for window, offer in state.by_window(first).items():
            offers = _all_in(window, state, first, offer, more)
            if offers:
                found[window] = Room(
                    offers[0].begin,
                    sum(one.cost for one in offers),
                    sum(one.seconds for one in offers),
                    sum(one.metres for one in offers),
                    sum(one.grams for one in offers),
                )
        return found

    def take(self, held: Sequence[NewStop], new: Sequence[NewStop]) -> list[Taken]:
        """Return the routes with new stops, one after the other, where room is left for what is held; or none at all.

        What is held is not on the routes, but could still be put there.
        """
        day, found = self, []
        for number, one in enumerate(new):
            taken = day._take([*held, *new[number + 1 :]], one)
            if taken is None:
                return []
            found.append(taken)
            if number + 1 < len(new):
                order = [(str(visit.kind), visit.id) for visit in taken.route.visits]
                more = day.having(one, taken.route.vehicle, order)
                if more is None:
                    return []
                day = more
        return found

    def _take(self, held: Sequence[NewStop], new: NewStop) -> Taken | None:
        beside = self._with(held)
        offer = beside.cheapest(new)
        if offer is None:
            return None
        names = {one.stop.id for one in held}
        order = [(str(v.kind), v.id) for v in offer.route.visits if v.id not in names]
        problem, plan = self._beside_none(new, offer.vehicle, order)
        if check(problem, plan):
            return None
        route = next(r for r in plan.routes if r.vehicle == offer.vehicle)
        vehicle = next(v for v in problem.vehicles if v.id == offer.vehicle)
        locations = {("stop", s.id): s.location for s in problem.stops}
        locations |= {("unload", u.id): u.location for u in problem.unload_sites}
        along = [vehicle.start, *(locations[v.kind, v.id] for v in route.visits), vehicle.end]
        ways = self._own.roads.with_position(new.lonlat).lines(problem, vehicle.profile, along, route)
        return Taken(route, ways, _driven(plan) - _driven(self._own.published.plan))

    def having(self, new: NewStop, vehicle: str, order: Sequence[tuple[str, str]]) -> OpenDay | None:
        """Return the day with a new stop in a vehicle's order; None when that breaks a rule."""
        problem, plan = self._beside_none(new, vehicle, order)
        if check(problem, plan):
            return None
        stop = problem.stops[-1]
        job = replace(self.job, stops=(*self.job.stops, stop), positions=[*self.job.positions, new.lonlat])
        published = Published(problem, plan, self._own.published)
        return OpenDay(job, published, self._own.roads.with_position(new.lonlat))

    def _beside_none(self, new: NewStop, vehicle: str, order: Sequence[tuple[str, str]]) -> tuple[Problem, Plan]:
        """Return the day and its plan with a new stop, and nothing else that is new, in a vehicle's order."""
        own = self._own.published
        places = Places(own.problem)
        problem, at = places.add(self._own.roads.place(new.lonlat))
        problem = places.settled(problem, at)
        problem = problem.changed(stops=(*problem.stops, replace(new.stop, location=places.size)))
        others = [(name, kept) for name, kept in orders_of(own.plan) if name != vehicle]
        return problem, plan_of(problem, [*others, (vehicle, order)])

    def _with(self, held: Sequence[NewStop]) -> _State:
        """Return the day with stops for which room is held; one that has no room any more is left aside."""
        wanted = tuple(held)
        if self._beside[0] != wanted:
            state = self._own
            for one in wanted:
                offer = state.cheapest(one)
                state = state if offer is None else state.accepted(one, offer)
            self._beside = wanted, state
        return self._beside[1]


def _all_in(
    window: TimeWindow, state: _State, first: NewStop, offer: Offer | None, more: Sequence[NewStop]
) -> list[Offer]:
    """Return how new stops are served in one window, the first as its offer says; none when one of them cannot be."""
    found: list[Offer] = []
    for one in (first, *more):
        there = replace(one, stop=replace(one.stop, windows=(window,)))
        if one is not first:
            offer = state.cheapest(there)
        if offer is None:
            return []
        found.append(offer)
        if len(found) <= len(more):
            state = state.accepted(there, offer)
    return found


def _driven(plan: Plan) -> int:
    """Return what a plan costs without the prizes of what it leaves out."""
    return plan.cost - plan.prices.get("prizes", 0)
