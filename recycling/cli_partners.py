"""`recycling partners`: partner recyclers, what is handed to them, and statements with them."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

import click

from recycling.cli_bookings import DAY, the_office


@click.group()
def partners() -> None:
    """Hand bookings to partner recyclers, see what became of them, and settle with the partners."""


@partners.command("list")
def list_partners() -> None:
    """List the partners of config/partners.toml: what each takes, where, when, and what is to be settled."""
    from recycling import handing
    from recycling.partner_companies import demand_known_codes

    office = the_office()
    found = office.settings.partners
    demand_known_codes(found, office.catalogue.materials, office.catalogue.variants)
    with office.database.read() as session:
        for one in found.partner:
            count, fen = handing.to_settle(session, one.code)
            takes = ", ".join((*one.materials, *one.items))
            where = ", ".join(one.areas)
            click.echo(f"{one.code} {one.zh}: {takes}; {where}; {one.hours}; {count} to settle, {fen / 100:.2f} yuan")
    click.echo(f"{len(found.partner)} partners")


@partners.command("pickups")
@click.argument("day", type=DAY, required=False)
@click.option("--partner", default="", help="Only of this partner.")
def list_pickups(day: datetime | None, partner: str) -> None:
    """List what was handed over for DAY, or all that is open or ended lately: id, hours, booking, partner, state."""
    from recycling import clock, handing, network

    office = the_office()
    with office.database.read() as session:
        found = [
            one
            for depot in network.depots(session)
            for one in handing.of_depot(session, depot.code, clock.utc_now(), day.date() if day else None)
            if partner in ("", one.handover.partner)
        ]
    local = office.clock.local
    for one in found:
        here = one.handover
        hours = f"{local(here.promise_start):%H:%M}-{local(here.promise_end):%H:%M}"
        why = f" ({here.reason})" if here.reason else ""
        money = "" if here.fen is None else f", {here.fen / 100:.2f} yuan"
        click.echo(f"{here.id} {here.service_day} {hours} {one.reference} {here.partner}: {here.state}{why}{money}")
    click.echo(f"{len(found)} pickups")


@partners.command("offer")
@click.argument("reference")
@click.argument("partner")
@click.option("--key", default="", help="The same key again is the same offer.")
def offer_booking(reference: str, partner: str, key: str) -> None:
    """Offer the booking of REFERENCE to PARTNER (code or name), in the hours that were promised.

    It says until when the partner has to answer; without an answer the booking is ours again.
    """
    from recycling import clock, handing
    from recycling.accounts.actors import system
    from recycling.counter.weighing import the_visit

    office, actor = the_office(), system("partners offer")
    with office.database.read() as session:
        found = the_visit(session, reference, actor, lock=False)
    wanted = key or f"command-{uuid.uuid4()}"
    made = handing.offer(office, found.leg_of or found.id, partner, wanted, actor, clock.utc_now())
    click.echo(f"{made.id} is offered to {made.partner} until {office.clock.local(made.answer_by):%Y-%m-%d %H:%M}.")


@partners.command("offer-order")
@click.argument("number")
@click.argument("partner")
@click.option("--from", "shop", required=True, help="The shop whose order it is.")
@click.option("--key", default="", help="The same key again is the same offer.")
def offer_order(number: str, partner: str, shop: str, key: str) -> None:
    """Offer what is old of order NUMBER to PARTNER (code or name); the delivery stays ours.

    It says in which hours it is to be fetched, and until when the partner has to answer.
    """
    from recycling import clock, deliveries, handing
    from recycling.accounts.actors import system

    office, actor = the_office(), system("partners offer-order")
    with office.database.read() as session:
        found = deliveries.the_order(session, shop, number)
    wanted = key or f"command-{uuid.uuid4()}"
    made = handing.offer_order(office, found.id, partner, wanted, actor, clock.utc_now())
    local = office.clock.local
    hours = f"{local(made.promise_start):%H:%M}-{local(made.promise_end):%H:%M}"
    until = f"{local(made.answer_by):%Y-%m-%d %H:%M}"
    click.echo(f"{made.id} is offered to {made.partner} until {until}: {made.service_day} {hours}.")


@partners.command("withdraw")
@click.argument("pickup", type=click.UUID)
@click.option("--reason", required=True, help="Why; the partner reads it.")
def withdraw_pickup(pickup: uuid.UUID, reason: str) -> None:
    """Take PICKUP, an id that `pickups` lists, back from its partner."""
    from recycling import clock, handing
    from recycling.accounts.actors import system

    office = the_office()
    with office.database.write() as session:
        handing.withdraw(session, office, pickup, reason, system("partners withdraw"), clock.utc_now())
    click.echo("It is ours again, in the promised hours.")


@partners.command("lapse")
def lapse() -> None:
    """Do now what the schedule does each minute: take back what no partner answered in time."""
    from recycling import clock, handing

    click.echo(f"{handing.lapse_due(the_office(), clock.utc_now())} offers are over.")


@partners.command("settle")
@click.argument("partner")
@click.argument("last", type=DAY)
def settle(partner: str, last: datetime) -> None:
    """Make a statement of all that PARTNER collected until the day LAST and that stands on none yet."""
    from recycling import clock, handing
    from recycling.accounts.actors import system
    from recycling.partner_accounts import named_partner

    office, now = the_office(), clock.utc_now()
    company = named_partner(office.settings, partner)
    with office.database.write() as session:
        today = office.clock.today(now)
        made = handing.make_statement(session, company, last.date(), today, system("partners settle"), now)
    click.echo(f"Statement {made.number} with {made.partner}: {made.pickups} pickups, {made.fen / 100:.2f} yuan.")


@partners.command("statement")
@click.argument("partner")
@click.argument("number", type=int)
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write its lines here.")
def show_statement(partner: str, number: int, file: Path | None) -> None:
    """Print the lines of statement NUMBER with PARTNER; yuan are positive where the partner pays."""
    from recycling import handing
    from recycling.exports.tables import csv_bytes
    from recycling.partner_accounts import named_partner

    office = the_office()
    company = named_partner(office.settings, partner)
    with office.database.read() as session:
        found = handing.the_statement(session, company.code, number)
        lines = handing.lines_of(session, found)
    head, rows = handing.table_of(lines)
    if file:
        file.write_bytes(csv_bytes(head, rows))
    for row in rows:
        click.echo(" ".join(str(cell) for cell in row if cell != ""))
    paid = f", paid by {found.paid_reference}" if found.paid_at else ", not paid yet"
    click.echo(f"{found.pickups} pickups until {found.last_day}: {found.fen / 100:.2f} yuan{paid}")


@partners.command("paid")
@click.argument("partner")
@click.argument("number", type=int)
@click.option("--transfer", required=True, help="Number of the transfer.")
def note_paid(partner: str, number: int, transfer: str) -> None:
    """Note that statement NUMBER with PARTNER was paid in full; the same transfer again changes nothing."""
    from recycling import clock, handing
    from recycling.accounts.actors import system
    from recycling.partner_accounts import named_partner

    office = the_office()
    company = named_partner(office.settings, partner)
    with office.database.write() as session:
        handing.note_paid(session, company, number, transfer, system("partners paid"), clock.utc_now())
    click.echo(f"Statement {number} with {company.code} is paid.")
