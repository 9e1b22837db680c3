"""The waiting list: whoever found no window is offered the first one that becomes free, for two hours."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import holds
from recycling.booking.capacity import WindowFullError
from recycling.booking.checks import checked
from recycling.booking.days import bookable_days, closes_at, leaves_at, planned_days
from recycling.booking.duplicates import refuse_crowding, take_turns_of
from recycling.booking.keeping import keep_window
from recycling.booking.no_shows import refuse_no_shows
from recycling.booking.offers import offers, ranked
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import book, check_key, need_of
from recycling.booking.waiting_told import tell_missed, tell_offer, tell_place
from recycling.errors import N_, ConflictError, DomainError, NotFoundError
from recycling.models import Booking, Hold, Waiting
from recycling.notify.changes import WAITS
from recycling.notify.quiet import loud_from

log = structlog.get_logger()


def wait(
    office: Office,
    request: BookingRequest,
    last_day: date,
    key: str,
    now: datetime,
    call_back: bool = False,
    actor: Actor | None = None,
    asked: bool = True,
) -> Waiting:
    """Put a wish on the waiting list for all days that can be booked until `last_day`; the same key is the same place.

    One message tells of it. A person of staff who does it for somebody is `actor`, and stands in the audit log. Unless
    it was `asked` for, but is ours to do, it is told otherwise and counts for no limit.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended; a window needs not be chosen.
    ConflictError
        When the key already stands for another wish, the number has as many places as it may have, or only staff book
        for it: then it can wait for a call.
    """
    check_key(key)
    first = _first_day(office, now)
    any_window = in_any_window(office, request, now)
    again = _earlier(office, key, request)
    if again is not None:
        return again
    with office.database.read() as session:
        draft = checked(session, office, any_window, now, open_only=False)
        if not call_back:
            refuse_no_shows(session, office, draft.phone)
    waiting = Waiting(
        id=uuid.uuid4(),
        token=secrets.token_urlsafe(24),
        idempotency_key=key,
        depot_code=draft.depot_code,
        first_day=first,
        last_day=max(last_day, first),
        wish=any_window.to_json(),
        phone=draft.phone,
        call_back=call_back,
        asked_at=now,
    )
    try:
        with office.database.write() as session:
            if asked:
                take_turns_of(session, draft.phone)
                if session.scalar(select(Waiting.id).where(Waiting.idempotency_key == key)) is None:
                    refuse_crowding(session, office, draft.phone, call_back, now)
            session.add(waiting)
            session.flush()
            if asked:
                tell_place(session, office, waiting, "waiting_call" if call_back else "waiting_joined", now)
            if actor is not None:
                until = {"first_day": first.isoformat(), "last_day": waiting.last_day.isoformat()}
                audit.record(session, actor, "waiting.made", "waiting", waiting.id, None, until, now, first=True)
    except IntegrityError:
        twin = _earlier(office, key, request)
        if twin is None:
            raise
        return twin
    return waiting


def in_any_window(office: Office, request: BookingRequest, now: datetime) -> BookingRequest:
    """Return a request that names no window with the first one, so that all else of it can be checked."""
    span = str(office.settings.service.window_spans[0])
    return replace(request, day=request.day or _first_day(office, now), window=request.window or span)


def _first_day(office: Office, now: datetime) -> date:
    return next(iter(bookable_days(office, now)), office.clock.today(now) + timedelta(days=1))


def _earlier(office: Office, key: str, request: BookingRequest) -> Waiting | None:
    """Return the place that the key took before; ConflictError when it was for another wish."""
    with office.database.read() as session:
        found = session.scalar(select(Waiting).where(Waiting.idempotency_key == key))
    if found is None:
        return None
    kept = BookingRequest.from_json(found.wish)
    same = replace(request, day=request.day or kept.day, window=request.window or kept.window)
    if same.digest() != kept.digest():
        raise ConflictError.one(
            "key-used",
            N_("This form has already been sent with other entries. Open the booking page anew for a second booking."),
            where="key",
        )
    return found


def offer_what_is_free(office: Office, now: datetime) -> list[Waiting]:
    """Let old offers lapse, then offer what is free to those who wait, the longest first; return these.

    On days that are planned that is what fits their routes. A window is kept for two hours from when the message can
    leave, or until its day can be booked no longer if that is sooner; what would end before that is offered to nobody.
    """
    with office.database.write() as session:
        holds.expire(session, now)
        for lapsed in session.scalars(select(Waiting).where(Waiting.state == "offered", Waiting.until <= now)):
            booking = session.scalar(select(Booking.id).where(Booking.idempotency_key == owner_of(lapsed)))
            _end(lapsed, "booked" if booking else "lapsed", now, booking)  # booked where accepting was cut off half way
            if booking is None:
                tell_missed(session, office, lapsed, now)
        for old in session.scalars(
            select(Waiting).where(Waiting.state == "waiting", Waiting.last_day < office.clock.today(now))
        ):
            _end(old, "lapsed", now)
            tell_place(session, office, old, "waiting_over", now)
    with office.database.read() as session:
        line = session.scalars(
            select(Waiting.id)
            .where(Waiting.state == "waiting", ~Waiting.call_back)
            .order_by(Waiting.asked_at, Waiting.id)
        ).all()
    made = []
    for key in line:
        try:
            found = _offer(office, key, now)
        except DomainError as error:  # such as an item that is taken no longer: the others wait on
            log.warning("a wish that waits can not be served as it stands", waiting=str(key), why=str(error))
            continue
        if found is not None:
            made.append(found)
    return made


def accept(office: Office, token: str, now: datetime, actor: Actor = ANONYMOUS, different: bool = False) -> Booking:
    """Book the window that is kept for somebody who waited.

    `different` says that an open booking which looks the same is another one, unless that was said with the wish.

    Raises
    ------
    NotFoundError
        When there is no such place on the list.
    ConflictError
        When the offer has ended, or `book` refuses it: as when the same was booked otherwise meanwhile.
    """
    with office.database.read() as session:
        waiting = by_token(session, token)
    if waiting.state == "booked":
        with office.database.read() as session:
            made = session.get(Booking, waiting.booking_id)
        if made is not None:
            return made
    if waiting.state != "offered" or waiting.until is None or waiting.until <= now:
        raise ConflictError.one(
            "offer-ended", N_("This offer has ended. Book another window, or wait for the next one.")
        )
    wish = BookingRequest.from_json(waiting.wish)
    different = different or wish.different
    wish = replace(wish, day=waiting.offered_day, window=waiting.offered_window, different=different)
    made = book(office, wish, owner_of(waiting), now, "waiting", actor)
    with office.database.write() as session:
        mine = session.get(Waiting, waiting.id, with_for_update=True)
        if mine is not None and mine.state == "offered":
            _end(mine, "booked", now, made.id)
    return made


def withdraw(office: Office, token: str, now: datetime) -> None:
    """Take somebody off the list, with what is kept for them."""
    with office.database.write() as session:
        waiting = session.get_one(Waiting, by_token(session, token).id, with_for_update=True)
        if waiting.state in ("waiting", "offered"):
            holds.let_go(session, owner_of(waiting))
            _end(waiting, "withdrawn", now)
            tell_place(session, office, waiting, "waiting_left", now)


def called(office: Office, key: uuid.UUID, actor: Actor, now: datetime, booking: Booking | None = None) -> None:
    """Note that somebody who asked for a call was called, and what was booked for them then; it leaves the list."""
    with office.database.write() as session:
        waiting = session.get(Waiting, key, with_for_update=True)
        if waiting is None or waiting.state not in ("waiting", "offered"):
            return
        holds.let_go(session, owner_of(waiting))
        after = {"state": "booked" if booking else "withdrawn", "booking": str(booking.id) if booking else ""}
        _end(waiting, after["state"], now, booking.id if booking else None)
        audit.record(session, actor, "waiting.called", "waiting", waiting.id, None, after, now)
        notify.outdate(session, waiting.id, WAITS, now)  # what is said on the telephone needs no message


def _end(waiting: Waiting, state: str, now: datetime, booking: uuid.UUID | None = None) -> None:
    waiting.state, waiting.booking_id, waiting.ended_at = state, booking, now
    waiting.until = waiting.hold_id = None


def the_call(session: Session, actor: Actor, key: uuid.UUID) -> Waiting:
    """Return somebody who waits to be called, to staff who may call.

    Raises
    ------
    NotFoundError
        When nobody of that key waits any more.
    SignInNeededError, ForbiddenError
        When the actor may not.
    """
    found = session.get(Waiting, key)
    if found is None or found.state not in ("waiting", "offered"):
        raise NotFoundError.one("no-call", N_("Somebody has called them already."))
    demand(actor, Action.BOOKING_TAKE, Subject(depot=found.depot_code))
    return found


def by_token(session: Session, token: str) -> Waiting:
    """Return the place on the list that the link opens."""
    found = session.scalar(select(Waiting).where(Waiting.token == token))
    if found is None:
        raise NotFoundError.one(
            "no-waiting", N_("There is no place on the waiting list under this link. Check the link in your message.")
        )
    return found


def owner_of(waiting: Waiting) -> str:
    """Return under which key a window is kept for a place on the list."""
    return f"waiting-{waiting.id}"


class _WaitsNoMoreError(Exception):
    """Somebody else has offered this place a window, or it has left the list."""


def _offer(office: Office, key: uuid.UUID, now: datetime) -> Waiting | None:
    """Keep the cheapest window that fits a wish, if there is one."""
    with office.database.read() as session:
        waiting = session.get_one(Waiting, key)
        wish = BookingRequest.from_json(waiting.wish)
        need = need_of(office, checked(session, office, wish, now, open_only=False))
        days = _days(office, waiting, now)
        found = offers(session, office, need, now, list(days))

    def first(session: Session) -> None:
        if session.get_one(Waiting, key, with_for_update=True).state != "waiting":
            raise _WaitsNoMoreError

    def beside(session: Session, hold: Hold) -> None:
        mine = session.get_one(Waiting, key)
        mine.state, mine.hold_id, mine.until = "offered", hold.id, hold.until
        mine.offered_day, mine.offered_window = hold.service_day, hold.window
        tell_offer(session, office, mine, now)

    for offer in ranked(found):
        until = days[offer.window.day]
        try:
            keep_window(office, owner_of(waiting), need, offer.window, now, until, first, beside)
        except WindowFullError:
            continue
        except _WaitsNoMoreError:
            return None
        with office.database.read() as session:
            return session.get_one(Waiting, key)
    return None


def _days(office: Office, waiting: Waiting, now: datetime) -> dict[date, datetime]:
    """Return the days of which windows can be offered, and until when such an offer stands."""
    told = loud_from(office.settings, now)
    longest = told + timedelta(minutes=office.settings.booking.offer_minutes)
    planned = planned_days(office.settings, now)
    found = {}
    for day in bookable_days(office, now):
        ends = (leaves_at if day in planned else closes_at)(office.settings, day)
        if waiting.first_day <= day <= waiting.last_day and told < ends:
            found[day] = min(longest, ends)
    return found
