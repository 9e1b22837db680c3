"""How a problem becomes the arrays of a `Day`, and which vehicles and services its numbers stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.bounds import bounds
from routing.problem import Problem, Stop, TimeWindow, Vehicle
from routing.solve.ruin.day import DEAR, LIMIT, NEVER, Day, Ints
from routing.solve.ruin.tables import CLASS, DAY, DAY_ARRAYS, ITEM, SITE, STOP
from routing.solve.ruin.ways import (
    Hours,
    in_a_row,
    longest,
    neighbours_by_way,
    neighbours_by_way_and_hours,
    turned,
    ways_of,
)

FEW = 3
"""Vehicles up to which a stop that no others may serve is tried at every place of theirs, not beside its neighbours."""


class Compiled:
    """A problem's `Day`, and which vehicles and services its numbers stand for.

    Attributes
    ----------
    stops
        The problem's stops as they are numbered: neighbours one after the other, so that what the search reads together
        lies together.
    names
        Kind and id of each service.
    members
        The vehicles of each class.
    """

    def __init__(self, problem: Problem, neighbours: int = 100) -> None:
        self.problem = problem
        self.stops = _in_a_row(problem)
        self.members = _classes(problem)
        fleet, counts = [v[0] for v in self.members], [len(v) for v in self.members]
        self.day = _day(problem, self.stops, fleet, counts, neighbours)
        self.names = [("stop", s.id) for s in self.stops] + [("unload", u.id) for u in problem.unload_sites]
        self._numbers = {name: k for k, name in enumerate(self.names)}

    def numbered(self, orders: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[tuple[int, list[int]]]:
        """Return class and nodes of orders that name vehicles and services."""
        class_of = {v.id: c for c, members in enumerate(self.members) for v in members}
        return [(class_of[name], [self._numbers[key] for key in order]) for name, order in orders if order]

    def named(self, orders: Sequence[tuple[int, Sequence[int]]]) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return orders by vehicle and services; vehicles of a class are taken in the problem's order."""
        free = [iter(members) for members in self.members]
        return [(next(free[c]).id, [self.names[x] for x in nodes]) for c, nodes in orders]


def _in_a_row(problem: Problem) -> list[Stop]:
    """The stops, each followed by the nearest of those that are left."""
    if not problem.stops or not problem.vehicles:
        return list(problem.stops)
    way = problem.matrices[problem.vehicles[0].profile].distances
    return [problem.stops[k] for k in in_a_row(way, np.array([s.location for s in problem.stops], np.int64))]


def _classes(problem: Problem) -> list[list[Vehicle]]:
    """Vehicles that are alike, together; a vehicle that a stop names is alike only with those named the same way."""
    named = [(s.vehicles, s.forbidden) for s in problem.stops if s.vehicles is not None or s.forbidden]
    mentions: dict[str, set[object]] = {s.stays: {s.stays} for s in problem.stops if s.stays and s.stays_price}
    distinct: dict[tuple[frozenset[str] | None, frozenset[str]], int] = {}
    for only, never in named:
        number = distinct.setdefault((only, never), len(distinct))
        for name in (only or frozenset()) | never:
            mentions.setdefault(name, set()).add(number)
    classes: dict[object, list[Vehicle]] = {}
    for vehicle in problem.vehicles:
        key = (replace(vehicle, id="", type=""), frozenset(mentions.get(vehicle.id, ())))
        classes.setdefault(key, []).append(vehicle)
    return list(classes.values())


def _rows(problem: Problem, vehicles: Sequence[Vehicle]) -> tuple[list[frozenset[int]], Ints]:
    """The sums of dimensions that are bounded, and each class's bound on each."""
    every = [dict(bounds(v, problem.dimensions)) for v in vehicles]
    rows = [frozenset([d]) for d in range(len(problem.dimensions))]
    rows += sorted({row for own in every for row in own} - set(rows), key=lambda row: (len(row), sorted(row)))
    return rows, np.array([[own.get(row, NEVER) for row in rows] for own in every], np.int64).reshape(-1, len(rows))


def _cut(windows: Sequence[TimeWindow], closed: Sequence[TimeWindow]) -> list[tuple[int, int]]:
    """Windows without the closed hours."""
    left = [(w.start, w.end) for w in windows]
    for hours in closed:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, hours.start - 1)), (max(start, hours.end + 1), end))
            if part[0] <= part[1]
        ]
    return sorted(set(left))


