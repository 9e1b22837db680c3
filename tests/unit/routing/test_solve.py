"""The public door with the real engine on small days, and with engines that are broken on purpose."""

import random
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import pytest
from days import day, line, rich_days, site, stop, truck
from hypothesis import event, given, settings
from hypothesis import strategies as st
from laws import every_plan_is_sound
from trial_counts import so_many

from routing import solve as solving
from routing.check import check
from routing.plan import Unserved
from routing.problem import Matrix, Problem
from routing.schedule import plan_of
from routing.solve import BrokenPlanError, apart, contest, ortools, portfolio, solve
from routing.solve.finish import complete
from routing.timing import build_route

U = site("u", 9, duration=600)
SHORT, LONGER = 0.15, 0.4
"""Seconds of search that are enough for days of a handful of stops, also where the engine alone must find them."""


def sound(problem, plan):
    """The plan passes the judge and accounts for every stop once; return who serves what, and the reasons."""
    assert check(problem, plan) == []
    served = [v.id for r in plan.routes for v in r.visits if v.kind == "stop"]
    assert Counter([*served, *(u.stop for u in plan.unserved)]) == Counter(s.id for s in problem.stops)
    assert plan.notice == problem.notice
    return {r.vehicle: [v.id for v in r.visits] for r in plan.routes}, {u.stop: u.reason for u in plan.unserved}


def solved(stops, vehicles, sites=(U,), search=SHORT):
    problem = day(stops, vehicles, sites)
    return sound(problem, solve(problem, search))


def some_day(seed):
    """A day of 5 to 15 stops as a town might have it, two types of vehicles on roads that are not the same for both."""
    r = random.Random(seed)
    stops, sites = r.randint(5, 15), r.randint(0, 3)
    places = 1 + stops + sites
    at = np.array([(r.randint(0, 9000), r.randint(0, 9000)) for _ in range(places)])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    tables = {}
    for profile, pace in (("box", 8), ("van", 10)):
        seconds = metres // pace
        closed = np.array([[r.random() < 0.04 and a != b for b in range(places)] for a in range(places)])
        tables[profile] = Matrix(np.where(closed, -1, seconds).astype(np.int32), np.where(closed, -1, metres))

    def some_stop(k):
        kind = r.choice(["pickup", "pickup", "delivery", "swap"])
        first = r.randrange(25_000, 60_000, 1800)
        spans = [(first, first + 7200)] if r.random() < 0.8 else [(first, first + 1800), (first + 7200, first + 9000)]
        return stop(
            f"s{k}",
            1 + k,
            spans,
            service=r.randint(0, 2400),
            delivery=(r.randint(1, 300), r.randint(0, 2000)) if kind != "pickup" else (0, 0),
            pickup=(r.randint(1, 300), r.randint(0, 2000)) if kind != "delivery" else (0, 0),
            prize=r.choice([2_000, 40_000, 60_000, 90_000]),
            skills=r.choice([(), (), (), ("crew-2",), ("crew-2", "crane")]),
        )

    def some_vehicle(k):
        kind = r.choice(["box", "van"])
        return truck(
            f"v{k}",
            capacity=(1500, 9000) if kind == "box" else (600, 3500),
            shift=r.choice([(28_800, 64_800), (28_800, 64_800), (30_000, 50_000)]),
            pause=r.choice([None, (41_400, 45_000, 2700), (39_600, 41_400, 1800)]),
            fixed=r.choice([0, 15_000]),
            km=250,
            hour=6000,
            profile=kind,
            skills=r.choice([(), ("crew-2",), ("crew-2", "crane")]),
        )

    hours = [(28_800, 62_000), (28_800, 45_000), (36_000, 64_000)]
    return Problem(
        ("kg", "litres"),
        tuple(some_stop(k) for k in range(stops)),
        tuple(some_vehicle(k) for k in range(r.randint(2, 3))),
        tuple(site(f"u{k}", 1 + stops + k, r.choice(hours), 900) for k in range(sites)),
        tables,
        {"en": "demonstration"},
    )


