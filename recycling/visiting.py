"""What a crew or its dispatcher says of a visit: the crew set off, turned back at once, or came away with nothing."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, notify, tracking
from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import life
from recycling.booking.again import MISSED, follower
from recycling.booking.no_shows import ABSENT
from recycling.db import Database
from recycling.errors import N_, BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.figures import newest_plan
from recycling.models import AuditEvent, Booking, Message
from recycling.notify import load_texts
from recycling.settings import Settings
from recycling.tracking import COMING

UNDO = timedelta(seconds=60)
"""How long it can be taken back that a crew set off; the message to the resident waits for that."""

NOT_SAID = (life.REFUSED, MISSED)
"""Reasons that are not said here: the scale notes a price that was refused, residents that nobody came."""


def sayable(settings: Settings, language: str) -> dict[str, str]:
    """Return why a visit can be said to have come to nothing, in words, by code."""
    words = load_texts(settings).reasons(language)
    return {code: text for code, text in words.items() if code not in NOT_SAID}


def set_off(database: Database, settings: Settings, key: uuid.UUID, actor: Actor, now: datetime) -> Booking:
    """Say that the crew is on its way to a door; its resident is told after `UNDO`, once for this promise.

    The same again changes nothing.

    Raises
    ------
    ConflictError
        On another day than that of the visit, or when it stands on no route.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is no such visit, or the actor may say nothing of it.
    """
    with database.write() as session:
        visit, head = _locked(session, settings, key, actor, now)
        if visit.state == "on_the_way":
            return visit
        if visit.service_day != settings.clock.today(now):
            raise ConflictError.one(
                "not-today",
                N_("A crew sets off on the day of the visit. Booking %(reference)s is for another day."),
                reference=visit.reference,
            )
        _must_be_coming(visit)
        first, last = tracking.coming_hours(session, settings, visit, now)
        link, due = tracking.message_link(session, settings, visit, now), now + UNDO
        life.set_off(session, visit, first, last, actor, now, link, due)
        if visit is not head:  # whichever crew sets off first, the booking's resident is told once
            notify.tell(session, head, "on_the_way", now, link=link, due=due, first=first, last=last)
        return visit


def turned_back(database: Database, settings: Settings, key: uuid.UUID, actor: Actor, now: datetime) -> Booking:
    """Take back, within `UNDO`, that the crew set off; its resident is then told nothing.

    The same again changes nothing.

    Raises
    ------
    ConflictError
        Later, or when the visit has ended.
    NotFoundError, ForbiddenError, SignInNeededError
        As `set_off`.
    """
    with database.write() as session:
        visit, head = _locked(session, settings, key, actor, now)
        if visit.state == "planned":
            return visit
        _must_be_coming(visit)
        said = _set_off_at(session, visit)
        if said is None or now - said >= UNDO:
            raise ConflictError.one(
                "told-already",
                N_("The resident of booking %(reference)s has been told that the crew comes. Say when, or why not."),
                reference=visit.reference,
            )
        life.turned_back(session, visit, actor, now)
        if all(other.state != "on_the_way" for other in life.visits_of(session, head)):
            notify.outdate(session, head.id, ("on_the_way",), now)
        return visit


def failed(database: Database, settings: Settings, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> Booking:
    """Say that a visit came to nothing, for one of the `sayable` reasons; its resident is told, and how to book anew.

    The same again changes nothing.

    Raises
    ------
    BadRequestError
        For another reason.
    ConflictError
        Before the day of the visit, when it stands on no route or has ended; for nobody met as `life.failed`, and
        before a crew that set off can have waited.
    NotFoundError, ForbiddenError, SignInNeededError
        As `set_off`.
    """
    if reason not in sayable(settings, "en"):
        raise BadRequestError.one("no-reason", N_("Choose why the visit came to nothing."), where="reason")
    with database.write() as session:
        visit, head = _locked(session, settings, key, actor, now)
        if (visit.state, visit.reason) == ("failed", reason):
            return visit
        if visit.service_day > settings.clock.today(now):
            raise ConflictError.one(
                "day-to-come",
                N_("The day of booking %(reference)s is still to come. Move or cancel it instead."),
                reference=visit.reference,
            )
        _must_be_coming(visit)
        if reason == ABSENT:
            _must_have_waited(session, settings, visit, now)
        life.failed(session, visit, reason, actor, now, waiting=settings.visit.waiting)
        if visit is not head:  # of a second visit nothing is told otherwise
            notify.tell(session, visit, "failed", now, reason=reason)
        return visit


def not_failed(database: Database, settings: Settings, key: uuid.UUID, actor: Actor, now: datetime) -> Booking:
    """Take back, within `visit.mistake_minutes`, that a visit came to nothing; it stands on its route as before.

    Its resident is told once that it was a mistake, unless the message that told it never left. The same again changes
    nothing.

    Raises
    ------
    ConflictError
        Later, when it failed otherwise than by a word said here, or when a new visit was booked in its place.
    NotFoundError, ForbiddenError, SignInNeededError
        As `set_off`.
    """
    with database.write() as session:
        visit, head = _locked(session, settings, key, actor, now)
        if visit.state in COMING:
            return visit
        event = _last(session, visit, "booking.failed") if visit.state == "failed" else None
        was = (event.before or {}).get("state") if event else None
        if event is None or visit.reason in NOT_SAID or was not in COMING:
            raise ConflictError.one(
                "not-taken-back",
                N_("Nobody said of booking %(reference)s that its visit came to nothing. Load the page again."),
                reference=visit.reference,
            )
        if now - event.at >= settings.visit.mistaking:
            raise ConflictError.one(
                "too-late",
                N_("This can be taken back for %(minutes)s minutes. Book a new visit for %(reference)s instead."),
                minutes=settings.visit.mistake_minutes,
                reference=visit.reference,
            )
        made = follower(session, head)
        if made is not None and made.state != "cancelled":
            raise ConflictError.one(
                "booked-anew",
                N_("Booking %(reference)s has been booked anew already: see %(other)s."),
                reference=visit.reference,
                other=made.reference,
            )
        life.not_failed(session, visit, was, actor, now)
        notify.outdate(session, visit.id, ("failed",), now)
        if _was_told(session, visit, "failed"):
            notify.tell(session, visit, "not_failed", now)
        if was == "on_the_way" and visit is head:  # what had not left was old news when it failed
            first, last = tracking.coming_hours(session, settings, visit, now)
            link = tracking.message_link(session, settings, visit, now)
            notify.tell(session, visit, "on_the_way", now, link=link, first=first, last=last)
        return visit


def number(database: Database, settings: Settings, key: uuid.UUID, actor: Actor, now: datetime) -> str:
    """Return the number to call at a visit's door, and write down who saw it.

    Raises
    ------
    NotFoundError, ForbiddenError, SignInNeededError
        As `set_off`.
    """
    with database.write() as session:
        visit, _ = _locked(session, settings, key, actor, now)
        audit.record(session, actor, "caller.seen", "booking", visit.id, None, None, now)
        return visit.phone


def key_of(database: Database, reference: str) -> uuid.UUID:
    """Return the id of the visit that people call by a reference.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    with database.read() as session:
        found = session.scalar(select(Booking.id).where(Booking.reference == "".join(reference.split()).upper()))
    if found is None:
        raise _unknown()
    return found


