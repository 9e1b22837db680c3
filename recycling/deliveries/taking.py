"""Taking the rows of a file of orders: each order once, changed when it is sent again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.deliveries.checks import checked
from recycling.deliveries.columns import COLUMNS, Row, row_of
from recycling.deliveries.entering import enter
from recycling.deliveries.shops import the_shop
from recycling.deliveries.wish import OrderWish
from recycling.errors import N_, BadRequestError
from recycling.intake.cells import fields_of
from recycling.intake.reading import Line
from recycling.intake.report import Outcome, Report
from recycling.intake.rows import take_rows, twice

Waits = Callable[[Session, Office, OrderWish, str, Actor, datetime], object]
"""What lets an order wait for a village round."""


def take_in(
    office: Office,
    lines: Sequence[Line],
    shop: str,
    actor: Actor,
    now: datetime,
    all_or_nothing: bool = False,
    dry: bool = False,
    waits: Waits | None = None,
) -> Report:
    """Take the orders of a table, whose head comes first, and tell what became of each row.

    A row whose day says so waits for the village round, by `waits`.
    A row of a number that was sent before changes that order; the same row again changes nothing. With
    `all_or_nothing` one refused row leaves all others; `dry` keeps nothing and tells what would be.

    Raises
    ------
    BadRequestError
        When the table as a whole cannot be used: no rows, missing columns, no shop.
    ForbiddenError, SignInNeededError
        When the actor may not order.
    """
    demand(actor, Action.ORDER_SEND)
    if len(lines) < 2:
        raise BadRequestError.one("no-rows", N_("The file has no rows below its head. Fill them in."), where="file")
    fields = fields_of(COLUMNS, lines[0])
    with office.database.read() as session:
        name = the_shop(session, actor, shop)
        rows = [row_of(session, office.catalogue, fields, line) for line in lines[1:]]
    again = twice(rows)
    rows = [replace(row, faults=[again[row.line]]) if row.line in again else row for row in rows]

    def take(session: Session, row: Row) -> Outcome:
        if row.waits and waits is not None:
            waits(session, office, row.wish, name, actor, now)
            return Outcome(row.line, row.external, "waits", "", "", "")
        state, order = enter(session, office, checked(session, office, row.wish, name, now), actor, now)
        hours = f"{office.clock.local(order.promise_start):%H:%M}-{office.clock.local(order.promise_end):%H:%M}"
        return Outcome(row.line, row.external, state, "", order.service_day.isoformat(), hours)

    return take_rows(office.database, rows, take, all_or_nothing, dry, _day_of)


def _day_of(row: Row) -> tuple[date, str]:
    return row.wish.day or date.max, row.external
