"""What planners ask of three tiers, in their units, as an aim of the search."""

from __future__ import annotations

from dataclasses import dataclass

from recycling.siting import FEN
from routing.siting.chain.problem import Chain, ChainAim, Measure


@dataclass(frozen=True)
class Limits:
    """What is best, and what the others must keep, as planners ask: yuan, tonnes and percent, None for no limit.

    ``within`` are minutes of reach, ``reach`` percent of the people at least, ``town_minutes`` mean minutes in every
    town at most.
    """

    best: Measure
    within: int
    most_yuan: float | None = None
    most_carbon: float | None = None
    reach: float | None = None
    town_minutes: float | None = None


def aim_of(chain: Chain, asked: Limits, besides: float = 0.0) -> ChainAim:
    """Return the aim in the chain's units; ``besides`` fen a year are in the limit, and in no cost of the chain."""
    years, people = len(chain.years), sum(point.people for point in chain.points)
    given: dict[Measure, float | None] = {
        "cost": None if asked.most_yuan is None else (asked.most_yuan * FEN - besides) * years,
        "carbon": None if asked.most_carbon is None else asked.most_carbon * 1000 * years,
        "within": None if asked.reach is None else asked.reach / 100 * people,
        "worst-town": None if asked.town_minutes is None else asked.town_minutes * 60,
    }
    limits = {measure: limit for measure, limit in given.items() if limit is not None}
    return ChainAim(asked.best, asked.within * 60, limits)
