import socket
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from recycling import db
from recycling.db import Database
from recycling.errors import DatabaseStateError
from recycling.models import Area, Base, Community, JobTick, Site


def fault_of(call):
    with pytest.raises(DatabaseStateError) as caught:
        call()
    (fault,) = caught.value.faults
    assert caught.value.status == 503
    assert "\n" not in str(fault)
    return fault


def rows(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


# -- the schema ----------------------------------------------------------------------------------------------------


def test_empty_database_says_which_command_helps(empty_database):
    fault = fault_of(empty_database.check)
    assert fault.code == "database-empty"
    assert "recycling db upgrade" in str(fault)


def test_upgrade_makes_it_fit_and_can_be_repeated(empty_database, network):
    empty_database.migrate()
    empty_database.check()
    network(empty_database)
    empty_database.migrate()
    empty_database.check()
    assert rows(empty_database, Community) == 4


def test_the_migrations_make_what_the_models_say(empty_database):
    empty_database.migrate()
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        inspector = inspect(connection)
        for name, table in Base.metadata.tables.items():
            there = {c["name"] for c in inspector.get_check_constraints(name)}
            wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            assert there == wanted, name


def test_a_difference_would_be_seen(empty_database):
    """The control of the test above."""
    empty_database.migrate()
    with empty_database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE community ADD COLUMN mood TEXT"))
        connection.execute(text("DROP INDEX ix_booking_day"))
    with empty_database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert sorted(f[0] for f in found) == ["add_index", "remove_column"]


def test_many_processes_that_upgrade_at_once_do_not_meet(empty_database, at_once):
    url = empty_database.engine.url.render_as_string(hide_password=False)

    def upgrade():
        database = Database(url)
        try:
            database.migrate()
            database.check()
        finally:
            database.close()

    assert at_once(*[upgrade] * 4) == [None] * 4


# -- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "record.db",
        "user:secret@host",
        "http://u:secret@host/x",
        "postgres://u:secret@host/x",
        "postgresql+unknown://u:secret@host/x",
        "postgresql+psycopg://u:secret@host:port/x",
        "mysql://u:secret@host/x",
    ],
)
def test_a_bad_address(url):
    fault = fault_of(lambda: Database(url))
    assert fault.code == "database-url"
    assert "Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME." in str(fault)
    assert "secret" not in str(fault)


@pytest.mark.parametrize("call", [Database.check, Database.migrate])
def test_a_server_that_does_not_answer(call):
    with socket.socket() as taken:  # a port that is bound, and on which nobody listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        database = Database(f"postgresql+psycopg://planner:secret@127.0.0.1:{port}/recycling")
        fault = fault_of(lambda: call(database))
    assert fault.code == "database-unreachable"
    assert f"postgresql+psycopg://planner:***@127.0.0.1:{port}/recycling cannot be reached" in str(fault)
    assert "secret" not in str(fault)


@pytest.mark.postgres
def test_a_database_that_the_server_does_not_have(postgres_server):
    database = Database(postgres_server.url("nowhere"))
    fault = fault_of(database.check)
    assert fault.code == "database-unreachable"
    assert 'database "nowhere" does not exist' in str(fault)
    database.close()


@pytest.mark.parametrize("call", [Database.check, Database.migrate])
def test_a_file_that_is_no_database(tmp_path, call):
    path = tmp_path / "record.db"
    path.write_bytes(b"Dear reader, this is a letter. " * 200)
    database = Database(f"sqlite:///{path}")
    fault = fault_of(lambda: call(database))
    assert fault.code == "database-unreachable"
    assert "file is not a database" in str(fault)
    assert path.read_bytes().startswith(b"Dear reader")
    database.close()


def test_a_file_that_is_cut_off(sqlite_record, tmp_path):
    whole = sqlite_record.engine.url.database
    sqlite_record.close()
    with open(whole, "rb+") as file:
        file.truncate(8192)
    fault = fault_of(Database(f"sqlite:///{whole}").check)
    assert fault.code == "database-unreachable"
    assert "malformed" in str(fault)


def test_a_folder_instead_of_a_file(tmp_path):
    assert fault_of(Database(f"sqlite:///{tmp_path}").check).code == "database-unreachable"


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    fault = fault_of(lambda: Database(f"sqlite:///{tmp_path}/file/record.db"))
    assert fault.code == "database-unreachable"


