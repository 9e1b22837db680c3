"""A driver lets residents see the truck: agreed to and taken back, positions as they come, and their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from recycling import audit, network
from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, GoneError, TooOftenError
from recycling.models import Call, TruckPosition
from recycling.settings import Settings
from recycling.stock.ahead import calls_of
from recycling.stock.vehicle import Vehicle
from recycling.whereabouts.grid import snapped

CONSENT = "2026-11"
"""Version of the sentence that a driver agrees to; another sentence needs another version."""

AROUND = timedelta(minutes=20)
"""So long before the first call of a round and after its last one a truck may be seen."""

EVERY_SECONDS = 20
"""A phone says where it is no more often than this."""

TOO_SOON = timedelta(seconds=15)
"""What comes sooner after the last position is refused; a phone's clock may be a little fast."""

MOST_OUTSIDE_METRES = 10_000.0
"""So far beyond the area's outline a truck may be on its way."""

SUBJECT = "truck"


@dataclass(frozen=True)
class Shared:
    """Between which moments residents may see a truck on a day, and the row that says so once its driver agreed."""

    begins: datetime
    ends: datetime
    row: TruckPosition | None


def hours_of(calls: list[Call]) -> tuple[datetime, datetime] | None:
    """Return between which moments a truck with these calls may be seen; None without any."""
    if not calls:
        return None
    return min(call.starts_at for call in calls) - AROUND, max(call.ends_at for call in calls) + AROUND


def shared_now(session: Session, settings: Settings, vehicle: Vehicle, day: date, now: datetime) -> Shared | None:
    """Return what holds for a truck on a day; None where nothing is to be shown any more: no calls, or a round over."""
    hours = hours_of(calls_of(session, vehicle, day)) if day == settings.clock.today(now) else None
    if hours is None or now > hours[1]:
        return None
    row = session.get(TruckPosition, vehicle.plate)
    return Shared(*hours, row if row is not None and row.service_day == day else None)


def switch_on(
    session: Session, settings: Settings, vehicle: Vehicle, day: date, version: str, actor: Actor, now: datetime
) -> None:
    """Let residents see the truck on that day: written into the audit log with the version that was agreed to.

    Done again by the same person it changes nothing; by another it is that person's phone that counts from now on.

    Raises
    ------
    ConflictError, GoneError
        When the sentence is another one by now, and when the truck has no calls on that day or its round is over.
    """
    if version != CONSENT:
        raise ConflictError.one(
            "other-consent", N_("The sentence has changed. Read it again, then switch on."), where="live"
        )
    hold(session, f"truck-position/{vehicle.plate}")
    found = shared_now(session, settings, vehicle, day, now)
    if found is None:
        raise _over()
    if found.row is not None and found.row.shared_by == actor.id:
        return
    old = session.get(TruckPosition, vehicle.plate)
    if old is not None:
        session.delete(old)
        session.flush()
    session.add(TruckPosition(plate=vehicle.plate, depot_code=vehicle.depot, service_day=day, shared_by=actor.id))
    after = {"day": day.isoformat(), "consent": CONSENT}
    audit.record(session, actor, "truck.shown", SUBJECT, vehicle.plate, None, after, now)


def switch_off(session: Session, vehicle: Vehicle, actor: Actor, now: datetime) -> None:
    """Show the truck no more and forget where it was; where it was not shown, nothing changes."""
    hold(session, f"truck-position/{vehicle.plate}")
    row = session.get(TruckPosition, vehicle.plate)
    if row is None:
        return
    before = {"day": row.service_day.isoformat(), "consent": CONSENT}
    session.delete(row)
    audit.record(session, actor, "truck.hidden", SUBJECT, vehicle.plate, before, None, now)


def take_position(
    session: Session,
    settings: Settings,
    vehicle: Vehicle,
    day: date,
    lonlat: tuple[float, float],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep in which square of the grid the truck is, instead of where it was before.

    Raises
    ------
    BadRequestError
        For what is no position, or one far outside the area.
    GoneError, ConflictError
        When the round is over, has not begun, or who asks does not share the truck's place.
    TooOftenError
        When the last one came a moment ago.
    """
    try:
        cell = snapped(*lonlat)
    except ValueError as error:
        raise BadRequestError.one(
            "no-position", N_("The phone gave no position. It tries again by itself."), where="position"
        ) from error
    if not network.near(network.the_area(session), *lonlat, MOST_OUTSIDE_METRES):
        raise BadRequestError.one(
            "far-outside",
            N_("This place is far outside the area, so it is not shown. It tries again by itself."),
            where="position",
        )
    found = shared_now(session, settings, vehicle, day, now)
    if found is None:
        raise _over()
    if found.row is None or found.row.shared_by != actor.id:
        raise ConflictError.one(
            "not-shared", N_("Residents are not shown this truck by your phone any more. Switch it on again.")
        )
    if now < found.begins:
        raise ConflictError.one("not-begun", N_("The round has not begun yet; nothing is shown before."))
    kept = (
        update(TruckPosition)
        .where(
            TruckPosition.plate == vehicle.plate,
            TruckPosition.service_day == day,
            TruckPosition.shared_by == actor.id,
            or_(TruckPosition.seen_at.is_(None), TruckPosition.seen_at <= now - TOO_SOON),
        )
        .values(grid_row=cell.row, grid_column=cell.column, seen_at=now)
    )
    if cast(CursorResult[Any], session.execute(kept)).rowcount != 1:
        raise TooOftenError.one("too-often", N_("Sent too often. Every 20 seconds is enough."))


def erase_over(session: Session, settings: Settings, now: datetime) -> int:
    """Erase positions of past days and of rounds that are over; return how many there were."""
    today, erased = settings.clock.today(now), 0
    for row in session.scalars(select(TruckPosition)):
        planned = (Call.plate == row.plate, Call.service_day == today, Call.state == "planned")
        hours = hours_of(list(session.scalars(select(Call).where(*planned)))) if row.service_day == today else None
        if hours is None or now > hours[1]:
            session.delete(row)
            erased += 1
    return erased


def _over() -> GoneError:
    return GoneError.one(
        "round-over", N_("This truck has no calls ahead today, so residents are not shown where it is.")
    )
