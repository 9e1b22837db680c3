"""The columns of a file of trips, by their names in Chinese and English, and each row as a wish."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.deliveries.columns import SERVICE_WORDS
from recycling.errors import N_, Fault, Listing
from recycling.fleet import Fleet
from recycling.intake.cells import Column, choice_in, community_in, day_in, number_in, refuse_long, window_in, yes_in
from recycling.intake.reading import Line
from recycling.models import Site
from recycling.spare.wish import PartWish, PlaceWish, TripWish

COLUMNS = (
    Column("id", "车次号", "trip", True, ("编号", "id", "trip number")),
    Column("day", "日期", "date", True, ("day",)),
    Column("window", "时段", "hours", True, ("出车时段", "window", "time")),
    Column("start", "出发地", "start", True, ("起点",)),
    Column("end", "结束地", "end", False, ("终点",)),
    Column("places", "途经地点", "places", False, ("停靠点", "stops")),
    Column("vehicle", "车型", "vehicle", True, ("vehicle type",)),
    Column("kg", "余载kg", "spare kg", True, ("余重", "kg")),
    Column("litres", "余载L", "spare litres", True, ("余容", "litres")),
    Column("parts", "隔舱", "compartments", False, ("分舱", "parts")),
    Column("people", "人数", "crew", False, ("people",)),
    Column("tail_lift", "尾板", "tail lift", False, ("tail-lift",)),
    Column("services", "技能", "skills", False, ("services",)),
    Column("materials", "可运品类", "may carry", True, ("品类", "materials")),
    Column("drops", "卸货点", "drops", True, ("卸货站点", "sites")),
    Column("ask_visit", "每次价", "yuan a visit", False, ("每趟价", "price a visit")),
    Column("ask_item", "每件价", "yuan a piece", False, ("price a piece", "yuan an item")),
    Column("ask_kg", "每公斤价", "yuan a kg", False, ("price a kg",)),
    Column("detour", "最多绕行分钟", "minutes of detour", False, ("绕行分钟", "detour")),
    Column("most", "最多件单", "most take-backs", False, ("最多单数", "most")),
    Column("crs", "坐标系", "coordinates", False, ("crs",)),
)
OTHERS = ("其他", "其它", "其余", "others", "other", "the rest")
MOST_NUMBER = 10_000_000
HOURS = re.compile(r"\d{1,2}[:：]\d\d\s*[–—－~～至到-]\s*\d{1,2}[:：]\d\d")
UNITS = (
    ("minutes", re.compile(r"(\d+(?:\.\d+)?)\s*(?:分钟|分|minutes|min)", re.IGNORECASE)),
    ("kg", re.compile(r"(\d+(?:\.\d+)?)\s*(?:kg|公斤|千克)", re.IGNORECASE)),
    ("litres", re.compile(r"(\d+(?:\.\d+)?)\s*(?:l|升|litres)(?![a-z])", re.IGNORECASE)),
)
LONLAT = re.compile(r"(-?\d{1,3}\.\d+)\s*[ ,，/]\s*(-?\d{1,2}\.\d+)")


@dataclass(frozen=True)
class Row:
    """A row of the file as a wish."""

    line: int
    external: str
    wish: TripWish
    faults: Sequence[Fault] = ()


def template_rows(today: date) -> tuple[list[str], list[list[str]]]:
    """Return head and one example row of the template: Chinese names with the English ones beside them."""
    example = {
        "id": "PS-1001",
        "day": (today + timedelta(days=2)).isoformat(),
        "window": "09:00-17:00",
        "start": "凤凰社区",
        "places": "凤凰社区 09:30-11:00 20分 60kg 900L; 107.4950 31.2080 15分",
        "vehicle": "van",
        "kg": "400",
        "litres": "2500",
        "people": "2",
        "services": "拆旧",
        "materials": "废旧家电; 废金属",
        "drops": "CEN-01",
        "ask_visit": "10",
        "ask_item": "5",
        "ask_kg": "0",
        "detour": "15",
        "most": "6",
    }
    return [f"{c.zh} / {c.en}" for c in COLUMNS], [[example.get(c.field, "") for c in COLUMNS]]


def row_of(session: Session, catalogue: Catalogue, fleet: Fleet, fields: Sequence[str], line: Line) -> Row:
    """Return a row as a wish; all that cannot be read in it as faults, each at its field."""
    cells = {field: cell.strip() for field, cell in zip(fields, line.cells, strict=False) if field}
    faults: dict[str, Fault] = {}
    refuse_long(cells, ("places", "parts", "materials", "drops"), faults)
    vehicles = {code: (kind.zh, kind.en) for code, kind in fleet.types.items()}
    people = number_in(cells, "people", faults)
    end = cells.get("end", "")
    wish = TripWish(
        external=cells.get("id", ""),
        day=day_in(cells.get("day", ""), faults),
        window=window_in(cells.get("window", "")),
        start=_place(session, cells.get("start", ""), "start", faults),
        end=_place(session, end, "end", faults) if end else None,
        places=[_place(session, part, "places", faults) for part in _parts(cells.get("places", ""))],
        vehicle=choice_in(cells, "vehicle", vehicles, faults),
        kg=number_in(cells, "kg", faults, MOST_NUMBER),
        litres=number_in(cells, "litres", faults, MOST_NUMBER),
        parts=_hold(catalogue, cells.get("parts", ""), faults),
        people=1 if people is None else int(people),
        tail_lift=yes_in(cells, "tail_lift", faults),
        services=_words(cells.get("services", ""), SERVICE_WORDS, "services", faults),
        materials=_words(cells.get("materials", ""), _material_words(catalogue), "materials", faults),
        drops=_sites(session, cells.get("drops", "")),
        ask_visit=number_in(cells, "ask_visit", faults, MOST_NUMBER) or 0,
        ask_item=number_in(cells, "ask_item", faults, MOST_NUMBER) or 0,
        ask_kg=number_in(cells, "ask_kg", faults, MOST_NUMBER) or 0,
        detour_minutes=number_in(cells, "detour", faults),
        most=number_in(cells, "most", faults),
        crs=(cells.get("crs", "") or "wgs84").lower().replace("-", ""),
        unreadable=faults,
    )
    return Row(line.number, wish.external, wish)


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, re.split(r"[;；\n]+", text)) if part]


def _place(session: Session, text: str, field: str, faults: dict[str, Fault]) -> PlaceWish:
    """Read one place: a community or a position, and hours, minutes, kilograms and litres in any order after it."""
    hours = HOURS.search(text)
    rest = HOURS.sub(" ", text)
    found: dict[str, float] = {}
    for name, unit in UNITS:
        match = unit.search(rest)
        found[name] = float(match[1]) if match else 0.0
        rest = unit.sub(" ", rest, count=1)
    lonlat = LONLAT.search(rest)
    name = " ".join(LONLAT.sub(" ", rest).split())
    code = community_in(session, name, lonlat is None, faults) if name else ""
    if name and not code and "community" in faults:
        faults[field] = Fault(field, faults["community"].code, faults["community"].template, faults["community"].values)
        del faults["community"]
    return PlaceWish(
        community=code,
        lon=float(lonlat[1]) if lonlat else None,
        lat=float(lonlat[2]) if lonlat else None,
        window=window_in(hours[0]) if hours else "",
        **found,
    )


def _hold(catalogue: Catalogue, text: str, faults: dict[str, Fault]) -> list[PartWish]:
    """Read ``废旧电池 100L; 其他 2000L``: the materials of each part of the hold, and its litres."""
    found = []
    for part in _parts(text):
        match = UNITS[2][1].search(part)
        if match is None:
            sentence = N_("Write each part of the hold with its litres, as in: Appliances 800L; others 1200L.")
            faults["parts"] = Fault("parts", "no-litres", sentence)
            continue
        names = UNITS[2][1].sub(" ", part).strip()
        rest = names.casefold() in ("", *OTHERS)
        materials = () if rest else _words(names, _material_words(catalogue), "parts", faults)
        found.append(PartWish(float(match[1]), tuple(sorted(materials))))
    return found


def _words(text: str, words: Mapping[str, Sequence[str]], field: str, faults: dict[str, Fault]) -> frozenset[str]:
    """Read a list of choices by their names in either language or their codes."""
    found = set()
    for word in filter(None, (part.strip() for part in re.split(r"[;；,，、+\n]", text))):
        code = next((c for c, names in words.items() if word.casefold() in (c, *map(str.casefold, names))), "")
        if code:
            found.add(code)
        else:
            sentence = N_("%(word)s is not one of the choices: %(known)s.")
            faults[field] = Fault(field, "unknown-choice", sentence, {"word": word[:20], "known": Listing(words)})
    return frozenset(found)


def _material_words(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    return {code: (material.zh, material.en) for code, material in catalogue.materials.items()}


def _sites(session: Session, text: str) -> list[str]:
    """Return the codes of sites that are named by code or name; what names none stays as it is."""
    known = {name.casefold(): s.code for s in session.scalars(select(Site)) for name in (s.name, s.name_en, s.code)}
    parts = [part.strip() for part in re.split(r"[;；,，、\n]+", text)]
    return [known.get(part.casefold(), part) for part in parts if part]
