"""What a solver answers: who drives where and when, and what stays undone and why. Units as in `problem`.

How a plan is priced
--------------------
A route costs its vehicle's fixed cost and, each rounded to the nearest fen (halves up): its metres, its seconds from
leaving to coming home, its overtime, the carbon of its metres, each wish that it misses, and its compactness; and it
costs the price of each stop for which another vehicle was announced. The plan costs its routes, the prizes of what is
left out (once for a group), and the balance of hours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from routing.documents import document, parsed, read
from routing.problem import Load


@dataclass(frozen=True)
class Visit:
    """One service on a route.

    Attributes
    ----------
    kind, id
        ``stop`` with the id of a stop, or ``unload`` with the id of an unload site, whatever is done there.
    arrival, start, end
        Seconds: the vehicle is there, the service begins (after waiting for its window), the service is done.
    load
        On board when leaving, one number a dimension, goods to be delivered included.
    collected
        The part of ``load`` that was collected and is to be unloaded at a site; goods on their way from one stop to
        another are in ``load`` alone.
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
class Fix:
    """A change with which a stop that is left out could be served beside what the plan serves, and its price.

    Attributes
    ----------
    change
        ``vehicle``, ``larger``, ``window``, ``promise``, ``overtime``, ``longer``, ``room``, ``range``, ``site``,
        ``skill``, ``allow``, ``instead``, ``prize`` or ``rearrange``, of which `routing.fixes` says what each means.
    cost
        Fen by which the routes, and the prizes of stops left out instead, would cost more; the stop's own prize, which
        would not be lost any more, is not taken off.
    values
        What is to be changed and by how much, such as the vehicle and the seconds of overtime.
    """

    change: str
    cost: int
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Unserved:
    """A stop that is left out.

    Attributes
    ----------
    reason
        ``no-vehicle``, ``skill``, ``not-allowed``, ``no-site``, ``too-large``, ``unreachable``, ``outside-hours``,
        ``cut-off``, ``apart``, ``late``, ``overtime``, ``too-long``, ``full``, ``too-far``, ``site-full``,
        ``stranded``, ``not-worth`` or ``no-place``, of which `routing.explain` says what each means, or ``no-road``
        (`routing.day`).
    values
        The figures that make the reason checkable, such as the vehicle and the seconds that it would be late.
    fixes
        Changes of which each alone would let it be served, the cheapest first; those that are quickly found.
    proven
        The reason holds whatever else is planned: no plan serves it.
    """

    stop: str
    reason: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    proven: bool = False


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
    prices
        Fen of each term that ``cost`` is the sum of: ``fixed``, ``distance``, ``hours``, ``overtime``, ``carbon``,
        ``wishes``, ``compactness``, ``moves``, ``balance`` and ``prizes``; terms that are 0 are left out.
    bound
        No plan costs less than so many fen, proven; None when nothing is proven.
    notes
        What the person who reads the plan should know, such as an engine that was dropped and why.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int
    engine: str
    seconds: float
    notice: Mapping[str, str] | None = None
    prices: Mapping[str, int] = field(default_factory=dict)
    bound: int | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the plan as a JSON document that `from_json` reads back; defaults are left out."""
        return json.dumps(document(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            When the text is no JSON, or a field is missing, unknown or of the wrong kind.
        """
        plan: Plan = read(cls, parsed(text, "plan"))
        return plan
