"""`recycling privacy`: taking people out of what has ended, by the clock or because they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from recycling.cli_bookings import the_office

if TYPE_CHECKING:
    from recycling.erasing import Erased


@click.group()
def privacy() -> None:
    """Erase names, numbers and doors from what has ended: when it is due, or for somebody who asks."""


@privacy.command("due")
def show_due() -> None:
    """Say from how many bookings, orders, households, quotes and others people are to be erased now."""
    from recycling import clock, erasing

    office = the_office()
    with office.database.read() as session:
        _tell(erasing.due(session, office.settings, clock.utc_now()))


@privacy.command("run")
def run_now() -> None:
    """Erase what is due now, as the server does by itself every few hours."""
    from recycling import clock, erasing

    office = the_office()
    _tell(erasing.erase_due(office.database, office.settings, clock.utc_now()))


@privacy.command("erase")
@click.argument("phone")
def erase_phone(phone: str) -> None:
    """Erase whoever has the number PHONE from all that has ended; status 1 when something has not ended yet."""
    from recycling import clock, erasing
    from recycling.accounts.actors import system
    from recycling.phones import e164

    number = e164(phone)
    if number is None:
        raise click.BadParameter(f"{phone} is not a telephone number", param_hint="PHONE")
    office = the_office()
    done = erasing.erase_person(office.database, office.settings, number, system("privacy erase"), clock.utc_now())
    _tell(done)
    if done.kept:
        click.echo(f"{done.kept} have not ended yet and are kept: cancel them first.")
        raise SystemExit(1)


def _tell(done: Erased) -> None:
    click.echo(
        f"{done.bookings} bookings, {done.orders} orders, {done.members} households of groups, {done.quotes} quotes,"
        f" {done.waiting} waiting places, {done.pins} answers about pins,"
        f" {done.rounds} places of village rounds, {done.watches} numbers told of truck calls"
    )
