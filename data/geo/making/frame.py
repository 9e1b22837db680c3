"""The working frame: metres in UTM 48N inside, rounded WGS 84 in every file, one seeded generator a subject."""

import json
import zlib
from pathlib import Path

import numpy as np
from pyproj import Transformer

SEED = 511700
METRIC_CRS = 32648  # UTM zone 48 north, right for 102 to 108 degrees east
POINT_DECIMALS = 6

_TO_METRES = Transformer.from_crs(4326, METRIC_CRS, always_xy=True)
_TO_DEGREES = Transformer.from_crs(METRIC_CRS, 4326, always_xy=True)


def generator(*subject):
    """Return a random generator that depends on the subject only, so that parts can change independently."""
    return np.random.default_rng([SEED, zlib.crc32("/".join(map(str, subject)).encode())])


def to_metres(lon, lat):
    """Return an array (n, 2) or (2,) of metres from longitude and latitude in degrees."""
    return np.stack(_TO_METRES.transform(lon, lat), axis=-1)


def to_degrees(points, decimals=POINT_DECIMALS):
    """Return longitude and latitude, shape as the input (.., 2) in metres, rounded to what the files carry."""
    points = np.asarray(points, dtype=float)
    return np.round(np.stack(_TO_DEGREES.transform(points[..., 0], points[..., 1]), axis=-1), decimals)


def unit(angle):
    """Return the unit vector of an angle in radians, anticlockwise from east."""
    return np.array([np.cos(angle), np.sin(angle)])


def point_feature(position, properties):
    """Return a GeoJSON point feature; the position is metres (2,)."""
    lon, lat = to_degrees(position).tolist()
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def write_collection(path, features):
    """Write a GeoJSON file with one feature a line: small differences stay small in a diff."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    Path(path).write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")
