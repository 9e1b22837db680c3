"""The demonstration's people: one of each role, made up, without a password, so that no password lets anyone in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Role
from recycling.demo.orders import SHOP
from recycling.models import Account
from recycling.phones import mobile

PHONE = "19900000000"
"""The number of the day's first booking, so that the resident has one to see."""

PARTNER = "demo/partner"
"""The sign-in name that config/partners.toml gives an example company; nobody can choose it."""


def demo_people(now: datetime) -> list[Account]:
    """Return the accounts, not yet stored."""
    phone = mobile(PHONE)
    return [
        Account(
            role=role,
            login={Role.RESIDENT: None, Role.PARTNER: PARTNER}.get(role, f"demo-{role.value}"),
            name=SHOP if role is Role.RETAILER else f"demo-{role.value}",
            phone=phone,
            password_digest="",
            every_depot=role is not Role.RESIDENT,
            created_at=now,
        )
        for role in Role
    ]


def demo_person(session: Session, role: str) -> Account | None:
    """Return the demonstration's person of a role."""
    who = select(Account).where(Account.role == role, Account.password_digest == "")
    return session.scalar(who.order_by(Account.created_at).limit(1))
