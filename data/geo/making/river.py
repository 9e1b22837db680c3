"""The river of a city: a smooth curve that no street crosses except on a bridge."""

from dataclasses import dataclass

import numpy as np
import shapely
from frame import unit

SMOOTHING = 330.0  # m, sigma of the filter over the county border
SAMPLING = 40.0  # m along the axis
DECAY = 1700.0  # m from the river after which streets forget its bends


@dataclass
class River:
    """A curve over a straight axis: offset (m, to the left of the axis) as a function of the way along it."""

    centre: np.ndarray
    angle: float
    along: np.ndarray
    offset: np.ndarray
    half_width: float

    def place(self, s, d):
        """Return metres (.., 2) for the way along the axis `s` and the distance `d` from the river, both in m."""
        s, d = np.asarray(s, dtype=float), np.asarray(d, dtype=float)
        bend = np.interp(s, self.along, self.offset) * np.exp(-np.abs(d) / DECAY)
        along, across = unit(self.angle), unit(self.angle + np.pi / 2)
        return self.centre + s[..., None] * along + (d + bend)[..., None] * across

    def line(self):
        """Return the middle of the river as a LineString in metres."""
        return shapely.LineString(self.place(self.along, np.zeros_like(self.along)))


def _smooth(values, sigma):
    reach = int(3 * sigma / SAMPLING)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * SAMPLING / sigma) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def along_border(border, centre, angle, reach, half_width):
    """Return the river that follows a county border (rivers often are the border), smoothed to a curve."""
    points = np.concatenate([np.array(g.coords) for g in getattr(border, "geoms", [border])]) - centre
    s, d = points @ unit(angle), points @ unit(angle + np.pi / 2)
    # Outwards from the vertex next to the centre, and only while the border keeps going outwards: where it turns
    # back it is no longer a function of the way along the axis, and no longer this river.
    middle = int(np.argmin(np.hypot(s, d)))
    keep = [middle]
    for rows in (range(middle + 1, len(s)), range(middle - 1, -1, -1)):
        reached, sign = middle, None
        for row in rows:
            if sign is None and abs(s[row] - s[middle]) > SAMPLING:
                sign = np.sign(s[row] - s[middle])
            if sign is not None and sign * (s[row] - s[reached]) > SAMPLING:
                if abs(s[row]) > reach * 1.25 or abs(d[row]) > reach * 0.3:
                    break
                keep.append(row)
                reached = row
    keep = np.array(keep)[np.argsort(s[keep], kind="stable")]
    along = np.arange(-reach * 1.4, reach * 1.4, SAMPLING)
    offset = _smooth(np.interp(along, s[keep], d[keep]), SMOOTHING)
    return River(centre, angle, along, offset, half_width)


def invented(centre, angle, reach, half_width, rng):
    """Return a gently winding river through a small town."""
    along = np.arange(-reach * 1.5, reach * 1.5, SAMPLING)
    phase, length = rng.uniform(0, 2 * np.pi), reach * rng.uniform(1.6, 2.4)
    offset = reach * 0.16 * np.sin(2 * np.pi * along / length + phase)
    return River(centre, angle, along, offset, half_width)
