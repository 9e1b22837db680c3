"""The rest of a day as a problem, and the published plan's rest as its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from routing.errors import InputError
from routing.plan import Plan, Route, Unserved
from routing.problem import Load, Pause, Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.replan.moment import Moment, Standing
from routing.replan.whole import NOW, RestOfDay
from routing.schedule import services_of
from routing.timing import excess
from routing.unloading import with_last_unload


@dataclass(frozen=True)
class Disturbance:
    """What it costs to change what was announced.

    Attributes
    ----------
    vehicle_price
        Fen when another vehicle than the announced one serves a stop.
    minute_price, tolerance
        Fen for each minute by which a service begins more than ``tolerance`` seconds sooner or later than announced.
        Above 0 it takes the place of the wishes that a stop has by itself.
    """

    vehicle_price: int = 0
    minute_price: int = 0
    tolerance: int = 900


def rest_of_day(problem: Problem, plan: Plan, moment: Moment, disturbance: Disturbance | None = None) -> RestOfDay:
    """Return what is left of a published day at a moment.

    Goods for stops are on board the vehicle that has left with them, so only that one can bring them; what it has not
    loaded, it can bring only after it has loaded again. Where it is out, they are stranded. A pair that is collected
    leaves its drop, on the same vehicle. Stops that the plan leaves out stay left out unless the moment names them.

    Raises
    ------
    InputError
        When the moment names vehicles, stops or sites that the day does not have, or a new stop is not sound.
    """
    return _Rest(problem, plan, moment, disturbance or Disturbance()).made()


class _Rest:
    def __init__(self, problem: Problem, plan: Plan, moment: Moment, disturbance: Disturbance) -> None:
        self.problem, self.plan, self.moment, self.disturbance = problem, plan, moment, disturbance
        self.routes: Mapping[str, Route] = {r.vehicle: r for r in plan.routes}
        self.services = services_of(problem)
        _known(problem, moment)
        self.done = {v.id for s in moment.vehicles.values() for v in s.visits if v.kind == "stop"}
        self.stranded: dict[str, str] = {}
        self.held: dict[str, str] = {}  # vehicle by stop, where the goods are on board already
        self.extra: dict[str, Load] = {}  # goods on board for which there is nowhere to go any more
        for name, standing in moment.vehicles.items():
            self._goods(name, standing)

    def left(self, name: str) -> list[tuple[str, str]]:
        """Return the published services of a vehicle that are not done."""
        route, standing = self.routes.get(name), self.moment.vehicles.get(name)
        if route is None or (standing and standing.home):
            return []
        past = [(v.kind, v.id) for v in standing.visits] if standing else []
        if not standing:
            return [(v.kind, v.id) for v in route.visits]
        kept: list[tuple[str, str]] = []
        for visit in route.visits:
            key = visit.kind, visit.id
            if key in past:
                past.remove(key)
            else:
                kept.append(key)
        return kept

    def _goods(self, name: str, standing: Standing) -> None:
        """Tell which goods are on board, and which of them have nowhere to go."""
        carried = {p.drop: p.collect for p in self.problem.pairs}
        mine = {v.id for v in standing.visits}
        aboard = {drop for drop, collect in carried.items() if collect in mine and drop not in self.done}
        if standing.aboard is not None:
            aboard |= standing.aboard - self.done
        else:
            for key in self.left(name):
                service = self.services[key]
                if isinstance(service, UnloadSite):
                    if service.reloads:
                        break
                elif any(service.delivery) and service.id not in carried:
                    aboard.add(service.id)
        lost = [0] * len(self.problem.dimensions)
        for stop in sorted(aboard):
            gone = stop in self.moment.cancelled
            if gone or standing.out or standing.home:
                goods = self.services["stop", stop]
                lost = [a + b for a, b in zip(lost, goods.delivery if isinstance(goods, Stop) else lost, strict=True)]
                if not gone:
                    self.stranded[stop] = name
            else:
                self.held[stop] = name
        if any(lost):
            self.extra[name] = tuple(lost)

    # -- parts of the problem -------------------------------------------------------------------------------------

    def made(self) -> RestOfDay:
        """Return the rest."""
        moment = self.moment
        vehicles = [v for v in map(self._vehicle, self.problem.vehicles) if v is not None]
        names = frozenset(v.id for v in vehicles)
        stops = self._stops(names)
        fixed = [self._held_now(v, moment.vehicles[v.id]) for v in vehicles if v.id in moment.vehicles]
        ids = {s.id for s in stops}
        problem = replace(
            self.problem,
            stops=(*stops, *fixed),
            vehicles=tuple(vehicles),
            unload_sites=self._sites(),
            pairs=tuple(p for p in self.problem.pairs if p.collect in ids and p.drop in ids),
        )
        sites = {u.id for u in problem.unload_sites}
        orders = []
        for v in vehicles:
            order = [key for key in self.left(v.id) if key[1] in (ids if key[0] == "stop" else sites)]
            start = [("stop", NOW + v.id)] if v.id in moment.vehicles else []
            orders.append((v.id, [*start, *order]))
        problem = replace(problem, vehicles=tuple(_able_to_end(problem, v) for v in problem.vehicles))
        return RestOfDay(
            published=self.problem,
            plan=self.plan,
            moment=moment,
            problem=problem,
            orders=tuple((name, tuple(order)) for name, order in orders),
            stranded=tuple(Unserved(stop, "stranded", {"vehicle": name}) for stop, name in self.stranded.items()),
            held=self.held,
        )

    def _vehicle(self, vehicle: Vehicle) -> Vehicle | None:
        second = self.moment.second
        standing = self.moment.vehicles.get(vehicle.id)
        if standing is None:
            gone = vehicle.id in self.moment.unavailable or vehicle.shift.end < second
            shift = TimeWindow(max(second, vehicle.shift.start), vehicle.shift.end)
            return None if gone else replace(vehicle, shift=shift)
        if standing.home or standing.out:
            return None
        past = max(0, second - vehicle.shift.end)  # of the shift's end
        lasted = second - standing.start
        extra = self.extra.get(vehicle.id, (0,) * len(vehicle.capacity))
        return replace(
            vehicle,
            start=self._location(vehicle, standing),
            shift=TimeWindow(second, max(second, vehicle.shift.end)),
            overtime=max(0, vehicle.overtime - past),
            max_duration=None if vehicle.max_duration is None else max(0, vehicle.max_duration - lasted),
            pauses=tuple(_still(p, standing.free) for p in vehicle.pauses[standing.breaks :]),
            fixed_cost=0,
            load=standing.visits[-1].collected if standing.visits else vehicle.load,
            charge=vehicle.charge if standing.battery is None else standing.battery,
            capacity=tuple(max(0, a - b) for a, b in zip(vehicle.capacity, extra, strict=True)),
        )

    def _location(self, vehicle: Vehicle, standing: Standing) -> int:
        if standing.location is not None:
            return standing.location
        last = standing.visits[-1] if standing.visits else None
        return self.services[last.kind, last.id].location if last else vehicle.start

    def _held_now(self, vehicle: Vehicle, standing: Standing) -> Stop:
        """Return the stop that stands for what a vehicle finishes first, at which its route begins."""
        second = self.moment.second
        none = (0,) * len(self.problem.dimensions)
        return Stop(
            id=NOW + vehicle.id,
            location=vehicle.start,
            windows=(TimeWindow(second, second),),
            service=max(0, standing.free - second),
            delivery=none,
            pickup=none,
            prize=0,
            vehicles=frozenset({vehicle.id}),
            required=True,
        )

    def _stops(self, names: frozenset[str]) -> list[Stop]:
        moment = self.moment
        new = {s.id: s for s in moment.new}
        published = [s for s in self.problem.stops if s.id not in new]
        announced = {v.id: (r.vehicle, v.start) for r in self.plan.routes for v in r.visits if v.kind == "stop"}
        groups = {s.group for s in self.problem.stops if s.group and s.id in self.done}
        kept = []
        for stop in (*published, *new.values()):
            wanted = stop.id in announced or stop.id in new
            over = stop.id in self.done or stop.id in moment.cancelled or stop.id in self.stranded
            if wanted and not over and not (stop.group and stop.group in groups):
                kept.append(self._stop(stop, announced.get(stop.id), names))
        for stop in moment.new:
            if stop.id in self.done:
                raise InputError("done-already", "The stop %(stop)s is done already. Give it another id.", stop=stop.id)
        return kept

    def _stop(self, stop: Stop, announced: tuple[str, int] | None, names: frozenset[str]) -> Stop:
        moment, d = self.moment, self.disturbance
        only, never = stop.vehicles, stop.forbidden
        if only is not None:
            only &= names
        homes = {
            name
            for name, standing in moment.vehicles.items()
            for v in standing.visits
            if v.kind == "stop" and stop.together and self._together(v.id) == stop.together
        }
        if homes:
            only = (only if only is not None else names) & homes
        release = stop.release
        if stop.id in self.held:
            only, release = frozenset({self.held[stop.id]}) & names, 0
        elif moment.vehicles and any(stop.delivery) and not self._paired(stop.id):
            release = max(release, moment.second + 1)  # no vehicle that has left has it on board
        windows = _later(stop.windows, moment.second)
        changed = replace(stop, windows=windows, vehicles=only, forbidden=never, release=release)
        if announced is None:
            return changed if changed.stays in names else replace(changed, stays="", stays_price=0)
        name, second = announced
        if d.vehicle_price or (changed.stays and changed.stays not in names):
            stays = name if name in names and d.vehicle_price else ""
            changed = replace(changed, stays=stays, stays_price=d.vehicle_price if stays else 0)
        if d.minute_price:
            near = TimeWindow(second - d.tolerance, second + d.tolerance)
            changed = replace(changed, wishes=(near,), wish_price=60 * d.minute_price)
        return changed

    def _together(self, stop: str) -> str:
        service = self.services.get(("stop", stop))
        return service.together if isinstance(service, Stop) else ""

    def _paired(self, stop: str) -> bool:
        return any(stop == p.drop for p in self.problem.pairs)

    def _sites(self) -> tuple[UnloadSite, ...]:
        """Return the sites that are open, with what they still take."""
        got = {u.id: [0] * len(self.problem.dimensions) for u in self.problem.unload_sites}
        vehicles = {v.id: v for v in self.problem.vehicles}
        for name, standing in self.moment.vehicles.items():
            before = vehicles[name].load or (0,) * len(self.problem.dimensions)
            for visit in standing.visits:
                if visit.kind == "unload":
                    left = [a - b for a, b in zip(before, visit.collected, strict=True)]
                    got[visit.id] = [a + b for a, b in zip(got[visit.id], left, strict=True)]
                before = visit.collected
        second = self.moment.second
        open_sites: list[UnloadSite] = []
        for u in self.problem.unload_sites:
            if u.id in self.moment.closed or u.hours.end <= second:
                continue
            room = u.capacity and tuple(max(0, a - b) for a, b in zip(u.capacity, got[u.id], strict=True))
            open_sites.append(replace(u, capacity=room, hours=_later((u.hours,), second)[0]))
        return tuple(open_sites)


def _later(windows: Sequence[TimeWindow], second: int) -> tuple[TimeWindow, ...]:
    """Return what is left of windows just after a second, when all that is finished first has begun; or what was."""
    left = tuple(TimeWindow(max(w.start, second + 1), w.end) for w in windows if w.end > second)
    return left or (TimeWindow(min(windows[-1].start, second - 1), min(windows[-1].end, second - 1)),)


def _still(pause: Pause, free: int) -> Pause:
    """Return the break as it is still to be had: at once, if it should have begun."""
    window = TimeWindow(max(pause.window.start, free), max(pause.window.end, free))
    return replace(pause, window=window)


def _able_to_end(problem: Problem, vehicle: Vehicle) -> Vehicle:
    """Let a vehicle that is under way come home: however late, and with its goods where no site takes them any more."""
    now = next((s for s in problem.stops if s.id == NOW + vehicle.id), None)
    if now is None:
        return vehicle
    e = excess(problem, vehicle, with_last_unload(problem, vehicle, [now]))
    if e.aboard or e.late or e.unreachable:
        vehicle = replace(vehicle, keeps_stock=True)
        e = excess(problem, vehicle, [now])
    longest = vehicle.max_duration
    return replace(
        vehicle,
        overtime=vehicle.overtime + e.overtime,
        max_duration=None if longest is None else longest + e.long,
        range=None if vehicle.range is None else vehicle.range + e.far,
        charge=None if vehicle.charge is None else vehicle.charge + e.far,
    )


def _known(problem: Problem, moment: Moment) -> None:
    stops, sites = {s.id for s in problem.stops}, {u.id for u in problem.unload_sites}
    vehicles = {v.id for v in problem.vehicles}
    named = [
        *((name, vehicles) for name in (*moment.vehicles, *moment.unavailable)),
        *((name, sites) for name in moment.closed),
        *((name, stops) for name in moment.cancelled),
        *((v.id, stops if v.kind == "stop" else sites) for s in moment.vehicles.values() for v in s.visits),
        *((name, stops) for s in moment.vehicles.values() for name in s.aboard or ()),
    ]
    strange = sorted({name for name, known in named if name not in known})
    if strange:
        raise InputError(
            "moment-of-another-day",
            "The moment names %(names)s, which the day does not have. Give the day that it belongs to.",
            names=", ".join(strange[:20]),
        )
