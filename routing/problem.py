"""The day to be planned, as data: stops, vehicles, places to unload and travel times between them.

Times are seconds since local midnight of the service day, lengths metres, money fen (1/100 yuan), loads the
integer units that ``Problem.dimensions`` names (kilograms and litres). Positions do not appear: a location is
a row of the matrices. Nothing here knows a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.faults import LARGEST, faults

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

    It may fall between two services or on the way between them, never inside one. A route that is home by the
    window's end, or leaves no sooner than ``duration`` after its start, needs none.
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
    """Fastest ways between all locations, two int32 arrays of shape (n, n); -1 where there is none.

    Going over a third location is never faster than the way itself.
    """

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
        found = faults(self)
        if found:
            shown = "; ".join(found[:20]) + ("; ..." if len(found) > 20 else "")
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
            unknown = set(data) - {f.name for f in fields(cls)}
            if unknown:
                raise KeyError(f"{', '.join(sorted(unknown))} is no field of a problem")
            return cls(
                dimensions=tuple(_list(data["dimensions"])),
                stops=tuple(_stop(s) for s in data["stops"]),
                vehicles=tuple(_vehicle(v) for v in data["vehicles"]),
                unload_sites=tuple(
                    UnloadSite(**{**u, "hours": TimeWindow(**u["hours"])}) for u in data["unload_sites"]
                ),
                matrices={
                    name: Matrix(_table(m["durations"]), _table(m["distances"])) for name, m in data["matrices"].items()
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
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise InputError(
                "bad-problem", "The problem cannot be read: %(what)s.", what=f"{type(error).__name__} {error}"
            ) from error


def _stop(data: dict[str, Any]) -> Stop:
    return Stop(
        **{
            **data,
            "windows": tuple(TimeWindow(**w) for w in data["windows"]),
            "delivery": tuple(_list(data["delivery"])),
            "pickup": tuple(_list(data["pickup"])),
            "skills": frozenset(_list(data.get("skills", []))),
        }
    )


def _vehicle(data: dict[str, Any]) -> Vehicle:
    pause = data.get("pause")
    return Vehicle(
        **{
            **data,
            "capacity": tuple(_list(data["capacity"])),
            "shift": TimeWindow(**data["shift"]),
            "pause": None if pause is None else Pause(**{**pause, "window": TimeWindow(**pause["window"])}),
            "skills": frozenset(_list(data.get("skills", []))),
        }
    )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _table(rows: object) -> NDArray[np.int32]:
    table = np.asarray(_list(rows))
    if not table.size:
        return np.zeros((0, 0), dtype=np.int32)
    if table.dtype.kind != "i" or np.abs(table).max() > LARGEST:
        raise ValueError("a matrix holds something that is no whole number of 32 bits")
    return table.astype(np.int32)
