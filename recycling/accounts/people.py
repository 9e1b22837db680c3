"""Accounts: made by invitation or by a resident's first code, limited, disabled. Each change ends what it must end."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts import passwords, sessions
from recycling.accounts.actors import Actor, Role, system
from recycling.accounts.rights import Action, Subject, demand
from recycling.accounts.tokens import digest, new_token
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.models import Account, AccountDepot, OneTimeLink, Site
from recycling.phones import mobile
from recycling.settings import AccessSettings

MOST_SHOP = 40
"""Signs that the name of a shop has at most."""

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")


def login_of(text: str) -> str:
    """Return a sign-in name as it is compared: without space around it, in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def by_login(session: Session, text: str) -> Account:
    """Return the member of staff with this sign-in name.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    found = session.scalar(select(Account).where(Account.login == login_of(text)))
    if found is None:
        raise NotFoundError.one("no-account", N_("There is no account '%(login)s'."), login=text)
    return found


def is_known(session: Session, key: uuid.UUID) -> bool:
    """Tell whether there is an account of that key."""
    return session.get(Account, key) is not None


def resident(session: Session, phone: str, now: datetime) -> Account:
    """Return the account of a resident's phone, made at its first code; inside a write unit."""
    hold(session, f"resident/{phone}")
    found = session.scalar(select(Account).where(Account.phone == phone, Account.role == Role.RESIDENT))
    if found is None:
        found = Account(role=Role.RESIDENT, login=None, name="", phone=phone, password_digest="", created_at=now)
        session.add(found)
        session.flush()
        audit.record(session, system("sign-in"), "account-made", "account", found.id, None, {"role": "resident"}, now)
    return found


def staff(session: Session) -> list[Account]:
    """Return all members of staff by name."""
    return list(session.scalars(select(Account).where(Account.role != Role.RESIDENT).order_by(Account.login)))


# -- links that let somebody in --------------------------------------------------------------------------------------


def first_admin(session: Session, access: AccessSettings, now: datetime) -> str:
    """Return the token of a link that makes the first admin.

    Raises
    ------
    ConflictError
        When an admin has signed in before: from then on admins invite each other.
    """
    _no_admin_yet(session)
    actor = system("account first-admin")
    return _link(session, access, actor, now, "first-admin", Role.ADMIN, every_depot=True)


def _no_admin_yet(session: Session) -> None:
    there = select(Account.id).where(
        Account.role == Role.ADMIN, Account.disabled_at.is_(None), Account.signed_in_at.is_not(None)
    )
    if session.scalar(there.limit(1)) is not None:
        raise ConflictError.one(
            "admin-there",
            N_("There is an administrator already. Ask for an invitation: recycling account invite admin"),
        )


def invite(
    session: Session,
    access: AccessSettings,
    actor: Actor,
    role: Role,
    phone: str,
    depots: Iterable[str],
    now: datetime,
    every_depot: bool = False,
    shop: str = "",
) -> str:
    """Return the token of a link with which a member of staff chooses name and password; codes go to `phone`.

    `shop` is the one that a retailer orders for, whose orders it sees.

    Raises
    ------
    BadRequestError
        When the phone is no mobile number, a depot is unknown, the role is resident, who need no invitation, or a
        retailer is invited for no shop.
    """
    demand(actor, Action.ACCOUNT_MANAGE)
    if role is Role.RESIDENT:
        raise BadRequestError.one(
            "no-invitation", N_("Residents need no invitation: a code to their phone lets them in.")
        )
    number, codes, named = mobile(phone), known_depots(session, depots), _shop(role, shop)
    return _link(session, access, actor, now, "invitation", role, number, codes, every_depot, shop=named)


def reset(session: Session, access: AccessSettings, actor: Actor, account: Account, now: datetime) -> str:
    """Return the token of a link for a new password. It signs nobody in: password and code are asked for after it."""
    demand(actor, Action.ACCOUNT_MANAGE, Subject.person(account))
    return _link(session, access, actor, now, "reset", Role(account.role), account=account.id)


