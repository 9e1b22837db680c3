"""Taking the rows of a table: each alone, or all in one unit of work that stays only if every row is sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling.db import Database
from recycling.errors import N_, BadRequestError, DomainError, Fault
from recycling.intake.report import KNOWN, LEFT, REFUSED, SOUND, Outcome, Report


class Numbered(Protocol):
    """A row: its line in the file, its sender's number of it, and what could not be read in it."""

    @property
    def line(self) -> int:
        """Counted as a spreadsheet does."""
        ...

    @property
    def external(self) -> str:
        """The sender's number; empty where none could be read."""
        ...

    @property
    def faults(self) -> Sequence[Fault]:
        """What makes it impossible to take the row at all."""
        ...


Row = TypeVar("Row", bound=Numbered)
Take = Callable[[Session, Row], Outcome]


class _GoneBackError(Exception):
    """Ends a unit of work so that nothing of it stays."""


def take_rows(
    database: Database,
    rows: Sequence[Row],
    take: Take[Row],
    all_or_nothing: bool = False,
    dry: bool = False,
    order: Callable[[Row], Any] | None = None,
) -> Report:
    """Take each row by `take` and tell what became of it.

    With `all_or_nothing` one refused row leaves all others; `dry` keeps nothing and tells what would be. Both take the
    rows in `order`, in which everybody else locks what they touch; without one in that of the file.
    """
    if dry or all_or_nothing:
        return _together(database, sorted(rows, key=order) if order else rows, take, dry)
    return Report([_alone(database, row, take) for row in rows])


def _together(database: Database, rows: Sequence[Row], take: Take[Row], dry: bool) -> Report:
    outcomes: list[Outcome] = []
    try:
        with database.write() as session:
            for row in rows:
                try:
                    with session.begin_nested():
                        outcomes.append(_taken(session, row, take))
                except DomainError as error:
                    outcomes.append(_refused(row, error.faults))
                except IntegrityError:
                    outcomes.append(_refused(row, [_meanwhile()]))
            if dry or any(outcome.state == REFUSED for outcome in outcomes):
                raise _GoneBackError
    except _GoneBackError:
        outcomes.sort(key=lambda outcome: outcome.line)
        state = SOUND if dry else LEFT
        kept = (KNOWN, REFUSED)
        return Report([o if o.state in kept else replace(o, state=state, reference="") for o in outcomes])
    return Report(sorted(outcomes, key=lambda outcome: outcome.line))


def _alone(database: Database, row: Row, take: Take[Row]) -> Outcome:
    """Take one row in a unit of its own; a twin of it that was quicker is looked up by the second try."""
    for _ in range(2):
        try:
            with database.write() as session:
                return _taken(session, row, take)
        except DomainError as error:
            return _refused(row, error.faults)
        except IntegrityError:
            continue
    return _refused(row, [_meanwhile()])


def _taken(session: Session, row: Row, take: Take[Row]) -> Outcome:
    if row.faults:
        raise BadRequestError(*row.faults)
    return take(session, row)


def twice(rows: Sequence[Numbered]) -> dict[int, Fault]:
    """Return, by line, what is wrong with rows whose number stood above them already."""
    seen: dict[str, int] = {}
    found = {}
    for row in rows:
        first = seen.setdefault(row.external, row.line)
        if row.external and first != row.line:
            text = N_("This number stands in line %(line)s already. Give each row its own.")
            found[row.line] = Fault("id", "id-twice", text, {"line": first})
    return found


def _refused(row: Numbered, faults: Sequence[Fault]) -> Outcome:
    return Outcome(row.line, row.external, REFUSED, faults=tuple(faults))


def _meanwhile() -> Fault:
    return Fault("id", "sent-twice", N_("The same row is being imported just now. Send the file again in a minute."))
