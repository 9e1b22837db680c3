"""Solution files (``.sol``) as orders of services, and plans as solution files.

``Route #3: 5 9 0 3`` is what vehicle 3 of the instance does: clients 5 and 9, back to depot 0 to load again, client 3.
Where all vehicles are alike, a file lists the routes that are driven, otherwise one for every vehicle, some of them
empty. ``Cost: ..`` may follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.instances.instance import Instance
from benchmarks.instances.sections import text_of, wrong_line
from routing.errors import InputError
from routing.plan import Plan

Tours = Sequence[tuple[int, Sequence[int]]]
"""Numbers of vehicles, from 1, with the numbers of clients and depots in the order of the visits."""

Orders = list[tuple[str, list[tuple[str, str]]]]
"""Ids of vehicles with the services of each: ``("stop", id)`` or ``("unload", id)``."""

_ROUTE = re.compile(r"Route\s+#\s*(?P<number>\d+)\s*:(?P<visits>[\s\d]*)")


def read_tours(path: Path) -> list[tuple[int, list[int]]]:
    """Read a solution file.

    Raises
    ------
    InputError
        When it cannot be read or has no routes; the sentence names file and line.
    """
    found: dict[int, list[int]] = {}
    for line, text in enumerate(text_of(path).splitlines(), 1):
        if not text.startswith("Route"):
            continue
        match = _ROUTE.fullmatch(text.strip())
        if match is None:
            raise wrong_line(path, line, "'Route #NUMBER: CLIENT CLIENT ..' is expected here.")
        number = int(match["number"])
        if number in found:
            raise wrong_line(path, line, f"route #{number} is there twice.")
        found[number] = [int(word) for word in match["visits"].split()]
    if not found:
        raise InputError("no-routes", "%(file)s has no routes.", file=path.name)
    return list(found.items())


def orders_of(instance: Instance, tours: Tours) -> Orders:
    """Say by ids of the problem what the vehicles do; empty tours are left out.

    Raises
    ------
    InputError
        When the instance has no such vehicle, client or depot.
    """
    stops = {stop.id for stop in instance.problem.stops}
    sites = {site.id for site in instance.problem.unload_sites}
    free: dict[str, list[str]] = {}
    for vehicle in reversed(instance.problem.vehicles):
        free.setdefault(vehicle.type, []).append(vehicle.id)
    driven = [(number, visits) for number, visits in tours if visits]
    for number, visits in driven:
        if not 1 <= number <= len(instance.kinds):
            raise _unknown(number, f"and the instance has {len(instance.kinds)} vehicles")
        strange = [visit for visit in visits if str(visit) not in stops | sites]
        if strange:
            raise _unknown(number, f"names {strange[0]}, which is no client and no depot to load at")
    named = {}
    for number, _ in driven:  # who bears the number of a vehicle that the problem has is that vehicle
        if str(number) in free[instance.kinds[number - 1]]:
            free[instance.kinds[number - 1]].remove(str(number))
            named[number] = str(number)
    for number, _ in driven:
        if number not in named:
            alike = free[instance.kinds[number - 1]]
            if not alike:
                raise _unknown(number, "is one more than there are clients for such vehicles")
            named[number] = alike.pop()
    return [
        (named[number], [("stop" if str(visit) in stops else "unload", str(visit)) for visit in visits])
        for number, visits in driven
    ]


def solution_text(instance: Instance, plan: Plan) -> str:
    """Write a plan as a solution file, its cost in the units of the file's objective."""
    visits = {route.vehicle: " ".join(visit.id for visit in route.visits) for route in plan.routes if route.visits}
    if len(set(instance.kinds)) > 1:
        lines = [visits.get(str(place), "") for place in range(1, len(instance.kinds) + 1)]
    else:
        lines = [visits[key] for key in sorted(visits, key=int)]
    cost = plan.cost if instance.scale == 1 else plan.cost / instance.scale
    told = [f"Route #{number}: {line}".rstrip() for number, line in enumerate(lines, 1)]
    return "\n".join([*told, f"Cost: {cost}"]) + "\n"


def _unknown(number: int, why: str) -> InputError:
    return InputError("unknown-in-solution", "Route #%(number)s %(why)s.", number=number, why=why)
