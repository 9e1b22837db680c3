"""One plan made by hand that breaks nothing, and each rule broken by one change of the plan or of the day."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from days import line, site, stop, truck

import routing.check
from routing.check import Violation, check
from routing.plan import Plan, Rest, Route, Unserved, Visit
from routing.problem import Matrix, Pause, Problem, TimeWindow

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
PLAN = Plan((ROUTE,), (Unserved("c", "late"),), COST + 5_000, "hand", 0.0)


def test_a_plan_made_by_hand_breaks_nothing():
    assert check(DAY, PLAN) == []


def route(cost=0, **changes):
    """The plan with its route changed, and the cost of both by as much."""
    changed = replace(ROUTE, cost=ROUTE.cost + cost, **changes)
    return DAY, replace(PLAN, routes=(changed,), cost=PLAN.cost + cost)


def visits(a=A, b=B, u=U):
    return route(visits=(a, b, u))


def plan(**changes):
    return DAY, replace(PLAN, **changes)


def vehicle(**changes):
    return replace(DAY, vehicles=(replace(DAY.vehicles[0], **changes),)), PLAN


def order(number=0, **changes):
    stops = list(DAY.stops)
    stops[number] = replace(stops[number], **changes)
    return replace(DAY, stops=tuple(stops)), PLAN


def centre(**changes):
    return replace(DAY, unload_sites=(replace(DAY.unload_sites[0], **changes),)), PLAN


def rest(start, end, window=(39_600, 43_200), duration=1_800):
    day, _ = vehicle(pause=Pause(TimeWindow(*window), duration))
    return day, route(rests=(Rest(start, end),))[1]


def no_way(here, there):
    durations, distances = (np.array(t) for t in (DAY.matrices["road"].durations, DAY.matrices["road"].distances))
    durations[here, there] = distances[here, there] = -1
    return replace(DAY, matrices={"road": Matrix(durations, distances)}), PLAN


SPARE = Route("v", 28_800, 28_800, (0, 0), (), (), 0, 0, 10_000)
HOME_FULL = route(visits=(A, B), end=45_300, distance=20_000, driving=2_400, cost=-2_000 - 2_400)

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
    "home faster than the road": (route(end=47_690, cost=-10), [("v", "", "home too soon", 10)]),
    "before the shift": (vehicle(shift=TimeWindow(31_803, 57_600)), [("v", "", "leaves before the shift", 3)]),
    "after the shift": (vehicle(shift=TimeWindow(28_800, 47_696)), [("v", "", "comes home after the shift", 4)]),
    # break
    "no break": (route(rests=()), [("v", "", "no break", 1)]),
    "a break too many": (vehicle(pause=None), [("v", "", "a break nobody asked for", 1)]),
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
    "home with goods": (HOME_FULL, [("v", "", "comes home with collected goods", 600)]),
    # who and what
    "skill": (order(skills=frozenset({"crew-2", "crane"})), [("v", "a", "vehicle lacks crane", 1)]),
    "stop forgotten": (plan(unserved=(), cost=COST), [("", "c", "neither served nor left out", 1)]),
    "stop left out twice": (
        plan(unserved=PLAN.unserved * 2),
        [("", "c", "accounted for more than once", 1)],
    ),
    "stop served and left out": (
        plan(unserved=(*PLAN.unserved, Unserved("a", "late")), cost=PLAN.cost + 9_000),
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
        plan(routes=(ROUTE, SPARE), cost=PLAN.cost + 10_000),
        [("v", "", "vehicle used twice", 1)],
    ),
    # roads and money
    "distance": (route(distance=30_001), [("v", "", "distance", 1)]),
    "driving": (route(driving=3_500), [("v", "", "driving time", 100)]),
    "cost of the route": (route(cost=7), [("v", "", "cost", 7)]),
    "cost of the plan": (
        plan(cost=PLAN.cost - 3),
        [("", "", "cost of the plan is not the sum of its parts", 3)],
    ),
    "prize not counted": (
        plan(cost=COST),
        [("", "", "cost of the plan is not the sum of its parts", 5_000)],
    ),
    "notice dropped": (
        (replace(DAY, notice={"en": "demonstration"}), PLAN),
        [("", "", "the notice of the roads is missing", 1)],
    ),
    "no way": (
        no_way(1, 2),
        [
            ("v", "b", "no way there", 1),
            ("v", "", "distance", 5_001),
            ("v", "", "driving time", 601),
            ("v", "", "cost", 1_000),
        ],
    ),
    "no way home": (
        no_way(3, 0),
        [
            ("v", "", "no way home", 1),
            ("v", "", "distance", 15_001),
            ("v", "", "driving time", 1_801),
            ("v", "", "cost", 3_000),
        ],
    ),
}


@pytest.mark.parametrize(("case", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_each_broken_rule_is_told_with_its_place_and_amount_and_nothing_else(case, expected):
    assert check(*case) == [Violation(*e) for e in expected]


def test_every_rule_that_check_knows_is_broken_above():
    source = Path(routing.check.__file__).read_text(encoding="utf-8")
    rules = set(re.findall(r'(?:fault\(\s*[\w."]+,|Violation\([\w."]+, [\w."]+,)\s*f?"([^"{]+)', source))
    told = [rule for _, expected in BROKEN.values() for _, _, rule, _ in expected]
    assert len(rules) > 25
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
        day, _ = vehicle(pause=Pause(TimeWindow(*window), 1_800))
        assert len(check(day, route(rests=())[1])) == needed, window


def test_violation_is_told_in_words():
    assert str(Violation("v", "", "no break", 1)) == "v at -: no break by 1"