def test_the_folder_of_the_file_is_made(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/var/deep/record.db")
    database.migrate()
    database.check()
    database.close()


# -- units of work -------------------------------------------------------------------------------------------------


def test_sqlite_runs_as_the_house_says(shipped_pragmas, sqlite_database):
    with sqlite_database.read() as session:
        found = {p: session.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_postgres_runs_as_the_house_says(database):
    with database.read() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_a_unit_that_fails_leaves_nothing(record):
    def half():
        with record.write() as session:
            session.add(JobTick(job="a", scheduled_for=datetime.now(UTC), done_at=datetime.now(UTC)))
            session.flush()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        half()
    assert rows(record, JobTick) == 0


def test_a_unit_that_ends_well_is_there_for_the_next_process(record):
    with record.write() as session:
        session.add(JobTick(job="a", scheduled_for=datetime.now(UTC), done_at=datetime.now(UTC)))
    other = Database(record.engine.url.render_as_string(hide_password=False))
    assert rows(other, JobTick) == 1
    other.close()


def test_a_reader_does_not_wait_for_a_writer(record):
    with record.write() as session:
        session.add(JobTick(job="a", scheduled_for=datetime.now(UTC), done_at=datetime.now(UTC)))
        session.flush()
        assert rows(record, JobTick) == 0
    assert rows(record, JobTick) == 1


def test_sqlite_writers_take_turns_from_their_first_statement(sqlite_record):
    """A second writer waits before it reads, so that it decides on what the first one wrote."""
    seen = []

    def second():
        with sqlite_record.write() as session:
            seen.append(session.scalar(select(func.count()).select_from(JobTick)))

    thread = threading.Thread(target=second, daemon=True)
    with sqlite_record.write() as session:
        assert session.scalar(select(func.count()).select_from(JobTick)) == 0
        thread.start()
        thread.join(0.2)
        assert seen == []
        session.add(JobTick(job="a", scheduled_for=datetime.now(UTC), done_at=datetime.now(UTC)))
    thread.join(30)
    assert seen == [1]


def test_writers_of_one_process_do_not_ask_the_file_again_and_again(sqlite_record, monkeypatch):
    asked = []
    had_its_turn = db._had_its_turn

    def counted(cursor):
        asked.append(threading.get_ident())
        return had_its_turn(cursor)

    def second():
        with sqlite_record.write() as session:
            session.scalar(select(func.count()).select_from(JobTick))

    monkeypatch.setattr(db, "_had_its_turn", counted)
    thread = threading.Thread(target=second, daemon=True)
    with sqlite_record.write() as session:
        session.scalar(select(func.count()).select_from(JobTick))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(30)
    assert len(asked) == 2


def test_what_was_read_can_be_used_afterwards(record):
    with record.read() as session:
        area = session.get(Area, 1)
    assert (area.name_en, area.notice) == ("Example town", {"zh": "演示", "en": "demonstration"})


# -- the belt: rules in the database itself -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE area SET id = 2",
        "UPDATE site SET kind = 'castle' WHERE code = 'CEN-01'",
        "UPDATE site SET lon = 181 WHERE code = 'CEN-01'",
        "UPDATE community SET population = -1 WHERE code = 'A-001'",
        "UPDATE community SET depot_code = 'DEP-99' WHERE code = 'A-001'",
        "DELETE FROM site WHERE code = 'DEP-01'",
        "INSERT INTO community SELECT * FROM community",
    ],
)
def test_the_database_refuses(record, statement):
    with pytest.raises(IntegrityError), record.write() as session:
        session.execute(text(statement))
    assert rows(record, Site) == 5


def test_moments_are_kept_in_utc_and_come_back_aware(record):
    there = datetime(2026, 3, 4, 20, tzinfo=timezone(timedelta(hours=8)))
    with record.write() as session:
        session.add(JobTick(job="a", scheduled_for=there, done_at=there))
    with record.read() as session:
        found = session.scalar(select(JobTick))
        raw = str(session.scalar(text("SELECT CAST(scheduled_for AS TEXT) FROM job_tick")))
    assert found.scheduled_for == there
    assert found.scheduled_for.utcoffset() == timedelta(0)
    if record.engine.dialect.name == "sqlite":
        assert raw.startswith("2026-03-04 12:00:00")


def test_a_moment_without_a_zone_is_refused(record):
    naive = datetime(2026, 3, 4, 20)  # noqa: DTZ001 - without a zone on purpose
    with pytest.raises(StatementError, match="without a time zone"), record.write() as session:
        session.add(JobTick(job="a", scheduled_for=naive, done_at=naive))


def test_only_a_connection_that_has_rested_is_asked_whether_it_still_leads_there(postgres_server, monkeypatch):
    database = Database(postgres_server.url("postgres"))
    asked = []
    ping = database.engine.dialect.do_ping
    monkeypatch.setattr(database.engine.dialect, "do_ping", lambda connection: asked.append(ping(connection)))

    def number():
        with database.read() as session:
            return session.scalar(text("SELECT pg_backend_pid()"))

    first = number()
    assert (number(), asked) == (first, [])
    monkeypatch.setattr(db, "REST_SECONDS", 0.0)
    assert (number(), asked) == (first, [True])
    other = Database(postgres_server.url("postgres"))
    with other.engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:n)"), {"n": first})
    other.close()
    assert number() != first  # and nobody was told
    database.close()
