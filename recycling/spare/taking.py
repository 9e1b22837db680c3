"""Taking the rows of a file of trips: each trip once, changed when it is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.errors import N_, BadRequestError
from recycling.intake.cells import fields_of
from recycling.intake.reading import Line
from recycling.intake.report import Outcome, Report
from recycling.intake.rows import take_rows, twice
from recycling.partner_accounts import the_partner
from recycling.spare.checks import checked
from recycling.spare.columns import COLUMNS, Row, row_of
from recycling.spare.entering import enter


def take_in(
    office: Office,
    lines: Sequence[Line],
    partner: str,
    actor: Actor,
    now: datetime,
    all_or_nothing: bool = False,
    dry: bool = False,
) -> Report:
    """Take the trips of a table, whose head comes first, and tell what became of each row.

    A row of a number that was sent before changes that trip; the same row again changes nothing. With `all_or_nothing`
    one refused row leaves all others; `dry` keeps nothing and tells what would be.

    Raises
    ------
    BadRequestError
        When the table as a whole cannot be used: no rows, missing columns.
    NotFoundError
        When the partner is none.
    ForbiddenError, SignInNeededError
        When the actor may not announce trips.
    """
    demand(actor, Action.SPARE_SEND)
    if len(lines) < 2:
        raise BadRequestError.one("no-rows", N_("The file has no rows below its head. Fill them in."), where="file")
    fields = fields_of(COLUMNS, lines[0])
    with office.database.read() as session:
        company = the_partner(session, office.settings, actor, partner)
        rows = [row_of(session, office.catalogue, office.fleet, fields, line) for line in lines[1:]]
    again = twice(rows)
    rows = [replace(row, faults=[again[row.line]]) if row.line in again else row for row in rows]

    def take(session: Session, row: Row) -> Outcome:
        state, trip = enter(session, office, checked(session, office, row.wish, company, now), actor, now)
        hours = f"{office.clock.local(trip.starts_at):%H:%M}-{office.clock.local(trip.ends_at):%H:%M}"
        return Outcome(row.line, row.external, state, "", trip.service_day.isoformat(), hours)

    return take_rows(office.database, rows, take, all_or_nothing, dry, _day_of)


def _day_of(row: Row) -> tuple[date, str]:
    return row.wish.day or date.max, row.external
