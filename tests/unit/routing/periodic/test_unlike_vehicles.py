"""Vehicles of one timetable that differ: the best of all timetables, and each judged by its own figures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable
from routing.periodic.engine import solve_timetable
from routing.periodic.least import fewest_vehicles
from routing.periodic.making import make_week
from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.problem import Compartment, Matrix, Pause, TimeWindow
from tests.unit.routing.periodic.test_timetables import best_by_trying_all, point, problem, small, truck

SPOTS = [(0, 0), (5000, 0), (100, 0), (110, 0), (120, 0), (130, 0)]


@st.composite
def unlike(draw):
    """A small problem whose second vehicle, always there, is slower or faster, smaller or larger, cheaper or dearer."""
    asked = draw(small())
    road = asked.matrices["road"]
    factor = draw(st.sampled_from([1, 2, 3]))
    lanes = Matrix(road.durations * factor, road.distances)
    other = truck(
        "w",
        capacity=(draw(st.sampled_from([4, 10, 20])),),
        shift=TimeWindow(draw(st.sampled_from([0, 4000])), draw(st.sampled_from([9000, 20_000]))),
        start=draw(st.sampled_from([0, 1])),
        profile="lane",
        fixed_cost=draw(st.integers(0, 900)),
        cost_per_km=draw(st.sampled_from([0, 40])),
        cost_per_hour=draw(st.sampled_from([900, 3600])),
    )
    return replace(asked, vehicles=(asked.vehicles[0], other), matrices={"road": road, "lane": lanes})


@settings(max_examples=so_many(25), deadline=None)
@given(unlike())
def test_finds_the_best_timetable_of_unlike_vehicles(asked):
    found = solve_timetable(asked, 10, iterations=400)
    assert check_timetable(asked, found) == []
    best = best_by_trying_all(asked)
    if best is None:
        assert len(found.chosen) < len(asked.points)
    else:
        assert found.cost == pytest.approx(best, abs=2)


def used(found):
    return {one.vehicle for one in found.rounds}


def test_the_cheaper_vehicle_goes_where_both_can():
    points = [point(k, ((0,),), 2) for k in range(2)]
    cheap = truck("cheap", cost_per_hour=900)
    found = solve_timetable(problem(points, SPOTS, 1, [truck("dear"), cheap]), 10, iterations=200)
    assert used(found) == {"cheap"}


def test_what_only_the_large_one_holds_rides_with_it():
    points = [point(0, ((0,),), 9), point(1, ((0,),), 2)]
    small_one = truck("small", capacity=(4,), fixed_cost=0)
    asked = problem(points, SPOTS, 1, [small_one, truck("large")])
    found = solve_timetable(asked, 10, iterations=300)
    where = {key: one.vehicle for one in found.rounds for kind, key in one.services if kind == "call"}
    assert where["p0"] == "large"
    assert check_timetable(asked, found) == []
    other = {"small": "large", "large": "small"}
    swapped = replace(found, rounds=tuple(replace(one, vehicle=other[one.vehicle]) for one in found.rounds))
    assert "no room for what may be brought in load" in {f.rule for f in check_timetable(asked, swapped)}


def test_each_has_its_own_breaks():
    """Calls of an hour at eleven or twelve: who rests from twelve has the first, who rests from eleven the second."""
    hours = tuple(CallHour(TimeWindow(h * 3600, h * 3600)) for h in (11, 12))
    points = [CallPoint(f"p{k}", 2 + k, (DayPattern((0,), (2,), 3600),), hours) for k in range(2)]
    shift = TimeWindow(8 * 3600, 18 * 3600)
    rests = {
        name: truck(name, shift=shift, pauses=(Pause(TimeWindow(h * 3600, h * 3600), 3600),))
        for name, h in (("late", 12), ("soon", 11))
    }
    asked = problem(points, SPOTS, 1, list(rests.values()))
    found = solve_timetable(asked, 10, iterations=200)
    assert check_timetable(asked, found) == []
    assert len(found.chosen) == 2
    hour = {one.vehicle: found.chosen[one.services[0][1]][1] for one in found.rounds}
    assert hour == {"late": 0, "soon": 1}


def test_compartments_decide_which_goods_ride_together():
    """Two goods of 6 each fit into two compartments of 6, and not into a hold of 10 for both."""
    at = np.array(SPOTS, dtype=float)
    seconds = np.ceil(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))).astype(np.int32)
    base = problem([], SPOTS, 1)
    both = CallPoint("p0", 2, (DayPattern((0,), (6, 6), 300),), (CallHour(TimeWindow(0, 90_000)),))
    shared = (Compartment(frozenset({"paper", "glass"}), 10),)
    apart = tuple(Compartment(frozenset({name}), 6) for name in ("paper", "glass"))
    one_hold = truck("hold", capacity=(10, 10), compartments=shared, fixed_cost=0)
    two_parts = truck("parts", capacity=(10, 10), compartments=apart)
    asked = TimetableProblem(
        1, ("paper", "glass"), (both,), (one_hold, two_parts), base.unload_sites, {"road": Matrix(seconds, seconds)}
    )
    found = solve_timetable(asked, 10, iterations=100)
    assert used(found) == {"parts"}
    assert check_timetable(asked, found) == []


def test_a_vehicle_without_a_way_there_is_not_sent():
    points = [point(0, ((0,),), 2)]
    asked = problem(points, SPOTS, 1, [truck("high", profile="main", fixed_cost=0), truck("low")])
    barred = [table.copy() for table in (asked.matrices["road"].durations, asked.matrices["road"].distances)]
    for table in barred:
        table[2, :] = table[:, 2] = -1
        table[2, 2] = 0
    asked = replace(asked, matrices={**asked.matrices, "main": Matrix(*barred)})
    found = solve_timetable(asked, 10, iterations=100)
    assert used(found) == {"low"}
    assert check_timetable(asked, found) == []


def test_vehicles_that_are_alike_share_their_tables():
    assert len(make_week(problem([point(0, ((0,),))], SPOTS, 1, [truck("a"), truck("b")])).seconds) == 1
    assert len(make_week(problem([point(0, ((0,),))], SPOTS, 1, [truck("a"), truck("b", cost_per_km=7)])).seconds) == 2


def test_the_fewest_vehicles_are_counted_with_the_fastest_and_the_longest():
    """Four visits of 3,000 s, and ways of 1,000 s for the slow one: with the fast one two are enough."""
    points = [point(k, ((0,),), dwell=3000) for k in range(4)]
    vehicles = [truck("slow", shift=TimeWindow(0, 7000), profile="slow"), truck("fast", shift=TimeWindow(0, 7000))]
    asked = problem(points, [(0, 0), (10, 0), (20, 0), (30, 0), (40, 0), (50, 0)], 1, vehicles)
    road = asked.matrices["road"]
    slow = Matrix(road.durations * 100, road.distances)
    assert fewest_vehicles(replace(asked, matrices={"road": road, "slow": slow})) == 2
    alone = replace(asked, vehicles=tuple(replace(v, profile="slow") for v in vehicles), matrices={"slow": slow})
    assert fewest_vehicles(alone) == 3
