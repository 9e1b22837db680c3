"""The database: engine, read session, write unit of work, and the state of its schema.

SQLite runs in WAL mode with full synchronisation and with the driver's own transaction control off: a write unit
takes the write lock at once (BEGIN IMMEDIATE), a read takes none. PostgreSQL runs at READ COMMITTED.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from recycling.errors import N_, DatabaseStateError
from recycling.models import Base

BUSY_SECONDS = 15
"""How long a writer waits for another process's lock on an SQLite file."""


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
        except (ArgumentError, NoSuchModuleError) as error:
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
                Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._writing = self.engine.execution_options(write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; it takes no write lock, and what it holds can be used after it closes."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open the one kind of unit that writes: all of it is committed, or nothing."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    # -- schema ------------------------------------------------------------------------------------------

    def migrate(self) -> None:
        """Bring the schema to this version; a database that is already there is left alone.

        Raises
        ------
        DatabaseStateError
            When the database cannot be reached, or holds tables that no known version made.
        """
        from alembic import command

        with self._reached() as connection:
            revision, tables = _revision(connection)
            ours = set(Base.metadata.tables)
            if revision is None and tables & ours:
                raise _half_migrated(sorted(tables & ours)[0])
        configuration = _alembic()
        with self._writing.begin() as connection:
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
            revision, tables = _revision(connection)
            script = ScriptDirectory.from_config(_alembic())
            ours = Base.metadata.tables
            if revision is None:
                if tables & set(ours):
                    raise _half_migrated(sorted(tables & set(ours))[0])
                raise DatabaseStateError.one(
                    "database-empty", N_("The database holds no tables yet. Run: recycling db upgrade")
                )
            if revision not in {r.revision for r in script.walk_revisions()}:
                raise DatabaseStateError.one(
                    "database-newer",
                    N_(
                        "The database was made by a newer version (revision %(revision)s)."
                        " Install that version, or restore a back-up."
                    ),
                    revision=revision,
                )
            if revision != script.get_current_head():
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
            connection = self.engine.connect()
        except OperationalError as error:
            raise DatabaseStateError.one(
                "database-unreachable",
                N_("The database at %(where)s cannot be reached: %(what)s. Start it, or mend the address."),
                where=self.engine.url.render_as_string(hide_password=True),
                what=str(error.orig).strip().splitlines()[0],
            ) from error
        with connection:
            yield connection


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None}}
    return {"pool_pre_ping": True}


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _revision(connection: Connection) -> tuple[str | None, set[str]]:
    from alembic.runtime.migration import MigrationContext

    tables = set(inspect(connection).get_table_names())
    return MigrationContext.configure(connection).get_current_revision(), tables


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
