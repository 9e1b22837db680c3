"""Whom a timetable leaves out where not everything fits: beside all choices that there are, and beside its proof."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable, judge
from routing.periodic.engine import solve_timetable
from routing.periodic.impossible import proven
from routing.periodic.missed import least_missed
from routing.periodic.problem import CallHour
from routing.periodic.remedies import remedies
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import point as plain_point
from tests.unit.routing.periodic.test_timetables import problem, truck

LONG = 3600
PERSON = 100_000_000


def point(number, missed, dwell=LONG, load=1):
    return replace(plain_point(number, [(0,)], load, dwell=dwell), missed=missed)


def crowded(dwells, people, hours=2.5):
    """One day and one truck, all places within some seconds: what counts is how long calls last."""
    points = [point(k, PERSON * many + k, dwell) for k, (dwell, many) in enumerate(zip(dwells, people, strict=True))]
    places = [(0, 0), (1, 1), *((k, 2) for k in range(len(points)))]
    shift = TimeWindow(0, int(hours * LONG) + 700)
    return problem(points, places, days=1, vehicles=[truck("v0", capacity=(100,), shift=shift)])


def least_people(asked):
    """The least that any set of points left out costs, by trying all sets whose calls fit into the shift."""
    (vehicle,) = asked.vehicles
    best = None
    for many in range(len(asked.points) + 1):
        for kept in combinations(asked.points, many):
            needs = sum(p.patterns[0].dwell for p in kept) + 600 + 60
            if needs <= vehicle.shift.end:
                missed = sum(p.missed for p in asked.points if p not in kept)
                best = missed if best is None else min(best, missed)
    return best


def missed_by(asked, found):
    return sum(p.missed for p in asked.points if p.id not in found.chosen)


def test_fewest_people_go_without_and_not_fewest_communities():
    asked = crowded([2 * LONG, LONG, LONG], [5_000, 1_000, 1_500])
    found = solve_timetable(asked, 10, iterations=300)
    assert set(found.chosen) == {"p0"}  # two communities with 2,500 people are left out rather than one with 5,000
    assert check_timetable(asked, found) == []
    assert found.cost > 2_500 * PERSON
    alike = replace(asked, points=tuple(replace(p, missed=None) for p in asked.points))
    assert set(solve_timetable(alike, 10, iterations=300).chosen) == {"p1", "p2"}  # without people they are counted


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 40)), min_size=2, max_size=7),
    st.integers(3, 12),
)
@settings(deadline=None, max_examples=so_many(25))
def test_no_other_choice_misses_fewer_people(shape, half_hours):
    asked = crowded([LONG // 2 * n for n, _ in shape], [many for _, many in shape], half_hours / 2)
    found = solve_timetable(asked, 10, iterations=1500)
    assert check_timetable(asked, found) == []
    best = least_people(asked)
    assert missed_by(asked, found) // PERSON == best // PERSON, "of equal people the nearer ones are called at"
    assert least_missed(asked) <= best


def test_the_proof_says_how_many_must_be_missed_at_least():
    asked = crowded([2 * LONG, LONG, LONG], [5_000, 1_000, 1_500])
    assert least_missed(asked) == 2_500 * PERSON + 3  # the numbers of both
    assert least_missed(asked, lambda: False) == 0
    assert least_missed(crowded([LONG, LONG], [10, 20])) == 0
    full = replace(asked.points[1], patterns=(replace(asked.points[1].patterns[0], load=(101,)),))
    assert least_missed(replace(asked, points=(asked.points[0], full))) == 1_000 * PERSON + 1  # no vehicle holds it


def on_the_hour(asked, first=0, last=6):
    """The same with calls that begin at whole hours."""
    hours = tuple(CallHour(TimeWindow(h * LONG, h * LONG)) for h in range(first, last + 1))
    return replace(asked, points=tuple(replace(p, hours=hours) for p in asked.points))


def test_waits_for_the_next_full_hour_count_in_the_proof():
    asked = crowded([LONG + 60] * 3, [10, 20, 30], 4.2)
    assert least_missed(asked) == 0, "three calls of an hour and a minute"
    asked = on_the_hour(asked)
    found = solve_timetable(asked, 10, iterations=300)
    assert missed_by(asked, found) == least_missed(asked) == 10 * PERSON, "at whole hours there are two"
    longer = on_the_hour(crowded([LONG + 60] * 5, [10, 20, 30, 40, 50], 5.2))
    found = solve_timetable(longer, 10, iterations=300)
    assert 0 < least_missed(longer) <= missed_by(longer, found), "five calls take ten hours"


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 40)), min_size=2, max_size=6),
    st.integers(4, 14),
)
@settings(deadline=None, max_examples=so_many(25))
def test_no_timetable_at_whole_hours_misses_fewer_than_is_proven(shape, half_hours):
    asked = on_the_hour(crowded([LONG // 3 * n for n, _ in shape], [many for _, many in shape], half_hours / 2))
    found = solve_timetable(asked, 10, iterations=400)
    assert check_timetable(asked, found) == []
    assert least_missed(asked) <= missed_by(asked, found)


def test_of_very_many_it_is_proven_in_part_and_never_too_much():
    asked = crowded([LONG] * 70, list(range(1, 71)))
    assert 0 < least_missed(asked) <= sum(sorted(p.missed for p in asked.points)[:68])


def test_the_remedy_names_whom_it_costs_least_to_leave_out():
    asked = crowded([2 * LONG, LONG, LONG], [5_000, 1_000, 1_500])
    (one,) = proven(asked)
    without = next(r for r in remedies(asked, one) if r.change == "without")
    missed = {p.id: p.missed for p in asked.points if p.id in one.points}
    assert without.values == {"point": min(missed, key=missed.get)}


def test_the_judge_counts_each_points_own_price():
    asked = crowded([2 * LONG, LONG, LONG], [5_000, 1_000, 1_500])
    found = solve_timetable(asked, 10, iterations=300)
    assert judge(asked, found).cost == pytest.approx(found.cost)
    dearer = replace(asked, points=tuple(replace(p, missed=p.missed + 7) for p in asked.points))
    assert judge(dearer, found).cost == pytest.approx(found.cost + 14)
