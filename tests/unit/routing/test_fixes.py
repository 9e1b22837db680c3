"""Each change that would help, in a day made for it, tried by making the change and planning again."""

from dataclasses import replace

import pytest
from days import day, line, rich_days, site, stop, truck
from hypothesis import event, given, settings
from reasons import every_change_lets_the_stop_be_served
from trial_counts import so_many

from routing.check import check
from routing.explain import why_not
from routing.fixes import applied
from routing.plan import Fix
from routing.schedule import plan_of
from routing.solve import solve

U = site("u", 9)


def fixes(new, vehicles=None, orders=None, sites=(U,), others=(), **other):
    """The day, and what helps `new`, which the vehicles with these orders do not take."""
    vehicles = vehicles or [truck()]
    problem = day([new, *others], vehicles, sites, None, ("kg",), **other)
    told = why_not(problem, {v.id: v for v in vehicles}, orders or {}, new)
    assert [f.cost for f in told.fixes] == sorted(f.cost for f in told.fixes)
    return problem, {f.change: f for f in told.fixes}


BOUNDED = site("u", 9, capacity=(10,))
A, B = stop("a", 1, [(0, 600)], 300), stop("b", 2, [(0, 1_300)])
HEAVY = stop("b", 2, delivery=50)
HOME = stop("b", 3)

CASES = {
    "vehicle": (A, {"orders": {"v": [B]}}, Fix("vehicle", 1_500, {"vehicle": "v"})),
    "promise": (A, {"orders": {"v": [B]}}, Fix("promise", 300, {"at": "b", "seconds": 200})),
    "window": (A, {"orders": {"v": [B]}}, Fix("window", 300, {"vehicle": "v", "start": 1_800})),
    "window, alone": (stop("a", 1, [(0, 400)]), {}, Fix("window", 1_200, {"vehicle": "v", "start": 600})),
    "overtime": (
        stop("a", 1, service=500),
        {"vehicles": [truck(shift=(0, 3_700))], "orders": {"v": [HOME]}},
        Fix("overtime", 500, {"vehicle": "v", "seconds": 400}),
    ),
    "longer": (
        stop("a", 1, service=500),
        {"vehicles": [truck(max_duration=3_700)], "orders": {"v": [HOME]}},
        Fix("longer", 500, {"vehicle": "v", "seconds": 400}),
    ),
    "room": (
        stop("a", 1, delivery=60),
        {"orders": {"v": [HEAVY]}},
        Fix("room", 0, {"vehicle": "v", "amount": 10, "dimension": "kg"}),
    ),
    "room, even empty": (
        stop("a", 1, delivery=160),
        {},
        Fix("room", 1_200, {"vehicle": "v", "amount": 60, "dimension": "kg"}),
    ),
    "larger": (
        replace(A, delivery=(160,)),
        {"orders": {"v": [B]}},
        Fix("larger", 1_500, {"vehicle": "v", "amount": 60, "dimension": "kg"}),
    ),
    "range": (
        stop("a", 3),
        {"vehicles": [truck(range=35_900)]},
        Fix("range", 3_600, {"vehicle": "v", "metres": 100}),
    ),
    "site": (
        stop("a", 1, pickup=5),
        {"orders": {"v": [stop("b", 2, pickup=6), BOUNDED]}, "sites": [BOUNDED]},
        Fix("site", 0, {"site": "u", "amount": 1}),
    ),
    "skill": (
        stop("a", 1, skills=["crane"]),
        {"vehicles": [truck("v"), truck("w", fixed=5)]},
        Fix("skill", 1_200, {"vehicle": "v", "skill": "crane"}),
    ),
    "allow": (
        stop("a", 1, forbidden=frozenset({"v"}), vehicles=frozenset()),
        {},
        Fix("allow", 1_200, {"vehicle": "v"}),
    ),
    "instead": (
        stop("a", 1, delivery=60),
        {"orders": {"v": [replace(HEAVY, prize=2_410)]}},
        Fix("instead", 1_210, {"vehicle": "v", "at": "b"}),
    ),
    "prize": (stop("a", 1, prize=3), {}, Fix("prize", 1_200, {"prize": 1_201})),
}  # fmt: skip


@pytest.mark.parametrize(("new", "given", "fix"), CASES.values(), ids=CASES.keys())
def test_the_change_lets_the_stop_be_served_at_its_price(new, given, fix):
    orders = given.get("orders", {})
    served = [s for order in orders.values() for s in order if s.id != "u"]
    problem, found = fixes(new, others=served, **given)
    assert found[fix.change] == fix
    before = plan_of(problem, [(name, [key(s) for s in order]) for name, order in orders.items()])
    assert check(problem, before) == []
    dear = replace(new, prize=max(new.prize, 10_000))
    known = solve(replace(problem, stops=(dear, *problem.stops[1:])), iterations=300)
    if fix.change != "prize":
        assert "a" in {u.stop for u in known.unserved} or "b" in {u.stop for u in known.unserved}
    changed = applied(problem, "a", fix)
    plan = solve(changed, iterations=300)
    assert plan.unserved == ()
    lost = sum(s.prize for s in served if s.id not in {s.id for s in changed.stops})
    assert plan.cost + lost - before.cost + new.prize == fix.cost


def key(service):
    return ("unload" if service.id == "u" else "stop", service.id)


@settings(deadline=None, max_examples=so_many(60))
@given(rich_days(stops=(2, 5), vehicles=(1, 2), sites=(0, 2)))
def test_every_change_lets_the_stop_be_served(problem):
    for change in every_change_lets_the_stop_be_served(problem):
        event(change)


def test_a_change_that_would_not_be_enough_is_not_told():
    """Both b and c would be late: to move one promise does not help."""
    b, c = stop("b", 2, [(0, 1_300)]), stop("c", 3, [(0, 1_800)])
    _, found = fixes(A, others=[b, c], orders={"v": [b, c]})
    assert "promise" not in found
    assert "window" in found


def test_a_site_that_is_full_is_no_place_for_another_hour():
    b = stop("b", 2, pickup=10)
    _, found = fixes(stop("a", 1, [(0, 500)], pickup=1), others=[b], orders={"v": [b, BOUNDED]}, sites=[BOUNDED])
    assert found == {}


def test_fixes_of_a_plan_are_those_of_its_routes():
    problem = day([stop("a", 1, [(0, 400)])], [truck()], [], line(10))
    (left,) = solve(problem, iterations=50).unserved
    assert left.fixes == (Fix("window", 1_200, {"vehicle": "v", "start": 600}),)


@pytest.mark.parametrize(
    ("new", "van"),
    [
        (replace(A, together="t"), truck()),
        (replace(A, vehicles=frozenset({"v"})), truck()),
        (A, truck(load=(1,))),
        (A, replace(truck(), end=1)),
    ],
    ids=["belongs together", "named vehicle", "loaded", "under way"],
)
def test_one_more_vehicle_is_not_told_of(new, van):
    _, found = fixes(new, [van], others=[B], orders={"v": [B]})
    assert "vehicle" not in found
    assert "window" in found
