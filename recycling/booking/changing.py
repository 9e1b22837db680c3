"""What residents and clerks do with a booking that stands: move it, change what it says, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, may
from recycling.booking import holds, life
from recycling.booking.capacity import Window, shift
from recycling.booking.checks import MOST_REASON, clean, window_of
from recycling.booking.duplicates import take_turns
from recycling.booking.guards import refuse_staff_only, refuse_what_was_not_booked
from recycling.booking.no_shows import is_staff_s
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import estimate, share_of, window_of_booking
from recycling.deadlines import Deadline
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.holidays import Closed
from recycling.models import Booking
from recycling.models.booking import ENDED

OPEN = ("booked", "planned")


@dataclass(frozen=True)
class Rights:
    """What may still be done with a booking by whoever holds its link, and until when.

    Attributes
    ----------
    late
        The resident was told that the crew comes late, so that moving and cancelling are open until the day is over, as
        long as no crew is on its way.
    amend
        Whether what it says may be changed; a delay does not open that again.
    """

    move: bool
    cancel: bool
    move_until: datetime
    cancel_until: datetime
    late: bool
    amend: bool


def rights(office: Office, booking: Booking, now: datetime) -> Rights:
    """Return what a resident may still do with a booking; for a number for which only staff book, only staff move."""
    rules = office.settings.booking
    open_, late = booking.state in OPEN, told_late(office, booking, now)
    in_time = [open_ and not _passed(office, rule, booking, now) for rule in (rules.moving, rules.cancelling)]
    move, cancel = (open_ and (late or there) for there in in_time)
    move = move and (late or booking.first or not _is_staff_s(office, booking))
    moving, cancelling = (_moment(office, rule, booking) for rule in (rules.moving, rules.cancelling))
    if late:
        moving, cancelling = (max(moment, _day_over(office, booking)) for moment in (moving, cancelling))
    return Rights(move, cancel, moving, cancelling, late, in_time[0])


def _is_staff_s(office: Office, booking: Booking) -> bool:
    """Tell whether only staff book for the number of a booking."""
    with office.database.read() as session:
        return is_staff_s(session, office, booking.phone)


def move(
    office: Office,
    booking: Booking,
    day: date,
    span: str,
    actor: Actor,
    now: datetime,
    owner: str = "",
    why: str = "",
    different: bool = False,
) -> Booking:
    """Bring a booking with all its visits into another window, or leave it where it is.

    The new window is taken before the old one is given back, in one unit of work. A window that is kept for `owner` is
    used. Moving to the window in which it stands changes nothing. `why` is what was said of it, for the audit log;
    `different` says that a booking near that day which looks the same is another one. Where staff take it off a day on
    which nobody drives, its resident is told so.

    Raises
    ------
    ConflictError
        When the window is full, it is too late, somebody else changed the booking meanwhile, or one of the guards that
        `book` has refuses what it would become.
    """
    there = Window(booking.depot_code, day, span)
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        if _stands_in(visits, there):
            return visits[0]
        start, end = _promise(office, there, now)
        going = still_open(the_same(visits, booking), office.settings.booking.moving, office, actor, now)
        refuse_staff_only(session, office, visits[0], actor, told_late(office, visits[0], now))
        refuse_what_was_not_booked(session, office, visits, going, (day, end), now, different)
        estimate(session, office, going, there, owner, now)  # on what is read here; the record is written below
        seconds = {visit.id: visit.seconds for visit in going}
        bonus = {visit.id: visit.bonus for visit in going}
    with office.database.write() as session:
        take_turns(session, visits[0])
        visits = life.visits_of(session, booking)
        if _stands_in(visits, there):
            return visits[0]  # a twin of this request was quicker
        going = [visit for visit in the_same(visits, booking) if visit.id in seconds]
        refuse_what_was_not_booked(session, office, visits, going, (day, end), now, different)
        kept = holds.claimed(session, owner, now)
        shift(
            session,
            office,
            [*map(holds.share_of, kept), *map(share_of, going)],
            [replace(share_of(visit), window=there, seconds=seconds[visit.id]) for visit in going],
        )
        closed = office.settings.holidays.on(visits[0].service_day) if actor.is_staff else None
        for visit in going:
            life.change(
                session,
                visit,
                "booked",
                actor,
                "booking.moved",
                now,
                "moved_closed" if closed else "moved",
                _off_the_day(visit, closed) if closed else {},
                why=clean(why)[:MOST_REASON],
                service_day=day,
                window=span,
                seconds=seconds[visit.id],
                bonus=bonus[visit.id],
                promise_start=start,
                promise_end=end,
                working_start=start,
                working_end=end,
                **(_left(visit, closed) if closed else {}),
            )
        return visits[0]


def _off_the_day(visit: Booking, closed: Closed) -> dict[str, object]:
    """Return what the message says of a visit that is taken off a closed day."""
    name = closed.zh if visit.language.startswith("zh") else closed.en or ""
    return {"from_start": visit.promise_start, "from_end": visit.promise_end, "why": name}


def _left(visit: Booking, closed: Closed) -> dict[str, Any]:
    """Return what a visit keeps of the closed day that it is taken off."""
    return {
        "moved_from_start": visit.promise_start,
        "moved_from_end": visit.promise_end,
        "closed_zh": closed.zh,
        "closed_en": closed.en or "",
    }


def cancel(office: Office, booking: Booking, reason: str, actor: Actor, now: datetime) -> Booking:
    """Cancel a booking with all its visits; one that is cancelled already stays as it is.

    When the crew is on its way only staff may still do it, who tell the crew.

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
        for visit in still_open(visits, office.settings.booking.cancelling, office, actor, now, _cancellable(actor)):
            life.change(session, visit, "cancelled", actor, "booking.cancelled", now, "cancelled", reason=why)
        return visits[0]


