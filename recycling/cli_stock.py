"""`recycling stock`: what is on trucks, moving it, and weighing it in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from recycling.listing import say_some


@click.group()
def stock() -> None:
    """What is on trucks: show it, move it, weigh it in at a centre.

    \b
    What is on board, an unload by the book, and what the scale says:
      recycling stock show DEP-01
      recycling stock move 川S示A01 CEN-01
      recycling stock weigh-in 川S示A01 CEN-01 paper=412.5 glass=80
    """


@stock.command()
@click.argument("where")
def show(where: str) -> None:
    """Show what is on board at WHERE, a plate or a depot, how full it is, and which differences are open."""
    from recycling.fleet import load_fleet
    from recycling.stock.differences import open_lines
    from recycling.stock.fill import fills
    from recycling.stock.on_board import stocks_of
    from recycling.stock.vehicle import known_vehicle, the_vehicle, vehicles_of

    fleet = load_fleet()
    found = vehicles_of(fleet, where) if known_vehicle(fleet, where) is None else []
    vehicles = found or [the_vehicle(fleet, where)]
    database, _ = _opened()
    with database.read() as session:
        stocks = stocks_of(session, tuple(v.plate for v in vehicles))
        lines = open_lines(session, frozenset({vehicles[0].depot}))
    for vehicle in vehicles:
        held = stocks[vehicle.plate]
        said = f"{held.grams / 1000:g} kg of {vehicle.kind.kg}" if held.loads else "empty"
        click.echo(f"{vehicle.plate}: {said}")
        for fill in fills(vehicle, held):
            loads = held.by_compartment.get(fill.compartment.code, ())
            if loads:
                what = ", ".join(f"{load.material} {load.grams / 1000:g} kg" for load in loads)
                click.echo(f"  {fill.compartment.code}: {100 * fill.share:.0f} % full, {what}")
    plates = {vehicle.plate for vehicle in vehicles}
    say_some(
        [f"{n.weigh_in.plate} {n.material} {n.difference / 1000:+g} kg" for n in lines if n.weigh_in.plate in plates],
        "difference open",
    )


@stock.command()
@click.argument("plate")
@click.argument("target")
@click.argument("weights", nargs=-1, metavar="[MATERIAL=KG]...")
@click.option("--key", default="", help="The same key again moves nothing more.")
def move(plate: str, target: str, weights: Sequence[str], key: str) -> None:
    """Unload PLATE at the site TARGET, or hand its goods over to the vehicle TARGET.

    WEIGHTS are MATERIAL=KG; without them all goes that is taken there.
    """
    from recycling import clock, network
    from recycling.errors import NotFoundError
    from recycling.fleet import load_fleet
    from recycling.stock import hand_over, the_vehicle, unload
    from recycling.stock.ahead import accepted_at
    from recycling.stock.movements import Deed
    from recycling.stock.vehicle import known_vehicle

    fleet, wanted = load_fleet(), _grams(weights) or None
    giver, taker = the_vehicle(fleet, plate), known_vehicle(fleet, target)
    database, _ = _opened()
    deed = Deed(key or str(uuid.uuid4()), "stock move", clock.utc_now())
    with database.write() as session:
        site = next((one for one in network.sites(session) if one.code == target), None)
        if taker is not None:
            made = hand_over(session, giver, taker, wanted, deed)
        elif site is not None:
            made = unload(session, giver, site.code, accepted_at(site), wanted, deed)
        else:
            raise NotFoundError.one("no-target", "There is no site and no vehicle %(target)s.", target=target[:20])
        gone = -sum(n.amount for n in made.lines if n.amount < 0 and n.account.unit.endswith(" g"))
    click.echo(f"{gone / 1000:g} kg from {plate} to {target}")


@stock.command("weigh-in")
@click.argument("plate")
@click.argument("site")
@click.argument("weights", nargs=-1, required=True, metavar="MATERIAL=KG...")
@click.option("--gross", type=float, help="Gross weight of the truck, kg.")
@click.option("--tare", type=float, help="Tare of the truck, kg.")
@click.option("--again", is_flag=True, help="It is meant although the truck was weighed in just now.")
@click.option("--key", default="", help="The same key again weighs in nothing more.")
def weigh_in_command(
    plate: str, site: str, weights: Sequence[str], gross: float | None, tare: float | None, again: bool, key: str
) -> None:
    """Weigh PLATE in at SITE, and say how far book and scale differ.

    WEIGHTS are MATERIAL=KG; a material that is not named stays on board.
    """
    from recycling import clock, network
    from recycling.errors import NotFoundError
    from recycling.fleet import load_fleet
    from recycling.stock import the_vehicle
    from recycling.stock.differences import Scale, weigh_in
    from recycling.stock.movements import Deed

    vehicle, now = the_vehicle(load_fleet(), plate), clock.utc_now()
    bridge = [None if kg is None else round(1000 * kg) for kg in (gross, tare)]
    database, settings = _opened()
    with database.write() as session:
        if site not in {one.code for one in network.sites(session) if one.kind in network.CENTRES}:
            raise NotFoundError.one("no-site", "There is no centre %(site)s.", site=site[:20])
        scale = Scale(site, _grams(weights), bridge[0], bridge[1], again)
        deed = Deed(key or str(uuid.uuid4()), "stock weigh-in", now)
        made = weigh_in(session, settings.stock, vehicle, scale, settings.clock.today(now), deed)
        for line in made.lines:
            click.echo(
                f"{line.material}: book {line.book_grams / 1000:g} kg, scale {line.weighed_grams / 1000:g} kg,"
                f" {line.difference / 1000:+g} kg {line.state}"
            )


@stock.command("turned-away")
@click.option("--depot", help="Of this depot only.")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="So many days until today.")
def turned_away_command(depot: str | None, days: int) -> None:
    """Show what people brought to calls and what was not taken, why and how often, the most frequent first."""
    from datetime import timedelta

    from recycling import clock, network
    from recycling.counter import turned_away

    database, settings = _opened()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        own = None if depot is None else [network.the_depot(session, depot).code]
        lines = turned_away(session, today - timedelta(days=days - 1), today, own)
    for line in lines:
        click.echo(f"{line.times} x {line.what}: {line.reason}, {line.name or 'community not noted'}")
    if not lines:
        click.echo("nothing was noted as not taken")


def _grams(weights: Sequence[str]) -> dict[str, int]:
    """Read MATERIAL=KG with at most three decimals."""
    from recycling.catalogue import load_catalogue

    known, found = load_catalogue().materials, dict[str, int]()
    for text in weights:
        material, _, kg = text.partition("=")
        try:
            grams = Decimal(kg) * 1000
        except InvalidOperation:
            grams = Decimal("NaN")
        if material not in known or not grams.is_finite() or grams < 0 or grams != grams.to_integral_value():
            raise click.BadParameter(
                f"{text!r} is no MATERIAL=KG; materials are: {', '.join(known)}", param_hint="WEIGHTS"
            )
        found[material] = int(grams)
    return found


def _opened() -> tuple[Any, Any]:
    from recycling.db import Database
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    return database, settings