@settings(deadline=None, max_examples=so_many(30))
@given(st.integers(0, 10**9))
def test_every_plan_is_sound(seed):
    problem = some_day(seed)
    plan = solve(problem, SHORT, seed % 7)
    routes, left = sound(problem, plan)
    event(f"routes: {len(routes)}, breaks: {any(r.rests for r in plan.routes)}, left out: {len(left) > 0}")
    assert plan.cost <= sum(s.prize for s in problem.stops)


@settings(deadline=None, max_examples=so_many(150))
@given(rich_days(), st.integers(1, 2))
def test_under_every_rule_the_plan_is_sound_and_the_same_again(problem, cores):
    for reason in every_plan_is_sound(problem, cores):
        event(reason)


def test_progress_runs_from_nothing_to_the_cost_of_the_plan():
    problem, said = some_day(5), []
    plan = solve(problem, 0.4, 1, lambda share, cost: said.append((share, cost)))
    shares = [share for share, _ in said]
    assert len(said) > 1
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)
    assert said[-1] == (1.0, plan.cost)


def test_the_best_order_of_a_few_stops():
    """All orders tried by hand: nothing is cheaper than what the engine finds."""
    r = random.Random(3)
    at = np.array([(r.randint(0, 3000), r.randint(0, 3000)) for _ in range(7)])
    seconds = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    stops = [stop(f"s{k}", k, [(0, 20_000)], 60, delivery=1) for k in range(1, 7)]
    problem = day(stops, [truck(km=100)], [], seconds)
    best = min(build_route(problem, problem.vehicles[0], order).cost for order in permutations(stops))
    worst = max(build_route(problem, problem.vehicles[0], order).cost for order in permutations(stops))
    assert solve(problem, 0.5).cost == best < worst


# -- days at the edge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stops", [0, 1])
@pytest.mark.parametrize("vehicles", [0, 1])
@pytest.mark.parametrize("sites", [0, 1])
def test_days_with_nothing_of_a_kind(stops, vehicles, sites):
    routes, left = solved([stop("a", 1, pickup=1)][:stops], [truck()][:vehicles], [U][:sites])
    if not stops:
        assert (routes, left) == ({}, {})
    elif not vehicles:
        assert (routes, left) == ({}, {"a": "no-vehicle"})
    elif not sites:
        assert (routes, left) == ({}, {"a": "no-site"})
    else:
        assert (routes, left) == ({"v": ["a", "u"]}, {})


def test_without_sites_deliveries_go_out_and_pickups_wait():
    stops = [stop("take", 1, pickup=5), stop("bring", 2, delivery=5), stop("swap", 3, delivery=5, pickup=5)]
    pause = (100, 20_000, 600)
    for vehicle in (truck(), truck(pause=pause)):
        assert solved(stops, [vehicle], []) == ({"v": ["bring"]}, {"take": "no-site", "swap": "no-site"})


