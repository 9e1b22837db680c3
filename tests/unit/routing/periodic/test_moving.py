"""Calls moved by hand: rounds cut anew beside all ways to cut them, and only the rounds concerned changed."""

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable, judge
from routing.periodic.moving import changed_rounds, cut_anew, moved
from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.periodic.timetable import Round, Timetable
from routing.problem import Matrix, TimeWindow, UnloadSite, Vehicle

HOURS = tuple(
    CallHour(TimeWindow(start, start), price) for start, price in ((3600, 0), (7200, 10), (10_800, 0), (14_400, 0))
)
SITES = ("u0", "u1")
VAN = Vehicle(
    id="v", type="van", capacity=(9,), start=0, end=0, profile="road", cost_per_hour=3600, cost_per_km=0, fixed_cost=0,
    shift=TimeWindow(0, 20_000),
)  # fmt: skip


@st.composite
def towns(draw):
    """Two trucks, two sites, two to four points at hours of their own, on the first of two days."""
    count = draw(st.integers(2, 4))
    places = np.array(
        draw(st.lists(st.tuples(*[st.integers(0, 1500)] * 2), min_size=3 + count, max_size=3 + count)), float
    )
    seconds = np.ceil(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))).astype(np.int32)
    points = tuple(
        CallPoint(
            f"p{k}",
            3 + k,
            (DayPattern((0,), (draw(st.integers(1, 6)),), 600, (1.0,)), DayPattern((1,), (3,), 600, (1.0,))),
            HOURS,
        )
        for k in range(count)
    )
    vehicles = tuple(
        Vehicle(
            id=f"v{k}", type="truck", capacity=(9,), start=0, end=0, profile="road", cost_per_hour=3600, cost_per_km=50,
            fixed_cost=500, shift=TimeWindow(0, 20_000),
        )
        for k in range(2)
    )  # fmt: skip
    sites = tuple(UnloadSite(name, 1 + k, TimeWindow(0, 18_000 - 4000 * k), 300) for k, name in enumerate(SITES))
    asked = TimetableProblem(
        2, ("load",), points, vehicles, sites, {"road": Matrix(seconds, seconds * 10)}, surety=1.0, other_vehicle=7
    )
    hours = draw(st.permutations(range(4)))
    chosen = {point.id: (0, hours[k]) for k, point in enumerate(points)}
    return cut_anew(asked, Timetable(chosen, (), 0), {(0, "v0"): [point.id for point in points]}), asked


def all_cuts(names):
    """All ways to unload, anywhere, on an order of calls."""
    for often in range(len(names)):
        for after in combinations(range(len(names) - 1), often):
            ways = [()]
            for k, name in enumerate(names):
                ways = [(*way, ("call", name)) for way in ways]
                if k in after or k == len(names) - 1:
                    ways = [(*way, ("unload", site)) for way in ways for site in SITES]
            yield from ways


@given(towns())
@settings(deadline=None, max_examples=so_many(60))
def test_a_round_is_cut_as_well_as_it_can_be(town):
    table, asked = town
    (one,) = table.rounds
    names = [key for kind, key in one.services if kind == "call"]
    costs = []
    for way in all_cuts(names):
        found, cost = judge(asked, replace(table, rounds=(Round(0, "v0", way),)))
        if not found:
            costs.append(cost)
    found, cost = judge(asked, table)
    assert bool(found) == (not costs), "it breaks a rule only where every cut does"
    if costs:
        assert abs(cost - min(costs)) < 1e-6


@given(towns(), st.data())
@settings(deadline=None, max_examples=so_many(60))
def test_a_moved_call_is_where_it_was_put_and_nothing_else_is(town, data):
    table, asked = town
    name = data.draw(st.sampled_from([point.id for point in asked.points]))
    pattern, hour = data.draw(st.integers(0, 1)), data.draw(st.integers(0, 3))
    vehicle = data.draw(st.sampled_from(["v0", "v1"]))
    after = moved(asked, table, name, pattern, hour, {pattern: vehicle})
    assert after.chosen == {**table.chosen, name: (pattern, hour)}
    where = [(one.day, one.vehicle) for one in after.rounds if ("call", name) in one.services]
    assert where == [(pattern, vehicle)]
    others = {key for one in after.rounds for kind, key in one.services if kind == "call"}
    assert others == set(table.chosen)
    told = replace(after, cost=round(judge(asked, after).cost))
    structural = {
        "used twice",
        "visits more than its pattern has",
        "visited, though it has no days",
        "cost is not what it says",
    }
    assert not structural & {fault.rule for fault in check_timetable(asked, told)}
    touched = changed_rounds(table, after)
    (was, before), (now, cost) = judge(asked, table, touched), judge(asked, after, touched)
    whole = judge(asked, table), judge(asked, after)
    assert abs((cost - before) - (whole[1].cost - whole[0].cost)) < 1e-6, "rounds that stay cost what they did"
    assert len(now) - len(was) == len(whole[1].faults) - len(whole[0].faults)
    for one in after.rounds:
        begins = [HOURS[after.chosen[key][1]].window.start for kind, key in one.services if kind == "call"]
        assert begins == sorted(begins)
        assert one.services[-1][0] == "unload", "it comes home empty"


def test_moving_there_and_back_is_no_change():
    town = TimetableProblem(
        2,
        ("load",),
        (CallPoint("p", 2, (DayPattern((0,), (1,), 60), DayPattern((1,), (1,), 60)), HOURS),),
        (VAN,),
        (UnloadSite("u", 1, TimeWindow(0, 20_000), 300),),
        {"road": Matrix(np.full((3, 3), 100, np.int32), np.full((3, 3), 900, np.int32))},
    )
    table = Timetable({"p": (0, 0)}, (Round(0, "v", (("call", "p"), ("unload", "u"))),), 0)
    there = moved(town, table, "p", 1, 2, {1: "v"})
    assert there.rounds == (Round(1, "v", (("call", "p"), ("unload", "u"))),)
    assert moved(town, there, "p", 0, 0, {0: "v"}) == table


def test_where_no_road_leads_the_judge_says_so():
    ways = np.full((3, 3), 100, np.int32)
    ways[0, 2] = -1
    town = TimetableProblem(
        1,
        ("load",),
        (CallPoint("p", 2, (DayPattern((0,), (1,), 60),), HOURS),),
        (VAN,),
        (UnloadSite("u", 1, TimeWindow(0, 20_000), 300),),
        {"road": Matrix(ways, ways)},
    )
    put = moved(town, Timetable({}, (), 0), "p", 0, 0, {0: "v"})
    assert put.rounds == (Round(0, "v", (("call", "p"), ("unload", "u"))),)
    assert "no way there" in {fault.rule for fault in judge(town, put).faults}
