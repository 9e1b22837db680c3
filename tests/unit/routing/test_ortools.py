"""What the OR-Tools model itself states, seen on its bare orders, and that its finished plans keep every rule."""

from dataclasses import replace

import numpy as np
import pytest
from days import RULES, day, line, matrix, rich_days, site, stop, truck
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.problem import Closed, Compartment, Pair, Pause, Period, TimeWindow
from routing.solve import faults_of, portfolio
from routing.solve.finish import complete
from routing.solve.ortools import Order, search, solve_orders
from routing.solve.ortools.ways import whole_day
from routing.timing import excess

TIME = 0.5
U = site("u", 9)


def orders(problem, start=None, seconds=TIME):
    """Services by vehicle, as the model has them, without the unloads at the end, which may be there or not."""
    found = {}
    for order in solve_orders(problem, seconds, 1, None, start):
        services = list(order.services)
        while services[-1][0] == "unload":
            services.pop()
        found[order.vehicle.id] = [name for _, name in services]
    return found


def served(problem):
    sites = {u.id for u in problem.unload_sites}
    return {name for services in orders(problem).values() for name in services if name not in sites}


# -- each rule in the model ----------------------------------------------------------------------------------------


def test_all_features_are_declared():
    (engine,) = [e for e in portfolio.ENGINES if e.name == "ortools"]
    assert engine.takes == set(portfolio.FEATURES)


def test_windows_with_a_gap():
    """The second window alone fits after the first stop's long service; the gap may not be used."""
    first = stop("a", 1, [(600, 600)], service=3_000)
    second = stop("b", 1, [(0, 700), (9_000, 9_100)])
    problem = day([first, second], [truck()])
    assert orders(problem) == {"v": ["a", "b"]} or orders(problem) == {"v": ["b", "a"]}
    closed = replace(second, windows=(TimeWindow(0, 500), TimeWindow(40_000, 40_001)))
    assert served(day([first, closed], [truck()])) == {"a"}


def test_service_by_crew():
    slow = stop("a", 1, service=40_000, service_by_crew={"two": 60})
    assert orders(day([slow], [truck("v"), truck("w", crew="two")])) == {"w": ["a"]}


def test_named_and_forbidden_vehicles():
    fleet = [truck("v"), truck("w", fixed=9_000)]
    problem = day([stop("a", 1, vehicles=frozenset({"w"})), stop("b", 1, forbidden=frozenset({"v"}))], fleet)
    assert list(orders(problem)) == ["w"]


def test_the_announced_vehicle_unless_another_one_saves_more_than_its_price():
    near, far = truck("v"), truck("w", fixed=9_000)
    for price, name in ((8_999, "v"), (9_001, "w")):
        assert orders(day([stop("a", 1, stays="w", stays_price=price)], [near, far])) == {name: ["a"]}
    both = day([stop(name, 1, stays="w", stays_price=5_000) for name in "ab"], [near, far])
    assert list(orders(both)) == ["w"]


def test_one_of_a_group_and_its_largest_prize():
    problem = day([stop("far", 9, group="g", prize=50), stop("near", 1, group="g", prize=20_000)], [truck()])
    assert orders(problem) == {"v": ["near"]}


def test_required_comes_before_prizes():
    """One of the two can be served; the required one has no prize."""
    shift = (0, 1_300)
    first, second = stop("a", 1, service=100, prize=9_000), stop("b", 1, service=100, prize=0, required=True)
    assert served(day([first, second], [truck(shift=shift)])) == {"b"}


def test_together_on_one_vehicle():
    fleet = [truck(capacity=2), truck("w", capacity=1)]
    stops = [stop(name, 1, delivery=1, together="t") for name in "ab"] + [stop("c", 1, delivery=1)]
    found = orders(day(stops, fleet))
    assert sorted(found["v"]) == ["a", "b"]
    assert found["w"] == ["c"]


def test_pairs_in_order_on_one_vehicle():
    problem = day([stop("drop", 1, delivery=5), stop("collect", 3, pickup=5)], [truck(), truck("w")],
                  pairs=(Pair("collect", "drop"),))  # fmt: skip
    (services,) = orders(problem).values()
    assert services == ["collect", "drop"]
    alone = replace(problem, stops=(problem.stops[0], replace(problem.stops[1], windows=(TimeWindow(-9, -1),))))
    assert orders(alone) == {}


def test_backhauls_after_deliveries():
    problem = day([stop("back", 1, pickup=1, backhaul=True), stop("bring", 3, delivery=1)], [truck()], [U])
    (services,) = orders(problem).values()
    assert services == ["bring", "back"]


