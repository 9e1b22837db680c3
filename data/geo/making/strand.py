"""A strand is one named line before it is cut at junctions; winding lines are made here."""

from dataclasses import dataclass, field

import numpy as np

KMH = {
    "motorway": 80,
    "motorway_link": 40,
    "trunk": 60,
    "primary": 45,
    "secondary": 40,
    "tertiary": 30,
    "unclassified": 25,
    "residential": 20,
}
SWAY_DECAY = 0.8  # of the sideways share, from one halving to the next
SWAY_LIMIT = 0.25  # more would make hairpins
RANK = {word: rank for rank, word in enumerate(KMH)}  # lower: keeps its name where two lines coincide


@dataclass
class Strand:
    """One line in metres (n, 2) with what its road would be called and allow."""

    points: np.ndarray
    highway: str
    status: str = "synthetic"
    name: str | None = None
    ref: str | None = None
    oneway: bool = False
    role: str = "street"  # street, bridge, town, spur, lane, trunk, motorway, link
    limits: dict = field(default_factory=dict)


def winding(start, end, rng, sway, step):
    """Return a winding line (n, 2) between two points, by repeated midpoint displacement.

    `sway` is the first sideways displacement as a share of the length, `step` the wanted vertex spacing in m.
    """
    line = np.array([start, end], dtype=float)
    levels = int(np.clip(np.ceil(np.log2(np.hypot(*(line[1] - line[0])) / step)), 1, 9))
    for _ in range(levels):
        gap = np.diff(line, axis=0)
        normal = np.stack([-gap[:, 1], gap[:, 0]], axis=1)
        middle = (line[:-1] + line[1:]) / 2 + normal * rng.normal(0, sway, (len(gap), 1)).clip(-SWAY_LIMIT, SWAY_LIMIT)
        woven = np.empty((len(line) + len(middle), 2))
        woven[0::2], woven[1::2] = line, middle
        line, sway = woven, sway * SWAY_DECAY
    return line
