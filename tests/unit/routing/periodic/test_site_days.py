"""What sites take on a day is kept by timetables, with one site and with several, and by the judge's word."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable, judge
from routing.periodic.engine import solve_timetable
from routing.periodic.site_days import within_sites
from routing.periodic.timetable import Round, Timetable
from routing.problem import TimeWindow, UnloadSite
from tests.unit.routing.periodic.test_timetables import point, problem, truck

EACH_DAY = ((0,), (1,), (2,))
TOO_MUCH = "site gets too much in load"


def town(capacity, count=9, days=EACH_DAY):
    """Communities of 3 each around a depot, in one truck that holds 10."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    places = [(0, 0), (300, 0), *((1000 * np.cos(a), 1000 * np.sin(a)) for a in angles)]
    asked = problem([point(k, days, 3) for k in range(count)], places, 3, [truck(shift=TimeWindow(0, 60_000))])
    (site,) = asked.unload_sites
    return replace(asked, unload_sites=(replace(site, capacity=capacity),))


def brought(asked, found):
    """What each day brings in all."""
    loads = {p.id: p.patterns[found.chosen[p.id][0]] for p in asked.points if p.id in found.chosen}
    return [sum(one.load[0] for one in loads.values() if day in one.days) for day in range(asked.days)]


def test_days_share_what_a_site_takes():
    """Without a bound one day has all calls, because a vehicle costs most for leaving at all."""
    free = solve_timetable(town(None), 10, iterations=600)
    assert max(brought(town(None), free)) == 27
    asked = town((9,))
    found = solve_timetable(asked, 10, iterations=600)
    assert brought(asked, found) == [9, 9, 9]
    assert check_timetable(asked, found) == []


def test_what_no_day_takes_is_left_out_and_no_more_than_that():
    asked = town((8,))  # two calls of 3 a day
    found = solve_timetable(asked, 10, iterations=600)
    assert brought(asked, found) == [6, 6, 6]
    assert check_timetable(asked, found) == []


def test_what_others_bring_is_not_there_any_more():
    asked = replace(town((9,)), brought={(1, "u0"): (4,)})
    found = solve_timetable(asked, 10, iterations=600)
    assert brought(asked, found) == [9, 3, 9]
    assert check_timetable(asked, found) == []


def test_a_start_that_brings_too_much_is_thinned_not_kept():
    free = solve_timetable(town(None), 10, iterations=300)
    found = solve_timetable(town((9,)), 10, iterations=300, start=free)
    assert check_timetable(town((9,)), found) == []
    assert len(found.chosen) == 9


def two_sites(near, far, days=EACH_DAY):
    asked = town(None, days=days)
    sites = UnloadSite("near", 1, TimeWindow(0, 90_000), 600, capacity=near)
    at = asked.matrices["road"]
    there = 2 + 4  # beside the fifth community, across the town
    return replace(
        asked,
        unload_sites=(sites, UnloadSite("far", there, TimeWindow(0, 90_000), 600, capacity=far)),
        matrices={"road": at},
    )


def test_trips_go_to_the_other_site_when_one_is_full():
    asked = two_sites((9,), None, days=((0,),))
    found = solve_timetable(asked, 10, iterations=600)
    assert check_timetable(asked, found) == []
    assert len(found.chosen) == 9
    assert {key for one in found.rounds for kind, key in one.services if kind == "unload"} == {"near", "far"}


def test_without_another_site_in_reach_points_are_left_out_and_no_rule_is_broken():
    asked = two_sites((6,), (3,), days=((0,),))
    found = solve_timetable(asked, 10, iterations=600)
    assert check_timetable(asked, found) == []
    assert 0 < len(found.chosen) <= 3


@settings(max_examples=so_many(25), deadline=None)
@given(st.integers(2, 14), st.one_of(st.none(), st.integers(2, 14)), st.integers(1, 99))
def test_whatever_sites_take_no_timetable_breaks_it(near, far, seed):
    asked = two_sites((near,), None if far is None else (far,))
    assert check_timetable(asked, solve_timetable(asked, 10, seed, iterations=60)) == []


@pytest.mark.parametrize("far", [2 + 2, 2 + 4, 2 + 7])
def test_the_cheapest_choice_of_sites_is_taken(far):
    """Of all choices for three trips, the near site takes one of them."""
    asked = two_sites((3,), None, days=((0,),))
    names = ("p0", "p4", "p6")
    near, other = asked.unload_sites
    points = tuple(p for p in asked.points if p.id in names)
    asked = replace(asked, points=points, unload_sites=(near, replace(other, location=far)))
    chosen = dict.fromkeys(names, (0, 0))

    def going(sites):
        services = tuple(
            one for pair in zip(names, sites, strict=True) for one in (("call", pair[0]), ("unload", pair[1]))
        )
        found = Timetable(chosen, (Round(0, "v0", services),), 0)
        return replace(found, cost=round(judge(asked, found).cost))

    all_choices = [going(sites) for sites in product(("near", "far"), repeat=3)]
    rough = all_choices[0]
    assert TOO_MUCH in {fault.rule for fault in check_timetable(asked, rough)}
    kept = within_sites(asked, rough)
    assert check_timetable(asked, kept) == []
    assert kept.cost == pytest.approx(min(one.cost for one in all_choices if not check_timetable(asked, one)), abs=1)


def test_rounds_that_are_looked_at_alone_are_judged_with_all_of_their_day():
    asked = replace(town((4,)), vehicles=(truck("a"), truck("b")))
    calls = [(("call", name), ("unload", "u0")) for name in ("p0", "p1")]
    chosen = {"p0": (0, 0), "p1": (0, 0)}
    both = Timetable(chosen, (Round(0, "a", calls[0]), Round(0, "b", calls[1])), 0)
    (fault,) = judge(asked, both, {(0, "a")}).faults
    assert (fault.day, fault.vehicle, fault.place, fault.rule, fault.amount) == (0, "", "u0", TOO_MUCH, 2)
    assert judge(asked, replace(both, rounds=both.rounds[:1], chosen={"p0": (0, 0)}), {(0, "a")}).faults == []
    (whole,) = [fault for fault in judge(asked, both).faults if fault.rule == TOO_MUCH]
    assert (whole.day, whole.place, whole.amount) == (0, "u0", pytest.approx(2))
