"""How the loops of this package are compiled: once, by numba, kept beside their files.

numba looks at a function's own file when it decides whether what it kept still holds, not at the files of the functions
that were compiled into it. So what is kept lies in a folder that is named after all sources of loops.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import from_dtype, njit, types
from numba.core import config

from routing.solve.ruin.tables import DAY, STATE

FOLDER = Path(__file__).parent

PLAIN = {"__init__.py", "chain.py", "engine.py", "making.py", "parts.py", "pieces.py", "ways.py"}
"""Files of this package that only call loops."""


def kept_folder() -> str:
    """Return the folder for what these sources compile to, and drop those of others; "" without leave to write."""
    digest = hashlib.sha256(
        b"".join(p.read_bytes() for p in sorted(FOLDER.glob("*.py")) if p.name not in PLAIN)
    ).hexdigest()[:16]
    folder = FOLDER / "__pycache__" / f"compiled-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.parent.glob("compiled-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return ""
    return str(folder)


KEPT = kept_folder()

D, S = from_dtype(DAY), from_dtype(STATE)
I, F, B, N = types.int64, types.float64, types.boolean, types.none
FI = types.Tuple((F, I))  # type: ignore[no-untyped-call]
III = types.UniTuple(I, 3)  # type: ignore[no-untyped-call]
"""Types that loops take and give: the day, the search, whole and other numbers, true or false, nothing."""


def _kept(signature: Any, **options: Any) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        before = config.CACHE_DIR  # type: ignore[attr-defined]
        config.CACHE_DIR = KEPT or before  # type: ignore[attr-defined]
        try:
            return njit(signature, cache=True, nogil=True, boundscheck=False, error_model="numpy", **options)(function)
        finally:
            config.CACHE_DIR = before  # type: ignore[attr-defined]

    return decorate


def compiled(signature: Any) -> Callable[[Any], Any]:
    """Return the decorator of a loop.

    Its signature is given, so that it is compiled once and not anew for each constant that it is called with. Loops
    make no arrays (``_nrt``), so that none has to be counted at every call.
    """
    return _kept(signature, _nrt=False)


def inlined(signature: Any) -> Callable[[Any], Any]:
    """Return the decorator of what runs thousands of times in a change: it becomes part of who calls it."""
    return _kept(signature, _nrt=False, forceinline=True)


of_day, of_state = (_kept((kind,), forceinline=True) for kind in (D, S))
"""Decorators of what gives an array of the day, of the search."""
