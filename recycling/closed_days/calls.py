"""Truck calls of a closed day: at the same hour on a day before the community's next call, where a vehicle has time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.booking.capacity import Room, recount, rooms
from recycling.booking.expected import window_at
from recycling.booking.workload import approach_seconds
from recycling.closed_days.moved import Left, MovedThere
from recycling.db import hold
from recycling.errors import DomainError
from recycling.holidays import Closed
from recycling.models import Call
from recycling.plane import metres_between
from recycling.timetable.calls import close_call, move_call, restore_call, the_call

FARTHEST = 14
"""So many days after the closed one are looked at."""


@dataclass(frozen=True)
class CallProposal:
    """What would become of a call: when it begins and by which vehicle, or None and the reason."""

    call: Call
    start: datetime | None
    plate: str = ""
    reason: Left = ""


def call_proposals(session: Session, office: Office, depot: str, day: date, now: datetime) -> list[CallProposal]:
    """Return what each call of a closed day that has not begun can be moved to, in the order of their hours.

    That is the same hour on the first day with calls before the community's next one on which its vehicle is free
    between its other calls, or else another one of its type, and what is promised to others leaves it time. Calls that
    were cancelled for another reason than the day are left alone. Nothing is written; none where the day is open.
    """
    closed = office.settings.holidays.on(day)
    if closed is None:
        return []
    looked = _Days(session, office, depot, day, now)
    return [looked.propose(call) for call in _fallen(session, depot, day, closed, now)]


def move_calls(
    office: Office, depot: str, day: date, proposals: Sequence[CallProposal], actor: Actor, now: datetime
) -> MovedThere:
    """Move each call to what was proposed; those for which there is nothing are cancelled, with the day as the reason.

    A call that was changed since the proposal was made is left as it is. Done once more it changes nothing.
    """
    closed = office.settings.holidays.on(day)
    left: Counter[Left] = Counter()
    moved = 0
    for proposal in proposals:
        reason: Left = "changed"
        if closed is not None:
            try:
                reason = _moved(office, depot, proposal, closed, actor, now)
            except DomainError:
                reason = "changed"
        if reason:
            left[reason] += 1
        else:
            moved += 1
    return MovedThere(len(proposals), moved, dict(left))


def _moved(office: Office, depot: str, proposal: CallProposal, closed: Closed, actor: Actor, now: datetime) -> Left:
    seen = proposal.call
    with office.database.write() as session:
        hold(session, f"timetable/{depot}")
        call = the_call(session, seen.id)
        if (call.changes, call.service_day, call.state) != (seen.changes, seen.service_day, seen.state):
            return "changed"
        if proposal.start is None:
            if call.state == "planned":
                close_call(session, call, closed, actor, now)
            return proposal.reason
        if call.state == "cancelled":
            restore_call(session, call, actor, now)
        move_call(session, office.settings, call, proposal.start, proposal.plate, actor, now)
        session.flush()
        recount(session, office, depot, call.service_day)
    return ""


def _fallen(session: Session, depot: str, day: date, closed: Closed, now: datetime) -> Sequence[Call]:
    """Return the calls of a closed day that are not over: those that stand, and those that were cancelled for it."""
    query = (
        select(Call)
        .where(
            Call.depot_code == depot,
            Call.service_day == day,
            Call.starts_at > now,
            or_(Call.state == "planned", and_(Call.state == "cancelled", Call.reason == closed.zh)),
        )
        .order_by(Call.starts_at, Call.id)
        .options(selectinload(Call.community))
    )
    return session.scalars(query).all()


@dataclass(frozen=True)
class _Stand:
    """A vehicle at a call: from when to when, and where."""

    start: datetime
    end: datetime
    place: tuple[float, float]


class _Days:
    """What vehicles of a depot do at calls on the days after a closed one, those given meanwhile among it."""

    def __init__(self, session: Session, office: Office, depot: str, day: date, now: datetime) -> None:
        self._office, self._day, self._now = office, day, now
        last = day + timedelta(days=FARTHEST)
        weekdays = office.settings.timetable.weekdays
        after = [day + timedelta(days=k) for k in range(1, FARTHEST + 1)]
        self._days = [d for d in after if d.weekday() in weekdays and office.settings.holidays.on(d) is None]
        self._types = {plate: code for plate, code, _ in office.fleet.at(depot)}
        self._stands: dict[tuple[str, date], list[_Stand]] = {}
        ahead = select(Call).where(Call.state == "planned", Call.service_day > day, Call.service_day <= last)
        for call in session.scalars(ahead.where(Call.depot_code == depot)):
            self._stand(call, call.plate, call.service_day, call.starts_at)
        soonest = (
            select(Call.community_code, func.min(Call.service_day).label("first"))
            .where(Call.state == "planned", Call.service_day > day, Call.depot_code == depot)
            .group_by(Call.community_code)
        )
        self._next: dict[str, date] = {row.community_code: row.first for row in session.execute(soonest)}
        self._rooms: dict[tuple[date, str, int], Room] = (
            {key: replace(room) for key, room in rooms(session, office, depot, self._days).items()}
            if self._days
            else {}
        )

    def propose(self, call: Call) -> CallProposal:
        """Return where a call can go, and keep its vehicle and its time there."""
        coming = self._next.get(call.community_code)
        days = [day for day in self._days if coming is None or day < coming]
        if not days and coming is not None:
            return CallProposal(call, None, reason="next_call")
        for day in days:
            start = self._office.clock.at(day, self._office.clock.local(call.starts_at).time())
            for plate in self._plates(call) if start > self._now else ():
                if self._free(call, plate, day, start) and self._take(call, day, start):
                    self._stand(call, plate, day, start)
                    self._next[call.community_code] = day
                    return CallProposal(call, start, plate)
        return CallProposal(call, None, reason="no_room")

    def _plates(self, call: Call) -> Iterator[str]:
        """Yield its own vehicle first, then the others of its type that the depot has."""
        yield call.plate
        kind = self._types.get(call.plate)
        if kind is not None:
            yield from (plate for plate, code in self._types.items() if code == kind and plate != call.plate)

    def _free(self, call: Call, plate: str, day: date, start: datetime) -> bool:
        """Tell whether a vehicle can stand there then, with the ways from and to its other calls; "any" always can."""
        if not plate:
            return True
        end, place = start + timedelta(minutes=call.dwell_minutes), (call.lon, call.lat)
        for other in self._stands.get((plate, day), ()):
            metres = metres_between(place, other.place)
            way = timedelta(seconds=approach_seconds(self._office.settings.booking, metres))
            if other.start - way < end and start < other.end + way:
                return False
        return True

    def _take(self, call: Call, day: date, start: datetime) -> bool:
        """Take a call's time of what its window still has, if it has so much."""
        room = self._rooms.get((day, window_at(self._office, start), 1))
        if room is None or room.left < 60 * call.dwell_minutes:
            return False
        room.taken += 60 * call.dwell_minutes
        return True

    def _stand(self, call: Call, plate: str, day: date, start: datetime) -> None:
        end = start + timedelta(minutes=call.dwell_minutes)
        self._stands.setdefault((plate, day), []).append(_Stand(start, end, (call.lon, call.lat)))
