"""What day by day and with fixed hours cannot be: irreducible sets, sound beside timetables; and remedies."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable
from routing.periodic.engine import solve_timetable
from routing.periodic.impossible import proven
from routing.periodic.least import conflicts
from routing.periodic.problem import CallHour, CallPoint, DayPattern
from routing.periodic.remedies import remedies
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import point, problem, truck
from tests.unit.routing.periodic.test_unlike_vehicles import SPOTS

HOUR = 3600


def at(*hours):
    return tuple(CallHour(TimeWindow(h * HOUR, h * HOUR)) for h in hours)


DAY = TimeWindow(7 * HOUR, 18 * HOUR)


def changes(asked, conflict):
    return {one.change: dict(one.values) for one in remedies(asked, conflict)}


@st.composite
def with_fixed_hours(draw):
    """Up to four communities of which each has one, two or all hours, on one of two days or both; one or two trucks."""
    hours = st.sampled_from([at(9), at(10), at(9, 10), at(9, 10, 12, 15)])
    days = st.sampled_from([((0,),), ((0,), (1,)), ((0, 1),)])
    points = [
        point(k, draw(days), draw(st.integers(1, 6)), draw(hours), draw(st.sampled_from([1800, 3600, 5400])))
        for k in range(draw(st.integers(2, 4)))
    ]
    trucks = [truck(f"v{k}", shift=DAY) for k in range(draw(st.integers(1, 2)))]
    capacity = draw(st.sampled_from([None, (6,), (12,)]))
    asked = problem(points, SPOTS, 2, trucks)
    (site,) = asked.unload_sites
    return replace(asked, unload_sites=(replace(site, capacity=capacity),))


@settings(max_examples=so_many(60), deadline=None)
@given(with_fixed_hours())
def test_nothing_is_proven_impossible_for_which_a_timetable_is_found(asked):
    found = solve_timetable(asked, 10, iterations=200)
    assert check_timetable(asked, found) == []
    if len(found.chosen) == len(asked.points):
        assert proven(asked) == []


@settings(max_examples=so_many(40), deadline=None)
@given(with_fixed_hours())
def test_none_of_a_set_is_too_many(asked):
    for conflict in proven(asked):
        for name in conflict.points:
            rest = tuple(p for p in asked.points if p.id in conflict.points and p.id != name)
            again = proven(replace(asked, points=rest)) if rest else []
            assert (conflict.kind, conflict.dimension) not in {(one.kind, one.dimension) for one in again}


def test_more_calls_at_a_fixed_hour_than_vehicles():
    """Three calls at nine on the only day and two trucks; a fourth one has another hour to go to."""
    points = [*(point(k, ((0,),), 1, at(9), HOUR) for k in range(3)), point(3, ((0,),), 1, at(9, 14), HOUR)]
    asked = problem(points, SPOTS, 1, [truck("a", shift=DAY), truck("b", shift=DAY)])
    assert conflicts(asked) == []
    (one,) = proven(asked)
    assert (one.kind, one.points, one.lacking, one.vehicles) == ("hours", ("p0", "p1", "p2"), 1, 2)
    assert (one.span, one.days) == ((9 * HOUR, 9 * HOUR), 1)
    assert changes(asked, one).keys() == {"vehicles", "hour", "without"}
    assert changes(asked, one)["vehicles"]["count"] == 1
    freed = replace(points[0], hours=at(9, 15))
    assert proven(replace(asked, points=(freed, *points[1:]))) == []
    assert proven(replace(asked, vehicles=(*asked.vehicles, truck("c", shift=DAY)))) == []


def test_days_are_counted_for_calls_at_a_fixed_hour():
    """Two communities with two calls of four, one with three: no two of them on one day, and the week has four."""
    twice = tuple((a, b) for a in range(4) for b in range(a + 1, 4))
    points = [point(k, twice, 1, at(9), HOUR) for k in range(2)]
    asked = problem(points, SPOTS, 4, [truck(shift=DAY)])
    assert proven(asked) == []
    third = point(2, ((0,), (1,), (2,), (3,)), 1, at(9), HOUR)
    (one,) = proven(replace(asked, points=(*points, third)))
    assert (one.kind, one.lacking, one.days) == ("hours", 1, 4)


def test_a_way_that_is_too_long_between_two_hours():
    """At nine and at ten, half an hour each, and five thousand seconds between them."""
    far = [(0, 0), (10, 0), (0, 0), (5000, 0)]
    points = [point(0, ((0,),), 1, at(9), 1800), point(1, ((0,),), 1, at(10), 1800)]
    (one,) = proven(problem(points, far, 1, [truck(shift=DAY)]))
    assert (one.kind, one.span) == ("hours", (9 * HOUR, 10 * HOUR))
    assert proven(problem(points, SPOTS, 1, [truck(shift=DAY)])) == []


def test_time_on_the_only_day_of_some():
    """All days together there is time enough, on the first one there is not."""
    points = [point(k, ((0,),), 1, dwell=2000) for k in range(2)]
    points.append(point(2, tuple((d,) for d in range(4)), 1, dwell=100))
    asked = problem(points, SPOTS, 4, [truck(shift=TimeWindow(0, 3500))])
    assert conflicts(replace(asked, points=asked.points[1:])) == []
    (one,) = proven(asked)
    assert (one.kind, one.points, one.days) == ("time", ("p0", "p1"), 1)
    assert one.lacking == pytest.approx(520)
    found = changes(asked, one)
    assert found["shift"] == {"count": 1, "minutes": 9}
    assert found["vehicles"]["count"] == 1
    longer = replace(asked, vehicles=(truck(shift=TimeWindow(0, 3500 + 9 * 60)),))
    assert proven(longer) == []


def test_a_site_on_the_only_day_of_some_is_named_with_what_it_would_have_to_take_more():
    points = [point(0, ((0,),), 5), point(1, ((0,),), 4), point(2, ((1,),), 1)]
    asked = problem(points, SPOTS, 2)
    (site,) = asked.unload_sites
    asked = replace(asked, unload_sites=(replace(site, capacity=(7,)),))
    (one,) = proven(asked)
    assert (one.kind, one.points, one.lacking, one.sites) == ("site", ("p0", "p1"), 2, ("u0",))
    assert changes(asked, one)["takes"] == {"amount": 2, "dimension": "load", "days": 1}
    others = replace(asked, unload_sites=(replace(site, capacity=(9,)),), brought={(0, "u0"): (1,)})
    assert proven(others)[0].lacking == 1


def test_what_by_itself_can_be_and_together_cannot():
    """Two with long calls, of which one day has time for one; two with much, of which a day takes one: all on two days.

    The heavy ones are the long ones' neighbours in time, so that no day has both of a kind.
    """
    free, morning = ((0,), (1,)), CallHour(TimeWindow(8 * HOUR, 13 * HOUR))
    points = [
        CallPoint(f"p{k}", 2 + k, tuple(DayPattern(d, (load,), dwell) for d in free), (morning,))
        for k, (load, dwell) in enumerate([(1, 2 * HOUR), (5, HOUR), (6, HOUR)])
    ]
    asked = problem(points, SPOTS, 2, [truck(shift=TimeWindow(8 * HOUR, 11 * HOUR - 60))])
    (site,) = asked.unload_sites
    asked = replace(asked, unload_sites=(replace(site, capacity=(10,)),))
    (one,) = proven(asked)
    assert (one.kind, one.points) == ("together", ("p0", "p1", "p2"))
    assert set(changes(asked, one)) == {"vehicles", "without"}


def test_a_visit_that_is_too_large_and_what_would_make_it_fit():
    asked = problem([point(0, ((0,), (1,), (2,)), 15)], SPOTS, 3, [truck()])
    (one,) = proven(asked)
    assert changes(asked, one) == {
        "holds": {"amount": 15, "dimension": "load"},
        "calls": {"point": "p0", "count": 2, "amount": 8, "dimension": "load"},
    }


def test_a_call_fewer_is_offered_where_one_has_several():
    points = [point(k, ((0, 1),), 1, dwell=3000) for k in range(2)]
    asked = problem(points, SPOTS, 2, [truck(shift=TimeWindow(0, 5000))])
    (one,) = proven(asked)
    assert one.lacking == pytest.approx(2 * (2 * 3010 - 5000))
    assert changes(asked, one)["fewer"]["minutes"] == 50


def test_who_has_enough_of_it_ends_it():
    points = [point(k, ((0,),), 1, at(9), HOUR) for k in range(3)]
    asked = problem(points, SPOTS, 1, [truck(shift=DAY)])
    questions = []

    def twice():
        questions.append(1)
        return len(questions) <= 2

    assert proven(asked, lambda: False) == []
    assert proven(asked, twice) == []
    assert len(questions) > 2
    (one,) = proven(asked)
    assert {found.change for found in remedies(asked, one, lambda: False)} == {"hour", "without"}
