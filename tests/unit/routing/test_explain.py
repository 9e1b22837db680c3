"""Each reason in a day made for it, and the laws that hold for the reasons of any day."""

from dataclasses import replace

import pytest
from days import day, days, line, matrix, rich_days, site, stop, truck
from hypothesis import event, given, settings
from reasons import every_reason_is_true, every_stop_left_out_has_a_reason
from trial_counts import so_many

from routing.explain import certain, why_not
from routing.problem import Compartment, Pair, Period, TimeWindow

U, VAN = site("u", 9), truck()


def reason(new, vehicles=(VAN,), orders=None, sites=(U,), seconds=None, others=(), **other):
    """Reason and figures of `new`, which the vehicles with these orders do not take; ``other`` are rules of the day."""
    orders = orders or {}
    dimensions = ("kg", "litres")[: len(new.delivery)]
    problem = day([new, *others], vehicles, sites, seconds, dimensions, **other)
    told = why_not(problem, {v.id: v for v in vehicles}, orders, new)
    assert told.stop == new.id
    assert told.proven == (certain(problem, {v.id: v for v in vehicles}, new) is not None)
    return told.reason, dict(told.values)


def test_no_vehicle():
    assert reason(stop("a", 1), vehicles=[]) == ("no-vehicle", {})


def test_no_site():
    assert reason(stop("a", 1, pickup=1), sites=[]) == ("no-site", {})
    assert reason(stop("a", 1, delivery=1), sites=[])[0] != "no-site"


def test_skill_that_no_vehicle_has():
    pair = [truck("v", skills=["crew-2"]), truck("w")]
    assert reason(stop("a", 1, skills=["crew-2", "crane"]), pair) == ("skill", {"skill": "crane"})


def test_skills_that_no_vehicle_has_together():
    pair = [truck("v", skills=["crew-2"]), truck("w", skills=["crane"])]
    assert reason(stop("a", 1, skills=["crew-2", "crane"]), pair) == ("skill", {"skill": "crane, crew-2"})


def test_too_large_for_the_largest_that_is_able():
    fleet = [truck("v", (10, 50)), truck("w", (20, 40)), truck("x", (99, 99), skills=["crew-2"])]
    assert reason(stop("a", 1, delivery=(0, 0), pickup=(15, 45)), fleet) != ("too-large", {})
    needs = stop("a", 1, delivery=(0, 60), pickup=(15, 45), skills=[])
    assert reason(needs, fleet[:2]) == ("too-large", {"dimension": "litres", "need": 60, "capacity": 40})
    assert reason(needs, fleet)[0] == "not-worth"


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 9), (9, 0)])
def test_no_road_there_or_back(here, there):
    seconds = line(10)
    seconds[here, there] = -1
    assert reason(stop("a", 1, pickup=1), seconds=seconds) == ("unreachable", {})


def test_no_road_that_joins_it_with_what_the_vehicle_does_already():
    """From the depot there is a way to each of a and b, but none from one to the other."""
    a, b = stop("a", 1), stop("b", 3)
    seconds = line(10)
    seconds[1, 3] = seconds[3, 1] = -1
    joined = {"orders": {"v": [b]}, "others": [b], "seconds": seconds}
    assert reason(a, **joined, sites=[]) == ("cut-off", {})
    assert reason(a, others=[b], seconds=seconds, sites=[])[0] == "not-worth"
    seconds[3, 1] = 1200
    assert reason(a, **joined, sites=[])[0] == "not-worth"


def test_outside_hours_even_alone():
    assert reason(stop("a", 1, [(0, 400)])) == ("outside-hours", {"vehicle": "v", "seconds": 200})
    fleet = [truck("v", shift=(0, 1000)), truck("w", shift=(0, 1100))]
    assert reason(stop("a", 1), fleet) == ("outside-hours", {"vehicle": "w", "seconds": 100})


def test_late_says_whom_it_would_make_late():
    """b must begin by 1300, and with a before it begins at 1500; after b, a would be later still."""
    a, b = stop("a", 1, [(0, 600)], 300), stop("b", 2, [(0, 1300)])
    assert reason(a, orders={"v": [b]}, others=[b]) == ("late", {"vehicle": "v", "seconds": 200, "at": "b"})


def test_overtime():
    a, b = stop("a", 1, service=500), stop("b", 2)
    van = truck(shift=(0, 2500))
    assert reason(a, [van], {"v": [b]}, others=[b]) == ("overtime", {"vehicle": "v", "seconds": 400})


