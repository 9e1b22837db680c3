from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from days import day, days, line, rich_days, site, stop, truck
from hypothesis import event, given, settings
from hypothesis import strategies as st
from laws import keys
from trial_counts import so_many

from routing.check import check
from routing.plan import Fix, Unserved
from routing.problem import Pair, Stop
from routing.schedule import plan_of
from routing.solve import faults_of, finish
from routing.solve.finish import complete, drivable
from routing.timing import build_route, excess
from routing.unloading import placements

U = site("u", 9)


def told(plan):
    """Who serves what, and what is left out why."""
    return {r.vehicle: [v.id for v in r.visits] for r in plan.routes}, {u.stop: u.reason for u in plan.unserved}


def named(orders):
    """Orders by the ids of vehicles and services."""
    return [(vehicle.id, keys(order)) for vehicle, order in orders]


def finished(stops, vehicles, orders=(), sites=(U,), seconds=None):
    problem = day(stops, vehicles, sites, seconds)
    plan = complete(problem, named(orders), "test", 1.23456)
    assert check(problem, plan) == []
    assert (plan.engine, plan.seconds) == ("test", 1.235)
    return told(plan)


# -- trimming ----------------------------------------------------------------------------------------------------


def test_an_order_that_can_be_driven_stays_as_it_is():
    a, b, c = stop("a", 1), stop("b", 2), stop("c", 3)
    assert finished([a, b, c], [truck()], [(truck(), [b, a, c])]) == ({"v": ["b", "a", "c"]}, {})


def test_the_last_unload_is_added():
    a = stop("a", 1, pickup=5)
    assert finished([a], [truck()], [(truck(), [a])]) == ({"v": ["a", "u"]}, {})


def test_an_overloaded_order_loses_the_stop_that_helps_most_and_then_the_cheapest():
    big, cheap, dear = (
        stop("big", 1, delivery=90),
        stop("cheap", 2, delivery=50, prize=100_000),
        stop("dear", 3, delivery=50),
    )
    van = truck(capacity=100)
    assert finished([big, cheap, dear], [van], [(van, [big, cheap, dear])]) == (
        {"v": ["cheap", "dear"]},
        {"big": "full"},
    )
    assert finished([cheap, dear], [truck(capacity=99)], [(truck(capacity=99), [cheap, dear])]) == (
        {"v": ["dear"]},
        {"cheap": "full"},
    )


def test_a_late_order_loses_the_stop_that_makes_it_late():
    a, slow, b = stop("a", 1), stop("slow", 2, service=9000, prize=3_000), stop("b", 3, [(0, 2000)])
    assert finished([a, slow, b], [truck(shift=(0, 9000))], [(truck(shift=(0, 9000)), [a, slow, b])]) == (
        {"v": ["a", "b"]},
        {"slow": "outside-hours"},
    )


def test_a_vehicle_without_the_skill_loses_the_stop_to_one_that_has_it():
    a = stop("a", 1, skills=["crew-2"])
    pair = [truck("v"), truck("w", skills=["crew-2"])]
    assert finished([a], pair, [(pair[0], [a])]) == ({"w": ["a"]}, {})


def test_nothing_is_picked_up_that_nobody_could_unload():
    take, bring = stop("take", 1, pickup=5), stop("bring", 2, delivery=5)
    assert finished([take, bring], [truck()], [(truck(), [take, bring])], sites=()) == (
        {"v": ["bring"]},
        {"take": "no-site"},
    )


def test_a_stop_given_twice_is_visited_once():
    a, b = stop("a", 1), stop("b", 2)
    pair = [truck("v"), truck("w")]
    assert finished([a, b], pair, [(pair[0], [a, b, a]), (pair[1], [b])]) == ({"v": ["a", "b"]}, {})


# -- inserting ---------------------------------------------------------------------------------------------------


def test_left_overs_go_where_they_add_least():
    a, b, c = stop("a", 2), stop("b", 5), stop("c", 6)
    pair = [truck("v", end=2), truck("w", start=6, end=6)]
    assert finished([a, b, c], pair, [(pair[0], [a]), (pair[1], [c])]) in (
        ({"v": ["a"], "w": w}, {}) for w in (["b", "c"], ["c", "b"])
    )


def test_a_full_vehicle_unloads_on_the_way():
    loads = [stop(f"s{k}", k + 1, pickup=10) for k in range(3)]
    routes, left = finished(loads, [truck(capacity=10)], sites=[site("u", 2)])
    assert left == {}
    assert routes["v"][1::2] == ["u", "u", "u"]


def test_no_stop_is_served_at_a_loss():
    """Ten minutes there and ten back cost 1200 fen."""
    assert finished([stop("a", 1, prize=1200)], [truck()]) == ({}, {"a": "not-worth"})
    assert finished([stop("a", 1, prize=1201)], [truck()]) == ({"v": ["a"]}, {})


def test_nor_by_a_vehicle_that_is_out_already():
    a, far = stop("a", 1), stop("far", 2, prize=1200)
    assert finished([a, far], [truck()], [(truck(), [a])]) == ({"v": ["a"]}, {"far": "not-worth"})


