"""The day as one problem: orders of a depot and day -> DayJob -> solved elsewhere -> rows of a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from recycling import network, tracking
from recycling.booking.life import planned, unplanned
from recycling.day_stops import booking_stop, call_stop, delivery_stop, fetch_stop
from recycling.day_vehicles import site_hours, vehicles_of_day
from recycling.deliveries.planning import narrowed, note_orders
from recycling.fleet import Fleet
from recycling.in_force import next_version
from recycling.models import Booking, Call, LeftOut, Plan, PlanRoute, PlanVisit, Site, TradeInOrder
from recycling.models.trade_in import DELIVERED, OPEN
from recycling.notify.quiet import evening_before
from recycling.overnight import loads_at_start
from recycling.road_changes import road_changes
from recycling.settings import Settings
from recycling.shut_today import shut_on, without_shut
from recycling.site_capacity import bounded
from recycling.stop_names import subject_of
from recycling.unload_places import Shares, in_all, unload_places
from recycling.unload_shares import shares_of
from routing.day import DayJob, DayResult
from routing.plan import Route, Unserved
from routing.problem import Stop, UnloadSite

if TYPE_CHECKING:
    from routing.roads.own_engine import RoadServer

FEWEST_SECONDS, SECONDS_A_STOP = 1.0, 0.3
"""A small day is searched for less than the configured time: this much, and this much more a stop."""


TO_BE_VISITED = ("booked", "planned", "on_the_way")
"""States of a booking that a plan is made for."""

TO_COLLECT = and_(Booking.state.in_(TO_BE_VISITED), Booking.partner == "")
"""Which bookings a plan is made for: what a partner recycler has is none of ours."""


TO_BE_BROUGHT = TradeInOrder.state == OPEN
TO_BE_FETCHED = and_(
    TradeInOrder.fetch_state == OPEN, TradeInOrder.state.in_((OPEN, DELIVERED)), TradeInOrder.partner == ""
)
"""Which visits of shops' orders a plan is made for: the one that brings, and the one that fetches what is old.