def test_full_says_of_what():
    a = stop("a", 1, delivery=(60, 1), pickup=(0, 0))
    b = stop("b", 2, delivery=(50, 1), pickup=(0, 0))
    van = truck(capacity=(100, 9))
    assert reason(a, [van], {"v": [b]}, others=[b]) == ("full", {"vehicle": "v", "dimension": "kg", "amount": 10})


def test_a_place_that_breaks_one_rule_comes_before_one_that_breaks_two():
    """On v a would be 1 s late and overload it, on w it is 100 s late: that is what would help."""
    b, c = stop("b", 2, [(0, 1299)], delivery=90), stop("c", 2, [(0, 1200)])
    a = stop("a", 1, [(0, 600)], 100, delivery=50)
    orders = {"v": [b], "w": [c]}
    pair = [truck("v"), truck("w")]
    assert reason(a, pair, orders, others=[b, c]) == ("late", {"vehicle": "w", "seconds": 100, "at": "c"})
    assert reason(a, pair[:1], {"v": [b]}, others=[b, c]) == (
        "late",
        {"vehicle": "v", "seconds": 1, "at": "b", "dimension": "kg", "amount": 40},
    )


def test_not_worth():
    assert reason(stop("a", 1, prize=0)) == ("not-worth", {"vehicle": "v"})


def test_goods_that_no_site_takes():
    kg = site("u", 9, takes=frozenset({"kg"}))
    a, van = stop("a", 1, delivery=(0, 0), pickup=(1, 1)), truck(capacity=(9, 9))
    assert reason(a, [van], sites=[kg]) == ("no-site", {})
    assert reason(replace(a, pickup=(1, 0)), [van], sites=[kg])[0] == "not-worth"
    assert reason(a, [replace(van, keeps_stock=True)], sites=[kg])[0] == "not-worth"


def test_not_allowed():
    pair = [truck("v", skills=["crane"]), truck("w")]
    assert reason(stop("a", 1, vehicles=frozenset()), pair) == ("not-allowed", {})
    assert reason(stop("a", 1, forbidden=frozenset({"v", "w"})), pair) == ("not-allowed", {})
    assert reason(stop("a", 1, skills=["crane"], vehicles=frozenset({"w"})), pair) == ("not-allowed", {})
    assert reason(stop("a", 1, vehicles=frozenset({"w"})), pair)[0] == "not-worth"


def test_what_it_belongs_with_is_on_a_vehicle_that_may_not_serve_it():
    a, b = stop("a", 1, together="t", forbidden=frozenset({"v"})), stop("b", 2, together="t")
    assert reason(a, [truck("v"), truck("w")], {"v": [b]}, others=[b]) == ("apart", {"vehicle": "v"})
    assert reason(a, [truck("v"), truck("w")], {"w": [b]}, others=[b])[0] == "not-worth"


def test_what_holds_whatever_is_planned_looks_beyond_the_vehicle_of_its_fellows():
    """v has b, and a is on v too late even alone, or too large; w could serve a."""
    a, b, w = stop("a", 1, together="t"), stop("b", 1, together="t"), truck("w", 200)
    joined = {"orders": {"v": [b]}, "others": [b]}
    assert reason(a, [truck("v", shift=(0, 1_000)), w], **joined)[0] == "overtime"
    assert reason(replace(a, delivery=(150,)), [VAN, w], **joined) == ("apart", {"vehicle": "v"})
    assert reason(replace(a, windows=(TimeWindow(0, 400),)), [VAN, w], **joined)[0] == "outside-hours"


def test_what_came_aboard_before_and_no_site_takes():
    kg = site("u", 9, takes=frozenset({"kg"}))
    a, van = stop("a", 1, delivery=(1, 1), pickup=(0, 0)), truck(capacity=(9, 9), load=(0, 1))
    assert reason(a, [van], sites=[kg]) == ("no-site", {})
    assert reason(a, [van, truck("w", (9, 9))], sites=[kg])[0] == "not-worth"


def test_too_large_for_its_compartment():
    van = truck(capacity=(50, 50), compartments=(Compartment(frozenset({"kg", "litres"}), 60),))
    a = stop("a", 1, delivery=(40, 30), pickup=(0, 0))
    assert reason(a, [van]) == ("too-large", {"dimension": "kg", "need": 70, "capacity": 60})


def test_longer_than_the_driver_may_be_out():
    a, b = stop("a", 3), stop("b", 2)
    assert reason(a, [truck(max_duration=3_500)]) == ("too-long", {"vehicle": "v", "seconds": 100})
    assert reason(a, [truck(max_duration=3_600, shift=(0, 4_000))], {"v": [b]}, others=[b])[0] == "not-worth"
    slow = [truck(max_duration=4_000)]
    b = replace(b, service=1_000)
    assert reason(a, slow, {"v": [b]}, others=[b]) == ("too-long", {"vehicle": "v", "seconds": 600})


