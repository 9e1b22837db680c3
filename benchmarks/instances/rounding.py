"""How the decimal numbers of a file become integers: by the convention under which its best values are published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rounding = Callable[[NDArray[Any]], NDArray[np.int64]]

CONVENTIONS: dict[str, Rounding] = {
    "round": lambda values: np.round(values).astype(np.int64),
    "trunc": lambda values: np.trunc(values).astype(np.int64),
    "dimacs": lambda values: np.trunc(10 * values).astype(np.int64),
    "exact": lambda values: np.round(1000 * values).astype(np.int64),
}
"""By the names that PyVRP gives them: nearest integer, cut off, tenfold and cut off, thousandfold to the nearest."""

USUAL = {"CVRP": "round", "VRPB": "round", "HFVRP": "exact", "MDVRPTW": "exact", "SDVRPTW": "exact"}
"""The convention of a TYPE whose instance no list names; ``dimacs`` for all others."""


def usual(kind: str) -> str:
    """Name the usual convention of a TYPE."""
    return USUAL.get(kind, "dimacs")