What a partner recycler was asked to fetch, or fetches, is none of ours.
"""


@dataclass(frozen=True)
class DayOrders:
    """Everything that one depot has to do on one day.

    ``over`` are stops of shops' orders that are stated although what they are for is done.
    """

    bookings: Sequence[Booking]
    calls: Sequence[Call]
    trade_ins: Sequence[TradeInOrder]
    over: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.bookings) + len(self.calls) + len(self.trade_ins)


def orders_of(session: Session, depot: str, day: date) -> DayOrders:
    """Read the orders of a depot and day, the earliest first."""

    def of(model: Any, first: Any) -> Any:
        return select(model).where(model.depot_code == depot, model.service_day == day).order_by(first, model.id)

    return DayOrders(
        session.scalars(of(Booking, Booking.created_at).where(TO_COLLECT).options(selectinload(Booking.lines))).all(),
        session.scalars(
            of(Call, Call.starts_at).where(Call.state == "planned").options(selectinload(Call.community))
        ).all(),
        session.scalars(of(TradeInOrder, TradeInOrder.promise_start).where(or_(TO_BE_BROUGHT, TO_BE_FETCHED))).all(),
    )


def day_job(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    depot: Site,
    day: date,
    told: bool = False,
    by_material: bool = True,
    orders: DayOrders | None = None,
    with_shut: bool = False,
) -> DayJob:
    """State a depot's day as plain data for a solving process: its `orders`, those to be visited by default.

    With `told` what is planned may begin only in the hours that residents have been told, not in all of the promise.
    Without `by_material` all goods go to the comprehensive centres, whatever they take. What is out or closed on a day
    that is being driven is left out, unless it is asked for `with_shut`.
    """
    asked = orders or orders_of(session, depot.code, day)

    def stops(place: Place) -> list[Stop]:
        return [
            *(booking_stop(settings, fleet, b, day, place(b.lon, b.lat), told) for b in asked.bookings),
            *(call_stop(settings, c, day, place(c.lon, c.lat), fleet) for c in asked.calls),
            *(
                delivery_stop(settings, fleet, t, day, place(t.lon, t.lat), told)
                for t in asked.trade_ins
                if t.state == OPEN or f"t:{t.id}" in asked.over
            ),
            *(
                fetch_stop(settings, fleet, t, day, place(t.lon, t.lat), told)
                for t in asked.trade_ins
                if (t.fetching and not t.partner) or f"f:{t.id}" in asked.over
            ),
        ]

    def shares() -> Mapping[str, Shares]:
        return shares_of(settings, asked.bookings, asked.calls, asked.trade_ins)

    job = job_of(session, settings, fleet, depot, day, stops, shares, by_material)
    return job if with_shut else without_shut(job, shut_on(session, depot.code, day))


Place = Callable[[float, float], int]
"""Takes down a position (longitude, latitude) and returns the location that stops name it by."""


def job_of(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    depot: Site,
    day: date,
    stops_at: Callable[[Place], list[Stop]],
    shares_at: Callable[[], Mapping[str, Shares]] = dict,
    by_material: bool = True,
) -> DayJob:
    """State a day of stops, wherever they come from, for a depot's vehicles, centres and roads.

    `shares_at` says what of each stop's goods is of which material, and is asked only where sites differ in that.
    Without `by_material` they do not.
    """
    area = network.the_area(session)
    positions: list[tuple[float, float]] = [(depot.lon, depot.lat)]

    def place(lon: float, lat: float) -> int:
        positions.append((lon, lat))
        return len(positions) - 1

    places = unload_places(session, depot, by_material)
    shares = shares_at() if places.groups else {}
    stops = [places.loaded(stop, shares.get(stop.id, {})) for stop in stops_at(place)]
    sites = [
        UnloadSite(
            id=site.code,
            location=place(site.lon, site.lat),
            hours=site_hours(settings, day, site),
            duration=site.unload_minutes * 60,
            takes=places.takes(site),
            charges=site.code in fleet.charging,
        )
        for site in places.sites
    ]
    loads = loads_at_start(session, settings, fleet, depot.code, day, places.dimensions)
    sites = bounded(session, places.sites, sites, stops, places.dimensions, depot.code, day, list(loads.values()))
    changes = road_changes(area.roads)
    vehicles, profiles = vehicles_of_day(settings, fleet, depot.code, day, changes)
    return DayJob(
        roads=str(network.roads_path(area)),
        positions=positions,
        dimensions=places.dimensions,
        stops=tuple(stops),
        vehicles=tuple(replace(places.sized(v), load=loads.get(v.id, ())) for v in vehicles),
        unload_sites=tuple(sites),
        profiles=profiles,
        snap_metres=settings.roads.snap_metres,
        seconds=min(settings.planning.seconds, FEWEST_SECONDS + SECONDS_A_STOP * len(stops)),
        seed=settings.planning.seed,
        cores=settings.planning.cores,
        day=day,
        changes=changes,
        server=road_server(settings),
        balance_price=settings.planning.balance_price,
        compactness_price=settings.planning.compactness_price,
    )


def road_server(settings: Settings) -> RoadServer | None:
    """The routing server that is to be asked; None for our own network."""
    from routing.roads.own_engine import RoadServer

    return None if settings.roads.engine == "own" else RoadServer(settings.roads.engine, settings.roads.server)


# -- from the result to rows -------------------------------------------------------------------------------


def store_plan(
    session: Session,
    settings: Settings,
    depot: str,
    day: date,
    job: DayJob,
    result: DayResult,
    now: datetime,
    draft: bool = False,
) -> Plan:
    """Write the result as the next version of the depot's day, which is in force unless it is a draft."""
    plan, area = result.plan, network.the_area(session)
    row = Plan(
        depot_code=depot,
        service_day=day,
        version=next_version(session, depot, day),
        made_at=now,
        engine=plan.engine,
        search_seconds=plan.seconds,
        cost=plan.cost,
        roads=area.roads,
        notice_zh=(plan.notice or {}).get("zh", ""),
        notice_en=(plan.notice or {}).get("en", ""),
        bound=plan.bound,
        prices=dict(plan.prices),
        notes=list(plan.notes),
        routes=[
            route_row(settings, day, job, result.ways[route.vehicle], number, route)
            for number, route in enumerate(sorted(plan.routes, key=lambda r: (r.start, r.vehicle)), 1)
        ],
        left_out=[left_out_row(u) for u in plan.unserved],
        draft=draft,
        published_at=None if draft else now,
        happened=shut_on(session, depot, day).kept(),
    )
    session.add(row)
    session.flush()
    if not draft:
        note_bookings(session, settings, row, now)
    return row


