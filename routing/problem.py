"""The day to be planned, as data: stops, vehicles, places to unload and travel times between them.

Times are seconds since local midnight of the service day, lengths metres, money fen (1/100 yuan), loads the
integer units that ``Problem.dimensions`` names (kilograms and litres). Positions do not appear: a location is
a row of the matrices. Nothing here knows a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError

Load = tuple[int, ...]


@dataclass(frozen=True)
class TimeWindow:
    """Seconds between which a service may begin; both ends belong to it."""

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
        The service begins inside one of them. In order, not overlapping, at least one.
    service
        Seconds of work at the stop.
    delivery, pickup
        What is brought from the depot and what is taken away, one number a dimension. At one visit what is
        brought leaves the vehicle before what is taken enters it.
    prize
        Fen lost when the stop is left out.
    skills
        Words that the vehicle must carry among its own, such as ``crew-2``.
    """

    id: str
    location: int
    windows: tuple[TimeWindow, ...]
    service: int
    delivery: Load
    pickup: Load
    prize: int
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pause:
    """A break that begins inside ``window`` and lasts ``duration`` seconds.

    It may fall between two services or on the way between them, never inside one. A route that ends before the
    break could begin, or begins when it could be over, needs none.
    """

    window: TimeWindow
    duration: int


@dataclass(frozen=True)
class Vehicle:
    """A vehicle with its driver for the day.

    Attributes
    ----------
    capacity
        One number a dimension; no load on board may exceed it at any moment.
    start, end
        Locations where the route begins and ends.
    shift
        The route begins and ends inside it.
    pause
        The driver's break, or None.
    profile
        Which matrix holds for it.
    fixed_cost, cost_per_km, cost_per_hour
        Fen: for leaving the depot at all, for a kilometre, for an hour from leaving to coming home.
    skills
        Words that stops may ask for.
    """

    id: str
    type: str
    capacity: Load
    start: int
    end: int
    shift: TimeWindow
    pause: Pause | None
    profile: str
    fixed_cost: int
    cost_per_km: int
    cost_per_hour: int
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UnloadSite:
    """A sorting centre where a vehicle leaves all that it has collected.

    Attributes
    ----------
    hours
        Unloading begins inside this window.
    duration
        Seconds of unloading, weighing included.
    """

    id: str
    location: int
    hours: TimeWindow
    duration: int


