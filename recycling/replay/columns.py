"""The columns of a past day's file, by their names in Chinese and English."""

from __future__ import annotations

from recycling.catalogue import Catalogue
from recycling.intake.cells import Column

COLUMNS = (
    Column("id", "编号", "id", True, ("单号", "订单号", "order", "number")),
    Column("community", "社区", "community", False, ("小区", "村", "village")),
    Column("lon", "经度", "longitude", False, ("lon", "lng")),
    Column("lat", "纬度", "latitude", False, ("lat",)),
    Column("crs", "坐标系", "coordinates", False, ("crs",)),
    Column("items", "物品", "items", False, ("品类", "旧物", "things", "goods")),
    Column("kg", "重量kg", "kg", False, ("重量", "weight")),
    Column("litres", "体积L", "litres", False, ("体积", "volume")),
    Column("brings_kg", "送货kg", "brings kg", False, ("送货重量",)),
    Column("brings_litres", "送货L", "brings litres", False, ("送货体积",)),
    Column("minutes", "作业分钟", "minutes", False, ("停留分钟", "service")),
    Column("people", "人数", "crew", False, ("people",)),
    Column("window", "时段", "hours", False, ("承诺时段", "window", "time")),
    Column("vehicle", "车辆", "vehicle", False, ("车牌", "plate", "truck")),
    Column("sequence", "顺序", "sequence", False, ("序号", "stop")),
    Column("arrived", "到达", "arrived", False, ("到达时间", "arrival")),
)


def template_rows(catalogue: Catalogue) -> tuple[list[str], list[list[str]]]:
    """Return head and two example rows of the template: one that was driven, one that says nothing of it."""
    name = next(iter(catalogue.items.values())).zh
    driven = {
        "id": "1",
        "community": "凤凰社区",
        "items": f"{name}*1",
        "window": "08:00-10:00",
        "vehicle": "川S12345",
        "sequence": "1",
        "arrived": "08:35",
    }
    plain = {
        "id": "2",
        "lon": "107.4738",
        "lat": "31.2062",
        "crs": "gcj02",
        "kg": "80",
        "litres": "900",
        "minutes": "12",
    }
    return [f"{c.zh} / {c.en}" for c in COLUMNS], [[row.get(c.field, "") for c in COLUMNS] for row in (driven, plain)]
