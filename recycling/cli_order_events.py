"""`recycling orders events`: where shops' programs are told what becomes of orders, and what did not come through."""

from __future__ import annotations

import uuid

import click

from recycling.cli_bookings import the_office


@click.group()
def events() -> None:
    """Tell shops' programs what becomes of their orders: addresses, secrets, what did not come through."""


@events.command("address")
@click.argument("url")
@click.option("--from", "shop", required=True, help="The shop whose orders they are.")
def name_address(url: str, shop: str) -> None:
    """Send the events of a shop to URL (https) from now on; the first time its secret is shown, once."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system
    from recycling.deliveries import the_shop

    office, actor = the_office(), system("orders events address")
    with office.database.write() as session:
        name = the_shop(session, actor, shop)
        _, secret = hooks.register(session, office.settings, _key(), name, url, actor, clock.utc_now())
    click.echo(f"Events of {name} go to {url}.")
    _show(secret)


@events.command("secret")
@click.option("--from", "shop", required=True, help="The shop whose orders they are.")
def new_secret(shop: str) -> None:
    """Make a new secret for a shop's address and show it, once; the old one signs nothing any more."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system

    with the_office().database.write() as session:
        secret = hooks.renew(session, _key(), shop, system("orders events secret"), clock.utc_now())
    _show(secret)


@events.command("remove")
@click.option("--from", "shop", required=True, help="The shop whose orders they are.")
def remove_address(shop: str) -> None:
    """Forget a shop's address; what still waits for it is not sent."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system

    with the_office().database.write() as session:
        hooks.remove(session, shop, system("orders events remove"), clock.utc_now())
    click.echo(f"Nothing is sent to {shop} any more.")


@events.command("test")
@click.option("--from", "shop", required=True, help="The shop whose orders they are.")
def send_test(shop: str) -> None:
    """Send a shop's program an event that is about no order; `list` says how it went."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system

    with the_office().database.write() as session:
        hooks.try_out(session, shop, system("orders events test"), clock.utc_now())
    click.echo("A test is on its way.")


@events.command("list")
@click.option("--from", "shop", default="", help="Only of this shop.")
@click.option("--all", "everything", is_flag=True, help="Also what came through.")
def list_events(shop: str, everything: bool) -> None:
    """List the newest events that have not come through: id, moment, shop and order, what happened, why it failed."""
    from recycling import hooks

    office = the_office()
    states = () if everything else ("waiting", "sending", "given-up")
    with office.database.read() as session:
        found, counts = hooks.lines(session, shop, states), hooks.counts(session, shop)
    for line in found:
        event, at = line.event, office.clock.local(line.event.made_at)
        why = f" ({event.error}{f' {event.status}' if event.status else ''})" if event.error else ""
        about = f"{line.number} #{event.sequence}" if line.number else "-"
        click.echo(f"{event.id.hex} {at:%m-%d %H:%M} {event.retailer} {about} {event.kind}: {event.state}{why}")
    waiting = counts["waiting"] + counts["sending"]
    click.echo(f"{counts['given-up']} given up, {waiting} waiting, {counts['sent']} sent")


@events.command("again")
@click.argument("numbers", nargs=-1, type=click.UUID)
@click.option("--from", "shop", default="", help="Only of this shop.")
def send_again(numbers: tuple[uuid.UUID, ...], shop: str) -> None:
    """Send given-up events anew, with the ids that they have: all of them, or those of the NUMBERS listed."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system

    with the_office().database.write() as session:
        count = hooks.again(session, system("orders events again"), clock.utc_now(), numbers, shop)
    click.echo(f"{count} events wait to be sent again.")


@events.command("pass")
@click.argument("number", type=click.UUID)
def pass_event(number: uuid.UUID) -> None:
    """Do not send event NUMBER any more, so that those behind it are sent."""
    from recycling import clock, hooks
    from recycling.accounts.actors import system

    with the_office().database.write() as session:
        hooks.pass_over(session, system("orders events pass"), clock.utc_now(), number)
    click.echo("It is passed over.")


def _show(secret: str) -> None:
    if secret:
        click.echo(f"The secret that signs them, shown this once: {secret}")


def _key() -> str:
    from recycling.settings import home
    from recycling.site_key import site_key

    return site_key(home() / "var")
