"""`recycling bookings`: bringing in a file of bookings; days that are closed, routes that are late, and visits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycling.cli_closed_days import clear_days
from recycling.cli_tables import rows_of, takes_a_table, tell

if TYPE_CHECKING:
    from recycling.booking import Office

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def bookings() -> None:
    """Bring in bookings from files, clear days that are closed, say that a route is late and how a visit goes."""


bookings.add_command(clear_days)


@bookings.command("import")
@takes_a_table("Who sends it; the numbers of its rows are told apart by that.", "booked", "Book")
def import_file(file: Path, sender: str, dry_run: bool, all_or_nothing: bool, result: Path | None) -> None:
    """Book the rows of FILE, a CSV or XLSX table with named columns; see docs/clerks.md.

    The same file again changes nothing. Status 1 when rows have to be mended.
    """
    from recycling import clock, intake
    from recycling.accounts.actors import system

    office, actor = the_office(), system("bookings import")
    report = intake.take_in(office, rows_of(file), sender, actor, clock.utc_now(), all_or_nothing, dry_run)
    tell(report, intake.COLUMNS, ("booked", "known", "sound", "left", "refused"), result)


@bookings.command("behind")
@click.argument("plate")
@click.argument("minutes", type=int)
@click.option("--day", type=DAY, help="Today by default.")
@click.option("--depot", help="Needed where there are several.")
def say_behind(plate: str, minutes: int, day: datetime | None, depot: str | None) -> None:
    """Say that the vehicle PLATE is MINUTES behind its plan; whom that makes late is told, once.

    0 takes it back.
    """
    from recycling import clock, lateness, network
    from recycling.accounts.actors import system

    office, now = the_office(), clock.utc_now()
    with office.database.read() as session:
        depots = [d.code for d in network.depots(session)]
    if depot is None and len(depots) > 1:
        raise click.UsageError(f"say of which depot with --depot: {', '.join(depots)}")
    on = day.date() if day else office.clock.today(now)
    said = lateness.behind(
        office.database, office.settings, depot or depots[0], on, plate, minutes, system("bookings behind"), now
    )
    click.echo(
        f"asked {said.asked}, told {said.told}, already told {said.known}, in time {said.in_time},"
        f" hour over {said.over}, done or gone {said.changed}"
    )


@bookings.command("set-off")
@click.argument("reference")
@click.option("--back", is_flag=True, help="Take it back, within a minute: the resident is then told nothing.")
def say_set_off(reference: str, back: bool) -> None:
    """Say that the crew is on its way to the booking REFERENCE; its resident is told a minute later."""
    from recycling import clock, visiting
    from recycling.accounts.actors import system

    office = the_office()
    say = visiting.turned_back if back else visiting.set_off
    key = visiting.key_of(office.database, reference)
    visit = say(office.database, office.settings, key, system("bookings set-off"), clock.utc_now())
    click.echo(f"{visit.reference} is {visit.state}")


@bookings.command("failed")
@click.argument("reference")
@click.argument("reason", default="")
@click.option("--back", is_flag=True, help="It was a mistake: take it back, within visit.mistake_minutes.")
def say_failed(reference: str, reason: str, back: bool) -> None:
    """Say that the visit of the booking REFERENCE came to nothing; its resident is told, with a link to book anew.

    REASON is a word under [reasons] of config/messages.toml, such as absent or no_access.
    """
    from recycling import clock, visiting
    from recycling.accounts.actors import system

    office = the_office()
    if back:
        if reason:
            raise click.UsageError("give a reason, or --back")
        key = visiting.key_of(office.database, reference)
        visit = visiting.not_failed(office.database, office.settings, key, system("bookings failed"), clock.utc_now())
        click.echo(f"{visit.reference} is {visit.state}")
        return
    known = visiting.sayable(office.settings, "en")
    if reason not in known:
        raise click.BadParameter(f"one of: {', '.join(known)}", param_hint="REASON")
    key = visiting.key_of(office.database, reference)
    visit = visiting.failed(office.database, office.settings, key, reason, system("bookings failed"), clock.utc_now())
    click.echo(f"{visit.reference} is {visit.state}: {known[reason]}")


def the_office() -> Office:
    """Return the counter of the configured record, whose database must fit this version."""
    from recycling.booking import Office
    from recycling.catalogue import load_catalogue
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    return Office(database, settings, load_catalogue(), load_fleet())
