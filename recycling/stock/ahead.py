"""What is still ahead of a vehicle on a day: its calls, the pickups of its route, and where it is to unload."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.catalogue import Catalogue
from recycling.in_force import in_force
from recycling.models import Booking, Call, Plan, PlanRoute, PlanVisit, Site, Timetable, TimetableVisit, TradeInOrder
from recycling.models.booking import ENDED
from recycling.settings import Settings
from recycling.stock.brought import expected_loads, shares_of
from recycling.stock.forecast import Ahead
from recycling.stock.loads import Load, together
from recycling.stock.vehicle import Vehicle
from recycling.timetable.versions import cycle_day


def calls_of(session: Session, vehicle: Vehicle, day: date) -> list[Call]:
    """Return the calls of a vehicle on a day that take place, in their order."""
    query = (
        select(Call)
        .where(Call.plate == vehicle.plate, Call.service_day == day, Call.state == "planned")
        .order_by(Call.starts_at, Call.id)
        .options(selectinload(Call.community))
    )
    return list(session.scalars(query))


def ahead_of(
    session: Session, settings: Settings, catalogue: Catalogue, vehicle: Vehicle, day: date, now: datetime
) -> list[Ahead]:
    """Return the stops of the day that are not over, in the order of their times.

    Unloads are those of the route in the day's newest plan and those that the timetable has after a call. Of a call
    under way what is still expected is what is left of its time.
    """
    visits = _visits(session, vehicle, day)
    sites = {site.code: site for site in session.scalars(select(Site))}
    stops = [_unload(sites[v.site_code], v.begins_at) for v in visits if v.site_code and v.begins_at > now]
    planned = any(visit.site_code for visit in visits)
    for call in calls_of(session, vehicle, day):
        if call.ends_at <= now:
            continue
        left = min(1.0, (call.ends_at - now) / (call.ends_at - call.starts_at))
        shares = shares_of(session, settings.stock, call.community_code)
        loads = expected_loads(settings.stock, shares, round(call.expected_kg * left))
        stops.append(
            Ahead(
                "call",
                call.starts_at,
                call.community.name,
                call.lon,
                call.lat,
                loads,
                key=str(call.id),
                community=call.community_code,
            )
        )
        after = "" if planned else _unload_after(session, call)
        if after in sites:
            stops.append(_unload(sites[after], call.ends_at))
    bookings = {visit.booking_id: visit for visit in visits if visit.booking_id}
    query = select(Booking).where(Booking.id.in_(bookings), Booking.state.not_in(ENDED))
    for booking in session.scalars(query.options(selectinload(Booking.lines))):
        visit = bookings[booking.id]
        loads = tuple(_booked(catalogue, booking))
        at = max(visit.begins_at, now)
        stops.append(Ahead("pickup", at, booking.place, booking.lon, booking.lat, loads))
    stops += _deliveries(session, catalogue, [visit for visit in visits if visit.order_id], now)
    return sorted(stops, key=lambda stop: (stop.at, stop.kind == "unload"))


def _deliveries(session: Session, catalogue: Catalogue, visits: list[PlanVisit], now: datetime) -> list[Ahead]:
    """Return the deliveries that take something back and have not come to an end."""
    by_order = {(visit.order_id, visit.fetches): visit for visit in visits}
    keys = {key for key, _ in by_order}
    query = select(TradeInOrder).where(TradeInOrder.id.in_(keys), TradeInOrder.old_item != "")
    return [
        Ahead(
            "fetch" if fetches else "take-back",
            max(by_order[order.id, fetches].begins_at, now),
            order.place,
            order.lon,
            order.lat,
            tuple(taken_back(catalogue, order)),
        )
        for order in session.scalars(query)
        if (order.id, fetches := order.fetch_start is not None) in by_order
        and (order.fetching if fetches else order.state == "open")
    ]


def accepted_at(site: Site) -> tuple[str, ...]:
    """Return the materials that a site takes; none where it takes everything."""
    return tuple(code.strip() for code in site.materials.split(",") if code.strip())


def _unload(site: Site, at: datetime) -> Ahead:
    return Ahead("unload", at, site.name, site.lon, site.lat, accepted=accepted_at(site), site=site.code)


def _visits(session: Session, vehicle: Vehicle, day: date) -> list[PlanVisit]:
    newest = in_force(vehicle.depot, day).with_only_columns(Plan.id).scalar_subquery()
    query = (
        select(PlanVisit)
        .join(PlanRoute, PlanRoute.id == PlanVisit.route_id)
        .where(PlanRoute.plan_id == newest, PlanRoute.plate == vehicle.plate)
        .order_by(PlanVisit.position)
    )
    return list(session.scalars(query))


def _unload_after(session: Session, call: Call) -> str:
    """Return the site at which the call's timetable unloads after it, where it still stands on its day."""
    table = session.get(Timetable, call.timetable_id) if call.timetable_id else None
    if table is None:
        return ""
    query = select(TimetableVisit.unload_after).where(
        TimetableVisit.timetable_id == table.id,
        TimetableVisit.community_code == call.community_code,
        TimetableVisit.day == cycle_day(table, call.service_day),
        TimetableVisit.plate == call.plate,
    )
    return session.scalar(query) or ""


def taken_back(catalogue: Catalogue, order: TradeInOrder) -> list[Load]:
    """Return what comes back with an order, by material."""
    pieces = dict(order.things_back)
    known = [(catalogue.variants[code], count) for code, count in pieces.items() if code in catalogue.variants]
    return together(Load(item.material, 1000 * item.kg * count, 1000 * item.litres * count) for item, count in known)


def _booked(catalogue: Catalogue, booking: Booking) -> list[Load]:
    found = []
    for line in booking.lines:
        item = catalogue.variants.get(line.item)
        if item is not None:
            found.append(Load(item.material, 1000 * line.kg * line.pieces, 1000 * line.litres * line.pieces))
    return together(found)
