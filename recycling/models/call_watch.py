"""Who is told by message when truck calls at a community change."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.network import Community


class CallWatch(Base):
    """A telephone number that asked to be told of changes of the calls at a community, until ``ended_at``.

    ``token`` opens its page, on which it ends.
    """

    __tablename__ = "call_watch"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("phone", "community_code"),
        Index("ix_call_watch_community", "community_code", "ended_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token: Mapped[str]
    community_code: Mapped[str] = mapped_column(ForeignKey("community.code"))
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(default="zh")
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()
