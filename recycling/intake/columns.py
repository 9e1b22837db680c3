"""The columns of a file of bookings, by their names in Chinese and English, and each row as a request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from recycling.booking import BookingRequest
from recycling.catalogue import Catalogue
from recycling.errors import N_, BadRequestError, Fault, Listing
from recycling.intake.reading import Line
from recycling.places import named

MOST_ID = 60
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


COLUMNS = (
    Column("id", "编号", "id", True, ("单号", "订单号", "外部编号", "external id", "order", "order number")),
    Column("contact", "联系人", "name", True, ("姓名", "客户", "contact", "customer")),
    Column("phone", "电话", "phone", True, ("手机", "手机号", "联系电话", "telephone", "mobile")),
    Column("community", "社区", "community", False, ("小区", "村", "village")),
    Column("address", "地址", "address", True, ("门牌", "详细地址", "street")),
    Column("floor", "楼层", "floor"),
    Column("lift", "电梯", "lift", False, ("elevator",)),
    Column("height_limit", "限高", "height limit", False, ("通道限高", "height")),
    Column("items", "物品", "items", True, ("品类", "旧物", "things", "goods")),
    Column("day", "日期", "day", False, ("date", "上门日期")),
    Column("window", "时段", "window", False, ("时间", "上门时段", "time")),
    Column("scene", "场所", "kind of place", False, ("场所类型", "place")),
    Column("note", "备注", "note", False, ("remark", "remarks")),
    Column("lon", "经度", "longitude", False, ("lon", "lng")),
    Column("lat", "纬度", "latitude", False, ("lat",)),
    Column("crs", "坐标系", "coordinates", False, ("crs",)),
    Column("different", "另一批", "other things", False, ("different",)),
)
SCENE_WORDS = {
    "home": ("家中", "家里", "住家", "at home"),
    "shop": ("商店", "店铺", "商铺"),
    "office": ("办公室", "单位"),
    "school": ("学校",),
    "renovation": ("装修",),
    "event": ("活动",),
}
"""How a file may call the kinds of places, besides their codes."""
_BY_NAME = {name.casefold(): c.field for c in COLUMNS for name in (c.zh, c.en, c.field, *c.others)}


@dataclass(frozen=True)
class Row:
    """A row of the file as a request; ``anytime`` asks for the best window that can be kept, on the day if one is."""

    line: int
    external: str
    wish: BookingRequest
    anytime: bool
    faults: Sequence[Fault] = ()


def column_name(field: str, language: str) -> str:
    """Return how the template calls a field; a field that is none of its columns stays as it is."""
    field = {"position": "lon"}.get(field, field)
    found = next((c for c in COLUMNS if c.field == field), None)
    return field if found is None else found.zh if language.startswith("zh") else found.en


def template_rows(catalogue: Catalogue, today: date, window: str) -> tuple[list[str], list[list[str]]]:
    """Return head and one example row of the template: Chinese names with the English ones beside them."""
    head = [f"{c.zh} / {c.en}" for c in COLUMNS]
    names = [item.zh for item in catalogue.items.values()][:2]
    example = {
        "id": "A-1001",
        "contact": "王女士",
        "phone": "13800138000",
        "community": "凤凰社区",
        "address": "3栋2单元501",
        "floor": "5",
        "lift": "否",
        "items": f"{names[0]}*1; {names[-1]}*2",
        "day": (today + timedelta(days=2)).isoformat(),
        "window": window,
    }
    return head, [[example.get(c.field, "") for c in COLUMNS]]


def fields_of(head: Line) -> list[str]:
    """Return the field of each column of the file's head, empty for one that says nothing to us.

    Raises
    ------
    BadRequestError
        When a column that every row needs is missing, or one stands there twice.
    """
    fields = []
    for cell in head.cells:
        parts = [part.strip(" *：:").casefold() for part in (cell, *cell.split("/"))]
        fields.append(next((_BY_NAME[part] for part in parts if part in _BY_NAME), ""))
    twice = sorted({f for f in fields if f and fields.count(f) > 1})
    missing = [f"{c.zh} / {c.en}" for c in COLUMNS if c.needed and c.field not in fields]
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


def row_of(session: Session, catalogue: Catalogue, fields: Sequence[str], line: Line, scene: str = "home") -> Row:
    """Return a row as a request; all that cannot be read in it as faults, each at its field.

    `scene` is the kind of place of a row that does not say it.
    """
    cells = {field: cell.strip() for field, cell in zip(fields, line.cells, strict=False) if field}
    faults: dict[str, Fault] = {}
    external = cells.get("id", "")
    if not external or len(external) > MOST_ID:
        text = N_("Each row needs a number of its own, of at most %(most)s signs.")
        faults["id"] = Fault("id", "no-id", text, {"most": MOST_ID})
    lon, lat = _number(cells, "lon", faults), _number(cells, "lat", faults)
    floor = _number(cells, "floor", faults)
    wish = BookingRequest(
        items=_items(catalogue, cells.get("items", ""), faults),
        community=_community(session, cells.get("community", ""), lon is None or lat is None, faults),
        lon=lon if lat is not None else None,
        lat=lat if lon is not None else None,
        address=cells.get("address", ""),
        floor=1 if floor is None else int(floor),
        lift=_yes(cells, "lift", faults),
        height_limit=_number(cells, "height_limit", faults),
        day=_day(cells.get("day", ""), faults),
        window=_window(cells.get("window", "")),
        contact=cells.get("contact", ""),
        phone=cells.get("phone", ""),
        note=cells.get("note", ""),
        crs=(cells.get("crs", "") or "wgs84").lower().replace("-", ""),
        scene=_scene(cells.get("scene", ""), faults) or scene,
        different=_yes(cells, "different", faults),
        unreadable=faults,
    )
    return Row(line.number, external, wish, not wish.window)


def _items(catalogue: Catalogue, text: str, faults: dict[str, Fault]) -> dict[str, int]:
    """Read "冰箱*1; paper 2": names in either language or codes, each with its pieces."""
    by_name = {name.casefold(): c for c, item in catalogue.variants.items() for name in (item.zh, item.en, c)}
    found: dict[str, int] = {}
    for part in filter(None, map(str.strip, re.split(r"[;；,，、\n+]+", text))):
        whole = by_name.get(part.casefold())
        match = re.fullmatch(r"(.+?)(?:\s*[*×xX:：]\s*|\s+)(\d{1,4})\s*(?:台|件|个|kg|公斤)?", part)
        code = whole or (by_name.get(match[1].strip().casefold()) if match else None)
        if code is None:
            faults["items"] = Fault(
                "items",
                "unknown-item",
                N_("We do not know the item %(item)s. Choose one from the list."),
                {"item": (match[1] if match else part)[:40]},
            )
            continue
        found[code] = found.get(code, 0) + (1 if whole or match is None else int(match[2]))
    return found


def _community(session: Session, text: str, needed: bool, faults: dict[str, Fault]) -> str:
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
        faults["community"] = Fault(
            "community",
            "unknown-community",
            N_("We do not know the community %(name)s. Write its name as the booking page shows it, or its code."),
            {"name": text[:40]},
        )
    return ""


def _number(cells: Mapping[str, str], field: str, faults: dict[str, Fault]) -> float | None:
    text = cells.get(field, "")
    if not text:
        return None
    try:
        number = float(text)
        if abs(number) < 1000 and (field != "floor" or number.is_integer()):
            return number
    except ValueError:
        pass
    faults[field] = Fault(
        field, "not-a-number", N_("%(text)s is not a number that can stand here."), {"text": text[:20]}
    )
    return None


def _yes(cells: Mapping[str, str], field: str, faults: dict[str, Fault]) -> bool:
    text = cells.get(field, "").casefold()
    if text not in YES | NO:
        faults[field] = Fault(field, "not-yes-or-no", N_("Write yes or no instead of %(text)s."), {"text": text[:20]})
    return text in YES


def _scene(text: str, faults: dict[str, Fault]) -> str:
    word = text.casefold()
    found = next((code for code, words in SCENE_WORDS.items() if word in (code, *words)), "")
    if word and not found:
        faults["scene"] = Fault(
            "scene",
            "unknown-choice",
            N_("%(word)s is not one of the choices: %(known)s."),
            {"word": text[:20], "known": Listing(SCENE_WORDS)},
        )
    return found


def _day(text: str, faults: dict[str, Fault]) -> date | None:
    text = text.partition(" ")[0]
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    faults["day"] = Fault("day", "not-a-day", N_("%(text)s is not a day. Choose one."), {"text": text[:20]})
    return None


def _window(text: str) -> str:
    """Return a window as the settings write it: 8:00～10:00 as 08:00-10:00."""
    text = re.sub(r"\s*[–—－~～至到-]\s*", "-", text.replace("：", ":").strip())
    return "-".join(f"0{part}" if re.fullmatch(r"\d:\d\d", part) else part for part in text.split("-"))
