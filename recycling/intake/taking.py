"""Taking the rows of a file: each row a booking that is made once, however often the file is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import Action, demand
from recycling.booking import BookingRequest, Office, offers, open_days, ranked
from recycling.booking.checks import checked, clean, need_of_wish
from recycling.booking.duplicates import refuse_duplicate
from recycling.booking.legs import split
from recycling.booking.taking import enter, estimate, name, window_of_booking
from recycling.counter.taking import refuse_other_depot
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.intake.columns import Row, fields_of, row_of
from recycling.intake.reading import Line
from recycling.intake.report import BOOKED, KNOWN, LEFT, REFUSED, SOUND, Outcome, Report
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
    fields = fields_of(lines[0])
    with office.database.read() as session:
        scene = "shop" if actor.role is Role.RETAILER else "home"
        rows = _numbered_once([row_of(session, office.catalogue, fields, line, scene) for line in lines[1:]])
    if not (dry or all_or_nothing):
        return Report([_alone(office, row, sender, actor, now) for row in rows])
    return _together(office, rows, sender, actor, now, dry)


class _GoneBackError(Exception):
    """Ends a unit of work so that nothing of it stays."""


def _together(office: Office, rows: Sequence[Row], sender: str, actor: Actor, now: datetime, dry: bool) -> Report:
    """Take all rows in one unit of work, which stays only if every row is sound and it is no trial."""
    outcomes: list[Outcome] = []
    try:
        with office.database.write() as session:
            for row in sorted(rows, key=_time_order):  # windows are locked in the order of everybody else
                try:
                    with session.begin_nested():
                        outcomes.append(_take(session, office, row, sender, actor, now))
                except DomainError as error:
                    outcomes.append(_refused(row, error.faults))
                except IntegrityError:
                    outcomes.append(_refused(row, [_meanwhile()]))
            if dry or any(outcome.state == REFUSED for outcome in outcomes):
                raise _GoneBackError
    except _GoneBackError:
        outcomes.sort(key=lambda outcome: outcome.line)
        state = SOUND if dry else LEFT
        return Report([replace(o, state=state, reference="") if o.state == BOOKED else o for o in outcomes])
    return Report(sorted(outcomes, key=lambda outcome: outcome.line))


def _time_order(row: Row) -> tuple[bool, date, str]:
    return row.anytime, row.wish.day or date.max, row.wish.window


def _alone(office: Office, row: Row, sender: str, actor: Actor, now: datetime) -> Outcome:
    """Take one row in a unit of its own; a twin of it that was quicker is looked up by the second try."""
    for _ in range(2):
        try:
            with office.database.write() as session:
                return _take(session, office, row, sender, actor, now)
        except DomainError as error:
            return _refused(row, error.faults)
        except IntegrityError:
            continue
    return _refused(row, [_meanwhile()])


def _take(session: Session, office: Office, row: Row, sender: str, actor: Actor, now: datetime) -> Outcome:
    if row.faults:
        raise BadRequestError(*row.faults)
    key = _key(sender, row.external)
    query = select(Booking).where(Booking.idempotency_key == key).options(selectinload(Booking.lines))
    known = session.scalar(query) if row.external else None
    if known is not None:
        return _known(row, known)
    wish = _with_window(session, office, row, now) if row.anytime else row.wish
    booking = checked(session, office, wish, now)
    refuse_other_depot(actor, Action.BOOKING_IMPORT, booking.depot_code)
    if not wish.different:
        refuse_duplicate(session, office, booking, door_only=True)
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
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        first = seen.setdefault(row.external, row.line)
        faults = list(row.wish.unreadable.values()) if "id" in row.wish.unreadable else []
        if row.external and first != row.line:
            text = N_("This number stands in line %(line)s already. Give each row its own.")
            faults.append(Fault("id", "id-twice", text, {"line": first}))
        found.append(replace(row, faults=faults))
    return found


def _key(sender: str, external: str) -> str:
    """Return the key under which a sender's row is made once."""
    text = f"{sender.casefold()}\n{external}"
    return f"import-{hashlib.sha256(text.encode()).hexdigest()[:48]}"


def _outcome(row: Row, state: str, made: Booking) -> Outcome:
    return Outcome(row.line, row.external, state, made.reference, made.service_day.isoformat(), made.window)


def _refused(row: Row, faults: Sequence[Fault]) -> Outcome:
    return Outcome(row.line, row.external, REFUSED, faults=tuple(faults))


def _meanwhile() -> Fault:
    return Fault("id", "sent-twice", N_("The same row is being imported just now. Send the file again in a minute."))
