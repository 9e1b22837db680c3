"""When the services of a fixed order take place, and what is on board: the arithmetic that plans are made with.

`routing.check` does the same sums in code of its own, so that a slip here cannot hide; the compiled search does them
once more, for speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import add, sub
from typing import NamedTuple

from routing.bounds import bounds
from routing.legs import NEVER, Way, arrival, departure, driving, metres, ways_of
from routing.plan import Rest, Route, Visit
from routing.pricing import prices_of
from routing.problem import Load, Problem, Stop, TimeWindow, UnloadSite, Vehicle

Service = Stop | UnloadSite


@dataclass(frozen=True)
class Excess:
    """By how much an order of services breaks its rules; all zero means that it can be driven, and only then.

    With rules wider by the figures it can be driven. Where a break may be had at several places there may be other
    figures that are enough; those of one way to have it are given.

    Attributes
    ----------
    late, late_at
        Most seconds by which a service would begin after its last window, and the id of that service. Breaks are
        always had inside their own windows.
    overtime
        Seconds by which the route would end after the shift and the overtime allowed, or begin after the shift.
    long
        Seconds above the longest that the route may last.
    overload, dimension
        Most units above capacity, and the index of their dimension (the first of those that share a compartment).
    unreachable
        A leg has no way, or none any more when it is to be taken.
    aboard
        Most units, in any dimension, that were collected and are still on board at home.
    far
        Metres that the battery does not last for.
    turns
        Services out of turn: deliveries after what is only taken after them, goods dropped before they are collected.
    """

    late: int = 0
    late_at: str = ""
    overtime: int = 0
    long: int = 0
    overload: int = 0
    dimension: int = 0
    unreachable: bool = False
    aboard: int = 0
    far: int = 0
    turns: int = 0

    @property
    def time(self) -> int:
        """Seconds in all by which times are broken."""
        return self.late + self.overtime + self.long

    def __bool__(self) -> bool:
        return bool(self.time or self.overload or self.unreachable or self.aboard or self.far or self.turns)


@dataclass(frozen=True)
class Line:
    """An order of services as the clock sees it: legs, one more than services, and each service's windows, length
    and id; ``ready`` is the second before which the vehicle cannot leave."""

    vehicle: Vehicle
    legs: Sequence[Way]
    windows: Sequence[Sequence[tuple[int, int]]]
    lengths: Sequence[int]
    ids: Sequence[str]
    ready: int

    @classmethod
    def of(cls, problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Line:
        """Look up what the clock needs of an order."""
        places = [vehicle.start, *(s.location for s in services), vehicle.end]
        ready, windows = -NEVER, []
        for s in reversed(services):
            spans = openings(vehicle, s)
            if isinstance(s, Stop):
                ready = max(ready, s.release)
            elif s.reloads:
                spans = tuple(TimeWindow(max(w.start, ready), w.end) for w in spans if w.end >= ready)
                ready = -NEVER
            windows.append([(w.start, w.end) for w in spans])
        return cls(
            vehicle,
            [ways_of(problem, vehicle.profile, a, b) for a, b in pairwise(places)],
            windows[::-1],
            [s.duration(vehicle.crew) if isinstance(s, Stop) else s.duration for s in services],
            [s.id for s in services],
            max(vehicle.shift.start, ready),
        )


def openings(vehicle: Vehicle, service: Service) -> tuple[TimeWindow, ...]:
    """Return when the vehicle may begin the service: its windows or hours without those in which its zone is closed."""
    spans = service.windows if isinstance(service, Stop) else (service.hours,)
    if not vehicle.closed:
        return spans
    return _open(spans, [c.hours for c in vehicle.closed if service.location in c.locations])


def _open(spans: Sequence[TimeWindow], closed: Sequence[TimeWindow]) -> tuple[TimeWindow, ...]:
    """Windows without the closed hours."""
    left = list(spans)
    for hours in closed:
        before = [TimeWindow(w.start, min(w.end, hours.start - 1)) for w in left]
        after = [TimeWindow(max(w.start, hours.end + 1), w.end) for w in left]
        left = [w for w in (*before, *after) if w.start <= w.end]
    return tuple(sorted(set(left), key=lambda w: (w.start, w.end)))


class _Label(NamedTuple):
    """One way to have come to a place: breaks had on the last leg, the layer before, and the clock."""

    late: int
    late_at: str
    begin: int
    arrival: int
    came: int
    rests: tuple[Rest, ...] = ()


def _resting(line: Line, there: int, free: int, had: int, have: int) -> tuple[int, int, tuple[Rest, ...]] | None:
    """Arrival with these breaks on the way since ``free``, when work could begin, and the breaks.

    Without breaks one is ``there``; None when a break is too late.
    """
    if had == have:
        return there, there, ()
    rests = []
    for pause in line.vehicle.pauses[had:have]:
        begin = max(free, pause.window.start)
        if begin > pause.window.end:
            return None
        if begin < there:
            there += pause.duration
        free = begin + pause.duration
        rests.append(Rest(begin, free))
    return there, max(there, free), tuple(rests)


def _forwards(line: Line, start: int) -> list[list[_Label | None]]:
    """Soonest times by position and number of breaks had, for a route that leaves no sooner than ``start``.

    Being late is carried on: of two ways to a place the one that is less late is kept, then the sooner one.
    """
    pauses = line.vehicle.pauses
    leaving = start
    row: list[_Label | None] = []
    for b in range(len(pauses) + 1):
        if b:
            leaving = max(leaving, pauses[b - 1].window.start + pauses[b - 1].duration)
        row.append(_Label(max(0, leaving - line.vehicle.shift.end), "", leaving, leaving, b))
    table = [row]
    for leg in range(len(line.legs)):
        spent = line.lengths[leg - 1] if leg else 0
        now: list[_Label | None] = [None] * len(row)
        for had, last in enumerate(table[-1]):
            if last is None:
                continue
            free = last.begin + spent
            there = arrival(line.legs[leg], free)
            for have in range(had, len(row)):
                rested = _resting(line, there, free, had, have)
                if rested is None:
                    continue
                found, best = _placed(line, leg, last, rested, had), now[have]
                if best is None or (found.late, found.begin) < (best.late, best.begin):
                    now[have] = found
        table.append(now)
    for b, label in enumerate(table[-1]):  # who has not had a break is home before its window ends
        if label is not None and any(label.begin > p.window.end for p in pauses[b:]):
            table[-1][b] = None
    return table


def _placed(line: Line, leg: int, last: _Label, rested: tuple[int, int, tuple[Rest, ...]], had: int) -> _Label:
    there, begin, rests = rested
    late, late_at = last.late, last.late_at
    if leg < len(line.ids):
        for a, b in line.windows[leg]:
            if begin <= b:
                begin = max(begin, a)
                break
        else:
            by = begin - line.windows[leg][-1][1] if line.windows[leg] else NEVER
            if by > late:
                late, late_at = by, line.ids[leg]
    return _Label(late, late_at, begin, there, had, rests)


def _soonest(line: Line, table: list[list[_Label | None]]) -> int:
    """The layer that breaks least, then comes home first."""
    limit = line.vehicle.shift.end + line.vehicle.overtime
    fit = [(label.late + max(0, label.begin - limit), label.begin, b) for b, label in enumerate(table[-1]) if label]
    return min(fit)[2]


def _latest_start(line: Line, home: int) -> int:
    """Return the last second in its shift at which the vehicle can leave, keep every window and be home at ``home``."""
    pauses = line.vehicle.pauses
    layers = range(len(pauses) + 1)
    limits = [min([home, *(p.window.end for p in pauses[b:])]) for b in layers]
    for leg in reversed(range(len(line.legs))):
        limits = [max(_back(line, leg, limits[have], b, have) for have in range(b, len(pauses) + 1)) for b in layers]
        if leg:
            k = leg - 1
            limits = [_inside(line.windows[k], limit - line.lengths[k]) for limit in limits]
    leaving, best = line.ready, -NEVER
    for b in layers:
        if b:
            leaving = max(leaving, pauses[b - 1].window.start + pauses[b - 1].duration)
        last = min(limits[b], line.vehicle.shift.end)
        if last >= leaving:
            best = max(best, last)
    return best


def _inside(windows: Sequence[tuple[int, int]], limit: int) -> int:
    """Last second until ``limit`` that lies in a window."""
    if len(windows) == 1:
        return min(windows[0][1], limit) if windows[0][0] <= limit else -NEVER
    return max((min(b, limit) for a, b in windows if a <= limit), default=-NEVER)


def _back(line: Line, leg: int, limit: int, had: int, have: int) -> int:
    """Last second to set out over a leg, with these breaks on it, and work by ``limit``."""
    if limit <= -NEVER:
        return -NEVER
    if had == have:
        return departure(line.legs[leg], limit)
    some = line.vehicle.pauses[had:have]
    now = departure(line.legs[leg], limit - sum(p.duration for p in some))
    free = limit
    for pause in reversed(some):
        free = min(free - pause.duration, pause.window.end)
        if free < pause.window.start:
            return -NEVER
    return min(now, free)


def loads(
    problem: Problem, vehicle: Vehicle, services: Sequence[Service]
) -> tuple[Load, list[tuple[Load, Load]], list[Load], int]:
    """Return the load at departure, (load, collected) after each service, all loads met, and services out of turn."""
    dims = range(len(problem.dimensions))
    carried = _carried(problem) if problem.pairs else {}
    brought = [0 for _ in dims]
    for s in services:
        if isinstance(s, Stop):
            brought = _sum(brought, _delivered(s, carried))
        elif s.reloads:
            break
    taken, held, turns = list(vehicle.load) or [0 for _ in dims], [0 for _ in dims], 0
    start = tuple(_sum(_sum(brought, taken), held))
    after, met, collected, backhaul = [], [start], set(), False
    for k, s in enumerate(services):
        if isinstance(s, Stop):
            brought = list(map(sub, brought, _delivered(s, carried)))
            role = carried.get(s.id, "")
            if role == "collect":
                collected.add(s.id)
                held = _sum(held, s.pickup)
            else:
                taken = _sum(taken, s.pickup)
            if role not in ("", "collect"):
                held = list(map(sub, held, s.delivery))
                turns += role not in collected
            turns += backhaul and not s.backhaul and any(s.delivery)
            backhaul = backhaul or s.backhaul
        else:
            taken = [0 if s.takes is None or problem.dimensions[d] in s.takes else taken[d] for d in dims]
            if s.reloads:
                backhaul = False
                for later in services[k + 1 :]:
                    if isinstance(later, Stop):
                        brought = _sum(brought, _delivered(later, carried))
                    elif later.reloads:
                        break
        total = tuple([a + b + c for a, b, c in zip(brought, taken, held, strict=True)])
        met.append(total)
        after.append((total, tuple(taken)))
    return start, after, met, turns


def _carried(problem: Problem) -> dict[str, str]:
    """``collect`` for stops where goods of a pair are collected, the id of that stop for where they are dropped."""
    return {p.collect: "collect" for p in problem.pairs} | {p.drop: p.collect for p in problem.pairs}


def _delivered(stop: Stop, carried: dict[str, str]) -> Sequence[int]:
    return stop.delivery if not carried or carried.get(stop.id, "collect") == "collect" else [0] * len(stop.delivery)


def _sum(a: Sequence[int], b: Sequence[int]) -> list[int]:
    return list(map(add, a, b))


def _overload(problem: Problem, vehicle: Vehicle, met: Sequence[Load]) -> tuple[int, int]:
    worst = (0, 0)
    for dims, room in bounds(vehicle, problem.dimensions):
        over = max(sum(load[d] for d in dims) for load in met) - room
        worst = max(worst, (over, -min(dims)))
    return max(0, worst[0]), -worst[1]


def _far(line: Line, services: Sequence[Service], times: Sequence[int]) -> int:
    """Metres beyond the battery, in the leg where it is most; ``times`` are when each leg is set out on."""
    if line.vehicle.range is None:
        return 0
    left = line.vehicle.range if line.vehicle.charge is None else line.vehicle.charge
    worst = 0
    for leg, now in enumerate(times):
        left -= metres(line.legs[leg], now)
        worst = max(worst, -left)
        if leg < len(services):
            s = services[leg]
            if not isinstance(s, Stop) and s.charges:
                left = line.vehicle.range
    return worst


@dataclass(frozen=True)
class _Clock:
    """A whole route: the label of each service and of home, and when each leg is set out on."""

    start: int
    labels: Sequence[_Label]
    home: _Label
    leaving: Sequence[int]


def _clock(line: Line, start: int) -> _Clock:
    table = _forwards(line, start)
    b = _soonest(line, table)
    labels: list[_Label] = []
    for row in reversed(table):
        label = row[b]
        if label is None:
            raise LookupError("a schedule has no beginning")
        labels.append(label)
        b = label.came
    labels.reverse()
    done = [label.begin + length for label, length in zip(labels[1:-1], line.lengths, strict=True)]
    return _Clock(labels[0].begin, labels[1:-1], labels[-1], [labels[0].begin, *done])


def _settled(line: Line, soonest: _Clock) -> _Clock:
    """Home as early as in the soonest clock, then leaving as late as that allows."""
    return _clock(line, max(line.ready, _latest_start(line, soonest.home.begin)))


Stock = tuple[Load, list[tuple[Load, Load]], list[Load], int]


def excess(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Excess:
    """Return by how much the vehicle would break rules if it served exactly this order."""
    line = Line.of(problem, vehicle, services)
    if not all(line.legs):
        return Excess(unreachable=True)
    clock = soonest = _clock(line, line.ready)
    if soonest.home.begin >= NEVER // 2:
        return Excess(unreachable=True)
    if vehicle.max_duration is not None or (vehicle.range is not None and problem.periods):
        clock = _settled(line, soonest)
    return _excess(problem, line, services, soonest, clock, loads(problem, vehicle, services))


def route_within_rules(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Route | None:
    """Return the route of this order as `build_route` does, or None when `excess` finds something against it."""
    line = Line.of(problem, vehicle, services)
    soonest = _clock(line, line.ready) if all(line.legs) else None
    if soonest is None or soonest.home.begin >= NEVER // 2:
        return None
    clock, stock = _settled(line, soonest), loads(problem, vehicle, services)
    if _excess(problem, line, services, soonest, clock, stock):
        return None
    return _route(problem, line, services, clock, stock)


def _excess(
    problem: Problem, line: Line, services: Sequence[Service], soonest: _Clock, clock: _Clock, stock: Stock
) -> Excess:
    vehicle, home = line.vehicle, soonest.home
    longest = NEVER if vehicle.max_duration is None else vehicle.max_duration
    _, after, met, turns = stock
    overload, dimension = _overload(problem, vehicle, met)
    aboard = max(after[-1][1] if after else vehicle.load, default=0)
    over = home.begin - vehicle.shift.end - vehicle.overtime
    return Excess(
        late=home.late if home.late_at else 0,
        late_at=home.late_at,
        overtime=max(0, over, 0 if home.late_at else home.late),
        long=max(0, clock.home.begin - clock.start - longest),
        overload=overload,
        dimension=dimension,
        aboard=0 if vehicle.keeps_stock else aboard,
        far=_far(line, services, clock.leaving),
        turns=turns,
    )


def soonest_begins(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> list[int]:
    """Return when each service begins if the route is driven as early as can be; late ones on arrival.

    There must be a way for each leg.
    """
    line = Line.of(problem, vehicle, services)
    return [label.begin for label in _clock(line, line.ready).labels]


def unloaded(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> list[Load]:
    """Return what the vehicle leaves at each service: at sites what they take of its load, at stops nothing."""
    _, after, _, _ = loads(problem, vehicle, services)
    none = (0,) * len(problem.dimensions)
    before = [vehicle.load or none, *(collected for _, collected in after)]
    return [
        none if isinstance(s, Stop) else tuple(a - b for a, b in zip(had, has, strict=True))
        for s, had, (_, has) in zip(services, before, after, strict=False)
    ]


def build_route(problem: Problem, vehicle: Vehicle, services: Sequence[Service]) -> Route:
    """Return the route that serves this order: home as early as can be, then leaving as late as that allows.

    The order must be one that `excess` finds nothing against.
    """
    line = Line.of(problem, vehicle, services)
    line = replace(line, legs=[way or [(-NEVER, 0, 0)] for way in line.legs])
    clock = _settled(line, _clock(line, line.ready))
    return _route(problem, line, services, clock, loads(problem, vehicle, services))


def _route(problem: Problem, line: Line, services: Sequence[Service], clock: _Clock, stock: Stock) -> Route:
    vehicle = line.vehicle
    departure_load, after, _, _ = stock
    visits = tuple(
        Visit(
            kind="stop" if isinstance(s, Stop) else "unload",
            id=s.id,
            arrival=label.arrival,
            start=label.begin,
            end=label.begin + length,
            load=load,
            collected=collected,
        )
        for s, label, length, (load, collected) in zip(services, clock.labels, line.lengths, after, strict=True)
    )
    rests = tuple(rest for label in (*clock.labels, clock.home) for rest in label.rests)
    drives = [(driving(way, now), metres(way, now)) for way, now in zip(line.legs, clock.leaving, strict=True)]
    route = Route(
        vehicle=vehicle.id,
        start=clock.start,
        end=clock.home.begin,
        load=departure_load,
        visits=visits,
        rests=rests,
        distance=sum(far for _, far in drives),
        driving=sum(seconds for seconds, _ in drives),
        cost=0,
    )
    served = [s for s in services if isinstance(s, Stop)]
    return replace(route, cost=sum(prices_of(problem, vehicle, route, served).values()))
