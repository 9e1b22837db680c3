"""Rows of different lengths, one after another in flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def counted(sizes: NDArray[Any]) -> NDArray[np.int64]:
    """Count 0, 1 .. up to each size, one row after another: [2, 3] gives [0, 1, 0, 1, 2]."""
    numbers: NDArray[np.int64] = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return numbers
