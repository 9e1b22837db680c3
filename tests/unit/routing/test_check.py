"""Plans made by hand that break nothing, and each rule broken by one change of a plan or of its day."""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from days import day, line, site, stop, truck
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

import routing.check
from routing.check import Violation, check
from routing.check.loads import unplaced
from routing.plan import Plan, Rest, Route, Unserved, Visit
from routing.problem import Closed, Compartment, Matrix, Pair, Pause, Period, Problem, TimeWindow

SECONDS = line(4)  # depot, a, b and the site along one street, 10 minutes and 5 km from each to the next
DAY = Problem(
    dimensions=("kg", "litres"),
    stops=(
        stop("a", 1, [(32_400, 36_000)], 600, (30, 300), (20, 200), 9_000, {"crew-2"}),
        stop("b", 2, [(32_400, 33_000), (43_200, 45_000)], 900, (0, 0), (50, 400), 9_000),
        stop("c", 3, [(32_400, 36_000)], 900, (0, 0), (50, 400), 5_000),
    ),
    vehicles=(
        truck("v", (100, 1000), (28_800, 57_600), (39_600, 43_200, 1_800), fixed=10_000, km=200, skills={"crew-2"}),
    ),
    unload_sites=(site("u", 3, (28_800, 54_000), 1_200),),
    matrices={"road": Matrix(SECONDS.astype(np.int32), (SECONDS // 600 * 5_000).astype(np.int32))},
)
A = Visit("stop", "a", 32_400, 32_400, 33_000, (20, 200), (20, 200))
B = Visit("stop", "b", 33_600, 43_200, 44_100, (70, 600), (70, 600))
U = Visit("unload", "u", 44_700, 44_700, 45_900, (0, 0), (0, 0))
COST = 10_000 + 30 * 200 + 15_900  # leaving, 30 km, a fen a second
ROUTE = Route("v", 31_800, 47_700, (30, 300), (A, B, U), (Rest(39_600, 41_400),), 30_000, 3_600, COST)
PRICES = {"fixed": 10_000, "distance": 6_000, "hours": 15_900, "prizes": 5_000}
PLAN = Plan((ROUTE,), (Unserved("c", "late"),), COST + 5_000, "hand", 0.0, prices=PRICES)


def priced(plan, **terms):
    """The plan with terms of its cost changed by so many fen: those of its route, and those of the whole plan."""
    prices = {name: PRICES.get(name, 0) + terms.get(name, 0) for name in {*PRICES, *terms}}
    whole = sum(terms.get(name, 0) for name in ("balance", "prizes"))
    more = sum(terms.values()) - whole
    route = replace(plan.routes[0], cost=plan.routes[0].cost + more)
    kept = {name: fen for name, fen in prices.items() if fen}
    return replace(plan, routes=(route, *plan.routes[1:]), cost=plan.cost + more + whole, prices=kept)


def route(terms=None, **changes):
    """The plan with its route changed, and the terms of its cost."""
    return DAY, priced(replace(PLAN, routes=(replace(ROUTE, **changes),)), **terms or {})


def visits(a=A, b=B, u=U):
    return route(visits=(a, b, u))


def plan(**changes):
    return DAY, replace(PLAN, **changes)


def priced_plan(terms, **changes):
    """The plan changed, and the terms of its cost."""
    return DAY, priced(replace(PLAN, **changes), **terms)


def vehicle(**changes):
    return replace(DAY, vehicles=(replace(DAY.vehicles[0], **changes),)), PLAN


def order(number=0, **changes):
    return replace(DAY, stops=order_of(DAY, number, **changes)), PLAN


def order_of(problem, number, **changes):
    stops = list(problem.stops)
    stops[number] = replace(stops[number], **changes)
    return tuple(stops)


def centre(**changes):
    return replace(DAY, unload_sites=(replace(DAY.unload_sites[0], **changes),)), PLAN


def rest(start, end, window=(39_600, 43_200), duration=1_800):
    return rests([(*window, duration)], (start, end))


def rests(pauses, *had):
    """The day with other pauses, and the plan with other rests."""
    problem, _ = vehicle(pauses=tuple(Pause(TimeWindow(*p[:2]), p[2]) for p in pauses))
    return problem, route(rests=tuple(Rest(*times) for times in had))[1]


def no_way(here, there):
    durations, distances = (np.array(t) for t in (DAY.matrices["road"].durations, DAY.matrices["road"].distances))
    durations[here, there] = distances[here, there] = -1
    return replace(DAY, matrices={"road": Matrix(durations, distances)}), PLAN


SPARE = Route("v", 28_800, 28_800, (0, 0), (), (), 0, 0, 10_000)
HOME_FULL = route({"distance": -2_000, "hours": -2_400}, visits=(A, B), end=45_300, distance=20_000, driving=2_400)

BROKEN = {
    # times
    "late": (order(windows=(TimeWindow(30_000, 32_300),)), [("v", "a", "outside its windows", 100)]),
    "early": (order(windows=(TimeWindow(32_460, 36_000),)), [("v", "a", "outside its windows", 60)]),
    "between two windows": (
        order(1, windows=(TimeWindow(32_400, 43_000), TimeWindow(43_250, 45_000))),
        [("v", "b", "outside its windows", 50)],
    ),
    "service cut short": (order(service=601), [("v", "a", "service time", 1)]),
    "service drawn out": (order(service=590), [("v", "a", "service time", 10)]),
    "unloading cut short": (centre(duration=1_230), [("v", "u", "service time", 30)]),
    "unloads after closing": (centre(hours=TimeWindow(28_800, 44_600)), [("v", "u", "outside its hours", 100)]),
    "unloads before opening": (centre(hours=TimeWindow(44_707, 54_000)), [("v", "u", "outside its hours", 7)]),
    "faster than the road": (visits(a=replace(A, arrival=32_399)), [("v", "a", "arrives too soon", 1)]),
    "works before it is there": (visits(a=replace(A, arrival=32_405)), [("v", "a", "begins before arriving", 5)]),
    "home faster than the road": (route({"hours": -10}, end=47_690), [("v", "", "home too soon", 10)]),
    "before the shift": (vehicle(shift=TimeWindow(31_803, 57_600)), [("v", "", "leaves before the shift", 3)]),
    "after the shift": (vehicle(shift=TimeWindow(28_800, 47_696)), [("v", "", "comes home after the shift", 4)]),
    # break
    "no break": (route(rests=()), [("v", "", "no break", 1)]),
    "a break too many": (vehicle(pauses=()), [("v", "", "a break nobody asked for", 1)]),
    "two breaks": (
        route(rests=(Rest(39_600, 41_400), Rest(41_400, 43_200))),
        [("v", "", "a break nobody asked for", 1)],
    ),
    "break too short": (rest(39_600, 41_390), [("v", "", "break too short", 10)]),
    "break too soon": (rest(39_580, 41_400), [("v", "", "break before its window", 20)]),
    "break too late": (rest(39_600, 41_400, window=(39_000, 39_500)), [("v", "", "break after its window", 100)]),
    "break while working": (
        rest(32_700, 34_500, window=(32_700, 43_200)),
        [
            ("v", "a", "break during service", 300),
            ("v", "b", "arrives too soon", 600),
        ],
    ),
    "break around work that takes no time": (
        (
            order(1, service=0)[0],
            route(visits=(A, replace(B, end=43_200), U), rests=(Rest(42_000, 44_000),))[1],
        ),
        [("v", "b", "break during service", 800)],
    ),
    "break while driving": (rest(33_100, 34_900, window=(33_000, 43_200)), [("v", "b", "arrives too soon", 500)]),
    "no time for the break": (
        rest(44_100, 44_700, window=(39_600, 44_100), duration=600),
        [("v", "u", "arrives too soon", 600), ("v", "u", "no time for the break", 600)],
    ),
    "no time for the break on the way home": (
        rest(45_900, 47_700, window=(39_600, 46_000)),
        [("v", "", "home too soon", 1_800)],
    ),
    "break before leaving": (
        rest(29_000, 30_800, window=(28_800, 43_200)),
        [("v", "", "break outside the route", 2_800)],
    ),
    "break after coming home": (
        rest(47_700, 49_500, window=(28_800, 47_699)),
        [("v", "", "break after its window", 1), ("v", "", "break outside the route", 1_800)],
    ),
    "break begun during a break": (
        rests([(39_600, 43_200, 1_200), (39_600, 43_200, 600)], (39_600, 40_800), (40_790, 41_400)),
        [("v", "", "break begins before the last one ends", 10)],
    ),
    "breaks out of order": (
        rests([(39_600, 43_200, 600), (39_600, 43_200, 600)], (40_200, 40_800), (39_600, 40_200)),
        [("v", "", "break begins before the last one ends", 1_200)],
    ),
    "second break forgotten": (
        rests([(39_600, 43_200, 1_800), (41_400, 43_200, 600)], (39_600, 41_400)),
        [("v", "", "no break", 1)],
    ),
    "second break too short": (
        rests([(39_600, 41_400, 600), (41_400, 43_200, 600)], (39_600, 40_200), (41_400, 41_990)),
        [("v", "", "break too short", 10)],
    ),
    "shift that is over when it begins": (
        vehicle(shift=TimeWindow(28_800, 31_790), overtime=20_000),
        [("v", "", "leaves after the shift", 10)],
    ),
    "after the overtime": (
        vehicle(shift=TimeWindow(28_800, 47_600), overtime=97),
        [("v", "", "comes home after the shift", 3)],
    ),
    "longer than the driver may": (vehicle(max_duration=15_890), [("v", "", "lasts too long", 10)]),
    "goods that are not ready": (order(release=31_805), [("v", "", "leaves before the goods are ready", 5)]),
    "closed zone at its end": (
        vehicle(closed=(Closed(frozenset({1, 3}), TimeWindow(32_000, 32_400)),)),
        [("v", "a", "begins in a closed zone", 1)],
    ),
    "site in a closed zone": (
        vehicle(closed=(Closed(frozenset({1, 3}), TimeWindow(44_697, 44_800)),)),
        [("v", "u", "begins in a closed zone", 4)],
    ),
    "service of another crew": (order(service_by_crew={"": 580}), [("v", "a", "service time", 20)]),
    # loads
    "overload in the first dimension": (vehicle(capacity=(69, 1000)), [("v", "b", "over capacity in kg", 1)]),
    "overload in the second": (vehicle(capacity=(100, 550)), [("v", "b", "over capacity in litres", 50)]),
    "overload at the door": (
        vehicle(capacity=(28, 1000)),
        [("v", "", "over capacity in kg", 2), ("v", "b", "over capacity in kg", 42)],
    ),
    "wrong load at departure": (route(load=(31, 300)), [("v", "", "load at departure", 1)]),
    "wrong load on board": (visits(b=replace(B, load=(70, 601))), [("v", "b", "load on board", 1)]),
    "wrong goods collected": (visits(a=replace(A, collected=(0, 0))), [("v", "a", "load on board", 1)]),
    "overload of a compartment": (
        vehicle(compartments=(Compartment(frozenset({"kg"}), 40), Compartment(frozenset({"kg", "litres"}), 620))),
        [("v", "b", "over capacity in its compartments", 10)],
    ),
    "site with too much": (centre(capacity=(70, 599)), [("", "u", "site gets too much in litres", 1)]),
    "home with goods": (HOME_FULL, [("v", "", "comes home with collected goods", 600)]),
    # who and what
    "skill": (order(skills=frozenset({"crew-2", "crane"})), [("v", "a", "vehicle lacks crane", 1)]),
    "vehicle not named": (order(vehicles=frozenset()), [("v", "a", "vehicle not allowed", 1)]),
    "vehicle forbidden": (order(forbidden=frozenset({"v"})), [("v", "a", "vehicle not allowed", 1)]),
    "required": (order(2, required=True), [("", "c", "required stop left out", 1)]),
    "served though another of its group is": (
        (replace(order(0, group="g")[0], stops=order_of(order(0, group="g")[0], 1, group="g")), PLAN),
        [("", "g", "group served more than once", 1)],
    ),
    "left out though another of its group is served": (
        (
            replace(DAY, stops=order_of(order(0, group="g")[0], 2, group="g", required=True)),
            priced(PLAN, prizes=-5_000),
        ),
        [("", "c", "left out beside its group", 1)],
    ),
    "group forgotten in part": (
        (replace(DAY, stops=(*order(2, group="g")[0].stops, replace(DAY.stops[2], id="d", group="g"))), PLAN),
        [("", "d", "neither served nor left out", 1)],
    ),
    "required group": (
        (
            replace(
                DAY, stops=(*order(2, group="g", required=True)[0].stops, replace(DAY.stops[2], id="d", group="g"))
            ),
            replace(PLAN, unserved=(*PLAN.unserved, Unserved("d", "late"))),
        ),
        [("", "c", "required stop left out", 1)],
    ),
    "stop forgotten": (priced_plan({"prizes": -5_000}, unserved=()), [("", "c", "neither served nor left out", 1)]),
    "stop left out twice": (
        plan(unserved=PLAN.unserved * 2),
        [("", "c", "accounted for more than once", 1)],
    ),
    "stop served and left out": (
        priced_plan({"prizes": 9_000}, unserved=(*PLAN.unserved, Unserved("a", "late"))),
        [("", "a", "accounted for more than once", 1)],
    ),
    "stop nobody knows": (plan(unserved=(*PLAN.unserved, Unserved("x", "late"))), [("", "x", "unknown stop", 1)]),
    "visit nobody knows": (
        route(visits=(A, B, U, Visit("stop", "x", 45_900, 45_900, 45_900, (0, 0), (0, 0)))),
        [("v", "x", "unknown service", 1), ("", "x", "unknown stop", 1)],
    ),
    "site nobody knows": (
        route(visits=(A, B, U, Visit("unload", "x", 45_900, 45_900, 45_900, (0, 0), (0, 0)))),
        [("v", "x", "unknown service", 1)],
    ),
    "vehicle nobody knows": (
        plan(routes=(ROUTE, replace(SPARE, vehicle="w")), cost=PLAN.cost),
        [("w", "", "unknown vehicle", 1)],
    ),
    "vehicle used twice": (
        plan(routes=(ROUTE, SPARE), cost=PLAN.cost + 10_000, prices={**PRICES, "fixed": 20_000}),
        [("v", "", "vehicle used twice", 1)],
    ),
    # roads and money
    "distance": (route(distance=30_001), [("v", "", "distance", 1)]),
    "driving": (route(driving=3_500), [("v", "", "driving time", 100)]),
    "cost of the route": (
        plan(routes=(replace(ROUTE, cost=COST + 7),), cost=PLAN.cost + 7),
        [("v", "", "cost", 7)],
    ),
    "cost of the plan": (
        plan(cost=PLAN.cost - 3),
        [("", "", "cost of the plan is not the sum of its parts", 3)],
    ),
    "prize not counted": (
        plan(cost=COST, prices={k: v for k, v in PRICES.items() if k != "prizes"}),
        [
            ("", "", "cost of the plan is not the sum of its parts", 5_000),
            ("", "", "prices are not the parts of the cost", 5_000),
        ],
    ),
    "no prices": (plan(prices={}), [("", "", "prices are not the parts of the cost", 36_900)]),
    "price of nothing": (plan(prices={**PRICES, "wishes": 0}), [("", "", "prices are not the parts of the cost", 1)]),
    "price under another name": (
        plan(prices={**{k: v for k, v in PRICES.items() if k != "hours"}, "carbon": 15_900}),
        [("", "", "prices are not the parts of the cost", 31_800)],
    ),
    "bound that is none": (plan(bound=PLAN.cost + 1), [("", "", "bound above the cost", 1)]),
    "notice dropped": (
        (replace(DAY, notice={"en": "demonstration"}), PLAN),
        [("", "", "the notice of the roads is missing", 1)],
    ),
    "no way": (
        no_way(1, 2),
        [
            ("v", "b", "no way there", 1),
            ("v", "", "distance", 5_000),
            ("v", "", "driving time", 600),
            ("v", "", "cost", 1_000),
            ("", "", "prices are not the parts of the cost", 1_000),
        ],
    ),
    "no way home": (
        no_way(3, 0),
        [
            ("v", "", "no way home", 1),
            ("v", "", "distance", 15_000),
            ("v", "", "driving time", 1_800),
            ("v", "", "cost", 3_000),
            ("", "", "prices are not the parts of the cost", 3_000),
        ],
    ),
}


@pytest.mark.parametrize(("case", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_each_broken_rule_is_told_with_its_place_and_amount_and_nothing_else(case, expected):
    assert check(*case) == [Violation(*e) for e in expected]


# -- a day of two trips, a pair and two vehicles -------------------------------------------------------------

TRIPS = day(  # depot at 0, places along one street, 10 minutes and 6 km from each to the next
    stops=[
        stop("first", 1, delivery=60),
        stop("back", 1, pickup=10, backhaul=True),
        stop("second", 2, delivery=70, release=1_200),
        stop("here", 1, pickup=40),
        stop("there", 3, delivery=40),
        stop("waste", 2, pickup=5),
    ],
    vehicles=[truck("v", range=24_000), truck("w", 45, range=50_000, charge=36_000)],
    sites=[site("depot", 0, duration=300, reloads=True, charges=True, takes=frozenset()), site("tip", 2)],
    pairs=(Pair("here", "there"),),
)


def visit(name, start, load, collected=0, lasts=0, kind="stop"):
    return Visit(kind, name, start, start, start + lasts, (load,), (collected,))


FIRST, BACK = visit("first", 600, 0), visit("back", 600, 10, 10)
DEPOT, SECOND, TIP = (
    visit("depot", 1_200, 80, 10, 300, "unload"),
    visit("second", 2_700, 10, 10),
    visit("tip", 2_700, 0),
)
TIP = replace(TIP, kind="unload")
HERE, THERE = visit("here", 600, 40), visit("there", 1_800, 5, 5)
WASTE, EMPTY = visit("waste", 1_200, 45, 5), replace(TIP, arrival=2_400, start=2_400, end=2_400)
V = Route("v", 0, 3_900, (60,), (FIRST, BACK, DEPOT, SECOND, TIP), (), 36_000, 3_600, 3_900)
W = Route("w", 0, 3_600, (0,), (HERE, WASTE, THERE, EMPTY), (), 36_000, 3_600, 3_600)
TWO = Plan((V, W), (), 7_500, "hand", 0.0, prices={"hours": 7_500})


def test_a_plan_of_two_trips_and_a_pair_breaks_nothing():
    assert check(TRIPS, TWO) == []


def trip(**changes):
    return TRIPS, replace(TWO, routes=(replace(V, **changes), W))


def paired(*visits, **changes):
    return TRIPS, replace(TWO, routes=(V, replace(W, visits=visits, **changes)))


def trips(which, number=0, **changes):
    parts = list(getattr(TRIPS, which))
    parts[number] = replace(parts[number], **changes)
    return replace(TRIPS, **{which: tuple(parts)}), TWO


def together(*numbers):
    stops = [replace(s, together="house" if k in numbers else "") for k, s in enumerate(TRIPS.stops)]
    return replace(TRIPS, stops=tuple(stops)), TWO


BROKEN_TRIPS = {
    "loads goods that are not ready": (
        trips("stops", 2, release=1_203),
        [("v", "depot", "loads before the goods are ready", 3)],
    ),
    "leaves with goods that are not ready": (
        trips("stops", 1, release=2),
        [("v", "", "leaves before the goods are ready", 2)],
    ),
    "overload by the second loading": (
        trips("vehicles", capacity=(79,)),
        [("v", "depot", "over capacity in kg", 1)],
    ),
    "a depot that takes what was collected": (
        trips("unload_sites", takes=None),
        [("v", "depot", "load on board", 1), ("v", "second", "load on board", 1)],
    ),
    "a tip that takes nothing": (
        trips("unload_sites", 1, takes=frozenset()),
        [
            ("v", "tip", "load on board", 1),
            ("v", "", "comes home with collected goods", 10),
            ("w", "tip", "load on board", 1),
            ("w", "", "comes home with collected goods", 5),
        ],
    ),
    "a tip with too much from two vehicles": (
        trips("unload_sites", 1, capacity=(12,)),
        [("", "tip", "site gets too much in kg", 3)],
    ),
    "a depot where nothing is loaded": (
        trips("unload_sites", reloads=False),
        [
            ("v", "", "leaves before the goods are ready", 1_200),
            ("v", "", "over capacity in kg", 30),
            ("v", "", "load at departure", 1),
            ("v", "first", "load on board", 1),
            ("v", "back", "load on board", 1),
            ("v", "back", "backhaul before a delivery", 1),
        ],
    ),
    "goods on board at the start": (
        trips("vehicles", 1, load=(2,)),
        [
            ("w", "", "load at departure", 1),
            ("w", "here", "load on board", 1),
            ("w", "waste", "over capacity in kg", 2),
            ("w", "waste", "load on board", 1),
            ("w", "there", "load on board", 1),
        ],
    ),
    "backhaul first": (
        trip(visits=(visit("back", 600, 70, 10), visit("first", 600, 10, 10), DEPOT, SECOND, TIP)),
        [("v", "back", "backhaul before a delivery", 1)],
    ),
    "empty battery after charging": (
        trips("vehicles", range=23_999),
        [("v", "", "farther than its charge", 1)],
    ),
    "empty battery before charging": (
        trips("vehicles", charge=11_995),
        [("v", "depot", "farther than its charge", 5)],
    ),
    "nothing charged": (
        trips("unload_sites", charges=False),
        [("v", "", "farther than its charge", 12_000)],
    ),
    "charge that does not last": (
        trips("vehicles", 1, charge=35_999),
        [("w", "", "farther than its charge", 1)],
    ),
    "dropped first": (
        paired(
            visit("there", 1_800, 0),
            visit("here", 3_000, 40),
            visit("waste", 3_600, 45, 5),
            visit("tip", 3_600, 40, 0, kind="unload"),
            end=4_800,
            distance=48_000,
            driving=4_800,
            cost=4_800,
        ),
        [
            ("w", "", "farther than its charge", 12_000),
            ("w", "there", "dropped before it is collected", 1),
            ("", "", "cost of the plan is not the sum of its parts", 1_200),
            ("", "", "prices are not the parts of the cost", 1_200),
        ],
    ),
    "half of a pair": (
        (TRIPS, replace(paired(HERE, WASTE, replace(EMPTY, load=(40,)))[1], unserved=(Unserved("there", "late"),))),
        [
            ("w", "", "distance", 12_000),
            ("w", "", "driving time", 1_200),
            ("", "there", "left out without the other of its pair", 1),
            ("", "", "cost of the plan is not the sum of its parts", 1_000_000),
            ("", "", "prices are not the parts of the cost", 1_000_000),
        ],
    ),
    "pair on two vehicles": (
        (replace(TRIPS, pairs=(Pair("here", "second"),), stops=order_of(TRIPS, 2, delivery=(40,))), TWO),
        [
            ("v", "depot", "load on board", 1),
            ("w", "", "load at departure", 1),
            ("w", "here", "over capacity in kg", 35),
            ("w", "here", "load on board", 1),
            ("w", "waste", "over capacity in kg", 40),
            ("w", "waste", "load on board", 1),
            ("w", "there", "load on board", 1),
            ("w", "tip", "load on board", 1),
            ("", "second", "pair on two vehicles", 1),
        ],
    ),
    "neighbours on two vehicles": (
        together(0, 2, 5),
        [("", "house", "stops that belong together are apart", 1)],
    ),
}


@pytest.mark.parametrize(("case", "expected"), BROKEN_TRIPS.values(), ids=BROKEN_TRIPS.keys())
def test_each_rule_of_trips_and_pairs_is_told_with_its_place_and_amount_and_nothing_else(case, expected):
    assert check(*case) == [Violation(*e) for e in expected]


def test_neighbours_on_one_vehicle_are_together():
    assert check(*together(0, 1, 2)) == []
    assert check(*together(3, 4)) == []


# -- what costs, and what is excused --------------------------------------------------------------------------


def wish(*windows, price=3_600, number=1):
    return order(number, wishes=tuple(TimeWindow(*w) for w in windows), wish_price=price)[0]


def announced(name):
    both = (*DAY.vehicles, replace(DAY.vehicles[0], id="w"))
    return replace(DAY, vehicles=both, stops=order_of(replace(DAY, vehicles=both), 1, stays=name, stays_price=77))


PRICED = {
    "overtime": (
        vehicle(shift=TimeWindow(28_800, 47_400), overtime=300, overtime_per_hour=1_794)[0],
        {"overtime": 150},  # 149.5
    ),
    "carbon": (replace(vehicle(grams_per_km=501)[0], carbon_price=100), {"carbon": 1_503}),
    "carbon of half a fen": (replace(vehicle(grams_per_km=1)[0], carbon_price=50), {"carbon": 2}),
    "wish missed before": (wish((43_300, 45_000)), {"wishes": 100}),
    "wish missed after": (wish((32_400, 43_000), (45_000, 46_000)), {"wishes": 200}),
    "wish of half a fen": (wish((43_201, 45_000), price=1_800), {"wishes": 1}),
    "wish kept": (wish((32_400, 32_500), (43_200, 43_200)), {}),
    "another vehicle was announced": (announced("w"), {"moves": 77}),
    "this vehicle was announced": (announced("v"), {}),
    "nothing wished": (order(1, wish_price=100)[0], {}),
    "compactness": (replace(DAY, compactness_price=300), {"compactness": 1_500}),
    "balance of one": (replace(DAY, balance_price=300), {}),
}


@pytest.mark.parametrize(("problem", "terms"), PRICED.values(), ids=PRICED.keys())
def test_each_term_of_the_cost_to_the_fen(problem, terms):
    assert check(problem, priced(PLAN, **terms)) == []
    told = {v.rule for v in check(problem, priced(PLAN, **terms | {"wishes": terms.get("wishes", 0) + 1}))}
    assert told == {"cost", "prices are not the parts of the cost"}


def test_balance_is_priced_by_hours_above_the_mean():
    problem = replace(TRIPS, balance_price=3_600)
    plan = replace(TWO, cost=7_650, prices={"hours": 7_500, "balance": 150})  # 150 seconds above 3,750
    assert check(problem, plan) == []
    half = replace(problem, balance_price=12)
    assert check(half, replace(plan, cost=7_501, prices={"hours": 7_500, "balance": 1})) == []


def test_compactness_is_the_way_from_the_middle_stop_where_there_is_one():
    table = DAY.matrices["road"]
    holes = table.distances.copy()
    holes[1, 2] = 7_000  # to b from a; from b to a are 5,000
    assert (
        check(
            replace(DAY, matrices={"road": Matrix(table.durations, holes)}, compactness_price=1_000),
            priced(replace(PLAN, routes=(replace(ROUTE, distance=32_000),)), distance=400, compactness=5_000),
        )
        == []
    )


CAR, CENTRE = truck(), site("u", 3)


def left_out(*stops, cost, vehicles=(CAR,), sites=(CENTRE,), **other):
    """A day on which nothing is done."""
    prices = {"prizes": cost} if cost else {}
    plan = Plan((), tuple(Unserved(s.id, "late") for s in stops), cost, "hand", 0.0, prices=prices)
    return day(stops, vehicles, sites, **other), plan


def test_a_group_that_is_left_out_costs_its_largest_prize_once():
    stops = [stop("a", 1, prize=5, group="g"), stop("b", 1, prize=8, group="g"), stop("c", 1, prize=100)]
    assert check(*left_out(*stops, cost=108)) == []


NOBODY = {
    "a skill that nobody has": ({"skills": {"crane"}}, {}),
    "a vehicle that may not": ({"forbidden": frozenset({"v"})}, {}),
    "more than a vehicle holds": ({"delivery": 101}, {}),
    "more than its compartments hold": (
        {"pickup": 100},
        {"vehicles": (truck(compartments=(Compartment(frozenset({"kg"}), 99),)),)},
    ),
    "no way": ({}, {"seconds": np.where(np.eye(4) > 0, 0, -1)}),
    "over before it is there": ({"windows": [(0, 599)]}, {}),
    "closed until it is over": (
        {"windows": [(0, 900)]},
        {"vehicles": (truck(closed=(Closed(frozenset({1}), TimeWindow(300, 900)),)),)},
    ),
    "ready when it is over": ({"windows": [(0, 1_199)], "release": 600}, {}),
    "home too late": ({"service": 601}, {"vehicles": (truck(shift=(0, 1_800)),)}),
    "no site": ({"pickup": 1}, {"sites": ()}),
    "no site that takes it": ({"pickup": 1}, {"sites": (site("u", 3, takes=frozenset()),)}),
    "a site that is shut": ({"pickup": 1}, {"sites": (site("u", 3, hours=(0, 1_799)),)}),
    "no vehicle": ({}, {"vehicles": ()}),
}


@pytest.mark.parametrize(("changes", "parts"), NOBODY.values(), ids=NOBODY.keys())
def test_a_required_stop_that_nothing_can_serve_may_be_left_out(changes, parts):
    required = stop("a", 1, prize=0, required=True, **changes)
    assert check(*left_out(required, cost=0, **parts)) == []


JUST = {
    "on time": ({"windows": [(0, 600)]}, {}),
    "when the zone opens": (
        {"windows": [(0, 901)]},
        {"vehicles": (truck(closed=(Closed(frozenset({1}), TimeWindow(300, 900)),)),)},
    ),
    "when it is ready": ({"windows": [(0, 1_200)], "release": 600}, {}),
    "ready at a depot nearby": (
        {"windows": [(0, 600)], "release": 600},
        {"sites": (site("u", 1, reloads=True),)},
    ),
    "home in overtime": ({"service": 601}, {"vehicles": (truck(shift=(0, 1_800), overtime=1),)}),
    "a vehicle that keeps stock": ({"pickup": 1}, {"sites": (), "vehicles": (truck(keeps_stock=True),)}),
    "a way over another place": ({}, {"seconds": [[0, -1, 600], [600, 0, 600], [600, 600, 0]], "sites": ()}),
}


@pytest.mark.parametrize(("changes", "parts"), JUST.values(), ids=JUST.keys())
def test_a_required_stop_that_something_can_serve_may_not(changes, parts):
    required = stop("a", 1, prize=0, required=True, **changes)
    assert check(*left_out(required, cost=0, **parts)) == [Violation("", "a", "required stop left out", 1)]


def test_half_of_a_pair_that_nothing_can_serve_excuses_the_other():
    stops = [stop("a", 1, pickup=5, prize=0, required=True), stop("b", 2, delivery=5, prize=0)]
    pairs = (Pair("a", "b"),)
    assert [v.rule for v in check(*left_out(*stops, cost=0, pairs=pairs))] == ["required stop left out"]
    stops[1] = replace(stops[1], skills=frozenset({"crane"}))
    assert check(*left_out(*stops, cost=0, pairs=pairs)) == []


# -- hours of the day -----------------------------------------------------------------------------------------


def ways(seconds, metres):
    return {"road": Matrix(*(np.array([[0, n], [n, 0]], np.int32) for n in (seconds, metres)))}


BASE, RUSH, NIGHT = ways(100, 1_000), ways(400, 900), ways(10, 2_000)
HOURS = {  # periods, leaving, home, metres, seconds at the wheel
    "before the rush": ([(500, 1_000, RUSH)], 499, 599, 1_000, 100),
    "in the rush": ([(500, 1_000, RUSH)], 500, 900, 900, 400),
    "as soon as by waiting for its end": ([(500, 1_000, RUSH)], 700, 1_100, 900, 400),
    "sooner by waiting for its end": ([(500, 1_000, RUSH)], 701, 1_100, 1_000, 100),
    "after the rush": ([(500, 1_000, RUSH)], 1_000, 1_100, 1_000, 100),
    "sooner by waiting for the night": ([(500, 1_000, NIGHT)], 411, 510, 2_000, 10),
    "as soon as by waiting for the night": ([(500, 1_000, NIGHT)], 410, 510, 1_000, 100),
    "from rush to night": ([(500, 600, RUSH), (600, 700, NIGHT)], 550, 610, 2_000, 10),
    "over the rush to the night": ([(500, 510, RUSH), (510, 700, NIGHT)], 499, 520, 2_000, 10),
    "between them": ([(500, 600, RUSH), (650, 700, NIGHT)], 600, 660, 2_000, 10),
    "closed until the rush is over": ([(500, 1_000, ways(-1, -1))], 500, 1_100, 1_000, 100),
    "closed but for the night": ([(0, 500, ways(-1, -1)), (500, 600, NIGHT)], 100, 510, 2_000, 10),
    "of another profile": ([(500, 1_000, {})], 700, 800, 1_000, 100),
}


@pytest.mark.parametrize(("periods", "start", "end", "metres", "wheel"), HOURS.values(), ids=HOURS.keys())
def test_a_leg_belongs_to_the_period_in_which_it_is_over_soonest(periods, start, end, metres, wheel):
    problem = Problem(
        dimensions=("kg",),
        stops=(),
        vehicles=(truck(end=1, hour=0),),
        unload_sites=(),
        matrices=BASE,
        periods=tuple(Period(TimeWindow(*hours), matrices) for *hours, matrices in periods),
    )
    route = Route("v", start, end, (0,), (), (), metres, wheel, 0)
    assert check(problem, Plan((route,), (), 0, "hand", 0.0)) == []
    sooner = replace(route, end=end - 1)
    assert check(problem, Plan((sooner,), (), 0, "hand", 0.0)) == [Violation("v", "", "home too soon", 1)]


def test_a_way_that_is_closed_for_the_rest_of_the_day_is_none():
    periods = (Period(TimeWindow(0, 500), NIGHT),)
    problem = Problem(("kg",), (), (truck(end=1, hour=0),), (), ways(-1, -1), periods=periods)
    for start, expected in ((499, []), (500, [Violation("v", "", "no way home", 1)])):
        route = Route("v", start, start + 10, (0,), (), (), 2_000 * (start < 500), 10 * (start < 500), 0)
        assert check(problem, Plan((route,), (), 0, "hand", 0.0)) == expected


def test_a_leg_that_waits_for_its_period_has_the_break_besides():
    problem = Problem(
        dimensions=("kg",),
        stops=(),
        vehicles=(truck(end=1, hour=0, pause=(500, 1_200, 50)),),
        unload_sites=(),
        matrices=BASE,
        periods=(Period(TimeWindow(500, 1_000), RUSH),),
    )
    route = Route("v", 800, 1_150, (0,), (), (Rest(900, 950),), 1_000, 100, 0)
    assert check(problem, Plan((route,), (), 0, "hand", 0.0)) == []
    sooner = replace(route, end=1_149)
    assert check(problem, Plan((sooner,), (), 0, "hand", 0.0)) == [Violation("v", "", "home too soon", 1)]


# -- breaks and compartments against every way to try ----------------------------------------------------------


@settings(deadline=None, max_examples=so_many(300))
@given(st.data())
def test_breaks_are_well_when_any_way_to_have_them_is(data):
    second = st.integers(0, 12)
    pauses = data.draw(st.lists(st.tuples(second, st.integers(0, 4), st.integers(0, 3)), max_size=3))
    had = sorted(data.draw(st.lists(st.tuples(second, st.integers(0, 3)), max_size=3)))
    start, end = sorted((data.draw(second), data.draw(second)))
    rests = [(begin, begin + length) for begin, length in had]
    asked = [(first, first + more, length) for first, more, length in pauses]
    needed = [start < first + length and end > last for first, last, length in asked]

    def good(chosen):
        pairs = zip(rests, (asked[k] for k in chosen), strict=True)
        kept = all(first <= r[0] <= last and r[1] - r[0] >= length for r, (first, last, length) in pairs)
        return kept and not any(need and k not in chosen for k, need in enumerate(needed))

    inside = all(start <= r[0] and r[1] <= end for r in rests)
    apart = all(one[1] <= other[0] for one, other in pairwise(rests))
    well = inside and apart and any(good(chosen) for chosen in combinations(range(len(asked)), len(rests)))
    problem = day(
        [], [truck(hour=0, pauses=tuple(Pause(TimeWindow(*p[:2]), p[2]) for p in asked))], seconds=np.zeros((1, 1))
    )
    route = Route("v", start, end, (0,), (), tuple(Rest(*r) for r in rests), 0, 0, 0)
    found = [v for v in check(problem, Plan((route,), (), 0, "hand", 0.0)) if v.rule != "home too soon"]
    assert (not found) == well


@settings(deadline=None, max_examples=so_many(300))
@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=4),
    st.lists(st.tuples(st.frozensets(st.sampled_from("abcd")), st.integers(0, 9)), max_size=4),
)
def test_what_finds_no_room_is_what_some_dimensions_have_above_all_rooms_that_hold_them(loads, parts):
    compartments = [Compartment(*part) for part in parts]
    held = [name for name in loads if any(name in c.dimensions for c in compartments)]
    above = [
        sum(loads[name] for name in chosen) - sum(c.capacity for c in compartments if c.dimensions & {*chosen})
        for size in range(len(held) + 1)
        for chosen in combinations(held, size)
    ]
    assert unplaced(loads, compartments) == max(above)


def test_every_rule_that_check_knows_is_broken_above():
    sources = [file.read_text(encoding="utf-8") for file in Path(routing.check.__file__).parent.glob("*.py")]
    rules = set(re.findall(r'(?:fault|by_vehicle)\([^,()]+,\s*f?"([^"{]+)', "".join(sources)))
    told = [rule for _, expected in (*BROKEN.values(), *BROKEN_TRIPS.values()) for _, _, rule, _ in expected]
    assert len(rules) > 45
    assert [rule for rule in sorted(rules) if not any(t.startswith(rule) for t in told)] == []


@pytest.mark.parametrize("whole", [True, False])
def test_a_vehicle_that_nobody_knows_serves_nobody(whole):
    routes = (replace(ROUTE, vehicle="w"),) if whole else ()
    found = check(DAY, replace(PLAN, routes=routes))
    assert [(v.service, v.rule) for v in found if "neither" in v.rule] == [
        ("a", "neither served nor left out"),
        ("b", "neither served nor left out"),
    ]
    assert (Violation("w", "", "unknown vehicle", 1) in found) is whole


def test_no_break_is_needed_when_home_by_its_window_end_or_leaving_after_it():
    home = ROUTE.end
    for window, needed in (((40_000, home), 0), ((40_000, home - 1), 1), ((30_000, 40_000), 0), ((30_001, 40_000), 1)):
        assert len(check(*rests([(*window, 1_800)]))) == needed, window


def test_violation_is_told_in_words():
    assert str(Violation("v", "", "no break", 1)) == "v at -: no break by 1"
