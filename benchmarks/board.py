"""``python -m benchmarks.board``: how long the dispatcher's board takes on a large day, opened and asked what moves do.

The answers are those of the application without a network before it; what a browser needs to draw them is not in it.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from benchmarks import tabular, words
from recycling import clock, dispatch, network
from recycling.accounts import sessions
from recycling.amending import copied
from recycling.board.comparing import newest_version
from recycling.board.desk import BoardDesk
from recycling.board.standing import standing_of
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.db import Database
from recycling.demo.day import make_demo
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.models import Account, Booking
from recycling.settings import Settings, load_settings
from routing.day import load_loops, plan_day
from web.app import create_app
from web.services import Services

if TYPE_CHECKING:
    from flask.testing import FlaskClient

OPENED, DRAGGED, FITTED = "opened", "dragged", "anywhere"
ASKED = {OPENED: 2000, DRAGGED: 200}
"""Milliseconds that are asked for, at the 95th percentile."""

NEAR = 0.02
"""Degrees by which a made-up door lies from one of the demonstration's at most."""

OK = 200
FIRST_TIMES = 2
"""Answers before the clock is read: templates are read, the day is made ready."""


@dataclass(frozen=True)
class Row:
    """How long the answers of one kind took, in milliseconds; `asked` is what is asked for, None for nothing."""

    case: str
    stops: int
    vehicles: int
    answers: int
    p50_ms: float
    p95_ms: float
    asked: int | None


def made_day(folder: Path, stops: int, vehicles: int, seconds: float, cores: int, seed: int) -> tuple[Services, date]:
    """Return the application's services over a planned day of so many stops, and that day."""
    settings, rng = load_settings(), random.Random(seed)
    database = Database(f"sqlite:///{folder / 'board.db'}")
    database.migrate()
    fleet = large_fleet(load_fleet(), vehicles)
    office = Office(database, settings, load_catalogue(), fleet)
    made = make_demo(office, clock.utc_now(), None, seed)
    add_bookings(database, settings, made.day, stops - made.bookings - made.calls - made.deliveries, rng)
    with database.read() as session:
        depot = network.the_depot(session, made.depot)
        job = dispatch.day_job(session, settings, fleet, depot, made.day)
    words.say(f"plan {len(job.stops)} stops on {len(job.vehicles)} vehicles for {seconds:.0f} s")
    result = plan_day(replace(job, seconds=seconds, cores=cores))
    with database.write() as session:
        dispatch.store_plan(session, settings, made.depot, made.day, job, result, clock.utc_now())
    services = Services(database, settings, office.catalogue, fleet, board=BoardDesk(settings, fleet))
    return services, made.day


def large_fleet(fleet: Fleet, vehicles: int) -> Fleet:
    """Return a fleet with so many vehicles at the first depot, of its types in turn."""
    kinds = [group.type for group in fleet.fleets if group.depot == "DEP-01"]
    groups = tuple(
        DepotFleet(depot="DEP-01", type=kind, plates=tuple(f"V{k:03d}" for k in range(at, vehicles, len(kinds))))
        for at, kind in enumerate(kinds)
    )
    return Fleet(types=fleet.types, fleets=groups)


def add_bookings(database: Database, settings: Settings, day: date, count: int, rng: random.Random) -> None:
    """Add bookings like those of the day, at other doors and in other windows."""
    spans = settings.service.window_spans
    with database.write() as session:
        query = select(Booking).where(Booking.service_day == day).options(selectinload(Booking.lines))
        known = session.scalars(query).all()
        for number in range(count):
            like, span = rng.choice(known), rng.choice(spans)
            row = copied(like)
            row.id, row.reference, row.token = uuid.uuid4(), f"B{number:07d}", uuid.uuid4().hex
            row.idempotency_key, row.window, row.state = uuid.uuid4().hex, str(span), "booked"
            row.lon, row.lat = like.lon + rng.uniform(-NEAR, NEAR), like.lat + rng.uniform(-NEAR, NEAR)
            row.promise_start, row.promise_end = settings.clock.at(day, span.start), settings.clock.at(day, span.end)
            row.working_start, row.working_end = row.promise_start, row.promise_end
            row.lines = [copied(line) for line in like.lines]
            session.add(row)