def test_a_stop_that_was_not_worth_the_way_is_when_another_pays_for_it():
    """far adds 3000 alone; near, tried after it, is worth its 2400, and then far adds 600 only."""
    near, far = stop("near", 2, prize=2_500), stop("far", 3, prize=2_600)
    seconds = line(10)
    seconds[0, 3] = seconds[3, 0] = 1800
    routes, left = finished([near, far], [truck()], seconds=seconds)
    assert (sorted(routes["v"]), left) == (["far", "near"], {})


def test_what_a_place_adds_is_known_where_hours_and_windows_meet():
    """b's second window is far from the first: leaving later costs 14 seconds more, not the hour of waiting."""
    seconds = np.array([[0, 5, 2, 9], [0, 0, 3, 9], [5, 5, 0, 9], [9, 9, 9, 0]])
    a, b = stop("a", 1, prize=400), stop("b", 2, [(0, 1), (3_000, 3_600)], service=9, prize=16)
    assert finished([a, b], [truck()], [], [site("u", 3)], seconds) == ({"v": ["b", "a"]}, {})
    c = replace(b, prize=11)
    assert complete(day([a, c], [truck()], [site("u", 3)], seconds), []).unserved == (
        Unserved("b", "not-worth", {"vehicle": "v", "cost": 11}, (Fix("prize", 11, {"prize": 12}),)),
    )


@pytest.fixture
def a_large_day(monkeypatch):
    """What is left out of every day, of which two must be served, and what no plan could serve."""
    monkeypatch.setattr(finish, "LARGE", 0)
    monkeypatch.setattr(finish, "AT_LEAST", 1)
    full = [stop(f"s{k}", 1 + k, delivery=70, prize=10_000 * (2 - k)) for k in range(2)]
    must = [stop(name, 3, [(0, 1_800)], delivery=70, required=True, prize=0) for name in ("must", "also")]
    late = [stop(name, 9, [(0, 1)], **more) for name, more in (("late", {}), ("lost", {"required": True}))]
    orders = [("v", [("stop", "s0")])]
    return day([*full, *must, *late], [truck()]), orders


def reasons(plan):
    return {u.stop: (u.reason, u.proven, bool(u.fixes)) for u in plan.unserved}


def test_on_large_days_all_is_explained_that_must_be_served_or_cannot_be(a_large_day):
    assert reasons(finish.with_reasons(*a_large_day, "made", 0.0)) == {
        "s1": ("no-place", False, False),
        "must": ("full", False, True),
        "also": ("full", False, True),
        "late": ("outside-hours", True, False),
        "lost": ("outside-hours", True, True),
    }


def test_when_the_time_is_over_few_are_explained(a_large_day, monkeypatch):
    told = reasons(finish.with_reasons(*a_large_day, "made", 0.0, until=0.0))
    assert told["must"] == ("full", False, True)
    assert told["also"] == told["s1"] == ("no-place", False, False)
    assert told["lost"] == told["late"] == ("outside-hours", True, False)
    monkeypatch.setattr(finish, "PROVEN_AT_LEAST", 1)
    told = reasons(finish.with_reasons(*a_large_day, "made", 0.0, until=0.0))
    assert told["late"] == told["lost"] == ("no-place", False, False)


# -- what more than one order has to keep ------------------------------------------------------------------------


def mended(problem, *orders):
    """Orders of the vehicles v, w, ... by the ids of their services, as `drivable` leaves them."""
    services = {s.id: s for s in (*problem.stops, *problem.unload_sites)}
    given = [(name, keys([services[x] for x in order.split()])) for name, order in zip("vw", orders, strict=False)]
    return {name: " ".join(key[1] for key in order) for name, order in drivable(problem, given)}


def test_one_of_a_group_stays():
    stops = [stop("a", 1, group="g"), stop("b", 2, group="g"), stop("c", 3)]
    problem = day(stops, [truck("v"), truck("w")])
    assert mended(problem, "a c b") == {"v": "a c"}
    assert mended(problem, "c b", "a") == {"v": "c", "w": "a"}


def test_what_belongs_together_stays_with_the_first():
    stops = [stop("a", 1, together="t"), stop("b", 2, together="t"), stop("c", 3)]
    problem = day(stops, [truck("v"), truck("w")])
    assert mended(problem, "b a c") == {"v": "b a c"}
    assert mended(problem, "c b", "a") == {"v": "c", "w": "a"}


def test_a_pair_stays_whole_or_goes():
    stops = [stop("a", 1, pickup=5), stop("b", 2, delivery=5), stop("c", 3)]
    problem = day(stops, [truck("v"), truck("w")], pairs=(Pair("a", "b"),))
    assert mended(problem, "a c b") == {"v": "a c b"}
    assert mended(problem, "b c a") == {"v": "c"}
    assert mended(problem, "a c", "b") == {"v": "c"}
    assert mended(problem, "c", "a") == {"v": "c"}


