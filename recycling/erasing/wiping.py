"""Taking a person out of one row: who, which number, which door. What is counted stays, and whatever proves a payment.

Positions are kept to a thousandth of a degree, some hundred metres: enough for the figures of an area, not for a door.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.orm import Session

from recycling import audit, photos
from recycling.accounts.actors import Actor
from recycling.models import (
    AskedChange,
    Booking,
    CallWatch,
    Complaint,
    GroupMember,
    Message,
    PlanVisit,
    Quote,
    RoundPlace,
    TradeInOrder,
    Waiting,
)
from recycling.notify.changes import OF_CALLS

PLACES = 3
"""Decimals of a degree that are kept."""

GONE = "-"
"""Stands where the record wants a word."""


def wipe_booking(session: Session, booking: Booking, folder: Path | None, actor: Actor, now: datetime) -> None:
    """Take the resident out of a booking, with photos, messages, complaints and wishes of it.

    `folder` is that of the photos; without it their files go when `photos.tidy` runs.
    """
    if booking.leg_of is None:
        photos.erase(session, booking, folder)
    booking.contact = booking.phone = booking.address = booking.note = booking.trade_in = ""
    booking.request_digest = ""
    booking.lon, booking.lat = round(booking.lon, PLACES), round(booking.lat, PLACES)
    _coarsen(session, PlanVisit.booking_id == booking.id)
    _forget_messages(session, booking.id)
    about = Complaint.booking_id == booking.id
    session.execute(update(Complaint).where(about).values(text=GONE))
    session.execute(update(Complaint).where(about, Complaint.answer != "").values(answer=GONE))
    asked = AskedChange.booking_id == booking.id
    session.execute(update(AskedChange).where(asked).values(note=""))
    session.execute(update(AskedChange).where(asked, AskedChange.answer != "").values(answer=GONE))
    audit.record(session, actor, "booking.erased", "booking", booking.id, None, None, now)


def wipe_order(session: Session, order: TradeInOrder, actor: Actor, now: datetime) -> None:
    """Take the customer out of a shop's order; the shop's number of it stays."""
    order.contact = order.phone = order.address = order.note = order.condition = ""
    order.lon, order.lat = round(order.lon, PLACES), round(order.lat, PLACES)
    order.erased_at = now
    _coarsen(session, PlanVisit.order_id == order.id)
    _forget_messages(session, order.id)
    audit.record(session, actor, "order.erased", "order", order.id, None, None, now)


def wipe_member(session: Session, member: GroupMember, actor: Actor, now: datetime) -> None:
    """Take a household out of its group; that somebody was there, and what was given, stays."""
    member.contact = member.door = member.note = ""
    member.phone = f"#{member.id.hex}"  # a group has each number once
    _forget_messages(session, member.id)
    audit.record(session, actor, "group.member_erased", "group-member", member.id, None, None, now)


def wipe_quote(session: Session, quote: Quote, actor: Actor, now: datetime) -> None:
    """Take the customer out of a quote; its photos are those of its booking."""
    quote.contact = quote.phone = quote.address = quote.note = ""
    for line in quote.lines:
        line.words = GONE if line.words else ""
        line.reason = ""
    _forget_messages(session, quote.id)
    audit.record(session, actor, "quote.erased", "quote", quote.id, None, None, now)


def wipe_waiting(session: Session, waiting: Waiting, actor: Actor, now: datetime) -> None:
    """Take a place on the waiting list that has come to its end out of the record."""
    key = waiting.id
    _forget_messages(session, key)
    session.delete(waiting)
    audit.record(session, actor, "waiting.erased", "waiting", key, None, None, now)


def wipe_round_place(session: Session, place: RoundPlace, actor: Actor, now: datetime) -> None:
    """Take whoever waited for a village round out of it; that somebody did, and for how much, stays."""
    place.phone, place.wish = "", {}
    _forget_messages(session, place.id)
    audit.record(session, actor, "round.place_erased", "round-place", place.id, None, None, now)


def wipe_watch(session: Session, watch: CallWatch, actor: Actor, now: datetime) -> None:
    """Take a number that is told of truck calls no more out of the record, with what it was told."""
    key = watch.id
    mine = Message.phone == watch.phone, Message.change.in_(OF_CALLS), Message.link.endswith(f"/{watch.token}")
    session.execute(delete(Message).where(*mine))
    session.delete(watch)
    audit.record(session, actor, "calls.watch_erased", "call-watch", key, None, None, now)


def _forget_messages(session: Session, subject: uuid.UUID) -> None:
    session.execute(delete(Message).where(or_(Message.subject == subject, Message.booking_id == subject)))


def _coarsen(session: Session, which: ColumnElement[bool]) -> None:
    step = 10**PLACES
    places = {column: func.round(column * step) / step for column in (PlanVisit.lon, PlanVisit.lat)}
    session.execute(update(PlanVisit).where(which).values(places))