A, B = stop("a", 1, delivery=1), stop("b", 2, delivery=1)
EDGES = {
    "window after every shift": (
        [A, stop("b", 2, [(90_000, 95_000)])],
        [truck()],
        {"v": ["a"]},
        {"b": "outside-hours"},
    ),
    "window before every shift": (
        [A, stop("b", 2, [(0, 100)])],
        [truck(shift=(5_000, 36_000))],
        {"v": ["a"]},
        {"b": "outside-hours"},
    ),
    "window before midnight": ([A, stop("b", 2, [(-900, -1)])], [truck()], {"v": ["a"]}, {"b": "outside-hours"}),
    "one window of two in reach": (
        [stop("a", 1, [(10, 20), (7_000, 7_100), (90_000, 90_001)])],
        [truck(shift=(5_000, 36_000))],
        {"v": ["a"]},
        {},
    ),
    "windows without a gap": ([stop("a", 1, [(100, 200), (201, 700), (701, 701)])], [truck()], {"v": ["a"]}, {}),
    "service longer than the shift": (
        [A, stop("b", 2, service=40_000)],
        [truck()],
        {"v": ["a"]},
        {"b": "outside-hours"},
    ),
    "shift of no length": ([A], [truck(shift=(600, 600))], {}, {"a": "outside-hours"}),
    "shift far in the future": ([A], [truck(shift=(10**8, 10**8 + 9_000))], {}, {"a": "outside-hours"}),
    "load beyond all": ([A, stop("b", 2, pickup=2**31 - 1)], [truck()], {"v": ["a"]}, {"b": "too-large"}),
    "capacity beyond all": (
        [stop("a", 1, pickup=2**31 - 1), stop("b", 2, delivery=2**31 - 1)],
        [truck(capacity=2**31 - 1)],
        {"v": ["b", "a", "u"]},
        {},
    ),
    "capacity 0": ([A, stop("b", 2)], [truck(capacity=0)], {"v": ["b"]}, {"a": "too-large"}),
    "prize 0": ([A, stop("b", 9, prize=0)], [truck()], {"v": ["a"]}, {"b": "not-worth"}),
    "break longer than the day": ([A], [truck(pause=(0, 10, 90_000))], {}, {"a": "outside-hours"}),
    "break after the day": ([A], [truck(pause=(90_000, 95_000, 600))], {"v": ["a"]}, {}),
    "break when the shift begins": ([A], [truck(shift=(1_500, 9_000), pause=(1_000, 1_200, 1_000))], {"v": ["a"]}, {}),
    "vehicle that cannot go home": (
        [A],
        [truck(), truck("w", end=9, shift=(0, 10))],
        {"v": ["a"]},
        {},
    ),
}


@pytest.mark.parametrize(("stops", "vehicles", "routes", "left"), EDGES.values(), ids=EDGES.keys())
def test_days_at_the_edge(stops, vehicles, routes, left):
    assert solved(stops, vehicles) == (routes, left)


def test_a_fixed_visit_is_one_vehicle_and_a_window_of_no_length():
    """w is dearer, and would be there long before; when it has no time then, nobody comes."""
    fixed = stop("fixed", 3, [(7_000, 7_000)], 300, delivery=1, vehicles=frozenset({"w"}))
    problem = day([A, fixed, B], [truck(), truck("w", fixed=5_000)])
    plan = solve(problem, SHORT)
    routes, left = sound(problem, plan)
    assert ("fixed" in routes["w"], left) == (True, {})
    assert [v.start for r in plan.routes for v in r.visits if v.id == "fixed"] == [7_000]
    early = replace(problem, vehicles=(truck(), truck("w", shift=(0, 9_099))))
    assert sound(early, solve(early, SHORT)) == ({"v": ["a", "b"]}, {"fixed": "outside-hours"})


def test_skills_that_overlap():
    fleet = [truck("v", skills=["crew-2"]), truck("w", skills=["crew-2", "crane"]), truck("x", skills=["crane"])]
    stops = [
        stop("pair", 1, skills=["crew-2"]),
        stop("both", 2, skills=["crew-2", "crane"]),
        stop("lift", 3, skills=["crane"]),
        stop("none", 4, skills=["crew-2", "dog"]),
    ]
    routes, left = solved(stops, fleet)
    assert left == {"none": "skill"}
    assert "both" in routes["w"]


def test_the_site_that_is_still_open():
    """The near centre closes at 3000; goods that come on board after that go to the far one."""
    near, far = site("near", 1, (0, 3_000), 60), site("far", 9, duration=60)
    morning, noon = stop("morning", 2, [(0, 1_500)], pickup=90), stop("noon", 2, [(8_000, 9_000)], pickup=90)
    routes, left = solved([morning, noon], [truck(capacity=100)], [near, far])
    assert (routes, left) == ({"v": ["morning", "near", "noon", "far"]}, {})


def test_sites_that_are_never_open():
    stops = [stop("take", 1, pickup=1), B]
    assert solved(stops, [truck()], [site("u", 9, (-500, -1))]) == ({"v": ["b"]}, {"take": "outside-hours"})
    assert solved(stops, [truck()], [site("u", 9, (90_000, 90_001))]) == ({"v": ["b"]}, {"take": "outside-hours"})


