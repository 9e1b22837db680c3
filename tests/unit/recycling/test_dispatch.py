import json
import pickle
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from recycling import dispatch, network
from recycling.booking import Office, book
from recycling.catalogue import visit_minutes
from recycling.figures import newest_plan, orders_waiting, plan_figures, the_plan
from recycling.fleet import Fleet
from recycling.models import Booking, BookingLine, Call, Community, LeftOut, Plan, PlanRoute, PlanVisit, TradeInOrder
from recycling.settings import load_settings
from routing.day import plan_day
from routing.problem import TimeWindow

HOUR = 3600


def call_at(day, hour, place=(107.482, 31.209), community="A-002"):
    return Call(
        depot_code="DEP-01",
        community_code=community,
        service_day=day,
        starts_at=datetime(day.year, day.month, day.day, hour - 8, tzinfo=UTC),
        dwell_minutes=45,
        expected_kg=120,
        expected_litres=2000,
        lon=place[0],
        lat=place[1],
    )


def trade_in(day, **changes):
    start = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    sound = {
        "retailer": "示例家电商场",
        "external_id": "SO-0305-001",
        "depot_code": "DEP-01",
        "service_day": day,
        "promise_start": start,
        "promise_end": start + timedelta(hours=2),
        "place": "社区A-003",
        "lon": 107.491,
        "lat": 31.206,
        "floor": 3,
        "lift": False,
        "new_item": "fridge",
        "new_kg": 64,
        "new_litres": 1150,
        "old_item": "fridge",
        "old_kg": 55,
        "old_litres": 1000,
        "people": 2,
        "minutes": 12.0,
    }
    return TradeInOrder(**{**sound, **changes})


@pytest.fixture
def orders(record, booked, day):
    """A day with three pickups of paper, one of a fridge, a call and a take-back."""
    made = booked(record, 3)
    made += booked(record, 1, items={"fridge": 1, "paper": 3}, window="13:00-15:00", note="gate 7")
    with record.write() as session:
        session.add_all([call_at(day, 10), trade_in(day)])
    return made


@pytest.fixture
def job_of(settings, fleet, day):
    """Return a function that states DEP-01's day of a record."""

    def make(record, settings=settings, fleet=fleet, depot="DEP-01", day=day):
        with record.read() as session:
            return dispatch.day_job(session, settings, fleet, network.the_depot(session, depot), day)

    return make


# -- orders -> job -------------------------------------------------------------------------------------------------


def test_stops_carry_windows_loads_and_skills(record, orders, job_of, settings):
    job = job_of(record)
    stops = {s.id: s for s in job.stops}
    paper, fridge = orders[0], orders[3]

    light = stops[f"b:{paper.id}"]
    slack = 60 * settings.planning.promise_slack_minutes
    assert light.windows == (TimeWindow(8 * HOUR, 10 * HOUR - slack),)
    assert (light.delivery, light.pickup, light.skills) == ((0, 0), (10, 70), frozenset())
    assert light.service == round(60 * visit_minutes(settings.visit, sum(n.minutes * n.pieces for n in paper.lines), 1))
    assert light.prize == settings.planning.prize_booking
    assert job.positions[light.location] == (paper.lon, paper.lat)

    heavy = stops[f"b:{fridge.id}"]
    assert heavy.windows == (TimeWindow(13 * HOUR, 15 * HOUR - slack),)
    assert (heavy.pickup, heavy.skills) == ((55 + 15, 1000 + 105), frozenset({"crew-2"}))
    work = sum(n.minutes * n.pieces for n in fridge.lines)
    assert heavy.service == round(60 * visit_minutes(settings.visit, work, 2))

    (called,) = (s for s in job.stops if s.id.startswith("c:"))
    assert called.windows == (TimeWindow(10 * HOUR - 300, 10 * HOUR + 300),)
    assert (called.service, called.pickup, called.prize) == (45 * 60, (120, 2000), settings.planning.prize_call)

    (swapped,) = (s for s in job.stops if s.id.startswith("t:"))
    assert (swapped.delivery, swapped.pickup, swapped.skills) == ((64, 1150), (55, 1000), frozenset({"crew-2"}))
    assert swapped.windows == (TimeWindow(10 * HOUR, 12 * HOUR - slack),)
    assert swapped.prize == settings.planning.prize_delivery
    assert len(job.stops) == 6


