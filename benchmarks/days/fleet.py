"""Who drives on a made-up day: trucks with two people, vans, and electric vans."""

from __future__ import annotations

import random

from benchmarks.days.town import DEPOT, Town
from routing.problem import Closed, Compartment, Pause, TimeWindow, Vehicle

STOPS_A_VEHICLE = 16
KINDS = ("truck", "electric", "van", "truck", "electric")
"""Kinds of the vehicles, in turn."""
VAN = KINDS.index("van")
KILOGRAMS = frozenset({"paper kg", "plastics kg", "appliances kg"})
LIGHT, BULKY = frozenset({"paper litres", "plastics litres"}), frozenset({"plastics litres", "appliances litres"})
DAY = TimeWindow(7 * 3600 + 1800, 17 * 3600 + 1800)
LUNCH = Pause(TimeWindow(11 * 3600, 13 * 3600), 2400)
TEA = Pause(TimeWindow(14 * 3600 + 1800, 16 * 3600), 900)
FULL = (TimeWindow(7 * 3600 + 1800, 9 * 3600), TimeWindow(16 * 3600 + 1800, 18 * 3600))
"""Hours in which trucks may not serve in the old town."""


def fleet_for(stops: int, town: Town, random_: random.Random) -> tuple[Vehicle, ...]:
    """Make enough vehicles for so many stops; the first five are of every kind."""
    number = max(len(KINDS), -(-stops // STOPS_A_VEHICLE))
    return tuple(_vehicle(k, town, random_) for k in range(number))


def _vehicle(k: int, town: Town, random_: random.Random) -> Vehicle:
    kind = KINDS[k % len(KINDS)]
    if kind == "truck":
        return Vehicle(
            id=f"truck-{k}",
            type="truck",
            capacity=(1500, 900, 1500, 7000, 12_000, 12_000),
            start=DEPOT,
            end=DEPOT,
            shift=DAY,
            profile="truck",
            fixed_cost=12_000,
            cost_per_km=190,
            cost_per_hour=6_500,
            pauses=(LUNCH, TEA),
            skills=frozenset({"two people"}),
            crew="two people",
            compartments=(Compartment(KILOGRAMS, 1500), Compartment(LIGHT, 7000), Compartment(BULKY, 7000)),
            overtime=3600,
            overtime_per_hour=4_000,
            closed=tuple(Closed(town.old_town, hours) for hours in FULL),
            grams_per_km=420,
        )
    electric = kind == "electric"
    return Vehicle(
        id=f"{kind}-{k}",
        type=kind,
        capacity=(800, 500, 800, 6000, 6000, 6000) if electric else (1000, 600, 1000, 6500, 6500, 6500),
        start=DEPOT,
        end=DEPOT,
        shift=DAY,
        profile="van",
        fixed_cost=7_000 if electric else 8_000,
        cost_per_km=50 if electric else 110,
        cost_per_hour=3_500,
        pauses=(LUNCH,),
        compartments=(
            Compartment(KILOGRAMS, 800 if electric else 1000),
            Compartment(LIGHT | BULKY, 6000 if electric else 6500),
        ),
        max_duration=9 * 3600,
        load=(80, 20, 0, 400, 200, 0) if k % 10 == VAN else (),
        keeps_stock=k % 10 == VAN,
        range=80_000 if electric else None,
        charge=random_.randrange(20_000, 80_001, 1000) if electric else None,
        grams_per_km=0 if electric else 220,
    )
