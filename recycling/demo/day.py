"""A demonstration record: network, orders of one day, ready to be planned."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from recycling import network
from recycling.booking import BookingRequest, Office, WindowFullError, book, need_of, offers, open_days, ranked
from recycling.booking.checks import checked
from recycling.db import Database
from recycling.demo import orders
from recycling.demo.people import demo_people
from recycling.demo.places import placed_network
from recycling.demo.weekly import weekly_calls
from recycling.models import Community
from recycling.settings import home
from recycling.timetable.calls import lay_out

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


def demo_photos(database_url: str) -> Path:
    """Return the folder for photos of a demonstration's record, which goes with it when it is made anew."""
    return Path(database_url.removeprefix("sqlite:///")).with_suffix(".photos")


def fresh_demo_database(roads: str | None) -> Database:
    """Make the demonstration's record anew and return it, empty and migrated."""
    path = demo_file(roads)
    for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        old.unlink(missing_ok=True)
    shutil.rmtree(demo_photos(f"sqlite:///{path}"), ignore_errors=True)
    database = Database(f"sqlite:///{path}")
    database.migrate()
    return database


def make_demo(office: Office, now: datetime, roads: str | None = None, seed: int = 1) -> DemoDay:
    """Fill an empty record with the network and the orders of the next day that is open.

    Every booking goes the way that a resident's booking goes.
    """
    settings, database = office.settings, office.database
    data = placed_network(settings, roads, seed) if roads else network.shipped_network()
    day = open_days(settings, now)[0]
    core = [c for c in data.communities if _in_core(c, data.area.lon, data.area.lat)]
    depot = core[0].depot_code
    core = [c for c in core if c.depot_code == depot]
    with database.write() as session:
        network.store(session, data)
    rng = random.Random(seed)
    windows = settings.service.window_spans
    requests = orders.bookings(rng, office.catalogue, core, day, windows, BOOKINGS)
    calls = orders.calls(rng, settings.clock, core, day, CALLS)
    deliveries = orders.trade_ins(rng, office.catalogue, core, settings.clock, day, windows, DELIVERIES)
    plates = [plate for plate, kind, _ in office.fleet.at(depot) if kind == settings.timetable.vehicle]
    table = weekly_calls(settings, core, calls, plates, now, seed) if calls else None
    with database.write() as session:
        if table is not None:
            session.add(table)
        session.add_all(calls)
        session.add_all(deliveries)
        session.add_all(demo_people(now))
        session.flush()
        lay_out(session, settings, depot, now)
    made = [_booked(office, request, f"demo-{seed}-{number:04d}", now) for number, request in enumerate(requests)]
    return DemoDay(depot, day, sum(made), len(calls), len(deliveries))


def _booked(office: Office, request: BookingRequest, key: str, now: datetime) -> bool:
    """Book as a resident would: the wished window if it can be kept, else the one of that day that costs least."""
    try:
        book(office, request, key, now, channel="demo")
    except WindowFullError:
        with office.database.read() as session:
            draft = checked(session, office, request, now)
            found = ranked(offers(session, office, need_of(office, draft), now, [draft.service_day]))
        if not found:
            return False
        book(office, replace(request, window=found[0].window.span), key, now, channel="demo")
    return True


def _in_core(community: Community, lon: float, lat: float) -> bool:
    near = ((community.lon - lon) * 0.86) ** 2 + (community.lat - lat) ** 2 <= CORE_RADIUS**2
    return community.urban and near
