"""Which partner recycler somebody acts for: the one whose account or key it is, or the one that is named."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor, Role
from recycling.booking.checks import clean
from recycling.errors import N_, Listing, NotFoundError
from recycling.models import Account, ApiKey
from recycling.partner_companies import Partner
from recycling.settings import Settings


def the_partner(session: Session, settings: Settings, actor: Actor, named: str = "") -> Partner:
    """Return the partner whose account or key it is; whoever else acts says which.

    People choose their sign-in names themselves: the file says which are a partner's. Keys are named by administrators.

    Raises
    ------
    NotFoundError
        When config/partners.toml has none of that name, or an account or key of the role partner is none's.
    """
    if actor.role is Role.PARTNER:
        number = uuid.UUID(actor.id)
        account, key = session.get(Account, number), session.get(ApiKey, number)
        own = settings.partners.of_login(account.login) if account else settings.partners.find(key.name if key else "")
        if own is None:
            raise NotFoundError.one(
                "no-partner",
                N_(
                    "This account acts for no partner recycler. Ask the operator to enter its sign-in name in"
                    " config/partners.toml."
                ),
            )
        return own
    return named_partner(settings, named)


def named_partner(settings: Settings, named: str) -> Partner:
    """Return a partner by its code or its name; NotFoundError names those that there are."""
    found = settings.partners.find(clean(named))
    if found is None:
        raise NotFoundError.one(
            "no-partner",
            N_("There is no partner recycler %(partner)s in config/partners.toml. Choose one of: %(known)s."),
            where="partner",
            partner=clean(named)[:40],
            known=Listing(one.code for one in settings.partners.partner),
        )
    return found
