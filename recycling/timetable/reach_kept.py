"""Kept answers to whom a timetable reaches on foot: made, listed, read again, and as files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, defer

from recycling import network
from recycling.accounts.actors import Actor
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.exports.tables import csv_bytes
from recycling.models import ReachStudy, Timetable
from recycling.timetable.further import Further
from recycling.timetable.reach import Limits, Place, Reach, Town, reach_of
from recycling.timetable.versions import the_timetable

KEPT = 30
"""So many answers of a depot are kept, the newest."""

FORMS = uuid.UUID("0b8f5b0e-9f0c-4f43-8a38-5f7d0f0a6d11")
"""Names what forms make."""

HEAD = (
    "community", "name", "county", "town", "people", "lon", "lat", "reached", "walk_to", "hours", "further", "adds",
)  # fmt: skip

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def ask(
    session: Session, depot: str, version: int | None, limits: Limits, actor: Actor, now: datetime, form: str
) -> ReachStudy:
    """Reckon whom a version reaches, or stations alone, and keep it; the same ``form`` again gives the same answer.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot or version, for a depot without communities, and for a key that no form of ours makes.
    """
    check_key(form)
    network.the_depot(session, depot)
    hold(session, f"reach/{depot}")
    key = uuid.uuid5(FORMS, form)
    earlier = session.get(ReachStudy, key)
    if earlier is not None:
        return earlier
    table: Timetable | None = None if version is None else the_timetable(session, depot, version)
    found = reach_of(session, depot, table, limits)
    if not found.places:
        raise BadRequestError.one("no-communities", N_("Depot %(depot)s has no communities."), depot=depot)
    worst = found.towns[0]
    row = ReachStudy(
        id=key,
        depot_code=depot,
        version=version,
        asked=asdict(limits) | {"convenient": list(limits.convenient)},
        figures={"people": found.people, "reached": found.reached, "good": found.good, "worst": worst.share},
        answer=_packed(found),
        made_by=actor.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    old = select(ReachStudy.id).where(ReachStudy.depot_code == depot)
    keys = session.scalars(old.order_by(ReachStudy.made_at.desc()).offset(KEPT)).all()
    session.execute(delete(ReachStudy).where(ReachStudy.id.in_(keys)))
    return row


def studies(session: Session, most: int = KEPT) -> list[ReachStudy]:
    """Return kept answers without their places, the newest first."""
    query = select(ReachStudy).options(defer(ReachStudy.answer)).order_by(ReachStudy.made_at.desc())
    return list(session.scalars(query.limit(most)))


def the_study(session: Session, key: uuid.UUID) -> ReachStudy:
    """Return the kept answer of that key; NotFoundError where there is none any more."""
    found = session.get(ReachStudy, key)
    if found is None:
        raise NotFoundError.one("no-reach", N_("There is no such answer any more. Ask again."))
    return found


def _packed(found: Reach) -> dict[str, Any]:
    return {
        "places": [asdict(place) for place in found.places],
        "towns": [asdict(town) for town in found.towns],
        "further": [asdict(point) for point in found.further],
        "most": found.most,
    }


def reach_in(study: ReachStudy) -> Reach:
    """Return a kept answer as it was reckoned."""
    asked, answer = study.asked, study.answer
    places = tuple(
        Place(**row | {"hours": tuple((day, minute) for day, minute in row["hours"]), "spans": tuple(row["spans"])})
        for row in answer["places"]
    )
    return Reach(
        Limits(**asked | {"convenient": tuple(asked["convenient"])}),
        places,
        tuple(Town(**row) for row in answer["towns"]),
        tuple(Further(**row) for row in answer["further"]),
        answer["most"],
    )


def table(found: Reach) -> bytes:
    """Return a CSV of the communities: how and when each is reached, and its number among the further points."""
    numbers = {point.position: (number, point.adds) for number, point in enumerate(found.further, start=1)}
    return csv_bytes(
        HEAD,
        [
            (
                place.code, place.name, place.county, place.town, place.people, place.lon, place.lat, place.near,
                place.by, _hours(place), *numbers.get(position, (None, None)),
            )
            for position, place in enumerate(found.places)
        ],
    )  # fmt: skip


def geojson(study: ReachStudy, found: Reach, notice: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the communities, and those that would be further points, as points in WGS 84 with what was asked."""
    features = []
    numbers = {point.position: (number, point.adds) for number, point in enumerate(found.further, start=1)}
    for position, place in enumerate(found.places):
        told: dict[str, Any] = {
            "code": place.code,
            "name": place.name,
            "county": place.county,
            "town": place.town,
            "people": place.people,
            "reached": place.near,
            "walk_to": place.by,
            "hours": _hours(place),
        }
        if position in numbers:
            told["further"], told["adds"] = numbers[position]
        point = {"type": "Point", "coordinates": [place.lon, place.lat]}
        features.append({"type": "Feature", "geometry": point, "properties": told})
    return {
        "type": "FeatureCollection",
        "notice": dict(notice) if notice else None,
        "depot": study.depot_code,
        "version": study.version,
        "made": study.made_at.isoformat(),
        "asked": study.asked,
        "figures": study.figures | {"most": found.most},
        "features": features,
    }


def _hours(place: Place) -> str:
    return " ".join(f"{DAYS[day]} {minute // 60:02d}:{minute % 60:02d}" for day, minute in place.hours)
