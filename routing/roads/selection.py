"""Which roads a `Where` means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.changes import RIM_METRES, Where

if TYPE_CHECKING:
    from routing.roads.network import RoadNetwork

_NEAR_METRES = 200.0


def share_of(network: RoadNetwork, where: Where) -> NDArray[np.float64]:
    """Give the share (e,) of each edge's length that is meant: 1 for roads that are named, 0 for all others.

    Raises
    ------
    InputError
        When a name, way or edge is not in the network, a position has no road within 200 m, the area is no polygon in
        degrees, or nothing is meant at all.
    """
    if where not in network.selections:
        network.selections[where] = _share_of(network, where)
    return network.selections[where]


def _share_of(network: RoadNetwork, where: Where) -> NDArray[np.float64]:
    share = np.zeros(len(network.u))
    if where.area:
        share = np.maximum(share, _inside(network, where))
    for road in where.roads:
        words = [row for row, name in enumerate(network.names) if name == road]
        share[_some(np.isin(network.name, words) | np.isin(network.ref, words), "road", road, network)] = 1.0
    for way in where.ways:
        share[_some(network.way == way, "way", way, network)] = 1.0
    for edge in where.edges:
        share[_some(np.arange(len(share)) == edge, "edge", edge, network)] = 1.0
    if where.near:
        share[_nearest(network, where.near)] = 1.0
    if not share.any():
        raise InputError(
            "no-such-roads",
            "None of the roads of %(layer)s lies there. Name a road, a way, a position or an area of this layer.",
            layer=network.facts.name,
        )
    return share


def _some(found: NDArray[np.bool_], what: str, value: Any, network: RoadNetwork) -> NDArray[np.bool_]:
    if not found.any():
        raise InputError(
            "no-such-roads",
            "%(layer)s has no %(what)s '%(value)s'. Look it up on the map or with: recycling roads info",
            layer=network.facts.name,
            what=what,
            value=value,
        )
    return found


def _nearest(network: RoadNetwork, near: Any) -> NDArray[np.int64]:
    from routing.roads.crs import positions
    from routing.roads.snap import snap

    snapped = snap(network.weighting(), positions(near), max_distance=_NEAR_METRES, stopping=False)
    for index, _, metres in snapped.problems:
        raise InputError(
            "no-road-there",
            "The nearest road of %(layer)s is %(metres)s m from %(lon)s, %(lat)s; %(limit)s m are allowed.",
            layer=network.facts.name,
            metres=round(metres),
            lon=near[index][0],
            lat=near[index][1],
            limit=round(_NEAR_METRES),
        )
    return snapped.edge


def _inside(network: RoadNetwork, where: Where) -> NDArray[np.float64]:
    import shapely

    area = polygon(where.area)
    box = shapely.box(*network.bbox)
    flat_area = shapely.transform(area, network.plane.to)
    tree = shapely.STRtree(network.geometry)
    near = np.sort(tree.query(area.buffer(2 * RIM_METRES / min(network.plane.east, network.plane.north))))
    share = np.zeros(len(network.u))
    if not len(near) or not area.intersects(box):
        return share
    lines = network.plane.lines(network.geometry[near])
    length = np.maximum(shapely.length(lines), 1e-9)
    strip = shapely.buffer(flat_area.boundary, RIM_METRES)
    along = shapely.length(shapely.intersection(lines, strip)) / length > 0.5
    inside = shapely.length(shapely.intersection(lines, flat_area)) / length
    if where.rim:
        inside[along] = 1.0
    elif where.rim is False:  # a crossing road counts by what of it lies deeper inside than the strip
        deeper = shapely.intersection(lines, shapely.difference(flat_area, strip))
        inside = np.where(along, 0.0, shapely.length(deeper) / length)
    share[near] = np.where(inside > 1e-9, inside, 0.0)
    return share


def polygon(text: str) -> Any:
    """Read a polygon from GeoJSON text; `InputError` when it is none, or not in degrees."""
    from routing.roads.outline import area_of_text

    return area_of_text(text, "the area")
