"""Compiled loops that are kept: once compiled by numba they are loaded from beside their sources.

numba looks at a function's own file when it decides whether what it kept still holds, not at the files of the functions
that were compiled into it. So what is kept lies in a folder that is named after all sources of loops.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config

_config: Any = config  # numba sets what it holds when it is loaded, which no type says
_njit: Any = njit


def kept_folder(package: Path, plain: Collection[str]) -> str:
    """Return the folder for what a package's sources compile to, and drop those of others; "" without leave to write.

    ``plain`` are names of files that only call loops.
    """
    sources = sorted(path for path in package.glob("*.py") if path.name not in plain)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = package / "__pycache__" / f"compiled-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.parent.glob("compiled-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return ""
    return str(folder)


def keeping(folder: str, function: Any, *signature: Any, **options: Any) -> Any:
    """Compile a function by numba with these options and keep it in the folder; "": where numba keeps it."""
    before = _config.CACHE_DIR
    _config.CACHE_DIR = folder or before
    try:
        return _njit(*signature, cache=True, **options)(function)
    finally:
        _config.CACHE_DIR = before
