"""One number for a road's time and its length: the least sum is the fastest way, of equally fast ones the shortest.

A packed weight is ``milliseconds * 2**26 + decimetres``, kept as a float64, which holds whole numbers exactly up to
2**53. So times are exact up to 2**27 ms (37 h) and lengths up to 6,710 km; a longer trip keeps its time to the
millisecond and loses the last digits of its length. Sums need no second array for the metres, and infinity, a road that
is closed, stays infinity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UNIT = float(2**26)

Packed = NDArray[np.float64]


def pack(ms: Any, dm: Any) -> Packed:
    """Join milliseconds (a negative one means closed) and decimetres."""
    ms = np.asarray(ms, np.float64)
    packed: Packed = np.where(ms < 0, np.inf, ms * UNIT + dm)
    return packed


def unpack(packed: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give milliseconds and decimetres, both infinite where there is no way."""
    packed = np.asarray(packed, np.float64)
    ms = np.floor(packed / UNIT)
    with np.errstate(invalid="ignore"):
        return ms, np.where(np.isfinite(packed), packed - ms * UNIT, np.inf)
