"""Seeded places along a network's streets, for demonstration days on roads that nobody has a register for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.network import RoadNetwork, VehicleProfile

MAX_OFF_ROAD = 20.0
"""Metres between a street and a door beside it, at most."""


def street_places(
    network: RoadNetwork, count: int, rng: np.random.Generator, profile: VehicleProfile | None = None
) -> NDArray[np.float64]:
    """Draw doors along usable roads, more where there is more road.

    Returns
    -------
    (count, 2) longitude and latitude, each a few metres beside its road.
    """
    import shapely

    edges = np.flatnonzero(network.usable_by(profile))
    weight = network.metres[edges]
    chosen = rng.choice(edges, size=count, p=weight / weight.sum())
    points = shapely.line_interpolate_point(network.geometry[chosen], rng.random(count), normalized=True)
    flat = network.plane.to(shapely.get_coordinates(points))
    angle = rng.uniform(0, 2 * np.pi, count)
    off = rng.uniform(3.0, MAX_OFF_ROAD, count)
    moved: NDArray[np.float64] = network.plane.back(flat + np.c_[np.cos(angle), np.sin(angle)] * off[:, None])
    return moved


def spread(network: RoadNetwork, places: NDArray[np.float64], count: int, radius: float) -> NDArray[np.int64]:
    """Choose `count` of the places that lie far from each other, around where places are densest.

    Parameters
    ----------
    places
        (n, 2) longitude and latitude.
    radius
        Metres around the densest place; places farther out are not chosen.

    Returns
    -------
    Rows of `places`; the first is the densest one.

    Raises
    ------
    InputError
        When fewer than `count` places lie inside.
    """
    from scipy.spatial import cKDTree

    flat = network.plane.to(places)
    tree = cKDTree(flat)
    crowd = [len(near) for near in tree.query_ball_point(flat, radius / 4)]
    centre = int(np.argmax(crowd))
    inside = np.flatnonzero(np.hypot(*(flat - flat[centre]).T) <= radius)
    if len(inside) < count:
        raise InputError(
            "too-few-roads",
            "The roads of %(name)s hold only %(there)s of the %(count)s places that are needed. Import a larger area.",
            name=network.facts.name,
            there=len(inside),
            count=count,
        )
    chosen = [centre]
    gap = np.hypot(*(flat[inside] - flat[centre]).T)
    while len(chosen) < count:
        farthest = int(inside[int(np.argmax(gap))])
        chosen.append(farthest)
        gap = np.minimum(gap, np.hypot(*(flat[inside] - flat[farthest]).T))
    return np.asarray(chosen)
