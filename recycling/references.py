"""References that people read to each other."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that look alike."""


def new_reference(length: int = 8) -> str:
    """Return a fresh reference that cannot be guessed in a few tries."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))
