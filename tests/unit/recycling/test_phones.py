import random

import phonenumbers
import pytest

from recycling import phones
from recycling.errors import BadRequestError
from recycling.phones import mobile


@pytest.mark.parametrize(
    "text", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"]
)
def test_a_mobile_number_however_it_is_written(text):
    assert mobile(text) == "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0818-2123456",
        "110",
        "1380013800",
        "138001380001",
        "1380013800O",
        "13800138000 ext 5",
        "1" * 300,
        "😀",
        "\x00",
    ],
)
def test_what_gets_no_messages_is_refused(text):
    with pytest.raises(BadRequestError) as caught:
        mobile(text)
    assert [f.where for f in caught.value.faults] == ["phone"]


@pytest.mark.parametrize("start", ["", "1", "13", "15", "17", "1740", "179", "1610", "12", "19"])
def test_what_is_known_without_parsing_is_what_parsing_finds(start):
    """Mobile numbers as everybody writes them are told by the library's table alone."""
    rng = random.Random(start)
    for _ in range(300):
        text = start + "".join(rng.choices("0123456789", k=11 - len(start)))
        number = phones._parsed(text)
        slowly = number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert phones.e164(text) == slowly, text


def test_most_numbers_need_no_parsing(monkeypatch):
    monkeypatch.setattr(phones, "_parsed", None)
    phones.e164.cache_clear()
    assert phones.e164("13800138000") == "+8613800138000"
