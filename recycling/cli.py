"""The `recycling` command. Each subcommand is a few lines that call a function of the rooms below."""

from __future__ import annotations

import json
import math
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from recycling import clock
from recycling.cli_account import account
from recycling.cli_bookings import bookings
from recycling.cli_complaints import complaints
from recycling.cli_day import day, offer, replan
from recycling.cli_ledger import ledger, purchases
from recycling.cli_messages import messages
from recycling.cli_orders import orders
from recycling.cli_partners import partners
from recycling.cli_privacy import privacy
from recycling.cli_replay import replay_day
from recycling.cli_roads import roads
from recycling.cli_rounds import rounds
from recycling.cli_site import site
from recycling.cli_solve import check, explain, solve
from recycling.cli_spare import spare
from recycling.cli_stock import stock
from recycling.cli_timetable import timetable
from recycling.errors import DomainError
from recycling.listing import say_some
from recycling.pages import of_pages
from recycling.progress import bar
from routing.errors import MOST_NAMED, InputError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
PORT = click.IntRange(1, 65535)


class _Seconds(click.FloatRange):
    """A number of seconds in a range; `nan` is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return found


class _Commands(click.Group):
    """Shows what was wrong as sentences and ends with status 2; a person never sees a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            for fault in error.faults:
                click.echo(f"recycling: {fault}", err=True)
        except InputError as error:
            click.echo(f"recycling: {error}", err=True)
            for further in error.faults[MOST_NAMED:]:
                click.echo(f"  {further}", err=True)
        sys.exit(2)


@click.group(cls=_Commands, context_settings=CONTEXT)
@click.version_option(package_name="recycling")
def main() -> None:
    """Plan a city's recycling collections: door pickups, truck calls, take-back deliveries.

    \b
    First look:      recycling demo
    Real roads:      recycling roads import FILE.osm.pbf --name NAME
                     recycling demo --roads NAME
    A city's record: recycling db upgrade, recycling network load, recycling serve
    """
    from recycling.logs import configure

    configure()


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the tables, or bring those of an older version up to date.

    The database is the one that config/default.toml or RECYCLING_DATABASE__URL names.
    """
    from recycling.db import Database
    from recycling.settings import load_settings

    database = Database(load_settings().database_url)
    database.migrate()
    database.check()
    click.echo(f"The database is ready: {database.engine.url.render_as_string(hide_password=True)}")


@db.command("check")
def db_check() -> None:
    """Tell whether the database fits this version; status 2 and a sentence when it does not."""
    from recycling.db import Database
    from recycling.settings import load_settings

    Database(load_settings().database_url).check()
    click.echo("The database fits this version.")


main.add_command(account)
main.add_command(roads)
main.add_command(solve)
main.add_command(check)
main.add_command(explain)
main.add_command(offer)
main.add_command(replan)
main.add_command(day)
main.add_command(messages)
main.add_command(bookings)
main.add_command(complaints)
main.add_command(orders)
main.add_command(partners)
main.add_command(rounds)
main.add_command(spare)
main.add_command(privacy)
main.add_command(replay_day)
main.add_command(ledger)
main.add_command(purchases)
main.add_command(stock)
main.add_command(timetable)
main.add_command(site)


@main.group()
def network() -> None:
    """Load the network of communities, centres and depots."""


@network.command("load")
def network_load() -> None:
    """Write the layers of data/geo into an empty database.

    These are the area, its communities, depots, sorting centres and stations. Run it once, after: recycling db upgrade
    """
    from recycling import network as layers
    from recycling.db import Database
    from recycling.errors import ConflictError
    from recycling.models import Area
    from recycling.settings import load_settings

    database = Database(load_settings().database_url)
    database.check()
    data = layers.shipped_network()
    sites, communities = len(data.sites), len(data.communities)
    with database.write() as session:
        if session.get(Area, 1) is not None:
            raise ConflictError.one("network-there", "The database holds a network already. Nothing was changed.")
        layers.store(session, data)
    click.echo(f"Loaded {communities} communities and {sites} sites.")


@main.command()
@click.option("--roads", "roads_name", help="An imported road layer to use instead of Dazhou's own.")
@click.option("--seed", default=1, show_default=True, help="Another seed makes another day.")
@click.option("--seconds", type=_Seconds(0.5, 600), help="Search time; the default is planning.seconds.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the summary here.")
@click.option("--serve/--no-serve", default=True, show_default=True, help="Start the pages afterwards.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port of the pages; the next free one.")
def demo(
    roads_name: str | None, seed: int, seconds: float | None, json_file: Path | None, serve: bool, port: int
) -> None:
    """Make a day, plan it, show it.

    About 150 bookings, 12 truck calls and 30 deliveries with take-back in the urban core are made by seed, planned on
    the road network, and summed up in a table. The record is var/demo.db (on imported roads var/demo-NAME.db), made
    anew each time; no other database is touched.
    """
    from recycling import runs
    from recycling.booking import Office
    from recycling.catalogue import load_catalogue
    from recycling.demo.day import fresh_demo_database, make_demo
    from recycling.fleet import load_fleet
    from recycling.roads import imported_layer
    from recycling.settings import load_settings

    if json_file and not json_file.parent.is_dir():
        raise click.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")
    settings = load_settings()
    if seconds:  # what stands on the command line is stronger than the environment
        settings = settings.model_copy(update={"planning": settings.planning.model_copy(update={"seconds": seconds})})
    catalogue, fleet = load_catalogue(), load_fleet()
    if roads_name:
        imported_layer(settings, roads_name)
    database = fresh_demo_database(roads_name)
    now = clock.utc_now()
    made = make_demo(Office(database, settings, catalogue, fleet), now, roads_name, seed)
    click.echo(f"{made.day}: {made.bookings} bookings, {made.calls} truck calls, {made.deliveries} deliveries")
    with database.write() as session:
        run = runs.ask(session, made.depot, made.day, "command", now, settings)
    claimed = runs.claim(database, now, run.id)
    if claimed is None:
        raise click.ClickException("another process is planning this day; wait for it to end")
    ways = _ways_found(database, made.depot, now) if serve and made.calls else None
    with bar("planning the day") as update:
        done = runs.work(database, settings, fleet, claimed, lambda share, cost: update(share, _yuan(cost)))
    if ways is not None:
        ways.result()
    if done is None:
        with database.read() as session:
            why = f"the day could not be planned: {runs.the_run(session, run.id).error}"
        if json_file or not serve:
            raise click.ClickException(why)
        click.echo(f"{why}. Its page plans it again, or makes a plain plan.", err=True)
    else:
        summary = _summary(database, made.depot, made.day)
        if json_file:
            json_file.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if serve:
        _serve(
            database.engine.url.render_as_string(hide_password=False), port, f"/dispatch/{made.depot}/{made.day}", True
        )


def _ways_found(database: Any, depot: str, now: datetime) -> Any:
    """Begin to find the ways of the demonstration's timetable beside the planning, for its week board."""
    from recycling.apart import apart
    from recycling.timetable.finding import find_roads_apart

    url = database.engine.url.render_as_string(hide_password=False)
    return apart(find_roads_apart)(url, depot, 1, now)


