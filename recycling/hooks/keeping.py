"""The address that a shop's events go to, and the secret that signs them, which is shown once.

The secret is no column: it is made of the site's key, which lies in a file that only its owner reads, and of the row.
Whoever gets hold of the database can sign nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.accounts.tokens import digest, same
from recycling.db import hold
from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.hooks.address import UnfitAddressError, checked, places_of
from recycling.hooks.events import PARTNER
from recycling.models import ShopEvent, ShopHook
from recycling.models.base import new_id
from recycling.settings import Settings

BEGINS = "rs_"
"""Begins every secret, so that one is recognised where it should not be."""

UNFIT = {
    "not-https": N_("Begin the address with https:// and a name, without a user or password, at most 300 signs."),
    "unknown-host": N_("The name in this address is not known. Look at its spelling."),
    "not-public": N_("This address leads into a private network. Name one that can be reached from the internet."),
}


def register(
    session: Session, settings: Settings, key: str, shop: str, url: str, actor: Actor, now: datetime
) -> tuple[ShopHook, str]:
    """Keep the address that a shop's events go to from now on, and return it with its secret.

    The secret is "" where only the address of a shop changes: it stays what it was.

    Parameters
    ----------
    key
        The site's key.

    Raises
    ------
    BadRequestError
        For an address that is none, is not known, or leads into a private network.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, keeps(shop))
    address = url.strip()
    try:
        places_of(checked(address, settings.hooks.local_addresses), settings.hooks.local_addresses)
    except UnfitAddressError as error:
        raise BadRequestError.one(error.code, UNFIT[error.code], where="url") from error
    hold(session, f"shop-hook/{shop}")
    found = session.scalar(select(ShopHook).where(ShopHook.retailer == shop).with_for_update())
    if found is not None:
        before = {"url": found.url}
        found.url, found.changed_at = address, now
        audit.record(session, actor, "hook.changed", "hook", found.id, before, {"url": address}, now)
        return found, ""
    hook = ShopHook(id=new_id(), retailer=shop, url=address, made_at=now, changed_at=now)
    secret = _new_secret(hook, key)
    session.add(hook)
    session.flush()
    audit.record(session, actor, "hook.made", "hook", hook.id, None, {"shop": shop, "url": address}, now)
    return hook, secret


def renew(session: Session, key: str, shop: str, actor: Actor, now: datetime) -> str:
    """Return a new secret for a shop's address; the old one signs nothing any more.

    Raises
    ------
    NotFoundError
        When the shop has named no address.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, keeps(shop))
    hook = shop_hook(session, shop, lock=True)
    secret = _new_secret(hook, key)
    hook.changed_at = now
    audit.record(session, actor, "hook.secret_renewed", "hook", hook.id, None, None, now)
    return secret


def remove(session: Session, shop: str, actor: Actor, now: datetime) -> None:
    """Forget a shop's address; what still waits for it is passed over. Raises as `renew`."""
    demand(actor, keeps(shop))
    hook = shop_hook(session, shop, lock=True)
    unsent = ShopEvent.state.in_(("waiting", "sending", "given-up"))
    closing = update(ShopEvent).where(ShopEvent.retailer == shop, unsent)
    session.execute(closing.values(state="passed", lease_until=None, fence=ShopEvent.fence + 1))
    session.delete(hook)
    audit.record(session, actor, "hook.removed", "hook", hook.id, {"url": hook.url}, None, now)


def keeps(owner: str) -> Action:
    """Return the right that it takes to look after the address of a shop, or of a partner recycler."""
    return Action.HANDOVER_TAKE if owner.startswith(PARTNER) else Action.HOOK_KEEP


def shop_hook(session: Session, shop: str, lock: bool = False) -> ShopHook:
    """Return the address of a shop; NotFoundError when it has named none."""
    query = select(ShopHook).where(ShopHook.retailer == shop)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError.one("no-hook", N_("This shop has named no address for events yet."))
    return found


def signing_secret(key: str, hook: ShopHook) -> str:
    """Return the secret of an address; "" when the site's key is not the one any more with which it was made."""
    secret = _secret(key, hook)
    return secret if same(digest(secret), hook.secret_digest) else ""


def _new_secret(hook: ShopHook, key: str) -> str:
    hook.salt = secrets.token_hex(16)
    secret = _secret(key, hook)
    hook.secret_digest = digest(secret)
    return secret


def _secret(key: str, hook: ShopHook) -> str:
    message = f"recycling.hooks/{hook.id.hex}/{hook.salt}".encode()
    return BEGINS + hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
