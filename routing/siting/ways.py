"""Ways from every point to a few places, by road: asked again and again of a process that keeps the roads loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.memory import limit_memory
from routing.roads.changes import Change
from routing.roads.profile import VehicleProfile

if TYPE_CHECKING:
    from routing.roads.engine import TravelEngine
    from routing.roads.network import RoadNetwork
    from routing.roads.own_engine import RoadServer

Lonlat = tuple[float, float]


@dataclass(frozen=True)
class Roads:
    """Roads as they are for one vehicle.

    Attributes
    ----------
    key
        Another one whenever an answer may be another.
    layer
        File of the layer; not read where a server answers.
    changes
        What is in force for the vehicle.
    snap_metres
        How far a place may lie off the road.
    """

    key: str
    layer: Path
    server: RoadServer | None
    changes: tuple[Change, ...]
    profile: VehicleProfile
    snap_metres: float


def ways(roads: Roads, points: Sequence[Lonlat], places: Sequence[Lonlat]) -> NDArray[np.int32]:
    """Return the fastest ways from each point to each place.

    Parameters
    ----------
    points, places
        Longitude and latitude in degrees, WGS 84.

    Returns
    -------
    (places, 2, points): seconds and metres, -1 where there is no way.
    """
    table = engine(roads).table(list(points), list(places), roads.profile)
    return np.stack([table.durations.T, table.distances.T], axis=1).astype(np.int32)


def begin(memory_mb: int) -> None:
    """Prepare a process for this: it takes no more memory than that."""
    limit_memory(memory_mb)


_kept: dict[str, TravelEngine] = {}
_layer: dict[tuple[str, int, int], RoadNetwork] = {}
"""The layer that was read last, by its path, size and time: closures and vehicles share it."""


def engine(roads: Roads) -> TravelEngine:
    """Return the engine of these roads; the one of before is let go."""
    if roads.key not in _kept:
        _kept.clear()
        _kept[roads.key] = _loaded(roads)
    return _kept[roads.key]


def _loaded(roads: Roads) -> TravelEngine:
    from routing.roads.own_engine import OwnEngine, server_engine

    if roads.server is not None:
        return server_engine(roads.server, roads.snap_metres, roads.changes)
    return OwnEngine(_network(roads.layer), lambda _: roads.changes, roads.snap_metres)


def _network(path: Path) -> RoadNetwork:
    """Return the layer, read anew where another one was read last or its file is another."""
    from routing.roads.network import RoadNetwork

    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns)
    if key not in _layer:
        _layer.clear()
        _layer[key] = RoadNetwork.from_layer(path)
    return _layer[key]
