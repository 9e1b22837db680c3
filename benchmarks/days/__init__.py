"""Made-up days of a recycling company under every rule of `routing.problem`, on the demonstration roads of Dazhou."""

from __future__ import annotations

import random

from benchmarks.days.fleet import fleet_for
from benchmarks.days.sites import sites_for
from benchmarks.days.stops import stops_for
from benchmarks.days.town import town
from routing.problem import Problem

__all__ = ["DIMENSIONS", "FEWEST", "everyday_day"]

DIMENSIONS = (
    *("paper kg", "plastics kg", "appliances kg"),
    *("paper litres", "plastics litres", "appliances litres"),
)
FEWEST = 20
"""Stops of the smallest day that has something of every kind."""


def everyday_day(stops: int, seed: int = 1) -> Problem:
    """Make a day with so many stops, `FEWEST` at least; the same number and seed always give the same day.

    Doorstep pickups in promised hours, trade-ins, deliveries and what only comes along after them, calls of a truck at
    communities, goods from door to door, customers with a choice of hours, doors that belong together; a fleet of
    trucks with two people, vans, and electric vans that charge; a sorting centre, a station and a yard that take some
    materials up to a bound, a depot to load more; morning, noon and evening traffic.
    """
    if stops < FEWEST:
        raise ValueError(f"a day has {FEWEST} stops at least, not {stops}")
    random_ = random.Random(1_000_003 * seed + stops)
    places = town(stops, random_)
    vehicles = fleet_for(stops, places, random_)
    doors, pairs = stops_for(stops, places, vehicles, random_)
    return Problem(
        dimensions=DIMENSIONS,
        stops=doors,
        vehicles=vehicles,
        unload_sites=sites_for(doors, DIMENSIONS),
        matrices=places.matrices,
        notice=places.notice,
        pairs=pairs,
        periods=places.periods,
        carbon_price=100,
        balance_price=400,
        compactness_price=15,
    )
