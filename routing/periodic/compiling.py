"""How the loops of this package are compiled: by numba, kept beside their files in a folder of their own sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from routing.loops import keeping, kept_folder

FOLDER = Path(__file__).parent
LOOPS = {"annealing.py", "compiling.py", "placing.py", "randomness.py", "ruining.py", "tables.py", "trips.py"}
KEPT = kept_folder(FOLDER, {path.name for path in FOLDER.glob("*.py")} - LOOPS)


OPTIONS = {"nogil": True, "boundscheck": False, "error_model": "numpy", "_nrt": False}
"""Loops make no arrays, so that none has to be counted at every call."""


def loop(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called, or take it from what is kept."""
    return keeping(KEPT, function, **OPTIONS)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile what runs thousands of times in a change: it becomes part of who calls it."""
    return keeping(KEPT, function, forceinline=True, **OPTIONS)
