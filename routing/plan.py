"""What a solver answers: who drives where and when, and what stays undone and why. Units as in `problem`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from routing.problem import Load


@dataclass(frozen=True)
class Visit:
    """One service on a route.

    Attributes
    ----------
    kind, id
        ``stop`` with the id of a stop, or ``unload`` with the id of an unload site.
    arrival, start, end
        Seconds: the vehicle is there, the service begins (after waiting for its window), the service is done.
    load
        On board when leaving, one number a dimension, goods to be delivered included.
    collected
        The part of ``load`` that was collected.
    """

    kind: Literal["stop", "unload"]
    id: str
    arrival: int
    start: int
    end: int
    load: Load
    collected: Load


@dataclass(frozen=True)
class Rest:
    """The driver's break, seconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Route:
    """A vehicle's day: leaves at ``start`` with ``load``, is home at ``end``; metres, seconds at the wheel, fen."""

    vehicle: str
    start: int
    end: int
    load: Load
    visits: tuple[Visit, ...]
    rests: tuple[Rest, ...]
    distance: int
    driving: int
    cost: int


@dataclass(frozen=True)
class Unserved:
    """A stop that is left out.

    Attributes
    ----------
    reason
        ``no-vehicle``, ``no-site``, ``skill``, ``too-large``, ``unreachable``, ``outside-hours``, ``late``,
        ``overtime``, ``full`` or ``not-worth``, of which `routing.explain` says what each means, or ``no-road``
        (`routing.day`).
    values
        The figures that make the reason checkable, such as the vehicle and the seconds that it would be late.
    """

    stop: str
    reason: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Routes for a problem.

    Attributes
    ----------
    cost
        Fen, routes and prizes of what is left out together.
    engine, seconds
        Which engine found it and how long it searched.
    notice
        Carried over from the problem.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int
    engine: str
    seconds: float
    notice: Mapping[str, str] | None = None

    def to_json(self) -> str:
        """Return the plan as a JSON document that `from_json` reads back."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote."""
        data = json.loads(text)
        return cls(
            routes=tuple(_route(r) for r in data["routes"]),
            unserved=tuple(Unserved(**u) for u in data["unserved"]),
            cost=data["cost"],
            engine=data["engine"],
            seconds=data["seconds"],
            notice=data["notice"],
        )


def _route(data: dict[str, Any]) -> Route:
    visits = tuple(Visit(**{**v, "load": tuple(v["load"]), "collected": tuple(v["collected"])}) for v in data["visits"])
    rests = tuple(Rest(**r) for r in data["rests"])
    return Route(**{**data, "load": tuple(data["load"]), "visits": visits, "rests": rests})
