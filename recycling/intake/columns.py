"""The columns of a file of bookings, by their names in Chinese and English, and each row as a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from recycling.booking import BookingRequest
from recycling.catalogue import Catalogue
from recycling.errors import N_, Fault
from recycling.intake.cells import (
    NO,
    YES,
    Column,
    choice_in,
    community_in,
    day_in,
    items_in,
    names_of,
    number_in,
    parts_of,
    refuse_long,
    window_in,
    yes_in,
)
from recycling.intake.reading import Line

MOST_ID = 60
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
    Column("dismantle", "拆卸", "dismantle", False, ("拆装", "拆旧", "take apart")),
    Column("standing", "物品位置", "where things stand", False, ("放置位置", "摆放位置", "standing")),
    Column("day", "日期", "day", False, ("date", "上门日期")),
    Column("window", "时段", "window", False, ("时间", "上门时段", "time")),
    Column("scene", "场所", "kind of place", False, ("场所类型", "place")),
    Column("trade_in", "以旧换新单号", "trade-in order", False, ("以旧换新", "换新单号", "trade in", "trade-in")),
    Column("language", "短信语言", "language", False, ("语言", "通知语言")),
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
STANDING_WORDS = {
    "flat": ("屋里", "屋内", "室内", "家里", "in the rooms"),
    "hallway": ("楼道里", "楼道", "走廊", "过道", "in the hallway"),
    "gate": ("楼下", "楼下门口", "门口", "大门口", "downstairs at the gate"),
}
LANGUAGE_WORDS = {"zh": ("中文", "汉语", "chinese"), "en": ("英文", "英语", "english")}


@dataclass(frozen=True)
class Row:
    """A row of the file as a request; ``anytime`` asks for the best window that can be kept, on the day if one is."""

    line: int
    external: str
    wish: BookingRequest
    anytime: bool
    faults: Sequence[Fault] = ()


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
        "standing": "楼道里",
        "language": "中文",
        "day": (today + timedelta(days=2)).isoformat(),
        "window": window,
    }
    return head, [[example.get(c.field, "") for c in COLUMNS]]


def row_of(session: Session, catalogue: Catalogue, fields: Sequence[str], line: Line, scene: str = "home") -> Row:
    """Return a row as a request; all that cannot be read in it as faults, each at its field.

    `scene` is the kind of place of a row that does not say it.
    """
    cells = {field: cell.strip() for field, cell in zip(fields, line.cells, strict=False) if field}
    faults: dict[str, Fault] = {}
    refuse_long(cells, ("items", "dismantle"), faults)
    external = cells.get("id", "")
    if not external or len(external) > MOST_ID:
        text = N_("Each row needs a number of its own, of at most %(most)s signs.")
        faults["id"] = Fault("id", "no-id", text, {"most": MOST_ID})
    lon, lat = number_in(cells, "lon", faults), number_in(cells, "lat", faults)
    floor = number_in(cells, "floor", faults)
    items = items_in(catalogue, cells.get("items", ""), faults)
    wish = BookingRequest(
        items=items,
        dismantle=_dismantle(catalogue, cells.get("dismantle", ""), items, faults),
        community=community_in(session, cells.get("community", ""), lon is None or lat is None, faults),
        lon=lon if lat is not None else None,
        lat=lat if lon is not None else None,
        address=cells.get("address", ""),
        floor=1 if floor is None else int(floor),
        lift=yes_in(cells, "lift", faults),
        height_limit=number_in(cells, "height_limit", faults),
        day=day_in(cells.get("day", ""), faults),
        window=window_in(cells.get("window", "")),
        contact=cells.get("contact", ""),
        phone=cells.get("phone", ""),
        note=cells.get("note", ""),
        crs=(cells.get("crs", "") or "wgs84").lower().replace("-", ""),
        scene=choice_in(cells, "scene", SCENE_WORDS, faults) or scene,
        standing=choice_in(cells, "standing", STANDING_WORDS, faults) or "flat",
        trade_in=cells.get("trade_in", ""),
        language=choice_in(cells, "language", LANGUAGE_WORDS, faults) or "zh",
        different=yes_in(cells, "different", faults),
        unreadable=faults,
    )
    return Row(line.number, external, wish, not wish.window)


def _dismantle(catalogue: Catalogue, text: str, items: Mapping[str, int], faults: dict[str, Fault]) -> tuple[str, ...]:
    """Read what is to be taken down or apart: names or codes of things in the row, or yes for all that can be."""
    can = {code for code in items if catalogue.variants[code].dismantling is not None}
    if text.casefold() in NO:
        return ()
    if text.casefold() in YES:
        if not can:
            sentence = N_("Nothing in this row is taken down or apart. Leave this empty.")
            faults["dismantle"] = Fault("dismantle", "not-dismantled", sentence)
        return tuple(sorted(can))
    by_name, found = names_of(catalogue), set()
    for part in parts_of(text):
        code = by_name.get(part.casefold())
        if code not in can:
            faults["dismantle"] = Fault(
                "dismantle",
                "not-dismantled",
                N_(
                    "%(item)s is not taken down or apart, or is not among the items of the row. Write yes, or its name."
                ),
                {"item": part[:40]},
            )
        else:
            found.add(code)
    return tuple(sorted(code for code in found if code))
