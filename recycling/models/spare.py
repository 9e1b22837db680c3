"""Trips of partners that have room to spare, and what of our day was offered to each."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

TRIP_STATES = ("open", "cancelled")
OFFERED, ACCEPTED, DECLINED, LAPSED = "offered", "accepted", "declined", "lapsed"
WITHDRAWN, COLLECTED, FAILED = "withdrawn", "collected", "failed"
OFFER_STATES = (OFFERED, ACCEPTED, DECLINED, LAPSED, WITHDRAWN, COLLECTED, FAILED)
LIVE = (OFFERED, ACCEPTED)
"""In which nobody else is offered the same."""

LIVE_BOOKING = "state IN ('offered', 'accepted') AND booking_id IS NOT NULL"
LIVE_ORDER = "state IN ('offered', 'accepted') AND order_id IS NOT NULL"


class SpareTrip(Base):
    """A trip that a partner makes anyway, on which it has room to spare.

    ``partner`` and ``external_id`` are the partner's name and its own number of the trip. ``places`` are those to which
    it goes in this order, each ``{"place", "lon", "lat", "minutes", "window", "kg", "litres"}``: hours in which work
    there begins ("" for any), and the room that it frees. ``kg`` and ``litres`` are free when it leaves;
    ``compartments`` divide the litres, each ``{"litres", "materials"}``, that without materials takes all others.
    ``vehicle_type`` is the code of the type that its vehicle is like, which says how high and heavy it is. ``skills``
    and ``materials`` are codes joined by commas: what its people can do, and what it may carry. ``drops`` are codes of
    sites at which it may unload. It asks for each visit, each piece and each kilogram (fen). One take-back may make it
    ``detour_minutes`` longer at the wheel, and it takes ``most`` of them.

    ``version`` counts its changes, ``looked_at`` is when take-backs were last looked for, ``trouble`` (with the place
    ``trouble_at`` and ``trouble_by`` seconds, units or metres) why it cannot be driven as announced.
    """

    __tablename__ = "spare_trip"
    __table_args__ = (
        UniqueConstraint("partner", "external_id"),
        CheckConstraint(one_of("state", TRIP_STATES), name="state"),
        CheckConstraint("ends_at > starts_at", name="hours"),
        CheckConstraint("kg > 0 AND litres > 0 AND people > 0 AND most > 0", name="sizes"),
        CheckConstraint("ask_visit >= 0 AND ask_item >= 0 AND ask_kg >= 0", name="asks"),
        Index("ix_spare_trip_day", "depot_code", "service_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partner: Mapped[str]
    external_id: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))
    service_day: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    start: Mapped[dict[str, Any]]
    end: Mapped[dict[str, Any]]
    places: Mapped[list[Any]]
    vehicle_type: Mapped[str]
    kg: Mapped[int]
    litres: Mapped[int]
    compartments: Mapped[list[Any]]
    people: Mapped[int]
    tail_lift: Mapped[bool] = mapped_column(default=False, server_default=false())
    skills: Mapped[str] = mapped_column(default="")
    materials: Mapped[str]
    drops: Mapped[str]
    ask_visit: Mapped[int] = mapped_column(default=0)
    ask_item: Mapped[int] = mapped_column(default=0)
    ask_kg: Mapped[int] = mapped_column(default=0)
    detour_minutes: Mapped[int]
    most: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    trouble_at: Mapped[str] = mapped_column(default="")
    trouble_by: Mapped[int] = mapped_column(default=0)

    @property
    def may_carry(self) -> frozenset[str]:
        """The materials that it may carry."""
        return frozenset(filter(None, self.materials.split(",")))

    @property
    def can_do(self) -> frozenset[str]:
        """What its people can do besides carrying."""
        return frozenset(filter(None, self.skills.split(",")))

    @property
    def sites(self) -> list[str]:
        """Codes of the sites at which it may unload."""
        return [code for code in self.drops.split(",") if code]

    def asks(self, pieces: int, kg: float) -> int:
        """Return the fen that it asks for a visit of so many pieces and kilograms."""
        return self.ask_visit + self.ask_item * pieces + round(self.ask_kg * kg)


class SpareOffer(Base):
    """A pickup or the fetching of old goods that was offered to a trip, and what became of it.

    It is either a booking's or a shop's order's; in the states `LIVE` no other offer of the same is. ``promise_start``
    is the promise that it was made for, ``things`` what was to be collected as [item code, pieces]: where either
    changes, it is withdrawn. ``seconds`` are what our fleet had kept free for it, given back when it is accepted.
    ``saves`` are the fen that our day costs less, ``asks`` those that the partner asks; ``left_out`` says that our day
    had no place for it, and that ``saves`` is what leaving it out counts for. ``collected`` are kilograms by material
    as the partner weighed them, ``due`` the fen that it gets for them, on the statement ``settlement_id`` once there is
    one. ``events`` counts what the partner's program was told.
    """

    __tablename__ = "spare_offer"
    __table_args__ = (
        CheckConstraint(one_of("state", OFFER_STATES), name="state"),
        CheckConstraint("(booking_id IS NULL) <> (order_id IS NULL)", name="one_subject"),
        CheckConstraint("state <> 'failed' OR reason <> ''", name="why"),
        Index("ix_spare_offer_trip", "trip_id", "state"),
        Index(
            "uq_spare_offer_booking",
            "booking_id",
            unique=True,
            sqlite_where=text(LIVE_BOOKING),
            postgresql_where=text(LIVE_BOOKING),
        ),
        Index(
            "uq_spare_offer_order",
            "order_id",
            unique=True,
            sqlite_where=text(LIVE_ORDER),
            postgresql_where=text(LIVE_ORDER),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    trip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("spare_trip.id"))
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id"))
    rank: Mapped[int]
    state: Mapped[str] = mapped_column(default=OFFERED)
    reason: Mapped[str] = mapped_column(default="")
    offered_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    promise_start: Mapped[datetime]
    begins_at: Mapped[datetime]
    things: Mapped[list[Any]]
    kg: Mapped[int]
    litres: Mapped[int]
    detour: Mapped[int]
    metres: Mapped[int]
    saves: Mapped[int]
    asks: Mapped[int]
    left_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    seconds: Mapped[int] = mapped_column(default=0)
    collected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pieces: Mapped[int] = mapped_column(default=0)
    due: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    events: Mapped[int] = mapped_column(default=0, server_default="0")
    settlement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("partner_settlement.id"), index=True)

    @property
    def collected_kg(self) -> float:
        """Kilograms that the partner weighed in all."""
        return float(sum(self.collected.values()))
