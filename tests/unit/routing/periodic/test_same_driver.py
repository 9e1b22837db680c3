"""The same driver on each day of a community: what another one costs, and what nobody pays who does not ask for it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable, judge
from routing.periodic.engine import solve_timetable
from routing.periodic.making import make_week
from routing.periodic.timetable import Round, Timetable
from tests.unit.routing.periodic.test_timetables import point, problem, truck

ON_SHIFTS = (
    {"a": "Li", "b": "Wang"},
    {"a": "Li", "b": "Wang"},
    {"a": "Wang", "b": "Li"},
    {"a": "Wang", "b": "Li"},
)
"""Two drivers, who change vehicles in the middle of four days."""


def town(seed: int = 1, **other):
    """Fourteen communities with two calls each, anywhere, and two trucks with room for half of them."""
    random = np.random.default_rng(seed)
    places = [(0, 0), (300, 0), *((int(x), int(y)) for x, y in random.integers(-1500, 1500, (14, 2)))]
    points = [point(k, ((0, 2), (1, 3)), 3) for k in range(14)]
    asked = problem(points, places, days=4, vehicles=(truck("a"), truck("b")), **other)
    return replace(asked, drivers=ON_SHIFTS)


def drivers_of(asked, found):
    """How many drivers each community has."""
    who: dict[str, set[str]] = {}
    for one in found.rounds:
        for kind, key in one.services:
            if kind == "call":
                who.setdefault(key, set()).add(asked.driver(one.day, one.vehicle))
    return {key: len(names) for key, names in who.items()}


def in_all(asked, found):
    return sum(drivers_of(asked, found).values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_its_price_communities_have_fewer_drivers_than_without(seed):
    asked = town(seed)
    without = solve_timetable(asked, 10, seed, iterations=1500)
    priced = replace(asked, other_driver=5000)
    found = solve_timetable(priced, 10, seed, iterations=1500)
    assert check_timetable(priced, found) == []
    assert len(found.chosen) == len(without.chosen) == 14
    assert in_all(asked, found) < in_all(asked, without)
    assert set(drivers_of(asked, found).values()) == {1}


def test_what_nobody_pays_for_changes_nothing():
    """Without a price, without drivers and with one alone the same timetables are found in the same order."""
    asked = replace(town(), other_vehicle=300)
    plain = replace(asked, drivers=())
    best = solve_timetable(plain, 10, iterations=300)
    assert solve_timetable(asked, 10, iterations=300) == best
    assert solve_timetable(replace(plain, other_driver=900), 10, iterations=300) == best
    alone = replace(asked, drivers=({"a": "Li", "b": "Li"},) * 4, other_driver=900)
    assert solve_timetable(alone, 10, iterations=300) == best


@settings(max_examples=so_many(15), deadline=None)
@given(st.integers(1, 1000), st.sampled_from([0, 300]), st.sampled_from([0, 700]))
def test_the_cost_that_is_found_is_the_one_that_the_judge_counts(seed, other_vehicle, other_driver):
    asked = replace(town(seed), other_vehicle=other_vehicle, other_driver=other_driver)
    assert check_timetable(asked, solve_timetable(asked, 10, seed, iterations=100)) == []


def test_a_visit_by_another_driver_than_on_the_first_day_has_its_price():
    asked = problem([point(0, ((0, 2),), 3)], [(0, 0)] * 3, days=3, vehicles=(truck("a"), truck("b")))
    asked = replace(asked, drivers=ON_SHIFTS[:3])
    calls = ("call", "p0"), ("unload", "u0")
    same = Timetable({"p0": (0, 0)}, (Round(0, "a", calls), Round(2, "b", calls)), 0)
    other = replace(same, rounds=(Round(0, "a", calls), Round(2, "a", calls)))
    priced = replace(asked, other_driver=70)
    assert judge(priced, same).cost == judge(asked, same).cost
    assert judge(priced, other).cost == judge(asked, other).cost + 70


def test_who_drives_a_vehicle_without_a_driver_is_somebody_of_its_own():
    asked = replace(town(), drivers=({"a": "Li"}, {}, {}, {}))
    assert [asked.driver(0, name) for name in "ab"] == ["Li", "b"]
    assert asked.driver(1, "a") == "a"
    week = make_week(replace(asked, other_driver=5))
    assert len(set(week.driver.ravel())) == 3