def must_be_on_route(session: Session, depot: str, day: date, plate: str, key: uuid.UUID) -> None:
    """Raise NotFoundError unless a visit stands on a vehicle's route in the newest plan of a day."""
    plan = newest_plan(session, depot, day)
    routes = [route for route in plan.routes if route.plate == plate] if plan else []
    if not any(visit.booking_id == key for route in routes for visit in route.visits):
        raise _unknown()


def _locked(
    session: Session, settings: Settings, key: uuid.UUID, actor: Actor, now: datetime
) -> tuple[Booking, Booking]:
    """Return a visit and the head of its booking, which nobody else changes meanwhile."""
    found = session.get(Booking, key)
    if found is None:
        raise _unknown()
    demand(actor, Action.VISIT_MARK, Subject.booked(found))
    visits = life.visits_of(session, found)
    if actor.role is Role.DRIVER and found.service_day != settings.clock.today(now):
        raise ForbiddenError.one("not-today", N_("A crew opens its truck on the day itself."))
    return found, visits[0]


def _must_be_coming(visit: Booking) -> None:
    if visit.state not in COMING:
        raise ConflictError.one(
            "not-coming",
            N_("Booking %(reference)s stands on no route now, or its visit has ended. Load the page again."),
            reference=visit.reference,
        )


def _set_off_at(session: Session, visit: Booking) -> datetime | None:
    """Return when it was said last that the crew set off."""
    said = _last(session, visit, "booking.on_the_way")
    return said.at if said else None


def _last(session: Session, visit: Booking, action: str) -> AuditEvent | None:
    found = [event for event in audit.events(session, "booking", visit.id) if event.action == action]
    return found[-1] if found else None


def _was_told(session: Session, visit: Booking, word: str) -> bool:
    """Tell whether a message that says so has left, or may have."""
    states = session.scalars(select(Message.state).where(Message.subject == visit.id, Message.change == word))
    return any(state != "outdated" for state in states)


def _must_have_waited(session: Session, settings: Settings, visit: Booking, now: datetime) -> None:
    """Refuse that nobody was met by a crew that has only just set off; `life.failed` looks at the window."""
    said = _set_off_at(session, visit) if visit.state == "on_the_way" else None
    if said is not None and now - said < settings.visit.waiting:
        raise ConflictError.one(
            "too-early",
            N_("Nobody counts as absent before the window has begun and the crew has waited %(minutes)s minutes."),
            where="reason",
            minutes=settings.visit.wait_minutes,
        )


def _unknown() -> NotFoundError:
    return NotFoundError.one("no-booking", N_("There is no such booking."))