def test_compartments():
    parts = (Compartment(frozenset({"kg", "litres"}), 10),)
    stops = [stop("a", 1, delivery=(6, 0), pickup=(0, 0)), stop("b", 1, delivery=(0, 6), pickup=(0, 0))]
    dims = ("kg", "litres")
    tight = day(stops, [truck(capacity=(9, 9), compartments=parts)], dimensions=dims)
    assert len(served(tight)) == 1
    assert len(served(replace(tight, vehicles=(truck(capacity=(9, 9)),)))) == 2


def test_loads_at_the_start_take_room_until_they_are_unloaded():
    problem = day([stop("a", 1, [(600, 700)], pickup=60)], [truck(load=(60,))], [site("u", 5)])
    assert orders(problem) == {}
    late = replace(problem, stops=(replace(problem.stops[0], windows=(TimeWindow(600, 30_000),)),))
    assert orders(late) == {"v": ["u", "a"]}


def test_stock_that_is_kept_needs_no_site():
    problem = day([stop("a", 1, pickup=5)], [truck(), truck("w", keeps_stock=True)])
    assert orders(problem) == {"w": ["a"]}


def test_several_breaks():
    """Both breaks fall between the only two services, which leaves too little time for the second."""
    pauses = (Pause(TimeWindow(700, 800), 600), Pause(TimeWindow(1_400, 1_500), 600))
    stops = [stop("a", 1, [(600, 600)], service=200), stop("b", 1, [(660, 1_900)], service=60)]
    short = truck(shift=(0, 2_600), pauses=pauses)
    assert "b" in served(day(stops, [replace(short, pauses=pauses[:1])]))
    assert served(day(stops[1:], [replace(short, pauses=())])) == {"b"}
    assert len(served(day(stops, [short]))) == 1


def test_longest_route_and_overtime():
    problem = day([stop("a", 5)], [truck(max_duration=5_999)])
    assert orders(problem) == {}
    assert orders(replace(problem, vehicles=(truck(max_duration=6_000),))) == {"v": ["a"]}
    late = truck(shift=(0, 5_000), overtime=1_000)
    assert orders(replace(problem, vehicles=(late,))) == {"v": ["a"]}
    dear = replace(late, overtime_per_hour=3_600 * 2_000)
    assert orders(replace(problem, vehicles=(dear,))) == {}


def test_a_wish_that_is_worth_waiting_for():
    near, wish = stop("near", 1), stop("far", 2, wishes=(TimeWindow(1_200, 1_200),), wish_price=36_000)
    problem = day([near, wish], [truck(shift=(0, 9_000), hour=360)])
    found = solve_orders(problem, TIME, 1)
    plan = complete(problem, [(o.vehicle.id, o.services) for o in found])
    assert "wishes" not in plan.prices


def test_closed_zones_by_vehicle():
    zone = (Closed(frozenset({1}), TimeWindow(0, 36_000)),)
    assert orders(day([stop("a", 1)], [truck(closed=zone), truck("w", fixed=5_000)])) == {"w": ["a"]}
    assert orders(day([stop("a", 1)], [truck(closed=zone)])) == {}


def test_what_is_ready_late_waits_for_the_trip_that_begins_later():
    late = stop("late", 1, delivery=1, release=5_000)
    soon = stop("soon", 2, [(0, 2_000)], delivery=1)
    assert len(served(day([late, soon], [truck(shift=(0, 9_000))]))) == 1
    depot = site("depot", 0, duration=60, takes=frozenset(), reloads=True)
    problem = day([late, soon], [truck(shift=(0, 9_000))], [depot])
    wanted = {"v": ["soon", "depot", "late"]}
    # a busy machine may find it in the longer searches only
    assert any(orders(problem, seconds=seconds) == wanted for seconds in (TIME, 5 * TIME, 60 * TIME))


def test_loading_again_when_all_does_not_fit():
    depot = site("depot", 0, duration=60, takes=frozenset(), reloads=True)
    stops = [stop(name, 1, delivery=6) for name in "ab"]
    found = orders(day(stops, [truck(capacity=10)], [depot]))
    assert found["v"][1] == "depot"
    assert len(found["v"]) == 3


def test_a_battery_is_charged_on_the_way():
    charger = site("charger", 5, takes=frozenset(), charges=True)
    electric = truck(range=60_000, charge=40_000)
    problem = day([stop("a", 6)], [electric], [charger])
    found = orders(problem)
    assert set(found["v"]) == {"a", "charger"}
    assert orders(replace(problem, unload_sites=())) == {}


