"""Telephone numbers: one form for one number."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from recycling.errors import N_, BadRequestError

REGION = "CN"
MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}

COUNTRY, MOBILE_DIGITS = "+86", 11
OPERATOR = "1(?:[12]|79)"
"""How a number begins before which somebody may have dialled an operator's code, as the library knows them."""


@lru_cache(maxsize=1)
def _mobile() -> re.Pattern[str]:
    """Return what mobile numbers are by the library's own table: for them there is nothing to find out by parsing."""
    table = phonenumbers.PhoneMetadata.metadata_for_region(REGION, None)
    known = table.mobile.national_number_pattern if table and table.mobile else None
    return re.compile(rf"(?!{OPERATOR})(?:{known})" if known else "(?!)")


@lru_cache(maxsize=100)  # a booking asks more than once
def e164(text: str) -> str | None:
    """Return the number in E.164, or None for what is none.

    Letters, which the library would dial, and extensions, which it drops, are none.
    """
    if len(text) == MOBILE_DIGITS and text.isascii() and text.isdecimal() and _mobile().fullmatch(text):
        return COUNTRY + text
    number = _parsed(text)
    return None if number is None else str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def mobile(text: str) -> str:
    """Return the number that a code can be sent to, in E.164.

    Raises
    ------
    BadRequestError
        When it is none, or a landline, which gets no messages.
    """
    number = _parsed(text)
    if number is None or phonenumbers.number_type(number) not in MOBILE:
        raise BadRequestError.one(
            "bad-mobile", N_("This is not a mobile number. Enter its 11 digits: we send a code to it."), where="phone"
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    spelled = any(c.isalpha() for c in text) or number.extension
    return number if not spelled and phonenumbers.is_valid_number(number) else None
