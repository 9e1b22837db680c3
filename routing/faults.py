"""What makes a day unsound before anyone plans it: every unsound value with its path, so that all can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.problem import Problem, Stop, TimeWindow, Vehicle

LARGEST = 2**31 - 1
"""No number may be larger: sums and products of them must fit the 64 bits that engines count with."""


def faults(problem: Problem) -> list[str]:
    """Return all faults; values are compared only when every one of them is of its kind."""
    return list(_wrong_kinds(problem)) or list(_unsound(problem))


def _wrong_kinds(problem: Problem) -> Iterator[str]:
    for i, name in enumerate(problem.dimensions):
        yield from _text(f"dimensions[{i}]", name)
    for i, stop in enumerate(problem.stops):
        at = f"stops[{i}]"
        yield from _text(at + ".id", stop.id)
        yield from _texts(at + ".skills", stop.skills)
        yield from _whole(at, {"location": stop.location, "service": stop.service, "prize": stop.prize})
        for name, load in (("delivery", stop.delivery), ("pickup", stop.pickup)):
            yield from _whole(at, {f"{name}[{d}]": units for d, units in enumerate(load)})
        for k, window in enumerate(stop.windows):
            yield from _window_kinds(f"{at}.windows[{k}]", window)
    for i, vehicle in enumerate(problem.vehicles):
        at = f"vehicles[{i}]"
        yield from _text(at + ".id", vehicle.id)
        yield from _texts(at + ".skills", vehicle.skills)
        names = ("start", "end", "fixed_cost", "cost_per_km", "cost_per_hour")
        yield from _whole(at, {name: getattr(vehicle, name) for name in names})
        yield from _whole(at, {f"capacity[{d}]": units for d, units in enumerate(vehicle.capacity)})
        yield from _window_kinds(at + ".shift", vehicle.shift)
        if vehicle.pause is not None:
            yield from _window_kinds(at + ".pause.window", vehicle.pause.window)
            yield from _whole(at + ".pause", {"duration": vehicle.pause.duration})
    for i, site in enumerate(problem.unload_sites):
        at = f"unload_sites[{i}]"
        yield from _text(at + ".id", site.id)
        yield from _whole(at, {"location": site.location, "duration": site.duration})
        yield from _window_kinds(at + ".hours", site.hours)


def _text(path: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        yield f"{path}: {value!r} is no text"


def _texts(path: str, values: Iterable[object]) -> Iterator[str]:
    if not all(isinstance(value, str) for value in values):
        yield f"{path}: not all are text"


def _whole(path: str, values: dict[str, object]) -> Iterator[str]:
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path}.{name}: {value!r} is no whole number"
        elif abs(value) > LARGEST:
            yield f"{path}.{name}: {value} is larger than {LARGEST}"


def _window_kinds(path: str, window: TimeWindow) -> Iterator[str]:
    yield from _whole(path, {"start": window.start, "end": window.end})


def _unsound(problem: Problem) -> Iterator[str]:
    size = next((len(m.durations) for m in problem.matrices.values()), 0)
    if not problem.dimensions:
        yield "dimensions: there is none"
    if not problem.matrices:
        yield "matrices: there is none"
    for name, m in problem.matrices.items():
        if m.durations.shape != (size, size) or m.distances.shape != (size, size):
            yield f"matrices[{name!r}]: not {size} x {size}"
        elif ((m.durations < 0) != (m.distances < 0)).any():
            yield f"matrices[{name!r}]: a way has a duration without a distance, or the other way round"
    for path, names in (
        ("dimensions[{}]", list(problem.dimensions)),
        ("stops[{}].id", [s.id for s in problem.stops]),
        ("vehicles[{}].id", [v.id for v in problem.vehicles]),
        ("unload_sites[{}].id", [u.id for u in problem.unload_sites]),
    ):
        seen: set[str] = set()
        for i, name in enumerate(names):
            if name in seen:
                yield f"{path.format(i)}: {name!r} is there twice"
            seen.add(name)
    for i, stop in enumerate(problem.stops):
        yield from _stop_faults(f"stops[{i}]", stop, len(problem.dimensions), size)
    for i, vehicle in enumerate(problem.vehicles):
        yield from _vehicle_faults(f"vehicles[{i}]", vehicle, len(problem.dimensions), size)
        if vehicle.profile not in problem.matrices:
            yield f"vehicles[{i}].profile: no matrix is named {vehicle.profile!r}"
    for i, site in enumerate(problem.unload_sites):
        at = f"unload_sites[{i}]"
        yield from _location_faults(at + ".location", site.location, size)
        yield from _window_faults(at + ".hours", site.hours)
        if site.duration < 0:
            yield f"{at}.duration: is negative"


def _stop_faults(at: str, stop: Stop, dimensions: int, size: int) -> Iterator[str]:
    yield from _location_faults(at + ".location", stop.location, size)
    for name, load in (("delivery", stop.delivery), ("pickup", stop.pickup)):
        if len(load) != dimensions or min(load, default=0) < 0:
            yield f"{at}.{name}: needs {dimensions} numbers from 0 up"
    if stop.service < 0:
        yield f"{at}.service: is negative"
    if stop.prize < 0:
        yield f"{at}.prize: is negative"
    if not stop.windows:
        yield f"{at}.windows: there is none"
    for k, window in enumerate(stop.windows):
        yield from _window_faults(f"{at}.windows[{k}]", window)
        if k and window.start <= stop.windows[k - 1].end:
            yield f"{at}.windows[{k}]: does not follow the one before it"


def _vehicle_faults(at: str, vehicle: Vehicle, dimensions: int, size: int) -> Iterator[str]:
    yield from _location_faults(at + ".start", vehicle.start, size)
    yield from _location_faults(at + ".end", vehicle.end, size)
    if len(vehicle.capacity) != dimensions or min(vehicle.capacity, default=0) < 0:
        yield f"{at}.capacity: needs {dimensions} numbers from 0 up"
    yield from _window_faults(at + ".shift", vehicle.shift)
    if vehicle.shift.start < 0:
        yield f"{at}.shift: starts before the day does"
    if vehicle.pause is not None:
        yield from _window_faults(at + ".pause.window", vehicle.pause.window)
        if vehicle.pause.duration < 0:
            yield f"{at}.pause.duration: is negative"
    if min(vehicle.fixed_cost, vehicle.cost_per_km, vehicle.cost_per_hour) < 0:
        yield f"{at}: a cost is negative"


def _window_faults(path: str, window: TimeWindow) -> Iterator[str]:
    if window.end < window.start:
        yield f"{path}: ends before it starts"


def _location_faults(path: str, location: int, size: int) -> Iterator[str]:
    if not 0 <= location < size:
        yield f"{path}: {location} is no row of the matrices (0 to {size - 1})"
