"""The orders of a demonstration day: who wants what collected, where trucks call, what shops deliver."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import date, datetime, time

from recycling.booking import BookingRequest
from recycling.catalogue import Catalogue
from recycling.clock import ServiceClock, Span
from recycling.deliveries.checks import BRINGING, PACKED
from recycling.models import Call, Community, TradeInOrder

FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
TITLES = ("女士", "先生")
SMALL = ("cardboard", "paper", "plastic", "metal", "glass", "textiles")
ELECTRONICS = ("tv-flat", "computer", "laptop", "printer", "microwave", "range-hood")
LARGE = ("fridge", "washer", "drum-washer", "air-conditioner", "freezer", "tv-crt")
FURNITURE = ("sofa", "mattress", "table")
NEW_GOODS = ("fridge", "washer", "drum-washer", "air-conditioner", "tv-flat")
SHOP = "示例家电商场"
CALL_HOURS = (time(8, 30), time(10, 0), time(13, 30), time(14, 0), time(15, 30))
METRES_A_DEGREE = 111_320.0
DOOR_SPREAD = 110.0  # metres, standard deviation of doors around their community's place


def bookings(
    rng: random.Random,
    catalogue: Catalogue,
    communities: Sequence[Community],
    day: date,
    windows: Sequence[Span],
    count: int,
) -> list[BookingRequest]:
    """Return requests of residents: a third small goods, a third a large appliance, the rest mixed."""
    people = [c.population for c in communities]
    requests = []
    for number in range(count):
        community = rng.choices(communities, people)[0]
        lon, lat = near(rng, community)
        floor = rng.choice((1, 2, 3, 4, 5, 6, 8, 11, 15, 18))
        requests.append(
            BookingRequest(
                items={code: pieces for code, pieces in _items(rng).items() if code in catalogue.items},
                community=community.code,
                lon=lon,
                lat=lat,
                address=f"{rng.randint(1, 18)}栋{rng.randint(1, 4)}单元{floor}{rng.randint(1, 4):02d}",
                floor=floor,
                lift=floor > 6 or rng.random() < 0.25,
                day=day,
                window=str(rng.choices(windows, [3 if k < 2 else 2 for k in range(len(windows))])[0]),
                contact=rng.choice(FAMILY_NAMES) + rng.choice(TITLES),
                phone=f"1990000{number:04d}",
            )
        )
    return requests


def calls(
    rng: random.Random, clock: ServiceClock, communities: Sequence[Community], day: date, count: int
) -> list[Call]:
    """Return truck calls at the largest communities, spread over the day."""
    largest = sorted(communities, key=lambda c: -c.population)[: count * 2]
    made = []
    for number, community in enumerate(rng.sample(largest, min(count, len(largest)))):
        kg = rng.randint(90, 190)
        made.append(
            Call(
                depot_code=community.depot_code,
                community_code=community.code,
                service_day=day,
                starts_at=clock.at(day, CALL_HOURS[number % len(CALL_HOURS)]),
                dwell_minutes=rng.choice((45, 60, 75)),
                expected_kg=kg,
                expected_litres=kg * 18,
                lon=community.lon,
                lat=community.lat,
            )
        )
    return made


def trade_ins(
    rng: random.Random,
    catalogue: Catalogue,
    communities: Sequence[Community],
    clock: ServiceClock,
    day: date,
    windows: Sequence[Span],
    count: int,
) -> list[TradeInOrder]:
    """Return a shop's deliveries of which four in five take an old appliance back."""
    made = []
    for number in range(count):
        community = rng.choices(communities, [c.population for c in communities])[0]
        lon, lat = near(rng, community)
        code = rng.choice(NEW_GOODS)
        item = catalogue.items[code]
        takes_back = rng.random() < 0.8
        window = rng.choice(windows)
        start, end = _promise(clock, day, window)
        floor = rng.choice((2, 4, 6, 9, 14, 20))
        made.append(
            TradeInOrder(
                retailer=SHOP,
                external_id=f"SO-{day:%m%d}-{number + 1:03d}",
                depot_code=community.depot_code,
                service_day=day,
                promise_start=start,
                promise_end=end,
                place=community.name,
                lon=lon,
                lat=lat,
                floor=floor,
                lift=floor > 6,
                new_item=code,
                new_kg=math.ceil(item.kg * PACKED),
                new_litres=math.ceil(item.litres * PACKED),
                old_item=code if takes_back else "",
                old_kg=item.kg if takes_back else 0,
                old_litres=item.litres if takes_back else 0,
                people=2,
                minutes=item.minutes * (BRINGING + takes_back),
                tail_lift=item.tail_lift,
                address=f"{rng.randint(1, 18)}栋{rng.randint(1, 4)}单元{floor}{rng.randint(1, 4):02d}",
                contact=rng.choice(FAMILY_NAMES) + rng.choice(TITLES),
                phone=f"+861990001{number:04d}",
                old_items=[[code, 1]] if takes_back else [],
            )
        )
    return made


def near(rng: random.Random, community: Community) -> tuple[float, float]:
    """Return a door's position around the community's place."""
    north = max(-1.8, min(1.8, rng.gauss(0, 1))) * DOOR_SPREAD / METRES_A_DEGREE
    east = max(-1.8, min(1.8, rng.gauss(0, 1))) * DOOR_SPREAD / METRES_A_DEGREE
    east /= math.cos(math.radians(community.lat))
    return round(community.lon + east, 6), round(community.lat + north, 6)


def _promise(clock: ServiceClock, day: date, window: Span) -> tuple[datetime, datetime]:
    return clock.at(day, window.start), clock.at(day, window.end)


def _items(rng: random.Random) -> dict[str, int]:
    kind = rng.random()
    if kind < 0.35:
        return {code: rng.randint(1, 5) for code in rng.sample(SMALL, rng.randint(1, 3))}
    if kind < 0.68:
        chosen = {rng.choice(LARGE): 1}
        if rng.random() < 0.4:
            chosen[rng.choice(SMALL)] = rng.randint(1, 3)
        return chosen
    if kind < 0.9:
        return dict.fromkeys(rng.sample(ELECTRONICS, rng.randint(1, 2)), 1)
    return {rng.choice(FURNITURE): 1}