def test_a_delivery_rides_on_what_has_the_tail_lift_and_fits_under_the_way_in(record, job_of, day):
    with record.write() as session:
        session.add(trade_in(day, external_id="SO-1", people=1, tail_lift=True))
        session.add(trade_in(day, external_id="SO-2", people=1, height_limit=2.5))
        session.add(trade_in(day, external_id="SO-3", people=1, height_limit=2.5, tail_lift=True))
        session.add(trade_in(day, external_id="SO-4", people=1))
    job = job_of(record)
    with record.read() as session:
        names = {f"t:{order.id}": order.external_id for order in session.scalars(select(TradeInOrder))}
    able = {names[stop.id]: {v.id for v in job.vehicles if stop.takes(v)} for stop in job.stops}
    assert able == {"SO-1": {"T-BOX"}, "SO-2": {"T-VAN"}, "SO-3": set(), "SO-4": {"T-BOX", "T-VAN"}}


def test_vehicles_sites_and_search(record, orders, job_of, fleet, road_layer, settings):
    job = job_of(record)
    box, van = job.vehicles
    kind = fleet.types["box"]
    assert (box.id, box.type, box.capacity, box.profile) == ("T-BOX", "box", (kind.kg, kind.litres), "box")
    assert (box.shift, box.pauses[0].window, box.pauses[0].duration) == (
        TimeWindow(27_000, 18 * HOUR),
        TimeWindow(41_400, 13 * HOUR),
        HOUR,
    )
    assert (box.skills, van.skills) == (frozenset({"crew-2", "tail-lift"}), frozenset())
    assert (box.fixed_cost, box.cost_per_km, box.cost_per_hour) == (
        kind.fixed_cost,
        kind.cost_per_km,
        kind.cost_per_hour,
    )
    assert job.profiles["box"].hgv
    assert not job.profiles["van"].hgv
    assert (job.profiles["box"].height, job.profiles["box"].weight) == (kind.height, kind.weight)
    (site,) = job.unload_sites  # the specialised centre takes no mixed load
    assert (site.id, site.duration) == ("CEN-01", 1200)
    assert site.hours == TimeWindow(7 * HOUR, 19 * HOUR - 1200), "unloading is over when the site closes"
    assert job.roads == str(road_layer)
    assert job.seconds == settings.planning.seconds
    assert {box.start, box.end, van.start, van.end} == {0}


def test_even_hours_and_compact_areas_have_a_price_that_is_shown(record, orders, job_of):
    plain = plan_day(job_of(record)).plan
    assert not {"balance", "compactness"} & set(plain.prices)
    priced = job_of(record, settings=load_settings(planning={"balance_price": 500, "compactness_price": 700}))
    assert (priced.balance_price, priced.compactness_price) == (500, 700)
    plan = plan_day(priced).plan
    assert plan.prices["compactness"] > 0, "stops lie apart"
    assert "balance" in plan.prices
    assert sum(plan.prices.values()) == plan.cost


def test_an_electric_vehicle_drives_no_further_than_its_battery_lasts(record, orders, job_of, fleet, settings):
    def with_range(km, charging=()):
        van = fleet.types["van"].model_copy(update={"energy": "electric", "range_km": km})
        return fleet.model_copy(update={"types": {**fleet.types, "van": van}, "charging": charging})

    assert [v.range for v in job_of(record).vehicles] == [None, None]
    job = job_of(record, fleet=with_range(90, ("CEN-01",)))
    assert [(v.id, v.range, v.charge) for v in job.vehicles] == [("T-BOX", None, None), ("T-VAN", 90_000, None)]
    assert [site.charges for site in job.unload_sites] == [True]
    assert not any(site.charges for site in job_of(record, fleet=with_range(90)).unload_sites)
    left = [plan_day(replace(job, vehicles=(replace(job.vehicles[1], range=metres),))).plan for metres in (1, None)]
    assert {one.reason for one in left[0].unserved} == {"skill", "too-far"}
    assert len(left[1].unserved) < len(left[0].unserved)


def test_a_small_day_is_searched_for_less_than_the_setting(record, orders, job_of):
    patient = load_settings(planning={"seconds": 500})
    assert job_of(record, settings=patient).seconds == pytest.approx(1.0 + 0.3 * 6)


def test_no_break_when_it_lasts_no_time(record, orders, job_of):
    assert job_of(record, settings=load_settings(service={"break_minutes": 0})).vehicles[0].pauses == ()


def test_the_earliest_order_comes_first(record, orders, job_of):
    with record.read() as session:
        found = dispatch.orders_of(session, "DEP-01", orders[0].service_day)
    assert len(found) == 6
    assert [b.created_at for b in found.bookings] == sorted(b.created_at for b in found.bookings)


def test_other_days_and_depots_are_no_part_of_it(record, orders, job_of, day):
    assert job_of(record, day=day + timedelta(days=1)).stops == ()
    assert job_of(record, depot="DEP-02").stops == ()
    assert job_of(record, depot="DEP-02").vehicles == ()


