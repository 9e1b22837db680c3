"""`recycling ledger` and `recycling purchases`: the books, and the record of what was bought."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from recycling.listing import say_some

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def ledger() -> None:
    """Look into the books of points and money."""


@ledger.command("check")
def ledger_check() -> None:
    """Prove the books: every entry sums to zero, no guarded account has passed it, the triggers are there.

    Status 2 and the keys of what is wrong when something is.
    """
    from recycling.errors import DatabaseStateError
    from recycling.ledger.trial import trial

    with _database().read() as session:
        found = trial(session)
    click.echo(f"{found.accounts} accounts, {found.entries} entries, {found.lines} lines")
    say_some(found.unbalanced, "not balanced")
    say_some(found.orphaned, "line without entry")
    say_some(found.guards_off, "account off its guard")
    say_some(found.triggers_missing, "trigger missing")
    if not found.sound:
        raise DatabaseStateError.one(
            "ledger-unsound", "The books do not hold. Stop, keep a copy of the database, and restore a back-up."
        )
    click.echo("The books hold.")


@ledger.command("statement")
@click.argument("phone")
@click.option("--unit", type=click.Choice(["points", "fen"]), default="points", show_default=True, help="What to show.")
@click.option("--first", type=DAY, help="First day; the first of this month, if left out.")
@click.option("--last", type=DAY, help="Last day; today, if left out.")
@click.option("--csv", "file", type=FILE, help="Write it here instead of showing it.")
def ledger_statement(phone: str, unit: str, first: datetime | None, last: datetime | None, file: Path | None) -> None:
    """Show what the holder under PHONE had, what came and went, and what is there now.

    \b
    A month as a file:
      recycling ledger statement 13800138000 --first 2026-11-01 --last 2026-11-30 --csv november.csv
    """
    from recycling.errors import NotFoundError
    from recycling.exports.statements import HEAD, statement_rows
    from recycling.exports.tables import csv_bytes
    from recycling.ledger.statement import statement
    from recycling.money.books import holding
    from recycling.money.sellers import known_seller
    from recycling.settings import load_settings

    clock = load_settings().clock
    since, until = _span(first, last)
    with _database().read() as session:
        seller = known_seller(session, phone)
        if seller is None:
            raise NotFoundError.one("no-seller", "Nobody has points or money under this number.")
        end = clock.midnight(until + timedelta(days=1))
        found = statement(session, holding(seller.id, unit), clock.midnight(since), end)
    rows = statement_rows(found, clock)
    if file:
        _write(file, csv_bytes(HEAD, rows))
        click.echo(f"Wrote {len(found.lines)} entries to {file}.")
        return
    for row in rows:
        click.echo("  ".join(str(cell) for cell in row if cell not in ("", None)))


@click.group()
def purchases() -> None:
    """Export and review what was bought."""


@purchases.command("export")
@click.argument("file", type=FILE)
@click.option("--first", type=DAY, help="First day; the first of this month, if left out.")
@click.option("--last", type=DAY, help="Last day; today, if left out.")
def purchases_export(file: Path, first: datetime | None, last: datetime | None) -> None:
    """Write the purchase record for reverse invoicing (反向开票) to FILE: .csv or .xlsx.

    One row a line that was bought from a natural person, with seller, goods code, weight, price, payment and evidence,
    and what is still missing. Nothing is written without the operator's registration in config/points.toml.
    """
    from recycling.exports.purchases import HEAD, purchase_record
    from recycling.exports.tables import csv_bytes, xlsx_bytes

    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise click.BadParameter("name a file that ends in .csv or .xlsx", param_hint="FILE")
    with _database().read() as session:
        found = purchase_record(session, _terms(), *_span(first, last))
    if file.suffix.lower() == ".csv":
        _write(file, csv_bytes(HEAD, found.rows))
    else:
        _write(file, xlsx_bytes("purchases", HEAD, found.rows))
    click.echo(f"Wrote {found.purchases} purchases to {file}; {found.incomplete} of them still miss something.")


@purchases.command("review")
@click.option("--first", type=DAY, help="First day; the first of this month, if left out.")
@click.option("--last", type=DAY, help="Last day; today, if left out.")
def purchases_review(first: datetime | None, last: datetime | None) -> None:
    """List what somebody should look at; nothing is refused or changed by it.

    The same photo or serial number twice, the same weights from one seller again and again, sellers near their limit,
    prices taken under protest, weights that were estimated.
    """
    from recycling.money.review import review

    with _database().read() as session:
        found = review(session, _terms(), *_span(first, last))
    for one in found:
        click.echo(f"{one.kind}: {', '.join(one.references)}{': ' + one.figure if one.figure else ''}")
    click.echo(f"{len(found)} to look at.")


def _database() -> Any:
    from recycling.db import Database
    from recycling.settings import load_settings

    database = Database(load_settings().database_url)
    database.check()
    return database


def _terms() -> Any:
    from recycling.catalogue import load_catalogue
    from recycling.money.terms import load_terms

    return load_terms(load_catalogue())


def _span(first: datetime | None, last: datetime | None) -> tuple[date, date]:
    from recycling import clock
    from recycling.settings import load_settings

    until = last.date() if last else load_settings().clock.today(clock.utc_now())
    since = first.date() if first else until.replace(day=1)
    if until < since:
        raise click.BadParameter("it lies before --first", param_hint="--last")
    return since, until


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be written: {error.strerror}", param_hint="FILE") from error
