"""The audit log: who changed what, when, from where. Rows are added and never changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id


class AuditEvent(Base):
    """One event of one subject, numbered from 1 without a gap.

    Triggers of the database refuse to change or delete a row; the one change they let pass empties ``before`` and
    ``after``, once, and notes when (``erased_at``), for a person who asks to be forgotten.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("actor_kind IN ('anonymous', 'person', 'link', 'key', 'system')", name="actor_kind"),
        Index("ix_audit_event_at", "at"),
        Index("ix_audit_event_actor", "actor_kind", "actor_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_role: Mapped[str]
    origin: Mapped[str]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    erased_at: Mapped[datetime | None]