@dataclass(frozen=True, eq=False)
class Matrix:
    """Travel between all locations, two int32 arrays of shape (n, n); -1 where there is no way."""

    durations: NDArray[np.int32]
    distances: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Problem:
    """One depot's day.

    A vehicle leaves with the deliveries of its route, collects, unloads at sites as often as it must, and comes
    home without collected goods: a route that collects anything unloads after its last pickup.

    Attributes
    ----------
    dimensions
        Names of the load dimensions, such as ``("kg", "litres")``.
    matrices
        One for each profile that a vehicle names.
    notice
        What every result made from these roads must say, by language, or None on real roads.
    """

    dimensions: tuple[str, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    unload_sites: tuple[UnloadSite, ...]
    matrices: Mapping[str, Matrix] = field(repr=False)
    notice: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            shown = "; ".join(faults[:20]) + ("; ..." if len(faults) > 20 else "")
            raise InputError("bad-problem", "The day cannot be planned as given: %(faults)s.", faults=shown)

    def to_json(self) -> str:
        """Return the problem as a JSON document that `from_json` reads back."""
        data = {
            "dimensions": self.dimensions,
            "stops": [asdict(s) for s in self.stops],
            "vehicles": [asdict(v) for v in self.vehicles],
            "unload_sites": [asdict(u) for u in self.unload_sites],
            "matrices": {
                name: {"durations": m.durations.tolist(), "distances": m.distances.tolist()}
                for name, m in self.matrices.items()
            },
            "notice": self.notice,
        }
        return json.dumps(data, ensure_ascii=False, default=sorted)

    @classmethod
    def from_json(cls, text: str) -> Problem:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            When the text is no JSON, a field is missing, unknown or of the wrong kind, or the day is not sound.
        """
        try:
            data = json.loads(text)
            return cls(
                dimensions=tuple(data["dimensions"]),
                stops=tuple(_stop(s) for s in data["stops"]),
                vehicles=tuple(_vehicle(v) for v in data["vehicles"]),
                unload_sites=tuple(
                    UnloadSite(**{**u, "hours": TimeWindow(**u["hours"])}) for u in data["unload_sites"]
                ),
                matrices={
                    name: Matrix(np.asarray(m["durations"], dtype=np.int32), np.asarray(m["distances"], dtype=np.int32))
                    for name, m in data["matrices"].items()
                },
                notice=data.get("notice"),
            )
        except InputError:
            raise
        except json.JSONDecodeError as error:
            raise InputError(
                "not-json",
                "The problem is not JSON: line %(line)s, %(what)s.",
                line=error.lineno,
                what=error.msg,
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "bad-problem", "The problem cannot be read: %(what)s.", what=f"{type(error).__name__} {error}"
            ) from error


def _stop(data: dict[str, Any]) -> Stop:
    return Stop(
        **{
            **data,
            "windows": tuple(TimeWindow(**w) for w in data["windows"]),
            "delivery": tuple(data["delivery"]),
            "pickup": tuple(data["pickup"]),
            "skills": frozenset(data.get("skills", ())),
        }
    )


def _vehicle(data: dict[str, Any]) -> Vehicle:
    pause = data.get("pause")
    return Vehicle(
        **{
            **data,
            "capacity": tuple(data["capacity"]),
            "shift": TimeWindow(**data["shift"]),
            "pause": pause and Pause(TimeWindow(**pause["window"]), pause["duration"]),
            "skills": frozenset(data.get("skills", ())),
        }
    )


def _faults(problem: Problem) -> Iterator[str]:
    """Every unsound value with its path, so that all can be mended at once."""
    d = len(problem.dimensions)
    size = _matrix_size(problem)
    if not problem.matrices:
        yield "matrices: there is none"
    for name, m in problem.matrices.items():
        if m.durations.shape != (size, size) or m.distances.shape != (size, size):
            yield f"matrices[{name!r}]: not {size} x {size}"
    for kind, names in (
        ("stops", [s.id for s in problem.stops]),
        ("vehicles", [v.id for v in problem.vehicles]),
        ("unload_sites", [u.id for u in problem.unload_sites]),
    ):
        for i, name in enumerate(names):
            if name in names[:i]:
                yield f"{kind}[{i}].id: {name!r} is there twice"
    for i, stop in enumerate(problem.stops):
        at = f"stops[{i}]"
        yield from _location_faults(at + ".location", stop.location, size)
        for name, load in (("delivery", stop.delivery), ("pickup", stop.pickup)):
            if len(load) != d or min(load, default=0) < 0:
                yield f"{at}.{name}: needs {d} numbers from 0 up"
        if stop.service < 0:
            yield f"{at}.service: is negative"
        if stop.prize < 0:
            yield f"{at}.prize: is negative"
        if not stop.windows:
            yield f"{at}.windows: there is none"
        for k, window in enumerate(stop.windows):
            if window.end < window.start:
                yield f"{at}.windows[{k}]: ends before it starts"
            if k and window.start <= stop.windows[k - 1].end:
                yield f"{at}.windows[{k}]: does not follow the one before it"
    for i, vehicle in enumerate(problem.vehicles):
        at = f"vehicles[{i}]"
        yield from _location_faults(at + ".start", vehicle.start, size)
        yield from _location_faults(at + ".end", vehicle.end, size)
        if len(vehicle.capacity) != d or min(vehicle.capacity, default=0) < 0:
            yield f"{at}.capacity: needs {d} numbers from 0 up"
        if vehicle.shift.end < vehicle.shift.start:
            yield f"{at}.shift: ends before it starts"
        if vehicle.pause and vehicle.pause.window.end < vehicle.pause.window.start:
            yield f"{at}.pause.window: ends before it starts"
        if vehicle.profile not in problem.matrices:
            yield f"{at}.profile: no matrix is named {vehicle.profile!r}"
        if min(vehicle.fixed_cost, vehicle.cost_per_km, vehicle.cost_per_hour) < 0:
            yield f"{at}: a cost is negative"
    for i, site in enumerate(problem.unload_sites):
        at = f"unload_sites[{i}]"
        yield from _location_faults(at + ".location", site.location, size)
        if site.hours.end < site.hours.start:
            yield f"{at}.hours: ends before it starts"
        if site.duration < 0:
            yield f"{at}.duration: is negative"


def _matrix_size(problem: Problem) -> int:
    return next((len(m.durations) for m in problem.matrices.values()), 0)


def _location_faults(path: str, location: int, size: int) -> Iterator[str]:
    if not 0 <= location < size:
        yield f"{path}: {location} is no row of the matrices (0 to {size - 1})"
