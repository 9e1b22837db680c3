"""What CP-SAT proves, against every plan of small days, and what happens when it fails."""

import json
import sys
from dataclasses import replace

import pytest
from days import day, rich_days, site, stop, truck
from hypothesis import event, given, settings
from trial_counts import so_many

from routing.check import check
from routing.problem import Pair
from routing.schedule import plan_of, services_of
from routing.solve import exact, solve
from routing.solve.exact import apart, best_order, proven
from routing.solve.exact.between import TooLargeError
from routing.solve.exact.search import Found, best_of
from routing.timing import build_route, excess

from .bounds import LONG, no_plan_of_the_engine_is_cheaper, the_bound_is_true
from .brute import best_plan


def drives(problem, orders):
    services, vehicles = services_of(problem), {v.id: v for v in problem.vehicles}
    return not any(excess(problem, vehicles[name], [services[key] for key in order]) for name, order in orders)


@settings(deadline=None, max_examples=so_many(40))
@given(rich_days(stops=(1, 3), vehicles=(1, 2), sites=(0, 2)))
def test_no_plan_costs_less_than_the_bound(problem):
    event(the_bound_is_true(problem))


@settings(deadline=None, max_examples=so_many(10))
@given(rich_days(stops=(4, 6), vehicles=(1, 3), sites=(0, 2)))
def test_no_plan_that_the_engine_finds_costs_less_than_the_bound(problem):
    event(no_plan_of_the_engine_is_cheaper(problem))


@pytest.fixture
def here(monkeypatch):
    """Search in this process."""

    def best(problem, start, seconds, cores=1, must=(), stop=None):
        return best_of(problem, start, seconds, cores, must)

    monkeypatch.setattr(exact, "best_apart", best)


TOWN = day(
    [stop(f"s{k}", at, [(0, 9_000)], 300, pickup=30, prize=20_000) for k, at in enumerate((7, 2, 5, 3, 8, 1))],
    [truck("v", 100, fixed=500, km=100), truck("w", 100, fixed=500, km=100)],
    [site("u", 9, duration=600), site("x", 4, (0, 6_000), 300)],
)


def test_plain_days_are_proven_to_the_fen():
    """Two trucks, two sites of which one closes early, windows, a break: the model leaves nothing out."""
    for problem in (
        TOWN,
        replace(TOWN, vehicles=(truck("v", 100, km=100, pause=(6_000, 7_000, 900)),)),
        replace(TOWN, stops=TOWN.stops[:3], unload_sites=(site("u", 9, capacity=(60,)), TOWN.unload_sites[1])),
    ):
        small = replace(problem, stops=problem.stops[:3])
        found = best_of(small, [], LONG)
        assert found.relaxed == ()
        assert (found.bound, found.cost) == (best_plan(small).cost,) * 2
        assert drives(small, found.orders)
        assert check(small, plan_of(small, found.orders)) == []


def test_a_poor_plan_is_made_the_best_and_proven(here):
    poor = plan_of(TOWN, [("v", [("stop", "s0"), ("unload", "u")])])
    plan = proven(TOWN, poor, LONG)
    assert check(TOWN, plan) == []
    assert plan.cost == plan.bound < poor.cost
    assert plan.notes == ("proven: no plan of this day costs less",)
    assert (plan.engine, plan.seconds) == (poor.engine, poor.seconds)


def test_what_the_proof_leaves_out_is_said(here):
    a, b = (
        replace(s, vehicles=frozenset({name}), prize=900_000) for s, name in zip(TOWN.stops, ("v", "w"), strict=False)
    )
    problem = replace(TOWN, balance_price=3_600, stops=(a, b))
    plan = proven(problem, solve(problem, iterations=500), LONG)
    assert plan.bound < plan.cost
    assert plan.notes == ("the lower bound leaves out the price of unequal hours",)


def test_what_another_vehicle_than_the_announced_one_costs_is_proven_too():
    """a was announced for w, which is as v is; b for v, which is too small for it."""
    a = replace(TOWN.stops[0], stays="w", stays_price=700)
    b = replace(TOWN.stops[1], pickup=(120,), stays="v", stays_price=900)
    fleet = (*TOWN.vehicles, truck("x", 200, fixed=500, km=100))
    for stops, moves in (((a,), 0), ((b,), 900), ((a, b), 700 + 900)):
        small = replace(TOWN, stops=stops, vehicles=fleet)
        best, found = best_plan(small), best_of(small, [], LONG)
        assert best.prices.get("moves", 0) == moves
        assert (found.relaxed, found.bound, found.cost) == ((), best.cost, best.cost)


def test_required_stops_are_served_in_the_proof_as_in_the_plan(here):
    far = stop("far", 9, [(0, 9_000)], prize=0, required=True)
    problem = replace(TOWN, stops=(TOWN.stops[1], far), unload_sites=TOWN.unload_sites[1:])
    plan = solve(problem, iterations=300)
    assert [u.stop for u in plan.unserved] == []
    free = best_of(replace(problem, stops=(TOWN.stops[1], replace(far, required=False))), [], LONG)
    assert proven(problem, plan, LONG).bound == plan.cost > free.bound