def staff_can_cancel(visits: Sequence[Booking], actor: Actor) -> bool:
    """Tell whether somebody at the counter can cancel a booking of these visits now."""
    going = [visit for visit in visits if visit.state not in ENDED]
    depots = all(may(actor, Action.BOOKING_CHANGE, Subject.booked(visit)) for visit in going)
    return actor.is_staff and bool(going) and depots and all(visit.state in _cancellable(actor) for visit in going)


def _cancellable(actor: Actor) -> Sequence[str]:
    return (*OPEN, "on_the_way") if actor.is_staff else OPEN


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


def the_same(visits: list[Booking], seen: Booking) -> list[Booking]:
    """Return the visits; ConflictError when the booking is no longer what was looked at."""
    if not any(visit.id == seen.id and visit.version == seen.version for visit in visits):
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Booking %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
            reference=seen.reference,
        )
    return visits


def still_open(
    visits: Sequence[Booking],
    rule: Deadline,
    office: Office,
    actor: Actor,
    now: datetime,
    still: Sequence[str] = OPEN,
    late: bool = True,
) -> list[Booking]:
    """Return the visits that can still be changed; those that ended stay as they are.

    Refuse when there is none, when one is in none of the states in which it can `still` be done, or when it is too late
    for anybody but staff; unless, with `late`, the resident was told that the crew comes late.
    """
    going = [visit for visit in visits if visit.state not in ENDED]
    bound = next((visit for visit in going or visits if visit.state not in still), None)
    if bound is not None and bound.state == "on_the_way":
        raise ConflictError.one(
            "wrong-state",
            N_("The crew is on its way for booking %(reference)s. Call us: the dispatcher tells the crew."),
            reference=bound.reference,
        )
    if bound is not None:
        raise ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot be changed any more."),
            reference=bound.reference,
            state=bound.state,
        )
    waits = late and told_late(office, visits[0], now)
    if not actor.is_staff and not waits and _passed(office, rule, going[0], now):
        raise ConflictError.one(
            "too-late",
            N_("This was possible until %(until)s. Call us: the dispatcher sees what can still be done."),
            until=f"{office.clock.local(_moment(office, rule, going[0])):%Y-%m-%d %H:%M}",
        )
    return going


def told_late(office: Office, b: Booking, now: datetime) -> bool:
    """Tell whether a resident was told of a delay of this promise, and its day is not over."""
    return b.late_told_at is not None and now < _day_over(office, b)


def _day_over(office: Office, b: Booking) -> datetime:
    return office.clock.midnight(b.service_day + timedelta(days=1))


def _passed(office: Office, rule: Deadline, b: Booking, now: datetime) -> bool:
    return rule.passed(office.clock, b.service_day, b.promise_start, b.promise_end, b.state, now)


def _moment(office: Office, rule: Deadline, b: Booking) -> datetime:
    return rule.moment(office.clock, b.service_day, b.promise_start, b.promise_end)


def _wish(day: date | None, span: str) -> BookingRequest:
    return BookingRequest({}, "", None, None, "", 0, False, day, span, "", "")
