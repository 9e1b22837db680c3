"""Small road layers of straight streets, to be planned on."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely
from pyproj import Geod

from routing.roads.facts import describe
from routing.roads.layer import write_layer

GEOD = Geod(ellps="WGS84")
STEP = 0.01  # degrees between corners on the equator: 1113 m


def write_streets(path, corners, streets, status="synthetic", maxheight=np.nan):
    """Write a layer of two-way streets at 36 km/h between corners (in steps), and give its path as text."""
    lines = [shapely.LineString([np.multiply(corners[u], STEP), np.multiply(corners[v], STEP)]) for u, v in streets]
    edges = geopandas.GeoDataFrame(
        {
            "edge_id": range(len(lines)),
            "u": [u for u, _ in streets],
            "v": [v for _, v in streets],
            "way_id": 0,
            "highway": "residential",
            "name": None,
            "ref": None,
            "kmh_fwd": 36,
            "kmh_bwd": 36,
            "length": [GEOD.geometry_length(line) for line in lines],
            "maxheight": maxheight,
            **dict.fromkeys(("maxweight", "maxwidth", "maxlength"), np.nan),
            "hgv": None,
            "access": None,
            "status": status,
        },
        geometry=lines,
        crs=4326,
    )
    write_layer(edges, path, describe(edges, name=status))
    return str(path)