def dispatcher_of(services: Services) -> FlaskClient:
    """Return a client that is signed in as a dispatcher."""
    app, now = create_app(services), clock.utc_now()
    with services.database.write() as session:
        account = Account(
            role="dispatcher", login="board", name="board", phone="+8613900139000", password_digest="",
            every_depot=True, created_at=now,
        )  # fmt: skip
        session.add(account)
        session.flush()
        token = sessions.start(session, services.settings.access, account, "127.0.0.1", now)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie("sign-in", token)
    return client


def rows_of(services: Services, day: date, answers: int, seed: int) -> list[Row]:
    """Return how long the board takes to be opened, and to judge a visit that is put elsewhere."""
    client, rng = dispatcher_of(services), random.Random(seed)
    path = f"/dispatch/DEP-01/{day}/board"
    key = client.get(path + "/warm").get_json()["key"]
    with services.database.read() as session:
        plan = newest_version(session, "DEP-01", day)
        if plan is None:
            raise click.ClickException("the day was not planned")
        standing = standing_of(session, plan)
    stops, plates = sorted(standing.begins), sorted(standing.orders)

    def fields(kind: str) -> dict[str, str | int]:
        plate = rng.choice(plates)
        there = {"vehicle": plate, "at": rng.randrange(len(standing.orders[plate]))} if kind == "move" else {}
        return {"version": 1, "edits": 0, "key": key, "kind": kind, "stop": rng.choice(stops), **there}

    def asked(kind: str) -> Callable[[], int]:
        return lambda: client.get(path + "/answer", query_string=fields(kind)).status_code

    def row(case: str, answer: Callable[[], int], count: int) -> Row:
        took = timed(case, answer, count)
        return Row(
            case, len(stops), len(plates), count, float(np.percentile(took, 50)), float(np.percentile(took, 95)),
            ASKED.get(case),
        )  # fmt: skip

    def opened() -> int:
        return client.get(path).status_code

    return [row(OPENED, opened, 10), row(DRAGGED, asked("move"), answers), row(FITTED, asked("fit"), answers // 4)]


def timed(case: str, answer: Callable[[], int], count: int) -> list[float]:
    """Return the milliseconds of so many answers; each must be one that the page can show."""
    took = []
    for number in range(FIRST_TIMES + count):
        began = time.perf_counter()
        status = answer()
        if status != OK:
            raise click.ClickException(f"{case}: the answer has the status {status}")
        if number >= FIRST_TIMES:
            took.append(1000 * (time.perf_counter() - began))
    return took


@click.command(context_settings=words.CONTEXT)
@click.option("--stops", type=click.IntRange(200), default=1500, show_default=True, help="Stops of the day.")
@click.option("--vehicles", type=click.IntRange(1, 200), default=40, show_default=True, help="Vehicles of the depot.")
@click.option("--answers", type=click.IntRange(4), default=100, show_default=True, help="Moves that are asked about.")
@words.seconds_option(20.0)
@words.cores_option
@words.seed_option
@words.json_option
def main(
    stops: int, vehicles: int, answers: int, seconds: float, cores: int, seed: int, json_file: Path | None
) -> None:
    """Measure the dispatcher's board on a large day of the demonstration city.

    The day is filled up with made-up bookings and planned once. Then the page is opened, visits are put to places of
    other vehicles drawn by lot (dragged) or wherever it is cheapest (anywhere), and what that comes to is answered.
    """
    with words.faults_told("board"):
        words.must_be_writable(json_file)
        load_loops()
        with tempfile.TemporaryDirectory() as folder:
            services, day = made_day(Path(folder), stops, vehicles, seconds, words.cores_of(cores), seed)
            try:
                rows = rows_of(services, day, answers, seed)
            finally:
                if services.board is not None:
                    services.board.close()
        click.echo(tabular.table(rows, {"case"}, decimals=_decimals))
        if json_file is not None:
            versions = {name: version(name) for name in ("flask", "sqlalchemy", "numpy")}
            json_file.write_text(tabular.as_json("board", sys.argv[1:], versions, rows=rows))


def _decimals(_: str, value: float) -> str:
    return f"{value:.0f}"


if __name__ == "__main__":
    main()
