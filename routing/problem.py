"""The day to be planned, as data: stops, vehicles, places to unload and travel times between them.

Times are seconds since local midnight of the service day, lengths metres, money fen (1/100 yuan), loads the
integer units that ``Problem.dimensions`` names (such as kilograms and litres, or kilograms and litres of each
material). Positions do not appear: a location is a row of the matrices. Nothing here knows a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.documents import document, parsed, read
from routing.errors import FaultyError
from routing.faults import faults, stop_faults

Load = tuple[int, ...]


@dataclass(frozen=True)
class TimeWindow:
    """Seconds between which something may begin; both ends belong to it."""

    start: int
    end: int


@dataclass(frozen=True)
class Stop:
    """A place where a vehicle brings goods, takes goods, or both.

    Attributes
    ----------
    id
        The caller's name for it, unique in the problem.
    location
        Row of the matrices.
    windows
        Promises: the service begins inside one of them. In order, not overlapping, at least one.
    service
        Seconds of work at the stop.
    delivery, pickup
        What is brought from the depot and what is taken away, one number a dimension. At one visit what is
        brought leaves the vehicle before what is taken enters it.
    prize
        Fen lost when the stop is left out.
    skills
        Words that the vehicle must carry among its own, such as ``crew-2``.
    service_by_crew
        Seconds of work for the crews it names (`Vehicle.crew`) instead of ``service``.
    release
        The goods are ready at this second: the trip that has the stop leaves its depot, or its reloading begins, no
        sooner.
    required
        It must be served: a plan without it is broken, unless nothing can serve it.
    group
        Of all stops with the same word one is served at most, and then the others are not left out; leaving all out
        costs the largest of their prizes once.
    together
        All stops with the same word that are served are on the same vehicle.
    vehicles
        Ids of the only vehicles that may serve it; None for all.
    forbidden
        Ids of vehicles that may not serve it.
    backhaul
        It is served after the last delivery that its vehicle makes on that trip, never before.
    wishes
        Windows that the crew would like: beginning outside all of them costs ``wish_price`` fen for each hour to the
        nearest. In order, not overlapping.
    stays, stays_price
        Id of the vehicle that was announced for it, or "", and the fen that it costs when another one serves it.
    """

    id: str
    location: int
    windows: tuple[TimeWindow, ...]
    service: int
    delivery: Load
    pickup: Load
    prize: int
    skills: frozenset[str] = frozenset()
    service_by_crew: Mapping[str, int] = field(default_factory=dict)
    release: int = 0
    required: bool = False
    group: str = ""
    together: str = ""
    vehicles: frozenset[str] | None = None
    forbidden: frozenset[str] = frozenset()
    backhaul: bool = False
    wishes: tuple[TimeWindow, ...] = ()
    wish_price: int = 0
    stays: str = ""
    stays_price: int = 0

    def duration(self, crew: str) -> int:
        """Seconds of work for a crew."""
        return self.service_by_crew.get(crew, self.service)

    def takes(self, vehicle: Vehicle) -> bool:
        """Tell whether the vehicle may serve it at all: its skills, and the lists of vehicles."""
        named = self.vehicles is None or vehicle.id in self.vehicles
        return named and vehicle.id not in self.forbidden and self.skills <= vehicle.skills

    def moves(self, vehicle: Vehicle) -> bool:
        """Tell whether another vehicle was announced for it."""
        return self.stays not in ("", vehicle.id)


@dataclass(frozen=True)
class Pair:
    """Goods that are collected at one stop and dropped at another, by the same vehicle, in that order.

    They are the whole pickup of stop ``collect`` and the whole delivery of stop ``drop``, which are equal; an unload
    between the two leaves them on board. Both stops are served or neither.
    """

    collect: str
    drop: str


@dataclass(frozen=True)
class Pause:
    """A break that begins inside ``window`` and lasts ``duration`` seconds.

    It may fall between two services or on the way between them, never inside one. A route that is home by the
    window's end, or leaves no sooner than ``duration`` after its start, needs none.
    """

    window: TimeWindow
    duration: int


@dataclass(frozen=True)
class Compartment:
    """A part of a vehicle's body, or its axle limit: the loads of ``dimensions`` share ``capacity`` in it.

    A dimension that several compartments hold may be divided among them; one that none holds is bounded by
    `Vehicle.capacity` alone. Compartments that each share dimensions with many others, so that too many sets of
    dimensions have bounds of their own, are refused (`routing.cuts`).
    """

    dimensions: frozenset[str]
    capacity: int


@dataclass(frozen=True)
class Closed:
    """Locations where a vehicle may begin no service within ``hours``: a zone that it may not enter then."""

    locations: frozenset[int]
    hours: TimeWindow


@dataclass(frozen=True)
class Vehicle:
    """A vehicle with its driver for the day.

    Attributes
    ----------
    capacity
        One number a dimension; no load on board may exceed it at any moment.
    start, end
        Locations where the route begins and ends; see `routing.anywhere` for a vehicle that has no depot for it.
    shift
        The route begins inside it, and ends inside it or within ``overtime`` seconds after it.
    pauses
        The driver's breaks, in the order in which they are had.
    profile
        Which matrix holds for it.
    fixed_cost, cost_per_km, cost_per_hour
        Fen: for leaving the depot at all, for a kilometre, for an hour from leaving to coming home.
    skills
        Words that stops may ask for.
    crew
        The word by which stops know how long its people work (`Stop.service_by_crew`).
    compartments
        Bounds on loads together, besides ``capacity``.
    max_duration
        Most seconds from leaving to coming home, or None.
    overtime, overtime_per_hour
        Seconds that the route may last beyond the shift, and fen for an hour of it besides ``cost_per_hour``.
    load
        Collected goods that are on board when it starts, one number a dimension; () for none.
    keeps_stock
        It may come home with collected goods, which are its ``load`` the next day.
    range, charge
        Metres that it drives on a full battery, and on what it has at the start; None for no bound, and for full.
    closed
        Where and when it may not serve.
    grams_per_km
        Carbon dioxide for a kilometre.
    """

    id: str
    type: str
    capacity: Load
    start: int
    end: int
    shift: TimeWindow
    profile: str
    fixed_cost: int
    cost_per_km: int
    cost_per_hour: int
    pauses: tuple[Pause, ...] = ()
    skills: frozenset[str] = frozenset()
    crew: str = ""
    compartments: tuple[Compartment, ...] = ()
    max_duration: int | None = None
    overtime: int = 0
    overtime_per_hour: int = 0
    load: Load = ()
    keeps_stock: bool = False
    range: int | None = None
    charge: int | None = None
    closed: tuple[Closed, ...] = ()
    grams_per_km: int = 0


@dataclass(frozen=True)
class UnloadSite:
    """A sorting centre where a vehicle leaves what it has collected; or a depot to load more, or a charging point.

    Attributes
    ----------
    hours
        The visit begins inside this window.
    duration
        Seconds of unloading, weighing, loading and charging in all.
    takes
        Dimensions of which it takes all that is on board; None for every one. An empty set for a place that takes
        nothing.
    capacity
        Most that it takes in the day from all vehicles together, one number a dimension; None for no bound.
    reloads
        Vehicles load there what they deliver until their next reloading.
    charges
        Vehicles leave it with a full battery.
    """

    id: str
    location: int
    hours: TimeWindow
    duration: int
    takes: frozenset[str] | None = None
    capacity: Load | None = None
    reloads: bool = False
    charges: bool = False


@dataclass(frozen=True, eq=False)
class Matrix:
    """Fastest ways between all locations, two int32 arrays of shape (n, n); -1 where there is none.

    Going over a third location is never faster than the way itself.
    """

    durations: NDArray[np.int32]
    distances: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Period:
    """Hours of the day, ``start`` to just before ``end``, in which other ways hold for the profiles it names.

    A leg belongs to the period in which the vehicle sets out, which is when the service before it ends, even if the
    driver rests then. When it would be over sooner by setting out at the moment when a later period begins, the vehicle
    does that, and the leg belongs to that period: nobody who sets out first comes last. Between the periods, before the
    first and after the last, `Problem.matrices` hold, which begins a period as well.
    """

    hours: TimeWindow
    matrices: Mapping[str, Matrix] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Problem:
    """One depot's day.

    A vehicle leaves with the deliveries of its first trip, collects, unloads at sites as often as it must, and comes
    home without collected goods unless it keeps stock: a route that collects unloads after its last pickup.

    Attributes
    ----------
    dimensions
        Names of the load dimensions, such as ``("kg", "litres")``.
    matrices
        One for each profile that a vehicle names.
    notice
        What every result made from these roads must say, by language, or None on real roads.
    pairs
        Stops that belong to each other: collect here, drop there.
    periods
        Hours in which other travel times hold than those of ``matrices``; in order, not overlapping.
    carbon_price
        Fen for a kilogram of carbon dioxide.
    balance_price
        Fen for each hour by which a used vehicle's route is longer than the mean of all used vehicles' routes.
    compactness_price
        Fen for each kilometre of a stop's distance from the middle stop of its route, which is the one from which the
        distances to the others are least in sum.
    """

    dimensions: tuple[str, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    unload_sites: tuple[UnloadSite, ...]
    matrices: Mapping[str, Matrix] = field(repr=False)
    notice: Mapping[str, str] | None = None
    pairs: tuple[Pair, ...] = ()
    periods: tuple[Period, ...] = ()
    carbon_price: int = 0
    balance_price: int = 0
    compactness_price: int = 0

    def __post_init__(self) -> None:
        found = faults(self)
        if found:
            raise FaultyError("bad-problem", "The day cannot be planned as given: %(faults)s.", found)

    def with_stop(self, stop: Stop) -> Problem:
        """Return the day with one more stop, or with this one instead of that of its id; only the stop is looked at.

        Raises
        ------
        InputError
            When the stop is not sound.
        """
        found = stop_faults(self, stop)
        if found:
            raise FaultyError("bad-stop", "The stop cannot be used as given: %(faults)s.", found)
        return self.changed(stops=(*(s for s in self.stops if s.id != stop.id), stop))

    def changed(self, **fields: Any) -> Problem:
        """Return the day with fields that the caller knows to be sound, so that it is not looked through again."""
        day = copy(self)
        for name, value in fields.items():
            object.__setattr__(day, name, value)
        return day

    def to_json(self) -> str:
        """Return the problem as a JSON document that `from_json` reads back; defaults are left out."""
        return json.dumps(document(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Problem:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            When the text is no JSON, a field is missing, unknown or of the wrong kind, or the day is not sound; all
            faults of one kind are named together, each with its path.
        """
        problem: Problem = read(cls, parsed(text, "problem"))
        return problem
