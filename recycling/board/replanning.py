"""A day under way, stated as a question to the search, and its answer written as a draft: the proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from recycling import audit, dispatch
from recycling.accounts.actors import Actor
from recycling.amending import copied
from recycling.board import ranking, taking_over
from recycling.board.drafts import copy, drafts_of, throw_away
from recycling.board.fresh import TAKEN
from recycling.board.happenings import LATE, Happening
from recycling.board.known import Known, Service
from recycling.board.marks import GONE, TO_NOTHING
from recycling.board.ranking import Rank, prizes_of, ranks_of
from recycling.board.situation import Situation, orders_on, place_of, stock_of
from recycling.board.standing import allowances_of
from recycling.board.taking_over import Waiting
from recycling.fleet import Fleet
from recycling.models import LeftOut, Plan, PlanRoute, PlanVisit, Site
from recycling.settings import Settings
from recycling.shut_today import second_of
from recycling.stop_names import service_of, stop_of
from recycling.unload_places import dimensioned
from routing.allowances import allowed_stops, allowed_vehicles
from routing.day import DayJob
from routing.plan import Rest, Route, Visit
from routing.problem import Stop
from routing.running_day import Asked, Found, Truck

MOST_SECONDS, FEWEST_SECONDS, SECONDS_A_STOP = 2.5, 0.6, 0.03
"""Of the search: who stands at the telephone has an answer within five seconds."""

FILLED = frozenset({"litres"})
"""Of a truck that is full: loose goods fill the room long before they weigh too much."""

SAME = timedelta(minutes=2)
"""A route whose visits keep their turn and begin within so much of their hours stays as it was published."""


@dataclass(frozen=True)
class RunningDay:
    """The whole day of a plan as one problem, what is done included.

    Attributes
    ----------
    rows
        The positions at which vehicles were seen, by vehicle.
    ranks
        How far in front each order stands where not all can be served.
    waiting
        What lies on vehicles that are out.
    beside
        Stops at which that is taken over.
    carried
        By stops of orders whose goods lie there, the stop at which they are taken over.
    """

    job: DayJob
    rows: Mapping[str, int]
    ranks: Mapping[str, Rank]
    waiting: Sequence[Waiting]
    beside: tuple[Stop, ...]
    carried: Mapping[str, str]


def running_day(session: Session, settings: Settings, fleet: Fleet, depot: Site, now: Situation) -> RunningDay:
    """State the whole day of a plan, with where trucks were seen and what may be taken over as further positions."""
    plan = now.plan
    orders = orders_on(session, plan)
    job = dispatch.day_job(session, settings, fleet, depot, plan.service_day, orders=orders, with_shut=True)
    seen = {plate: at for plate in sorted(now.known) if (at := place_of(now, plate)) is not None}
    rows = {plate: len(job.positions) + k for k, plate in enumerate(seen)}
    allowances = allowances_of(plan.allowances)
    job = replace(
        job,
        positions=[*job.positions, *seen.values()],
        stops=allowed_stops(job.stops, allowances),
        vehicles=allowed_vehicles(job.vehicles, allowances),
    )
    waiting = taking_over.waiting_on(now)
    job, beside, carried = taking_over.stops_of(settings, fleet, now, job, waiting)
    return RunningDay(job, rows, ranks_of(settings, orders, now.reopened, now.now), waiting, beside, carried)


def question(settings: Settings, running: RunningDay, now: Situation, happening: Happening) -> Asked:
    """Return what the search is asked."""
    planning, day, job = settings.planning, now.plan.service_day, running.job

    def second(moment: datetime) -> int:
        return settings.clock.second_of_day(day, moment)

    trucks, gone = {}, set(now.out)
    for route in now.plan.routes:
        one = now.known[route.plate]
        late = happening.kind == LATE and happening.vehicle == route.plate
        if one.left or late:
            trucks[route.plate] = _truck(settings, job, now, route, one, running.rows.get(route.plate))
            gone.discard(route.plate)
    calls = {f"c:{v.call_id}" for route in now.plan.routes if route.plate in now.out for v in route.visits if v.call_id}
    return Asked(
        second=second(now.now),
        routes=tuple(_published(settings, now, route) for route in now.plan.routes),
        trucks=trucks,
        unavailable=frozenset(gone & {vehicle.id for vehicle in job.vehicles}),
        closed=frozenset(code for code, hour in now.closed.items() if not hour),
        cancelled=frozenset(stop for stop, mark in now.marks.items() if mark.state == TO_NOTHING),
        new=frozenset(happening.stops),
        later={stop.id: 60 * planning.later_minutes for stop in job.stops},
        opens={code: second_of(hour) for code, hour in now.closed.items() if hour},
        freed=frozenset(calls),
        vehicle_price=planning.change_vehicle,
        minute_price=planning.change_minute,
        tolerance=60 * planning.change_free_minutes,
        seconds=min(MOST_SECONDS, FEWEST_SECONDS + SECONDS_A_STOP * len(job.stops)),
        seed=planning.seed,
        prizes=prizes_of(settings, running.ranks),
        beside=running.beside,
        carried=running.carried,
    )


def _published(settings: Settings, now: Situation, row: PlanRoute) -> Route:
    def second(moment: datetime) -> int:
        return settings.clock.second_of_day(now.plan.service_day, moment)

    visits = [
        _visit(settings, now, Service(v, v.arrives_at, v.begins_at, v.ends_at))
        for v in row.visits
        if v.site_code or now.marks[stop_of(v)].state != GONE
    ]
    return Route(
        row.plate,
        second(row.starts_at),
        second(row.ends_at),
        (),
        tuple(visits),
        (),
        row.distance,
        row.driving,
        row.cost,
    )


def _visit(settings: Settings, now: Situation, service: Service) -> Visit:
    def second(moment: datetime) -> int:
        return settings.clock.second_of_day(now.plan.service_day, moment)

    kind, name = service_of(service.visit)
    times = second(service.arrives), second(service.begins), second(service.ends)
    return Visit("unload" if kind == "unload" else "stop", name, *times, (), ())


def _truck(
    settings: Settings, job: DayJob, now: Situation, route: PlanRoute, one: Known, location: int | None
) -> Truck:
    def second(moment: datetime) -> int:
        return settings.clock.second_of_day(now.plan.service_day, moment)

    stock = stock_of(now, route.plate)
    return Truck(
        start=min(second(route.starts_at), second(now.now)),
        visits=tuple(_visit(settings, now, s) for s in one.kept if service_of(s.visit)[1] not in one.to_nothing),
        free=second(one.free),
        location=location,
        rests=(Rest(second(one.rest[0]), second(one.rest[1])),) if one.rest else (),
        aboard=None if stock is None else dimensioned(job.dimensions, stock),
        out=one.out,
        full=FILLED if one.full else frozenset(),
    )


# -- the answer as a draft --------------------------------------------------------------------------------------------


def store(
    session: Session,
    settings: Settings,
    now: Situation,
    happening: Happening,
    running: RunningDay,
    found: Found,
    actor: Actor,
) -> Plan:
    """Write an answer as a draft over the plan that it was asked of; one's own earlier proposal makes room for it."""
    for old in drafts_of(session, now.plan.depot_code, now.plan.service_day):
        if old.owner == actor.id and old.happened.get("what"):
            throw_away(session, old, actor, now.now)
    base = session.get_one(Plan, now.plan.id)
    draft = copy(session, base, base.id, actor.id, now.now)
    draft.engine, draft.search_seconds, draft.notes = "replan", found.seconds, []
    draft.cost, draft.bound, draft.prices = found.cost, None, {}
    rows = {row.plate: row for row in base.routes}
    routes = {route.vehicle: route for route in found.routes}
    number = max((row.number for row in base.routes), default=0)
    for plate in [*rows, *(name for name in routes if name not in rows)]:
        row, route = rows.get(plate), routes.get(plate)
        kept = _kept(now, plate)
        if row is not None and _unchanged(settings, now, row, kept, route):
            continue
        session.execute(delete(PlanRoute).where(PlanRoute.plan_id == draft.id, PlanRoute.plate == plate))
        number += row is None
        made = _route(settings, running.job, now, found, row, kept, route, row.number if row is not None else number)
        if made is not None:
            made.plan_id = draft.id
            session.add(made)
    served = {v.id for route in found.routes for v in route.visits}
    for left in session.scalars(select(LeftOut).where(LeftOut.plan_id == draft.id)).all():
        if stop_of(left) in served | {one.stop for one in found.unserved}:
            session.delete(left)
    for one in (one for one in found.unserved if not taking_over.is_beside(one.stop)):
        made_left = dispatch.left_out_row(one)
        made_left.plan_id = draft.id
        session.add(made_left)
    draft.happened = _happened(settings, now, happening, running, found)
    session.flush()
    session.expire(draft, ["routes", "left_out"])
    audit.record(session, actor, "plan.replanned", "plan", draft.id, None, happening.to_dict(), now.now)
    return draft


