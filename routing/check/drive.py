"""A route with what its visits mean, and what is found against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from routing.plan import Route, Visit
from routing.problem import Matrix, Problem, Stop, UnloadSite, Vehicle

Call = tuple[Visit, Stop | UnloadSite]
Fault = Callable[[str, str, int], None]
"""Called with a service, a rule and an amount; an amount of 0 is no fault."""


@dataclass(frozen=True)
class Violation:
    """A broken rule: where, which, and by how much (seconds, load units, metres, fen, or 1 for yes-or-no rules)."""

    vehicle: str
    service: str
    rule: str
    amount: int

    def __str__(self) -> str:
        return f"{self.vehicle or '-'} at {self.service or '-'}: {self.rule} by {self.amount}"


def recorder(found: list[Violation], vehicle: str) -> Fault:
    """Return what writes faults of a vehicle down."""

    def fault(service: str, rule: str, amount: int) -> None:
        if amount:
            found.append(Violation(vehicle, service, rule, abs(int(amount))))

    return fault


@dataclass(frozen=True)
class Leg:
    """The way between two services: seconds at the wheel, metres, and the soonest second of being there."""

    seconds: int
    metres: int
    arrival: int


@dataclass(frozen=True)
class Trip:
    """What is visited from one loading to the next: the loading (None for leaving), and all visits after it."""

    loading: Visit | None
    calls: list[Call]

    def stops(self) -> Iterator[Stop]:
        """Give the stops in their order."""
        return (place for _, place in self.calls if isinstance(place, Stop))


_KNOWN: WeakKeyDictionary[Problem, tuple[dict[str, Stop], dict[str, UnloadSite]]] = WeakKeyDictionary()


def _known(problem: Problem) -> tuple[dict[str, Stop], dict[str, UnloadSite]]:
    """Return stops and sites by their ids, looked up once for all routes of a problem."""
    found = _KNOWN.get(problem)
    if found is None:
        found = _KNOWN[problem] = {s.id: s for s in problem.stops}, {u.id: u for u in problem.unload_sites}
    return found


@dataclass(frozen=True)
class Drive:
    """A route, its visits with the places that they are to, and the legs, one more; None for no way."""

    problem: Problem
    vehicle: Vehicle
    route: Route
    calls: tuple[Call, ...]
    unknown: tuple[Visit, ...]
    legs: tuple[Leg | None, ...]

    @classmethod
    def of(cls, problem: Problem, vehicle: Vehicle, route: Route) -> Drive:
        """Look up what the route visits."""
        stops, sites = _known(problem)
        calls: list[Call] = []
        unknown: list[Visit] = []
        for visit in route.visits:
            place = stops.get(visit.id) if visit.kind == "stop" else sites.get(visit.id)
            if place is None:
                unknown.append(visit)
            else:
                calls.append((visit, place))
        ways = Ways(problem, vehicle.profile)
        here, free = vehicle.start, route.start
        legs = []
        for visit, place in calls:
            legs.append(ways.leg(here, place.location, free))
            here, free = place.location, visit.end
        legs.append(ways.leg(here, vehicle.end, free))
        return cls(problem, vehicle, route, tuple(calls), tuple(unknown), tuple(legs))

    def stops(self) -> list[Stop]:
        """Return the stops in their order."""
        return [place for _, place in self.calls if isinstance(place, Stop)]

    def trips(self) -> list[Trip]:
        """Part the visits where the vehicle loads."""
        trips = [Trip(None, [])]
        for visit, place in self.calls:
            if isinstance(place, UnloadSite) and place.reloads:
                trips.append(Trip(visit, []))
            else:
                trips[-1].calls.append((visit, place))
        return trips

    def metres(self) -> int:
        """Return the length of all legs."""
        return sum(leg.metres for leg in self.legs if leg)


class Ways:
    """The ways of a profile over the day."""

    def __init__(self, problem: Problem, profile: str) -> None:
        self.base = problem.matrices[profile]
        begins: dict[int, Matrix] = {}
        for period in problem.periods:
            begins[period.hours.start] = period.matrices.get(profile, self.base)
            begins[period.hours.end] = self.base
        self.periods = sorted(begins.items(), key=lambda entry: entry[0])

    def departures(self, free: int) -> list[tuple[int, Matrix]]:
        """Return when a vehicle that is free then may set out, with the ways that hold: at once or in later periods."""
        now = self.base
        for begin, matrix in self.periods:
            if begin <= free:
                now = matrix
        return [(free, now), *((begin, matrix) for begin, matrix in self.periods if begin > free)]

    def leg(self, here: int, there: int, free: int) -> Leg | None:
        """Return the way on which the vehicle is there soonest."""
        best = None
        for leaves, matrix in self.departures(free):
            seconds = int(matrix.durations[here, there])
            if seconds >= 0 and (best is None or leaves + seconds < best.arrival):
                best = Leg(seconds, int(matrix.distances[here, there]), leaves + seconds)
        return best
