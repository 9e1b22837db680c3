"""What a sorting centre takes in a day, by `Site.tonnes_per_day` (0: nobody said), less what other depots bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.in_force import in_force
from recycling.models import Plan, Site, TimetableVisit
from recycling.models import Timetable as StoredTimetable
from recycling.unload_places import DIMENSIONS, in_all
from routing.problem import Load, Stop, UnloadSite

ANY_LITRES = 1_000_000_000
"""Sites say what they take by weight alone."""

NEAR = 0.5
"""A site has a bound in a day's problem from this share of its capacity on; below it nothing could be too much."""


def kg_a_day(site: Site) -> int | None:
    """Return the kilograms that a site takes in a day; None where nobody has said."""
    return round(site.tonnes_per_day * 1000) or None


def bounded(
    session: Session,
    rows: Sequence[Site],
    sites: Sequence[UnloadSite],
    stops: Iterable[Stop],
    dimensions: Sequence[str],
    depot: str,
    day: date,
    aboard: Sequence[Load] = (),
) -> list[UnloadSite]:
    """Return the sites of a depot's day with what each still takes, where the day's stops come near it.

    So does what vehicles have `aboard` when the day begins.

    Where goods are told apart by material, what a site takes is shared out among them as the day brings them, so that
    no plan brings more in all.
    """
    loads = [*(stop.pickup for stop in stops), *aboard]
    brings = [sum(load[d] for load in loads) for d in range(len(dimensions))]
    others = brought_by_others(session, depot, day) if any(brings) else Counter[str]()
    found = []
    for row, site in zip(rows, sites, strict=True):
        takes = dimensions if site.takes is None else site.takes
        own = [units if name in takes else 0 for name, units in zip(dimensions, brings, strict=True)]
        kg, whole = in_all(own)[0], kg_a_day(row)
        left = None if whole is None else max(0, whole - others[site.id])
        near = left is not None and kg > NEAR * left
        found.append(replace(site, capacity=_shared(left or 0, own, kg)) if near else site)
    return found


def _shared(left: int, own: Sequence[int], kg: int) -> Load:
    """Return a bound for each dimension, of which those in kilograms are no more than ``left`` together."""
    return tuple(
        ANY_LITRES if d % len(DIMENSIONS) else left * units // kg if kg else left for d, units in enumerate(own)
    )


def brought_by_others(session: Session, depot: str, day: date) -> Counter[str]:
    """Return the kilograms that plans in force of other depots bring to each site on a day."""
    found = Counter[str]()
    query = select(Plan.depot_code).where(Plan.service_day == day, Plan.depot_code != depot, Plan.draft.is_(False))
    for other in session.scalars(query.distinct()).all():
        plan = session.scalar(in_force(other, day))
        for route in plan.routes if plan is not None else ():
            aboard = route.load_kg
            for visit in sorted(route.visits, key=lambda one: one.position):
                if visit.site_code:
                    found[visit.site_code] += max(0, aboard - visit.load_kg)
                aboard = visit.load_kg
    return found


def brought_by_timetables(session: Session, depot: str, day: date) -> dict[tuple[int, str], Load]:
    """Return what other depots' timetables in force bring to each site, by weekday (0 is Monday) and code.

    Of a timetable of several weeks the week that brings most counts.
    """
    from recycling.timetable.versions import in_force as holding

    query = select(StoredTimetable.depot_code).where(
        StoredTimetable.depot_code != depot, StoredTimetable.state == "published"
    )
    found = Counter[tuple[int, str]]()
    for other in session.scalars(query.distinct()).all():
        table = holding(session, other, day)
        for key, kg in _weekly(table.visits if table is not None else ()).items():
            found[key] += kg
    return {key: (kg, 0) for key, kg in found.items()}


def _weekly(visits: Sequence[TimetableVisit]) -> dict[tuple[int, str], int]:
    """Return the kilograms that a timetable brings to each site on each weekday."""
    by_day = Counter[tuple[int, str]]()
    aboard: dict[tuple[int, str], int] = defaultdict(int)
    for visit in sorted(visits, key=lambda one: (one.day, one.plate, one.position)):
        aboard[visit.day, visit.plate] += visit.expected_kg
        if visit.unload_after:
            by_day[visit.day, visit.unload_after] += aboard.pop((visit.day, visit.plate))
    most: dict[tuple[int, str], int] = {}
    for (day, site), kg in by_day.items():
        most[day % 7, site] = max(most.get((day % 7, site), 0), kg)
    return most
