"""Unloads in a given order cost least: beside every other choice, tried one by one, also where routes share sites."""

from dataclasses import replace
from itertools import product

import pytest
from days import day, line, rich_days, site, stop, truck
from exact.brute import chains
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from laws import keys
from trial_counts import so_many

from routing.problem import Stop
from routing.schedule import plan_of, services_of
from routing.site_room import room_left, spilt
from routing.solve import faults_of, solve, unloads
from routing.solve.finish import complete
from routing.solve.unloads import best_unloads, with_best_unloads
from routing.timing import build_route, excess

RULES = (
    *("pauses", "windows", "overtime", "longest", "loads", "compartments", "partial", "bounded", "stock", "pairs"),
    *("releases", "reloading", "charging", "ranges", "closed", "periods", "wishes", "backhauls", "compactness"),
)


def tried_one_by_one(problem, vehicle, order, room):
    """What the cheapest choice of sites costs of all, each gap having any order of different sites."""
    stops = [s for s in order if isinstance(s, Stop)]
    best = None
    for via in product(chains(problem, len(problem.unload_sites)), repeat=len(stops) + 1):
        services = [*via[0]]
        for one, after in zip(stops, via[1:], strict=True):
            services += [one, *after]
        if not excess(problem, vehicle, services) and not spilt(problem, vehicle, services, room)[1]:
            cost = build_route(problem, vehicle, services).cost
            best = cost if best is None else min(best, cost)
    return best


def beside(problem, plan, name):
    """The order of a vehicle, and what sites still take beside all others."""
    services = services_of(problem)
    fleet = {r.vehicle: [services[v.kind, v.id] for v in r.visits] for r in plan.routes}
    return fleet[name], room_left(problem, {other: order for other, order in fleet.items() if other != name})


@settings(deadline=None, max_examples=so_many(60), suppress_health_check=[HealthCheck.filter_too_much])
@given(rich_days(stops=(1, 4), vehicles=(1, 2), sites=(1, 2), rules=RULES), st.data())
def test_no_choice_of_sites_costs_less(problem, data):
    """The order is one of plain insertion, whose unloads are where its stops happened to come."""
    plan = complete(problem, [])
    assume(plan.routes)
    name = data.draw(st.sampled_from([r.vehicle for r in plan.routes]))
    vehicle = next(v for v in problem.vehicles if v.id == name)
    order, room = beside(problem, plan, name)
    found, cost, proven = best_unloads(problem, vehicle, order, room, most=10_000_000)
    assert proven
    assert [s for s in found if isinstance(s, Stop)] == [s for s in order if isinstance(s, Stop)]
    assert not excess(problem, vehicle, found)
    assert not spilt(problem, vehicle, found, room)[1]
    assert cost == build_route(problem, vehicle, found).cost == tried_one_by_one(problem, vehicle, order, room)
    event("cheaper" if cost < build_route(problem, vehicle, order).cost else "as it was")


@settings(deadline=None, max_examples=so_many(25))
@given(rich_days(stops=(2, 4), vehicles=(2, 2), sites=(2, 2), always=("bounded",), rules=RULES))
def test_of_what_the_engine_plans_no_choice_of_sites_costs_less_beside_the_others(problem):
    plan = solve(problem, seed=3, iterations=300)
    assert faults_of(problem, plan) == []
    for route in plan.routes:
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        assert route.cost == tried_one_by_one(problem, vehicle, *beside(problem, plan, route.vehicle))
    event(f"{len(plan.routes)} routes")


NEAR, OUT = site("near", 3), site("far", 9)
A, B, C = (stop(name, at, pickup=5) for name, at in (("a", 2), ("b", 4), ("c", 5)))


def named(problem, *orders):
    return [(v.id, keys(order)) for v, order in zip(problem.vehicles, orders, strict=False)]


def test_an_unload_goes_to_the_gap_and_the_site_where_it_is_on_the_way():
    problem = day([A, B, C], [truck(capacity=10)], [OUT, NEAR], line(10))
    van = problem.vehicles[0]
    found, cost, proven = best_unloads(problem, van, [A, OUT, B, C, OUT])
    assert ([s.id for s in found], proven) == (["a", "near", "b", "c", "near"], True)
    assert cost == build_route(problem, van, found).cost < build_route(problem, van, [A, OUT, B, C, OUT]).cost
    assert best_unloads(problem, van, found) == (found, cost, True)
    with pytest.raises(ValueError, match="cannot be driven"):
        best_unloads(problem, van, [A, B, C, OUT])


def test_who_may_look_at_little_proves_nothing():
    problem = day([A, B, C], [truck(capacity=10)], [OUT, NEAR], line(10))
    found, _, proven = best_unloads(problem, problem.vehicles[0], [A, OUT, B, C, OUT], most=1)
    assert ([s.id for s in found], proven) == (["a", "far", "b", "c", "far"], False)


def test_what_a_site_takes_goes_to_one_route_only():
    """Both would rather unload near; when one does, the other cannot."""
    sites = [OUT, replace(NEAR, capacity=(5,))]
    problem = day([A, B], [truck("v"), truck("w")], sites, line(10))
    orders = with_best_unloads(problem, named(problem, [A, OUT], [B, OUT]))
    assert dict(orders) == {
        "v": [("stop", "a"), ("unload", "near")],
        "w": [("stop", "b"), ("unload", "far")],
    }
    assert faults_of(problem, plan_of(problem, orders)) == []


def test_hours_may_become_more_unequal_than_that_saves():
    """Without the price of unequal hours the first route's unload would be made near."""
    fleet = [truck("v", km=1), truck("w", km=1)]
    problem = day([A, replace(A, id="d")], fleet, [OUT, replace(NEAR, capacity=(5,))], line(10))
    start = named(problem, [A, OUT], [problem.stops[1], OUT])
    assert with_best_unloads(problem, start) != start
    assert with_best_unloads(replace(problem, balance_price=1_000_000), start) == start


def test_when_the_time_is_over_all_stays_as_it_is():
    problem = day([A], [truck()], [OUT, NEAR], line(10))
    start = named(problem, [A, OUT])
    assert with_best_unloads(problem, start, until=0.0) == start
    assert unloads.with_best_unloads(problem, start) != start