@pytest.mark.parametrize(("day", "first"), [(date(2026, 3, 29), 7), (date(2026, 10, 25), 9), (date(2026, 6, 1), 8)])
def test_on_the_day_of_a_clock_change_windows_are_seconds_that_pass(sqlite_record, catalogue, wish, fleet, day, first):
    settings = load_settings(service={"timezone": "Europe/Berlin"})
    made = book(
        Office(sqlite_record, settings, catalogue, fleet),
        wish(day=day),
        "berlin-key",
        settings.clock.midnight(day) - timedelta(hours=12),
    )
    with sqlite_record.read() as session:
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
    slack = 60 * settings.planning.promise_slack_minutes
    assert job.stops[0].windows == (TimeWindow(first * HOUR, (first + 2) * HOUR - slack),)
    assert settings.clock.moment(day, job.stops[0].windows[0].start) == made.promise_start
    assert job.vehicles[0].shift.start == first * HOUR - 1800


def test_nothing_personal_reaches_the_solver_or_comes_back(record, booked, day, job_of):
    booked(
        record,
        2,
        contact="Zacharias Quux",
        phone="+86 199 5555 0199",
        address="Hidden Lane 77",
        note="the key lies under the mat",
    )
    with record.write() as session:
        session.add_all([call_at(day, 10), trade_in(day, retailer="Secret Shop", external_id="ORDER-XYZZY")])
    job = job_of(record)
    result = plan_day(job)
    with record.read() as session:
        bookings = session.scalars(select(Booking)).all()
        private = [b.reference for b in bookings] + [b.token for b in bookings]
        private += [b.idempotency_key for b in bookings]
    private += ["Quux", "5550199", "Hidden Lane", "under the mat", "Secret Shop", "XYZZY", "社区", "示例镇"]

    def plain(value):
        return str(value) if isinstance(value, date) else list(value)

    for thing in (job, result):
        for form in (pickle.dumps(thing), json.dumps(asdict(thing), default=plain, ensure_ascii=False).encode()):
            assert b"T-BOX" in form  # the control: what is in it would be found
            assert [p for p in private if p.encode() in form] == []


# -- result -> rows ------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(settings, day, now):
    """Return a function that plans a job in this process and writes the plan, and returns plan and result."""

    def make(record, job):
        result = plan_day(job)
        with record.write() as session:
            dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
        with record.read() as session:
            return the_plan(session, "DEP-01", day), result

    return make


def test_the_rows_say_what_the_result_says(record, orders, job_of, stored, settings, day, now):
    job = job_of(record)
    row, result = stored(record, job)
    plan = result.plan
    assert (row.version, row.made_at, row.engine, row.cost, row.roads) == (1, now, plan.engine, plan.cost, "grid")
    assert row.notice == plan.notice
    assert row.notice["en"] == "demonstration roads, not for navigation"
    assert plan.unserved == ()
    assert row.left_out == []
    assert [r.number for r in row.routes] == list(range(1, len(plan.routes) + 1))
    at = settings.clock.moment
    for route in row.routes:
        solved = next(r for r in plan.routes if r.vehicle == route.plate)
        vehicle = next(v for v in job.vehicles if v.id == route.plate)
        assert (route.vehicle_type, (route.capacity_kg, route.capacity_litres)) == (vehicle.type, vehicle.capacity)
        assert (route.starts_at, route.ends_at) == (at(day, solved.start), at(day, solved.end))
        assert ((route.load_kg, route.load_litres), route.cost) == (solved.load, solved.cost)
        assert (route.distance, route.driving) == (solved.distance, solved.driving)
        rest = solved.rests[0] if solved.rests else None
        assert (route.rest_start, route.rest_end) == (
            (at(day, rest.start), at(day, rest.end)) if rest else (None, None)
        )
        assert len(route.visits) == len(solved.visits)
        ways = result.ways[route.plate]
        for visit, other, way in zip(route.visits, solved.visits, ways, strict=False):
            subject = (
                {
                    "b": visit.booking_id,
                    "c": visit.call_id,
                    "t": visit.order_id,
                }.get(other.id[0])
                if other.kind == "stop"
                else visit.site_code
            )
            assert str(subject) == (other.id[2:] if other.kind == "stop" else other.id)
            assert (visit.arrives_at, visit.begins_at, visit.ends_at) == tuple(
                at(day, s) for s in (other.arrival, other.start, other.end)
            )
            assert (visit.load_kg, visit.load_litres) == other.load
            assert (visit.collected_kg, visit.collected_litres) == other.collected
            assert visit.way == [list(p) for p in way]
        assert route.way_home == [list(p) for p in ways[-1]]
        assert len(ways) == len(route.visits) + 1


