"""Capacitated location as OR-Library keeps it: sites with capacity and fixed cost, customers with demand and costs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.instances.location import Location
from routing.errors import InputError

OPTIMA = "optimal.txt"


def read_cfl(path: Path) -> Location:
    """Read a file; a cost there is that of all of a customer's demand.

    Raises
    ------
    InputError
        When the file is not one of them, with the number of words that it should have.
    """
    try:
        words = np.array(path.read_text(encoding="utf-8").split(), dtype=float)
        sites, customers = int(words[0]), int(words[1])
    except (ValueError, IndexError, OverflowError, OSError) as error:
        raise InputError("not-cfl", "%(file)s is no file of OR-Library's capacitated location.", file=path) from error
    expected = 2 + 2 * sites + customers * (1 + sites)
    if len(words) != expected:
        raise InputError(
            "not-cfl",
            "%(file)s has %(have)s numbers, where %(sites)s sites and %(customers)s customers take %(expected)s.",
            file=path,
            have=len(words),
            sites=sites,
            customers=customers,
            expected=expected,
        )
    each = words[2 : 2 + 2 * sites].reshape(sites, 2)
    rows = words[2 + 2 * sites :].reshape(customers, 1 + sites)
    return Location(
        family=path.absolute().parent.name,
        name=path.stem,
        ways=rows[:, 1:] / rows[:, :1],
        weight=rows[:, 0].copy(),
        room=each[:, 0].copy(),
        fixed=each[:, 1].copy(),
    )


def read_optima(path: Path) -> dict[tuple[str, float | None], float]:
    """Read the list of optima: by instance, and by capacity where there are several."""
    found: dict[tuple[str, float | None], float] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        told = re.match(r"(cap\w+)?\s+([\d.]+)(?:\s+\(capacity (\d+)\))?\s*$", line)
        if told:
            name = told[1] or name
            found[name, float(told[3]) if told[3] else None] = float(told[2])
    return found


def cfl_instances(path: Path) -> list[Location]:
    """Return a file's instance; one for each capacity where the list of optima has several."""
    location, optima = read_cfl(path), read_optima(path.parent / OPTIMA)
    rooms = sorted(room for name, room in optima if name == path.stem and room is not None)
    if not rooms:
        return [replace(location, optimum=optima.get((path.stem, None)))]
    return [
        replace(
            location,
            name=f"{path.stem}-{room:.0f}",
            room=np.full(location.ways.shape[1], room),
            optimum=optima[path.stem, room],
        )
        for room in rooms
    ]