def test_large_days_are_left_alone():
    problem = replace(TOWN, stops=tuple(replace(TOWN.stops[0], id=f"s{k}") for k in range(exact.MOST_STOPS + 1)))
    plan = solve(problem, iterations=20)
    assert proven(problem, plan, LONG) is plan
    sites = tuple(site(f"u{k}", k, takes=frozenset({"kg"} if k < 5 else ()), reloads=k > 4) for k in range(10))
    with pytest.raises(TooLargeError):
        best_of(replace(TOWN, unload_sites=sites, stops=(stop("a", 1, delivery=1), *TOWN.stops)), [], LONG)


def test_the_best_order_of_a_route(here):
    van, stops = truck("v", 60, km=100), TOWN.stops[:4]
    found = best_order(TOWN, van, stops, LONG)
    alone = replace(TOWN, vehicles=(van,), stops=tuple(replace(s, required=True) for s in stops))
    assert found.bound == found.cost == best_plan(replace(alone, stops=alone.stops), most=1).cost
    assert build_route(TOWN, van, found.services).cost == found.cost
    assert {s.id for s in found.services} >= {s.id for s in stops}
    late = replace(stops[0], windows=(replace(stops[0].windows[0], end=10),))
    assert best_order(TOWN, van, [late, *stops[1:]], LONG) == exact.BestOrder(None, None, None)


def test_a_pair_keeps_its_order(here):
    give, get = stop("give", 5, pickup=7), stop("get", 1, delivery=7)
    problem = day([give, get], [truck()], [], pairs=(Pair("give", "get"),))
    found = best_order(problem, problem.vehicles[0], [give, get], LONG)
    assert [s.id for s in found.services] == ["give", "get"]


# -- a process that fails ------------------------------------------------------------------------------------------

PLAN = plan_of(TOWN, [("v", [("stop", "s0"), ("unload", "u")])])


def other_process(monkeypatch, code):
    """Let some other program answer in CP-SAT's place."""
    real = apart.subprocess.Popen

    def popen(command, **how):
        return real([sys.executable, "-c", code], **how)

    monkeypatch.setattr(apart.subprocess, "Popen", popen)


FAILURES = {
    "crash": ("import os; os.abort()", "nothing is proven: it ended at once"),
    "error": ("raise SystemExit('no room')", "nothing is proven: no room"),
    "nonsense": ("print('{'); print('[1]'); print('{}')", "nothing is proven: it ended at once"),
    "hang": ("import time; time.sleep(100)", "nothing is proven: there was no time"),
}


@pytest.mark.parametrize(("code", "note"), FAILURES.values(), ids=FAILURES.keys())
def test_a_process_that_fails_leaves_the_plan_and_a_note(monkeypatch, code, note):
    monkeypatch.setattr(apart, "GRACE", 0.0)
    other_process(monkeypatch, code)
    seconds = 0.5 if "sleep" in code else LONG
    assert proven(TOWN, PLAN, seconds) == replace(PLAN, notes=(note,))


@pytest.mark.parametrize(
    "lie",
    [
        Found(None, None, PLAN.cost + 1),
        Found(impossible=True, done=True),
        Found([("v", [("stop", "s0")])], 1, PLAN.cost + 1),
    ],
)
def test_an_answer_that_contradicts_the_plan_is_dropped(monkeypatch, lie):
    other_process(monkeypatch, f"print({json.dumps(lie.__dict__)!r})")
    assert proven(TOWN, PLAN, LONG) == replace(PLAN, notes=("nothing is proven: CP-SAT contradicts the plan",))


@pytest.mark.parametrize(
    "orders",
    [
        [("v", [("stop", "s0")])],
        [("v", [("stop", s.id) for s in TOWN.stops])],
        [("v", [])],
    ],
)
def test_orders_that_cannot_be_driven_never_get_out(monkeypatch, orders):
    other_process(monkeypatch, f"print({json.dumps(Found(orders, 1, 0).__dict__)!r})")
    plan = proven(TOWN, PLAN, LONG)
    assert check(TOWN, plan) == []
    assert plan.cost <= PLAN.cost


def test_a_proof_that_is_told_to_stop_ends_with_what_it_knows(monkeypatch):
    said = json.dumps(Found(None, None, 17).__dict__)
    other_process(monkeypatch, f"import time; print({said!r}, flush=True); time.sleep(1000)")
    looks = []
    plan = proven(TOWN, PLAN, LONG, stop=lambda: looks.append(1) or len(looks) > 10)
    assert plan == replace(PLAN, bound=17)


def test_the_door_proves_small_days_when_there_is_time(monkeypatch):
    problem = replace(TOWN, stops=TOWN.stops[:3])
    said = []
    monkeypatch.setattr("routing.solve.PROOF_SHARE", 0.99)
    monkeypatch.setattr("routing.solve.LONGEST_PROOF", LONG)
    plan = solve(problem, LONG + 0.5, progress=lambda share, cost: said.append((share, cost)))
    assert check(problem, plan) == []
    assert plan.bound == plan.cost == best_plan(problem).cost
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1] == (1.0, plan.cost)
    stopped = solve(problem, LONG + 0.5, progress=lambda share, cost: True)
    assert (stopped.bound, stopped.notes) == (None, ())
