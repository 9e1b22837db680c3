"""Posting entries: all lines or nothing, once by key, guarded where an account keeps to one side of zero."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session, selectinload

from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger.accounts import Account, Keeps, open_accounts
from recycling.ledger.once import once, sound_key
from recycling.models import LedgerEntry, LedgerGuard, LedgerLine
from recycling.models.base import new_id

LARGEST = 10**15
"""Beyond any amount that is meant: ten thousand milliard yuan in fen."""


@dataclass(frozen=True)
class Line:
    """An amount of an account, in its unit; positive is more of it."""

    account: Account
    amount: int


@dataclass(frozen=True)
class Draft:
    """An entry to be posted.

    Attributes
    ----------
    kind
        What happened, such as ``hand-in`` or ``redemption``.
    key
        The same key again is the same entry.
    at
        When it happened.
    person
        Who did it.
    reference
        What it belongs to: a purchase's or a redemption's reference.
    reason, reverses
        Why, and which entry is taken back.
    """

    kind: str
    lines: tuple[Line, ...]
    key: str
    at: datetime
    person: str
    reference: str = ""
    reason: str = ""
    reverses: uuid.UUID | None = None

    def digest(self) -> str:
        """Return a fingerprint of what is said, so that one key cannot stand for two things; the hour has no part."""
        lines = [[n.account.kind, n.account.owner, n.account.unit, n.amount] for n in self.lines]
        said = [self.kind, lines, self.reference, self.reason, str(self.reverses or "")]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def post(session: Session, draft: Draft) -> LedgerEntry:
    """Add the entry in the caller's write unit, or return the one that its key made before.

    Raises
    ------
    BadRequestError
        ``balance-short`` when an account would pass the zero that it keeps to.
    ConflictError
        ``key-used`` when the key stands for another entry; ``reversed`` when what it reverses was reversed before.
    ValueError
        When the lines are no entry: fewer than two, a zero, no integer, or a sum that is not zero in each unit.
    """
    sound_key(draft.key)
    _sound(draft)
    return once(session, lambda: _earlier(session, draft), lambda: _add(session, draft))


def reverse(
    session: Session, entry: LedgerEntry, reason: str, person: str, key: str, at: datetime, kind: str = "correction"
) -> LedgerEntry:
    """Take an entry back by one with the opposite lines, for a reason, by a person.

    Raises
    ------
    BadRequestError
        Without a reason or a person; ``balance-short`` as `post`.
    ConflictError
        As `post`.
    """
    if not reason.strip() or not person.strip():
        raise BadRequestError.one(
            "no-reason", N_("A correction needs a reason and the person who makes it."), where="reason"
        )
    lines = tuple(Line(_named(n), -n.amount) for n in entry.lines)
    return post(session, Draft(kind, lines, key, at, person, entry.reference, reason.strip(), entry.id))


def entry_by_key(session: Session, key: str) -> LedgerEntry | None:
    """Return the entry that the key made, with its lines."""
    return session.scalar(_with_lines().where(LedgerEntry.key == key))


def take_room(session: Session, account_id: uuid.UUID, step: int) -> bool:
    """Move a guarded account `step` away from zero (negative: towards it), unless that would pass zero."""
    change = (
        update(LedgerGuard)
        .where(LedgerGuard.account_id == account_id, LedgerGuard.room + step >= 0)
        .values(room=LedgerGuard.room + step)
        .returning(LedgerGuard.room)
        .execution_options(synchronize_session=False)
    )
    return session.execute(change).first() is not None


def _named(line: LedgerLine) -> Account:
    account = line.account
    keeps: dict[str, Keeps] = {"any": "any", "above": "above", "below": "below"}
    return Account(account.kind, account.owner, account.unit, keeps[account.keeps])


def _sound(draft: Draft) -> None:
    sums = Counter[str]()
    for line in draft.lines:
        if type(line.amount) is not int or not 0 < abs(line.amount) <= LARGEST:
            raise ValueError(f"{line.amount!r} is no amount of a ledger line")
        sums[line.account.unit] += line.amount
    if len(draft.lines) < 2 or any(sums.values()):
        raise ValueError(f"{draft.kind}: lines must be two or more and sum to zero, not to {dict(sums)}")


def _earlier(session: Session, draft: Draft) -> LedgerEntry | None:
    found = entry_by_key(session, draft.key)
    if found is not None and found.digest != draft.digest():
        raise ConflictError.one(
            "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
        )
    if found is None and draft.reverses is not None:
        other = session.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses == draft.reverses))
        if other is not None:
            raise ConflictError.one("reversed", N_("This entry was already taken back. Nothing was changed."))
    return found


def _add(session: Session, draft: Draft) -> LedgerEntry:
    ids = open_accounts(session, (n.account for n in draft.lines))
    steps = Counter[Account]()
    for line in draft.lines:
        steps[line.account] += line.amount * line.account.sign
    for account in sorted((a for a in steps if steps[a]), key=lambda a: ids[a]):  # one order: no two writers lock up
        if not take_room(session, ids[account], steps[account]):
            raise BadRequestError.one(
                "balance-short",
                N_("There is not enough left for this: %(amount)s %(unit)s are wanted. Take less."),
                amount=abs(steps[account]),
                unit=account.unit,
            )
    key = new_id()
    rows = [
        {"entry_id": key, "position": k, "account_id": ids[n.account], "amount": n.amount}
        for k, n in enumerate(draft.lines)
    ]
    session.execute(insert(LedgerLine), rows)  # lines first: the entry closes them
    said = {name: getattr(draft, name) for name in ("kind", "key", "at", "person", "reference", "reason", "reverses")}
    session.execute(insert(LedgerEntry).values(id=key, digest=draft.digest(), **said))
    return session.scalars(_with_lines().where(LedgerEntry.id == key)).one()


def _with_lines() -> Select[LedgerEntry]:
    return select(LedgerEntry).options(selectinload(LedgerEntry.lines).selectinload(LedgerLine.account))
