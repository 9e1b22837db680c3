"""`recycling day export`: the routes of a planned day as files. `offer`, `replan`: days as JSON without any record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from recycling.cli_bookings import DAY, the_office
from recycling.cli_solve import FILE, clock, read_plan, read_problem, read_text, write_plan
from recycling.pages import of_pages
from recycling.progress import bar

FORMS = ("csv", "gpx", "geojson", "pdf")


@click.command()
@click.argument("problem", type=FILE)
@click.argument("plan", type=FILE)
@click.argument("stop", type=FILE)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1), help="Most offers to print.")
@click.option("--moving", is_flag=True, help="Also places where promises to other stops would be broken.")
@click.option("--accept", type=FILE, metavar="FOLDER", help="Take the first offer: write day.json and plan.json there.")
@click.pass_context
def offer(
    ctx: click.Context, problem: Path, plan: Path, stop: Path, limit: int, moving: bool, accept: Path | None
) -> None:
    """Print where the stop in STOP could go in the published day, the cheapest first.

    The day is a PROBLEM and its PLAN. STOP is a file with a stop as in the problem's `stops`. The
    status is 1 when it can go nowhere.

    \b
      recycling offer day.json plan.json stop.json
      recycling offer day.json plan.json stop.json --accept accepted
    """
    from routing.documents import parsed, read
    from routing.files import write_problem
    from routing.insertion import Published
    from routing.problem import Stop

    published = Published(read_problem(problem), read_plan(plan))
    offers = published.offers(read(Stop, parsed(read_text(stop), "stop")), limit, moving)
    for found in offers:
        line = (
            f"{found.vehicle} after {found.position} visits: {clock(found.begin)},"
            f" {found.cost / 100:+,.2f} yuan, {found.seconds / 60:+,.1f} min, {found.metres / 1000:+,.1f} km"
        )
        if found.moves:
            line += "; moves " + ", ".join(f"{name} {by / 60:+,.1f} min" for name, by in found.moves.items())
        if found.broken:
            line += "; late for " + ", ".join(f"{name} by {by / 60:,.1f} min" for name, by in found.broken.items())
        click.echo(line)
    if not offers:
        click.echo("it can go nowhere", err=True)
        ctx.exit(1)
    if accept is not None:
        taken = published.accepted(offers[0])
        accept.mkdir(parents=True, exist_ok=True)
        write_problem(taken.problem, accept / "day.json")
        write_plan(taken.plan, accept / "plan.json")
        click.echo(f"written to {accept}")


@click.command()
@click.argument("problem", type=FILE)
@click.argument("plan", type=FILE)
@click.argument("moment", type=FILE)
@click.option("--seconds", default=3.0, show_default=True, type=click.FloatRange(min=0.1), help="How long to search.")
@click.option("--cores", default=1, show_default=True, type=click.IntRange(1, 64), help="How many cores search.")
@click.option("--seed", default=1, show_default=True, help="Another seed searches another way.")
@click.option("--vehicle-price", default=0, show_default=True, type=click.IntRange(0), help="Fen for another vehicle.")
@click.option("--minute-price", default=0, show_default=True, type=click.IntRange(0), help="Fen for a minute off.")
@click.option("--tolerance", default=900, show_default=True, type=click.IntRange(0), help="Seconds off for nothing.")
@click.option("-o", "--out", type=FILE, required=True, help="Where the whole day's new plan goes.")
def replan(
    problem: Path,
    plan: Path,
    moment: Path,
    seconds: float,
    cores: int,
    seed: int,
    vehicle_price: int,
    minute_price: int,
    tolerance: int,
    out: Path,
) -> None:
    """Plan the rest of a published day anew from the moment in MOMENT.

    The day is a PROBLEM and its PLAN. What a moment says is in docs/solving.md; {"second": 39600} is one at which all
    goes as planned.

    \b
      recycling replan day.json plan.json moment.json --vehicle-price 500 -o new.json
    """
    from routing.replan import Disturbance, Moment, rest_of_day

    now = Moment.from_json(read_text(moment))
    day, published = read_problem(problem), read_plan(plan)
    if not now.vehicles:
        now = Moment.of(day, published, now.second).told(now)
    rest = rest_of_day(day, published, now, Disturbance(vehicle_price, minute_price, tolerance))
    with bar("planning") as update:
        found = rest.replan(seconds, seed, lambda share, cost: update(share, ""), cores)
    whole, comparison = rest.whole(found), rest.compared(found)
    write_plan(whole, out)
    for c in comparison.changes:
        if not c.now:
            click.echo(f"{c.stop}: no longer, was {c.was}")
        elif not c.was:
            click.echo(f"{c.stop}: new, {c.now}")
        else:
            hands = f"{c.was} to {c.now}" if c.was != c.now else c.now
            click.echo(f"{c.stop}: {hands}, {(c.seconds or 0) / 60:+,.1f} min")
    for left in whole.unserved:
        click.echo(f"left out: {left.stop} ({left.reason})")
    click.echo(f"{len(comparison.changes)} changes, {comparison.cost / 100:+,.2f} yuan")
    click.echo(f"written to {out}")


@click.group()
def day() -> None:
    """Take a planned day's routes out of the record, as files for other programs."""


@day.command("export")
@click.argument("depot")
@click.argument("service_day", metavar="DAY", type=DAY)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=".", help="The folder for the files.")
@click.option("--form", "forms", multiple=True, type=click.Choice(FORMS), help="Default: all.")
@click.option("--route", type=click.IntRange(1), help="Only the route of this number.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(("zh", "en")), help="Of names.")
def export_day(
    depot: str, service_day: datetime, out: Path, forms: tuple[str, ...], route: int | None, language: str
) -> None:
    """Write the routes of DEPOT's newest plan of DAY: PDF (sheets to print), CSV, GPX and GeoJSON.

    The table has a row a visit, GPX and GeoJSON tracks and stops. Numbers to call are masked on sheets and in the
    table; GPX and GeoJSON hold neither names nor numbers nor doors. See docs/operators.md.

    \b
      recycling day export DEP-01 2026-12-01 --out routes
      recycling day export DEP-01 2026-12-01 --route 2 --form gpx
    """
    from recycling.day_files import day_files

    office = the_office()
    wanted = forms or FORMS
    files = day_files(office, depot, service_day.date(), route, language, [form for form in wanted if form != "pdf"])
    if "pdf" in wanted:
        name, data = of_pages("route_sheets")(office, depot, service_day.date(), route, language)
        files[name] = data
    out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (out / name).write_bytes(data)
        click.echo(f"written to {out / name}")
