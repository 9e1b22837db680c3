"""`recycling roads matrix` and `route`: times and ways on a layer, for a vehicle at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling import clock
from recycling.errors import N_, BadRequestError
from recycling.listing import say_some
from recycling.progress import bar
from recycling.road_input import POSITION, network_of
from recycling.road_output import draw, minutes, streets, write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.roads.snap import Snapped
    from routing.roads.weighting import Weighting

MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
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


@click.command()
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
    say_some([f"{source_names[i]} -> {goal_names[j]}" for i, j in pairs], "no way")
    write_table(out, source_names, goal_names, found)
    click.echo(f"Written {out}: {len(source_names)} x {len(goal_names)}, {len(pairs)} pairs without a way.")


@click.command()
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
    return network_of(name).weighting(profile, in_force(road_changes(name), profile, local.date(), second))


def _snapped(weighting: Weighting, names: list[str], lonlat: NDArray[np.float64]) -> tuple[Snapped, list[str]]:
    from recycling.settings import load_settings
    from routing.roads.snap import snap

    snapped = snap(weighting, lonlat, load_settings().roads.snap_metres)
    say_some(
        [f"{names[i]}: {word}, {'no road' if math.isnan(m) else f'{m:.0f} m'}" for i, word, m in snapped.problems],
        "without a road",
    )
    return snapped, names