def test_more_unloads_than_the_model_offers():
    """One truck that holds one stop's goods, six stops, a break: the second search starts from five unloads."""
    stops = [stop(f"s{k}", 1, pickup=1) for k in range(6)]
    routes, left = solved(stops, [truck(capacity=1, pause=(3_000, 9_000, 600))], [site("u", 2, duration=60)], LONGER)
    assert left == {}
    assert routes["v"].count("u") == 6


def test_delivery_days_do_not_go_by_a_site():
    """The only site cannot be reached; nothing is collected, so nobody has to go there."""
    seconds = line(10)
    seconds[:, 9] = -1
    problem = day([A, B], [truck()], [U], seconds)
    orders = ortools.solve_orders(problem, LONGER, 1)
    assert {key for order in orders for key in order.services} == {("stop", "a"), ("stop", "b")}
    sound(problem, solve(problem, SHORT))


def test_the_search_is_not_led_by_prizes_that_nobody_can_have():
    out_of_reach = [stop("late", 1, [(90_000, 95_000)]), stop("early", 1, [(-9, -1)])]
    problem = day([*out_of_reach, stop("take", 3, pickup=1), A], [truck()], [])
    assert [o.services for o in ortools.solve_orders(problem, LONGER, 1)] == [(("stop", "a"),)]


def test_a_vehicle_that_must_stay_at_home_does_not_spoil_the_model():
    problem = day([A, B], [truck(), truck("w", end=9, shift=(0, 10))])
    assert [o.vehicle.id for o in ortools.solve_orders(problem, LONGER, 1)] == ["v"]


def test_a_start_that_the_model_refuses_is_no_reason_to_stop():
    problem = day([A, B], [truck(capacity=1), truck("w", capacity=1)])
    start = [ortools.Order(problem.vehicles[0], (("stop", "a"), ("stop", "b")))]
    found = ortools.solve_orders(problem, LONGER, 1, None, start)
    assert sorted(o.services for o in found) == [(("stop", "a"),), (("stop", "b"),)]


def test_sites_for_the_way_home_are_each_shifts_own():
    """v works past the near site's closing, w does not; v's legs home must not be used for w."""
    near, far = site("near", 1, (0, 5_000)), site("far", 9)
    fleet = [truck("v", shift=(0, 36_000)), truck("w", shift=(0, 5_000))]
    early = stop("early", 1, [(600, 900)], pickup=1)
    problem = day([early], fleet, [near, far])
    only_w = replace(problem, stops=(replace(early, skills=frozenset({"w"})),))
    only_w = replace(only_w, vehicles=(fleet[0], replace(fleet[1], skills=frozenset({"w"}))))
    assert [o.vehicle.id for o in ortools.solve_orders(only_w, LONGER, 1)] == ["w"]


# -- broken engines ----------------------------------------------------------------------------------------------


def orders_that(make):
    """Stand in for the engine's search."""

    def solve_orders(problem, seconds, seed, progress=None, start=None):
        return make(problem)

    return solve_orders


def everything_to_everyone(problem):
    services = [*(("stop", s.id) for s in problem.stops), *(("unload", u.id) for u in problem.unload_sites)]
    return [ortools.Order(v, tuple(services * 2)) for v in problem.vehicles]


def shuffled(problem):
    r = random.Random(len(problem.stops))
    services = [("stop", s.id) for s in problem.stops] + [("unload", u.id) for u in problem.unload_sites] * 3
    return [ortools.Order(v, tuple(r.sample(services, len(services)))) for v in problem.vehicles]


BREAKS = {
    "nothing found": lambda problem: None,
    "no orders": lambda problem: [],
    "all at once": everything_to_everyone,
    "shuffled": shuffled,
    "only unloads": lambda problem: [
        ortools.Order(v, tuple(("unload", u.id) for u in problem.unload_sites)) for v in problem.vehicles
    ],
}


