"""What residents and clerks do with a booking that stands: move it, change what it says, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor, Role
from recycling.booking import holds, life
from recycling.booking.capacity import Window, give_back, take
from recycling.booking.checks import checked, window_of
from recycling.booking.legs import split
from recycling.booking.offers import seconds_of
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import need_of, window_of_booking
from recycling.deadlines import Deadline
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.models import Booking, BookingLine

OPEN = ("booked", "planned")


@dataclass(frozen=True)
class Rights:
    """What may still be done with a booking by whoever holds its link, and until when."""

    move: bool
    cancel: bool
    move_until: datetime
    cancel_until: datetime


def rights(office: Office, booking: Booking, now: datetime) -> Rights:
    """Return what a resident may still do with a booking."""
    rules = office.settings.booking
    moments = [_moment(office, rule, booking) for rule in (rules.moving, rules.cancelling)]
    open_ = booking.state in OPEN
    move, cancel = (open_ and not _passed(office, rule, booking, now) for rule in (rules.moving, rules.cancelling))
    return Rights(move, cancel, *moments)


def move(
    office: Office, booking: Booking, day: date, span: str, actor: Actor, now: datetime, owner: str = ""
) -> Booking:
    """Bring a booking with all its visits into another window, or leave it where it is.

    The new window is taken before the old one is given back, in one unit of work. A window that is kept for `owner` is
    used. Moving to the window in which it stands changes nothing.

    Raises
    ------
    ConflictError
        When the window is full, it is too late, or somebody else changed the booking meanwhile.
    """
    faults: list[Fault] = []
    span_ = window_of(office.settings, _wish(day, span), now, faults)
    if faults or span_ is None:
        raise BadRequestError(*faults)
    if (booking.service_day, booking.window) == (day, span):
        return booking
    _in_time(office, office.settings.booking.moving, booking, actor, now)
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        needs = {b.id: need_of(office, b) for b in visits}
        there = Window(booking.depot_code, day, span)
        seconds = {b.id: seconds_of(session, office, needs[b.id], there) for b in visits}
    start, end = (office.clock.at(day, hour) for hour in (span_.start, span_.end))
    with office.database.write() as session:
        if owner:
            holds.let_go(session, owner)
        holds.expire(session, now)
        visits = _the_same(life.visits_of(session, booking), booking)
        for visit in visits:
            _exchange(session, office, visit, there, seconds[visit.id])
            life.change(
                session,
                visit,
                "booked",
                actor,
                "booking.moved",
                now,
                "moved",
                service_day=day,
                window=span,
                seconds=seconds[visit.id],
                promise_start=start,
                promise_end=end,
                working_start=start,
                working_end=end,
            )
        return visits[0]


def cancel(office: Office, booking: Booking, reason: str, actor: Actor, now: datetime) -> Booking:
    """Cancel a booking with all its visits; one that is cancelled already stays as it is.

    Raises
    ------
    ConflictError
        When it is too late, or the visit has been made.
    """
    with office.database.write() as session:
        visits = life.visits_of(session, booking)
        if all(visit.state == "cancelled" for visit in visits):
            return visits[0]
        _in_time(office, office.settings.booking.cancelling, visits[0], actor, now)
        for visit in visits:
            if visit.state in OPEN:
                why = reason[:120]
                life.change(session, visit, "cancelled", actor, "booking.cancelled", now, "cancelled", reason=why)
        return visits[0]


def amend(office: Office, booking: Booking, request: BookingRequest, actor: Actor, now: datetime) -> Booking:
    """Change what a booking says (things, door, name, note), in the window in which it stands.

    The request describes the whole booking as it shall be. More time at the door is taken from the window first.

    Raises
    ------
    BadRequestError
        With a fault for each field that must be mended.
    ConflictError
        When the window has no room for more, it is too late, or the change would need another vehicle.
    """
    _in_time(office, office.settings.booking.moving, booking, actor, now)
    with office.database.read() as session:
        wanted = checked(session, office, _inside(request, booking), now, open_only=False)
        if (wanted.service_day, wanted.window) != (booking.service_day, booking.window):
            raise BadRequestError.one(
                "not-a-move", N_("Move the booking first, then change what it says."), where="day"
            )
        if wanted.depot_code != booking.depot_code or len(split(office, wanted)) > 1 or booking.leg_of is not None:
            raise ConflictError.one(
                "needs-new-booking",
                N_("This change needs other vehicles. Cancel the booking and make a new one."),
                where="items",
            )
        seconds = seconds_of(session, office, need_of(office, wanted), window_of_booking(booking))
    with office.database.write() as session:
        (visit, *others) = _the_same(life.visits_of(session, booking), booking)
        if others:
            raise ConflictError.one(
                "needs-new-booking",
                N_("This change needs other vehicles. Cancel the booking and make a new one."),
                where="items",
            )
        here = window_of_booking(visit)
        give_back(session, here, visit.people, visit.seconds)
        take(session, office, here, wanted.people, seconds)
        _replace_lines(session, visit, wanted.lines)
        life.change(
            session,
            visit,
            visit.state,
            actor,
            "booking.amended",
            now,
            "amended",
            {"pieces": sum(line.pieces for line in visit.lines)},
            seconds=seconds,
            **{name: getattr(wanted, name) for name in AMENDABLE},
        )
        return visit


AMENDABLE = (
    "people",
    "community_code",
    "place",
    "address",
    "lon",
    "lat",
    "floor",
    "lift",
    "standing",
    "height_limit",
    "scene",
    "contact",
    "phone",
    "note",
)


def _exchange(session: Session, office: Office, visit: Booking, there: Window, seconds: int) -> None:
    """Take the new room and give the old back, in one order of rows, so that no two writers block for ever."""
    here = window_of_booking(visit)
    first_here = (here.day, here.span) < (there.day, there.span)
    if first_here:
        give_back(session, here, visit.people, visit.seconds)
    take(session, office, there, visit.people, seconds)
    if not first_here:
        give_back(session, here, visit.people, visit.seconds)


def _replace_lines(session: Session, visit: Booking, lines: Sequence[BookingLine]) -> None:
    visit.lines.clear()
    session.flush()
    for line in list(lines):
        line.booking = visit
    session.flush()


def _the_same(visits: list[Booking], seen: Booking) -> list[Booking]:
    """Refuse to go on when the booking is no longer what was looked at."""
    if not any(visit.id == seen.id and visit.version == seen.version for visit in visits):
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Booking %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
            reference=seen.reference,
        )
    return visits


def _in_time(office: Office, rule: Deadline, booking: Booking, actor: Actor, now: datetime) -> None:
    """Refuse what comes too late; staff may still do it until the crew is on its way."""
    if booking.state not in OPEN:
        raise ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot be changed any more."),
            reference=booking.reference,
            state=booking.state,
        )
    if not _is_staff(actor) and _passed(office, rule, booking, now):
        raise ConflictError.one(
            "too-late",
            N_("This was possible until %(until)s. Call us: the dispatcher sees what can still be done."),
            until=f"{office.clock.local(_moment(office, rule, booking)):%Y-%m-%d %H:%M}",
        )


def _is_staff(actor: Actor) -> bool:
    return actor.kind == "system" or (actor.kind == "person" and actor.role is not Role.RESIDENT)


def _passed(office: Office, rule: Deadline, b: Booking, now: datetime) -> bool:
    return rule.passed(office.clock, b.service_day, b.promise_start, b.promise_end, b.state, now)


def _moment(office: Office, rule: Deadline, b: Booking) -> datetime:
    return rule.moment(office.clock, b.service_day, b.promise_start, b.promise_end)


def _wish(day: date | None, span: str) -> BookingRequest:
    return BookingRequest({}, "", None, None, "", 0, False, day, span, "", "")


def _inside(request: BookingRequest, booking: Booking) -> BookingRequest:
    from dataclasses import replace

    return replace(request, day=request.day or booking.service_day, window=request.window or booking.window)
