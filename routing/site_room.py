"""What sites that take only so much in the day still take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.problem import Problem, Stop, Vehicle
from routing.timing import Service, unloaded

Room = dict[str, list[int]]


def room_left(problem: Problem, fleet: Mapping[str, Sequence[Service]]) -> Room:
    """Return what sites with a bound still take, in each dimension, when these orders have been driven."""
    room = {u.id: list(u.capacity) for u in problem.unload_sites if u.capacity is not None}
    vehicles = {v.id: v for v in problem.vehicles}
    for name, order in fleet.items() if room else ():
        _fill(room, problem, vehicles[name], order)
    return room


def _fill(room: Room, problem: Problem, vehicle: Vehicle, order: Sequence[Service]) -> None:
    for site, load in zip(order, unloaded(problem, vehicle, order), strict=True):
        if not isinstance(site, Stop) and site.id in room:
            room[site.id] = [a - b for a, b in zip(room[site.id], load, strict=True)]


def spilt(problem: Problem, vehicle: Vehicle, order: Sequence[Service], room: Room) -> tuple[str, int]:
    """Return the site to which the order brings too much, and how much; or no name and nothing."""
    if not room:
        return "", 0
    left = dict(room)
    _fill(left, problem, vehicle, order)
    site = min(left, key=lambda name: min(left[name]))
    over = -min(left[site])
    return (site, over) if over > 0 else ("", 0)