@pytest.mark.parametrize("make", BREAKS.values(), ids=BREAKS.keys())
@pytest.mark.parametrize("seed", range(4))
def test_bad_orders_are_mended(monkeypatch, make, seed):
    only(monkeypatch, "ortools")
    monkeypatch.setattr(ortools, "solve_orders", orders_that(make))
    problem = some_day(seed)
    plan = solve(problem, SHORT)
    sound(problem, plan)
    assert (plan.engine, plan.notes) == ("ortools", ())


TWO = day([A, B], [truck()])


def only(monkeypatch, name):
    """Let there be no engine but this one."""
    monkeypatch.setattr(portfolio, "ENGINES", [e for e in portfolio.ENGINES if e.name == name])


def engine(plan, name="other"):
    """An engine that takes every rule and answers what ``plan`` returns."""
    return portfolio.Engine(name, frozenset(portfolio.FEATURES), lambda *_: plan())


def whole_plan():
    return complete(TWO, [("v", [("stop", "a"), ("stop", "b")])], "test", 0.0)


def changed_visit(plan, **changes):
    route = plan.routes[0]
    return replace(plan, routes=(replace(route, visits=(replace(route.visits[0], **changes), *route.visits[1:])),))


CORRUPT = {
    "cost": (lambda plan: replace(plan, cost=plan.cost - 1), "cost of the plan"),
    "time": (lambda plan: changed_visit(plan, start=0), "begins before arriving"),
    "load": (lambda plan: changed_visit(plan, load=(9,)), "load on board"),
    "stop lost": (lambda plan: replace(plan, routes=()), "neither served nor left out"),
}


@pytest.mark.parametrize(("corrupt", "rule"), CORRUPT.values(), ids=CORRUPT.keys())
def test_a_corrupt_plan_is_dropped_with_a_note(monkeypatch, corrupt, rule):
    monkeypatch.setattr(portfolio, "ENGINES", [engine(lambda: corrupt(whole_plan()), "bad"), engine(whole_plan)])
    plan = solve(TWO, SHORT)
    assert plan.routes == whole_plan().routes
    (note,) = plan.notes
    assert note.startswith("bad was dropped, its plan breaks rules: ")
    assert rule in note


