"""Personal data: what of it a page shows."""

from __future__ import annotations


def mask_phone(phone: str) -> str:
    """Return a number of which only the first and the last digits can be read: 138****1234."""
    digits = phone.removeprefix("+86")
    if len(digits) < 8:
        return "*" * len(digits)
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]
