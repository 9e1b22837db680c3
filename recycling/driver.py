"""The driver's own way to the database, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from weakref import ref

from sqlalchemy import Connection, Dialect
from sqlalchemy.orm import Session, SessionTransaction

IN_SESSION = "line to the driver"
"""Where a session remembers its line, as long as its transaction lasts."""


@dataclass(frozen=True)
class Asked:
    """A statement as the driver takes it, with its values, or a list of them for which it is run one after the other.

    Attributes
    ----------
    reads
        Whether it finds rows.
    """

    sql: str
    values: Any
    reads: bool


@dataclass(frozen=True)
class Said:
    """What came of a statement: its rows, how many it changed last, and what the driver says of the columns."""

    rows: Sequence[Any]
    changed: int
    columns: Sequence[Any] = ()


class Line:
    """The connection of a session's transaction as the driver has it.

    Whoever listens to statements on the connection hears of these too: then they go the long way through SQLAlchemy.
    Errors are those that SQLAlchemy raises, which also does what is to be done about a connection that is gone.
    """

    def __init__(self, connection: Connection, transaction: SessionTransaction) -> None:
        self.dialect: Dialect = connection.dialect
        self._transaction = ref(transaction)  # which holds the session, and that this line
        self._connection = connection
        heard = connection.dispatch
        self._heard = bool(heard.before_cursor_execute or heard.after_cursor_execute)
        driver: Any = connection.connection.dbapi_connection
        self._driver, self._cursor = driver, driver.cursor()
        self._at_once = not self._heard and hasattr(driver, "pipeline")

    def is_of(self, transaction: SessionTransaction | None) -> bool:
        """Tell whether a transaction is the one of this line."""
        return transaction is not None and self._transaction() is transaction

    def say(self, asked: Asked, described: bool = False) -> Said:
        """Run a statement; columns are told when they are to be `described`."""
        if self._heard:
            return self._the_long_way(asked, described)
        cursor, many = self._cursor, isinstance(asked.values, list)
        try:
            (cursor.executemany if many else cursor.execute)(asked.sql, asked.values)
            rows = cursor.fetchall() if asked.reads else ()
        except BaseException as error:
            self._raise(error, asked.sql)
        return Said(rows, cursor.rowcount, cursor.description if described else ())

    def say_all(self, all_asked: Sequence[Asked]) -> list[Said]:
        """Run statements in their order; those that follow one that fails are not run.

        PostgreSQL gets them together, and answers once: each answer by itself would take longer than a short statement.
        """
        if not self._at_once or len(all_asked) < 2:
            return [self.say(asked) for asked in all_asked]
        cursors: list[Any] = []
        try:
            with self._driver.pipeline():
                for asked in all_asked:
                    cursors.append(self._driver.cursor())
                    for values in asked.values if isinstance(asked.values, list) else [asked.values]:
                        cursors[-1].execute(asked.sql, values)
        except BaseException as error:
            self._raise(error, ";\n".join(asked.sql for asked in all_asked))
        return [
            Said(cursor.fetchall() if asked.reads else (), cursor.rowcount)
            for asked, cursor in zip(all_asked, cursors, strict=True)
        ]

    def _the_long_way(self, asked: Asked, described: bool) -> Said:
        found = self._connection.exec_driver_sql(asked.sql, asked.values)
        columns = found.cursor.description if described and found.cursor else ()
        return Said(list(found.fetchall()) if asked.reads else (), found.rowcount, columns or ())

    def _raise(self, error: BaseException, sql: str) -> NoReturn:
        """Raise what SQLAlchemy makes of an error: only its own way also knows which connections are gone with it."""
        self._connection._handle_dbapi_exception(error, sql, None, None, None)


def line_of(session: Session) -> Line:
    """Return the line of a session, whose transaction begins with it unless it has begun."""
    known: Line | None = session.info.get(IN_SESSION)
    if known is not None and known.is_of(session.get_transaction()):
        return known
    connection, transaction = session.connection(), session.get_transaction()
    if transaction is None:
        raise RuntimeError("a session that has a connection is in a transaction")
    line = session.info[IN_SESSION] = Line(connection, transaction)
    return line
