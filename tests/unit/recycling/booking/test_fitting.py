"""Tail lifts and low ways in: never more is taken of a window than the vehicles that fit can do.

The judge divides what was taken among the vehicles by a maximum flow; it shares no code with the guard.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow
from sqlalchemy import func, select
from trial_counts import so_many

from recycling.booking import Need, Office, Window, book, cancel, keep_window, move, offers
from recycling.booking.capacity import WindowFullError
from recycling.booking.checks import need_of_wish
from recycling.booking.expected import Work
from recycling.booking.fitting import Fits
from recycling.booking.workload import Fit
from recycling.fleet import DepotFleet, Fleet, VehicleType
from recycling.models import Booking, Hold, TradeInOrder

from .conftest import RESIDENT, fresh

SPAN = "08:00-10:00"
LOW = 2.5  # metres: the van goes there, no box truck does
HEIGHTS = (2.1, 2.6, 3.2)
LIMITS = (None, 2.0, 2.2, 2.7)


def can_all_be_done(fleet, seconds_each, loads):
    """Whether the loads can be divided among the vehicles, each of which has so many seconds."""
    vehicles = fleet.at("DEP-01")
    graph = np.zeros((2 + len(loads) + len(vehicles),) * 2, dtype=np.int32)
    for row, (fit, seconds) in enumerate(loads, 1):
        graph[0, row] = seconds
        for column, (_, _, kind) in enumerate(vehicles, 1 + len(loads)):
            crew = kind.crew >= fit.people
            low = fit.height_limit is None or kind.height <= fit.height_limit
            if crew and low and (kind.tail_lift or not fit.tail_lift):
                graph[row, column] = seconds
    for column in range(1 + len(loads), 1 + len(loads) + len(vehicles)):
        graph[column, -1] = seconds_each
    return maximum_flow(csr_matrix(graph), 0, len(graph) - 1).flow_value == sum(seconds for _, seconds in loads)


def fleet_of(*kinds):
    """A fleet of one vehicle for each (crew, tail lift, height)."""
    types, fleets = {}, []
    for number, (crew, lift, height) in enumerate(kinds):
        types[f"k{number}"] = VehicleType(
            zh="车", en="Truck", kg=1000, litres=9000, height=height, weight=3, crew=crew, tail_lift=lift,
            fixed_cost=1, cost_per_km=1, cost_per_hour=1,
        )  # fmt: skip
        fleets.append(DepotFleet(depot="DEP-01", type=f"k{number}", plates=(f"T-{number}",)))
    return Fleet(types=types, fleets=tuple(fleets))


def window_with(office, day, loads, work=()):
    """What a window has left in whose record these loads stand, and this work."""
    fits = Fits(None, office, "DEP-01", [day])
    kept, known = {}, {}
    for target, of in ((kept, loads), (known, work)):
        for fit, seconds in of:
            target[fit] = target.get(fit, 0) + seconds
    vars(fits).update(_loads={(day, SPAN): kept}, _work=Work({(day, SPAN): known}), _special_windows={(day, SPAN)})
    return fits


KINDS = st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from(HEIGHTS))
FITS = st.builds(Fit, st.integers(1, 3), st.booleans(), st.sampled_from(LIMITS))
LOADS = st.lists(st.tuples(FITS, st.integers(1, 60).map(lambda n: n * 100)), max_size=14)


@trials(max_examples=so_many(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(KINDS, min_size=1, max_size=6), asked=LOADS, work=LOADS.map(lambda found: found[:3]))
def test_what_is_taken_can_be_done_and_what_is_refused_cannot(settings, catalogue, day, kinds, asked, work):
    fleet = fleet_of(*kinds)
    office = Office(None, settings, catalogue, fleet)
    each = round(7200 * settings.booking.fill)
    work = [load for load in work if can_all_be_done(fleet, each, [load])]
    if not can_all_be_done(fleet, each, work):
        work = []
    taken = []
    for fit, seconds in asked:
        window = window_with(office, day, taken, work)
        fine = window.takes(day, SPAN, {fit: seconds})
        assert fine == (window.left(day, SPAN, fit) >= seconds), "the offer and the guard say the same"
        assert fine == can_all_be_done(fleet, each, [*work, *taken, (fit, seconds)])
        if fine:
            taken.append((fit, seconds))


def test_unions_matter(settings, catalogue, day):
    """Each kind of need alone has room, and so has all together; two kinds together have not."""
    fleet = fleet_of((1, True, 2.1), (1, True, 3.2), (1, False, 2.1), (1, False, 3.2))
    each = round(7200 * settings.booking.fill)
    lift, low = Fit(1, tail_lift=True), Fit(1, height_limit=LOW)
    window = window_with(Office(None, settings, catalogue, fleet), day, [(lift, 2 * each)])
    assert window.takes(day, SPAN, {low: each})
    assert not window.takes(day, SPAN, {low: 2 * each})
    assert not can_all_be_done(fleet, each, [(lift, 2 * each), (low, 2 * each)])


# -- the record ----------------------------------------------------------------------------------------------------


@pytest.fixture
def low(taken):
    """Return a function that books a visit behind a low gate."""
    count = iter(range(100))

    def make(desk, **changes):
        return taken(desk, **{"height_limit": LOW, "address": f"低{next(count)}栋", **changes})

    return make


@pytest.fixture
def filled(low):
    """Return a function that books such visits until no more are taken, and returns them."""

    def fill(desk, **changes):
        made = []
        while True:
            try:
                made.append(low(desk, **changes))
            except WindowFullError:
                assert made
                return made

    return fill


def shown(desk, request, now, day):
    """The spans that are on offer for a request."""
    with desk.database.read() as session:
        need = need_of_wish(session, desk, request, now)
        return {offer.window.span for offer in offers(session, desk, need, now, [day])}


def low_seconds(desk):
    """Seconds that bookings and holds behind low gates take of the window."""
    with desk.database.read() as session:
        return sum(
            session.scalar(
                select(func.coalesce(func.sum(kind.seconds), 0)).where(kind.height_limit == LOW, kind.window == SPAN)
            )
            for kind in (Booking, Hold)
        )


def test_low_doors_take_no_more_than_the_van_has(both, wish, filled, now, day):
    most = round(7200 * both.settings.booking.fill)
    made = filled(both)
    assert most - made[-1].seconds <= low_seconds(both) <= most
    assert SPAN not in shown(both, wish(height_limit=LOW, items={"paper": 2}), now, day)
    assert SPAN in shown(both, wish(items={"paper": 2}), now, day), "box trucks still have time"
    cancel(both, made[0], "", RESIDENT, now)
    assert SPAN in shown(both, wish(height_limit=LOW, items={"paper": 2}), now, day)


def test_without_the_guard_more_is_taken_than_the_van_can_do(desk, low, monkeypatch):
    """The control."""
    monkeypatch.setattr(Fits, "takes", lambda *_: True)
    for _ in range(16):
        low(desk)
    assert low_seconds(desk) > round(7200 * desk.settings.booking.fill)


def test_of_many_at_once_only_those_are_taken_that_the_van_can_do(both, low, at_once):
    low(both, window="10:00-12:00")  # the rows of the day are there
    found = at_once(*(lambda: low(both) for _ in range(12)))
    assert any(isinstance(one, Booking) for one in found)
    assert {type(one) for one in found} <= {Booking, WindowFullError}
    assert low_seconds(both) <= round(7200 * both.settings.booking.fill)


def test_a_window_that_is_kept_counts_too_and_is_free_for_its_form(desk, wish, low, filled, now, day):
    request = wish(height_limit=LOW, items={"paper": 2})
    with desk.database.read() as session:
        need = need_of_wish(session, desk, request, now)
    keep_window(desk, "form-of-mine", need, Window("DEP-01", day, SPAN), now)
    filled(desk)
    assert SPAN not in shown(desk, request, now, day)
    with desk.database.read() as session:
        own = {offer.window.span for offer in offers(session, desk, need, now, [day], owner="form-of-mine")}
    assert SPAN in own
    assert book(desk, request, "form-of-mine", now).window == SPAN
    assert low_seconds(desk) <= round(7200 * desk.settings.booking.fill)


def test_a_booking_is_moved_only_to_where_the_van_has_time(desk, filled, low, now, day):
    filled(desk)
    elsewhere = low(desk, window="13:00-15:00")
    with pytest.raises(WindowFullError):
        move(desk, elsewhere, day, SPAN, RESIDENT, now)
    assert fresh(desk, elsewhere).window == "13:00-15:00"
    assert move(desk, elsewhere, day + timedelta(days=1), SPAN, RESIDENT, now).service_day == day + timedelta(days=1)


@pytest.fixture
def deliver(desk, settings, day):
    """Return a function that writes four deliveries of a shop into the record, which fill a vehicle together."""

    def make(**changes):
        start = settings.clock.midnight(day) + timedelta(hours=8)
        sound = {
            "retailer": "示例家电商场", "depot_code": "DEP-01", "service_day": day,
            "promise_start": start, "promise_end": start + timedelta(hours=2), "place": "社区A-003", "lon": 107.491,
            "lat": 31.206, "floor": 1, "lift": True, "new_item": "fridge", "new_kg": 64, "new_litres": 1150,
            "people": 1, "minutes": 90.0,
        }  # fmt: skip
        with desk.database.write() as session:
            session.add_all(TradeInOrder(**{**sound, **changes, "external_id": f"SO-{n}"}) for n in range(4))

    return make


@pytest.mark.parametrize(("limit", "has_room"), [(LOW, False), (None, True)])
def test_a_delivery_behind_a_low_gate_takes_the_van_s_time(desk, wish, deliver, now, day, limit, has_room):
    deliver(height_limit=limit)
    assert (SPAN in shown(desk, wish(height_limit=LOW, items={"paper": 2}), now, day)) is has_room
    assert SPAN in shown(desk, wish(items={"paper": 2}), now, day)


@pytest.mark.parametrize(("tail_lift", "has_room"), [(True, False), (False, True)])
def test_a_delivery_by_tail_lift_takes_the_time_of_those_that_have_one(
    desk, wish, deliver, now, day, tail_lift, has_room
):
    one_truck = replace(
        desk,
        fleet=Fleet(
            types=desk.fleet.types,
            fleets=(
                DepotFleet(depot="DEP-01", type="box", plates=("T-BOX-1",)),
                DepotFleet(depot="DEP-01", type="van", plates=("T-VAN",)),
            ),
        ),
    )
    deliver(tail_lift=tail_lift)
    large = wish(items={"fridge.large": 1})
    assert (SPAN in shown(one_truck, large, now, day)) is has_room
    assert SPAN in shown(one_truck, wish(items={"paper": 2}), now, day)


def test_a_need_says_which_vehicles_fit():
    need = Need("DEP-01", 107.4, 31.2, 2, 60, 1, tail_lift=True, height_limit=LOW)
    assert need.fit == Fit(2, tail_lift=True, height_limit=LOW)
