"""Fresh records to book on, with the shipped network and a multiplied fleet; and what a record says afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from benchmarks.postgres import PostgresServer, binaries
from recycling import network
from recycling.booking import Office, open_days
from recycling.booking.capacity import make_rows
from recycling.catalogue import load_catalogue
from recycling.clock import utc_now
from recycling.db import Database
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.models import Booking, Slot
from recycling.models.booking import FREE
from recycling.settings import load_settings
from routing.errors import InputError


class Databases:
    """Makes databases of one kind, ``sqlite`` or ``postgresql``; each is migrated and holds the shipped network."""

    def __init__(self, kind: str, folder: Path, server: PostgresServer | None) -> None:
        self.kind, self.folder, self.server, self.count = kind, folder, server, 0

    def make(self, fleet: Fleet) -> str:
        """Make one and return its address; the windows of all open days have their rows already."""
        self.count += 1
        file = f"sqlite:///{self.folder / f'record-{self.count}.db'}"
        url = file if self.server is None else self._on(self.server)
        database = Database(url)
        database.migrate()
        with database.write() as session:
            network.store(session, network.shipped_network())
        office = Office(database, load_settings(), load_catalogue(), fleet)
        with database.write() as session:
            for depot in network.depots(session):
                make_rows(session, office, depot.code, open_days(office.settings, utc_now()))
        database.close()
        return url

    def _on(self, server: PostgresServer) -> str:
        name = f"record_{self.count}"
        database = Database(server.url("postgres"))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        database.close()
        return server.url(name)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Databases]:
    """Give databases of a kind, with a server of one's own for as long where it takes one.

    Raises
    ------
    InputError
        When PostgreSQL is asked for and not installed.
    """
    if kind == "sqlite":
        yield Databases(kind, folder, None)
        return
    programs = binaries()
    if programs is None:
        raise InputError("no-postgresql", "PostgreSQL is not installed. Install it, or choose --databases sqlite.")
    server = PostgresServer(programs)
    try:
        server.start()
        yield Databases(kind, folder, server)
    finally:
        server.stop()


def multiplied(times: int) -> Fleet:
    """Return the shipped fleet with each vehicle so many times."""
    fleet = load_fleet()
    groups = [
        DepotFleet(depot=g.depot, type=g.type, plates=tuple(f"{p}-{n}" for p in g.plates for n in range(times)))
        for g in fleet.fleets
    ]
    return fleet.model_copy(update={"fleets": tuple(groups)})


def verdict(url: str, acknowledged: Collection[str]) -> dict[str, int]:
    """Return what a record holds: capacity (seconds of all windows), booked, oversold (windows) and lost (bookings).

    A window is oversold when what its bookings take, added up anew for each size of crew, is more than it had.
    """
    database = Database(url)
    with database.read() as session:
        taken: dict[Any, int] = defaultdict(int)
        known = set()
        for row in session.execute(
            select(
                Booking.idempotency_key,
                Booking.depot_code,
                Booking.service_day,
                Booking.window,
                Booking.people,
                Booking.seconds,
                Booking.leg_of,
            ).where(Booking.state.not_in(FREE))
        ):
            if row.leg_of is None:
                known.add(row.idempotency_key)
            for crew in range(1, row.people + 1):
                taken[row.depot_code, row.service_day, row.window, crew] += row.seconds
        room = {(s.depot_code, s.service_day, s.window, s.people): s.capacity for s in session.scalars(select(Slot))}
    database.close()
    return {
        "capacity": sum(seconds for key, seconds in room.items() if key[3] == 1),
        "booked": len(known),
        "oversold": sum(seconds > room.get(key, 0) for key, seconds in taken.items()),
        "lost": len(set(acknowledged) - known),
    }
