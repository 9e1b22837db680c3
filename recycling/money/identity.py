"""Identity numbers (居民身份证号码): checked, then kept only as a keyed hash and the last four characters.

The hash is Argon2id with a secret of 32 random bytes as its salt, from a file that only its owner reads. It is the same
for the same number, so that one person is recognised behind two telephones. The number cannot be read back from it, and
without the file it cannot be found by trying all numbers. Whoever issues an invoice asks the seller for it anew.
"""

from __future__ import annotations

import os
import re
import secrets
import uuid
from datetime import date
from pathlib import Path

from recycling.errors import N_, BadRequestError

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
"""By GB 11643-1999: the weighted sum of the first 17 digits, modulo 11, names the 18th."""

MEMORY_KIB, ROUNDS = 19 * 1024, 2
"""Argon2id as OWASP's password storage sheet advises at least."""


def sound_identity(text: str, today: date) -> str:
    """Return the number in its one form; BadRequestError when it is none that a person can have."""
    number = re.sub(r"[\s-]", "", text).upper()
    if not _possible(number, today):
        raise BadRequestError.one(
            "bad-identity",
            N_("This is not an identity number. Enter all 18 characters as they stand on the card."),
            where="identity",
        )
    return number


def identity_hash(number: str, secret: bytes) -> str:
    """Return the keyed hash of a sound number, as 64 hexadecimal digits."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        number.encode(), secret, time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1, hash_len=32, type=Type.ID
    ).hex()


def identity_secret(folder: Path) -> bytes:
    """Return the secret of this installation, made at first use; back it up with the database."""
    path = folder / "identity-key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".identity-key-{uuid.uuid4().hex}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # the first one stays, whoever else is making one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def _possible(number: str, today: date) -> bool:
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return date(1880, 1, 1) < born <= today and CHECK[total % 11] == number[17]
