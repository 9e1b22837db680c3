"""A planned day made by hand for tests of what is printed: a pickup, a take-back, a call, an unload and a break."""

import uuid
from datetime import UTC, date, datetime, timedelta

from recycling.models import Plan, PlanRoute, PlanVisit, Site
from recycling.schedule import Door, Order, RouteSheet, Schedule, VisitLine

DAY = date(2026, 3, 5)
EIGHT = datetime(2026, 3, 5, 0, tzinfo=UTC)  # 08:00 at the depot
MINUTE = timedelta(minutes=1)
DEPOT = Site(code="DEP-01", name="示例车场", name_en="Example depot", lon=107.482, lat=31.212)


def order(kind, reference, place, **values):
    given = {"address": "", "contact": "", "phone": "", "items": (), "promise": (EIGHT, EIGHT + 120 * MINUTE)}
    given |= {"lon": 107.48, "lat": 31.21, **values}
    return Order(kind=kind, reference=reference, place=place, **given)


def orders(**changes):
    """The orders of the route; what `changes` says of the first one, the pickup, holds instead."""
    pickup = {
        "address": "3栋2单元501",
        "contact": "王女士",
        "phone": "138****8000",
        "items": (("fridge", 1), ("paper", 2)),
        "apart": ("fridge",),
        "door": Door(5, False, "hallway", 2.2, "门禁 12#"),
        "state": "planned",
        "day": DAY,
        **changes,
    }
    return (
        order("booking", "AB12CD34", "凤凰社区", **pickup),
        order(
            "take-back",
            "SO-7",
            "朝阳社区",
            address="8栋301 (示例商场)",
            contact="李先生",
            phone="139****1111",
            items=(("washer", 1),),
            taken_back=(("washer", 1),),
            door=Door(3, True, "flat", None, ""),
            state="open",
        ),
        order("call", "荷叶社区", "荷叶社区", address="示例镇", promise=(EIGHT + 90 * MINUTE,) * 2),
        order("unload", "CEN-01", "示例分拣中心", promise=None),
    )


def made_schedule(number=1, plate="川S示A01", notice="演示路网", **changes):
    """A schedule of one route; `changes` as `orders` takes them."""
    plan = Plan(
        depot_code="DEP-01",
        service_day=DAY,
        version=3,
        made_at=EIGHT - 12 * 60 * MINUTE,
        notice_zh=notice,
        notice_en="demonstration" if notice else "",
    )
    route = PlanRoute(
        number=number,
        plate=plate,
        vehicle_type="box",
        capacity_kg=1800,
        capacity_litres=16000,
        starts_at=EIGHT - 10 * MINUTE,
        ends_at=EIGHT + 300 * MINUTE,
        rest_start=EIGHT + 205 * MINUTE,
        rest_end=EIGHT + 265 * MINUTE,
        distance=12_340,
        way_home=[[107.48, 31.21], [107.482, 31.212]],
    )
    lines = []
    for k, one in enumerate(orders(**changes)):
        at = EIGHT + (270 if one.kind == "unload" else 60 * k) * MINUTE
        visit = PlanVisit(
            position=k,
            booking_id=uuid.UUID(int=1) if one.kind == "booking" else None,
            order_id=uuid.UUID(int=2) if one.kind == "take-back" else None,
            lon=107.47 + 0.01 * k,
            lat=31.2,
            arrives_at=at,
            begins_at=at,
            ends_at=at + 20 * MINUTE,
            load_kg=100 * (k + 1) if one.kind != "unload" else 0,
            load_litres=1000 * (k + 1) if one.kind != "unload" else 0,
            collected_kg=50,
            collected_litres=500,
            way=[[107.46 + 0.01 * k, 31.2], [107.47 + 0.01 * k, 31.2]],
        )
        lines.append(VisitLine(k + 1, one, visit, visit.load_litres / 16000))
    return Schedule(plan, (RouteSheet(route, tuple(lines)),), ())
