"""Quotes for clear-outs: what is to be taken, for how much, and until when that is offered."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import STANDING, one_of

QUOTE_STATES = ("draft", "sent", "accepted", "declined", "expired", "replaced")
QUOTE_SCENES = ("renovation", "school", "office", "event", "shop")


class Quote(Base):
    """One version of a quote; ``number`` is what its versions share, ``token`` opens this one for the customer.

    ``minimum`` is the least that the customer pays in all (fen), 0 for none; ``fen`` is the binding sum of a quote that
    was sent, positive when we pay. ``crew``, ``visits`` and ``trucks`` are what staff expect it to take. ``booking_id``
    is the booking that accepting it made; the two are written in one unit of work.
    """

    __tablename__ = "quote"
    __table_args__ = (
        UniqueConstraint("number", "version"),
        CheckConstraint(one_of("state", QUOTE_STATES), name="state"),
        CheckConstraint(one_of("scene", QUOTE_SCENES), name="scene"),
        CheckConstraint(one_of("standing", STANDING), name="standing"),
        CheckConstraint("floor BETWEEN -5 AND 120", name="floor"),
        CheckConstraint("minimum >= 0 AND crew > 0 AND visits > 0 AND trucks > 0", name="sizes"),
        CheckConstraint("(state = 'accepted') = (booking_id IS NOT NULL)", name="accepted"),
        CheckConstraint("(state = 'draft') = (sent_at IS NULL)", name="sent"),
        Index("ix_quote_state", "state", "valid_until"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    token: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="draft")
    scene: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    community_code: Mapped[str] = mapped_column(ForeignKey("community.code"))
    place: Mapped[str]
    address: Mapped[str]
    floor: Mapped[int]
    lift: Mapped[bool]
    standing: Mapped[str] = mapped_column(default="flat")
    contact: Mapped[str]
    phone: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    valid_until: Mapped[date]
    minimum: Mapped[int] = mapped_column(default=0)
    crew: Mapped[int]
    visits: Mapped[int]
    trucks: Mapped[int]
    fen: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    booking_id: Mapped[uuid.UUID | None] = mapped_column(index=True)

    lines: Mapped[list[QuoteLine]] = relationship(order_by="QuoteLine.position", cascade="all, delete-orphan")


class QuoteLine(Base):
    """Some pieces of a catalogue item, or what staff wrote in words; weights, sizes and minutes are of the whole line.

    ``item`` of a line in words is the nearest item of the catalogue, which staff choose before it is sent. ``price`` is
    fen for one piece, positive when we pay; ``list_low`` and ``list_high`` are the catalogue's of the day of writing,
    ``reason`` says why the price is another one.
    """

    __tablename__ = "quote_line"
    __table_args__ = (
        CheckConstraint("pieces BETWEEN 1 AND 99", name="pieces"),
        CheckConstraint("kg > 0 AND litres > 0 AND minutes > 0 AND people > 0", name="sizes"),
        CheckConstraint("item <> '' OR words <> ''", name="what"),
    )

    quote_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    pieces: Mapped[int]
    kg: Mapped[int]
    litres: Mapped[int]
    minutes: Mapped[float]
    people: Mapped[int]
    list_low: Mapped[int]
    list_high: Mapped[int]
    price: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
