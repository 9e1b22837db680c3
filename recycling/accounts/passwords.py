"""Passwords of staff: kept as argon2id, compared as typed, and none that others would try first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from recycling.errors import N_, BadRequestError

SHORTEST, LONGEST = 8, 128
HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
"""argon2id with 46 MiB and two passes: above the least that OWASP's password storage sheet names (46 MiB, one pass)."""

ENOUGH = 6
"""Characters that must remain of a password when the words that anyone would think of here are taken out."""


def check_new(password: str, words: Iterable[str]) -> None:
    """Refuse a new password that is too short or long, common, or made of `words` (product, city, own name).

    Raises
    ------
    BadRequestError
        With one sentence that says what to do.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequestError.one(
            "password-length",
            N_("A password has %(shortest)s to %(longest)s characters, of any kind. This one has %(count)s."),
            where="password",
            shortest=SHORTEST,
            longest=LONGEST,
            count=len(password),
        )
    plain = password.casefold()
    rest = plain
    for word in sorted({w.casefold() for w in words if w}, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != plain and len(rest) < ENOUGH:
        raise BadRequestError.one(
            "password-context",
            N_("This password is made of words that anyone would try here. Choose another, such as four random words."),
            where="password",
        )
    if plain in _common() or len(set(plain)) < 4:
        raise BadRequestError.one(
            "password-common",
            N_("Many people use this password, so it is tried first. Choose another, such as four random words."),
            where="password",
        )


def hashed(password: str) -> str:
    """Return what is kept of a password: argon2id with its salt and parameters."""
    return HASHER.hash(password)


def is_right(kept: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed; takes as long for an account that has none."""
    try:
        return HASHER.verify(kept or _nobodys(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether the digest was made with other parameters than today's, and should be made anew."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """Return a digest to compare with where there is no account."""
    return HASHER.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).with_name("common_passwords.txt")
    return frozenset(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
