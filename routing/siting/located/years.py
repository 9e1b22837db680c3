"""A year of a choice's rounds, from its sampled days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from routing.siting.located.rounds import Driven, RoundDay


@dataclass(frozen=True)
class Year:
    """What the rounds of all depots come to in a year; money in the problem's unit.

    Attributes
    ----------
    days
        (days) what a year of days like each would cost.
    metres
        Driven in a year.
    trucks, hired
        On a day, in the mean; and money a year for them by the day.
    left_out
        Stops that no truck could serve, on all sampled days together.
    taken
        Share of all tonnes that each open site got.
    depots
        Money a year of each depot's rounds.
    """

    days: tuple[float, ...]
    metres: float
    trucks: float
    hired: float
    left_out: int
    taken: Mapping[str, float]
    depots: Mapping[str, float]


def year_of(whole: Sequence[tuple[RoundDay, Driven]], sites: Collection[str]) -> Year:
    """Return the year of sampled days that were driven, all days of all depots; ``sites`` are those that are open."""
    numbers = sorted({day.day for day, _ in whole})
    sums = dict.fromkeys(numbers, 0.0)
    kg: dict[str, float] = dict.fromkeys(sites, 0.0)
    depots: dict[str, float] = defaultdict(float)
    metres = hired = 0.0
    for day, driven in whole:
        money = day.share * driven.cost
        sums[day.day] += money * len(numbers)
        depots[day.depot] += money
        metres += day.share * driven.metres
        hired += day.share * driven.trucks * (day.vehicles[0].fixed_cost if day.vehicles else 0)
        load = {stop.id: stop.pickup[0] for stop in day.stops}
        for trip in driven.trips:
            kg[trip.site] += day.share * sum(load[stop] for stop in trip.stops)
    total = max(1e-9, sum(kg.values()))
    return Year(
        days=tuple(sums[number] for number in numbers),
        metres=metres,
        trucks=sum(driven.trucks for _, driven in whole) / max(1, len(numbers)),
        hired=hired,
        left_out=sum(driven.left_out for _, driven in whole),
        taken={site: load / total for site, load in kg.items()},
        depots=dict(depots),
    )
