"""What residents and clerks do with a booking that stands: move it, change what it says, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from recycling.accounts.actors import Actor, Role
from recycling.booking import holds, life
from recycling.booking.bonus import bonus_of
from recycling.booking.capacity import Share, Window, shift
from recycling.booking.checks import MOST_REASON, checked, clean, window_of
from recycling.booking.offers import door_seconds, seconds_of
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import estimate, need_of, share_of, window_of_booking
from recycling.deadlines import Deadline
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.models import Booking
from recycling.models.booking import ENDED

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
    office: Office,
    booking: Booking,
    day: date,
    span: str,
    actor: Actor,
    now: datetime,
    owner: str = "",
    why: str = "",
) -> Booking:
    """Bring a booking with all its visits into another window, or leave it where it is.

    The new window is taken before the old one is given back, in one unit of work. A window that is kept for `owner` is
    used. Moving to the window in which it stands changes nothing. `why` is what was said of it, for the audit log.

    Raises
    ------
    ConflictError
        When the window is full, it is too late, or somebody else changed the booking meanwhile.
    """
    there = Window(booking.depot_code, day, span)
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        if _stands_in(visits, there):
            return visits[0]
        start, end = _promise(office, there, now)
        going = _open(_the_same(visits, booking), office.settings.booking.moving, office, actor, now)
        estimate(session, office, going, there, owner, now)  # on what is read here; the record is written below
        seconds = {visit.id: visit.seconds for visit in going}
        bonus = {visit.id: visit.bonus for visit in going}
    with office.database.write() as session:
        visits = life.visits_of(session, booking)
        if _stands_in(visits, there):
            return visits[0]  # a twin of this request was quicker
        going = [visit for visit in _the_same(visits, booking) if visit.id in seconds]
        kept = holds.claimed(session, owner, now)
        shift(
            session,
            office,
            [*map(holds.share_of, kept), *map(share_of, going)],
            [Share(there, visit.people, seconds[visit.id]) for visit in going],
        )
        for visit in going:
            life.change(
                session,
                visit,
                "booked",
                actor,
                "booking.moved",
                now,
                "moved",
                why=clean(why)[:MOST_REASON],
                service_day=day,
                window=span,
                seconds=seconds[visit.id],
                bonus=bonus[visit.id],
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
    why = clean(reason)[:MOST_REASON]
    with office.database.write() as session:
        visits = life.visits_of(session, booking)
        states = {visit.state for visit in visits}
        if "cancelled" in states and states <= set(ENDED):
            return visits[0]
        for visit in _open(visits, office.settings.booking.cancelling, office, actor, now):
            life.change(session, visit, "cancelled", actor, "booking.cancelled", now, "cancelled", reason=why)
        return visits[0]


def amend(office: Office, booking: Booking, request: BookingRequest, actor: Actor, now: datetime) -> Booking:
    """Change what a booking says (things, door, name, note), in the window in which it stands.

    The request describes the whole booking as it shall be; one that describes what it is already changes nothing. More
    time at the door is taken from the window first.

    Raises
    ------
    BadRequestError
        With a fault for each field that must be mended.
    ConflictError
        When the window has no room for more, it is too late, or the change would need another vehicle.
    """
    with office.database.read() as session:
        (visit, *others) = visits = life.visits_of(session, booking, lock=False)
        wanted = checked(session, office, _inside(request, booking), now, open_only=False)
        if window_of_booking(wanted) == window_of_booking(visit) and not others and _says(visit) == _says(wanted):
            return visit
        _open(_the_same(visits, booking), office.settings.booking.moving, office, actor, now)
        if (wanted.service_day, wanted.window) != (booking.service_day, booking.window):
            raise BadRequestError.one(
                "not-a-move", N_("Move the booking first, then change what it says."), where="day"
            )
        need = need_of(office, wanted)
        if wanted.depot_code != booking.depot_code or need.visits > 1 or others:
            raise ConflictError.one(
                "needs-new-booking",
                N_("This change needs other vehicles. Cancel the booking and make a new one."),
                where="items",
            )
        if (wanted.lon, wanted.lat) == (visit.lon, visit.lat):
            way = max(0, visit.seconds - door_seconds(office, need_of(office, visit)))
            seconds = way + door_seconds(office, need)
        else:
            seconds = seconds_of(session, office, need, window_of_booking(visit), but=visit.id)
    with office.database.write() as session:
        (visit,) = _the_same(life.visits_of(session, booking), booking)
        shift(session, office, [share_of(visit)], [Share(window_of_booking(visit), wanted.people, seconds)])
        life.change(
            session,
            visit,
            visit.state,
            actor,
            "booking.amended",
            now,
            "amended",
            {"pieces": sum(line.pieces for line in wanted.lines)},
            lines=wanted.lines,
            seconds=seconds,
            **{name: getattr(wanted, name) for name in AMENDABLE},
        )
        return visit


def change(office: Office, booking: Booking, request: BookingRequest, actor: Actor, now: datetime) -> Booking:
    """Move a booking and change what it says, both or neither; where the request asks for one of them, do that.

    The request describes the whole booking as it shall be.

    Raises
    ------
    BadRequestError, ConflictError
        As `move` and `amend` do.
    """
    wish = _inside(request, booking)
    there = Window(booking.depot_code, wish.day or booking.service_day, wish.window)
    if there == window_of_booking(booking):
        return amend(office, booking, wish, actor, now)
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        wanted = checked(session, office, wish, now)
        if all(_says(visit) == _says(wanted) for visit in visits):
            return move(office, booking, there.day, there.span, actor, now)
        (visit, *others) = _open(_the_same(visits, booking), office.settings.booking.moving, office, actor, now)
        need = need_of(office, wanted)
        if wanted.depot_code != booking.depot_code or need.visits > 1 or others:
            raise ConflictError.one(
                "needs-new-booking",
                N_("This change needs other vehicles. Cancel the booking and make a new one."),
                where="items",
            )
        seconds = seconds_of(session, office, need, there, but=visit.id)
        bonus = bonus_of(session, office, need, there, but=visit.id)
    with office.database.write() as session:
        (visit,) = _the_same(life.visits_of(session, booking), booking)
        shift(session, office, [share_of(visit)], [Share(there, wanted.people, seconds)])
        place = ("service_day", "window", "promise_start", "promise_end", "working_start", "working_end")
        life.change(
            session,
            visit,
            "booked",
            actor,
            "booking.changed",
            now,
            "moved",
            lines=wanted.lines,
            seconds=seconds,
            bonus=bonus,
            **{name: getattr(wanted, name) for name in (*AMENDABLE, *place)},
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
    "trade_in",
    "contact",
    "phone",
    "note",
)


def _says(booking: Booking) -> tuple[object, ...]:
    """Return all that can be amended."""
    return (*(getattr(booking, name) for name in AMENDABLE), *((line.item, line.pieces) for line in booking.lines))


def _stands_in(visits: Sequence[Booking], there: Window) -> bool:
    """Tell whether all that is still to be visited is in that window already."""
    going = [visit for visit in visits if visit.state in OPEN]
    return bool(going) and all(window_of_booking(visit) == there for visit in going)


def _promise(office: Office, there: Window, now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of a window that can be booked now."""
    faults: list[Fault] = []
    span = window_of(office, _wish(there.day, there.span), now, faults, planned=False)
    if faults or span is None:
        raise BadRequestError(*faults)
    return office.clock.at(there.day, span.start), office.clock.at(there.day, span.end)


