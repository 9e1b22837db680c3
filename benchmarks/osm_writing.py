"""A network as an OpenStreetMap file for OSRM, with speeds from which it reads off our travel times.

OSRM counts tenths of a second on every road piece, we count thousandths. So the file is written `SLOWER` times slower
than it is and the answers are divided again. Both do the same work; only the rounding shrinks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs

SLOWER = 10
FORWARD, BACKWARD = "kmh:forward", "kmh:backward"

_RADIUS, _FLATTENING = 6378137.0, 1 / 298.257223563
_BAND = 50_000  # millionths of a degree of latitude that share one ruler in OSRM


def write_osm(arcs: Arcs, path: Path) -> None:
    """Write nodes 1..n and one way for each road; of parallel arcs only the fastest."""
    from osmium import SimpleWriter
    from osmium.osm.mutable import Node, Way

    kmh = osrm_kmh(arcs, arcs.ms)
    kept = arcs.fastest()
    tail, head, speed = arcs.tail[kept], arcs.head[kept], kmh[kept]
    back = dict(zip(zip(tail.tolist(), head.tolist(), strict=True), speed.tolist(), strict=True))
    with SimpleWriter(str(path)) as file:
        for number, place in enumerate(arcs.lonlat.tolist(), 1):
            file.add_node(Node(id=number, location=place, version=1))
        way = 0
        for a, b, along in zip(tail.tolist(), head.tolist(), speed.tolist(), strict=True):
            against = back.get((b, a))
            if against is not None and a > b:
                continue
            tags = {"highway": "road", FORWARD: f"{along:.9g}"}
            if against is not None:
                tags[BACKWARD] = f"{against:.9g}"
            way += 1
            file.add_way(Way(id=way, nodes=[a + 1, b + 1], tags=tags, version=1))


def osrm_kmh(arcs: Arcs, ms: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give the speed (a,) at which OSRM needs `SLOWER` times so many milliseconds for each arc."""
    metres = np.maximum(osrm_metres(arcs.lonlat[arcs.tail], arcs.lonlat[arcs.head]), 1e-3)
    kmh: NDArray[np.float64] = metres * 3600 / np.maximum(ms, 1) / SLOWER
    return kmh


def osrm_metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure (n,) from a to b (n, 2) as OSRM does: on a plane for each twentieth of a degree of latitude.

    The method is that of mapbox/cheap-ruler-cpp, the width of the bands that of OSRM's
    ``coordinate_calculation.cpp``.
    """
    a, b = np.rint(a * 1e6).astype(np.int64), np.rint(b * 1e6).astype(np.int64)
    lat = np.radians((np.abs((a[:, 1] + b[:, 1]) // 2) // _BAND + 0.5) * _BAND / 1e6)
    e2 = _FLATTENING * (2 - _FLATTENING)
    w2 = 1 / (1 - e2 * np.sin(lat) ** 2)
    degree = np.radians(1e-6) * _RADIUS * np.sqrt(w2)
    metres: NDArray[np.float64] = np.hypot((b - a)[:, 0] * degree * np.cos(lat), (b - a)[:, 1] * degree * w2 * (1 - e2))
    return metres
