"""Which shop somebody orders for: the one that an administrator named for account or key, or that staff names."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor, Role
from recycling.accounts.people import MOST_SHOP
from recycling.booking.checks import clean
from recycling.errors import N_, BadRequestError
from recycling.models import Account, ApiKey


def the_shop(session: Session, actor: Actor, named: str = "") -> str:
    """Return the shop's name.

    A shop's own account or key orders for the shop of its name alone, so that all of them with one name see the same
    orders. Whoever else orders says for whom.

    Raises
    ------
    BadRequestError
        When nobody is named, or at too great length.
    """
    if actor.role is Role.RETAILER:
        number = uuid.UUID(actor.id)
        account, key = session.get(Account, number), session.get(ApiKey, number)
        named = account.name if account is not None else key.name if key is not None else ""
    name = clean(named)
    if not 1 <= len(name) <= MOST_SHOP:
        raise BadRequestError.one(
            "no-shop",
            N_("Enter the shop that orders, at most %(most)s signs: its order numbers are told apart by that."),
            where="sender",
            most=MOST_SHOP,
        )
    return name