def _summary(database: Any, depot: str, day: date) -> dict[str, Any]:
    """Print the plan's figures as a table and return them."""
    from rich.console import Console
    from rich.table import Table

    from recycling.figures import more_vehicles, plan_figures, the_plan, why
    from recycling.schedule import schedule_of

    with database.read() as session:
        plan = the_plan(session, depot, day)
        figures, more = plan_figures(plan), more_vehicles(plan)
        left_out = [
            f"{line.order.place} {line.order.reference}. "
            + " ".join(why(line.reason, line.figures, line.stop, named=line.named))
            for line in schedule_of(session, plan, "en").left_out
        ]
    table = Table(title=f"{depot}, {day}, version {plan.version}", show_header=False)
    for name, value in (
        ("routes", figures.routes),
        ("stops", figures.stops),
        ("unloads", figures.unloads),
        ("km", figures.km),
        ("hours", figures.hours),
        ("collected", f"{figures.kg} kg, {figures.litres / 1000:.1f} m3"),
        ("cost", f"{figures.cost / 100:.2f} yuan"),
        ("  door pickups", figures.bookings),
        ("  truck calls", figures.calls),
        ("  deliveries", figures.deliveries),
        ("left out", figures.left_out_total),
        *((f"  {reason}", count) for reason, count in figures.left_out.items()),
    ):
        table.add_row(name, str(value))
    console = Console()
    console.print(table)
    say_some(left_out, "left out", err=False)
    if more:
        click.echo(
            f"{more.orders} would each fit on one more vehicle; at {more.each} orders a vehicle, as on this"
            f" day, about {more.vehicles} more would be needed"
        )
    if plan.notice:
        console.print(f"{plan.notice['zh']} / {plan.notice['en']}")
    return {
        "depot": depot,
        "day": day.isoformat(),
        "version": plan.version,
        "roads": plan.roads,
        "notice": plan.notice,
        "engine": plan.engine,
        "search_seconds": plan.search_seconds,
        **figures.to_dict(),
    }


def _serve(database_url: str, port: int, start: str, demonstration: bool = False) -> None:
    """Hand over to the room of the pages."""
    of_pages("serve")(database_url, port, start, demonstration)


@main.command()
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port; the next free one is taken.")
def serve(port: int) -> None:
    """Serve the pages on this machine (127.0.0.1), with the planning worker and the evening schedule.

    People sign in; the first administrator is made by: recycling account first-admin
    """
    from recycling.settings import load_settings

    _serve(load_settings().database_url, port, "/")


def _yuan(cost: int | None) -> str:
    return "" if cost is None else f"best so far {cost / 100:.2f} yuan"
