"""Rules that somebody lets a day's plan break, each by so much: the day as it is when they are broken knowingly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from routing.problem import Stop, TimeWindow, Vehicle

WINDOW, SHIFT, SKILL, VEHICLE = "window", "shift", "skill", "vehicle"
KINDS = (WINDOW, SHIFT, SKILL, VEHICLE)


@dataclass(frozen=True)
class Allowance:
    """One rule that may be broken.

    Attributes
    ----------
    kind
        ``window``: the stop may begin ``amount`` seconds before or after its windows; ``shift``: the vehicle may come
        home ``amount`` seconds later; ``skill``: the stop does not ask for ``word``; ``vehicle``: the stop may be
        served by vehicles that its list does not name.
    stop, vehicle
        Whose rule it is; the other one is "".
    """

    kind: str
    stop: str = ""
    vehicle: str = ""
    amount: int = 0
    word: str = ""


def allowed_stops(stops: Iterable[Stop], allowances: Iterable[Allowance]) -> tuple[Stop, ...]:
    """Return the stops with what is allowed for each."""
    by_stop: dict[str, list[Allowance]] = {}
    for one in allowances:
        by_stop.setdefault(one.stop, []).append(one)
    by_stop.pop("", None)
    return tuple(_stop(s, by_stop[s.id]) if s.id in by_stop else s for s in stops)


def allowed_vehicles(vehicles: Iterable[Vehicle], allowances: Iterable[Allowance]) -> tuple[Vehicle, ...]:
    """Return the vehicles with what is allowed for each."""
    longer: Mapping[str, int] = {a.vehicle: a.amount for a in allowances if a.kind == SHIFT}
    return tuple(replace(v, overtime=v.overtime + longer[v.id]) if v.id in longer else v for v in vehicles)


def _stop(stop: Stop, allowances: Iterable[Allowance]) -> Stop:
    for one in allowances:
        if one.kind == WINDOW:
            stop = replace(stop, windows=_wider(stop.windows, one.amount))
        elif one.kind == SKILL:
            stop = replace(stop, skills=stop.skills - {one.word})
        elif one.kind == VEHICLE:
            stop = replace(stop, vehicles=None)
    return stop


def _wider(windows: tuple[TimeWindow, ...], seconds: int) -> tuple[TimeWindow, ...]:
    """Return the windows wider by so much at both ends; those that then meet are one."""
    found: list[TimeWindow] = []
    for window in windows:
        wide = TimeWindow(max(0, window.start - seconds), window.end + seconds)
        if found and wide.start <= found[-1].end:
            found[-1] = TimeWindow(found[-1].start, max(found[-1].end, wide.end))
        else:
            found.append(wide)
    return tuple(found)