def _kept(now: Situation, plate: str) -> tuple[Service, ...]:
    return now.known[plate].kept if plate in now.known else ()


def _unchanged(
    settings: Settings, now: Situation, row: PlanRoute, kept: Sequence[Service], route: Route | None
) -> bool:
    """Tell whether a vehicle goes on as published, with what it finishes first at its hour."""
    positions = {one.visit.position for one in kept}
    rest = [
        v for v in row.visits if v.position not in positions and (v.site_code or now.marks[stop_of(v)].state != GONE)
    ]
    fresh = route.visits if route is not None else ()
    if [service_of(v) for v in rest] != [(str(v.kind), v.id) for v in fresh]:
        return False
    if any(one.ends > now.now and abs(one.begins - one.visit.begins_at) > SAME for one in kept):
        return False
    moment = settings.clock.moment
    return all(
        abs(moment(now.plan.service_day, v.start) - old.begins_at) <= SAME for v, old in zip(fresh, rest, strict=True)
    )


def _route(
    settings: Settings,
    job: DayJob,
    now: Situation,
    found: Found,
    row: PlanRoute | None,
    kept: Sequence[Service],
    route: Route | None,
    number: int,
) -> PlanRoute | None:
    """Return a vehicle's route: what stays its own as it was published, then what it does from now on."""
    day = now.plan.service_day
    visits = [_copy(one, now.now) for one in kept]
    whole = found.whole.get(row.plate if row is not None else route.vehicle if route is not None else "")
    if route is not None:
        made = dispatch.route_row(settings, day, job, *_own(found, route, number))
    elif row is not None and visits:
        made = copied(row)
        made.way_home = []
    else:
        return None
    fresh = list(made.visits)
    made.visits = []
    for position, visit in enumerate([*visits, *fresh]):
        visit.position = position
        made.visits.append(visit)
    if row is not None and visits:
        made.starts_at, made.load_kg, made.load_litres = row.starts_at, row.load_kg, row.load_litres
    if whole is not None:
        made.distance, made.driving, made.cost = whole.distance, whole.driving, whole.cost
        made.ends_at = settings.clock.moment(day, whole.end)
        rest = whole.rests[0] if whole.rests else None
        made.rest_start = settings.clock.moment(day, rest.start) if rest else None
        made.rest_end = settings.clock.moment(day, rest.end) if rest else None
    return made