def test_farther_than_the_battery_lasts():
    a, pole = stop("a", 3), site("pole", 2, charges=True)
    assert reason(a, [truck(range=35_900)]) == ("too-far", {"vehicle": "v", "metres": 100})
    b = stop("b", 2)
    assert reason(a, [truck(range=35_900)], {"v": [b]}, others=[b], sites=[pole])[0] == "not-worth"


def test_more_than_a_site_takes():
    bounded = site("u", 9, capacity=(10,))
    a, b = stop("a", 1, pickup=5), stop("b", 2, pickup=6)
    brought = {"v": [b, bounded]}
    assert reason(a, [truck("v")], brought, [bounded], others=[b]) == (
        "site-full",
        {"vehicle": "v", "site": "u", "over": 1},
    )
    assert reason(a, [truck("v"), truck("w")], brought, [bounded], others=[b])[0] == "site-full"
    assert reason(a, [truck("v")], brought, [replace(bounded, capacity=(11,))], others=[b])[0] == "not-worth"


def test_a_pair_is_tried_as_a_whole():
    a, b = stop("a", 1, pickup=5), stop("b", 2, [(0, 1_000)], delivery=5)
    pair = {"pairs": (Pair("a", "b"),), "sites": []}
    for one, other in ((a, b), (b, a)):
        assert reason(one, others=[other], **pair) == ("outside-hours", {"vehicle": "v", "seconds": 200})
        assert reason(one, [truck(capacity=4)], others=[other], **pair)[0] == "too-large"
    b = replace(b, windows=(TimeWindow(0, 1_200),))
    assert reason(a, others=[b], **pair) == ("not-worth", {"vehicle": "v"})


@settings(deadline=None, max_examples=so_many(150))
@given(days(stops=(1, 6), vehicles=(1, 2)))
def test_every_reason_given_is_true(problem):
    for reason in every_reason_is_true(problem):
        event(reason)


@pytest.mark.parametrize(
    ("field", "members", "reason", "change"),
    [
        ("skills", frozenset({"crane"}), "skill", ("skill", {"vehicle": "v", "skill": "crane"})),
        ("vehicles", frozenset(), "not-allowed", ("allow", {"vehicle": "v"})),
    ],
)
def test_of_a_pair_a_reason_is_proven_too(field, members, reason, change):
    """What keeps one stop of a pair from being served keeps the other; what would help is asked of the one it is."""
    a, b = stop("a", 1, pickup=5), replace(stop("b", 2, delivery=5), **{field: members})
    problem = day([a, b], [VAN], pairs=(Pair("a", "b"),))
    told = {s.id: why_not(problem, {"v": VAN}, {}, s) for s in (a, b)}
    assert (told["b"].reason, told["b"].proven) == (reason, True)
    assert [(f.change, f.values, f.cost) for f in told["b"].fixes] == [(*change, 2_400)]
    assert (told["a"].reason, told["a"].proven) == ("not-allowed", True)
    assert len(told["a"].fixes) == (field == "skills")


def test_a_trip_of_its_own_may_be_what_lets_goods_that_are_ready_late_be_in_time():
    """They are ready at 1,200. The depot is 1,800 s from a, the place to load more beside it."""
    a, shed = stop("a", 3, [(0, 2_000)], release=1_200, delivery=1), site("shed", 2, reloads=True)
    assert reason(a, sites=[shed]) != ("outside-hours", {"vehicle": "v", "seconds": 1_000})
    assert reason(a, sites=[replace(shed, location=0)]) == ("outside-hours", {"vehicle": "v", "seconds": 1_000})


def test_over_a_third_place_until_the_roads_are_free_is_no_proof_against_it():
    """From 600 on the last part of the way, which lasted an hour before, lasts a second."""
    slow, free = line(4, 600), line(4, 600)
    slow[1, 2] = slow[2, 1] = slow[0, 2] = slow[2, 0] = 3_600
    free[1, 2] = free[2, 1] = 1
    free[0, 2] = free[2, 0] = 601
    hours = {"periods": (Period(TimeWindow(500, 50_000), {"road": matrix(free)}),), "seconds": slow, "sites": []}
    assert reason(stop("a", 2, [(0, 605)]), others=[stop("b", 1)], **hours)[0] != "outside-hours"
    assert reason(stop("a", 2, [(0, 0)]), **hours)[0] == "outside-hours"


@settings(deadline=None, max_examples=so_many(75))
@given(rich_days())
def test_under_every_rule_there_is_a_reason(problem):
    for reason in every_stop_left_out_has_a_reason(problem):
        event(reason)