def test_the_figures_are_those_of_the_plan(record, orders, job_of, stored):
    job = job_of(record)
    row, result = stored(record, job)
    figures, plan = plan_figures(row), result.plan
    visits = [v for r in plan.routes for v in r.visits]
    assert (figures.stops, figures.bookings, figures.calls, figures.deliveries) == (6, 4, 1, 1)
    assert figures.stops == sum(v.kind == "stop" for v in visits)
    assert figures.unloads == sum(v.kind == "unload" for v in visits) >= 1
    assert figures.routes == len(plan.routes)
    assert figures.km == round(sum(r.distance for r in plan.routes) / 1000, 1) > 0
    assert figures.hours == round(sum(r.end - r.start for r in plan.routes) / HOUR, 1)
    pickups = [s.pickup for s in job.stops]
    assert (figures.kg, figures.litres) == (sum(p[0] for p in pickups), sum(p[1] for p in pickups))
    assert figures.cost == sum(r.cost for r in plan.routes) == plan.cost
    assert (figures.left_out, figures.left_out_total) == ({}, 0)
    assert json.loads(json.dumps(figures.to_dict()))["stops"] == 6


def test_left_out_orders_have_a_reason_and_its_figures(record, booked, orders, job_of, stored, day):
    far = booked(record, 1, lon=107.4655, lat=31.196, note="on a field")[0]
    crowd = booked(record, 1, items={"glass": 9}, note="a whole shop")[0]
    with record.write() as session:
        session.execute(update(BookingLine).where(BookingLine.booking_id == crowd.id).values(litres=9000))
        session.add(trade_in(day, external_id="SO-2", people=4))
    job = job_of(record)
    row, result = stored(record, job)
    reasons = {u.booking_id or u.order_id: u for u in row.left_out}
    assert reasons[far.id].reason == "no-road"
    assert reasons[far.id].figures["metres"] > 300
    assert reasons[crowd.id].reason == "too-large"
    assert reasons[crowd.id].figures["need"] > reasons[crowd.id].figures["capacity"]
    (heavy,) = (u for u in row.left_out if u.reason == "skill")
    (fix,) = heavy.figures["fixes"]
    assert (fix["change"], fix["skill"], fix["cost"] > 0) == ("skill", "crew-4", True)
    assert fix["vehicle"] in {v.id for v in job.vehicles}
    assert {u.stop.split(":")[1] for u in result.plan.unserved} == {str(k) for k in reasons}
    figures = plan_figures(row)
    assert figures.left_out == {"no-road": 1, "skill": 1, "too-large": 1}
    assert figures.left_out_total == 3
    assert figures.stops == 6
    lost = sum(s.prize for s in job.stops if s.id in {u.stop for u in result.plan.unserved})
    assert row.cost == figures.cost + lost


def test_a_depot_without_vehicles_leaves_everything_out(record, orders, job_of, stored, fleet):
    row, _ = stored(record, job_of(record, fleet=Fleet(types=fleet.types, fleets=())))
    assert plan_figures(row).left_out == {"no-vehicle": 6}
    assert row.routes == []


def test_a_day_without_orders_has_an_empty_plan(record, job_of, stored):
    row, _ = stored(record, job_of(record))
    assert (row.routes, row.left_out, row.cost) == ([], [], 0)
    assert plan_figures(row).km == 0


def test_versions_count_up_and_the_old_one_stays(record, orders, job_of, stored, day):
    job = job_of(record)
    first, _ = stored(record, job)
    second, _ = stored(record, job)
    assert (first.version, second.version) == (1, 2)
    with record.read() as session:
        assert newest_plan(session, "DEP-01", day).id == second.id
        assert session.get(Plan, first.id) is not None
        assert newest_plan(session, "DEP-02", day) is None


def test_orders_that_came_later_are_waiting(record, orders, job_of, stored, booked, day):
    row, _ = stored(record, job_of(record))
    with record.read() as session:
        assert orders_waiting(session, row) == 0
    booked(record, 2, note="late")
    with record.read() as session:
        assert orders_waiting(session, the_plan(session, "DEP-01", day)) == 2


def test_a_plan_is_written_whole_or_not_at_all(record, orders, job_of, settings, day, now, monkeypatch):
    job = job_of(record)
    result = plan_day(job)

    def store():
        with record.write() as session:
            dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
            raise RuntimeError("after the last row, before the end")

    with pytest.raises(RuntimeError):
        store()
    with record.read() as session:
        for model in (Plan, PlanRoute, PlanVisit, LeftOut):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_taking_a_plan_away_takes_its_rows_and_no_order(record, orders, job_of, stored):
    row, _ = stored(record, job_of(record))
    with record.write() as session:
        session.delete(session.get(Plan, row.id))
    with record.read() as session:
        for model in (PlanRoute, PlanVisit):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        assert session.scalar(select(func.count()).select_from(Booking)) == 4
        assert session.scalar(select(func.count()).select_from(Community)) == 4
