"""Telephone numbers that a code can be sent to."""

from __future__ import annotations

import phonenumbers

from recycling.errors import N_, BadRequestError

REGION = "CN"
MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def read_mobile(text: str) -> str:
    """Return the number in E.164.

    Raises
    ------
    BadRequestError
        When it is none, or a landline, which gets no messages.
    """
    try:
        number = phonenumbers.parse(text, REGION)
        spelled = any(c.isalpha() for c in text) or number.extension
        mobile = phonenumbers.number_type(number) in MOBILE
        if mobile and not spelled and phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    except phonenumbers.NumberParseException:
        pass
    raise BadRequestError.one(
        "bad-mobile", N_("This is not a mobile number. Enter its 11 digits: we send a code to it."), where="phone"
    )
