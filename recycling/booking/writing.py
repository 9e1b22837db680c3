"""Writing new visits: a statement a table for all of them, and objects as if the session had written them itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, make_transient_to_detached

from recycling.models import Booking, BookingLine
from recycling.models.base import Base, table_of
from recycling.ready import Ready, defaults, together

Writes = tuple[Ready, Sequence[Mapping[str, Any]]]
"""A statement that writes, and the rows that it is to write."""


def rows_of(visits: Sequence[Booking]) -> list[Writes]:
    """Return the rows of new visits and their lines, to be written in this order.

    What nobody has set of them is set by its default.
    """
    rows = [_row(visit, _of_booking) for visit in visits]
    lines = []
    for visit in visits:
        for line in visit.lines:
            line.booking_id = visit.id
            lines.append(_row(line, _of_line))
    return [(_BOOKINGS, rows), (_LINES, lines)]


def write_new(session: Session, visits: Sequence[Booking], rows: Sequence[Writes] = (), join: bool = True) -> None:
    """Write visits with their lines, and what `rows` has besides; afterwards the visits belong to the session.

    Booking is what must be quick, and the session's own way of writing would take twice as long for it. Without `join`
    the visits are as after the end of the session: for a unit that only has to be committed.
    """
    session.flush()
    together(session, rows or rows_of(visits))
    for visit in visits:
        for written in (visit, *visit.lines):
            make_transient_to_detached(written)
    if join:
        session.add_all(visits)


def _row(new: Base, complete: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Return the values of all columns, those that nobody has set by their defaults; the object gets them too."""
    there = vars(new)
    row = complete({column.key: there[column.key] for column in table_of(type(new)).c if column.key in there})
    there.update(row)
    return row


_BOOKINGS, _of_booking = Ready(insert(table_of(Booking))), defaults(table_of(Booking))
_LINES, _of_line = Ready(insert(table_of(BookingLine))), defaults(table_of(BookingLine))
