"""What lies on vehicles that are out on a day under way: goods for doors, and what was collected.

Other vehicles take it over where the first one stands. In the search that is a stop beside those of orders, in the
record an agreement kept with the plan: which vehicle comes when, and what it takes. Visits after it begin the later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recycling.board.agreements import Left, Over, agreed
from recycling.board.marks import ON_THE_WAY, STILL
from recycling.board.situation import Situation
from recycling.fleet import Fleet
from recycling.plane import Lonlat
from recycling.settings import Settings
from recycling.stock.vehicle import known_vehicle
from recycling.stop_names import stop_of
from recycling.unload_places import dimensioned
from routing.day import DayJob
from routing.plan import Route, Unserved, Visit
from routing.problem import Load, Stop, TimeWindow

GOODS, THING = "g:", "n:"
"""Begin of the ids of these stops: what was collected on a vehicle, and the goods for the door of another stop."""

KG_AND_LITRES = 2


@dataclass(frozen=True)
class Waiting:
    """What lies on a vehicle that is out.

    Attributes
    ----------
    at
        Where it stands.
    things
        Stops of shops' orders whose new things are on board.
    materials
        Grams of what was collected, by material, as the book has it; none where only the plan knows.
    kg, litres
        Of what was collected.
    """

    plate: str
    at: Lonlat
    things: tuple[str, ...] = ()
    materials: Mapping[str, int] = field(default_factory=dict)
    kg: int = 0
    litres: int = 0


def waiting_on(now: Situation) -> list[Waiting]:
    """Return what lies on each vehicle that is out, as far as anybody knows; the vehicles by name."""
    found = []
    for plate in sorted(now.out):
        things, at = _things(now, plate), _place(now, plate)
        materials, kg, litres = _collected(now, plate)
        if at is not None and (things or kg or litres):
            found.append(Waiting(plate, at, things, materials, kg, litres))
    return found


def _things(now: Situation, plate: str) -> tuple[str, ...]:
    """Return the stops whose new things are on board a vehicle that is out: nobody brought or took them over yet."""
    known, happened = now.known.get(plate), now.plan.happened
    over = {stop for one in agreed(happened) if one.giver == plate and one.ends <= now.now for stop in one.things}
    before = set(happened.get("stands", {}).get(plate, {}).get("things", ()))
    own: set[str] = set()
    route = next((route for route in now.plan.routes if route.plate == plate), None)
    if route is not None and known is not None and known.left:
        done = {one.visit.position for one in known.kept}
        own = {stop_of(v) for v in route.visits if v.order_id and not v.fetches and v.position not in done}
    wanted = (stop for stop in before | own if stop not in over)
    return tuple(sorted(stop for stop in wanted if _wanted(now, stop)))


def _wanted(now: Situation, stop: str) -> bool:
    mark = now.marks.get(stop)
    return mark.state in (STILL, ON_THE_WAY) if mark is not None else stop in now.waiting


def _place(now: Situation, plate: str) -> Lonlat | None:
    """Return where a vehicle that is out stands: where it was seen after its last report, else where it was last."""
    known, seen = now.known.get(plate), now.places.get(plate)
    reported = known.reported if known is not None else None
    if seen is not None and (reported is None or seen.at >= reported):
        return seen.lonlat
    if known is not None and known.kept:
        last = known.kept[-1].visit
        return last.lon, last.lat
    stands = now.plan.happened.get("stands", {}).get(plate)
    if stands:
        lon, lat = stands["at"]
        return float(lon), float(lat)
    return now.home if known is not None and known.left else None


def _collected(now: Situation, plate: str) -> tuple[dict[str, int], int, int]:
    """Return grams by material, kilograms and litres that were collected and are on board: by the book, or by plan."""
    book, known = now.books.get(plate), now.known.get(plate)
    if known is None:
        return {}, 0, 0
    if book is not None and now.basis(plate).kg is not None:
        loads = book.stock.loads
        grams, millilitres = sum(one.grams for one in loads), sum(one.millilitres for one in loads)
        return {one.material: one.grams for one in loads if one.grams}, -(-grams // 1000), -(-millilitres // 1000)
    done = [one.visit for one in known.kept]
    return ({}, done[-1].collected_kg, done[-1].collected_litres) if done else ({}, 0, 0)


# -- the question -----------------------------------------------------------------------------------------------------


def stops_of(
    settings: Settings, fleet: Fleet, now: Situation, job: DayJob, waiting: Sequence[Waiting]
) -> tuple[DayJob, tuple[Stop, ...], dict[str, str]]:
    """Return a stop for all that may be taken over, and by stops of orders the one at which that is.

    The day stays as it is, but for positions where no stop of it lies: it may be made ready already.
    """
    minutes = 60 * settings.planning.take_over_minutes
    second = settings.clock.second_of_day(now.plan.service_day, now.now)
    window = TimeWindow(second, max((second + 1, *(vehicle.shift.end for vehicle in job.vehicles))))
    stops = {stop.id: stop for stop in job.stops}
    nothing = (0,) * len(job.dimensions)
    made: list[Stop] = []
    carried: dict[str, str] = {}
    for one in waiting:
        job, place = _row(job, one.at)
        for thing in (thing for thing in one.things if thing in stops):
            drop, name = stops[thing], THING + thing
            made.append(
                Stop(
                    name, place, (window,), minutes, nothing, drop.delivery, 0,
                    skills=drop.skills, forbidden=drop.forbidden | now.out,
                )
            )  # fmt: skip
            carried[thing] = name
        if one.kg or one.litres:
            load = _load_of(now, job, one)
            wrong = {plate for plate in now.plates if not _takes(fleet, plate, one.materials)}
            prize = settings.planning.prize_booking // 2  # people come first
            name = GOODS + one.plate
            made.append(
                Stop(name, place, (window,), minutes, nothing, load, prize, forbidden=frozenset(now.out | wrong))
            )
    return job, tuple(made), carried


def _row(job: DayJob, at: Lonlat) -> tuple[DayJob, int]:
    """Return the location of a place, and the day with it where none of its positions is there."""
    row = next((row for row, position in enumerate(job.positions) if tuple(position) == tuple(at)), None)
    if row is not None:
        return job, row
    return replace(job, positions=[*job.positions, at]), len(job.positions)


def _load_of(now: Situation, job: DayJob, one: Waiting) -> Load:
    if one.materials:
        return dimensioned(job.dimensions, now.books[one.plate].stock)
    return (one.kg, one.litres, *(0 for _ in job.dimensions[KG_AND_LITRES:]))


def _takes(fleet: Fleet, plate: str, materials: Iterable[str]) -> bool:
    vehicle = known_vehicle(fleet, plate)
    return vehicle is not None and all(vehicle.takes(material) for material in materials)


# -- the answer -------------------------------------------------------------------------------------------------------


def is_beside(stop: str) -> bool:
    """Tell whether a stop is nobody's order."""
    return stop.startswith((GOODS, THING))


