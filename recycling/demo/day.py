"""A demonstration record: network, orders of one day, ready to be planned."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from recycling import network
from recycling.booking import book, open_days
from recycling.catalogue import Catalogue
from recycling.db import Database
from recycling.demo import orders
from recycling.demo.people import demo_people
from recycling.demo.places import placed_network
from recycling.models import Community
from recycling.settings import Settings, home

BOOKINGS, CALLS, DELIVERIES = 150, 12, 30
CORE_RADIUS = 0.042  # degrees of latitude, about 4.7 km: the urban core around the area's centre


@dataclass(frozen=True)
class DemoDay:
    """What was made: the depot and day, and how many orders of each kind."""

    depot: str
    day: date
    bookings: int
    calls: int
    deliveries: int


def demo_file(roads: str | None) -> Path:
    """Return the file of the demonstration's own record; no other record is ever touched."""
    return home() / "var" / (f"demo-{roads}.db" if roads else "demo.db")


def fresh_demo_database(roads: str | None) -> Database:
    """Make the demonstration's record anew and return it, empty and migrated."""
    path = demo_file(roads)
    for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        old.unlink(missing_ok=True)
    database = Database(f"sqlite:///{path}")
    database.migrate()
    return database


def make_demo(
    database: Database, settings: Settings, catalogue: Catalogue, now: datetime, roads: str | None = None, seed: int = 1
) -> DemoDay:
    """Fill an empty record with the network and the orders of the next day that is open.

    Every booking goes the way that a resident's booking goes.
    """
    data = placed_network(settings, roads, seed) if roads else network.shipped_network()
    day = open_days(settings, now)[0]
    core = [c for c in data.communities if _in_core(c, data.area.lon, data.area.lat)]
    depot = core[0].depot_code
    core = [c for c in core if c.depot_code == depot]
    with database.write() as session:
        network.store(session, data)
    rng = random.Random(seed)
    windows = settings.service.window_spans
    requests = orders.bookings(rng, catalogue, core, day, windows, BOOKINGS)
    for number, request in enumerate(requests):
        book(database, settings, catalogue, request, f"demo-{seed}-{number:04d}", now, channel="demo")
    calls = orders.calls(rng, settings.clock, core, day, CALLS)
    deliveries = orders.trade_ins(rng, catalogue, core, settings.clock, day, windows, DELIVERIES)
    with database.write() as session:
        session.add_all(calls)
        session.add_all(deliveries)
        session.add_all(demo_people(now))
    return DemoDay(depot, day, len(requests), len(calls), len(deliveries))


def _in_core(community: Community, lon: float, lat: float) -> bool:
    near = ((community.lon - lon) * 0.86) ** 2 + (community.lat - lat) ** 2 <= CORE_RADIUS**2
    return community.urban and near
