"""What `recycling roads` understands: a layer by its name, and a position in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from routing.roads.network import RoadNetwork


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


POSITION = _Position()


def network_of(name: str) -> RoadNetwork:
    """Open the network of a layer; NotFoundError names the layers that there are."""
    from recycling.roads import layer_file
    from recycling.settings import load_settings
    from routing.roads.network import RoadNetwork

    return RoadNetwork.from_layer(layer_file(load_settings(), name))
