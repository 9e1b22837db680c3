"""`recycling roads`: import a layer, look at it, ask it for times and ways, close and open roads."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling import clock
from recycling.errors import N_, BadRequestError
from recycling.progress import bar
from recycling.road_output import draw, import_text, minutes, streets, write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.roads.network import RoadNetwork
    from routing.roads.snap import Snapped
    from routing.roads.weighting import Weighting

SHOWN = 10
"""How many of many places or pairs are named."""


class _Position(click.ParamType[Any]):
    """``LON,LAT`` in degrees."""

    name = "lon,lat"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        try:
            lon, lat = (float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not LON,LAT, such as 107.468,31.209", param, ctx)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            self.fail(f"{value!r} is not in degrees; longitude comes first", param, ctx)
        return lon, lat


POSITION, MOMENT = _Position(), click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
DAY = click.DateTime(["%Y-%m-%d"])
Command = Callable[..., Any]


def _of_a_vehicle(command: Command) -> Command:
    """Add the options that say who drives when."""
    for option in (
        click.option("--crs", default="wgs84", show_default=True, help="System of the positions: wgs84, gcj02, bd09."),
        click.option("--at", "moment", type=MOMENT, help="Local time whose closures and bans hold; now, if left out."),
        click.option("--vehicle", help="A vehicle type of config/fleet.toml; any car, if left out."),
    ):
        command = option(command)
    return command


@click.group()
def roads() -> None:
    """Import real roads, ask them for times and ways, close and open them.

    \b
    NAME is a layer's name: dazhou for the one that is shipped, or what roads import --name said.
      recycling roads info dazhou
      recycling roads route dazhou 107.468,31.209 107.502,31.213 --vehicle box --out way.svg
      recycling roads close dazhou "bridge works" --at 107.49,31.21 --last 2026-12-03
      recycling roads open dazhou "bridge works"
    """


@roads.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Short name for the layer: small letters, digits and hyphens.")
@click.option("--area", type=click.Path(path_type=Path), help="GeoJSON polygon; only roads that touch it are kept.")
def roads_import(file: Path, name: str, area: Path | None) -> None:
    """Read an OpenStreetMap extract (FILE.osm.pbf) into a road layer.

    \b
    Extracts of provinces are offered for download by several OpenStreetMap mirrors. Example:
      recycling roads import sichuan-latest.osm.pbf --name dazhou-osm --area dazhou.geojson
    """
    from recycling.roads import SHIPPED
    from recycling.settings import load_settings
    from routing.roads.network import RoadNetwork
    from routing.roads.osm import import_extract

    if name == SHIPPED:
        raise BadRequestError.one(
            "layer-name", N_("%(name)s is the layer that is shipped. Choose another name."), name=name
        )
    folder = load_settings().roads_folder
    with bar("reading roads") as update:
        facts, report = import_extract(file, name, folder, area, lambda step, share: update(share * 0.7, step))
        update(0.7, "prepare")
        RoadNetwork.from_layer(folder / f"{name}.gpkg")
        update(1.0, "done")
    click.echo(import_text(report))
    click.echo(f"Written {folder / (name + '.gpkg')}: {facts.edges} edges, {facts.km} km. {facts.attribution}")
    click.echo(f"Try it: recycling demo --roads {name}")


@roads.command()
@click.argument("name")
def info(name: str) -> None:
    """Tell what the layer NAME holds, how true it is, and what is closed on it."""
    from recycling.road_changes import road_changes

    network = _network(name)
    facts = network.facts
    click.echo(f"{name}: {facts.edges} edges between {facts.junctions} junctions, {facts.km} km")
    click.echo("kilometres by class: " + ", ".join(f"{word} {km}" for word, km in sorted(facts.km_by_class.items())))
    click.echo(
        f"largest connected part: {facts.largest_part_share:.1%} of the length;"
        f" {network.left_out_km} km cannot be used and are only drawn"
    )
    click.echo(f"turn restrictions: {len(network.rules)}; nodes that are searched: {network.graph.nodes}")
    click.echo("honesty: " + ", ".join(f"{count} edges {word}" for word, count in facts.statuses.items()))
    if network.notice:
        click.echo(f"notice: {network.notice['zh']} / {network.notice['en']}")
    if facts.source or facts.attribution:
        click.echo(f"source: {facts.source or '-'} {facts.made} {facts.licence} {facts.attribution}".strip())
    for change in road_changes(name):
        click.echo(f"{type(change).__name__}: {change.name}")


@roads.command()
@click.argument("name")
@click.argument("points", type=click.Path(path_type=Path))
@click.option("--to", "targets", type=click.Path(path_type=Path), help="Other points to go to; the same, if left out.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="FILE.csv, or FILE.npz for large tables.")
@_of_a_vehicle
def matrix(
    name: str, points: Path, targets: Path | None, out: Path, vehicle: str | None, moment: datetime | None, crs: str
) -> None:
    """Write travel times and distances on the layer NAME between all points of the file POINTS.

    POINTS is CSV with the columns lon, lat and id, or GeoJSON. Points without a road, and pairs without a way, are
    named; their cells stay empty.
    """
    from routing.roads import matrix as matrices
    from routing.roads.points import read_points

    if not out.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    weighting = _weighting(name, vehicle, moment)
    sources, source_names = _snapped(weighting, *read_points(points, crs))
    goals, goal_names = _snapped(weighting, *read_points(targets, crs)) if targets else (None, source_names)
    with bar("matrix") as update:
        found = matrices.matrix(weighting, sources, goals, progress=lambda step, share: update(share, step))
    pairs = matrices.unreachable(found, sources, goals)
    _say_some([f"{source_names[i]} -> {goal_names[j]}" for i, j in pairs], "no way")
    write_table(out, source_names, goal_names, found)
    click.echo(f"Written {out}: {len(source_names)} x {len(goal_names)}, {len(pairs)} pairs without a way.")


@roads.command()
@click.argument("name")
@click.argument("begin", type=POSITION)
@click.argument("end", type=POSITION)
@click.option("--out", type=click.Path(path_type=Path), help="Draw the way: FILE.svg, or FILE.geojson.")
@_of_a_vehicle
def route(
    name: str,
    begin: tuple[float, float],
    end: tuple[float, float],
    out: Path | None,
    vehicle: str | None,
    moment: datetime | None,
    crs: str,
) -> None:
    """Print the fastest way from BEGIN to END on the layer NAME, street by street, and draw it.

    \b
    BEGIN and END are LON,LAT in degrees:
      recycling roads route dazhou 107.468,31.209 107.502,31.213 --out way.svg
    """
    import numpy as np

    from routing.roads.crs import to_wgs84
    from routing.roads.trips import line_of, trips

    weighting = _weighting(name, vehicle, moment)
    snapped, _ = _snapped(weighting, ["A", "B"], to_wgs84(np.array([begin, end]), crs))
    if not snapped.ok.all():
        raise BadRequestError.one("no-road", N_("There is no way: a position has no road. Choose another one."))
    (trip,) = trips(weighting, snapped, [(0, 1)])
    if not trip.found:
        raise BadRequestError.one(
            "no-way",
            N_("There is no way from A to B on %(layer)s for this vehicle at this time."),
            layer=name,
        )
    off = snapped.access.sum()
    metres, seconds = trip.dm / 10 + off, trip.ms / 1000 + off * 0.36
    for street, along, took in streets(weighting, trip):
        click.echo(f"{along:8.0f} m {minutes(took):>8}  {street}")
    head = f"{metres / 1000:.2f} km, {minutes(seconds)} min on {name}"
    click.echo(f"{metres:8.0f} m {minutes(seconds):>8}  in all, {off:.0f} m of it off the road")
    if weighting.network.notice:
        click.echo(f"{weighting.network.notice['zh']} / {weighting.network.notice['en']}")
    if out:
        line = line_of(weighting.network, snapped, (0, 1), trip)
        notes = [head, *(f"{type(change).__name__}: {change.name}" for change in weighting.changes)]
        draw(out, weighting.network, line, notes)


@roads.command("close")
@click.argument("name")
@click.argument("closure")
@click.option("--road", "road_names", multiple=True, help="Name or number of a road, as in the layer.")
@click.option("--way", "ways", type=int, multiple=True, help="OpenStreetMap way.")
@click.option("--edge", "edges", type=int, multiple=True, help="Edge id of the layer.")
@click.option("--at", "near", type=POSITION, multiple=True, help="LON,LAT: the nearest road.")
@click.option("--area", type=click.Path(path_type=Path), help="GeoJSON polygon: all roads that touch it.")
@click.option("--first", type=DAY, help="First day; from now on, if left out.")
@click.option("--last", type=DAY, help="Last day; until it is opened, if left out.")
@click.option("--hours", multiple=True, help="Hours such as 07:00-09:00; all day, if left out.")
@click.option("--reason", default="", help="For those who ask why.")
def close_roads(
    name: str,
    closure: str,
    road_names: tuple[str, ...],
    ways: tuple[int, ...],
    edges: tuple[int, ...],
    near: tuple[tuple[float, float], ...],
    area: Path | None,
    first: datetime | None,
    last: datetime | None,
    hours: tuple[str, ...],
    reason: str,
) -> None:
    """Close roads of the layer NAME under the name CLOSURE; the next plan goes around them.

    \b
    A bridge, until the third of December, by a position on it:
      recycling roads close dazhou "bridge works" --at 107.49,31.21 --last 2026-12-03
    """
    from pydantic import ValidationError

    from recycling.road_changes import ClosureRule, close
    from routing.roads.selection import polygon, share_of

    network = _network(name)
    outline = ""
    if area:
        try:
            outline = area.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{area} cannot be read", param_hint="--area") from error
        polygon(outline)
    try:
        rule = ClosureRule(
            name=closure, roads=road_names, ways=ways, edges=edges, near=near, area=outline,
            first=_date(first), last=_date(last), hours=hours, reason=reason,
        )  # fmt: skip
    except ValidationError as error:
        raise click.UsageError(
            "; ".join(str(found["msg"]).removeprefix("Value error, ") for found in error.errors())
        ) from error
    share = share_of(network, rule.where(Path()))
    close(name, rule)
    shut = share > 0
    names = sorted({network.street(int(edge)) for edge in shut.nonzero()[0]} - {""})
    click.echo(f"Closed '{closure}': {int(shut.sum())} edges, {network.metres[shut].sum() / 1000:.2f} km.")
    _say_some(names, "closed", err=False)


@roads.command("open")
@click.argument("name")
@click.argument("closure")
def open_roads(name: str, closure: str) -> None:
    """Open again what was closed on the layer NAME under the name CLOSURE; roads info names the closures."""
    from recycling.road_changes import reopen

    rule = reopen(name, closure)
    click.echo(f"Open again: '{rule.name}'.")


def _network(name: str) -> RoadNetwork:
    from recycling.roads import layer_file
    from recycling.settings import load_settings
    from routing.roads.network import RoadNetwork

    return RoadNetwork.from_layer(layer_file(load_settings(), name))


def _weighting(name: str, vehicle: str | None, moment: datetime | None) -> Weighting:
    """The travel times of a vehicle type at a local time."""
    from recycling.fleet import load_fleet
    from recycling.road_changes import road_changes
    from recycling.settings import load_settings
    from routing.roads.changes import in_force

    settings, fleet = load_settings(), load_fleet()
    if vehicle is not None and vehicle not in fleet.types:
        raise BadRequestError.one(
            "no-vehicle-type",
            N_("There is no vehicle type %(type)s. Choose one of: %(known)s."),
            type=vehicle,
            known=", ".join(fleet.types),
        )
    profile = fleet.road_profile("", vehicle) if vehicle else None
    local = moment or settings.clock.local(clock.utc_now())
    second = local.hour * 3600 + local.minute * 60
    return _network(name).weighting(profile, in_force(road_changes(name), profile, local.date(), second))


def _snapped(weighting: Weighting, names: list[str], lonlat: NDArray[np.float64]) -> tuple[Snapped, list[str]]:
    from recycling.settings import load_settings
    from routing.roads.snap import snap

    snapped = snap(weighting, lonlat, load_settings().roads.snap_metres)
    _say_some(
        [f"{names[i]}: {word}, {'no road' if math.isnan(m) else f'{m:.0f} m'}" for i, word, m in snapped.problems],
        "without a road",
    )
    return snapped, names


def _say_some(words: Sequence[str], what: str, err: bool = True) -> None:
    for word in words[:SHOWN]:
        click.echo(f"{what}: {word}", err=err)
    if len(words) > SHOWN:
        click.echo(f"{what}: and {len(words) - SHOWN} more", err=err)


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