def _day(
    problem: Problem, stops: Sequence[Stop], vehicles: Sequence[Vehicle], counts: Sequence[int], neighbours: int
) -> Day:
    sites = problem.unload_sites
    n, u = len(stops), len(sites)
    terminals = sorted({v.start for v in vehicles} | {v.end for v in vehicles})
    place = {location: n + u + k for k, location in enumerate(terminals)}
    at = np.array([*(s.location for s in stops), *(x.location for x in sites), *terminals], np.int64)
    nodes = len(at)
    profiles = sorted({v.profile for v in vehicles})
    begins, time, way = ways_of(problem, profiles, at)
    periods = len(begins)
    # time at nodes
    closings = [
        tuple(sorted((c.hours.start, c.hours.end, tuple(sorted(c.locations))) for c in v.closed)) for v in vehicles
    ]
    window_sets = sorted(set(closings))
    crews = sorted({v.crew for v in vehicles})
    spans: list[list[tuple[int, int]]] = []
    for closing in window_sets:
        for node in range(nodes):
            own = (
                stops[node].windows
                if node < n
                else (sites[node - n].hours,)
                if node < n + u
                else (TimeWindow(-NEVER, NEVER),)
            )
            shut = [TimeWindow(a, b) for a, b, where in closing if at[node] in where and node < n + u]
            spans.append(_cut(own, shut))
    most = max((len(s) for s in spans), default=1) or 1
    span = np.empty((len(spans), most, 2), np.int64)
    span[:] = NEVER, -NEVER
    for k, parts in enumerate(spans):
        for w, part in enumerate(parts):
            span[k, w] = part
    service = np.zeros((len(crews), nodes), np.int64)
    for k, crew in enumerate(crews):
        service[k, :n] = [s.duration(crew) for s in stops]
        service[k, n : n + u] = [x.duration for x in sites]
    wishes = max((len(s.wishes) for s in stops), default=0) or 1
    wish = np.empty((n, wishes, 2), np.int64)
    wish[:] = NEVER, -NEVER
    for k, s in enumerate(stops):
        for w, window in enumerate(s.wishes):
            wish[k, w] = window.start, window.end
    # loads
    rows, room = _rows(problem, vehicles)
    dims = len(problem.dimensions)
    in_row = np.array([[d in row for d in range(dims)] for row in rows], np.uint8).reshape(len(rows), dims)
    number = {s.id: k for k, s in enumerate(stops)}
    mate = np.full(n, -1, np.int64)
    for pair in problem.pairs:
        a, b = number[pair.collect], number[pair.drop]
        mate[a], mate[b] = b, a
    drops = {number[pair.drop] for pair in problem.pairs}
    brings = np.array([s.delivery for s in stops], np.int64).reshape(n, dims)
    takes = np.array([s.pickup for s in stops], np.int64).reshape(n, dims)
    carries = np.zeros((n, dims), np.int64)
    for pair in problem.pairs:
        a, b = number[pair.collect], number[pair.drop]
        carries[a], carries[b] = takes[a], -brings[b]
        takes[a], brings[b] = 0, 0
    load = np.array([v.load or (0,) * dims for v in vehicles], np.int64).reshape(len(vehicles), dims)
    bits = 1 << np.minimum(np.arange(dims), 62)
    to_rows = in_row.T.astype(np.int64)
    u_takes = np.array([[x.takes is None or d in x.takes for d in problem.dimensions] for x in sites], np.uint8)
    u_takes = u_takes.reshape(u, dims)
    u_room = np.full((u, dims), NEVER, np.int64)
    for k, x in enumerate(sites):
        if x.capacity is not None:
            u_room[k] = x.capacity
    bounded = any(x.capacity is not None for x in sites)
    partial = bounded or bool((u_takes.any(axis=1) & ~u_takes.all(axis=1)).any())
    clears = [[all(own[d] for d in np.flatnonzero(row)) and own.any() for row in in_row] for own in u_takes]
    # items
    item_stops = _items(stops, mate, drops)
    item = np.zeros(n, np.int64)
    for i, members in enumerate(item_stops):
        item[members] = i
    first = np.concatenate([[0], np.cumsum([len(m) for m in item_stops])]).astype(np.int64)
    prize = np.array(
        [
            DEAR + max(stops[k].prize for k in m)
            if any(stops[k].required for k in m)
            else (sum if mate[m[0]] >= 0 else max)(float(stops[k].prize) for k in m)
            for m in item_stops
        ],
        np.float64,
    ).reshape(len(item_stops))
    words = {w: k for k, w in enumerate(sorted({s.together for s in stops if s.together}))}
    # classes
    most_pauses = max((len(v.pauses) for v in vehicles), default=0)
    pause = np.zeros((len(vehicles), most_pauses + 1, 3), np.int64)
    for c, v in enumerate(vehicles):
        for k, p in enumerate(v.pauses):
            pause[c, k] = p.window.start, p.window.end, p.duration
    able = _able(stops, vehicles)
    for c, (v, closing) in enumerate(zip(vehicles, closings, strict=True)):
        able[c] &= _at_work(v, span[window_sets.index(closing) * nodes :][:n])
    gets = any(x.takes is None or x.takes for x in sites)
    for c, v in enumerate(vehicles):
        if not gets and not v.keeps_stock:
            able[c] &= ~takes.any(axis=1)
    dear = np.zeros((len(vehicles), n))
    for k, s in enumerate(stops):
        if s.stays and s.stays_price:
            dear[:, k] = [s.stays_price if s.stays != v.id else 0 for v in vehicles]
    timed = (
        any(v.cost_per_hour for v in vehicles)
        or any(v.max_duration is not None or (v.overtime and v.overtime_per_hour) for v in vehicles)
        or problem.balance_price > 0
    )
    scale = np.maximum(1, np.max(room[:, :dims], axis=0, initial=1))

    early = (
        max((s[0][0] for s in spans if s), default=0) < LIMIT // 2 > max((v.shift.start for v in vehicles), default=0)
    )
    clocked = _clocked(problem, vehicles, time, service, spans)
    released, ranged = any(s.release > 0 for s in stops), any(v.range is not None for v in vehicles)
    wished = any(s.wishes and s.wish_price for s in stops)
    level = not u and bool((room[:, 0] == room[0, 0]).all())
    quick = (
        most == 1 and most_pauses == 0 and periods == 1 and len(window_sets) == len(crews) == 1 and clocked and early
    )
    slow = released or ranged or wished or timed or problem.compactness_price > 0 or periods > 1
    back = turned(way)
    hours = Hours.of(spans[:n], service[0, :n])
    beside = neighbours_by_way_and_hours(way[0], back[0], time[0], hours, neighbours)
    return _recorded(
        dict(
            n=n,
            sites=u,
            nodes=nodes,
            rows=len(rows),
            dims=dims,
            classes=len(vehicles),
            layers=most_pauses + 1,
            periods=periods,
            items=len(item_stops),
            quick=quick,
            collects=bool(takes.any() or carries.any() or load.any() or any(x.backhaul for x in stops)),
            turned=any(x.backhaul for x in stops),
            plain=not u
            and not takes.any()
            and not carries.any()
            and not load.any()
            and not any(x.backhaul for x in stops),
            level=level,
            nimble=level and (quick or not clocked) and not slow,
            clocked=clocked,
            partial=partial,
            released=released,
            simple=most == 1 and most_pauses == 0 and periods == 1,
            timed=timed,
            ranged=ranged,
            bounded=bounded,
            grouped=any(s.group for s in stops),
            paired=bool(problem.pairs),
            together=bool(words),
            announced=bool(dear.any()),
            wished=wished,
            balance=problem.balance_price / 3600,
            compact=problem.compactness_price / 1000,
            members=n,
            tables=len(time),
            spans=len(span),
            widest=most,
            services=service.size,
            wishes=wishes,
        ),
        c=_table(
            CLASS,
            len(vehicles),
            count=counts,
            profile=[profiles.index(v.profile) * periods for v in vehicles],
            start=[place[v.start] for v in vehicles],
            end=[place[v.end] for v in vehicles],
            leave=[v.shift.start for v in vehicles],
            until=[v.shift.end + v.overtime for v in vehicles],
            overtime=[v.shift.end for v in vehicles],
            longest=[NEVER if v.max_duration is None else v.max_duration for v in vehicles],
            windows=[window_sets.index(closing) * nodes for closing in closings],
            crew=[crews.index(v.crew) * nodes for v in vehicles],
            empties=[not v.keeps_stock for v in vehicles],
            full=[NEVER if v.range is None else v.range for v in vehicles],
            charge=[NEVER if v.range is None else v.range if v.charge is None else v.charge for v in vehicles],
            pauses=[len(v.pauses) for v in vehicles],
            fixed=[v.fixed_cost for v in vehicles],
            metre=[v.cost_per_km / 1000 + v.grams_per_km * problem.carbon_price / 1e6 for v in vehicles],
            second=[v.cost_per_hour / 3600 for v in vehicles],
            over=[v.overtime_per_hour / 3600 for v in vehicles],
        ),
        s=_table(
            STOP,
            n,
            item=item,
            gives=takes.any(axis=1),
            leaves=(takes > 0) @ bits,
            gets=[any(s.delivery) for s in stops],
            release=[s.release for s in stops],
            back=[s.backhaul for s in stops],
            mate=mate,
            together=[words.get(s.together, -1) for s in stops],
            wish=[s.wish_price / 3600 if s.wishes else 0.0 for s in stops],
            few=_few(able, counts, neighbours),
            size=((brings + takes + np.abs(carries)) / scale).sum(axis=1),
        ),
        u=_table(
            SITE,
            u,
            unloads=u_takes.any(axis=1),
            takes=u_takes.astype(np.int64) @ bits,
            reloads=[x.reloads for x in sites],
            charges=[x.charges for x in sites],
        ),
        i=_table(
            ITEM,
            len(item_stops),
            first=first[:-1],
            end=first[1:],
            pair=[mate[m[0]] >= 0 for m in item_stops],
            prize=prize,
        ),
        i_stop=np.array([k for m in item_stops for k in m], np.int64),
        time=time,
        way=way,
        back=back,
        time_back=back if time is way else turned(time) if quick else time,
        begins=begins,
        span=span,
        windows=np.array([len(s) for s in spans], np.int64),
        service=service.ravel(),
        wish=wish,
        goods=np.ascontiguousarray(np.stack([brings @ to_rows, takes @ to_rows, carries @ to_rows], axis=1)),
        materials=takes,
        near=neighbours_by_way(way[0], back[0], n, neighbours),
        beside=beside,
        detour=np.stack([table[np.arange(n)[:, None], beside] + table[beside, np.arange(n)[:, None]] for table in way]),
        c_room=room,
        c_load=load,
        c_pause=pause,
        c_able=able,
        c_dear=dear,
        u_takes=u_takes,
        u_clears=np.array(clears, np.uint8).reshape(u, len(rows)),
        u_room=u_room,
        in_row=in_row,
    )


