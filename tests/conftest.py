"""What the tests stand on: a real SQLite file, a real PostgreSQL, a small town with streets, a clean environment.

``database`` runs a test on both kinds of database; each test gets its own, migrated and empty. The PostgreSQL server
is started by the first test that needs it, listens on nothing but a socket in its own folder, and is stopped at the
end. Where PostgreSQL is not installed, these tests are left out with one line that says so.
"""

import gc
import os
import shutil
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import jinja2
import pytest
from trial_counts import so_many

from benchmarks.postgres import PostgresServer, binaries

ROOT = Path(__file__).resolve().parents[1]
WEST, SOUTH, STEP = 107.470, 31.200, 0.003
STREETS = 9  # the town's grid: so many streets each way, some 300 m apart


# how long an example takes says nothing on a busy machine
hypothesis.settings.register_profile("suite", deadline=None, max_examples=so_many(100))
hypothesis.settings.load_profile("suite")

SLOWEST = (
    "browser/",
    "integration/test_late_bookings",
    "faults/test_oversell",
    "benchmarks/test_hammering",
    "recycling/test_cli",
    "booking/test_any_sequence",
    "unit/web/test_server",
    "money/test_vouchers",
    "routing/test_executors",
    "benchmarks/",
    "integration/",
    "routing/ruin/",
    "routing/exact/",
    "faults/",
)
"""The files that take longest, in this order, by `--durations`."""


def pytest_collection_modifyitems(items):
    """Begin with the slowest files, so that no worker is alone with one of them at the end."""
    items.sort(key=lambda item: next((n for n, part in enumerate(SLOWEST) if part in item.nodeid), len(SLOWEST)))


def pytest_collection_finish():
    """Look for garbage less often, and never among what is loaded by now: it took a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def clean_environment():
    """Nobody's own RECYCLING_* settings reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("RECYCLING_"):
                patch.delenv(name)
        yield


class KeptTemplates(jinja2.BytecodeCache):
    """Compiled templates of all applications of a test run, which are alike; what makes one of a text is kept."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once():
    """Every test has its own application; that each compiles its templates anew took longer than the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flask.Flask.jinja_options", {"bytecode_cache": KeptTemplates()})
        yield


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_when_used():
    """werkzeug compiles how the address of each of 170 routes is written; most tests ask for a few of them."""
    from werkzeug.routing.rules import Rule

    compiled = Rule._compile_builder

    def later(rule, append_unknown=True):
        made = []

        def build(self, *values, **named):
            if not made:
                made.append(compiled(rule, append_unknown))
            return made[0](self, *values, **named)

        return build

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", later)
        yield


@pytest.fixture(autouse=True)
def plain_log():
    """The log as the commands set it up; the library's own way to show a traceback takes seconds."""
    from recycling.logs import configure

    configure()


SHIPPED_PRAGMAS = []


@pytest.fixture(scope="session", autouse=True)
def files_on_the_disk_later(clean_environment):
    """Records of this process wait for no disk: processes are killed in tests, machines are not."""
    from recycling import db

    with pytest.MonkeyPatch.context() as patch:
        SHIPPED_PRAGMAS[:] = db.SQLITE_PRAGMAS
        patch.setattr(db, "SQLITE_PRAGMAS", ("synchronous=OFF", "foreign_keys=ON"))
        yield


@pytest.fixture
def shipped_pragmas(monkeypatch):
    """Records as the product opens them, which wait for the disk."""
    from recycling import db

    monkeypatch.setattr(db, "SQLITE_PRAGMAS", tuple(SHIPPED_PRAGMAS))


# -- databases ---------------------------------------------------------------------------------------------------


def name_of(url: str) -> str:
    """The name of the database in an address."""
    return url.partition("@/")[2].partition("?")[0]