def the_link(session: Session, token: str, now: datetime) -> OneTimeLink:
    """Return the link of a token while it is good.

    Raises
    ------
    NotFoundError
        When it is unknown, used or too old.
    """
    found = session.scalar(
        select(OneTimeLink)
        .where(OneTimeLink.token_digest == digest(token), OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)
        .with_for_update()
    )
    if found is None:
        raise NotFoundError.one(
            "no-link", N_("This link was used already, or is too old. Ask an administrator for a new one.")
        )
    return found


def accept(
    session: Session, access: AccessSettings, token: str, login: str, phone: str, password: str, now: datetime
) -> Account:
    """Use a link up: make its account, or give its account the new password. Inside a write unit, all or nothing.

    `login` counts for a new account, `phone` for the first admin alone: an invitation names the phone itself.

    Raises
    ------
    NotFoundError
        When the link is not good (any more).
    BadRequestError, ConflictError
        When an entry must be mended; the link stays good.
    """
    link = the_link(session, token, now)
    if link.purpose == "first-admin":
        hold(session, "first-admin")
        _no_admin_yet(session)
    if link.account_id is not None:
        account = session.get_one(Account, link.account_id)
        set_password(session, access, account, password)
        sessions.end_all(session, system("link"), account.id, "new password", now)
        action = "password-reset"
    else:
        account = _new(session, access, link, login, phone, password, now)
        action = "account-made"
    link.used_at = now
    session.flush()
    after = {"role": account.role, "link": str(link.id)}
    audit.record(session, system("link"), action, "account", account.id, None, after, now)
    return account


def _new(
    session: Session, access: AccessSettings, link: OneTimeLink, login: str, phone: str, password: str, now: datetime
) -> Account:
    name = login_of(login)
    if not LOGIN.fullmatch(name):
        raise BadRequestError.one(
            "bad-login", N_("A sign-in name has 3 to 32 letters a-z, digits, dots or dashes."), where="login"
        )
    hold(session, f"login/{name}")
    if session.scalar(select(Account.id).where(Account.login == name)) is not None:
        raise BadRequestError.one("login-taken", N_("This sign-in name is taken. Choose another."), where="login")
    if link.role == Role.RETAILER and not link.shop:  # of a version that let people name their shop themselves
        raise BadRequestError.one(
            "no-shop", N_("This invitation names no shop. Ask an administrator for a new one."), where="login"
        )
    account = Account(
        role=link.role,
        login=name,
        name=link.shop or name,
        phone=link.phone or mobile(phone),
        every_depot=link.every_depot,
        created_at=now,
        depots=[AccountDepot(depot_code=code) for code in link.depots],
    )
    set_password(session, access, account, password)
    session.add(account)
    return account


def _link(
    session: Session,
    access: AccessSettings,
    actor: Actor,
    now: datetime,
    purpose: str,
    role: Role,
    phone: str = "",
    depots: Iterable[str] = (),
    every_depot: bool = False,
    account: uuid.UUID | None = None,
    shop: str = "",
) -> str:
    token = new_token()
    link = OneTimeLink(
        purpose=purpose,
        token_digest=digest(token),
        account_id=account,
        role=role,
        phone=phone,
        every_depot=every_depot,
        depots=list(depots),
        shop=shop,
        created_at=now,
        expires_at=now + timedelta(hours=access.link_hours),
    )
    session.add(link)
    session.flush()
    audit.record(session, actor, f"{purpose}-link-made", "link", link.id, None, {"role": role.value}, now)
    return token


# -- changes ---------------------------------------------------------------------------------------------------------


def set_password(session: Session, access: AccessSettings, account: Account, password: str) -> None:
    """Give the account a password that passes the rules; who may do that is the caller's question."""
    passwords.check_new(password, [*access.context_words, account.login or "", account.phone[-8:]])
    account.password_digest = passwords.hashed(password)


def change_password(
    session: Session,
    access: AccessSettings,
    actor: Actor,
    account: Account,
    current: str,
    new: str,
    keep: uuid.UUID | None,
    now: datetime,
) -> None:
    """Change one's own password and sign out every other browser.

    Raises
    ------
    BadRequestError
        When the current password is wrong or the new one breaks a rule.
    """
    demand(actor, Action.ACCOUNT_OWN, Subject.person(account))
    if not passwords.is_right(account.password_digest, current):
        raise BadRequestError.one(
            "wrong-password", N_("The current password is not right. Nothing was changed."), where="current"
        )
    set_password(session, access, account, new)
    audit.record(session, actor, "password-changed", "account", account.id, None, None, now)
    sessions.end_all(session, actor, account.id, "new password", now, keep)


