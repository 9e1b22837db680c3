"""What people type, brought to one spelling, and how Chinese signs are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 40
"""Signs and letters of a query that are looked at; no place has a longer name."""


def parts_of(text: str) -> list[str]:
    """Return the words of a text in one spelling: small letters without tones, ``v`` for ü, signs and digits.

    Everything else separates words. After j, q, x and y, where ü is written u, ``v`` becomes u as well.
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text[: 4 * LONGEST]).lower())
    text = text.replace("u\u0308", "v").replace("u:", "v")
    text = "".join(c for c in text if not unicodedata.combining(c)).replace("'", "")
    text = re.sub("(?<=[jqxy])v", "u", text)
    return "".join(c if c.isalnum() else " " for c in text)[:LONGEST].split()


def without_tones(word: str) -> str:
    """Return a word without the digits that stand for tones: ``feng4huang2`` becomes ``fenghuang``."""
    return re.sub("(?<=[a-z])[0-5](?![0-9])", "", word)


def is_letter(sign: str) -> bool:
    """Tell whether a sign of a query is a letter of the Latin alphabet."""
    return "a" <= sign <= "z"


def needs_reading(sign: str) -> bool:
    """Tell whether a sign of a name is read otherwise than it is typed."""
    return not sign.isascii() and sign.isalnum()


def readings_of(signs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return all readings of Chinese signs, the usual one first; a sign that is in no dictionary has none.

    Brings a dictionary of 56 MB that takes half a second: whoever serves pages takes the readings from the record.
    """
    from pypinyin import Style, pinyin

    found = {}
    for sign in dict.fromkeys(signs):
        syllables = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="ignore")
        spelled = [word for syllable in syllables for reading in syllable for word in parts_of(reading)]
        found[sign] = tuple(dict.fromkeys(word for word in spelled if word.isascii() and word.isalpha()))
    return found


def ways_to_type(readings: Iterable[str]) -> tuple[str, ...]:
    """Return readings with the ways in which people type their ü: lv, lu, lyu."""
    ways = {}
    for reading in readings:
        ways[reading] = True
        if "v" in reading:
            ways[reading.replace("v", "u")] = ways[reading.replace("v", "yu")] = True
    return tuple(ways)
