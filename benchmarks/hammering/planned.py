"""A next day that is planned already, on which windows are offered by the room that its routes have."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from benchmarks.hammering.browsers import Browser, entries
from benchmarks.hammering.people import requests
from recycling import runs
from recycling.booking import BookingRequest, Office, WindowFullError, book
from recycling.booking.days import closes_at
from recycling.catalogue import load_catalogue
from recycling.clock import utc_now
from recycling.db import Database
from recycling.errors import ConflictError
from recycling.fleet import Fleet
from recycling.models import Booking, Community, PlanRoute, PlanVisit
from recycling.settings import load_settings
from routing.errors import InputError

ALWAYS_CLOSED = {"RECYCLING_SERVICE__EVENING_CUT_OFF": "00:00"}
"""What servers are told so that the next day is planned at whatever hour it is measured."""

READY_SECONDS = 300.0
"""How long a server may take until it offers windows of the planned day for the first time."""

BOOKED_BEFORE = timedelta(hours=1)


@dataclass(frozen=True)
class Planned:
    """A planned day: which, how many stops are on its routes, and who asks for windows around its depot."""

    day: date
    stops: int
    wishes: Sequence[BookingRequest]


def plan_next_day(url: str, fleet: Fleet, stops: int, seed: int) -> Planned:
    """Book doors of the depot with the most people for the next day, plan that, and return who asks afterwards.

    Raises
    ------
    InputError
        When nobody drives on the next day, or it could not be planned.
    """
    settings, database = load_settings(), Database(url)
    office = Office(database, settings, load_catalogue(), fleet)
    day = settings.clock.today(utc_now()) + timedelta(days=1)
    if settings.holidays.on(day) is not None:
        raise InputError("closed", "Nobody drives on %(day)s. Measure offers of planned days on another day.", day=day)
    depot, near = _depot(office, stops, seed)
    _book(office, depot, near, day, stops, closes_at(settings, day) - BOOKED_BEFORE)
    with database.write() as session:
        run = runs.ask(session, depot, day, "command", utc_now(), settings)
    claimed = runs.claim(database, utc_now(), run.id)
    plan = None if claimed is None else runs.work(database, settings, fleet, claimed)
    if plan is None:
        raise InputError("no-plan", "The next day could not be planned. Look at what stands above.")
    with database.read() as session:
        on_routes = select(func.count()).select_from(PlanVisit).join(PlanRoute)
        count = session.scalar(on_routes.where(PlanRoute.plan_id == plan, PlanVisit.booking_id.is_not(None))) or 0
    database.close()
    return Planned(day, count, near[len(near) // 2 :])


def _depot(office: Office, stops: int, seed: int) -> tuple[str, list[BookingRequest]]:
    """Return the depot with the most people, and requests around it: the first half books, the second asks."""
    with office.database.read() as session:
        depot_of = dict(session.execute(select(Community.code, Community.depot_code)).tuples().all())
        people = select(Community.depot_code).group_by(Community.depot_code)
        depot = session.scalar(people.order_by(func.sum(Community.population).desc()).limit(1)) or ""
    near: list[BookingRequest] = []
    part = 0
    while len(near) < 4 * stops:
        drawn = requests(office, 4 * stops, seed, first=50_000_000 + 1_000_000 * part)
        near += [wish for wish in drawn if depot_of[wish.community] == depot]
        part += 1
    return depot, near


def _book(
    office: Office, depot: str, wishes: Sequence[BookingRequest], day: date, stops: int, before: datetime
) -> None:
    for number, wish in enumerate(wishes[: len(wishes) // 2]):
        with office.database.read() as session:
            query = select(func.count()).select_from(Booking)
            if (session.scalar(query.where(Booking.depot_code == depot, Booking.service_day == day)) or 0) >= stops:
                return
        try:
            book(office, replace(wish, day=day), f"planned-{number:05d}", before, "demo")
        except (WindowFullError, ConflictError):
            continue


def until_ready(port: int, planned: Planned) -> float:
    """Ask a server until it offers windows of the planned day; return the seconds that took.

    Raises
    ------
    InputError
        When it does not within five minutes.
    """
    browser, began = Browser(port), time.monotonic()
    for number in range(10_000):
        if offers_day(browser, planned.wishes[number % len(planned.wishes)], planned.day)[1]:
            return time.monotonic() - began
        if time.monotonic() - began > READY_SECONDS:
            break
        time.sleep(0.5)
    raise InputError("not-offered", "The server on port %(port)s offers no window of the planned day.", port=port)


def offers_day(browser: Browser, wish: BookingRequest, day: date) -> tuple[int, bool]:
    """Ask for windows; return the status, and whether some of them are on a day."""
    status, text, _ = browser.ask("GET", f"/windows?{urllib.parse.urlencode(entries(wish))}")
    return status, status == 200 and any(one["day"] == day.isoformat() for one in json.loads(text)["days"])