def without(route: Route, ways: Sequence[Any]) -> tuple[Route, list[Any]]:
    """Return a route without what it takes over, and its ways: each leads on from where the vehicle really was."""
    visits: list[Visit] = []
    legs: list[Any] = []
    before: list[Any] = []
    for visit, way in zip(route.visits, ways, strict=False):
        if is_beside(visit.id):
            before += list(way)
            continue
        visits.append(visit)
        legs.append([*before, *way])
        before = []
    return replace(route, visits=tuple(visits)), [*legs, [*before, *ways[-1]]]


def taken_over(settings: Settings, now: Situation, routes: Iterable[Route], waiting: Sequence[Waiting]) -> list[Over]:
    """Return what each vehicle takes over by an answer of the search, by taker and giver, the soonest first."""
    whose = {THING + thing: one for one in waiting for thing in one.things} | {
        GOODS + one.plate: one for one in waiting
    }
    found: dict[tuple[str, str], Over] = {}
    day = now.plan.service_day
    for route in routes:
        for visit in (visit for visit in route.visits if is_beside(visit.id)):
            one = whose[visit.id]
            arrives, ends = (settings.clock.moment(day, second) for second in (visit.start, visit.end))
            over = found.get((route.vehicle, one.plate)) or Over(one.plate, route.vehicle, one.at, arrives, ends)
            if visit.id.startswith(THING):
                over = replace(over, things=(*over.things, visit.id.removeprefix(THING)))
            else:
                over = replace(over, kg=one.kg, litres=one.litres, materials=one.materials)
            found[route.vehicle, one.plate] = replace(over, ends=max(over.ends, ends))
    return sorted(found.values(), key=lambda one: (one.arrives, one.taker))


def left_on(unserved: Iterable[Unserved], waiting: Sequence[Waiting]) -> list[Left]:
    """Return what nobody takes over by an answer of the search."""
    by_name = {GOODS + one.plate: one for one in waiting}
    found = []
    for one in unserved:
        if one.stop in by_name:
            on = by_name[one.stop]
            found.append(Left(on.plate, on.at, "", on.kg, one.reason, dict(one.values)))
    return found


def kept(now: Situation, waiting: Sequence[Waiting], over: Sequence[Over], left: Sequence[Left]) -> dict[str, Any]:
    """Return what a plan keeps of it: what is agreed, what nobody takes, and where vehicles that are out stand."""
    earlier = [one for one in agreed(now.plan.happened) if one.ends <= now.now]
    return {
        "over": [one.to_dict() for one in (*earlier, *over)],
        "not_over": [{**vars(one), "at": list(one.at), "figures": dict(one.figures)} for one in left],
        "stands": {one.plate: {"at": list(one.at), "things": list(one.things)} for one in waiting},
    }
