"""One OpenStreetMap way as the road layer keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from routing.roads.osm_tags import access_of, metres, speeds, tonnes


class OsmWay(NamedTuple):
    """Columns of `routing.roads.layer` that come from tags, and two facts for the report."""

    way_id: int
    highway: str
    name: str | None
    ref: str | None
    kmh_fwd: int
    kmh_bwd: int
    maxheight: float
    maxweight: float
    maxwidth: float
    maxlength: float
    hgv: str | None
    access: str | None
    reversed_one_way: bool
    limited: bool


def read_way(way_id: int, tags: Mapping[str, str]) -> OsmWay:
    """Read the tags of a way that `routing.roads.osm_tags.why_not` let in."""
    forward, backward, limited = speeds(tags)
    return OsmWay(
        way_id=way_id,
        highway=tags["highway"],
        name=tags.get("name"),
        ref=tags.get("ref"),
        kmh_fwd=forward,
        kmh_bwd=backward,
        maxheight=metres(tags.get("maxheight")),
        maxweight=tonnes(tags.get("maxweight")),
        maxwidth=metres(tags.get("maxwidth")),
        maxlength=metres(tags.get("maxlength")),
        hgv=tags.get("hgv"),
        access=access_of(tags),
        reversed_one_way=forward == 0,
        limited=limited,
    )
