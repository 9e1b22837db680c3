"""Booking once more: the same again, a new visit after one that failed, and making good a visit that nobody made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.booking import life
from recycling.booking.offers import offers
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import book, need_of
from recycling.errors import N_, ConflictError
from recycling.models import Booking

MISSED = "missed"
REPORTABLE = ("booked", "planned", "on_the_way")
SATURDAY = 5


def wish_of(booking: Booking, day: date | None = None, window: str = "") -> BookingRequest:
    """Return the request that would make the same booking, for another window."""
    items: dict[str, int] = {}
    for line in booking.lines:
        items[line.item] = items.get(line.item, 0) + line.pieces
    return BookingRequest(
        items=items,
        community=booking.community_code or "",
        lon=booking.lon,
        lat=booking.lat,
        address=booking.address,
        floor=booking.floor,
        lift=booking.lift,
        day=day,
        window=window,
        contact=booking.contact,
        phone=booking.phone,
        note=booking.note,
        scene=booking.scene,
        standing=booking.standing,
        height_limit=booking.height_limit,
        different=True,
    )


def rebook(office: Office, booking: Booking, day: date, window: str, key: str, actor: Actor, now: datetime) -> Booking:
    """Book a new visit in place of one that failed.

    Raises
    ------
    ConflictError
        When the booking has not failed, has been booked anew already, or the window is full.
    """
    if booking.state != "failed":
        raise ConflictError.one(
            "not-failed",
            N_("Booking %(reference)s has not failed, so there is nothing to make good."),
            reference=booking.reference,
        )
    return book(office, wish_of(booking, day, window), key, now, booking.channel, actor, follows=booking)


def report_missed(office: Office, booking: Booking, actor: Actor, now: datetime) -> Booking:
    """Take down that nobody came, and book the first window that can be kept, which then goes first.

    A second report of the same visit answers with the booking that the first one made.

    Raises
    ------
    ConflictError
        Before the window is over, after the days in which it can be reported, when the visit was made or cancelled, or
        when no window at all is free: then the report is kept, and staff call.
    """
    with office.database.read() as session:
        made = follower(session, booking)
        if made is not None:
            return made
        visits = life.visits_of(session, booking, lock=False)
        found = offers(session, office, need_of(office, visits[0]), now)
    head = visits[0]
    _reportable(office, head, now)
    with office.database.write() as session:
        for visit in life.visits_of(session, head):
            if visit.state in REPORTABLE:
                life.failed(session, visit, MISSED, actor, now)
    for offer in found:
        try:
            wish = replace(wish_of(head, offer.window.day, offer.window.span), items=_items(visits))
            return book(office, wish, f"missed-{head.id}", now, head.channel, actor, follows=head, first=True)
        except ConflictError as error:
            if error.faults[0].code != "window-full":
                raise
    raise ConflictError.one(
        "missed-no-window",
        N_("We have noted that nobody came (booking %(reference)s). No window is free now: we shall call you today."),
        reference=head.reference,
    )


def follower(session: Session, booking: Booking) -> Booking | None:
    """Return the booking that makes this one good, if there is one."""
    query = select(Booking).where(Booking.follows == booking.id, Booking.leg_of.is_(None))
    return session.scalar(query.options(selectinload(Booking.lines)).limit(1))


def report_until(office: Office, booking: Booking) -> datetime:
    """Return the moment until which a missed visit can be reported: the end of so many working days."""
    day, left = booking.service_day, office.settings.booking.missed_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return office.clock.midnight(day + timedelta(days=1))


def _reportable(office: Office, booking: Booking, now: datetime) -> None:
    if booking.state not in REPORTABLE:
        raise ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot be reported as missed."),
            reference=booking.reference,
            state=booking.state,
        )
    if now < booking.promise_end:
        raise ConflictError.one(
            "not-over",
            N_("The window lasts until %(until)s. Report it then, or call us."),
            until=f"{office.clock.local(booking.promise_end):%H:%M}",
        )
    until = report_until(office, booking)
    if now >= until:
        raise ConflictError.one(
            "report-too-late",
            N_("A missed visit can be reported for %(days)s working days. Book a new visit, or call us."),
            days=office.settings.booking.missed_days,
        )


def _items(visits: list[Booking]) -> dict[str, int]:
    items: dict[str, int] = {}
    for visit in visits:
        for line in visit.lines:
            items[line.item] = items.get(line.item, 0) + line.pieces
    return items
