"""Where a made-up day's goods go, and where vehicles load and charge."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.days.town import CENTRE, CHARGER, DEPOT, STATION, YARD
from routing.problem import Stop, TimeWindow, UnloadSite

SHARE = {"paper": 0.3, "plastics": 0.3, "appliances": 0.5}
"""What the smaller sites take in the day, of all that could be collected."""


def sites_for(stops: Sequence[Stop], dimensions: Sequence[str]) -> tuple[UnloadSite, ...]:
    """Return a centre that takes all, a station and a yard with bounds, the depot to load more, and a charger."""
    in_all = [sum(s.pickup[d] for s in stops) for d in range(len(dimensions))]
    bound = tuple(round(SHARE[name.split()[0]] * units) for name, units in zip(dimensions, in_all, strict=True))
    nothing: frozenset[str] = frozenset()
    light = frozenset(name for name in dimensions if not name.startswith("appliances"))
    return (
        UnloadSite("centre", CENTRE, TimeWindow(7 * 3600 + 1800, 19 * 3600), 900),
        UnloadSite("station", STATION, TimeWindow(8 * 3600, 16 * 3600), 480, light, bound),
        UnloadSite("yard", YARD, TimeWindow(9 * 3600, 18 * 3600), 600, frozenset(dimensions) - light, bound),
        UnloadSite("depot", DEPOT, TimeWindow(7 * 3600, 18 * 3600), 900, nothing, reloads=True),
        UnloadSite("charger", CHARGER, TimeWindow(0, 86_400), 1500, nothing, charges=True),
    )
