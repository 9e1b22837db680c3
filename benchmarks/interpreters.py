"""Where the other engines are installed: in this interpreter or in others that the caller names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

from routing.errors import InputError

VARIABLE = "ROADS_PEER_PYTHON"

HINTS = {
    "scipy": "pip install scipy",
    "pandana": "pip install pandana",
    "pyroutingkit": "pip install pyroutingkit (Linux and macOS)",
    "osrm": "pip install osrm-bindings numpy (Python 3.12 or newer)",
    "pyrosm": "pip install pyrosm python-igraph",
    "spopt": "pip install spopt",
}
"""The peers and how they are installed."""


def peer_pythons(named: Sequence[str]) -> list[str]:
    """Give this interpreter, then the named ones, then those of the environment variable.

    Raises
    ------
    InputError
        When a named one is not there.
    """
    asked = [*named, *filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))]
    for python in asked:
        if shutil.which(python) is None:
            raise InputError(
                "no-interpreter",
                "%(python)s is no program. --peer-python and %(variable)s take the path of a Python interpreter.",
                python=python,
                variable=VARIABLE,
            )
    return [sys.executable, *(str(shutil.which(python)) for python in asked)]


def interpreter_of(peer: str, pythons: Sequence[str]) -> str | None:
    """Find the first interpreter that has the peer's package and numpy."""
    return next((python for python in pythons if _has(python, peer)), None)


def not_found(peer: str) -> str:
    """Say how to get a peer."""
    return f"{peer}: not found; install it with {HINTS[peer]} and name that interpreter by --peer-python"


@cache
def _has(python: str, package: str) -> bool:
    if python == sys.executable:
        return find_spec(package) is not None
    code = f"import sys, importlib.util as u; sys.exit(not (u.find_spec('{package}') and u.find_spec('numpy')))"
    try:
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, timeout=60, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
