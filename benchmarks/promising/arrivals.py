"""How far the hours that residents are told are from those at which crews begin (PEOPLE.md 3, ETA error)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.plan import Route

AHEAD = 30 * 60
"""Seconds before a crew begins by which an hour must have been told to count."""


@dataclass(frozen=True)
class Told:
    """For one visit, seconds by which the crew began later than it was told at least half an hour before.

    ``planned`` against the hour of the plan; ``said`` against that hour and by how much the route was behind at the
    last visit begun until then, as a dispatcher says it who says it at once.
    """

    planned: float
    said: float


def told(route: Route, begins: Mapping[str, float], bookings: frozenset[str]) -> list[Told]:
    """Return what was told to the bookings of a route, given the second at which the work at each stop began."""
    driven = [(visit.id, visit.start, begins[visit.id]) for visit in route.visits if visit.id in begins]
    found = []
    for name, planned, begun in driven:
        if name in bookings:
            behind = [max(0.0, at - then) for _, then, at in driven if at <= begun - AHEAD]
            late = begun - planned
            found.append(Told(late, late - behind[-1] if behind else late))
    return found


def median_and_p90(seconds: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """Return median and 90th percentile (nearest rank) of the absolute values, in minutes; None for no values."""
    sizes = sorted(abs(s) / 60 for s in seconds)
    if not sizes:
        return None, None
    return statistics.median(sizes), sizes[math.ceil(0.9 * len(sizes)) - 1]