FAILURES = [MemoryError("no room"), ValueError("nonsense"), ZeroDivisionError("by 0"), TypeError("no number")]
FAILURES += [
    AttributeError("no such thing"),
    OSError("no file"),
    ImportError("no library"),
    NotImplementedError("numba"),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_an_engine_that_fails_is_dropped_with_a_note(monkeypatch, failure):
    def fail():
        raise failure

    monkeypatch.setattr(portfolio, "ENGINES", [engine(fail, "bad"), engine(whole_plan)])
    plan = solve(TWO, SHORT)
    assert plan.routes == whole_plan().routes
    assert plan.notes == (f"bad was dropped: {type(failure).__name__} {failure}",)


def test_an_engine_that_lacks_a_rule_of_the_day_is_not_asked(monkeypatch):
    plain = replace(engine(whole_plan, "plain"), takes=frozenset(portfolio.FEATURES) - {"announced vehicles"})
    monkeypatch.setattr(portfolio, "ENGINES", [plain, engine(whole_plan)])
    assert [e.name for e in portfolio.engines_for(TWO)] == ["plain", "other"]
    announced = replace(TWO, stops=(replace(A, stays="v", stays_price=1), B))
    assert [e.name for e in portfolio.engines_for(announced)] == ["other"]


@pytest.mark.parametrize("answer", [None, {"routes": 7}, "a plan", replace(whole_plan(), routes=7)])
def test_an_engine_that_answers_nonsense_is_dropped_with_a_note(monkeypatch, answer):
    monkeypatch.setattr(portfolio, "ENGINES", [engine(lambda: answer, "bad"), engine(whole_plan)])
    plan = solve(TWO, SHORT)
    assert plan.routes == whole_plan().routes
    (note,) = plan.notes
    assert note.startswith("bad was dropped: ")


@pytest.mark.parametrize("name", ["ortools", "insertion"])
def test_where_our_loops_cannot_be_loaded_there_is_still_a_plan(monkeypatch, name):
    for part in ("search", "engine", "chain", "making"):
        monkeypatch.setitem(sys.modules, f"routing.solve.ruin.{part}", None)
    monkeypatch.setattr(portfolio, "ENGINES", [e for e in portfolio.ENGINES if e.name in ("ruin", name)])
    problem = day([A, B, stop("lost", 3, skills=["crane"])], [truck()])
    plan = solve(problem, SHORT)
    routes, left = sound(problem, plan)
    assert (plan.engine, sorted(routes["v"]), left) == (name, ["a", "b"], {"lost": "skill"})
    assert plan.notes[0].startswith("ruin was dropped: ModuleNotFoundError ")


@pytest.mark.parametrize("failure", [RuntimeError, ValueError, OSError])
@pytest.mark.parametrize("name", ["ruin", "ortools", "deaf"])
def test_what_the_caller_s_progress_raises_is_no_fault_of_the_engine(monkeypatch, failure, name):
    def deaf(problem, search):
        with suppress(Exception):
            search.progress(0.5, None)
        return whole_plan()

    monkeypatch.setattr(portfolio, "ENGINES", [*portfolio.ENGINES, replace(engine(None, "deaf"), plan=deaf)])
    only(monkeypatch, name)
    asked = []

    def told(share, cost):
        asked.append(share)
        raise failure("the screen is gone")

    with pytest.raises(failure, match="the screen is gone"):
        solve(some_day(5), LONGER, progress=told)
    assert len(asked) == 1, "who has failed is not asked again"


def test_what_an_engine_had_found_before_it_failed_counts(monkeypatch):
    def finds(problem, search):
        search.found([("v", [("stop", "a")])])
        search.found([("v", [("stop", "a"), ("stop", "b")])])
        raise TypeError("no number")

    monkeypatch.setattr(portfolio, "ENGINES", [replace(engine(None, "finds"), plan=finds)])
    plan = solve(TWO, SHORT)
    assert sound(TWO, plan) == ({"v": ["a", "b"]}, {})
    assert plan.engine == "finds"
    assert plan.notes == ("finds was dropped: TypeError no number", "what finds had found until then was kept")


@pytest.mark.parametrize("slow", [0.2, 0.6])
def test_the_next_engine_gets_the_time_that_is_left(monkeypatch, slow):
    """Of half a second, and a fifth of it when there is less left."""
    monkeypatch.setattr(solving, "LEAST", 0.1)
    seconds = []

    def fails(problem, search):
        time.sleep(slow)
        raise ValueError("nonsense")

    def listens(problem, search):
        seconds.append(search.seconds)
        return whole_plan()

    bad = replace(engine(None, "bad"), plan=fails)
    monkeypatch.setattr(portfolio, "ENGINES", [bad, replace(bad, plan=listens)])
    solve(TWO, 0.5)
    assert 0.1 <= seconds[0] <= max(0.1, 0.5 - slow)


# -- what must be served -----------------------------------------------------------------------------------------

MUST = replace(TWO, stops=(replace(A, required=True), replace(B, required=True)))


@dataclass(frozen=True)
class Answering:
    """What an engine plans that always answers the same; it can be sent to a process of its own."""

    orders: list
    name: str
    reasons: dict

    def __call__(self, problem, search):
        return plan_of(problem, self.orders, self.name, 0.0, self.reasons)


def answering(name, *served, proven=False):
    """An engine that serves some stops, and why it leaves out the others."""
    orders = [("v", [("stop", s) for s in served])]
    reasons = {s: Unserved(s, "no-place", proven=proven) for s in {"a", "b"} - set(served)}
    return replace(engine(None, name), plan=Answering(orders, name, reasons))


def test_when_a_required_stop_is_left_out_another_engine_is_asked(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", [answering("first", "b"), answering("second", "a", "b")])
    plan = solve(MUST, 4.0)
    assert (plan.engine, plan.unserved) == ("second", ())
    assert plan.notes == ("first leaves out what must be served: a",)


def test_the_plan_that_leaves_out_fewer_required_stops_counts_then_the_cheaper(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", [answering("first", "a"), answering("second"), answering("third", "b")])
    plan = solve(MUST, 4.0)
    cheaper = min(("first", "a"), ("third", "b"), key=lambda e: plan_of(MUST, [("v", [("stop", e[1])])]).cost)
    assert plan.engine == cheaper[0]
    assert [note.partition(" leaves")[0] for note in plan.notes] == ["first", "second", "third"]


def test_without_time_nobody_else_is_asked_but_the_note_says_so(monkeypatch):
    monkeypatch.setattr(solving, "LEAST", 10.0)
    monkeypatch.setattr(portfolio, "ENGINES", [answering("first", "b"), answering("second", "a", "b")])
    plan = solve(MUST, 4.0)
    assert plan.engine == "first"
    assert plan.notes == ("first leaves out what must be served: a", "there was no time left to ask second")
    monkeypatch.setattr(apart, "GRACE", 300.0)  # however long a busy machine takes to begin them
    assert solve(MUST, 4.0, guarded=True).engine == "second", "there time is not as dear"


def test_with_other_threads_engines_apart_are_begun_anew(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", [answering("first", "a", "b")])
    monkeypatch.setattr(apart, "GRACE", 300.0)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert solve(MUST, 4.0, guarded=True).engine == "first"
    finally:
        ended.set()
        thread.join()


def test_nobody_else_is_asked_for_what_nobody_can_serve(monkeypatch):
    engines = [answering("first", "b", proven=True), answering("second", "a", "b")]
    monkeypatch.setattr(portfolio, "ENGINES", engines)
    plan = solve(MUST, 4.0)
    assert (plan.engine, plan.notes) == ("first", ())


def test_without_any_engine_there_is_still_a_plan(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", [])
    assert sound(TWO, solve(TWO, SHORT)) == ({"v": ["a", "b"]}, {})


def test_a_plan_that_nobody_can_mend_is_an_error(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", [])
    corrupt = CORRUPT["cost"][0](whole_plan())
    for asked in (portfolio, contest):
        monkeypatch.setattr(asked, "complete", lambda *_, **__: corrupt)
    with pytest.raises(BrokenPlanError, match="cost of the plan"):
        solve(TWO, SHORT)


def test_an_engine_that_finds_nothing_leaves_the_inserted_plan(monkeypatch):
    only(monkeypatch, "ortools")
    monkeypatch.setattr(ortools, "solve_orders", lambda *_: None)
    plan = solve(TWO, SHORT)
    assert check(TWO, plan) == []
    assert plan.routes == complete(TWO, []).routes


def test_the_same_seed_and_iterations_give_the_same_plan():
    problem = some_day(5)
    for cores in (1, 2):
        plans = [solve(problem, seed=3, cores=cores, iterations=500) for _ in range(2)]
        assert plans[0].routes == plans[1].routes


def test_a_search_that_is_told_to_stop_keeps_the_best_plan():
    problem = some_day(5)
    plan = solve(problem, 600, progress=lambda share, cost: cost is not None)
    assert plan.seconds < 300
    sound(problem, plan)


def test_drawn_town_has_all_that_the_law_speaks_of():
    towns = [some_day(seed) for seed in range(20)]
    assert any(v.pauses for t in towns for v in t.vehicles)
    assert any((m.durations < 0).any() for t in towns for m in t.matrices.values())
    assert any(len(s.windows) > 1 for t in towns for s in t.stops)
    assert any(any(s.pickup) and any(s.delivery) for t in towns for s in t.stops)
    assert {len(t.unload_sites) for t in towns} == {0, 1, 2, 3}


def test_without_iterations_nothing_is_searched():
    """Nothing is searched and no engine is dropped; what the start leaves out is put in where it pays."""
    problem = day(
        [stop("a", 1, pickup=5, prize=1_000_000), stop("b", 2, pickup=5, prize=1_000_000)],
        [truck(km=100)],
        [site("u", 3)],
    )
    start = plan_of(problem, [("v", [("stop", "b"), ("unload", "u")])])
    plan = solve(problem, iterations=0, start=start)
    assert (plan.engine, plan.notes, plan.unserved) == ("ruin", (), ())
