"""`recycling site scenarios import` and `export`: layers of sites and points into a scenario, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recycling.layers.keeping import Preview

SOME = 20
"""Places that a line names."""

WAIT = 1200.0
"""Seconds that a command waits for ways: where a layer is new, its network is built first."""

ENDINGS = {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg", ".zip": "zip", ".csv": "csv"}


@click.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--points", is_flag=True, help="FILE holds points at which things are brought, and no sites.")
@click.option("--instead", is_flag=True, help="Points are counted instead of the communities, not beside them.")
@click.option(
    "--crs", default="", help="What coordinates are in: wgs84, gcj02, bd09, EPSG:4490. [default: as FILE says]"
)
@click.option("--leave-outside", is_flag=True, help="Leave out what lies outside the area.")
@click.option("--check", is_flag=True, help="Say what would come, and take nothing.")
def bring_in(name: str, file: Path, points: bool, instead: bool, crs: str, leave_outside: bool, check: bool) -> None:
    """Take the sites of FILE into the scenario NAME, or with --points what it counts.

    FILE is GeoJSON, a GeoPackage of one layer, a zipped shapefile, CSV or XLSX (docs/planners.md has the columns). It
    is taken whole or not at all: what is wrong is told by feature, column and remedy. Sites that FILE does not name
    stay as they are.

    \b
      recycling site scenarios import "North" sites.gpkg --check
      recycling site scenarios import "North" sites.csv --crs gcj02
      recycling site scenarios import "North" waste-points.zip --points
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.catalogue import load_catalogue
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.layers import keeping
    from recycling.layers.reading import read_apart
    from recycling.layers.roads import without_road
    from recycling.settings import load_settings
    from recycling.sites.scenarios import named
    from recycling.sites.ways import WaysDesk

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    with database.read() as session:
        named(session, name)
    what, actor, now = "points" if points else "sites", system("site scenarios"), clock.utc_now()
    found = read_apart(file.read_bytes(), what, crs, file.name)
    names = keeping.material_names(settings, load_catalogue())
    with database.write() as session:
        scenario = named(session, name)
        layer, wrong = keeping.drafted(session, scenario, what, found, names, actor, now, not instead)
        place = "line" if found.form == "table" else "feature"
        for one in wrong:
            click.echo(f"{place} {one.number}, {one.fault.where}: {one.fault}", err=True)
        if layer is None:
            raise click.ClickException(f"{len(wrong)} things are to be mended; nothing was taken")
        seen = keeping.preview(session, scenario, layer)
        _tell(seen, found.crs, found.areas, list(found.unread))
        if check:
            desk, day = WaysDesk(apart=False), settings.clock.today(now)
            lost = without_road(session, settings, load_fleet(), desk, scenario, layer, seen, day, WAIT)
            click.echo(f"Without a road: {_some(lost) if lost else 'none'}")
            keeping.forget(session, layer)
            return
        count = keeping.take(session, scenario, scenario.version, layer, leave_outside, actor, now)
        click.echo(f"Taken into {scenario.name}: {count} {what}")


@click.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--points", is_flag=True, help="The points that the scenario counts, and not its sites.")
def take_out(name: str, file: Path, points: bool) -> None:
    """Write the sites of the scenario NAME, or with --points what it counts, into FILE in WGS 84.

    The ending of FILE says how: .geojson, .gpkg, .zip (a shapefile) or .csv. What is written comes in again the same:

    \b
      recycling site scenarios export "North" sites.gpkg
      recycling site scenarios import "South" sites.gpkg
    """
    from recycling.db import Database
    from recycling.layers.writing import point_values, site_values, written
    from recycling.settings import load_settings
    from recycling.sites.scenarios import named

    form = ENDINGS.get(file.suffix.casefold())
    if form is None:
        raise click.BadParameter("end it with .geojson, .gpkg, .zip or .csv", param_hint="FILE")
    database = Database(load_settings().database_url)
    database.check()
    with database.read() as session:
        scenario = named(session, name)
        rows = point_values(session, scenario) if points else site_values(scenario)
    file.write_bytes(written("points" if points else "sites", rows, form))
    click.echo(f"Written {file}: {len(rows)} {'points' if points else 'sites'}")


def _tell(seen: Preview, crs: str, areas: int, unread: list[str]) -> None:
    """Say what a layer would bring."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(seen.kinds.items()))
    click.echo(f"Read in {crs or 'wgs84'}: {kinds or 'nothing that changes'}")
    if seen.merged is not None:
        both = seen.merged
        click.echo(f"{len(both.added)} new sites, {len(both.changed)} that change, {both.same} that stay as they are")
    if areas:
        click.echo(f"Of {areas} areas a point inside counts")
    if unread:
        click.echo(f"Columns that were not read: {', '.join(unread)}")
    if seen.outside:
        click.echo(f"Outside the area: {_some([name for _, name in seen.outside])}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:SOME]) + (f" and {len(names) - SOME} more" if len(names) > SOME else "")
