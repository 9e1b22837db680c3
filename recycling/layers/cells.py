"""What stands in the cells of a layer: texts, amounts, choices, materials, each wrong one told by its column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from recycling.errors import N_, Fault, Listing
from recycling.intake.cells import parts_of, window_in

LONGEST = {"name": 60, "name_en": 60, "operator": 60, "note": 80, "code": 40, "ref": 40, "county": 40, "town": 40}
"""Signs of texts; a shapefile keeps 254 bytes of each."""

MOST_AMOUNT = 1e10


def text_in(cells: Mapping[str, str], field: str, faults: list[Fault]) -> str:
    """Return a text in one line; with a fault for one that is too long or has signs that cannot be shown."""
    text = " ".join(cells.get(field, "").split())
    most = LONGEST[field]
    if len(text) > most or not text.isprintable():
        sentence = N_("Write at most %(most)s characters, all of them visible.")
        faults.append(Fault(field, "bad-text", sentence, {"most": most}))
        return ""
    return text


def amount_in(cells: Mapping[str, str], field: str, faults: list[Fault]) -> float | None:
    """Return an amount, None for an empty cell; with a fault for what is no number, or below 0."""
    text = cells.get(field, "").replace(",", "").replace("，", "").strip()
    if not text:
        return None
    try:
        number = float(text)
        if 0 <= number <= MOST_AMOUNT:
            return number
    except ValueError:
        pass
    sentence = N_("%(text)s is no amount. Write a number from 0 upwards, without its unit.")
    faults.append(Fault(field, "no-amount", sentence, {"text": text[:20]}))
    return None


def one_of(cells: Mapping[str, str], field: str, words: Mapping[str, Sequence[str]], faults: list[Fault]) -> str:
    """Return the code that a cell calls by one of its words; empty for an empty cell, and with a fault for others."""
    text = cells.get(field, "").strip()
    found = next((code for code, names in words.items() if text.casefold() in (code, *names)), "")
    if text and not found:
        sentence = N_("%(word)s is not one of the choices: %(known)s.")
        known = Listing(f"{code} / {names[0]}" if names else code for code, names in words.items())
        faults.append(Fault(field, "unknown-choice", sentence, {"word": text[:20], "known": known}))
    return found


def some_of(
    cells: Mapping[str, str], field: str, words: Mapping[str, Sequence[str]], faults: list[Fault]
) -> tuple[str, ...]:
    """Return the codes that a cell lists, in the order of the words."""
    parts = parts_of(cells.get(field, ""))
    found = {one_of({field: part}, field, words, faults) for part in parts}
    return tuple(code for code in words if code in found)


def yes_or_no(cells: Mapping[str, str], field: str, faults: list[Fault]) -> bool | None:
    """Return yes or no, None for an empty cell."""
    words = {"yes": ("是", "y", "1", "true", "open"), "no": ("否", "n", "0", "false", "closed")}
    word = one_of(cells, field, words, faults)
    return None if not word else word == "yes"


def hours_in(cells: Mapping[str, str], faults: list[Fault]) -> str:
    """Return hours as 07:30-19:00; empty for an empty cell."""
    text = cells.get("hours", "").strip()
    hours = window_in(text)
    if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", hours):
        faults.append(Fault("hours", "bad-hours", N_("Write the hours as 07:30-19:00."), {}))
        return ""
    return hours


def materials_in(cells: Mapping[str, str], names: Mapping[str, str], faults: list[Fault]) -> dict[str, float]:
    """Read "paper=1500; 玻璃=400", tonnes a year of each; ``names`` give the code of a material by any of its names."""
    found: dict[str, float] = {}
    for part in parts_of(cells.get("materials", "")):
        match = re.fullmatch(r"(.+?)\s*[=:：]\s*([\d.]+)\s*(?:t|吨)?", part)
        code = names.get(match[1].casefold()) if match else None
        if match is None or code is None or code in found:
            sentence = N_("%(part)s is no material with its tonnes, or stands there twice. Write: %(like)s.")
            like = Listing(f"{one}=100" for one in sorted(set(names.values())))
            faults.append(Fault("materials", "bad-materials", sentence, {"part": part[:30], "like": like}))
            continue
        tonnes = amount_in({"materials": match[2]}, "materials", faults)
        if tonnes is not None:
            found[code] = tonnes
    return found


def prices_in(cells: Mapping[str, str], names: Mapping[str, str], faults: list[Fault]) -> dict[str, float]:
    """Read "paper=300; 玻璃=-20", yuan that are paid for a tonne of each, below 0 for what wants to be paid."""
    found: dict[str, float] = {}
    for part in parts_of(cells.get("prices", "")):
        match = re.fullmatch(r"(.+?)\s*[=:：]\s*([-−+]?)\s*(\d+(?:\.\d+)?)\s*(?:yuan|元)?", part)
        code = names.get(match[1].casefold()) if match else None
        if match is None or code is None or code in found or float(match[3]) > MOST_AMOUNT:
            sentence = N_("%(part)s is no material with yuan a tonne, or stands there twice. Write: %(like)s.")
            like = Listing(f"{one}=100" for one in sorted(set(names.values())))
            faults.append(Fault("prices", "bad-prices", sentence, {"part": part[:30], "like": like}))
            continue
        found[code] = float(match[3]) * (-1 if match[2] in ("-", "−") else 1)
    return found
