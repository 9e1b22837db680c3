"""Which rows are due, and erasing them: by the clock, or everything of one telephone number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor, system
from recycling.accounts.rights import Action, demand
from recycling.db import Database
from recycling.erasing.wiping import (
    wipe_booking,
    wipe_member,
    wipe_order,
    wipe_quote,
    wipe_round_place,
    wipe_waiting,
    wipe_watch,
)
from recycling.models import (
    AskedChange,
    Booking,
    CallWatch,
    Complaint,
    Group,
    GroupMember,
    PinAnswer,
    Quote,
    RoundPlace,
    TradeInOrder,
    Waiting,
)
from recycling.models.booking import ENDED
from recycling.models.trade_in import CANCELLED, OPEN
from recycling.settings import Settings

BATCH = 200
"""So many rows in one unit of work, so that nobody waits for long."""


@dataclass(frozen=True)
class Erased:
    """From how many rows of each kind a person was taken out, or would be; ``kept`` has not come to its end yet."""

    bookings: int = 0
    orders: int = 0
    members: int = 0
    quotes: int = 0
    waiting: int = 0
    pins: int = 0
    rounds: int = 0
    watches: int = 0
    kept: int = 0

    @property
    def total(self) -> int:
        """All rows from which somebody was taken out."""
        others = self.waiting + self.pins + self.rounds + self.watches
        return self.bookings + self.orders + self.members + self.quotes + others


@dataclass(frozen=True)
class _Kind:
    """A kind of row: its model, which have come to their end by a moment, which name somebody, its wiping."""

    name: str
    model: Any
    ended: Callable[[datetime], ColumnElement[bool]]
    named: ColumnElement[bool]
    phone: Any
    wipe: Callable[[Session, Any, Settings, Actor, datetime], None]


def _complained() -> ColumnElement[bool]:
    complaint = select(Complaint.id).where(Complaint.booking_id == Booking.id, Complaint.state == "open")
    asked = select(AskedChange.id).where(AskedChange.booking_id == Booking.id, AskedChange.closed_at.is_(None))
    return or_(complaint.exists(), asked.exists())


def _closed_group(moment: datetime) -> ColumnElement[bool]:
    return GroupMember.group_id.in_(select(Group.id).where(Group.ended_at <= moment))


KINDS: Sequence[_Kind] = (
    _Kind(
        "bookings",
        Booking,
        lambda moment: and_(Booking.state.in_(ENDED), Booking.ended_at <= moment, ~_complained()),
        Booking.phone != "",
        Booking.phone,
        lambda session, row, settings, actor, now: wipe_booking(session, row, settings.photos_folder, actor, now),
    ),
    _Kind(
        "orders",
        TradeInOrder,
        lambda moment: or_(
            and_(TradeInOrder.state == CANCELLED, TradeInOrder.changed_at <= moment),
            and_(TradeInOrder.state.not_in((OPEN, CANCELLED)), TradeInOrder.promise_end <= moment),
        ),
        and_(TradeInOrder.erased_at.is_(None), or_(TradeInOrder.phone != "", TradeInOrder.contact != "")),
        TradeInOrder.phone,
        lambda session, row, _, actor, now: wipe_order(session, row, actor, now),
    ),
    _Kind(
        "members",
        GroupMember,
        lambda moment: or_(_closed_group(moment), GroupMember.left_at <= moment),
        ~GroupMember.phone.startswith("#"),
        GroupMember.phone,
        lambda session, row, _, actor, now: wipe_member(session, row, actor, now),
    ),
    _Kind(
        "quotes",
        Quote,
        lambda moment: Quote.ended_at <= moment,
        Quote.phone != "",
        Quote.phone,
        lambda session, row, _, actor, now: wipe_quote(session, row, actor, now),
    ),
    _Kind(
        "waiting",
        Waiting,
        lambda moment: and_(Waiting.state.in_(("booked", "lapsed", "withdrawn")), Waiting.ended_at <= moment),
        Waiting.phone != "",
        Waiting.phone,
        lambda session, row, _, actor, now: wipe_waiting(session, row, actor, now),
    ),
    _Kind(
        "rounds",
        RoundPlace,
        lambda moment: RoundPlace.ended_at <= moment,
        RoundPlace.phone != "",
        RoundPlace.phone,
        lambda session, row, _, actor, now: wipe_round_place(session, row, actor, now),
    ),
    _Kind(
        "watches",
        CallWatch,
        lambda moment: CallWatch.ended_at <= moment,
        CallWatch.phone != "",
        CallWatch.phone,
        lambda session, row, _, actor, now: wipe_watch(session, row, actor, now),
    ),
    _Kind(
        "pins",
        PinAnswer,
        lambda moment: PinAnswer.answered_at <= moment,
        PinAnswer.phone != "",
        PinAnswer.phone,
        lambda session, row, *_: session.delete(row),
    ),
)


def due(session: Session, settings: Settings, now: datetime) -> Erased:
    """Return from how many rows of each kind somebody is to be taken out by now."""
    moment = _moment(settings, now)
    return Erased(**{kind.name: _count(session, kind, kind.ended(moment)) for kind in KINDS})


def erase_due(database: Database, settings: Settings, now: datetime) -> Erased:
    """Take people out of all that ended ``privacy.keep_days`` ago; returns from how many rows of each kind."""
    moment, actor = _moment(settings, now), system("privacy")
    done = Erased()
    for kind in KINDS:
        count = sum(_batches(database, settings, kind, kind.ended(moment), actor, now))
        done = replace(done, **{kind.name: count})
    return done


def erase_person(database: Database, settings: Settings, phone: str, actor: Actor, now: datetime) -> Erased:
    """Take whoever has a telephone number out of all that has come to its end, because they ask for it.

    What has not is kept, and counted as that: it is to be cancelled first.

    Parameters
    ----------
    phone
        As the record has it: +8613800138000.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, Action.ACCOUNT_MANAGE)
    done = Erased()
    for kind in KINDS:
        own = kind.phone == phone
        count = sum(_batches(database, settings, kind, and_(own, kind.ended(now)), actor, now))
        with database.read() as session:
            kept = done.kept + _count(session, kind, own)
        done = replace(done, **{kind.name: count, "kept": kept})
    return done


def _moment(settings: Settings, now: datetime) -> datetime:
    return now - timedelta(days=settings.privacy.keep_days)


def _count(session: Session, kind: _Kind, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(kind.model).where(which, kind.named)) or 0


def _batches(
    database: Database, settings: Settings, kind: _Kind, which: ColumnElement[bool], actor: Actor, now: datetime
) -> Iterator[int]:
    """Wipe what is due in units of work of their own, and yield how many each wiped."""
    while True:
        with database.read() as session:
            if not _count(session, kind, which):
                return
        with database.write() as session:
            query = select(kind.model).where(which, kind.named).order_by(*kind.model.__table__.primary_key).limit(BATCH)
            rows = session.scalars(query.with_for_update(of=kind.model)).all()
            for row in rows:
                kind.wipe(session, row, settings, actor, now)
        yield len(rows)
