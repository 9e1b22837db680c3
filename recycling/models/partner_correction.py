"""What a partner reported wrongly, weights and serial numbers: what is right, who asks for that and who decides it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

ASKED, MADE, REFUSED = "asked", "made", "refused"
CORRECTION_STATES = (ASKED, MADE, REFUSED)
IS_ASKED = text("state = 'asked'")


class PartnerCorrection(Base):
    """A change of what a partner reported of a hand-over, or of what one of its trips was offered.

    One person asks for it and says why, another one decides. ``before`` and ``after`` are all lines of it, each
    ``{"material", "item", "pieces", "grams", "fen"}``, ``fen`` is the difference (positive: the partner pays more).
    ``serials_before`` and ``serials_after`` are all serial numbers of it, each ``[item, serial]``.
    ``carried`` says that its statement was closed when it was made: then that stays as it is, and the difference stands
    on the next one, ``settlement_id``.
    """

    __tablename__ = "partner_correction"
    __table_args__ = (
        CheckConstraint("(handover_id IS NULL) <> (offer_id IS NULL)", name="one_subject"),
        CheckConstraint(one_of("state", CORRECTION_STATES), name="state"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(state = 'asked') = (decided_by = '')", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="second_person"),
        CheckConstraint("settlement_id IS NULL OR (carried AND state = 'made')", name="settled"),
        Index(
            "uq_partner_correction_handover",
            "handover_id",
            unique=True,
            sqlite_where=IS_ASKED,
            postgresql_where=IS_ASKED,
        ),
        Index("uq_partner_correction_offer", "offer_id", unique=True, sqlite_where=IS_ASKED, postgresql_where=IS_ASKED),
        Index("ix_partner_correction_partner", "partner", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    partner: Mapped[str]
    handover_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("handover.id"))
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("spare_offer.id"))
    before: Mapped[list[Any]]
    after: Mapped[list[Any]]
    serials_before: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    serials_after: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=ASKED)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    carried: Mapped[bool] = mapped_column(default=False, server_default=false())
    settlement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("partner_settlement.id"), index=True)
