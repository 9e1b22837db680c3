"""Statements that each booking asks: translated once for each kind of database, and then handed to the driver.

SQLAlchemy looks a statement up anew each time it is run, prepares its values and the columns of its rows by their
types, makes a context and a result for it, and asks the session about all of it, which takes several times as long as a
short statement itself. What errors come of it is the same; whoever listens to statements is told of these too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Delete, Dialect, Insert, Select, Table, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

from recycling.driver import Asked, Line, Said, line_of

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
        self._reads = isinstance(statement, Select | CompoundSelect)
        self._translated: dict[str, _Translated] = {}
        self._leaving: dict[str, list[tuple[int, Processor]]] = {}

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a question finds."""
        line = line_of(session)
        return self.found(line, line.say(self.asked(line, values), self.is_new(line)))

    def one(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row, None without any."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def changed(self, session: Session, **values: Any) -> int:
        """Change rows, and return how many there were to change."""
        line = line_of(session)
        return line.say(self.asked(line, values)).changed

    def write(self, session: Session, rows: Sequence[Values]) -> None:
        """Write rows, one or more."""
        line = line_of(session)
        line.say(self.asked(line, *rows))

    def asked(self, line: Line, *values: Values) -> Asked:
        """Return the statement as the driver of a line takes it, with one set of values or several."""
        translated = self._for(line.dialect)
        taken = [translated.values(one) for one in values]
        return Asked(translated.sql, taken if len(taken) != 1 else taken[0], self._reads)

    def is_new(self, line: Line) -> bool:
        """Tell whether the driver of a line must still say what it calls the types of the columns."""
        return self._reads and line.dialect.name not in self._leaving

    def found(self, line: Line, said: Said) -> list[tuple[Any, ...]]:
        """Return the rows that came of it as their types have them."""
        leaving = self._leaving.get(line.dialect.name)
        if leaving is None:
            leaving = self._processors(line.dialect, said.columns)
        return [_left(row, leaving) for row in said.rows]

    def _for(self, dialect: Dialect) -> _Translated:
        found = self._translated.get(dialect.name)
        if found is None:
            found = self._translated[dialect.name] = _translated(self._statement, dialect)
        return found

    def _processors(self, dialect: Dialect, described: Sequence[Any]) -> list[tuple[int, Processor]]:
        """Return what turns columns into what their types have; some types ask what the driver calls the column's."""
        known = self._leaving[dialect.name] = [
            (place, processor)
            for place, (column, (_, code, *_)) in enumerate(zip(_columns(self._statement), described, strict=True))
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, code)) is not None
        ]
        return known


def together(session: Session, asks: Sequence[tuple[Ready, Sequence[Values]]]) -> list[Said]:
    """Ask several statements in their order, each for its values, and return what came of each.

    PostgreSQL is sent all of them before it answers; each still sees what has been committed when it begins.
    """
    line = line_of(session)
    asked = [ready.asked(line, *values) for ready, values in asks]
    new = [ready.is_new(line) for ready, _ in asks]
    said = [line.say(*one) for one in zip(asked, new, strict=True)] if any(new) else line.say_all(asked)
    return [
        replace(one, rows=ready.found(line, one)) if one.rows else one
        for (ready, _), one in zip(asks, said, strict=True)
    ]


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