def test_partial_sites_leave_the_rest_on_board():
    """The site takes litres only: with ten kilograms on board nothing more fits, however often it is visited."""
    part, whole = site("part", 1, duration=60, takes=frozenset({"litres"})), site("whole", 2, duration=60)
    goods = {"delivery": (0, 0), "pickup": (10, 1)}
    stops = [stop("a", 1, [(600, 600)], **goods), stop("b", 1, [(600, 1_200)], **goods)]
    problem = day(stops, [truck(capacity=(10, 9))], [part, whole], dimensions=("kg", "litres"))
    assert len(served(problem)) == 1
    later = replace(problem, stops=(stops[0], replace(stops[1], windows=(TimeWindow(600, 3_600),))))
    assert orders(later) == {"v": ["a", "whole", "b"]}


def test_bounded_sites_take_no_more_in_the_day():
    """Two trucks must unload on the way at a site that takes ten; the other one can be reached on the way home only."""
    bounded, far = site("bounded", 1, duration=60, capacity=(10,)), site("far", 9)
    stops = [stop(f"{name}{k}", 1, pickup=10, skills=[name]) for name in "vw" for k in (0, 1)]
    fleet = [truck(name, capacity=10, shift=(0, 11_500), skills=[name]) for name in "vw"]
    problem = day(stops, fleet, [bounded, far])
    assert len(served(problem)) == 3
    free = replace(problem, unload_sites=(replace(bounded, capacity=None), far))
    assert len(served(free)) == 4


def test_travel_by_the_hour_is_the_mean_or_the_longest():
    usual, busy = line(3), line(3, 1_200)
    busy[0, 2] = -1
    problem = day([], [truck(shift=(0, 4_000))], seconds=usual,
                  periods=(Period(TimeWindow(3_000, 9_000), {"road": matrix(busy)}),))  # fmt: skip
    mean, _ = whole_day(problem, problem.vehicles[0], False)
    most, _ = whole_day(problem, problem.vehicles[0], True)
    assert (mean[0, 1], most[0, 1]) == (750, 1_200)
    assert mean[0, 2] == 1_200
    assert most[0, 2] > 10**6
    outside, _ = whole_day(replace(problem, vehicles=(truck(shift=(0, 3_000)),)), truck(shift=(0, 3_000)), True)
    assert np.array_equal(outside, usual)


# -- starts, progress, errors --------------------------------------------------------------------------------------


def test_a_start_is_kept_where_nothing_is_better():
    problem = day([stop("a", 1), stop("b", 2)], [truck()])
    start = [Order(problem.vehicles[0], (("stop", "a"), ("stop", "b")))]
    assert orders(problem, start) == {"v": ["a", "b"]}


def test_a_search_that_is_told_to_stop():
    stops = [stop(f"s{k}", k % 10) for k in range(30)]
    said = []

    def tell(share, cost):
        said.append(cost)
        return True

    plan = search(day(stops, [truck(), truck("w")]), 300, 1, tell)
    assert plan.seconds < 100
    assert said


def test_what_progress_raises_reaches_the_caller():
    def fail(share, cost):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        search(day([stop("a", 1), stop("b", 2)], [truck()]), TIME, 1, fail)


@pytest.mark.parametrize("own", [True, False])
def test_largest_numbers(own):
    huge = 2**31 - 1
    stops = [stop("a", 1, pickup=huge, prize=huge), stop("b", 2, delivery=huge, prize=huge)]
    problem = day(stops, [truck(capacity=huge, fixed=huge, km=huge, hour=huge)], [U])
    assert faults_of(problem, search(problem, TIME, 1, None, own)) == []


# -- all rules -----------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=so_many(20), suppress_health_check=[HealthCheck.too_slow])
@given(rich_days(rules=RULES), st.booleans())
def test_finished_plans_keep_every_rule(problem, own):
    if problem.stops and problem.vehicles:
        plan = search(problem, 0.06, 1, None, own)
        assert faults_of(problem, plan) == []
        assert plan.engine == "ortools"
        if not own:
            assert plan.cost <= complete(problem, []).cost


@settings(deadline=None, max_examples=so_many(20), suppress_health_check=[HealthCheck.too_slow])
@given(rich_days(rules=("skills", "crews", "named", "groups", "compartments", "longest"), stops=(2, 5)))
def test_orders_that_the_model_states_exactly_need_no_mending(problem):
    """Without sites, periods and breaks nothing is approximate."""
    problem = replace(problem, unload_sites=(), vehicles=tuple(replace(v, keeps_stock=True) for v in problem.vehicles))
    of = {s.id: s for s in problem.stops}
    for order in solve_orders(problem, 0.06, 1) or []:
        assert not excess(problem, order.vehicle, [of[name] for _, name in order.services])
        assert all(of[name].takes(order.vehicle) for _, name in order.services)
