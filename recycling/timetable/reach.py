"""Whom a timetable reaches: people with a station or truck calls within a walk; by town, the worst beside the mean."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.clock import Span
from recycling.models import Community, Site, Timetable
from recycling.settings import Settings

METRES_A_DEGREE = 111_320.0
DETOUR = 1.3
"""A walk is so many times the straight line."""

CALLS_A_MONTH = 2
"""So many calls a month count as a point that is always there."""

DAYS_A_MONTH = 28


@dataclass(frozen=True)
class Town:
    """People of a town, and how many of them are reached."""

    name: str
    people: int
    reached: int

    @property
    def share(self) -> float:
        """Part of its people that is reached."""
        return self.reached / self.people if self.people else 0.0


@dataclass(frozen=True)
class Reach:
    """Whom calls and stations reach.

    Attributes
    ----------
    people, reached, by_calls, convenient
        All; those within the walk of a station or of two calls a month; those within the walk of such calls; of these
        the ones with a call at a convenient hour.
    towns
        The worst first.
    communities
        By code: how it is reached (``station``, ``calls``, ``both``, or "" for not).
    """

    people: int
    reached: int
    by_calls: int
    convenient: int
    towns: tuple[Town, ...]
    communities: Mapping[str, str]


def reach_of(session: Session, settings: Settings, depot: str, table: Timetable | None, metres: float) -> Reach:
    """Return whom a version of a depot's timetable reaches on foot.

    A community counts as a whole, at its place: its people are not placed within it.
    """
    communities = session.scalars(select(Community).where(Community.depot_code == depot)).all()
    stations = session.scalars(select(Site).where(Site.kind == "station")).all()
    where = {community.code: community for community in communities}
    often: dict[str, int] = defaultdict(int)
    good: dict[str, bool] = defaultdict(bool)
    spans = [Span.parse(text) for text in settings.timetable.convenient]
    for visit in table.visits if table is not None else ():
        often[visit.community_code] += 1
        minute = visit.start_minute
        if any(s.start.hour * 60 + s.start.minute <= minute < s.end.hour * 60 + s.end.minute for s in spans):
            good[visit.community_code] = True
    enough = [
        where[code]
        for code, calls in often.items()
        if code in where and table is not None and calls * DAYS_A_MONTH >= CALLS_A_MONTH * 7 * table.weeks
    ]
    how: dict[str, str] = {}
    people: dict[str, int] = defaultdict(int)
    reached: dict[str, int] = defaultdict(int)
    by_calls = convenient = 0
    for community in communities:
        people[community.town] += community.population
        station = any(_walk(community, site) <= metres for site in stations)
        near = [other for other in enough if _walk(community, other) <= metres]
        how[community.code] = {(True, True): "both", (True, False): "station", (False, True): "calls"}.get(
            (station, bool(near)), ""
        )
        if near:
            by_calls += community.population
            convenient += community.population if any(good[other.code] for other in near) else 0
        if how[community.code]:
            reached[community.town] += community.population
    towns = sorted((Town(name, people[name], reached[name]) for name in people), key=lambda t: (t.share, t.name))
    return Reach(sum(people.values()), sum(reached.values()), by_calls, convenient, tuple(towns), how)


def as_features(communities: Sequence[Community], reach: Reach) -> list[dict[str, object]]:
    """Return the communities as GeoJSON features that say how they are reached."""
    return [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(c.lon, 6), round(c.lat, 6)]},
            "properties": {
                "code": c.code,
                "name": c.name,
                "people": c.population,
                "reached_by": reach.communities[c.code],
            },
        }
        for c in communities
        if c.code in reach.communities
    ]


def _walk(a: Community, b: Community | Site) -> float:
    """Metres on foot between two places."""
    north = (a.lat - b.lat) * METRES_A_DEGREE
    east = (a.lon - b.lon) * METRES_A_DEGREE * math.cos(math.radians(a.lat))
    return math.hypot(north, east) * DETOUR
