"""Whom a timetable reaches on foot, and when: by community, by town, by day and hour; and which points would add."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.clock import Span
from recycling.errors import N_, BadRequestError, Fault
from recycling.models import Community, Site, Timetable
from recycling.settings import Settings
from recycling.timetable.further import Further, further_points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRES_A_DEGREE = 111_320.0
DETOUR = 1.3
"""A walk is so many times the straight line."""

METRES_A_MINUTE = 1000 / 15
"""How fast people walk who carry something."""

DAYS_A_MONTH = 28
MOST_SPANS = 6


@dataclass(frozen=True)
class Limits:
    """What counts as reached.

    Attributes
    ----------
    metres
        Of a walk to a call at a convenient hour.
    minutes
        Of a walk to a station, or to a place with calls at any hour.
    calls
        So many calls a month count as a point that is always there.
    further
        How many further points are looked for.
    convenient
        Hours at which people are at home, such as ``"16:00-18:00"``.
    """

    metres: int
    minutes: int
    calls: int
    further: int
    convenient: tuple[str, ...]

    @property
    def spans(self) -> list[Span]:
        """The convenient hours."""
        return [Span.parse(text) for text in self.convenient]

    @property
    def walk(self) -> float:
        """Metres of the longer walk."""
        return self.minutes * METRES_A_MINUTE


BOUNDS = {"metres": (100, 5_000), "minutes": (5, 60), "calls": (1, 31), "further": (0, 50)}
USUAL = {"metres": 500, "minutes": 15, "calls": 2, "further": 10}


def limits_of(settings: Settings, asked: Mapping[str, int], convenient: str | None = None) -> Limits:
    """Return checked limits; what is not asked is as usual, convenient hours as the settings have them.

    Raises
    ------
    BadRequestError
        For each limit that is out of its bounds, and for hours that cannot be read.
    """
    values, faults = USUAL | dict(asked), []
    for name, (least, most) in BOUNDS.items():
        if not least <= values[name] <= most:
            sentence = N_("Write a number from %(least)s to %(most)s.")
            faults.append(Fault(name, "out-of-bounds", sentence, {"least": least, "most": f"{most:,}"}))
    spans = settings.timetable.convenient
    if convenient is not None:
        written = convenient.replace("，", ",").replace("、", ",").replace("–", "-").replace("：", ":")
        parts = [part.strip() for part in written.split(",") if part.strip()]
        try:
            found = sorted((Span.parse(part) for part in parts), key=lambda span: span.start)
            spans = tuple(str(span) for span in found)
        except ValueError:
            spans = ()
        if not 1 <= len(spans) <= MOST_SPANS:
            sentence = N_("Write one to %(most)s spans of hours with a comma between them, such as %(example)s.")
            faults.append(
                Fault("convenient", "bad-hours", sentence, {"most": MOST_SPANS, "example": "08:00-10:00, 16:00-18:00"})
            )
    if faults:
        raise BadRequestError(*faults)
    return Limits(values["metres"], values["minutes"], values["calls"], values["further"], spans)


@dataclass(frozen=True)
class Place:
    """A community and how its people are reached.

    Attributes
    ----------
    by
        Within the longer walk: ``station``, ``calls``, ``both``, or "" for none.
    hours
        (weekday, minute of the day) of calls within the shorter walk, at places with enough of them.
    spans
        Positions of the convenient hours at which such calls are.
    own
        Whether it has calls itself, at whatever hour.
    """

    code: str
    name: str
    county: str
    town: str
    people: int
    lon: float
    lat: float
    by: str
    hours: tuple[tuple[int, int], ...]
    spans: tuple[int, ...]
    own: bool

    @property
    def near(self) -> str:
        """How it is reached: ``good`` at a convenient hour, ``other`` at others, ``walk`` farther away, ``none``."""
        return "good" if self.spans else "other" if self.hours else "walk" if self.by else "none"


@dataclass(frozen=True)
class Town:
    """People of a town, those with a station or calls within the longer walk, and with a call at a convenient hour."""

    county: str
    name: str
    people: int
    reached: int
    good: int

    @property
    def share(self) -> float:
        """Part of its people that is reached."""
        return self.reached / self.people if self.people else 0.0


@dataclass(frozen=True)
class Reach:
    """Whom calls and stations reach; the worst towns come first.

    Attributes
    ----------
    further
        Points with a call at a convenient hour that would add most people, one after the other.
    most
        Proven: with as many further points, wherever they are, at most so many people would have a call within the
        shorter walk at a convenient hour.
    """

    limits: Limits
    places: tuple[Place, ...]
    towns: tuple[Town, ...]
    further: tuple[Further, ...]
    most: int

    def counted(self, *near: str) -> int:
        """Return the people who are reached in one of these ways."""
        return sum(place.people for place in self.places if place.near in near)

    @property
    def people(self) -> int:
        """All people."""
        return sum(place.people for place in self.places)

    @property
    def reached(self) -> int:
        """Those with a station or enough calls within the longer walk."""
        return sum(place.people for place in self.places if place.by)

    @property
    def by_calls(self) -> int:
        """Those with enough calls within the longer walk."""
        return sum(place.people for place in self.places if place.by in ("calls", "both"))

    @property
    def good(self) -> int:
        """Those with a call within the shorter walk at a convenient hour."""
        return self.counted("good")

    def at(self, weekday: int, span: int | None) -> int:
        """Return the people with a call within the shorter walk on a weekday in a span; None: at any other hour."""
        spans = self.limits.spans
        return sum(
            place.people
            for place in self.places
            if any(day == weekday and _span(spans, minute) == span for day, minute in place.hours)
        )


def reach_of(session: Session, depot: str, table: Timetable | None, limits: Limits) -> Reach:
    """Return whom a version of a depot's timetable, or its stations alone, reach on foot.

    A community counts as a whole, at its place: its people are not placed within it.
    """
    query = select(Community).where(Community.depot_code == depot, Community.population > 0).order_by(Community.code)
    communities = session.scalars(query).all()
    stations = session.scalars(select(Site).where(Site.kind == "station")).all()
    calls = _calls_of(table, limits)
    with_calls = [c for c in communities if calls.get(c.code)]
    spans = limits.spans
    found, walks = [], _walks(communities, [*stations, *with_calls])
    for row, community in enumerate(communities):
        station = any(metres <= limits.walk for metres in walks[row, : len(stations)])
        around = list(zip(with_calls, walks[row, len(stations) :], strict=True))
        calling = any(metres <= limits.walk and _enough(table, calls[c.code], limits) for c, metres in around)
        heard = [hours for c, metres in around if metres <= limits.metres for hours in (calls[c.code],)]
        hours = {hour for one in heard if _enough(table, one, limits) for hour in one}
        good: set[int] = set()
        for one in heard:
            convenient = [_span(spans, minute) for _, minute in one]
            if _enough(table, [hour for hour, k in zip(one, convenient, strict=True) if k is not None], limits):
                good |= {k for k in convenient if k is not None}
        found.append(
            Place(
                community.code, community.name, community.county, community.town, community.population,
                round(community.lon, 6), round(community.lat, 6),
                {(True, True): "both", (True, False): "station", (False, True): "calls"}.get((station, calling), ""),
                tuple(sorted({(day % 7, minute) for day, minute in hours})), tuple(sorted(good)),
                bool(calls.get(community.code)),
            )
        )  # fmt: skip
    near = _walks(communities, communities) <= limits.metres
    further, most = further_points(
        [place.people for place in found], [bool(place.spans) for place in found], near, limits.further
    )
    return Reach(limits, tuple(found), _towns(found), tuple(further), most)


def _calls_of(table: Timetable | None, limits: Limits) -> dict[str, list[tuple[int, int]]]:
    """Return day of the cycle and minute of the calls at each community."""
    calls: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for visit in table.visits if table is not None else ():
        calls[visit.community_code].append((visit.day, visit.start_minute))
    return calls


def _enough(table: Timetable | None, calls: Sequence[object], limits: Limits) -> bool:
    """Tell whether so many calls in a cycle are as many a month as count."""
    return table is not None and len(calls) * DAYS_A_MONTH >= limits.calls * 7 * table.weeks


def _span(spans: Sequence[Span], minute: int) -> int | None:
    """Return which of the convenient hours a minute of the day is in."""
    inside = (k for k, s in enumerate(spans) if _minute(s.start) <= minute < _minute(s.end))
    return next(inside, None)


def _minute(at: Any) -> int:
    return int(at.hour * 60 + at.minute)


def _walks(here: Sequence[Community], there: Sequence[Community | Site]) -> NDArray[np.float64]:
    """Return metres on foot from each of these places to each of those."""
    import numpy as np

    lon, lat = (np.array([getattr(c, name) for c in here], dtype=float)[:, None] for name in ("lon", "lat"))
    to_lon, to_lat = (np.array([getattr(c, name) for c in there], dtype=float)[None, :] for name in ("lon", "lat"))
    east = (lon - to_lon) * np.cos(np.radians(lat))
    return np.asarray(np.hypot(east, lat - to_lat) * METRES_A_DEGREE * DETOUR, dtype=np.float64)


def _towns(places: Sequence[Place]) -> tuple[Town, ...]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for place in places:
        row = sums[place.county, place.town]
        row[0] += place.people
        row[1] += place.people if place.by else 0
        row[2] += place.people if place.spans else 0
    towns = [Town(county, town, *row) for (county, town), row in sums.items()]
    return tuple(sorted(towns, key=lambda one: (one.share, -one.people, one.county, one.name)))
