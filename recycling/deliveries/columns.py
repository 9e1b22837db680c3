"""The columns of a file of orders, by their names in Chinese and English, and each row as a wish."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.deliveries.wish import OrderWish
from recycling.errors import N_, Fault, Listing
from recycling.intake.cells import (
    Column,
    choice_in,
    community_in,
    day_in,
    items_in,
    number_in,
    refuse_long,
    window_in,
    yes_in,
)
from recycling.intake.columns import LANGUAGE_WORDS
from recycling.intake.reading import Line

COLUMNS = (
    Column("id", "订单号", "order", True, ("编号", "单号", "外部编号", "id", "external id", "order number")),
    Column("contact", "收货人", "name", True, ("联系人", "姓名", "客户", "contact", "customer")),
    Column("phone", "电话", "phone", True, ("手机", "手机号", "联系电话", "telephone", "mobile")),
    Column("community", "社区", "community", False, ("小区", "村", "village")),
    Column("address", "地址", "address", True, ("门牌", "详细地址", "street")),
    Column("floor", "楼层", "floor"),
    Column("lift", "电梯", "lift", False, ("elevator",)),
    Column("height_limit", "限高", "height limit", False, ("通道限高", "height")),
    Column("new_item", "新品", "new", True, ("商品", "送货商品", "delivery", "delivered")),
    Column("new_kg", "新品重量kg", "new kg", False, ("重量kg", "重量")),
    Column("new_litres", "新品体积L", "new litres", False, ("体积L", "体积")),
    Column("old_items", "旧物", "old", False, ("回收旧物", "旧机", "take back")),
    Column("condition", "旧物状况", "condition", False, ("状况", "成色")),
    Column("install_minutes", "安装分钟", "minutes to set up", False, ("安装", "install")),
    Column("services", "上门服务", "services", False, ("服务", "service")),
    Column("people", "人数", "crew", False, ("people",)),
    Column("day", "日期", "day", True, ("送货日期", "date")),
    Column("window", "时段", "hours", True, ("送货时段", "window", "time")),
    Column("fetch_window", "取旧时段", "hours to fetch", False, ("取旧时间", "fetch hours", "fetch window")),
    Column("price", "价格", "price yuan", False, ("成交价", "price")),
    Column("ordered", "下单日期", "ordered on", False, ("购买日期", "ordered", "bought on")),
    Column("language", "短信语言", "language", False, ("语言", "通知语言")),
    Column("note", "备注", "note", False, ("remark", "remarks")),
    Column("lon", "经度", "longitude", False, ("lon", "lng")),
    Column("lat", "纬度", "latitude", False, ("lat",)),
    Column("crs", "坐标系", "coordinates", False, ("crs",)),
)


@dataclass(frozen=True)
class Row:
    """A row of the file as a wish."""

    line: int
    external: str
    wish: OrderWish
    faults: Sequence[Fault] = ()
    waits: bool = False
    """Its day says that it waits for the village round."""


def template_rows(catalogue: Catalogue, today: date) -> tuple[list[str], list[list[str]]]:
    """Return head and one example row of the template: Chinese names with the English ones beside them."""
    fridge = catalogue.items.get("fridge") or next(iter(catalogue.items.values()))
    example = {
        "id": "SO-1001",
        "contact": "王女士",
        "phone": "13800138000",
        "community": "凤凰社区",
        "address": "3栋2单元501",
        "floor": "5",
        "lift": "否",
        "new_item": fridge.zh,
        "new_kg": "64",
        "new_litres": "1150",
        "old_items": f"{fridge.zh}*1",
        "condition": "能用",
        "install_minutes": "15",
        "services": "",
        "day": (today + timedelta(days=2)).isoformat(),
        "window": "09:00-12:00",
        "price": "3299",
        "ordered": today.isoformat(),
    }
    return [f"{c.zh} / {c.en}" for c in COLUMNS], [[example.get(c.field, "") for c in COLUMNS]]


def row_of(session: Session, catalogue: Catalogue, fields: Sequence[str], line: Line) -> Row:
    """Return a row as a wish; all that cannot be read in it as faults, each at its field."""
    cells = {field: cell.strip() for field, cell in zip(fields, line.cells, strict=False) if field}
    faults: dict[str, Fault] = {}
    refuse_long(cells, ("new_item", "old_items"), faults)
    lon, lat = number_in(cells, "lon", faults), number_in(cells, "lat", faults)
    floor = number_in(cells, "floor", faults)
    new = items_in(catalogue, cells.get("new_item", ""), faults, "new_item")
    if "new_item" not in faults and (len(new) != 1 or sum(new.values()) != 1):
        text = N_("Name one new thing a row; a second one is an order of its own.")
        faults["new_item"] = Fault("new_item", "not-one", text)
    waits = cells.get("day", "").casefold() in ROUND_WORDS
    people = number_in(cells, "people", faults)
    wish = OrderWish(
        external=cells.get("id", ""),
        contact=cells.get("contact", ""),
        phone=cells.get("phone", ""),
        community=community_in(session, cells.get("community", ""), lon is None or lat is None, faults),
        lon=lon if lat is not None else None,
        lat=lat if lon is not None else None,
        address=cells.get("address", ""),
        floor=1 if floor is None else int(floor),
        lift=yes_in(cells, "lift", faults),
        height_limit=number_in(cells, "height_limit", faults),
        new_item=next(iter(new), ""),
        new_kg=number_in(cells, "new_kg", faults, MOST_NUMBER),
        new_litres=number_in(cells, "new_litres", faults, MOST_NUMBER),
        old_items=items_in(catalogue, cells.get("old_items", ""), faults, "old_items"),
        condition=cells.get("condition", ""),
        install_minutes=number_in(cells, "install_minutes", faults) or 0,
        services=_services(cells.get("services", ""), faults),
        people=int(people or 0),
        day=None if waits else day_in(cells.get("day", ""), faults),
        window=window_in(cells.get("window", "")),
        fetch_window=window_in(cells.get("fetch_window", "")),
        price_yuan=number_in(cells, "price", faults, MOST_NUMBER),
        ordered_on=day_in(cells.get("ordered", ""), faults, "ordered"),
        note=cells.get("note", ""),
        language=choice_in(cells, "language", LANGUAGE_WORDS, faults) or "zh",
        crs=(cells.get("crs", "") or "wgs84").lower().replace("-", ""),
        unreadable=faults,
    )
    return Row(line.number, wish.external, wish, waits=waits)


ROUND_WORDS = ("下乡", "下乡车", "village round", "round")
SERVICE_WORDS: Mapping[str, Sequence[str]] = {
    "dismantle": ("拆旧", "拆", "拆除", "拆机", "take down", "dismantling"),
    "install": ("装新", "安装", "装", "set up", "installing", "installation"),
}


def _services(text: str, faults: dict[str, Fault]) -> frozenset[str]:
    """Read "拆旧; 安装": what the crew does besides carrying."""
    found = set()
    for word in filter(None, (part.strip().casefold() for part in re.split("[;；,，、+]", text))):
        code = next((code for code, names in SERVICE_WORDS.items() if word in (code, *names)), "")
        if not code:
            text = N_("%(word)s is not one of the choices: %(known)s.")
            values = {"word": word[:20], "known": Listing(SERVICE_WORDS)}
            faults["services"] = Fault("services", "unknown-choice", text, values)
        found.add(code)
    return frozenset(found - {""})


MOST_NUMBER = 10_000_000
