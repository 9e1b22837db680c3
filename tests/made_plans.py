"""Plans for tests: written by hand where no search plays a part, or of a day as it stands."""

from datetime import UTC, datetime, timedelta

from recycling import dispatch, network
from recycling.models import Plan, PlanRoute, PlanVisit
from routing.day import plan_day

NINE = datetime(2026, 3, 5, 1, tzinfo=UTC)  # 09:00 at the depot
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def make_plan(record, booking, version, begins=NINE, before=(), plate="T-BOX", kind="booking_id"):
    """Write a version of the day with one route: the bookings `before` it, an unload, and this one, or an order."""
    plan = Plan(
        depot_code=booking.depot_code,
        service_day=booking.service_day,
        version=version,
        made_at=NINE - 12 * HOUR,
        engine="test",
        search_seconds=0,
        cost=0,
        roads="",
    )
    route = PlanRoute(
        number=1,
        plate=plate,
        vehicle_type="box",
        capacity_kg=1,
        capacity_litres=1,
        starts_at=begins,
        ends_at=begins,
        load_kg=0,
        load_litres=0,
        distance=0,
        driving=0,
        cost=0,
        way_home=[],
    )
    subjects = [*({"booking_id": b.id} for b in before), {"site_code": "CEN-01"}, {kind: booking.id}]
    for position, subject in enumerate(subjects):
        at = begins - (len(subjects) - 1 - position) * 10 * MINUTE
        route.visits.append(
            PlanVisit(
                position=position,
                lon=107.5,
                lat=31.2,
                arrives_at=at,
                begins_at=at,
                ends_at=at + 5 * MINUTE,
                load_kg=0,
                load_litres=0,
                collected_kg=0,
                collected_litres=0,
                way=[],
                **subject,
            )
        )
    plan.routes.append(route)
    with record.write() as session:
        session.add(plan)


def plan_of_day(record, settings, fleet, day, at):
    """Plan DEP-01's day as it stands, by a search in this process, and return the plan."""
    with record.read() as session:
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
    result = plan_day(job)
    with record.write() as session:
        return dispatch.store_plan(session, settings, "DEP-01", day, job, result, at)
