"""A planned day that takes more: where a new stop could go, and the route of the vehicle that takes it.

A day is kept ready in a process of its own (`routing.open_day`), so that an answer takes a moment; the functions at the
end of this file are what that process is asked. Only plain data crosses its border; who asks loads none of the rest.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from routing.day import DayJob
from routing.errors import InputError
from routing.memory import limit_memory
from routing.plan import Route
from routing.problem import Stop, TimeWindow

if TYPE_CHECKING:
    from routing.day_roads import Way
    from routing.open_day import OpenDay
    from routing.schedule import Orders

MOST_DAYS = 4
"""So many days are kept ready; that which was asked about longest ago makes room."""


@dataclass(frozen=True)
class PlannedDay:
    """A day with what each vehicle does on it.

    Attributes
    ----------
    job
        The day's stops with the hours in which each may begin without breaking what people have been told.
    orders
        For each vehicle its services in order.
    """

    job: DayJob
    orders: Orders


@dataclass(frozen=True)
class NewStop:
    """A stop that is none of the day's: its `Stop.location` is not read, it stands at (longitude, latitude)."""

    stop: Stop
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class Room:
    """The cheapest way to serve new stops in a window: when the first of them begins, and what the day costs more."""

    begin: int
    cost: int
    seconds: int
    metres: int
    grams: int


@dataclass(frozen=True)
class Taken:
    """A new stop on a route, judged.

    Attributes
    ----------
    route, ways
        The new route of the vehicle that serves it, with the road of each leg.
    cost
        Fen that the whole plan costs more, without prizes.
    """

    route: Route
    ways: list[Way]
    cost: int


def fitting(job: DayJob, new: NewStop) -> NewStop:
    """Return a new stop with loads of all dimensions that the job has: nothing of those that it does not name."""
    missing = (0,) * (len(job.dimensions) - len(new.stop.pickup))
    stop = replace(new.stop, delivery=(*new.stop.delivery, *missing), pickup=(*new.stop.pickup, *missing))
    return replace(new, stop=stop)


# -- what the process is asked ------------------------------------------------------------------------------------

_days: OrderedDict[str, OpenDay] = OrderedDict()


def begin(memory_mb: int) -> None:
    """Make the process ready: a hard limit of memory, and the compiled loops of the roads."""
    os.nice(2)
    import_module("routing.roads.kernels")
    limit_memory(memory_mb)


def open_day(key: str, day: PlannedDay) -> None:
    """Make a day ready under a key."""
    from routing.open_day import OpenDay

    if key not in _days:
        _keep(key, OpenDay.of(day))


def open_day_with(key: str, before: str, new: Sequence[tuple[NewStop, str, Sequence[tuple[str, str]]]]) -> None:
    """Make a day ready under a key, which is another that is ready with new stops.

    Each comes with the vehicle that serves it and that vehicle's services in order.

    Raises
    ------
    InputError
        When that other is not ready any more, or a stop does not go in.
    """
    day = _day(before)
    for stop, vehicle, order in new:
        day = None if day is None else day.having(fitting(day.job, stop), vehicle, order)
    if day is None:
        raise InputError("not-ready", "The day of the key %(key)s is not ready.", key=before)
    _keep(key, day)


def rooms(key: str, held: Sequence[NewStop], new: Sequence[NewStop]) -> Mapping[TimeWindow, Room] | None:
    """Answer as `OpenDay.rooms`; None when no day of this key is ready."""
    day = _day(key)
    return None if day is None else day.rooms(_fitting(day, held), _fitting(day, new))


def take(key: str, held: Sequence[NewStop], new: Sequence[NewStop]) -> tuple[Sequence[Taken], DayJob] | None:
    """Answer as `OpenDay.take`, with the day's own job; None when no day of this key is ready."""
    day = _day(key)
    return None if day is None else (day.take(_fitting(day, held), _fitting(day, new)), day.job)


def _fitting(day: OpenDay, new: Sequence[NewStop]) -> list[NewStop]:
    return [fitting(day.job, stop) for stop in new]


def _keep(key: str, day: OpenDay) -> None:
    _days[key] = day
    while len(_days) > MOST_DAYS:
        _days.popitem(last=False)


def _day(key: str) -> OpenDay | None:
    if key in _days:
        _days.move_to_end(key)
    return _days.get(key)
