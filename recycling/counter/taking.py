"""Booking for a caller, or from a paper form that was filled in while nothing else worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking import BookingRequest, Office, book, wait
from recycling.booking.checks import checked, clean
from recycling.booking.taking import check_key, earlier
from recycling.booking.waiting import in_any_window
from recycling.errors import N_, BadRequestError, Fault, ForbiddenError
from recycling.models import Booking, Waiting

OLDEST_PAPER = timedelta(days=7)
MOST_NUMBER = 20


@dataclass(frozen=True)
class Paper:
    """A paper form: its printed number, and when it was filled in."""

    number: str
    written: datetime


def book_at_counter(
    office: Office, request: BookingRequest, key: str, actor: Actor, now: datetime, paper: Paper | None = None
) -> Booking:
    """Take the booking for a caller, or nothing; see `recycling.booking.book`.

    A paper form keeps its own time: the booking counts as asked for then, and the audit log says so with its number.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the window is full, or the same has been booked already.
    ForbiddenError
        When the place is served by a depot that the actor does not work for.
    """
    demand(actor, Action.BOOKING_TAKE)
    check_key(key)
    faults = _faults(paper, now) if paper else []
    with office.database.read() as session:
        again = earlier(session, key, request)
        if again is None:
            try:
                again = checked(session, office, request, now)
            except BadRequestError as error:
                raise BadRequestError(*error.faults, *faults) from error
    if faults:
        raise BadRequestError(*faults)
    refuse_other_depot(actor, Action.BOOKING_TAKE, again.depot_code)
    written, source = None, None
    if paper is not None:
        written = paper.written
        source = {"paper": clean(paper.number), "written": written.isoformat(), "entered": now.isoformat()}
    return book(office, request, key, now, "clerk", actor, written=written, source=source)


def wait_at_counter(
    office: Office, request: BookingRequest, last_day: date, key: str, actor: Actor, now: datetime
) -> Waiting:
    """Put a caller's wish on the waiting list; see `recycling.booking.wait`.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the key already stands for another wish, or bookings for the number are taken by telephone only.
    ForbiddenError
        When the place is served by a depot that the actor does not work for.
    """
    demand(actor, Action.BOOKING_TAKE)
    check_key(key)
    with office.database.read() as session:
        draft = checked(session, office, in_any_window(office, request, now), now, open_only=False)
    refuse_other_depot(actor, Action.BOOKING_TAKE, draft.depot_code)
    return wait(office, request, last_day, key, now, actor=actor)


def refuse_other_depot(actor: Actor, action: Action, depot: str) -> None:
    """Raise ForbiddenError when the actor does not work for the depot that serves a place."""
    if not may(actor, action, Subject(depot=depot)):
        raise ForbiddenError.one(
            "other-depot",
            N_("This place is served by depot %(depot)s, for which you do not work. Pass the call on to that depot."),
            where="community",
            depot=depot,
        )


def _faults(paper: Paper, now: datetime) -> list[Fault]:
    faults = []
    number = clean(paper.number)
    if not number or len(number) > MOST_NUMBER:
        faults.append(
            Fault(
                "paper_number",
                "no-paper-number",
                N_("Enter the number of the paper form, at most %(most)s signs."),
                {"most": MOST_NUMBER},
            )
        )
    if paper.written > now:
        faults.append(Fault("written", "later-than-now", N_("The form cannot have been filled in later than now.")))
    elif paper.written < now - OLDEST_PAPER:
        faults.append(
            Fault(
                "written",
                "too-old",
                N_("Paper forms of the last %(days)s days can be entered. Call the resident and book anew."),
                {"days": OLDEST_PAPER.days},
            )
        )
    return faults
