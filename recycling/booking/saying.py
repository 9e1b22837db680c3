"""Changing what a booking says: things, door, name and note, in the window in which it stands or in another.

What it is changed into may take more visits than it has, or fewer: then visits come to it, or are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.audit import record
from recycling.booking import handed, life
from recycling.booking.bonus import bonus_of
from recycling.booking.capacity import Window, shift
from recycling.booking.changing import move, still_open, the_same, told_late
from recycling.booking.checks import checked
from recycling.booking.days import open_days
from recycling.booking.duplicates import take_turns
from recycling.booking.facts import facts
from recycling.booking.guards import refuse_staff_only, refuse_what_was_not_booked
from recycling.booking.legs import split
from recycling.booking.offers import door_seconds, seconds_of
from recycling.booking.office import Office
from recycling.booking.outgrown import refuse_other_vehicle
from recycling.booking.request import BookingRequest
from recycling.booking.taking import name_more, need_of, remember_pin, share_of, window_of_booking
from recycling.booking.workload import together
from recycling.booking.writing import write_new
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking
from recycling.models.booking import ENDED

SAID = (
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
    "language",
)
"""What a booking says, beside its lines."""

WORDS = ("contact", "note", "trade_in", "language")
"""What is said to the crew alone: it takes nothing more, and nobody else may have booked it."""

PROMISED = ("service_day", "window", "promise_start", "promise_end", "working_start", "working_end")


@dataclass(frozen=True)
class _Step:
    """What a change is called in the audit log and in the message, and the state that it leads to (None: the same)."""

    action: str
    message: str
    state: str | None
    values: tuple[str, ...] = ()


AMENDED = _Step("booking.amended", "amended", None)
CHANGED = _Step("booking.changed", "moved", "booked", PROMISED)


def amend(office: Office, booking: Booking, request: BookingRequest, actor: Actor, now: datetime) -> Booking:
    """Change what a booking says, all that could be said when it was made, in the window in which it stands.

    The request describes the whole booking as it shall be, with all its visits; one that describes what it is already
    changes nothing. More time at the door is taken from the window first.

    Raises
    ------
    BadRequestError
        With a fault for each field that must be mended.
    ConflictError
        When the window has no room for more, it is too late, the change would need another depot, a part has been
        collected, the vehicle on whose route it stands could not do it, or a guard of `book` refuses what it would be.
    """
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        wanted = checked(session, office, _inside(request, booking), now, open_only=False, agreed=_pieces(visits))
        legs = split(office, wanted)
        there = window_of_booking(visits[0])
        if window_of_booking(wanted) == there and _says(visits) == _says(legs):
            return visits[0]
        still_open(the_same(visits, booking), office.settings.booking.moving, office, actor, now, late=False)
        handed.refuse_accepted(session, visits)
        if (wanted.service_day, wanted.window) != (booking.service_day, booking.window):
            raise BadRequestError.one(
                "not-a-move", N_("Move the booking first, then change what it says."), where="day"
            )
        if _words_apart(visits) != _words_apart(legs):
            refuse_staff_only(session, office, visits[0], actor, late=False)
        _refuse(session, office, visits, wanted, legs, actor, now, request.different)
        refuse_other_vehicle(session, office, visits, legs)
        _estimate(session, office, visits, legs, there)
    return _write(office, booking, wanted, legs, there, actor, now, request, AMENDED)


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
        wanted = checked(session, office, wish, now, agreed=_pieces(visits))
        legs = split(office, wanted)
        if _says(visits) == _says(legs):
            return move(office, booking, there.day, there.span, actor, now, different=request.different)
        still_open(the_same(visits, booking), office.settings.booking.moving, office, actor, now)
        refuse_staff_only(session, office, visits[0], actor, told_late(office, visits[0], now))
        _refuse(session, office, visits, wanted, legs, actor, now, request.different)
        _estimate(session, office, visits, legs, there)
        need = together([need_of(office, leg) for leg in legs])
        legs[0].bonus = bonus_of(session, office, need, there, but=visits[0].id)
    return _write(office, booking, wanted, legs, there, actor, now, request, CHANGED)


def _refuse(
    session: Session,
    office: Office,
    visits: Sequence[Booking],
    wanted: Booking,
    legs: Sequence[Booking],
    actor: Actor,
    now: datetime,
    different: bool,
) -> None:
    """Refuse a change that nobody can make of a booking, or nobody but staff."""
    head = visits[0]
    if wanted.phone != head.phone and not actor.is_staff:  # points and money go to it, and many may hold the link
        raise ConflictError.one(
            "number-stays",
            N_("The telephone number stays with the booking: points and money go to it. Call us to change it."),
            where="phone",
        )
    if wanted.depot_code != head.depot_code:
        raise ConflictError.one(
            "needs-new-booking",
            N_("This change needs other vehicles. Cancel the booking and make a new one."),
            where="items",
        )
    if any(visit.state in ENDED for visit in visits):
        raise ConflictError.one(
            "partly-done",
            N_("A part of this booking is done already, so the rest stays as it is. Book other things anew."),
            where="items",
        )
    if len(legs) > len(visits) and wanted.service_day not in open_days(office.settings, now):
        raise ConflictError.one(
            "one-vehicle-more",
            N_("This takes one more vehicle on a day that is planned already. Move it first, or book the rest anew."),
            where="items",
        )
    refuse_what_was_not_booked(session, office, visits, legs, (wanted.service_day, wanted.promise_end), now, different)


def _estimate(
    session: Session, office: Office, visits: Sequence[Booking], legs: Sequence[Booking], there: Window
) -> None:
    """Set what the visits would take of a window; those that stay at their door in it keep their way to it."""
    head = visits[0]
    stays = window_of_booking(head) == there and (head.lon, head.lat) == (legs[0].lon, legs[0].lat)
    for number, leg in enumerate(legs):
        need = need_of(office, leg)
        if stays and number < len(visits):
            way = max(0, visits[number].seconds - door_seconds(office, need_of(office, visits[number])))
            leg.seconds = way + door_seconds(office, need)
        else:
            leg.seconds = seconds_of(session, office, need, there, but=head.id)


def _write(
    office: Office,
    booking: Booking,
    wanted: Booking,
    legs: Sequence[Booking],
    there: Window,
    actor: Actor,
    now: datetime,
    request: BookingRequest,
    step: _Step,
) -> Booking:
    """Make the visits of a booking those that are wanted, and tell of it once."""
    with office.database.write() as session:
        take_turns(session, wanted)
        visits = the_same(life.visits_of(session, booking), booking)
        refuse_what_was_not_booked(
            session, office, visits, legs, (wanted.service_day, wanted.promise_end), now, request.different
        )
        taken = [replace(share_of(leg), window=there) for leg in legs]
        shift(session, office, map(share_of, visits), taken)
        told = {"pieces": sum(line.pieces for leg in legs for line in leg.lines)} if step is AMENDED else {}
        for visit, leg in zip(visits, legs, strict=False):
            _become(session, visit, leg, step, told, actor, now)
        for visit in visits[len(legs) :]:
            life.change(
                session, visit, "cancelled", actor, "booking.cancelled", now, room_given=True, reason=life.MERGED
            )
        more = legs[len(visits) :]
        for leg in more:
            name_more(visits[0], leg, now)
        if more:
            write_new(session, more)
        for leg in more:
            record(session, actor, "booking.made", "booking", leg.id, None, facts(leg), now, first=True)
        remember_pin(session, request, visits[0], now)
        return visits[0]


def _become(
    session: Session, visit: Booking, leg: Booking, step: _Step, told: Mapping[str, Any], actor: Actor, now: datetime
) -> None:
    values = {name: getattr(leg, name) for name in (*SAID, *step.values)}
    if step is CHANGED:
        values["bonus"] = leg.bonus or 0
    life.change(
        session,
        visit,
        step.state or visit.state,
        actor,
        step.action,
        now,
        step.message,
        told,
        lines=leg.lines,
        seconds=leg.seconds,
        **values,
    )


def _says(visits: Sequence[Booking], without: Sequence[str] = ()) -> list[tuple[object, ...]]:
    """Return all that can be changed of each visit, in an order that hangs on nothing else."""
    names = [name for name in SAID if name not in without]
    said = [
        (
            *(getattr(visit, name) for name in names),
            *((line.item, line.pieces, line.dismantle) for line in visit.lines),
        )
        for visit in visits
    ]
    return sorted(said, key=repr)


def _words_apart(visits: Sequence[Booking]) -> list[tuple[object, ...]]:
    return _says(visits, WORDS)


def _pieces(visits: Sequence[Booking]) -> Mapping[str, int]:
    """Return how many pieces of each thing a booking has, which it may keep."""
    pieces: Counter[str] = Counter()
    for visit in visits:
        pieces.update({line.item: line.pieces for line in visit.lines})
    return pieces


def _inside(request: BookingRequest, booking: Booking) -> BookingRequest:
    return replace(request, day=request.day or booking.service_day, window=request.window or booking.window)
