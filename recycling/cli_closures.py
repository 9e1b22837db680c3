"""`recycling roads close` and `open`: what may not be driven for a while."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from recycling.listing import say_some
from recycling.road_input import POSITION, network_of

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("close")
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

    network = network_of(name)
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
    say_some(names, "closed", err=False)


@click.command("open")
@click.argument("name")
@click.argument("closure")
def open_roads(name: str, closure: str) -> None:
    """Open again what was closed on the layer NAME under the name CLOSURE; roads info names the closures."""
    from recycling.road_changes import reopen

    rule = reopen(name, closure)
    click.echo(f"Open again: '{rule.name}'.")


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