def _own(found: Found, route: Route, number: int) -> tuple[list[Any], int, Route]:
    own, ways = taking_over.without(route, found.ways[route.vehicle])
    return ways, number, own


def _copy(one: Service, now: datetime) -> PlanVisit:
    """Return a visit that stays: untouched when it is done, at its expected hour where that is another one."""
    visit = copied(one.visit)
    if one.ends > now and abs(one.begins - visit.begins_at) > SAME:
        visit.arrives_at, visit.begins_at, visit.ends_at = one.arrives, one.begins, one.ends
    return visit


def _happened(
    settings: Settings, now: Situation, happening: Happening, running: RunningDay, found: Found
) -> dict[str, Any]:
    """Return what is kept with a proposal: what it answers, what was known, and how it compares."""
    over = taking_over.taken_over(settings, now, found.routes, running.waiting)
    left = taking_over.left_on(found.unserved, running.waiting)
    named = [*(one.stop for one in found.unserved), *found.late]
    kept = {stop_of(one.visit) for vehicle in now.known.values() for one in vehicle.kept if one.visit.site_code is None}
    return {
        "what": happening.to_dict(),
        "at": now.now.isoformat(),
        "out": sorted(now.out),
        "closed": dict(now.closed),
        "kept": sorted(kept),
        "waiting": sorted({*now.waiting, *now.reopened}),
        "marks": {stop: mark.state for stop, mark in now.marks.items() if stop not in kept and mark.state != GONE},
        "known": {plate: _as_known(now, one) for plate, one in now.known.items()},
        "late": list(found.late),
        "this": asdict(found.this),
        "plain": asdict(found.plain),
        "seconds": round(found.seconds, 1),
        "ranks": ranking.kept(running.ranks, named),
        **taking_over.kept(now, running.waiting, over, left),
    }


def _as_known(now: Situation, one: Known) -> dict[str, Any]:
    taken = now.basis(one.plate)
    return {
        "by": one.by,
        "left": one.left,
        "out": one.out,
        "done": one.done,
        "reported": one.reported.isoformat() if one.reported else None,
        "place": taken.place,
        "seen": taken.seen_at.isoformat() if taken.seen_at else None,
        "at": list(now.places[one.plate].lonlat) if taken.place == TAKEN else None,
        "book": taken.book_at.isoformat() if taken.book_at else None,
        "kg": taken.kg,
        "full": one.full,
        "held": stop_of(one.kept[-1].visit) if one.held and not one.kept[-1].visit.site_code else "",
        "frozen": [list(service_of(one_kept.visit)) for one_kept in one.kept],
    }
