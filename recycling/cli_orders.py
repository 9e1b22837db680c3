"""`recycling orders`: orders of shops, brought in from files, listed and cancelled."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from recycling.cli_bookings import DAY, the_office
from recycling.cli_order_events import events
from recycling.cli_tables import days_asked, rows_of, takes_a_table, tell


@click.group()
def orders() -> None:
    """Bring in orders of shops that deliver something new and take back the old one; list and cancel them."""


orders.add_command(events)


@orders.command("import")
@takes_a_table("The shop; the numbers of its orders are told apart by that.", "taken", "Take")
def import_file(file: Path, sender: str, dry_run: bool, all_or_nothing: bool, result: Path | None) -> None:
    """Take the orders of FILE, a CSV or XLSX table with named columns; see docs/deliveries.md.

    A number that was sent before changes that order; the same file again changes nothing. Status 1 when rows have to be
    mended.
    """
    from recycling import clock, deliveries, rounds
    from recycling.accounts.actors import system

    office, actor = the_office(), system("orders import")
    report = deliveries.take_in(
        office, rows_of(file), sender, actor, clock.utc_now(), all_or_nothing, dry_run, rounds.wait_with_order
    )
    tell(report, deliveries.COLUMNS, ("taken", "changed", "waits", "known", "sound", "left", "refused"), result)


@orders.command("list")
@click.argument("day", type=DAY, required=False)
@click.option("--from", "shop", default="", help="Only of this shop.")
def list_orders(day: datetime | None, shop: str) -> None:
    """List the orders of DAY, or of today and the six days after it: hours, shop and number, goods, how each stands."""
    from recycling import deliveries

    office = the_office()
    first, last = days_asked(office, day)
    with office.database.read() as session:
        found = deliveries.orders_between(session, first, last, shop)
        standing = deliveries.standing_of(session, found)
    for order in found:
        at, state = standing[order.id], standing[order.id].state
        hours = f"{office.clock.local(order.promise_start):%H:%M}-{office.clock.local(order.promise_end):%H:%M}"
        old = f", back {', '.join(f'{code} × {n}' for code, n in order.old_items)}" if order.old_items else ""
        planned = f" for {office.clock.local(at.begins_at):%H:%M}" if at.begins_at else ""
        why = f" ({order.reason})" if order.reason else ""
        by = f", fetched by {order.partner}" if order.away_since else ""
        goods = f"{order.new_item}{old}"
        click.echo(
            f"{order.service_day} {hours} {order.retailer} {order.external_id}: {goods}: {state}{planned}{why}{by}"
        )
    click.echo(f"{len(found)} orders")


@orders.command("cancel")
@click.argument("number")
@click.option("--from", "shop", required=True, help="The shop that the order is of.")
@click.option("--reason", default="", help="Why, in a few words.")
def cancel_order(number: str, shop: str, reason: str) -> None:
    """Cancel the order NUMBER of a shop, until the evening before its day."""
    from recycling import clock, deliveries
    from recycling.accounts.actors import system

    office = the_office()
    with office.database.write() as session:
        order = deliveries.the_order(session, shop, number, lock=True)
        deliveries.cancel(session, office, order, reason[:120], system("orders cancel"), clock.utc_now())
    click.echo(f"{shop} {number} is cancelled.")
