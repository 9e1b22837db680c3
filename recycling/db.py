"""The database: engine, read session, write unit of work, and the state of its schema.

SQLite runs in WAL mode with full synchronisation and with the driver's own transaction control off: a write unit
takes the write lock at once (BEGIN IMMEDIATE), a read takes none. PostgreSQL runs at READ COMMITTED.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InvalidatePoolError, NoSuchModuleError
from sqlalchemy.orm import Session

from recycling.errors import N_, DatabaseStateError
from recycling.models import Base
from recycling.turns import Turn

BUSY_SECONDS = 15
"""How long a writer waits for another process's lock on an SQLite file."""

PAUSE = 0.0003, 0.001
"""Seconds after which a writer looks again where somebody writes who has waited for no turn. SQLite's own pauses grow
to a tenth of a second, in which nobody writes."""

REST_SECONDS = 1.0
"""A connection to PostgreSQL that has not been used for so long is asked whether it still leads there."""

RESTS_SINCE = "rests since"

SQLITE_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON")
"""What every connection to an SQLite file begins with: what is committed is on the disk, and rows point at others."""

WAITS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT)
"""What SQLite says to a writer whose turn it is not."""

MIGRATION_LOCK = 7_214_093
"""Number of the advisory lock under which PostgreSQL is migrated."""


