"""`recycling spare`: partners' trips with room to spare, what is offered to them, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycling.cli_bookings import DAY, the_office
from recycling.cli_tables import days_asked, rows_of, takes_a_table, tell
from recycling.errors import N_, BadRequestError

if TYPE_CHECKING:
    from recycling.models import SpareOffer, SpareTrip


@click.group()
def spare() -> None:
    """Bring in trips that partners make anyway, offer them take-backs, and say what came of it."""


@spare.command("import")
@takes_a_table("The partner: its code in config/partners.toml.", "taken", "Take")
def import_file(file: Path, sender: str, dry_run: bool, all_or_nothing: bool, result: Path | None) -> None:
    """Take the trips of FILE, a CSV or XLSX table with named columns; see docs/spare.md.

    A number that was sent before changes that trip; the same file again changes nothing. Status 1 when rows have to be
    mended.
    """
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system

    report = trips.take_in(
        the_office(), rows_of(file), sender, system("spare import"), clock.utc_now(), all_or_nothing, dry_run
    )
    tell(report, trips.COLUMNS, ("taken", "changed", "known", "sound", "left", "refused"), result)


@spare.command("list")
@click.argument("day", type=DAY, required=False)
@click.option("--from", "partner", default="", help="Only of this partner.")
@click.option("--offers", is_flag=True, help="With what each was offered, by its key.")
def list_trips(day: datetime | None, partner: str, offers: bool) -> None:
    """List the trips of DAY, or of today and the six days after it: hours, room, what is offered, taken and saved."""
    from recycling import spare as trips

    office = the_office()
    first, last = days_asked(office, day)
    with office.database.read() as session:
        found = trips.trips_between(session, first, last, partner)
        had = trips.offers_of(session, [trip.id for trip in found])
    for trip in found:
        click.echo(_line(trip, had[trip.id], office.clock.local(trip.starts_at), office.clock.local(trip.ends_at)))
        for offer in had[trip.id] if offers else ():
            why = f" ({offer.reason})" if offer.reason else ""
            click.echo(
                f"  {offer.id} {offer.state}{why}: {offer.kg} kg, {offer.litres} l, "
                f"{offer.detour // 60} min longer, saves {offer.saves / 100:.2f}, asks {offer.asks / 100:.2f}"
            )
    click.echo(f"{len(found)} trips")


@spare.command("look")
@click.argument("day", type=DAY)
@click.option("--depot", default="", help="Only of this depot; all of them by default.")
def look(day: datetime, depot: str) -> None:
    """Look now for what the trips of DAY could take, and offer it to them; the schedule does so by itself."""
    from recycling import clock, network
    from recycling import spare as trips

    office, now = the_office(), clock.utc_now()
    with office.database.read() as session:
        codes = [network.the_depot(session, depot).code] if depot else [one.code for one in network.depots(session)]
    failed = False
    for code in codes:
        done = trips.look(office, code, day.date(), now)
        if done.trips or done.trouble:
            trouble = f": {done.trouble}" if done.trouble else ""
            click.echo(f"{code}: {done.trips} trips, {done.offers} offers{trouble}")
        failed = failed or bool(done.trouble)
    if failed:
        raise SystemExit(1)


@spare.command("accept")
@click.argument("offer", type=click.UUID)
def accept(offer: uuid.UUID) -> None:
    """Accept OFFER for its partner, as agreed by telephone; it leaves our own day."""
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system

    trips.accept(the_office(), offer, system("spare accept"), clock.utc_now())
    click.echo("accepted")


@spare.command("decline")
@click.argument("offer", type=click.UUID)
@click.option("--reason", default="", help="Why, in a few words.")
def decline(offer: uuid.UUID, reason: str) -> None:
    """Decline OFFER for its partner, or give back what was accepted; it is ours again."""
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system

    done = trips.decline(the_office(), offer, reason[:120], system("spare decline"), clock.utc_now())
    click.echo(done.state)


@spare.command("collected")
@click.argument("offer", type=click.UUID)
@click.argument("weights", nargs=-1, required=True)
@click.option("--pieces", type=int, help="How many pieces; those that were booked by default.")
def collected(offer: uuid.UUID, weights: tuple[str, ...], pieces: int | None) -> None:
    """Note that OFFER was collected, with WEIGHTS such as appliances=55.5 in kilograms."""
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system

    done = trips.collected(the_office(), offer, _kilograms(weights), pieces, system("spare collected"), clock.utc_now())
    click.echo(f"collected, {done.collected_kg:g} kg; the partner gets {done.due / 100:.2f} yuan")


@spare.command("failed")
@click.argument("offer", type=click.UUID)
@click.option("--reason", required=True, help="Why it was not collected, such as nobody-there or no-time.")
def failed(offer: uuid.UUID, reason: str) -> None:
    """Note that OFFER was not collected; it is ours again, with the hours that were promised."""
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system

    trips.failed(the_office(), offer, reason, system("spare failed"), clock.utc_now())
    click.echo("failed; it is in our own day again")


@spare.command("cancel")
@click.argument("number")
@click.option("--from", "partner", required=True, help="The partner that the trip is of.")
@click.option("--reason", default="", help="Why, in a few words.")
def cancel(number: str, partner: str, reason: str) -> None:
    """Cancel the trip NUMBER of a partner; what it has accepted is ours again."""
    from recycling import clock
    from recycling import spare as trips
    from recycling.accounts.actors import system
    from recycling.partner_accounts import named_partner

    office = the_office()
    code = named_partner(office.settings, partner).code
    with office.database.write() as session:
        trip = trips.the_trip(session, code, number, lock=True)
        trips.cancel(session, office, trip, reason[:120], system("spare cancel"), clock.utc_now())
    click.echo(f"{code} {number} is cancelled.")


@spare.command("statement")
@click.argument("first", type=DAY)
@click.argument("last", type=DAY)
@click.option("--from", "partner", default="", help="Only of this partner.")
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file too.")
def statement(first: datetime, last: datetime, partner: str, file: Path | None) -> None:
    """Say what partners get for what their trips collected from FIRST to LAST, both days included."""
    from recycling import spare as trips
    from recycling.exports.tables import csv_bytes
    from recycling.partner_accounts import named_partner
    from recycling.spare.statement import HEAD, rows

    office = the_office()
    code = named_partner(office.settings, partner).code if partner else ""
    with office.database.read() as session:
        lines = trips.statement(session, first.date(), last.date(), code)
    for row in rows(lines):
        click.echo(" ".join(map(str, row)))
    if file is not None:
        file.write_bytes(csv_bytes(HEAD, rows(lines)))
    click.echo(
        f"{len(lines)} visits, {sum(one.kg for one in lines):g} kg, {sum(one.due for one in lines) / 100:.2f} yuan"
    )


def _line(trip: SpareTrip, offers: list[SpareOffer], first: datetime, last: datetime) -> str:
    from recycling.spare import sums

    total = sums(offers)
    trouble = f"; cannot be driven: {trip.trouble} at {trip.trouble_at or '-'}" if trip.trouble else ""
    state = f" {trip.state}" if trip.state != "open" else ""
    return (
        f"{trip.service_day} {first:%H:%M}-{last:%H:%M} {trip.partner} {trip.external_id}{state}: {trip.kg} kg and "
        f"{trip.litres} l free; {total.offered} offered or accepted, {total.collected} collected, "
        f"saves {total.saves / 100:.2f} for {total.asks / 100:.2f}{trouble}"
    )


def _kilograms(weights: tuple[str, ...]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for text in weights:
        material, _, number = text.partition("=")
        try:
            found[material.strip()] = float(number)
        except ValueError as error:
            raise BadRequestError.one(
                "bad-weight", N_("%(text)s is no weight. Write it as in appliances=55.5."), text=text[:40]
            ) from error
    return found