def note_bookings(session: Session, settings: Settings, plan: Plan, now: datetime) -> None:
    """Bring the day's bookings and shops' orders to what the plan makes of them, those on a route with narrowed hours.

    A booking that was moved or cancelled while the plan was made is left as it is; residents who change one at this
    very moment take turns with the plan.
    """
    leads_to = tracking.links(settings, plan.root, max(now, evening_before(settings, plan.service_day)))
    begins = {v.booking_id: v.begins_at for route in plan.routes for v in route.visits if v.booking_id}
    query = select(Booking).where(
        Booking.depot_code == plan.depot_code,
        Booking.service_day == plan.service_day,
        TO_COLLECT,
    )
    query = query.options(selectinload(Booking.lines)).execution_options(populate_existing=True)
    for booking in session.scalars(query.order_by(Booking.id).with_for_update()).all():
        begin = begins.get(booking.id)
        booking.expected_at = None  # what was said of the plan before
        if begin is not None and booking.promise_start <= begin <= booking.promise_end:
            planned(session, [(booking, *narrowed(settings, booking, begin))], now, leads_to, settings)
        else:
            unplanned(session, booking, now)
    note_orders(session, settings, plan, now)


def route_row(
    settings: Settings, day: date, job: DayJob, ways: Sequence[Sequence[tuple[float, float]]], number: int, route: Route
) -> PlanRoute:
    """Return the record of a route of the job, with the road of each leg."""
    vehicle = next(v for v in job.vehicles if v.id == route.vehicle)
    at = {**{("stop", s.id): s.location for s in job.stops}, **{("unload", u.id): u.location for u in job.unload_sites}}

    def moment(second: int) -> datetime:
        return settings.clock.moment(day, second)

    rest = route.rests[0] if route.rests else None
    visits = []
    for position, (visit, way) in enumerate(zip(route.visits, ways, strict=False)):
        lon, lat = job.positions[at[(visit.kind, visit.id)]]
        visits.append(
            PlanVisit(
                position=position,
                **({"site_code": visit.id} if visit.kind == "unload" else subject_of(visit.id)),
                lon=lon,
                lat=lat,
                arrives_at=moment(visit.arrival),
                begins_at=moment(visit.start),
                ends_at=moment(visit.end),
                load_kg=in_all(visit.load)[0],
                load_litres=in_all(visit.load)[1],
                collected_kg=in_all(visit.collected)[0],
                collected_litres=in_all(visit.collected)[1],
                way=[list(p) for p in way],
            )
        )
    return PlanRoute(
        number=number,
        plate=vehicle.id,
        vehicle_type=vehicle.type,
        capacity_kg=vehicle.capacity[0],
        capacity_litres=vehicle.capacity[1],
        starts_at=moment(route.start),
        ends_at=moment(route.end),
        load_kg=in_all(route.load)[0],
        load_litres=in_all(route.load)[1],
        rest_start=moment(rest.start) if rest else None,
        rest_end=moment(rest.end) if rest else None,
        distance=route.distance,
        driving=route.driving,
        cost=route.cost,
        way_home=[list(p) for p in ways[-1]],
        visits=visits,
    )


def left_out_row(unserved: Unserved) -> LeftOut:
    """Return the record of an order that is left out: why, and the changes of which each would help, cheapest first."""
    fixes = [{**fix.values, "change": fix.change, "cost": fix.cost} for fix in unserved.fixes]
    figures: dict[str, Any] = {**unserved.values, "fixes": fixes}
    return LeftOut(**subject_of(unserved.stop), reason=unserved.reason, figures=figures)