class Database:
    """One database, opened once a process.

    Parameters
    ----------
    url
        ``sqlite:///FILE`` or ``postgresql+psycopg://..``.

    Raises
    ------
    DatabaseStateError
        When the address is not one of a database.
    """

    def __init__(self, url: str) -> None:
        try:
            self.engine: Engine = create_engine(url, **_options(url))
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
            raise DatabaseStateError.one(
                "database-url",
                N_(
                    "The database address cannot be used: %(what)s."
                    " Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
                ),
                what=str(error).splitlines()[0].rstrip("."),
            ) from error
        if self.engine.dialect.name == "sqlite":
            if self.engine.url.database:
                try:
                    Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise _unreachable(self.engine, error) from error
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        # PostgreSQL reads each statement as of its beginning anyway: without a transaction it takes fewer messages.
        postgres = self.engine.dialect.name == "postgresql"
        if postgres:
            event.listen(self.engine, "checkin", _note_rest)
            event.listen(self.engine, "checkout", self._still_there)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT") if postgres else self.engine
        self._writing = self.engine.execution_options(write=True)
        self._turn: AbstractContextManager[object] = nullcontext() if postgres else Turn(self._file(), BUSY_SECONDS)

    def _file(self) -> Path | None:
        name = self.engine.url.database
        return Path(name) if name and name != ":memory:" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; it takes no write lock, and what it holds can be used after it closes."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open the one kind of unit that writes: all of it is committed, or nothing."""
        with Session(self._writing, expire_on_commit=False) as session, self._turn, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _still_there(self, connection: Any, record: Any, _: object) -> None:
        """Ask whether a connection that has rested still leads to a server; others are made where it does not."""
        since = record.info.get(RESTS_SINCE)
        if since is None or time.monotonic() - since < REST_SECONDS:
            return
        dialect: Any = self.engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.dbapi.Error as error:
            raise InvalidatePoolError from error

    # -- schema ------------------------------------------------------------------------------------------

    def migrate(self) -> None:
        """Bring the schema to this version; a database that is already there is left alone.

        Raises
        ------
        DatabaseStateError
            When the database cannot be reached, or holds tables that no known version made.
        """
        from alembic import command

        with self._reached():
            pass
        configuration = _alembic()
        with self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":  # another process may be migrating: wait for it
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            _known_revision(connection)
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")

    def check(self) -> None:
        """Refuse a database whose schema is not exactly this version's.

        Raises
        ------
        DatabaseStateError
            When it is empty, older, newer or half-migrated; the sentence says which command mends it.
        """
        from alembic.script import ScriptDirectory

        with self._reached() as connection:
            revision, tables = _known_revision(connection)
            ours = Base.metadata.tables
            if revision is None:
                raise DatabaseStateError.one(
                    "database-empty", N_("The database holds no tables yet. Run: recycling db upgrade")
                )
            if revision != ScriptDirectory.from_config(_alembic()).get_current_head():
                raise DatabaseStateError.one(
                    "database-older",
                    N_("The database is of an older version (revision %(revision)s). Run: recycling db upgrade"),
                    revision=revision,
                )
            inspector = inspect(connection)
            for name, table in ours.items():
                if name not in tables:
                    raise _half_migrated(name)
                there = {c["name"] for c in inspector.get_columns(name)}
                for column in table.columns:
                    if column.name not in there:
                        raise _half_migrated(f"{name}.{column.name}")

    @contextmanager
    def _reached(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except DatabaseError as error:
            raise _unreachable(self.engine, error.orig) from error


def hold(session: Session, key: str) -> None:
    """Let no other write unit that holds the same key go on before this one ends.

    For rules over rows that need not exist yet, such as "at most five an hour". SQLite's write units are alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def _options(url: str) -> dict[str, Any]:
    common = {"hide_parameters": True}  # an error's text goes to the log, what people entered does not
    if url.startswith("sqlite"):
        arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None}
        return {**common, "connect_args": arguments}
    return common


def _note_rest(_: Any, record: Any) -> None:
    record.info[RESTS_SINCE] = time.monotonic()


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:  # two open a new file at once: SQLite does not wait here by itself
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    cursor, until = connection.connection.cursor(), time.monotonic() + BUSY_SECONDS
    if not connection.get_execution_options().get("write", False):
        cursor.execute("BEGIN")  # which takes nothing yet, so that it cannot fail
        return
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while not _had_its_turn(cursor) and time.monotonic() < until:
            time.sleep(random.uniform(*PAUSE))
        if not cursor.connection.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # which raises what SQLAlchemy makes of the reason
    finally:
        cursor.execute(f"PRAGMA busy_timeout={int(1000 * BUSY_SECONDS)}")
        cursor.close()


def _had_its_turn(cursor: Any) -> bool:
    """Begin to write; False when somebody else is writing, so that it is worth looking again."""
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode not in WAITS
    return True


def _known_revision(connection: Connection) -> tuple[str | None, set[str]]:
    """Return the revision, None for an empty database, and the tables; refuse what no version of ours left."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    tables = set(inspect(connection).get_table_names())
    revisions = MigrationContext.configure(connection).get_current_heads()
    ours = tables & set(Base.metadata.tables)
    if len(revisions) > 1:
        raise _half_migrated("alembic_version")
    if not revisions:
        if ours:
            raise _half_migrated(min(ours))
        return None, tables
    script = ScriptDirectory.from_config(_alembic())
    if revisions[0] not in {r.revision for r in script.walk_revisions()}:
        raise DatabaseStateError.one(
            "database-newer",
            N_(
                "The database was made by a newer version (revision %(revision)s)."
                " Install that version, or restore a back-up."
            ),
            revision=revisions[0],
        )
    return revisions[0], tables


def _unreachable(engine: Engine, error: BaseException | None) -> DatabaseStateError:
    return DatabaseStateError.one(
        "database-unreachable",
        N_("The database at %(address)s cannot be reached: %(what)s. Start it, or mend the address."),
        address=engine.url.render_as_string(hide_password=True),
        what=str(error).strip().splitlines()[0].rstrip("."),
    )


def _half_migrated(what: str) -> DatabaseStateError:
    return DatabaseStateError.one(
        "database-half-migrated",
        N_(
            "The database is half-migrated: it does not match its revision at %(what)s, so nothing was started."
            " Restore the back-up taken before the upgrade, then run: recycling db upgrade"
        ),
        what=what,
    )


def _alembic() -> Any:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return configuration
