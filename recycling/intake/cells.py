"""Cells of a table that people fill in: heads by their names in either language, and what stands below them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.errors import N_, BadRequestError, Fault, Listing
from recycling.intake.reading import MOST_SIGNS, Line
from recycling.places import alike, named

YES = {"yes", "y", "1", "true", "x", "是", "有", "√"}
NO = {"", "no", "n", "0", "false", "否", "无", "没有"}


@dataclass(frozen=True)
class Column:
    """A column: its field, its names (the first is the template's), and whether a row needs it."""

    field: str
    zh: str
    en: str
    needed: bool = False
    others: tuple[str, ...] = ()


def column_name(columns: Sequence[Column], field: str, language: str) -> str:
    """Return how the template calls a field; a field that is none of its columns stays as it is."""
    field = {"position": "lon"}.get(field, field)
    found = next((c for c in columns if c.field == field), None)
    return field if found is None else found.zh if language.startswith("zh") else found.en


def fields_of(columns: Sequence[Column], head: Line) -> list[str]:
    """Return the field of each column of the file's head, empty for one that says nothing to us.

    Raises
    ------
    BadRequestError
        When a column that every row needs is missing, or one stands there twice.
    """
    by_name = {name.casefold(): c.field for c in columns for name in (c.zh, c.en, c.field, *c.others)}
    fields = []
    for cell in head.cells:
        parts = [part.strip(" *：:").casefold() for part in (cell, *cell.split("/"))]
        fields.append(next((by_name[part] for part in parts if part in by_name), ""))
    twice = sorted({f for f in fields if f and fields.count(f) > 1})
    missing = [f"{c.zh} / {c.en}" for c in columns if c.needed and c.field not in fields]
    if missing:
        raise BadRequestError.one(
            "missing-columns",
            N_("Line %(line)s must name the columns. Missing: %(columns)s. Take the template."),
            where="file",
            line=head.number,
            columns=Listing(missing),
        )
    if twice:
        raise BadRequestError.one(
            "columns-twice",
            N_("These columns stand in the file twice: %(columns)s. Remove one of each."),
            where="file",
            columns=Listing(twice),
        )
    return fields


def items_in(catalogue: Catalogue, text: str, faults: dict[str, Fault], field: str = "items") -> dict[str, int]:
    """Read "冰箱*1; paper 2": names in either language or codes, each with its pieces."""
    by_name = names_of(catalogue)
    found: dict[str, int] = {}
    for part in parts_of(text):
        whole = by_name.get(part.casefold())
        match = re.fullmatch(r"(.+?)(?:\s*[*×xX:：]\s*|\s+)(\d{1,4})\s*(?:台|件|个|kg|公斤)?", part)
        code = whole or (by_name.get(match[1].strip().casefold()) if match else None)
        if code is None:
            faults[field] = Fault(
                field,
                "unknown-item",
                N_("We do not know the item %(item)s. Choose one from the list."),
                {"item": (match[1] if match else part)[:40]},
            )
            continue
        found[code] = found.get(code, 0) + (1 if whole or match is None else int(match[2]))
    return found


def refuse_long(cells: dict[str, str], fields: Sequence[str], faults: dict[str, Fault]) -> None:
    """Take cells away of which only the beginning was read, each with a fault: half of a list is another list."""
    for field in (f for f in fields if len(cells.get(f, "")) > MOST_SIGNS):
        longer = N_("This is longer than %(most)s characters. Shorten it.")
        faults[field] = Fault(field, "too-long", longer, {"most": MOST_SIGNS})
        del cells[field]


def names_of(catalogue: Catalogue) -> dict[str, str]:
    """Return the code of each thing by its names in either language and its code, in small letters."""
    return {name.casefold(): c for c, item in catalogue.variants.items() for name in (item.zh, item.en, c)}


def parts_of(text: str) -> list[str]:
    """Return the parts of a list as people write one: with commas, semicolons, plus signs or lines."""
    return [part for part in map(str.strip, re.split(r"[;；,，、\n+]+", text)) if part]


def choice_in(
    cells: Mapping[str, str], field: str, words: Mapping[str, Sequence[str]], faults: dict[str, Fault]
) -> str:
    """Return the code that a cell calls by one of its `words`; empty for an empty cell, and with a fault for others."""
    text = cells.get(field, "")
    found = next((code for code, names in words.items() if text.casefold() in (code, *names)), "")
    if text and not found:
        faults[field] = Fault(
            field,
            "unknown-choice",
            N_("%(word)s is not one of the choices: %(known)s."),
            {"word": text[:20], "known": Listing(words)},
        )
    return found


def community_in(session: Session, text: str, needed: bool, faults: dict[str, Fault]) -> str:
    """Return the code of the community that is named exactly; nothing, with a fault if it is `needed`, for another.

    Nothing is guessed: the fault names communities that may be meant.
    """
    if not text:
        return ""
    exact = [place for place in named(session, text) if place.kind == "community"]
    if len(exact) == 1:
        return exact[0].code
    if needed and exact:
        faults["community"] = Fault(
            "community",
            "ambiguous-community",
            N_("There are several places of this name. Choose one from the list: %(choices)s."),
            {"choices": Listing(p.label for p in exact[:5])},
        )
    elif needed:
        near = alike(session, text)
        faults["community"] = Fault(
            "community",
            "unknown-community",
            N_("We do not know the community %(name)s. Is it one of these: %(choices)s? Write its name like that.")
            if near
            else N_("We do not know the community %(name)s. Write its name as the booking page shows it, or its code."),
            {"name": text[:40], **({"choices": Listing(p.label for p in near)} if near else {})},
        )
    return ""


def number_in(cells: Mapping[str, str], field: str, faults: dict[str, Fault], most: float = 1000) -> float | None:
    """Return a number; None where nothing stands, or with a fault what is none."""
    text = cells.get(field, "")
    if not text:
        return None
    try:
        number = float(text)
        if abs(number) < most and (field != "floor" or number.is_integer()):
            return number
    except ValueError:
        pass
    faults[field] = Fault(
        field, "not-a-number", N_("%(text)s is not a number that can stand here."), {"text": text[:20]}
    )
    return None


def yes_in(cells: Mapping[str, str], field: str, faults: dict[str, Fault]) -> bool:
    """Return whether yes stands there; nothing means no, anything else is a fault."""
    text = cells.get(field, "").casefold()
    if text not in YES | NO:
        faults[field] = Fault(field, "not-yes-or-no", N_("Write yes or no instead of %(text)s."), {"text": text[:20]})
    return text in YES


def day_in(text: str, faults: dict[str, Fault], field: str = "day") -> date | None:
    """Return a day as spreadsheets write it; None where nothing stands, or with a fault what is none."""
    text = text.partition(" ")[0]
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    faults[field] = Fault(field, "not-a-day", N_("%(text)s is not a day. Choose one."), {"text": text[:20]})
    return None


def window_in(text: str) -> str:
    """Return a window as the settings write it: 8:00～10:00 as 08:00-10:00."""
    text = re.sub(r"\s*[–—－~～至到-]\s*", "-", text.replace("：", ":").strip())
    return "-".join(f"0{part}" if re.fullmatch(r"\d:\d\d", part) else part for part in text.split("-"))
