from collections import Counter

from days import day, days, line, site, stop, truck
from hypothesis import event, given, settings
from hypothesis import strategies as st

from routing.check import check
from routing.problem import Stop
from routing.solve.finish import complete
from routing.timing import build_route, excess
from routing.unloading import placements

U = site("u", 9)


def told(plan):
    """Who serves what, and what is left out why."""
    return {r.vehicle: [v.id for v in r.visits] for r in plan.routes}, {u.stop: u.reason for u in plan.unserved}


def finished(stops, vehicles, orders=(), sites=(U,), seconds=None):
    problem = day(stops, vehicles, sites, seconds)
    plan = complete(problem, orders, "test", 1.23456)
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
    assert finished([a, b, c], pair, [(pair[0], [a]), (pair[1], [c])]) == ({"v": ["a"], "w": ["b", "c"]}, {})


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
    assert finished([near, far], [truck()], seconds=seconds) == ({"v": ["far", "near"]}, {})


# -- making room -------------------------------------------------------------------------------------------------


def test_a_dear_stop_pushes_out_cheaper_ones():
    van = truck(capacity=100)
    cheap = [stop(f"c{k}", 1, delivery=50, prize=5_000) for k in range(2)]
    dear = stop("dear", 1, delivery=100, prize=10_001)
    assert finished([*cheap, dear], [van], [(van, cheap)]) == ({"v": ["dear"]}, {"c0": "full", "c1": "full"})


def test_but_not_those_that_are_worth_more_together():
    van = truck(capacity=100)
    cheap = [stop(f"c{k}", 1, delivery=50, prize=5_000) for k in range(2)]
    rich = stop("rich", 1, delivery=100, prize=9_999)
    assert finished([*cheap, rich], [van], [(van, cheap)]) == ({"v": ["c0", "c1"]}, {"rich": "full"})


def test_nor_when_the_longer_way_eats_the_difference():
    """far is worth 1000 more than near, and costs 1200 more."""
    van = truck(capacity=100)
    near, far = stop("near", 1, delivery=100, prize=9_000), stop("far", 2, delivery=100, prize=10_000)
    assert finished([near, far], [van], [(van, [near])]) == ({"v": ["near"]}, {"far": "full"})


def test_what_is_pushed_out_finds_another_vehicle():
    pair = [truck("v", capacity=50), truck("w", capacity=20)]
    small, big = stop("small", 1, delivery=20, prize=5_000), stop("big", 1, delivery=50, prize=9_000)
    assert finished([small, big], pair, [(pair[0], [small])]) == ({"v": ["big"], "w": ["small"]}, {})


# -- laws --------------------------------------------------------------------------------------------------------


@st.composite
def given_orders(draw):
    """A day and orders as a broken engine would return them: any service any number of times for any vehicle."""
    problem = draw(days(stops=(0, 6), vehicles=(1, 3)))
    services = [*problem.stops, *problem.unload_sites]
    some = st.lists(st.sampled_from(services), max_size=8) if services else st.just([])
    return problem, [(vehicle, draw(some)) for vehicle in problem.vehicles if draw(st.booleans())]


@settings(deadline=None, max_examples=150)
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


@settings(deadline=None, max_examples=150)
@given(days(stops=(1, 6), vehicles=(1, 3)))
def test_from_nothing_the_plan_is_never_dearer_than_doing_nothing(problem):
    plan = complete(problem, [], "insertion", 0.0)
    assert check(problem, plan) == []
    assert plan.cost <= sum(s.prize for s in problem.stops)


@settings(deadline=None, max_examples=150)
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
