"""`recycling roads`: import a layer, look at it, ask it for times and ways, close and open roads."""

from __future__ import annotations

from pathlib import Path

import click

from recycling.cli_closures import close_roads, open_roads
from recycling.cli_ways import matrix, route
from recycling.errors import N_, BadRequestError
from recycling.progress import bar
from recycling.road_input import network_of
from recycling.road_output import import_text


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

    network = network_of(name)
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


for _command in (matrix, route, close_roads, open_roads):
    roads.add_command(_command)
