"""One pass over an OpenStreetMap file: what of it is road, gate, limit or turn restriction."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.roads.osm import tags as meaning
from routing.roads.osm.barriers import stops_a_truck
from routing.roads.osm.ferry import takes_trucks
from routing.roads.osm.file import objects
from routing.roads.osm.relation import Restriction, read_restriction
from routing.roads.osm.report import ImportReport
from routing.roads.osm.split import WayPoints
from routing.roads.osm.way import Ways

Box = tuple[float, float, float, float]


@dataclass
class Barriers:
    """Nodes tagged ``barrier``, on roads or not: their ids, words, and whether they stop a truck."""

    node: array[int] = field(default_factory=lambda: array("q"))
    cuts: array[int] = field(default_factory=lambda: array("b"))
    word: list[str] = field(default_factory=list)


@dataclass
class NodeLimits:
    """Nodes with a limit, on roads or not: their ids, and height (m), weight (t), width (m) three by three."""

    node: array[int] = field(default_factory=lambda: array("q"))
    most: array[float] = field(default_factory=lambda: array("d"))


@dataclass
class Extract:
    """What a file holds for a road layer."""

    ways: Ways
    points: WayPoints
    barriers: Barriers
    node_limits: NodeLimits
    restrictions: list[Restriction]


def read(
    path: Path, box: Box | None, tracks: bool, report: ImportReport, tell: Callable[[float], None] | None = None
) -> Extract:
    """Read a file once and count in the report what was seen and left out.

    Parameters
    ----------
    box
        West, south, east, north in degrees; ways wholly outside are not kept.
    tell
        Called with the share of the file that was read.

    Raises
    ------
    InputError
        See `routing.roads.osm.file.objects`.
    """
    e7 = None if box is None else tuple(round(side * 1e7) for side in box)
    ways, barriers, limits, restrictions = Ways(), Barriers(), NodeLimits(), list[Restriction]()
    ref, x, y, first = array("q"), array("i"), array("i"), array("q", [0])
    for found in objects(path, tell):
        if found.is_way():
            tags = _road_tags(found, tracks, report)
            if tags is None:
                continue
            nodes = list(found.nodes)
            xs, ys = [node.x for node in nodes], [node.y for node in nodes]
            if e7 and xs and (max(xs) < e7[0] or min(xs) > e7[2] or max(ys) < e7[1] or min(ys) > e7[3]):
                report.skip("outside-area")
                continue
            ways.append(found.id, tags)
            ref.extend([node.ref for node in nodes])
            x.extend(xs)
            y.extend(ys)
            first.append(len(ref))
        elif found.is_node():
            _node(found.id, {tag.k: tag.v for tag in found.tags}, barriers, limits)
        else:
            report.restrictions_read += 1
            members = [(member.type, member.ref, member.role) for member in found.members]
            restriction, reason = read_restriction(found.id, {tag.k: tag.v for tag in found.tags}, members)
            if restriction is None:
                report.skip_restriction(reason)
            else:
                restrictions.append(restriction)
    points = WayPoints(_view(ref, np.int64), _view(x, np.int32), _view(y, np.int32), _view(first, np.int64))
    return Extract(ways, points, barriers, limits, restrictions)


def _road_tags(way: Any, tracks: bool, report: ImportReport) -> dict[str, str] | None:
    """Give the tags of a way that a truck may use; count it otherwise."""
    highway = way.tags.get("highway")
    if highway is None:
        if way.tags.get("route") != "ferry":
            return None
        tags = {tag.k: tag.v for tag in way.tags}
        if not takes_trucks(tags):
            report.ferries_left_out += 1
            return None
        report.ways_read += 1
        return tags
    report.ways_read += 1
    if not meaning.is_road(highway, tracks):
        report.skip("not-for-motor-vehicles")
        return None
    tags = {tag.k: tag.v for tag in way.tags}
    if reason := meaning.why_not(tags, tracks):
        report.skip(reason)
        return None
    return tags


def _node(node: int, tags: dict[str, str], barriers: Barriers, limits: NodeLimits) -> None:
    if "barrier" in tags:
        barriers.node.append(node)
        barriers.cuts.append(stops_a_truck(tags))
        barriers.word.append(tags["barrier"])
    most = meaning.limits(tags)[:3]
    if not all(math.isnan(limit) for limit in most):
        limits.node.append(node)
        limits.most.extend(most)


def _view(numbers: array[int], kind: type) -> NDArray[Any]:
    return np.frombuffer(numbers, kind) if numbers else np.empty(0, kind)
