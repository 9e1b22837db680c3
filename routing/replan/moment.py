"""A moment of the day: what each vehicle has done, where it is free again, and what has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routing.documents import document, parsed, read
from routing.errors import InputError
from routing.legs import metres, ways_of
from routing.plan import Plan, Rest, Route, Visit
from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.schedule import services_of


@dataclass(frozen=True)
class Standing:
    """A vehicle that has left its depot.

    Attributes
    ----------
    start
        When it left.
    visits
        What it has done, in turn, and what it will finish first: a service under way, or one that it is held to drive
        to. With the times as they were, or are expected.
    free
        When all that is done and it may go elsewhere.
    location
        Where it is free, a row of the matrices; None for where the last visit is, or the depot.
    rests, breaks
        Breaks begun, and the number of the vehicle's pauses that are over with, had or not needed.
    battery
        Metres that are left when it is free; None without a bound.
    aboard
        Ids of the stops for which it has goods on board; None for those that it was to serve on this trip as published.
    home
        It is home, or on its way there, and does not go out again.
    out
        It can do no more today, and what is on board stays there.
    """

    start: int
    visits: tuple[Visit, ...] = ()
    free: int = 0
    location: int | None = None
    rests: tuple[Rest, ...] = ()
    breaks: int = 0
    battery: int | None = None
    aboard: frozenset[str] | None = None
    home: bool = False
    out: bool = False


@dataclass(frozen=True)
class Moment:
    """What is known at a second of the day.

    Attributes
    ----------
    second
        Nothing is planned before it.
    vehicles
        Those that have left, by id.
    unavailable
        Ids of vehicles that have not left and will not.
    closed
        Ids of sites that are closed from now on.
    cancelled
        Ids of stops that are no longer wanted.
    new
        Stops to be served as well; one with the id of a stop that is not done stands in for it.
    """

    second: int
    vehicles: Mapping[str, Standing] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    new: tuple[Stop, ...] = ()

    @classmethod
    def of(cls, problem: Problem, plan: Plan, second: int) -> Moment:
        """Return the moment when all goes as planned; whoever drives to a service is held to finish it first."""
        vehicles = {v.id: v for v in problem.vehicles}
        away = [r for r in plan.routes if r.start <= second]
        return cls(second, {r.vehicle: _as_planned(problem, vehicles[r.vehicle], r, second) for r in away})

    def late(self, vehicle: str, seconds: int) -> Moment:
        """Return the moment with a vehicle so many seconds later with what it does now."""
        standing = self._standing(vehicle)
        *past, last = standing.visits or (None,)
        visits = standing.visits
        if last is not None and last.end > self.second:
            began = last.start <= self.second
            moved = replace(
                last,
                arrival=last.arrival if last.arrival <= self.second else last.arrival + seconds,
                start=last.start if began else last.start + seconds,
                end=last.end + seconds,
            )
            visits = (*(v for v in past if v is not None), moved)
        return self._with(vehicle, replace(standing, visits=visits, free=max(standing.free, self.second) + seconds))

    def broken_down(self, vehicle: str) -> Moment:
        """Return the moment with a vehicle out: services that have not begun are not done by it any more."""
        if vehicle not in self.vehicles:
            return replace(self, unavailable=self.unavailable | {vehicle})
        standing = self._standing(vehicle)
        visits = tuple(v for v in standing.visits if v.end <= self.second)
        return self._with(vehicle, replace(standing, visits=visits, free=self.second, out=True))

    def told(self, news: Moment) -> Moment:
        """Return the moment with what another one says is closed, cancelled, unavailable or new."""
        return replace(
            self,
            unavailable=self.unavailable | news.unavailable,
            closed=self.closed | news.closed,
            cancelled=self.cancelled | news.cancelled,
            new=(*self.new, *news.new),
        )

    def _standing(self, vehicle: str) -> Standing:
        if vehicle not in self.vehicles:
            raise InputError(
                "not-under-way",
                "The vehicle %(vehicle)s has not left its depot at second %(second)s. Name one that has.",
                vehicle=vehicle,
                second=self.second,
            )
        return self.vehicles[vehicle]

    def _with(self, vehicle: str, standing: Standing) -> Moment:
        return replace(self, vehicles={**self.vehicles, vehicle: standing})

    def to_json(self) -> str:
        """Return the moment as a JSON document that `from_json` reads back; defaults are left out."""
        return json.dumps(document(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Moment:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            When the text is no JSON, or a field is missing, unknown or of the wrong kind.
        """
        moment: Moment = read(cls, parsed(text, "moment"))
        return moment


def _as_planned(problem: Problem, vehicle: Vehicle, route: Route, second: int) -> Standing:
    ends = [route.start, *(v.end for v in route.visits)]
    done = sum(end < second or v.start <= second for end, v in zip(ends, route.visits, strict=False))
    visits = route.visits[:done]
    until = visits[-1].start if visits else second
    rests = tuple(r for r in route.rests if r.start < until or r.start <= second)
    free = max([second, ends[done], *(r.end for r in rests)])
    home = done == len(route.visits) and ends[-1] < second
    unneeded, leaving = 0, 0
    for pause in vehicle.pauses:
        leaving = max(leaving, pause.window.start + pause.duration)
        if leaving > route.start:
            break
        unneeded += 1
    return Standing(
        start=route.start,
        visits=visits,
        free=free,
        rests=route.rests if home else rests,
        breaks=len(vehicle.pauses) if home else min(len(vehicle.pauses), unneeded + len(rests)),
        battery=battery_left(problem, vehicle, route.start, visits),
        home=home,
    )


def battery_left(problem: Problem, vehicle: Vehicle, start: int, visits: tuple[Visit, ...]) -> int | None:
    """Return the metres that are left after some visits, None without a bound."""
    if vehicle.range is None:
        return None
    left = vehicle.range if vehicle.charge is None else vehicle.charge
    services = services_of(problem)
    here, free = vehicle.start, start
    for visit in visits:
        service = services[visit.kind, visit.id]
        left -= metres(ways_of(problem, vehicle.profile, here, service.location), free)
        if isinstance(service, UnloadSite) and service.charges:
            left = vehicle.range
        here, free = service.location, visit.end
    return max(0, left)
