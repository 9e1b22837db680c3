"""Booking once more: the same again, a new visit after one that failed, and making good a visit that nobody made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import notify
from recycling.accounts.actors import Actor
from recycling.booking import life
from recycling.booking.checks import MOST_REASON, checked, clean
from recycling.booking.offers import Offer, offers
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import book, need_of
from recycling.booking.waiting import wait
from recycling.errors import N_, ConflictError
from recycling.models import Booking, Waiting

MISSED = "missed"
REPORTABLE = ("booked", "planned", "on_the_way")


def wish_of(
    booking: Booking, day: date | None = None, window: str = "", visits: Sequence[Booking] = ()
) -> BookingRequest:
    """Return the request that would make the same booking, for another window.

    The things are those of its `visits`; without them, of the visit that `booking` is.
    """
    visits = visits or [booking]
    return BookingRequest(
        items=_items(visits),
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
        trade_in=booking.trade_in,
        language=booking.language,
        dismantle=tuple(sorted({line.item for visit in visits for line in visit.lines if line.dismantle})),
    )


def rebook(
    office: Office,
    booking: Booking,
    day: date,
    window: str,
    key: str,
    actor: Actor,
    now: datetime,
    different: bool = False,
) -> Booking:
    """Book a new visit in place of one that failed, for all that was not taken of that booking.

    `different` says that a booking of the same that was made since is for other things.

    Raises
    ------
    ConflictError
        When the booking has not failed, has been booked anew already, the window is full, or `book` refuses it.
    """
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
    head, left = visits[0], [visit for visit in visits if visit.state == "failed"]
    if not left:
        raise ConflictError.one(
            "not-failed",
            N_("Booking %(reference)s has not failed, so there is nothing to make good."),
            reference=head.reference,
        )
    wish = replace(wish_of(head, day, window, left), different=different)
    return book(office, wish, key, now, head.channel, actor, follows=head)


def report_missed(office: Office, booking: Booking, actor: Actor, now: datetime, why: str = "") -> Booking:
    """Take down that nobody came, and book the first window that can be kept, which then goes first.

    One message tells of the new visit, or that we call where no window is free.

    Of a booking with several visits it is about those that were not made. A second report of the same visit answers
    with the booking that the first one made; where there was no room for one, it tries again. `why` is what was said of
    it, for the audit log.

    Raises
    ------
    ConflictError
        Before the window is over, after the days in which it can be reported, when the visit was made or cancelled, or
        when no window at all is free: then the report is kept, and staff call.
    """
    with office.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        head = visits[0]
        made = follower(session, head)
    if made is not None:
        return made
    missed = [visit for visit in visits if visit.state in REPORTABLE]
    if not missed:
        missed = [visit for visit in visits if (visit.state, visit.reason) == ("failed", MISSED)]
        if not missed:
            raise ConflictError.one(
                "wrong-state",
                N_("Booking %(reference)s is %(state)s; it cannot be reported as missed."),
                reference=head.reference,
                state=head.state,
            )
    _in_time(office, missed[0], now)
    with office.database.write() as session:
        for visit in life.visits_of(session, head):
            if visit.state in REPORTABLE:
                _note_missed(session, visit, actor, now, clean(why)[:MOST_REASON])
    wish = replace(wish_of(head, visits=missed), different=True)
    for offer in _windows(office, wish, now):
        try:
            again = replace(wish, day=offer.window.day, window=offer.window.span)
            key = f"missed-{head.id}"
            return book(
                office, again, key, now, head.channel, actor, follows=head, first=True, told="missed_answer"
            )  # fmt: skip
        except ConflictError as error:
            if error.faults[0].code in ("booked-anew", "key-used"):  # another report of the same was quicker
                with office.database.read() as session:
                    made = follower(session, head)
                if made is not None:
                    return made
            if error.faults[0].code != "window-full":
                raise
    call_back(office, head, now, wish, asked=False)
    with office.database.write() as session:
        notify.tell(session, head, "missed_call", now)
    raise ConflictError.one(
        "missed-no-window",
        N_("We have noted that nobody came (booking %(reference)s). No window is free now: we shall call you today."),
        reference=head.reference,
    )


def call_back(
    office: Office, booking: Booking, now: datetime, wish: BookingRequest | None = None, asked: bool = True
) -> Waiting:
    """Put whoever made a booking on the list of those whom the counter calls; once, however often it is asked.

    `asked` is as for `wait`, as is what it raises.
    """
    last = office.clock.today(now) + timedelta(days=office.settings.service.horizon_days)
    if wish is None:
        with office.database.read() as session:
            wish = wish_of(booking, visits=life.visits_of(session, booking, lock=False))
    return wait(office, wish, last, f"call-{booking.id}", now, call_back=True, asked=asked)


def _note_missed(session: Session, visit: Booking, actor: Actor, now: datetime, why: str) -> None:
    """Note that nobody came; that is told together with what makes it good."""
    life.change(session, visit, "failed", actor, "booking.failed", now, why=why, reason=MISSED)


def _windows(office: Office, wish: BookingRequest, now: datetime) -> list[Offer]:
    """Return the windows in which a wish can be served."""
    span = str(office.settings.service.window_spans[0])
    anywhere = replace(wish, day=office.clock.today(now), window=span)
    with office.database.read() as session:
        draft = checked(session, office, anywhere, now, open_only=False, agreed=wish.items)
        return offers(session, office, need_of(office, draft), now)


def follower(session: Session, booking: Booking) -> Booking | None:
    """Return the booking that makes this one good, if there is one: one that stands before one that was cancelled."""
    query = select(Booking).where(Booking.follows == booking.id, Booking.leg_of.is_(None))
    query = query.order_by(Booking.state == "cancelled", Booking.created_at.desc())
    return session.scalar(query.options(selectinload(Booking.lines)).limit(1))


def report_until(office: Office, booking: Booking) -> datetime:
    """Return the moment until which a missed visit can be reported: the end of so many working days."""
    day, left = booking.service_day, office.settings.booking.missed_days
    while left:
        day += timedelta(days=1)
        left -= office.settings.holidays.is_working(day)
    return office.clock.midnight(day + timedelta(days=1))


def _in_time(office: Office, booking: Booking, now: datetime) -> None:
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


def _items(visits: Sequence[Booking]) -> dict[str, int]:
    items: dict[str, int] = {}
    for visit in visits:
        for line in visit.lines:
            items[line.item] = items.get(line.item, 0) + line.pieces
    return items