class EmptyDatabases(PostgresServer):
    """A server of the test run's own, with an empty database for each test."""

    def __init__(self, programs: Path) -> None:
        super().__init__(programs, durable=False)  # processes are killed here, machines are not
        self.open: dict[str, Any] = {}
        self.count = 0
        self.kept = ""
        self.schema: list[tuple] = []

    def stop(self) -> None:
        for connection in self.open.values():
            connection.close()
        super().stop()

    def crash(self) -> None:
        for connection in self.open.values():
            connection.close()
        self.open.clear()
        super().crash()

    def execute(self, statement: str, name: str = "postgres") -> list[tuple]:
        import psycopg

        if name not in self.open:
            self.open[name] = psycopg.connect(f"host={self.folder} user=postgres dbname={name}", autocommit=True)
        cursor = self.open[name].execute(statement)
        return cursor.fetchall() if cursor.description else []

    def create(self) -> str:
        """Make an empty database and return its address."""
        self.count += 1
        self.execute(f"CREATE DATABASE test_{self.count}")
        return self.url(f"test_{self.count}")

    def drop(self, url: str) -> None:
        name = name_of(url)
        if name in self.open:
            self.open.pop(name).close()
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def migrated(self) -> str:
        """Return the address of a migrated database without rows.

        It is the one that the test before had, with its rows taken away (a tenth of a second less than a new one);
        a new one when that test changed the schema.
        """
        from recycling.db import Database
        from recycling.models import Base

        if self.kept and self._schema() == self.schema:
            name = name_of(self.kept)
            others = f"FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            self.execute(f"SELECT pg_terminate_backend(pid) {others}", name)
            rows = ";".join(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables))
            # as a replica: the audit log's triggers, which refuse to delete, do not run
            self.execute(f"SET session_replication_role = replica; {rows}; RESET session_replication_role", name)
            return self.kept
        if self.kept:
            self.drop(self.kept)
        self.kept = self.create()
        database = Database(self.kept)
        database.migrate()
        database.close()
        self.schema = self._schema()
        return self.kept

    def _schema(self) -> list[tuple]:
        name = name_of(self.kept)
        if not self.execute("SELECT to_regclass('alembic_version') IS NOT NULL", name)[0][0]:
            return []
        return self.execute(
            "SELECT 'column', table_name || '.' || column_name || data_type || is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT 'constraint', conrelid::regclass || conname || pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            " UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT 'revision', version_num FROM alembic_version ORDER BY 1, 2",
            name,
        )


@pytest.fixture(scope="session")
def postgres_server():
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: run tests/prepare-system, or apt-get install postgresql")
    server = EmptyDatabases(programs)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory) -> Path:
    from recycling.db import Database

    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request) -> str:
    """Which kind of database a test runs on."""
    return request.param


@pytest.fixture
def empty_database(kind, request, tmp_path):
    """A database without any table."""
    from recycling.db import Database

    server = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    url = server.create() if server else f"sqlite:///{tmp_path / 'empty.db'}"
    database = Database(url)
    yield database
    database.close()
    if server:
        server.drop(url)


@pytest.fixture
def database(kind, request, tmp_path):
    """A migrated database without rows, on SQLite and on PostgreSQL."""
    from recycling.db import Database

    server = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    if server:
        url = server.migrated()
    else:
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "record.db")
        url = f"sqlite:///{file}"
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(migrated_file, tmp_path):
    """The same on SQLite alone, for tests in which the kind of database plays no part."""
    from recycling.db import Database

    database = Database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'record.db')}")
    yield database
    database.close()


# -- configuration -----------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home folder of the test's own: the shipped configuration, copied, and the shipped layers."""
    folder = tmp_path / "home"
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "data").symlink_to(ROOT / "data")
    monkeypatch.setenv("RECYCLING_HOME", str(folder))
    return folder


@pytest.fixture
def settings():
    """The shipped settings with a very short search."""
    from recycling.settings import load_settings

    return load_settings(planning={"seconds": 0.1})


@pytest.fixture(scope="session")
def catalogue(clean_environment):
    from recycling.catalogue import load_catalogue

    return load_catalogue()


@pytest.fixture(scope="session")
def fleet(clean_environment):
    """One box truck with a crew of two and one van at DEP-01, nothing at DEP-02."""
    from recycling.fleet import DepotFleet, Fleet, load_fleet

    return Fleet(
        types=load_fleet().types,
        fleets=(
            DepotFleet(depot="DEP-01", type="box", plates=("T-BOX",)),
            DepotFleet(depot="DEP-01", type="van", plates=("T-VAN",)),
        ),
    )


