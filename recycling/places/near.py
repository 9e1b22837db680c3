"""How far communities lie from each other, without looking at all of them."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Iterable

from recycling.plane import METRES_A_DEGREE, Lonlat, metres_between

MOST_FOUND = 10_000
"""Answers that are kept: communities are asked about again and again, and none of them moves."""


class Neighbours:
    """Places by latitude, each (code, longitude, latitude)."""

    def __init__(self, places: Iterable[tuple[str, float, float]]) -> None:
        self._rows = sorted((lat, lon, code) for code, lon, lat in places)
        self._lats = [lat for lat, _, _ in self._rows]
        self._found: dict[tuple[Lonlat, int, str], float | None] = {}

    def metres(self, place: Lonlat, rank: int, but: str = "") -> float | None:
        """Return how far the neighbour of a rank (1: the nearest) lies from a place; None when there are fewer.

        The place of the code `but` is none of its neighbours.
        """
        asked = place, rank, but
        if asked not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[asked] = self._metres(place, rank, but)
        return self._found[asked]

    def _metres(self, place: Lonlat, rank: int, but: str) -> float | None:
        above = bisect_left(self._lats, place[1])
        below, best = above - 1, list[float]()  # a heap of the nearest so far, as negative metres
        while below >= 0 or above < len(self._rows):
            down = place[1] - self._lats[below] if below >= 0 else math.inf
            up = self._lats[above] - place[1] if above < len(self._rows) else math.inf
            if len(best) == rank and min(down, up) * METRES_A_DEGREE > -best[0]:
                break
            number = below if down < up else above
            below, above = (below - 1, above) if down < up else (below, above + 1)
            lat, lon, code = self._rows[number]
            if code != but:
                heapq.heappush(best, -metres_between(place, (lon, lat)))
                if len(best) > rank:
                    heapq.heappop(best)
        return -best[0] if len(best) == rank else None
