"""A place that is nowhere and everywhere: where a vehicle begins or ends that has no depot to begin or end at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.problem import Matrix


def with_anywhere(matrix: Matrix) -> Matrix:
    """Return the ways with one more location, the last: from there to all others and back takes neither time nor way.

    A vehicle that starts at it begins its day at its first visit, one that ends at it is free after its last. It is for
    nothing else: a stop there would make a short cut of it.
    """
    return Matrix(_wider(matrix.durations), _wider(matrix.distances))


def _wider(ways: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.pad(ways, ((0, 1), (0, 1))).astype(np.int32)
