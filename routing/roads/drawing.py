"""A road layer as a drawing: few large features that a browser draws at once."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

DIGITS = 5
"""Decimals of a degree that are drawn, about a metre."""


def write_drawing(layer: Path, out: Path) -> None:
    """Write the layer's roads to `out` as gzipped GeoJSON: one MultiLineString for each class and status.

    Where roads are not real the collection says so in ``notice``, by language.
    """
    import shapely

    from routing.roads.facts import status_notice
    from routing.roads.layer import read_layer

    edges = read_layer(layer)
    features = []
    for (highway, status), group in edges.groupby(["highway", "status"], sort=True):
        lines = [
            [[round(x, DIGITS), round(y, DIGITS)] for x, y in shapely.get_coordinates(line).tolist()]
            for line in group.geometry
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {"highway": highway, "status": status},
                "geometry": {"type": "MultiLineString", "coordinates": lines},
            }
        )
    notice = status_notice(edges["status"].unique())
    text = json.dumps(
        {"type": "FeatureCollection", "notice": notice, "features": features}, ensure_ascii=False, separators=(",", ":")
    )
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    draft.write_bytes(gzip.compress(text.encode(), mtime=0))
    os.replace(draft, out)
