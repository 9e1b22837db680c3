"""Where a vehicle unloads on a fixed order of visits: the cut into trips with which it is done soonest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from routing.periodic.tables import Week


def cut(week: Week, vehicle: int, visits: Sequence[int], hours: Sequence[int]) -> list[int]:
    """Return after each visit (nodes, in order) the site at which the vehicle unloads there, or -1.

    The same sums as in the loops, over labels (seconds, fen) for each visit after which the vehicle may be empty.
    """
    kind, begin, home = int(week.kind[vehicle]), int(week.start[vehicle]), int(week.home[vehicle])
    places = [begin, *(int(week.place[x]) for x in visits), home]
    ends: list[tuple[float, float, int]] = [(float(week.opens[vehicle]), 0.0, 0)]  # leaves the last visit of a trip
    for last in range(1, len(visits) + 1):
        best = (math.inf, math.inf, 0)
        for before in range(last):
            if not _one_load(week, vehicle, visits[before:last]):
                continue
            then, spent, _ = ends[before]
            for k in range(before + 1, last + 1):
                a, b = places[k - 1], places[k]
                if k == before + 1 and before:
                    then, spent = _unloaded(week, kind, a, b, then), spent + float(week.by_site[kind, a, b])
                else:
                    then, spent = then + week.seconds[kind, a, b], spent + week.price[kind, a, b]
                p, hour = int(week.point[visits[k - 1]]), hours[week.point[visits[k - 1]]]
                if then > week.latest[kind, p, hour]:
                    then = math.inf
                    break
                then = max(then, float(week.earliest[kind, p, hour])) + float(week.dwell[visits[k - 1]])
            best = min(best, (round(then, 3), spent, before))
        ends.append(best)
    if not math.isfinite(ends[-1][0]):
        raise ValueError("a round cannot be driven")
    sites, last = [-1] * len(visits), len(visits)
    while last:
        sites[last - 1] = int(week.site[kind, places[last], places[last + 1]])
        last = ends[last][2]
    return sites


def _one_load(week: Week, vehicle: int, visits: Sequence[int]) -> bool:
    load, spread = week.load[visits].sum(axis=0), week.spread[visits].sum(axis=0)
    return bool((load + week.surety * spread**0.5 <= week.capacity[vehicle] + 1e-9).all())


def _unloaded(week: Week, kind: int, a: int, b: int, then: float) -> float:
    there = then + week.to_site[kind, a, b]
    if there > week.site_closes[kind, a, b]:
        return math.inf
    return float(max(there, week.site_opens[kind, a, b]) + week.from_site[kind, a, b])