def _the_same(visits: list[Booking], seen: Booking) -> list[Booking]:
    """Refuse to go on when the booking is no longer what was looked at."""
    if not any(visit.id == seen.id and visit.version == seen.version for visit in visits):
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Booking %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
            reference=seen.reference,
        )
    return visits


def _open(visits: Sequence[Booking], rule: Deadline, office: Office, actor: Actor, now: datetime) -> list[Booking]:
    """Return the visits that can still be changed; those that ended stay as they are.

    Refuse when there is none, when a crew is on its way to one, or when it is too late; staff may still do it until the
    crew is on its way.
    """
    going = [visit for visit in visits if visit.state not in ENDED]
    bound = next((visit for visit in going or visits if visit.state not in OPEN), None)
    if bound is not None:
        raise ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot be changed any more."),
            reference=bound.reference,
            state=bound.state,
        )
    if not _is_staff(actor) and _passed(office, rule, going[0], now):
        raise ConflictError.one(
            "too-late",
            N_("This was possible until %(until)s. Call us: the dispatcher sees what can still be done."),
            until=f"{office.clock.local(_moment(office, rule, going[0])):%Y-%m-%d %H:%M}",
        )
    return going


def _is_staff(actor: Actor) -> bool:
    return actor.kind == "system" or (actor.kind == "person" and actor.role is not Role.RESIDENT)


def _passed(office: Office, rule: Deadline, b: Booking, now: datetime) -> bool:
    return rule.passed(office.clock, b.service_day, b.promise_start, b.promise_end, b.state, now)


def _moment(office: Office, rule: Deadline, b: Booking) -> datetime:
    return rule.moment(office.clock, b.service_day, b.promise_start, b.promise_end)


def _wish(day: date | None, span: str) -> BookingRequest:
    return BookingRequest({}, "", None, None, "", 0, False, day, span, "", "")


def _inside(request: BookingRequest, booking: Booking) -> BookingRequest:
    return replace(request, day=request.day or booking.service_day, window=request.window or booking.window)