# -- a small town ------------------------------------------------------------------------------------------------


def corner(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a crossing of the town's streets."""
    return round(WEST + column * STEP, 6), round(SOUTH + row * STEP, 6)


@pytest.fixture(scope="session")
def road_layer(tmp_path_factory) -> Path:
    """A grid of two-way streets, 40 km/h, synthetic, so that it carries the notice."""
    import geopandas
    import numpy as np
    import shapely

    from routing.roads.facts import describe
    from routing.roads.layer import write_layer

    def node(column: int, row: int) -> int:
        return row * STREETS + column

    ends = [((c, r), (c + 1, r)) for r in range(STREETS) for c in range(STREETS - 1)]
    ends += [((c, r), (c, r + 1)) for r in range(STREETS - 1) for c in range(STREETS)]
    lines = [shapely.LineString([corner(*a), corner(*b)]) for a, b in ends]
    flat = np.array([STEP * 111_320 * (np.cos(np.radians(SOUTH)) if a[1] == b[1] else 1.0) for a, b in ends])
    edges = geopandas.GeoDataFrame(
        {
            "edge_id": range(len(ends)),
            "u": [node(*a) for a, _ in ends],
            "v": [node(*b) for _, b in ends],
            "way_id": 0,
            "highway": "residential",
            "name": None,
            "ref": None,
            "kmh_fwd": 40,
            "kmh_bwd": 40,
            "length": flat,
            **dict.fromkeys(("maxheight", "maxweight", "maxwidth", "maxlength"), np.nan),
            "hgv": None,
            "access": None,
            "status": "synthetic",
        },
        geometry=lines,
        crs=4326,
    )
    path = tmp_path_factory.mktemp("roads") / "grid.gpkg"
    write_layer(edges, path, describe(edges, name="grid"))
    return path


@pytest.fixture(scope="session")
def town(road_layer):
    """Return a function that makes the town's layers: two depots, a sorting centre, a station, four communities."""
    from shapely.geometry import box, mapping

    from recycling.models import Area, Community, Site
    from recycling.network import NetworkData

    def site(code, kind, place, unload=0):
        lon, lat = corner(*place)
        return Site(
            code=code,
            name=f"示例{code}",
            name_en=f"Example {code}",
            kind=kind,
            lon=lon,
            lat=lat,
            materials="",
            opens="07:00",
            closes="19:00",
            unload_minutes=unload,
            tonnes_per_day=10.0,
            ownership="own",
            status="synthetic",
        )

    def community(code, place, population, depot="DEP-01"):
        lon, lat = corner(*place)
        return Community(
            code=code,
            name=f"社区{code}",
            town="示例镇",
            county="示例县",
            urban=True,
            population=population,
            lon=lon,
            lat=lat,
            status="synthetic",
            depot_code=depot,
        )

    def make():
        west, south = corner(-4, -4)
        east, north = corner(STREETS + 3, STREETS + 3)
        lon, lat = corner(STREETS // 2, STREETS // 2)
        area = Area(
            id=1,
            name="示例城",
            name_en="Example town",
            roads="grid",
            roads_path=str(road_layer),
            attribution="",
            notice_zh="演示",
            notice_en="demonstration",
            lon=lon,
            lat=lat,
            outline=dict(mapping(box(west, south, east, north))),
        )
        return NetworkData(
            area,
            [
                site("DEP-01", "depot", (4, 4)),
                site("DEP-02", "depot", (8, 8)),
                site("CEN-01", "comprehensive", (6, 4), unload=20),
                site("CEN-02", "specialised", (7, 4), unload=20),
                site("STA-01", "station", (2, 2)),
            ],
            [
                community("A-001", (1, 1), 3000),
                community("A-002", (3, 6), 2000),
                community("A-003", (7, 2), 1000),
                community("B-001", (8, 7), 500, "DEP-02"),
            ],
        )

    return make


@pytest.fixture(scope="session")
def network(town):
    """Return a function that loads the town into a database and gives the database back."""
    from recycling import network as layers

    def load(database):
        with database.write() as session:
            layers.store(session, town())
        return database

    return load


@pytest.fixture
def record(database, network):
    """A migrated database with the town in it, on SQLite and on PostgreSQL."""
    return network(database)


@pytest.fixture(scope="session")
def town_file(migrated_file, network, tmp_path_factory) -> Path:
    """An SQLite file with the town in it, to be copied."""
    from recycling.db import Database

    path = shutil.copy(migrated_file, tmp_path_factory.mktemp("town") / "town.db")
    network(Database(f"sqlite:///{path}")).close()
    assert not path.with_name("town.db-wal").exists(), "all of it is in the one file"
    return path


@pytest.fixture
def sqlite_record(town_file, tmp_path):
    """A migrated SQLite database with the town in it."""
    from recycling.db import Database

    database = Database(f"sqlite:///{shutil.copy(town_file, tmp_path / 'record.db')}")
    yield database
    database.close()


# -- orders ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def now() -> datetime:
    """A Wednesday, 10:00 at the depot: the next day is open for bookings."""
    return datetime(2026, 3, 4, 2, tzinfo=UTC)


@pytest.fixture(scope="session")
def day() -> date:
    return date(2026, 3, 5)


@pytest.fixture
def wish(day):
    """Return a function that makes a sound BookingRequest, changed where the test says."""
    from recycling.booking import BookingRequest

    def make(**changes):
        sound = {
            "items": {"fridge": 1, "paper": 2},
            "community": "A-001",
            "lon": None,
            "lat": None,
            "address": "3栋2单元501",
            "floor": 5,
            "lift": False,
            "day": day,
            "window": "08:00-10:00",
            "contact": "王女士",
            "phone": "13800138000",
            "different": True,
        }
        return BookingRequest(**{**sound, **changes})

    return make


@pytest.fixture
def office(settings, catalogue, fleet):
    """Return a function that opens the counter of a record."""
    from recycling.booking import Office

    return lambda database: Office(database, settings, catalogue, fleet)


@pytest.fixture
def booked(office, now, wish):
    """Return a function that books so many pickups of paper in the town, at different doors, and returns them.

    What residents are told of it has been told.
    """
    from sqlalchemy import delete

    from recycling.booking import book
    from recycling.models import Message

    def make(database, count=3, **changes):
        made = []
        for number in range(count):
            lon, lat = corner(1 + number % 7, 1 + number % 5)
            wanted = wish(**{"items": {"paper": 2}, "lon": lon, "lat": lat, "different": True, **changes})
            made.append(book(office(database), wanted, f"{wanted.digest()[:50]}-{number}", now, "demo"))
        with database.write() as session:
            session.execute(delete(Message))
        return made

    return make


@pytest.fixture
def at_once():
    """Return a function that runs calls in threads that start together, and returns results and errors in order."""

    def run(*calls):
        results = [None] * len(calls)
        start = threading.Barrier(len(calls))

        def one(number, call):
            start.wait()
            try:
                results[number] = call()
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=one, args=(n, c), daemon=True) for n, c in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        assert not any(t.is_alive() for t in threads), "a thread is stuck"
        return results

    return run


# -- people ------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(settings, now):
    """Return a function that makes an account of a role and gives a client of its own, signed in as that account.

    Staff work for every depot unless the test names some; the client's `account` is the account's id.
    """
    from recycling.accounts import sessions
    from recycling.models import Account, AccountDepot

    def enter(app, role, depots=None, phone="13900139000", at=now):
        from web.services import services

        with app.app_context():
            database, access = services().database, services().settings.access
        login = None if role == "resident" else f"{role}-{os.urandom(4).hex()}"
        with database.write() as session:
            account = Account(
                role=role,
                login=login,
                name=login or "",
                phone=f"+86{phone}",
                password_digest="",
                every_depot=depots is None,
                created_at=at,
                depots=[AccountDepot(depot_code=code) for code in depots or ()],
            )
            session.add(account)
            session.flush()
            token = sessions.start(session, access, account, "127.0.0.1", at)
            key = account.id
        client = app.test_client()
        client.set_cookie("sign-in", token)
        client.account = key
        return client

    return enter
