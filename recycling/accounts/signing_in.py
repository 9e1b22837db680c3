"""The two ways in: a resident by phone and code; staff by password, then a code to their phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from recycling import audit
from recycling.accounts import codes, passwords, people, sessions, throttle
from recycling.accounts.actors import Actor, Role
from recycling.accounts.sending import Send
from recycling.accounts.tokens import digest
from recycling.db import Database
from recycling.errors import N_, BadRequestError, TooOftenError
from recycling.models import Account
from recycling.phones import mobile
from recycling.settings import AccessSettings

Text = Callable[[str], str]
"""Says a code as a message in the reader's language."""


def ask_code(
    database: Database, access: AccessSettings, phone: str, origin: str, send: Send, text: Text, now: datetime
) -> str:
    """Send a resident a code and return the secret of the browser that may enter it.

    Whether the phone has an account makes no difference: the first code that is right makes one.

    Raises
    ------
    BadRequestError
        When it is no mobile number.
    TooOftenError
        When the phone or the address has had enough codes.
    """
    number = mobile(phone)
    with database.write() as session:
        issued = codes.issue(session, access, "resident", number, None, origin, now)
        anybody = Actor("anonymous", origin=origin)
        audit.record(session, anybody, "code-sent", "sign-in", digest(issued.request)[:16], None, None, now)
    send(number, text(issued.code))
    return issued.request


def check_password(
    database: Database,
    access: AccessSettings,
    login: str,
    password: str,
    origin: str,
    send: Send,
    text: Text,
    now: datetime,
) -> str:
    """Take the first factor of staff, send the code for the second, and return the browser's secret for it.

    A name that nobody has, one that is off and a wrong password get the same answer after the same work.

    Raises
    ------
    BadRequestError
        When name or password is wrong.
    TooOftenError
        After too many wrong ones, whether the name exists or not; or when too many codes were sent.
    """
    name = people.login_of(login)[:200]
    anybody = Actor("anonymous", origin=origin)
    with database.write() as session:
        begun = throttle.begin(session, access, name, origin, now)
        if begun is None:
            audit.record(session, anybody, "sign-in-throttled", "sign-in", digest(name)[:16], None, None, now)
    if begun is None:
        raise TooOftenError.one(
            "too-many-tries",
            N_("Too many wrong passwords. Wait 15 minutes, or ask an administrator for a new password."),
        )
    with database.read() as session:
        account = session.scalar(select(Account).where(Account.login == name))
    kept = account.password_digest if account and account.disabled_at is None else ""
    right = passwords.is_right(kept, password) if len(password) <= passwords.LONGEST else passwords.is_right("", "")
    if account is None or not right:
        with database.write() as session:
            kind, key = ("account", str(account.id)) if account else ("sign-in", digest(name)[:16])
            audit.record(session, anybody, "sign-in-refused", kind, key, None, None, now)
        raise BadRequestError.one(
            "wrong-sign-in", N_("Name or password is not right. Check both and try again."), where="password"
        )
    better = passwords.hashed(password) if passwords.is_outdated(kept) else None
    with database.write() as session:
        throttle.passed(session, begun)
        if better:
            session.get_one(Account, account.id).password_digest = better
        issued = codes.issue(session, access, "second-factor", account.phone, account.id, origin, now)
        audit.record(session, anybody, "code-sent", "account", account.id, None, None, now)
    send(account.phone, text(issued.code))
    return issued.request


def enter_code(
    database: Database, access: AccessSettings, request: str, code: str, origin: str, now: datetime
) -> tuple[str, Role]:
    """Take the code that was sent for this browser's request; return the secret of its new session, and the role.

    Raises
    ------
    BadRequestError
        When the code is wrong, too old, used, or was sent for another request; the try counts.
    """
    anybody = Actor("anonymous", origin=origin)
    with database.write() as session:
        row = codes.redeem(session, access, request, "".join(code.split()), now)
        account = None
        if row is not None:
            account = (
                session.get(Account, row.account_id) if row.account_id else people.resident(session, row.phone, now)
            )
        if account is not None and account.disabled_at is None:
            return sessions.start(session, access, account, origin, now), Role(account.role)
        audit.record(session, anybody, "code-refused", "sign-in", digest(request)[:16], None, None, now)
    raise BadRequestError.one(
        "wrong-code", N_("This code is not right or too old. Check it, or ask for a new one."), where="code"
    )
