"""Telephone numbers: one form for one number."""

from __future__ import annotations

import phonenumbers

REGION = "CN"


def e164(text: str) -> str | None:
    """Return the number in E.164, or None for what is none; letters and extensions are none."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    spelled = any(c.isalpha() for c in text) or number.extension
    if spelled or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
