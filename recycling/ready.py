"""Statements that each booking asks: translated once for each kind of database, and then handed to the driver.

SQLAlchemy looks a statement up anew each time it is run, prepares its values and the columns of its rows by their
types, and asks the session about all of it, which takes several times as long as a short statement itself. What errors
and events come of it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Dialect, Insert, Select, Table, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Update | Insert | Delete
Processor = Callable[[Any], Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class _Translated:
    """A statement as a driver takes it.

    Attributes
    ----------
    names
        Of its values in their order; None where the driver takes them by name.
    fixed
        Values that the statement itself brings, as the driver takes them.
    entering
        What turns values into what the driver takes.
    """

    sql: str
    names: tuple[str, ...] | None
    fixed: Values
    entering: tuple[tuple[str, Processor], ...]

    def values(self, given: Values) -> Any:
        """Return values as the driver takes them."""
        taken = {**self.fixed, **given}
        for name, processor in self.entering:
            taken[name] = processor(taken[name])
        return taken if self.names is None else tuple([taken[name] for name in self.names])


class Ready:
    """One statement that is asked again and again.

    Its values are bound parameters, none of them a list; lists that it brings itself are of words or numbers.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._translated: dict[str, _Translated] = {}
        self._leaving: dict[str, list[tuple[int, Processor]]] = {}

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a question finds."""
        found = self._run(session, values)
        leaving = self._processors(found)
        return [_left(row, leaving) for row in found]

    def one(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row, None without any."""
        found = self._run(session, values)
        leaving = self._processors(found)
        row = found.first()
        return None if row is None else _left(row, leaving)

    def changed(self, session: Session, **values: Any) -> int:
        """Change rows, and return how many there were to change."""
        return self._run(session, values).rowcount

    def write(self, session: Session, rows: Iterable[Values]) -> None:
        """Write rows, one or more."""
        connection = session.connection()
        translated = self._for(connection.dialect)
        values = [translated.values(row) for row in rows]
        connection.exec_driver_sql(translated.sql, values if len(values) > 1 else values[0])

    def _run(self, session: Session, values: Values) -> CursorResult[Any]:
        connection = session.connection()
        translated = self._for(connection.dialect)
        return connection.exec_driver_sql(translated.sql, translated.values(values))

    def _for(self, dialect: Dialect) -> _Translated:
        found = self._translated.get(dialect.name)
        if found is None:
            found = self._translated[dialect.name] = _translated(self._statement, dialect)
        return found

    def _processors(self, found: CursorResult[Any]) -> list[tuple[int, Processor]]:
        """Return what turns columns into what their types have; some types ask what the driver calls the column's."""
        dialect = found.dialect
        known = self._leaving.get(dialect.name)
        if known is None:
            described = found.cursor.description if found.cursor else ()
            known = self._leaving[dialect.name] = [
                (place, processor)
                for place, (column, (_, code, *_)) in enumerate(zip(_columns(self._statement), described, strict=True))
                if (processor := column.type.dialect_impl(dialect).result_processor(dialect, code)) is not None
            ]
        return known


def _columns(statement: Statement) -> list[ColumnElement[Any]]:
    if isinstance(statement, Select | CompoundSelect):
        return list(statement.selected_columns)
    return list(statement.exported_columns)


def _left(row: Sequence[Any], leaving: Sequence[tuple[int, Processor]]) -> tuple[Any, ...]:
    if not leaving:
        return tuple(row)
    values = list(row)
    for place, processor in leaving:
        values[place] = processor(values[place])
    return tuple(values)


def _translated(statement: Statement, dialect: Dialect) -> _Translated:
    compiled: Any = statement.compile(dialect=dialect)
    given = {name for name, bind in compiled.binds.items() if bind.required}
    written = compiled.construct_expanded_state(dict.fromkeys(given))  # with lists that the statement itself brings
    processors = (
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiled.binds.items()
    )
    entering = {name: processor for name, processor in processors if processor is not None}
    return _Translated(
        written.statement,
        tuple(written.positiontup) if compiled.positional else None,
        {
            name: entering[name](value) if name in entering else value
            for name, value in written.parameters.items()
            if name not in given
        },
        tuple((name, processor) for name, processor in entering.items() if name in given),
    )


def defaults(table: Table) -> Callable[[Values], dict[str, Any]]:
    """Return a function that completes the values of a new row by the defaults of the table's columns."""
    plain: dict[str, Any] = {}
    made: dict[str, Callable[[Any], Any]] = {}
    for column in table.c:
        default: Any = column.default
        if default is not None and default.is_callable:
            made[column.key] = default.arg
        else:
            plain[column.key] = None if default is None else default.arg

    def complete(values: Values) -> dict[str, Any]:
        row = {**plain, **values}
        for name, make in made.items():
            if name not in row:
                row[name] = make(None)
        return row

    return complete
