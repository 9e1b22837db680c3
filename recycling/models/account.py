"""Who may come in: accounts, codes, links, sessions, keys. Of every secret only a digest is kept."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id

ROLES = "'resident', 'clerk', 'dispatcher', 'driver', 'centre', 'retailer', 'planner', 'manager', 'admin', 'partner'"


class Account(Base):
    """A person. Residents are known by their phone, staff by a sign-in name, a password and a phone for codes.

    ``every_depot`` stands for all depots, also later ones; otherwise ``depots`` says which. An account without a
    password digest cannot be signed in to by password. ``feed_token`` opens the calendar feed of a resident's pickups.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"role IN ({ROLES})", name="role"),
        CheckConstraint("(role = 'resident') = (login IS NULL)", name="login"),
        Index(
            "uq_account_resident_phone",
            "phone",
            unique=True,
            sqlite_where=text("role = 'resident'"),
            postgresql_where=text("role = 'resident'"),
        ),
        Index("uq_account_feed_token", "feed_token", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    role: Mapped[str]
    login: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str]
    password_digest: Mapped[str] = mapped_column(default="")
    every_depot: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    feed_token: Mapped[str | None]

    depots: Mapped[list[AccountDepot]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class AccountDepot(Base):
    """A depot that a member of staff works for."""

    __tablename__ = "account_depot"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"), primary_key=True)


class OneTimeCode(Base):
    """Six digits that were sent to a phone, for one request of one browser.

    ``request_digest`` finds the row from the secret that only that browser holds; ``code_digest`` is keyed with the
    same secret, so the digits cannot be tried out on a copy of this table. ``origin`` is limited too.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('resident', 'second-factor')", name="purpose"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_one_time_code_phone", "phone", "created_at"),
        Index("ix_one_time_code_origin", "origin", "created_at"),
        Index("ix_one_time_code_created_at", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    phone: Mapped[str]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    request_digest: Mapped[str] = mapped_column(unique=True)
    code_digest: Mapped[str]
    origin: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class SignInTry(Base):
    """A password that was tried: for which name (its digest, known or not), from where, and whether it passed."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_name", "name_digest", "at"),
        Index("ix_sign_in_try_origin", "origin", "at"),
        Index("ix_sign_in_try_at", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name_digest: Mapped[str]
    origin: Mapped[str]
    at: Mapped[datetime]
    passed: Mapped[bool] = mapped_column(default=False)


class AccountSession(Base):
    """A browser that is signed in: until when at most, when it was last seen, when and why it was ended."""

    __tablename__ = "account_session"
    __table_args__ = (Index("ix_account_session_account_id", "account_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_digest: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")

    account: Mapped[Account] = relationship()


class OneTimeLink(Base):
    """A link that does one thing once: makes the first admin, lets a member of staff in, or sets a new password.

    ``account_id`` is the account to set a password for; for the other two the rest says what account will be made.
    ``shop`` is the shop that a retailer's account will order for, empty for all others.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('first-admin', 'invitation', 'reset')", name="purpose"),
        CheckConstraint(f"role IN ({ROLES})", name="role"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[str]
    phone: Mapped[str]
    every_depot: Mapped[bool]
    depots: Mapped[list[Any]]
    shop: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """A program's key: the role it acts in, what of that role it may do (``scopes``), where, and until when."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint(f"role IN ({ROLES})", name="role"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    scopes: Mapped[list[Any]]
    every_depot: Mapped[bool]
    depots: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
