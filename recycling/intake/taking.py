"""Taking the rows of a file: each row a booking that is made once, however often the file is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import Action, demand
from recycling.booking import BookingRequest, Office, offers, open_days, ranked
from recycling.booking.checks import checked, clean, need_of_wish
from recycling.booking.duplicates import refuse_duplicate
from recycling.booking.legs import split
from recycling.booking.taking import enter, estimate, name, window_of_booking
from recycling.counter.taking import refuse_other_depot
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.intake.cells import fields_of
from recycling.intake.columns import COLUMNS, Row, row_of
from recycling.intake.reading import Line
from recycling.intake.report import BOOKED, KNOWN, Outcome, Report
from recycling.intake.rows import take_rows, twice
from recycling.models import Booking

CHANNEL = "import"
MOST_SENDER = 40


def take_in(
    office: Office,
    lines: Sequence[Line],
    sender: str,
    actor: Actor,
    now: datetime,
    all_or_nothing: bool = False,
    dry: bool = False,
) -> Report:
    """Book the rows of a table, whose head comes first, and tell what became of each.

    The sender's own number of a row makes it once: the same row again is known and changes nothing. Without a window
    it gets the best one that can be kept; where it does not say what kind of place it is, it is a shop if a shop sends
    the file, else a home. With `all_or_nothing` one refused row leaves all others unbooked; `dry`
    books nothing and tells what would be.

    Raises
    ------
    BadRequestError
        When the table as a whole cannot be used: no rows, missing columns, no sender.
    ForbiddenError, SignInNeededError
        When the actor may not import.
    """
    demand(actor, Action.BOOKING_IMPORT)
    sender = clean(sender)
    if not 1 <= len(sender) <= MOST_SENDER:
        raise BadRequestError.one(
            "no-sender",
            N_("Enter who sends the file, at most %(most)s signs: its numbers are told apart by that."),
            where="sender",
            most=MOST_SENDER,
        )
    if len(lines) < 2:
        raise BadRequestError.one("no-rows", N_("The file has no rows below its head. Fill them in."), where="file")
    fields = fields_of(COLUMNS, lines[0])
    with office.database.read() as session:
        scene = "shop" if actor.role is Role.RETAILER else "home"
        rows = _numbered_once([row_of(session, office.catalogue, fields, line, scene) for line in lines[1:]])

    def take(session: Session, row: Row) -> Outcome:
        return _take(session, office, row, sender, actor, now)

    return take_rows(office.database, rows, take, all_or_nothing, dry, _time_order)


def _time_order(row: Row) -> tuple[bool, date, str]:
    return row.anytime, row.wish.day or date.max, row.wish.window


def _take(session: Session, office: Office, row: Row, sender: str, actor: Actor, now: datetime) -> Outcome:
    key = _key(sender, row.external)
    query = select(Booking).where(Booking.idempotency_key == key).options(selectinload(Booking.lines))
    known = session.scalar(query) if row.external else None
    if known is not None:
        return _known(row, known)
    wish = _with_window(session, office, row, now) if row.anytime else row.wish
    booking = checked(session, office, wish, now)
    refuse_other_depot(actor, Action.BOOKING_IMPORT, booking.depot_code)
    if not wish.different:
        refuse_duplicate(session, office, booking, "import")
    legs = split(office, booking)
    estimate(session, office, legs, window_of_booking(booking), key, now)
    name(legs, wish, key, now, CHANNEL)
    enter(session, office, legs, actor, now, {"import": sender, "id": row.external, "line": row.line})
    return _outcome(row, BOOKED, legs[0])


def _known(row: Row, known: Booking) -> Outcome:
    """Return that a row was booked before; a fault where it said something else then."""
    wish = row.wish
    if row.anytime:
        wish = replace(wish, day=known.service_day, window=known.window)
        same = wish.digest() == known.request_digest and row.wish.day in (None, known.service_day)
    else:
        same = wish.digest() == known.request_digest
    if same:
        return _outcome(row, KNOWN, known)
    raise ConflictError.one(
        "id-used",
        N_(
            "A row of this number is booked already as %(reference)s, with other entries. Change that booking, or give"
            " the row a new number."
        ),
        where="id",
        reference=known.reference,
    )


def _with_window(session: Session, office: Office, row: Row, now: datetime) -> BookingRequest:
    """Return the wish in the best window that can be kept; all that is wrong with the row otherwise."""
    days = open_days(office.settings, now)
    span = str(office.settings.service.window_spans[0])
    checked(session, office, replace(row.wish, day=row.wish.day or days[0], window=span), now, open_only=False)
    wanted = [day for day in days if row.wish.day in (None, day)]
    need = need_of_wish(session, office, row.wish, now)
    for offer in ranked(offers(session, office, need, now, wanted)):
        return replace(row.wish, day=offer.window.day, window=offer.window.span)
    raise ConflictError.one(
        "no-window",
        N_("No window can be kept for this row. Name another day, or leave the day out."),
        where="day",
    )


def _numbered_once(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, each with a number that stood above it already as a fault."""
    again = twice(rows)
    found = []
    for row in rows:
        faults = list(row.wish.unreadable.values()) if "id" in row.wish.unreadable else []
        found.append(replace(row, faults=[*faults, *([again[row.line]] if row.line in again else [])]))
    return found


def _key(sender: str, external: str) -> str:
    """Return the key under which a sender's row is made once."""
    text = f"{sender.casefold()}\n{external}"
    return f"import-{hashlib.sha256(text.encode()).hexdigest()[:48]}"


def _outcome(row: Row, state: str, made: Booking) -> Outcome:
    return Outcome(row.line, row.external, state, made.reference, made.service_day.isoformat(), made.window)