def _able(stops: Sequence[Stop], vehicles: Sequence[Vehicle]) -> NDArray[np.uint8]:
    """Which stops a vehicle may serve, (vehicles, stops)."""
    kinds: dict[object, int] = {}
    kind = [kinds.setdefault((s.skills, s.vehicles, s.forbidden), len(kinds)) for s in stops]
    of_kind = dict(zip(kind, stops, strict=True))
    able = np.array([[of_kind[k].takes(v) for k in range(len(kinds))] for v in vehicles], np.uint8)
    return able.reshape(len(vehicles), len(kinds))[:, kind]


def _at_work(vehicle: Vehicle, span: Ints) -> NDArray[np.bool_]:
    """Whether a vehicle is at work in some window of each stop; ``span`` are the windows, (stops, windows, 2)."""
    shift = vehicle.shift
    inside = (span[:, :, 1] >= shift.start) & (span[:, :, 0] <= shift.end + vehicle.overtime)
    return np.asarray(inside.any(axis=1), np.bool_)


def _few(able: NDArray[np.uint8], counts: Sequence[int], neighbours: int) -> NDArray[np.bool_]:
    """Tell of each stop whether so few vehicles may serve it that none of them may come near it."""
    n, in_all = able.shape[1], sum(counts)
    most = min(FEW, in_all // 2)
    own = np.array(counts, np.int64) @ able if in_all else np.zeros(n, np.int64)
    return np.asarray((own <= most) & (n > neighbours + 1), np.bool_)


def _clocked(
    problem: Problem,
    vehicles: Sequence[Vehicle],
    time: NDArray[np.int32],
    service: Ints,
    spans: Sequence[Sequence[tuple[int, int]]],
) -> bool:
    """Tell whether time bounds anything; it does not when all that there is to do fits before anything closes."""
    if any(v.max_duration is not None or v.pauses or v.cost_per_hour for v in vehicles) or problem.periods:
        return True
    if problem.balance_price or any(s.release or s.wishes for s in problem.stops):
        return True
    most = longest(time) * (2 * len(problem.stops) + 2) + int(service.sum()) * 2
    first = min((v.shift.start for v in vehicles), default=0)
    last = min((v.shift.end for v in vehicles), default=0)
    return any(len(s) != 1 or s[0][0] > first or s[0][1] < last for s in spans) or (first + most > last)


def _recorded(sizes: dict[str, object], **arrays: NDArray[Any]) -> Day:
    table = _table(DAY, 1, **sizes, reach=arrays["near"].shape[1], width=arrays["beside"].shape[1])
    for name in DAY_ARRAYS:
        arrays[name] = np.ascontiguousarray(arrays[name])
        table[name] = arrays[name].ctypes.data
    return Day(record=table[0], **arrays)


def _table(kind: np.dtype[np.void], many: int, **columns: object) -> NDArray[np.void]:
    table = np.zeros(many, kind)
    for name, values in columns.items():
        table[name] = values
    return table


def _items(stops: Sequence[Stop], mate: Ints, drops: set[int]) -> list[list[int]]:
    items: list[list[int]] = []
    groups: dict[str, list[int]] = {}
    for k, s in enumerate(stops):
        if k in drops:
            continue
        if mate[k] >= 0:
            items.append([k, int(mate[k])])
        elif not s.group:
            items.append([k])
        elif s.group in groups:
            groups[s.group].append(k)
        else:
            groups[s.group] = [k]
            items.append(groups[s.group])
    return items
