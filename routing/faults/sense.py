"""Whether the values of a day, each of its kind, make sense together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routing.cuts import joint_sets

if TYPE_CHECKING:
    from routing.problem import Matrix, Problem, Stop, TimeWindow, UnloadSite, Vehicle


@dataclass(frozen=True)
class _Known:
    """What the parts of a day may name: dimensions, rows of the matrices, profiles, and vehicles."""

    dimensions: tuple[str, ...]
    size: int
    profiles: Collection[str]
    vehicles: frozenset[str]


def unsound(problem: Problem) -> Iterator[str]:
    """Name every value that makes no sense, with its path."""
    known = _known(problem)
    if not problem.dimensions:
        yield "dimensions: there is none"
    if not problem.matrices:
        yield "matrices: there is none"
    yield from _matrices("matrices", problem.matrices, known)
    for path, names in (
        ("dimensions[{}]", problem.dimensions),
        ("stops[{}].id", [s.id for s in problem.stops]),
        ("vehicles[{}].id", [v.id for v in problem.vehicles]),
        ("unload_sites[{}].id", [u.id for u in problem.unload_sites]),
    ):
        yield from _names(path, names)
    for i, stop in enumerate(problem.stops):
        yield from _stop(f"stops[{i}]", stop, known)
    for i, vehicle in enumerate(problem.vehicles):
        yield from _vehicle(f"vehicles[{i}]", vehicle, known)
    for i, site in enumerate(problem.unload_sites):
        yield from _site(f"unload_sites[{i}]", site, known)
    yield from _pairs(problem)
    for i, period in enumerate(problem.periods):
        at = f"periods[{i}]"
        yield from _window(f"{at}.hours", period.hours)
        if i and period.hours.start < problem.periods[i - 1].hours.end:
            yield f"{at}.hours: begins before the period before it ends"
        yield from _matrices(f"{at}.matrices", period.matrices, known)
    yield from _negative("", carbon_price=problem.carbon_price)
    yield from _negative("", balance_price=problem.balance_price, compactness_price=problem.compactness_price)


def unsound_stop(problem: Problem, stop: Stop) -> Iterator[str]:
    """Name every value of one stop that makes no sense in the day."""
    yield from _names("stop.id", [stop.id])
    yield from _stop("stop", stop, _known(problem))


def _known(problem: Problem) -> _Known:
    size = next((len(m.durations) for m in problem.matrices.values()), 0)
    return _Known(problem.dimensions, size, problem.matrices, frozenset(v.id for v in problem.vehicles))


def _names(path: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if not name:
            yield f"{path.format(i)}: is empty"
        elif name in seen:
            yield f"{path.format(i)}: {name!r} is there twice"
        seen.add(name)


def _matrices(path: str, matrices: Mapping[str, Matrix], known: _Known) -> Iterator[str]:
    for name, m in matrices.items():
        if name not in known.profiles:
            yield f"{path}[{name!r}]: no matrix of the day is named so"
        if m.durations.shape != (known.size, known.size) or m.distances.shape != (known.size, known.size):
            yield f"{path}[{name!r}]: not {known.size} x {known.size}"
        elif ((m.durations < 0) != (m.distances < 0)).any():
            yield f"{path}[{name!r}]: a way has a duration without a distance, or the other way round"


def _stop(at: str, stop: Stop, known: _Known) -> Iterator[str]:
    yield from _location(f"{at}.location", stop.location, known)
    yield from _load(f"{at}.delivery", stop.delivery, known)
    yield from _load(f"{at}.pickup", stop.pickup, known)
    yield from _negative(at, service=stop.service, prize=stop.prize, release=stop.release)
    yield from _negative(at, wish_price=stop.wish_price, stays_price=stop.stays_price)
    for crew, seconds in stop.service_by_crew.items():
        yield from _negative(at, **{f"service_by_crew[{crew!r}]": seconds})
    if not stop.windows:
        yield f"{at}.windows: there is none"
    for name, windows in (("windows", stop.windows), ("wishes", stop.wishes)):
        yield from _windows(f"{at}.{name}", windows)
    for name in sorted((stop.vehicles or frozenset()) - known.vehicles):
        yield f"{at}.vehicles: no vehicle is named {name!r}"
    if stop.stays and stop.stays not in known.vehicles:
        yield f"{at}.stays: no vehicle is named {stop.stays!r}"


def _pairs(problem: Problem) -> Iterator[str]:
    stops = {s.id: s for s in problem.stops}
    seen: set[str] = set()
    for i, pair in enumerate(problem.pairs):
        at = f"pairs[{i}]"
        if pair.collect == pair.drop:
            yield f"{at}: collects and drops at the same stop"
            continue
        for end, name in (("collect", pair.collect), ("drop", pair.drop)):
            stop = stops.get(name)
            if stop is None:
                yield f"{at}.{end}: no stop is named {name!r}"
            elif name in seen:
                yield f"{at}.{end}: stop {name!r} is in another pair already"
            elif stop.group:
                yield f"{at}.{end}: stop {name!r} is in group {stop.group!r}"
            elif stop.backhaul:
                yield f"{at}.{end}: stop {name!r} is a backhaul"
            seen.add(name)
        collect, drop = stops.get(pair.collect), stops.get(pair.drop)
        if collect and drop and collect.pickup != drop.delivery:
            yield f"{at}: the pickup of {pair.collect!r} is not the delivery of {pair.drop!r}"


def _vehicle(at: str, vehicle: Vehicle, known: _Known) -> Iterator[str]:
    yield from _location(f"{at}.start", vehicle.start, known)
    yield from _location(f"{at}.end", vehicle.end, known)
    yield from _load(f"{at}.capacity", vehicle.capacity, known)
    if vehicle.load:
        yield from _load(f"{at}.load", vehicle.load, known)
    yield from _window(f"{at}.shift", vehicle.shift)
    if vehicle.shift.start < 0:
        yield f"{at}.shift: starts before the day does"
    if vehicle.profile not in known.profiles:
        yield f"{at}.profile: no matrix is named {vehicle.profile!r}"
    if min(vehicle.fixed_cost, vehicle.cost_per_km, vehicle.cost_per_hour, vehicle.overtime_per_hour) < 0:
        yield f"{at}: a cost is negative"
    yield from _negative(at, overtime=vehicle.overtime, grams_per_km=vehicle.grams_per_km)
    yield from _negative(at, max_duration=vehicle.max_duration, range=vehicle.range, charge=vehicle.charge)
    if vehicle.charge is not None and vehicle.range is None:
        yield f"{at}.charge: there is no range that it is a part of"
    elif vehicle.charge is not None and vehicle.range is not None and vehicle.charge > vehicle.range:
        yield f"{at}.charge: is more than the range"
    for k, pause in enumerate(vehicle.pauses):
        yield from _window(f"{at}.pauses[{k}].window", pause.window)
        yield from _negative(f"{at}.pauses[{k}]", duration=pause.duration)
    for k, compartment in enumerate(vehicle.compartments):
        yield from _dimensions(f"{at}.compartments[{k}].dimensions", compartment.dimensions, known)
        yield from _negative(f"{at}.compartments[{k}]", capacity=compartment.capacity)
    yield from _shared(f"{at}.compartments", vehicle, known)
    for k, zone in enumerate(vehicle.closed):
        for location in sorted(zone.locations):
            yield from _location(f"{at}.closed[{k}].locations", location, known)
        yield from _window(f"{at}.closed[{k}].hours", zone.hours)


def _shared(at: str, vehicle: Vehicle, known: _Known) -> Iterator[str]:
    numbers = {name: d for d, name in enumerate(known.dimensions)}
    try:
        joint_sets(tuple(frozenset(numbers.get(name, -1) for name in c.dimensions) for c in vehicle.compartments))
    except OverflowError as error:
        yield f"{at}: {error}"


def _site(at: str, site: UnloadSite, known: _Known) -> Iterator[str]:
    yield from _location(f"{at}.location", site.location, known)
    yield from _window(f"{at}.hours", site.hours)
    yield from _negative(at, duration=site.duration)
    yield from _dimensions(f"{at}.takes", site.takes or frozenset(), known)
    if site.capacity is not None:
        yield from _load(f"{at}.capacity", site.capacity, known)


def _negative(at: str, **values: int | None) -> Iterator[str]:
    for name, value in values.items():
        if value is not None and value < 0:
            yield f"{at}.{name}: is negative" if at else f"{name}: is negative"


def _load(path: str, load: Sequence[int], known: _Known) -> Iterator[str]:
    if len(load) != len(known.dimensions) or min(load, default=0) < 0:
        yield f"{path}: needs {len(known.dimensions)} numbers from 0 up"


def _dimensions(path: str, names: frozenset[str], known: _Known) -> Iterator[str]:
    for name in sorted(names.difference(known.dimensions)):
        yield f"{path}: no dimension is named {name!r}"


def _windows(path: str, windows: Sequence[TimeWindow]) -> Iterator[str]:
    for k, window in enumerate(windows):
        yield from _window(f"{path}[{k}]", window)
        if k and window.start <= windows[k - 1].end:
            yield f"{path}[{k}]: does not follow the one before it"


def _window(path: str, window: TimeWindow) -> Iterator[str]:
    if window.end < window.start:
        yield f"{path}: ends before it starts"


def _location(path: str, location: int, known: _Known) -> Iterator[str]:
    if not 0 <= location < known.size:
        yield f"{path}: {location} is no row of the matrices (0 to {known.size - 1})"
