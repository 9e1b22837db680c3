"""The demonstration's people: one of each role, made up, without a password, so that no password lets anyone in."""

from __future__ import annotations

from datetime import datetime

from recycling.accounts.actors import Role
from recycling.accounts.phones import read_mobile
from recycling.models import Account


def demo_people(resident_phone: str, now: datetime) -> list[Account]:
    """Return the accounts, not yet stored; the resident has the phone of a booking, so that there is one to see."""
    phone = read_mobile(resident_phone)
    return [
        Account(
            role=role,
            login=None if role is Role.RESIDENT else f"demo-{role.value}",
            name=f"demo-{role.value}",
            phone=phone,
            password_digest="",
            every_depot=role is not Role.RESIDENT,
            created_at=now,
        )
        for role in Role
    ]
