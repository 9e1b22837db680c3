"""Stops of our day given to partners' trips: each to one trip at most, dearest for us against what is asked first.

A trip is a vehicle with places of its own, in the order in which it goes to them. A stop goes in between where it makes
the trip least longer, so that every place is still reached in its hours, the promise at the door is kept, there is room
at every door, and a site that takes what was collected comes after it. The result of each trip is judged as a whole by
`routing.check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.check import check
from routing.insertion import Offer, Published
from routing.plan import Route
from routing.problem import Problem
from routing.schedule import orders_of, plan_of
from routing.spare.savings import OurDay

MOST_LOOKS = 3
"""So many of the cheapest positions are looked at for one whose way is not too long."""

FOR_EVER = 10**9


@dataclass(frozen=True)
class Asked:
    """What a trip may be given.

    Attributes
    ----------
    asks
        By the id of a stop the fen that the partner asks for it; stops that are not named are not for this trip.
    most_detour
        Seconds at the wheel by which one stop may make the trip longer.
    most_longer
        Seconds at the wheel by which all stops together may.
    most_stops
        So many at most.
    """

    asks: Mapping[str, int]
    most_detour: int
    most_longer: int
    most_stops: int


@dataclass(frozen=True)
class Match:
    """A stop that a trip could take.

    Attributes
    ----------
    begin
        Second at which the service begins when the trip takes all of its stops.
    detour, metres
        Seconds at the wheel and metres that it adds to the trip, after those before it.
    saves, asks
        Fen that our day costs less, and that the partner asks.
    left_out
        Our own day has no place for it: ``saves`` is its prize.
    """

    stop: str
    begin: int
    detour: int
    metres: int
    saves: int
    asks: int
    left_out: bool


@dataclass(frozen=True)
class TripAnswer:
    """What a trip could take, dearest for us first.

    Attributes
    ----------
    matches
        Each after those before it.
    route
        The trip with all of them; None when it cannot be driven.
    trouble, at, amount
        Why the trip cannot be driven even without them, "" when it can: the rule that is broken, the place where, and
        by how much (seconds, load units or metres).
    """

    matches: tuple[Match, ...] = ()
    route: Route | None = None
    trouble: str = ""
    at: str = ""
    amount: int = 0


class TripDay:
    """A partner's trip as a day of one vehicle, with the stops that it has been given.

    Parameters
    ----------
    problem
        One vehicle; its own places as stops that are required, and all stops that it may be given.
    places
        Ids of its own places in their order.
    held
        Ids of stops that it was given before. They go in first; where one has no room any more, nothing more is given.
    """

    def __init__(self, problem: Problem, places: Sequence[str], asked: Asked, held: Sequence[str] = ()) -> None:
        self.problem, self.asked = problem, asked
        self._stops = {s.id: s for s in problem.stops}
        (vehicle,) = problem.vehicles
        bare = plan_of(problem, [(vehicle.id, [("stop", name) for name in places])])
        self.broken = check(problem, bare)
        self._published = Published(problem, bare)
        self._own = self._driving()
        self._never: dict[str, int] = {}
        self.given: list[tuple[str, Offer, int]] = []
        self._full = False
        for name in held:
            offers = () if self.broken else self._published.offers(self._stops[name], 1)
            self._full = self._full or not offers
            if offers:
                self._published = self._published.accepted(offers[0])
        self._held = len(held)

    @property
    def route(self) -> Route | None:
        """The trip with what it has been given."""
        return next(iter(self._published.plan.routes), None)

    def fits(self, name: str) -> tuple[Offer, int] | None:
        """Return the shortest way to take a stop along, with the seconds at the wheel that it adds; None without one.

        One that goes nowhere is not tried again, as what is given meanwhile only leaves less room; one that is too far
        off the way is, since the trip may come by nearer then.
        """
        given = self._held + len(self.given)
        if self.broken or self._full or self._never.get(name, -1) >= len(self.given) or given >= self.asked.most_stops:
            return None
        stop = self._stops.get(name)
        before = self._driving()
        offers = [] if stop is None else self._published.offers(stop, MOST_LOOKS)
        for offer in offers:
            detour = offer.route.driving - before
            if detour <= self.asked.most_detour and offer.route.driving - self._own <= self.asked.most_longer:
                return offer, detour
        self._never[name] = len(self.given) if offers else FOR_EVER
        return None

    def give(self, name: str, offer: Offer, detour: int) -> None:
        """Give a stop to the trip, as `fits` says."""
        self._published = self._published.accepted(offer)
        self.given.append((name, offer, detour))

    def judged(self) -> bool:
        """Tell whether the judge finds nothing against the trip with all that it has been given."""
        problem = self._published.problem
        return not check(problem, plan_of(problem, orders_of(self._published.plan)))

    def _driving(self) -> int:
        if self.route is not None:
            return self.route.driving
        (vehicle,) = self.problem.vehicles  # without places of its own it goes straight from start to end
        return max(0, int(self.problem.matrices[vehicle.profile].durations[vehicle.start, vehicle.end]))


@dataclass
class _Kept:
    """What each stop of a trip saves, as it was when it was given."""

    saves: dict[str, int] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


def matched(our: OurDay, trips: Mapping[str, TripDay], least_gain: int) -> dict[str, TripAnswer]:
    """Give stops to trips, by trip; each stop goes to one trip, where it saves us most beyond what is asked.

    No stop is given whose saving does not exceed what is asked by `least_gain` fen.
    """
    kept = {name: _Kept() for name in trips}
    open_stops = {stop for trip in trips.values() for stop in trip.asked.asks}
    savings = {stop: saving for stop in open_stops if (saving := our.saving(stop)) is not None}
    while savings:
        pairs = sorted(
            (
                (savings[stop].fen - asks, name, stop)
                for name, trip in trips.items()
                for stop, asks in trip.asked.asks.items()
                if stop in savings and savings[stop].fen - asks >= least_gain
            ),
            key=lambda pair: (-pair[0], pair[1], pair[2]),
        )
        for _, name, stop in pairs:
            found = trips[name].fits(stop)
            if found is None:
                continue
            trips[name].give(stop, *found)
            saving = savings.pop(stop)
            kept[name].saves[stop] = saving.fen
            if saving.left_out:
                kept[name].left_out.add(stop)
            beside = our.vehicle_of(stop)
            our.take(stop)
            for other in savings if beside else ():
                if our.vehicle_of(other) == beside:
                    again = our.saving(other)
                    if again is not None:
                        savings[other] = again
            break
        else:
            break
    return {name: _answer(trip, kept[name]) for name, trip in trips.items()}


def _answer(trip: TripDay, kept: _Kept) -> TripAnswer:
    if trip.broken:
        worst = trip.broken[0]
        return TripAnswer(trouble=worst.rule, at=worst.service, amount=worst.amount)
    if not trip.judged():
        return TripAnswer(trouble="not-judged")
    begins = {v.id: v.start for v in trip.route.visits if v.kind == "stop"} if trip.route else {}
    matches = tuple(
        Match(
            stop=name,
            begin=begins[name],
            detour=detour,
            metres=offer.metres,
            saves=kept.saves[name],
            asks=trip.asked.asks[name],
            left_out=name in kept.left_out,
        )
        for name, offer, detour in trip.given
    )
    return TripAnswer(matches, trip.route)
