"""Dated calls: laid out ahead from the timetable in force, moved and cancelled one by one, never silently."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.holidays import Closed
from recycling.models import Call, Community, TimetableVisit
from recycling.settings import Settings
from recycling.timetable.versions import cycle_day, holding, published
from recycling.timetable.watching import tell_change, tell_changes

NEW_TIMETABLE = "timetable"
"""Reason of a call that a later timetable does not have."""

MOST_REASON = 200


@dataclass(frozen=True)
class LaidOut:
    """How many dated calls were made, moved, cancelled, and left as they were."""

    made: int = 0
    moved: int = 0
    cancelled: int = 0
    kept: int = 0


def lay_out(session: Session, settings: Settings, depot: str, now: datetime) -> LaidOut:
    """Make the dated calls of a depot for the weeks ahead what its timetables say.

    From tomorrow on. A call that is there already is moved where the timetable in force has another hour, and cancelled
    where it has none on that day; what people changed by hand stays. On days on which nobody drives a call is there as
    cancelled, so that calendars say so. Who watches a community is told of it. Doing it twice changes nothing.
    """
    hold(session, f"timetable/{depot}")
    clock, today = settings.clock, settings.clock.today(now)
    first, last = today + timedelta(days=1), today + timedelta(weeks=settings.timetable.weeks_ahead)
    query = select(Call).where(
        Call.depot_code == depot, Call.mark.is_not(None), Call.starts_at >= clock.midnight(first)
    )
    known = {str(call.mark): call for call in session.scalars(query)}
    tables, read = published(session, depot), dict[tuple[uuid.UUID, int], Sequence[TimetableVisit]]()
    counts = {"made": 0, "moved": 0, "cancelled": 0, "kept": 0}
    changed: list[Call] = []
    wanted: set[str] = set()
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        table = holding(tables, day)
        visited = (table.id, cycle_day(table, day)) if table is not None else None
        if visited is not None and visited not in read:
            read[visited] = _visits_on(session, *visited)
        closed = settings.holidays.on(day)
        for visit in read[visited] if visited is not None else ():
            mark = f"{visit.community_code}/{day.isoformat()}"
            wanted.add(mark)
            start = clock.at(day, time(visit.start_minute // 60, visit.start_minute % 60))
            call = known.get(mark)
            if call is None:
                session.add(_dated(visit, depot, day, start, closed, mark))
                counts["made"] += 1
            elif call.by_hand or (call.starts_at == start and (call.state == "cancelled") == bool(closed)):
                call.plate = call.plate if call.by_hand else visit.plate
                if not call.by_hand and _names(call) != _named(closed):
                    call.reason, call.reason_en = _named(closed)
                    call.changes, call.changed_at = call.changes + 1, now
                counts["kept"] += 1
            else:
                if call.starts_at != start:
                    origin = call.moved_from or call.starts_at
                    call.moved_from = None if origin == start else origin
                    counts["moved"] += 1
                call.starts_at, call.service_day, call.plate = start, day, visit.plate
                call.dwell_minutes = visit.dwell_minutes
                call.state = "cancelled" if closed else "planned"
                call.reason, call.reason_en = _named(closed)
                call.changes, call.changed_at, call.timetable_id = call.changes + 1, now, visit.timetable_id
                changed.append(call)
    for mark, call in known.items():
        if mark not in wanted and not call.by_hand and call.state == "planned":
            call.state, call.reason, call.reason_en = "cancelled", NEW_TIMETABLE, ""
            call.changes, call.changed_at = call.changes + 1, now
            counts["cancelled"] += 1
            changed.append(call)
    session.flush()
    tell_changes(session, changed, now)
    return LaidOut(**counts)


def _named(closed: Closed | None) -> tuple[str, str]:
    """Return why nobody drives, in Chinese and in English; empty for a day of service or a name that it has not."""
    return (closed.zh, closed.en or "") if closed else ("", "")


def _names(call: Call) -> tuple[str, str]:
    return call.reason, call.reason_en


def _visits_on(session: Session, table: uuid.UUID, day: int) -> Sequence[TimetableVisit]:
    query = select(TimetableVisit).where(TimetableVisit.timetable_id == table, TimetableVisit.day == day)
    return session.scalars(query.options(selectinload(TimetableVisit.community))).all()


def _dated(visit: TimetableVisit, depot: str, day: date, start: datetime, closed: Closed | None, mark: str) -> Call:
    reason, reason_en = _named(closed)
    return Call(
        depot_code=depot,
        community_code=visit.community_code,
        service_day=day,
        starts_at=start,
        dwell_minutes=visit.dwell_minutes,
        expected_kg=visit.expected_kg,
        expected_litres=visit.expected_litres,
        lon=visit.community.lon,
        lat=visit.community.lat,
        timetable_id=visit.timetable_id,
        mark=mark,
        plate=visit.plate,
        state="cancelled" if closed else "planned",
        reason=reason,
        reason_en=reason_en,
    )


def the_call(session: Session, key: uuid.UUID) -> Call:
    """Return a call, which nobody else changes until the unit ends."""
    call = session.scalar(select(Call).where(Call.id == key).with_for_update().options(selectinload(Call.community)))
    if call is None:
        raise NotFoundError.one("no-call", N_("There is no such truck call."))
    return call


def move_call(
    session: Session, settings: Settings, call: Call, start: datetime, plate: str, actor: Actor, now: datetime
) -> Call:
    """Let a call begin at another time, by another vehicle where one is named; it says from when it was moved.

    Raises
    ------
    BadRequestError, ConflictError
        For a time that is over or at which nobody drives, and for a call that is over or cancelled.
    """
    _still_ahead(call, now)
    day = settings.clock.local(start).date()
    if start <= now:
        raise BadRequestError.one(
            "over", N_("%(time)s is over. Choose a later time."), where="start", time=_say(settings, start)
        )
    closed = settings.holidays.on(day)
    if closed is not None:
        raise BadRequestError.one(
            "closed", N_("Nobody drives on %(day)s (%(why)s)."), where="start", day=day, why=closed
        )
    plate = plate or call.plate
    if call.starts_at == start and call.plate == plate:
        return call
    before = {"start": call.starts_at.isoformat(), "plate": call.plate}
    if call.starts_at != start:
        first = call.moved_from or call.starts_at
        call.moved_from = None if first == start else first
    call.starts_at, call.service_day, call.plate = start, day, plate
    _changed(session, call, "call.moved", before, {"start": start.isoformat(), "plate": plate}, actor, now)
    if before["start"] != start.isoformat():
        tell_change(session, call, now)
    return call


def cancel_call(session: Session, call: Call, reason: str, actor: Actor, now: datetime) -> Call:
    """Cancel a call, with the reason that people read; cancelling it again changes nothing.

    Raises
    ------
    BadRequestError, ConflictError
        Without a reason, and for a call that is over.
    """
    why = " ".join(reason.split())[:MOST_REASON]
    if call.state == "cancelled" and call.reason == why:
        return call
    if not why:
        raise BadRequestError.one(
            "no-reason", N_("Say why: people read it on the page and in their calendar."), where="reason"
        )
    if call.starts_at <= now:
        raise _over(call)
    before = {"state": call.state, "reason": call.reason}
    call.state, call.reason, call.reason_en = "cancelled", why, ""
    _changed(session, call, "call.cancelled", before, {"state": "cancelled", "reason": why}, actor, now)
    tell_change(session, call, now)
    return call


def close_call(session: Session, call: Call, closed: Closed, actor: Actor, now: datetime) -> Call:
    """Cancel a call because nobody drives on its day, which people read in their language; ConflictError once begun."""
    _still_ahead(call, now)
    why, english = _named(closed)
    before = {"state": call.state, "reason": call.reason}
    call.state, call.reason, call.reason_en = "cancelled", why, english
    _changed(session, call, "call.cancelled", before, {"state": "cancelled", "reason": why}, actor, now)
    tell_change(session, call, now)
    return call


def restore_call(session: Session, call: Call, actor: Actor, now: datetime) -> Call:
    """Let a cancelled call take place after all."""
    if call.state == "planned":
        return call
    if call.starts_at <= now:
        raise _over(call)
    before = {"state": call.state, "reason": call.reason}
    call.state, call.reason, call.reason_en = "planned", "", ""
    _changed(session, call, "call.restored", before, {"state": "planned"}, actor, now)
    tell_change(session, call, now)
    return call


def _changed(
    session: Session,
    call: Call,
    action: str,
    before: dict[str, str],
    after: dict[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    call.by_hand, call.changes, call.changed_at = True, call.changes + 1, now
    audit.record(session, actor, action, "call", call.id, before, after, now)


def _still_ahead(call: Call, now: datetime) -> None:
    if call.state == "cancelled":
        raise ConflictError.one("cancelled", N_("This call is cancelled. Let it take place again first."))
    if call.starts_at <= now:
        raise _over(call)


def _over(call: Call) -> ConflictError:
    return ConflictError.one("over", N_("This call has begun or is over; it cannot be changed any more."))


def _say(settings: Settings, moment: datetime) -> str:
    return f"{settings.clock.local(moment):%Y-%m-%d %H:%M}"


def the_community(session: Session, code: str) -> Community:
    """Return a community by its code."""
    found = session.get(Community, code)
    if found is None:
        raise NotFoundError.one("no-community", N_("There is no community %(code)s."), code=code)
    return found


def next_calls(
    session: Session,
    now: datetime,
    communities: Sequence[str] = (),
    until: datetime | None = None,
    limit: int | None = None,
) -> list[Call]:
    """Return the calls that are not over, the soonest first; cancelled ones among them, which people should know of."""
    query = select(Call).where(Call.starts_at > now - timedelta(minutes=240)).order_by(Call.starts_at, Call.id)
    if communities:
        query = query.where(Call.community_code.in_(communities))
    if until is not None:
        query = query.where(Call.starts_at < until)
    found = session.scalars(query.options(selectinload(Call.community)))
    ahead = [call for call in found if call.ends_at > now]
    return ahead[:limit]