def disable(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Let the account in no more, and sign it out everywhere at once."""
    demand(actor, Action.ACCOUNT_MANAGE, Subject.person(account))
    _not_oneself(actor, account)
    account.disabled_at = now
    audit.record(session, actor, "account-disabled", "account", account.id, None, None, now)
    sessions.end_all(session, actor, account.id, "disabled", now)


def enable(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Let the account in again."""
    demand(actor, Action.ACCOUNT_MANAGE, Subject.person(account))
    account.disabled_at = None
    audit.record(session, actor, "account-enabled", "account", account.id, None, None, now)


def change_role(
    session: Session,
    actor: Actor,
    account: Account,
    role: Role,
    depots: Iterable[str],
    now: datetime,
    every_depot: bool = False,
    shop: str = "",
) -> None:
    """Give a member of staff another role or other depots, and sign the account out everywhere.

    `shop` is the one that a retailer orders for, whose orders it sees.

    Raises
    ------
    BadRequestError
        When one of the two roles is resident: residents and staff sign in in different ways; or when a retailer gets no
        shop.
    ForbiddenError
        When the actor would change itself.
    """
    demand(actor, Action.ACCOUNT_MANAGE, Subject.person(account))
    _not_oneself(actor, account)
    if Role.RESIDENT in (role, account.role):
        raise BadRequestError.one(
            "resident-stays", N_("A resident's account stays one. Invite the person as a member of staff.")
        )
    codes, named = known_depots(session, depots), _shop(role, shop)
    before = _reach(account)
    account.role, account.every_depot, account.name = role, every_depot, named or account.login or ""
    account.depots = [d for d in account.depots if d.depot_code in codes] + [
        AccountDepot(depot_code=code) for code in codes if code not in {d.depot_code for d in account.depots}
    ]
    session.flush()
    audit.record(session, actor, "role-changed", "account", account.id, before, _reach(account), now)
    sessions.end_all(session, actor, account.id, "other role", now)


def end_sessions(session: Session, actor: Actor, account: Account, now: datetime) -> int:
    """Sign another account out everywhere and return in how many browsers it was signed in."""
    demand(actor, Action.ACCOUNT_MANAGE, Subject.person(account))
    return sessions.end_all(session, actor, account.id, "ended by an administrator", now)


def _shop(role: Role, shop: str) -> str:
    """Return the shop that an account of a role orders for, empty for none.

    An administrator says it: who chooses a sign-in name could else choose another shop's.
    """
    name = " ".join(shop.split())
    if role is Role.RETAILER and not 1 <= len(name) <= MOST_SHOP:
        raise BadRequestError.one(
            "no-shop",
            N_("Say with --shop for which shop the retailer orders, in at most %(most)s signs."),
            most=MOST_SHOP,
        )
    if role is not Role.RETAILER and name:
        raise BadRequestError.one("shop-of-others", N_("Only a retailer orders for a shop. Leave --shop out."))
    return name


def _not_oneself(actor: Actor, account: Account) -> None:
    if actor.kind == "person" and actor.id == str(account.id):
        raise ForbiddenError.one("oneself", N_("Another administrator must do this: it is your own account."))


def _reach(account: Account) -> dict[str, object]:
    return {
        "role": str(account.role),
        "depots": sorted(d.depot_code for d in account.depots),
        "every_depot": account.every_depot,
    }


def known_depots(session: Session, codes: Iterable[str]) -> list[str]:
    """Return the codes once each, in order, when all are depots; BadRequestError otherwise."""
    wanted = sorted(set(codes))
    known = set(session.scalars(select(Site.code).where(Site.kind == "depot", Site.code.in_(wanted))))
    for code in wanted:
        if code not in known:
            raise BadRequestError.one("unknown-depot", N_("There is no depot '%(depot)s'."), depot=code)
    return wanted
