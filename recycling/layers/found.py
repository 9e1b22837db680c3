"""What is read of a layer before anybody asks what it says: places with cells of text, and what is wrong by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recycling.errors import Fault

MOST_BYTES = 8 * 1024 * 1024
MOST_FEATURES = 5000
MOST_VERTICES = 200_000
MOST_SIGNS = 500
"""Signs of a cell."""

MOST_COLUMNS = 80
MOST_FAULTS = 300
"""Of what is wrong in a file so much is told; the number of all of it besides."""


@dataclass(frozen=True)
class FeatureFault:
    """What is wrong with a feature: its number as the file counts it, and the fault, whose ``where`` is a column."""

    number: int
    fault: Fault


@dataclass(frozen=True)
class Feature:
    """A place: its number as the file counts it, degrees in WGS 84, and the text of each field that it fills."""

    number: int
    lon: float
    lat: float
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A layer as it was read.

    Attributes
    ----------
    form
        ``geojson``, ``gpkg``, ``shapefile`` or ``table``.
    crs
        What its coordinates were read in: ``wgs84``, ``gcj02``, ``bd09``, a code such as EPSG:4490, or a name.
    areas
        How many of its places are areas, of which a point inside was taken.
    unread
        Columns that say nothing to us.
    """

    form: str
    crs: str
    features: Sequence[Feature] = ()
    faults: Sequence[FeatureFault] = ()
    areas: int = 0
    unread: Sequence[str] = field(default=())
