"""What shops' programs are told: the address of each shop, and one row for each change of an order."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

EVENT_STATES = ("waiting", "sending", "sent", "given-up", "passed")


class ShopHook(Base):
    """Where the events of a shop's orders are sent, or of what is handed to a partner recycler.

    Those of a partner stand under ``partner:`` and its code in the place of a shop's name.

    The secret that signs them is not here: it is made of the site's key, ``id`` and ``salt`` whenever it is needed.
    ``secret_digest`` tells whether what is made so is still the secret that the shop was given.
    """

    __tablename__ = "shop_hook"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    retailer: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    salt: Mapped[str]
    secret_digest: Mapped[str]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ShopEvent(Base):
    """One change of an order, of a hand-over or of an offer to a trip, or a test (of none), for a shop or a partner.

    ``sequence`` numbers the events of each from 1; none leaves before all earlier ones of the same are ``sent`` or
    were ``passed`` over. ``body`` is sent as it stands, the same at each attempt. A sender that takes a row raises
    ``fence`` and has it until ``lease_until``. ``trying_since`` is when it was written, or put back to be tried anew.
    ``status`` is what was answered last, 0 for nothing, ``error`` the code of what went wrong.
    """

    __tablename__ = "shop_event"
    __table_args__ = (
        CheckConstraint(one_of("state", EVENT_STATES), name="state"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        UniqueConstraint("order_id", "sequence"),
        Index("uq_shop_event_handover", "handover_id", "sequence", unique=True),
        Index("uq_shop_event_offer", "offer_id", "sequence", unique=True),
        Index("ix_shop_event_due", "state", "due_at"),
        Index("ix_shop_event_retailer", "retailer", "made_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    retailer: Mapped[str]
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trade_in_order.id", ondelete="CASCADE"))
    handover_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("handover.id"))
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("spare_offer.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    body: Mapped[str]
    made_at: Mapped[datetime]
    trying_since: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    status: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
