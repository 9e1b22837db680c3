"""A prefecture's week as one problem: towns, several depots and sorting centres, other vehicles every day.

All lies on the demonstration roads of Dazhou and its counties. Times are seconds since Monday's midnight.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.days.fleet import DAY as SHIFT
from benchmarks.days.fleet import LUNCH
from benchmarks.days.stops import CALLS, SLOTS
from benchmarks.days.stops import DAY as HOURS
from benchmarks.days.town import LAYERS, PROFILES, doors_of, features
from routing.problem import Load, Matrix, Pause, Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.snap import snap

DAYS = ("mon", "tue", "wed", "thu", "fri")
MIDNIGHT = 86_400
SNAP = 3_000
"""Metres from a road at most."""
STOPS_A_VEHICLE = 11
CALL_SHARE, TRADE_IN_SHARE, DELIVERY_SHARE = 0.03, 0.12, 0.05
"""Of all stops, how many are calls of a truck at a community, trade-ins, and deliveries; others are at doors."""
CALL_LASTS, SPARE = 35 * 60, 10 * 60
"""Most seconds of a call, and those that a truck has to spare on its way from one to the next."""
FAR = 90 * 60
"""Seconds from the nearest depot up to which a stop can have to be served."""
NONE: Load = (0, 0)


def week(stops: int, seed: int = 1) -> Problem:
    """Make a week with so many stops; the same number and seed always give the same week.

    Nine of ten stops have their day, others one of two days. One door in twenty must be served, and so must all calls,
    most of them at their minute by their truck; but nothing that is more than one and a half hours away. Vehicles of
    one depot and day are vans, and trucks with two people; every centre takes all, whenever vehicles are out. One
    profile holds for all of them, without traffic by the hour, so that 10,000 stops fit into the memory of a small
    machine.
    """
    random_ = random.Random(1_000_003 * seed + stops)
    depots = features("depots")
    centres = [c for c in features("centres") if c["properties"]["kind"] == "comprehensive"]
    fixed = [f["geometry"]["coordinates"] for f in (*depots, *centres)]
    network = RoadNetwork.from_layer(LAYERS / "roads.gpkg")
    weighting = network.weighting(PROFILES[0], ())
    lonlat = np.array([*fixed, *doors_of(features("communities"), stops, random_)])
    ways = matrix(weighting, snap(weighting, lonlat, SNAP))
    maker = _Maker(ways, len(depots), len(fixed), stops, random_)
    return Problem(
        dimensions=("kg", "litres"),
        stops=tuple(maker.stops()),
        vehicles=tuple(v for fleet in maker.fleets.values() for v in fleet),
        unload_sites=tuple(
            UnloadSite(c["properties"]["code"], len(depots) + k, TimeWindow(0, len(DAYS) * MIDNIGHT), 900)
            for k, c in enumerate(centres)
        ),
        matrices={"van": ways},
        notice=network.notice,
        carbon_price=100,
    )


def _on(day: int, window: TimeWindow) -> TimeWindow:
    return TimeWindow(day * MIDNIGHT + window.start, day * MIDNIGHT + window.end)


class _Maker:
    def __init__(self, ways: Matrix, depots: int, first_door: int, stops: int, random_: random.Random) -> None:
        self.ways, self.random = ways, random_
        self.doors = range(first_door, first_door + stops)
        self.home = ways.durations[first_door:, :depots].argmin(axis=1)
        self.fleets = {
            (day, depot): list(self.fleet(day, depot, int((self.home == depot).sum())))
            for day in range(len(DAYS))
            for depot in range(depots)
        }
        self.last_call: dict[str, tuple[int, int]] = {}

    def fleet(self, day: int, depot: int, stops: int) -> Iterator[Vehicle]:
        """Enough vehicles for a day's share of the stops that the depot is nearest to."""
        for k in range(max(2, -(-stops // (STOPS_A_VEHICLE * len(DAYS))))):
            truck = k % 2 == 0
            yield Vehicle(
                id=f"{'truck' if truck else 'van'}-{depot + 1}-{DAYS[day]}-{k}",
                type="truck" if truck else "van",
                capacity=(1500, 12_000) if truck else (900, 6_500),
                start=depot,
                end=depot,
                shift=_on(day, SHIFT),
                profile="van",
                fixed_cost=12_000 if truck else 8_000,
                cost_per_km=190 if truck else 110,
                cost_per_hour=6_500 if truck else 3_500,
                pauses=(Pause(_on(day, LUNCH.window), LUNCH.duration),),
                skills=frozenset({"two people"}) if truck else frozenset(),
                crew="two people" if truck else "",
                overtime=3600,
                overtime_per_hour=4_000,
                grams_per_km=420 if truck else 220,
            )

    def stops(self) -> Iterator[Stop]:
        """Calls, trade-ins and deliveries come first, then doors."""
        number = len(self.doors)
        calls, trade_ins = round(CALL_SHARE * number), round(TRADE_IN_SHARE * number)
        deliveries = round(DELIVERY_SHARE * number)
        for k, location in enumerate(self.doors):
            day = self.random.randrange(len(DAYS))
            if k < calls:
                yield self.call(k, location, day)
            elif k < calls + trade_ins:
                yield self.trade_in(k, location, day)
            elif k < calls + trade_ins + deliveries:
                yield self.stop(f"delivery-{k}", location, [_on(day, HOURS)], (5, 10), self.light(40), NONE)
            else:
                yield self.door(k, location, day)

    def stop(
        self,
        name: str,
        location: int,
        windows: Sequence[TimeWindow],
        minutes: tuple[int, int],
        delivery: Load,
        pickup: Load,
    ) -> Stop:
        """What all kinds have."""
        service, prize = 60 * self.random.randint(*minutes), 100 * self.random.randint(150, 400)
        return Stop(name, location, tuple(windows), service, delivery, pickup, prize)

    def light(self, most: int = 80) -> Load:
        """Paper and plastics."""
        kg = self.random.randint(5, most)
        return kg, kg * self.random.randint(4, 9)

    def bulky(self) -> Load:
        """One appliance."""
        kg = self.random.randint(20, 75)
        return kg, kg * self.random.randint(7, 11)

    def door(self, k: int, location: int, day: int) -> Stop:
        """A pickup in a promised slot, in one of two slots or of two days, or at any hour of its day."""
        dice = self.random.random()
        slots = sorted(self.random.sample(SLOTS, 2), key=lambda window: window.start)
        if dice < 0.1:
            other = (day + self.random.randint(1, len(DAYS) - 1)) % len(DAYS)
            windows = [_on(d, slots[0]) for d in sorted((day, other))]
        elif dice < 0.6:
            windows = [_on(day, slots[0])]
        elif dice < 0.8:
            windows = [_on(day, slot) for slot in slots]
        else:
            windows = [_on(day, HOURS)]
        goods = self.light() if self.random.random() < 0.85 else self.bulky()
        stop = self.stop(f"door-{k}", location, windows, (6, 14), NONE, goods)
        return replace(stop, required=self.random.random() < 0.05 and self.away(location) <= FAR)

    def away(self, location: int) -> int:
        """Seconds from the nearest depot."""
        return int(self.ways.durations[self.home[location - self.doors.start], location])

    def trade_in(self, k: int, location: int, day: int) -> Stop:
        """Bring a new appliance and take the old one, which needs two people."""
        window = _on(day, self.random.choice(SLOTS))
        stop = self.stop(f"trade-in-{k}", location, [window], (12, 20), self.bulky(), self.bulky())
        return replace(stop, skills=frozenset({"two people"}))

    def call(self, k: int, location: int, day: int) -> Stop:
        """A truck calls at a community, at its minute if one of the nearest depot's can be there then."""
        stop = self.stop(f"call-{k}", location, [_on(day, HOURS)], (25, 35), NONE, self.light(200))
        if self.away(location) > FAR:
            return stop
        stop = replace(stop, required=True)
        for truck in self.fleets[day, int(self.home[location - self.doors.start])]:
            had, place = self.last_call.get(truck.id, (-1, truck.start))
            if truck.type != "truck" or had + 1 == len(CALLS):
                continue
            since = SHIFT.start if had < 0 else CALLS[had].end + CALL_LASTS
            if had >= 0 and CALLS[had].end < LUNCH.window.end < CALLS[had + 1].start:
                since += LUNCH.duration
            if since + int(self.ways.durations[place, location]) + SPARE <= CALLS[had + 1].start:
                self.last_call[truck.id] = had + 1, location
                return replace(stop, windows=(_on(day, CALLS[had + 1]),), vehicles=frozenset({truck.id}))
        return stop
