"""A problem as arrays that compiled loops read: the record `Day`; `routing.solve.ruin.making` makes it.

Nodes are numbered stops first, then unload sites, then the places where vehicles start or end. Vehicles that differ in
nothing but their name are one *class*. Loads are counted in *rows*: the problem's dimensions, and the sums that
compartments bound. An *item* is what is served or left out as one: a stop, a group of alternatives, or a pair.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FAR = 1 << 29
"""Seconds or metres of a leg that does not exist."""

NEVER = 1 << 50
"""A second after every day."""

LIMIT = 1 << 30
"""What the search's small numbers are bounded by; times of days that it keeps in them are less than half of it."""

DEAR = 1e13
"""Fen that leaving out a required stop counts for in the search; above all that a day can cost."""


class Day(NamedTuple):
    """Arrays of a problem, with c for class, s for stop, u for unload site, i for item.

    Attributes
    ----------
    time, way, back, time_back
        Seconds, metres, and metres and seconds to the row's node from the column's, (profiles * periods, nodes,
        nodes); one array where they are equal.
    begins
        Second at which each period begins.
    span
        Windows, (window sets * nodes, windows, 2), of which the first ``windows`` hold.
    service
        Seconds, (crews * nodes,).
    wish
        Windows that the crew would like, (stops, windows, 2).
    goods
        What a stop brings, takes, and carries as part of a pair, (stops, 3, rows).
    materials
        What a stop gives, (stops, dimensions).
    near, beside, detour
        Each stop and its neighbours, the nearest first: by way alone, and by way and hours, for those that a vehicle
        may well serve next to it; (stops, reach) and (stops, width);
        metres to and from the latter, (profiles * periods, stops, width).
    c_room, c_load, c_pause, c_able, c_dear
        Bounds by row, load at the start by dimension, breaks (first start, last start, length), stops it may serve, fen
        for serving one that is announced with another vehicle.
    u_takes, u_clears, u_room
        Dimensions that a site takes, rows of which it takes every dimension, and the most of each dimension in the day.
    in_row
        Dimensions that a row sums.
    """

    record: NDArray[np.void]
    c: NDArray[np.void]
    s: NDArray[np.void]
    u: NDArray[np.void]
    i: NDArray[np.void]
    i_stop: Ints
    time: NDArray[np.int32]
    way: NDArray[np.int32]
    back: NDArray[np.int32]
    time_back: NDArray[np.int32]
    begins: Ints
    span: Ints
    windows: Ints
    service: Ints
    wish: Ints
    goods: Ints
    materials: Ints
    near: NDArray[np.int32]
    beside: NDArray[np.int32]
    detour: NDArray[np.int32]
    c_room: Ints
    c_load: Ints
    c_pause: Ints
    c_able: NDArray[np.uint8]
    c_dear: Floats
    u_takes: NDArray[np.uint8]
    u_clears: NDArray[np.uint8]
    u_room: Ints
    in_row: NDArray[np.uint8]
