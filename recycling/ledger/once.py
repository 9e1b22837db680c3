"""Doing a thing once, however often and from however many processes it is asked for by the same key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError, DomainError

Found = TypeVar("Found")
LONGEST_KEY = 120


def once(session: Session, look: Callable[[], Found | None], make: Callable[[], Found]) -> Found:
    """Return what `look` finds, else what `make` makes; of twins that run at once, one makes and the others find.

    What a twin did before it met the other's key is undone to a savepoint. A twin that was refused because of what
    the first one changed (the last voucher, the last points) finds the first one's answer too.
    """
    found = look()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            return make()
    except (IntegrityError, DomainError):
        found = look()
        if found is None:
            raise
        return found


def sound_key(key: str) -> None:
    """Raise BadRequestError for a key that cannot stand for one thing."""
    if not 8 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise BadRequestError.one(
            "bad-key", N_("The form is not complete. Load the page again; your entries stay."), where="key"
        )
