"""What coordinates of a layer are in, and how they become degrees in WGS 84."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recycling.errors import N_, BadRequestError
from routing.roads.crs import CRS as WORDS
from routing.roads.crs import to_wgs84

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyproj import CRS

ALIASES = {"wgs84": "wgs84", "wgs 84": "wgs84", "gcj02": "gcj02", "gcj-02": "gcj02", "bd09": "bd09", "bd-09": "bd09"}
LONGEST_WKT = 20_000
FARTHEST = 1e9
"""Beyond this nothing is a coordinate in degrees or metres."""


def word_of(text: str) -> str:
    """Return how we call what somebody writes of coordinates: wgs84, gcj02, bd09, EPSG:4490; empty for nothing.

    Raises
    ------
    BadRequestError
        For what is neither, and for a code that nobody knows.
    """
    wanted = " ".join(text.split()).casefold()
    if not wanted or wanted in ALIASES:
        return ALIASES.get(wanted, "")
    if wanted in ("cgcs2000", "cgcs 2000"):
        return "EPSG:4490"
    match = re.fullmatch(r"(?:epsg:)?(\d{4,6})", wanted)
    if match is None:
        raise _unknown(text)
    _projection(f"EPSG:{match[1]}", text)
    return "wgs84" if match[1] == "4326" else f"EPSG:{match[1]}"


def in_wgs84(points: NDArray[np.float64], crs: str | CRS) -> NDArray[np.float64]:
    """Bring (n, 2) of longitude and latitude, or of easting and northing, to degrees in WGS 84; NaN for what is none.

    ``crs`` is a word of `word_of`, or a projection that a file describes.
    """
    import numpy as np

    out = np.full(points.shape, np.nan)
    good = np.isfinite(points).all(axis=1) & (np.abs(points) < FARTHEST).all(axis=1)
    if isinstance(crs, str) and crs in WORDS:
        good &= (np.abs(points) <= (180.0, 90.0)).all(axis=1)
        out[good] = to_wgs84(points[good], crs)
        return out
    from pyproj import Transformer

    known = _projection(crs, crs) if isinstance(crs, str) else crs
    move = Transformer.from_crs(known, "EPSG:4326", always_xy=True)
    lon, lat = move.transform(points[good, 0], points[good, 1])
    moved = np.column_stack([lon, lat])
    moved[~(np.isfinite(moved).all(axis=1) & (np.abs(moved) <= (180.0, 90.0)).all(axis=1))] = np.nan
    out[good] = moved
    return out


def described(wkt: str) -> tuple[str | CRS, str]:
    """Return what a file's description of its coordinates means, and its name.

    Raises
    ------
    BadRequestError
        For one that cannot be read.
    """
    from pyproj import CRS as Described
    from pyproj.exceptions import CRSError

    try:
        if len(wkt) > LONGEST_WKT:
            raise ValueError("too long")
        found = Described.from_wkt(wkt)
        code = found.to_epsg(min_confidence=70)
    except (CRSError, ValueError) as error:
        raise _unreadable() from error
    if code == 4326:
        return "wgs84", "wgs84"
    return found, f"EPSG:{code}" if code else str(found.name)[:60]


def _projection(word: str, said: str) -> Any:
    from pyproj import CRS as Described
    from pyproj.exceptions import CRSError

    try:
        found = Described.from_user_input(word)
    except CRSError as error:
        raise _unknown(said) from error
    if not (found.is_geographic or found.is_projected):
        raise _unknown(said)
    return found


def _unknown(text: str) -> BadRequestError:
    return BadRequestError.one(
        "unknown-crs",
        N_("The coordinate system %(crs)s is not known. Say wgs84, gcj02, bd09, or a code such as EPSG:4490."),
        where="crs",
        crs=text[:40],
    )


def _unreadable() -> BadRequestError:
    return BadRequestError.one(
        "unreadable-crs",
        N_("What the file says of its coordinate system cannot be read. Choose the system on this page."),
        where="crs",
    )