def test_a_vehicle_serves_what_it_may_only():
    stops = [stop("a", 1, vehicles=frozenset({"w"})), stop("b", 2, forbidden=frozenset({"v"})), stop("c", 3)]
    problem = day(stops, [truck("v"), truck("w")])
    assert mended(problem, "a b c") == {"v": "c"}
    assert mended(problem, "c", "a b") == {"v": "c", "w": "a b"}


def test_a_site_gets_no_more_than_it_takes():
    stops = [stop(x, k, pickup=5) for k, x in enumerate("abc", 1)]
    problem = day(stops, [truck("v"), truck("w")], [site("u", 9, capacity=(10,))])
    assert mended(problem, "a b u", "c u") == {"v": "a b u"}
    assert mended(problem, "a u", "b u") == {"v": "a u", "w": "b u"}
    assert mended(problem, "a b c u") == {"v": "a b u"}


def test_sites_where_it_loads_or_charges_stay():
    stops = [stop("a", 1, delivery=80), stop("b", 2, delivery=80), stop("late", 3, [(0, 10)])]
    problem = day(stops, [truck("v")], [site("depot", 0, reloads=True)])
    assert mended(problem, "a depot late b") == {"v": "a depot b"}
    problem = day(
        [stop("a", 2), stop("late", 3, [(0, 10)])], [truck("v", range=20_000)], [site("pole", 2, charges=True)]
    )
    assert mended(problem, "a late pole") == {"v": "a pole"}


def test_goods_that_no_single_site_takes_go_to_several():
    a = stop("a", 1, pickup=(5, 5), delivery=(0, 0))
    sites = [site("kg", 9, takes=frozenset({"kg"})), site("litres", 8, takes=frozenset({"litres"}))]
    problem = day([a], [truck("v", (9, 9))], sites, dimensions=("kg", "litres"))
    assert mended(problem, "a") == {"v": "a litres kg"}
    assert mended(problem, "a kg") == {"v": "a litres kg"}


def test_goods_that_may_come_home_do():
    problem = day([stop("a", 1, pickup=5)], [truck("v", keeps_stock=True)])
    assert mended(problem, "a") == {"v": "a"}


def test_nobody_drives_to_a_site_for_nothing():
    problem = day([stop("a", 1, [(0, 10)], pickup=5)], [truck("v", load=(5,)), truck("w")], [U])
    assert mended(problem, "u", "a u") == {}


# -- laws --------------------------------------------------------------------------------------------------------


DRAWN = days(stops=(0, 6), vehicles=(1, 3))


@st.composite
def given_orders(draw, drawn=DRAWN):
    """A day and orders as a broken engine would return them: any service any number of times for any vehicle."""
    problem = draw(drawn)
    services = keys([*problem.stops, *problem.unload_sites])
    some = st.lists(st.sampled_from(services), max_size=8) if services else st.just([])
    return problem, [(vehicle.id, draw(some)) for vehicle in problem.vehicles if draw(st.booleans())]


@settings(deadline=None, max_examples=so_many(150))
@given(given_orders())
def test_whatever_the_engine_says_the_plan_is_sound_and_loses_no_stop(given):
    problem, orders = given
    plan = complete(problem, orders, "garbage", 0.0)
    assert check(problem, plan) == []
    met = Counter(v.id for r in plan.routes for v in r.visits if v.kind == "stop") + Counter(
        u.stop for u in plan.unserved
    )
    assert met == Counter(s.id for s in problem.stops)
    event(f"served: {any(r.visits for r in plan.routes)}, left out: {bool(plan.unserved)}")


@settings(deadline=None, max_examples=so_many(150))
@given(days(stops=(1, 6), vehicles=(1, 3)))
def test_from_nothing_the_plan_is_never_dearer_than_doing_nothing(problem):
    plan = complete(problem, [], "insertion", 0.0)
    assert check(problem, plan) == []
    assert plan.cost <= sum(s.prize for s in problem.stops)


@settings(deadline=None, max_examples=so_many(150))
@given(given_orders(rich_days()))
def test_under_every_rule_the_plan_is_sound(given):
    problem, orders = given
    assert faults_of(problem, plan_of(problem, drivable(problem, orders))) == []
    assert faults_of(problem, complete(problem, orders, "garbage", 0.0)) == []


@settings(deadline=None, max_examples=so_many(150))
@given(given_orders())
def test_nothing_that_is_left_out_would_pay(given):
    problem, orders = given
    plan = complete(problem, orders, "garbage", 0.0)
    services = {("stop", s.id): s for s in problem.stops} | {("unload", u.id): u for u in problem.unload_sites}
    driven = {r.vehicle: [services[(v.kind, v.id)] for v in r.visits] for r in plan.routes}
    for left in plan.unserved:
        stop = services[("stop", left.stop)]
        assert isinstance(stop, Stop)
        for vehicle in problem.vehicles:
            order = driven.get(vehicle.id, [])
            before = build_route(problem, vehicle, order).cost if order else 0
            for trial in placements(problem, vehicle, order, stop):
                if stop.skills <= vehicle.skills and not excess(problem, vehicle, trial):
                    assert build_route(problem, vehicle, trial).cost - before >= stop.prize
