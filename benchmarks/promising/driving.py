"""A planned day as crews drive it: services and ways take what they take, and the order stays as planned."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from routing.plan import Route

HOUR = 3600


@dataclass(frozen=True)
class Chance:
    """How far a day strays from its plan; means are as planned, all factors are lognormal.

    Attributes
    ----------
    service
        Coefficient of variation of the work at each door and of each unloading.
    hour
        Of all ways of one hour of the day together.
    leg
        Of each way by itself.
    """

    service: float = 0.3
    hour: float = 0.1
    leg: float = 0.2


class Weather:
    """The factors of one day, the same for whoever drives in the same hour.

    Parameters
    ----------
    seed
        Anything; the factor of a door or a way depends on the seed and its own name alone, so that two plans of
        the same day meet the same luck.
    """

    def __init__(self, chance: Chance, seed: str) -> None:
        self.chance, self.seed = chance, seed

    def service(self, stop: str) -> float:
        """Return by what the work at a stop is longer than planned."""
        return self._factor(self.chance.service, f"service {stop}")

    def way(self, begin: str, end: str, second: float) -> float:
        """Return by what a way that begins at a second of the day is longer."""
        hour = self._factor(self.chance.hour, f"hour {int(second // HOUR)}")
        return hour * self._factor(self.chance.leg, f"way {begin} {end}")

    def _factor(self, variation: float, name: str) -> float:
        sigma = math.sqrt(math.log1p(variation**2))
        return math.exp(random.Random(f"{self.seed} {name}").gauss(-sigma * sigma / 2, sigma))


def drive(
    route: Route, opens: Mapping[str, int], fixed: Collection[str], break_opens: int, weather: Weather
) -> dict[str, float]:
    """Drive a route and return at which second the work at each stop begins.

    The vehicle leaves as planned. Nothing begins before the stop's window opens, so that where the plan waits, waiting
    makes up for delays. The break is had on the way on which it is planned.

    Parameters
    ----------
    opens
        By stop id the second before which nothing begins.
    fixed
        Stops that take exactly as long as planned: a truck that stands for an hour at a community.
    break_opens
        Second before which no break begins.
    """
    begins: dict[str, float] = {}
    now, planned, before = float(route.start), route.start, "depot"
    for number, visit in enumerate(route.visits):
        rests = [rest for rest in route.rests if planned <= rest.start and rest.end <= visit.start]
        driving = visit.arrival - planned - sum(r.end - r.start for r in rests if r.end <= visit.arrival)
        there = free = now + driving * weather.way(before, visit.id, now)
        for rest in rests:
            begin = max(now, break_opens)
            there += rest.end - rest.start if begin < there else 0
            free = max(there, begin + rest.end - rest.start)
        now = max(there, free)
        if visit.kind == "stop":
            now = begins[visit.id] = max(now, float(opens[visit.id]))
        name = visit.id if visit.kind == "stop" else f"{visit.id} {number}"
        work = visit.end - visit.start
        now += work if visit.id in fixed else work * weather.service(name)
        planned, before = visit.end, visit.id
    return begins
