"""Demands that cannot be met together: the smallest set of them, proven beside all timetables that there are."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from trial_counts import so_many

from routing.periodic.least import conflicts
from routing.periodic.problem import DayPattern
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import best_by_trying_all, point, problem, truck
from tests.unit.routing.periodic.test_unlike_vehicles import SPOTS, unlike


@settings(max_examples=so_many(25), deadline=None)
@given(unlike())
def test_nothing_is_called_impossible_for_which_there_is_a_timetable(asked):
    if best_by_trying_all(asked) is not None:
        assert conflicts(asked) == []


def test_a_visit_that_is_too_much_for_every_vehicle_is_named_with_what_is_too_much_for_the_largest():
    asked = problem([point(0, ((0,),), 15), point(1, ((0,),), 9)], SPOTS, 1, [truck("a"), truck("b", capacity=(12,))])
    (one,) = conflicts(asked)
    assert (one.kind, one.points, one.lacking, one.dimension) == ("room", ("p0",), 3, "load")
    assert conflicts(replace(asked, vehicles=(*asked.vehicles, truck("c", capacity=(15,))))) == []


def test_of_visits_that_take_too_long_the_fewest_are_named():
    """One shift of 3,000 s and one of 1,000 s: of visits of 3,500, 500 and 100 s and 10 s of way the first two."""
    shifts = [truck("a", shift=TimeWindow(0, 3000)), truck("b", shift=TimeWindow(5000, 6000))]
    points = [point(k, ((0,),), 1, dwell=dwell) for k, dwell in enumerate((100, 3500, 500))]
    asked = problem(points, SPOTS, 1, shifts)
    (one,) = conflicts(asked)
    assert (one.kind, one.points) == ("time", ("p1", "p2"))
    assert one.lacking == pytest.approx(20)
    assert conflicts(replace(asked, points=asked.points[:2])) == []
    longer = replace(asked, vehicles=(shifts[0], replace(shifts[1], shift=TimeWindow(5000, 6200))))
    assert conflicts(longer) == []
    later = replace(points[2], patterns=(DayPattern((1,), (1,), 500),))
    assert conflicts(replace(asked, days=2, points=(points[0], points[1], later))) == []


def test_what_sites_do_not_take_is_counted_over_all_of_them():
    asked = problem([point(k, ((0,),), load) for k, load in enumerate((2, 7, 4))], SPOTS, 1)
    (site,) = asked.unload_sites
    two = (replace(site, capacity=(6,)), replace(site, id="u1", capacity=(4,)))
    (one,) = conflicts(replace(asked, unload_sites=two))
    assert (one.kind, one.points, one.lacking, one.dimension) == ("site", ("p1", "p2"), 1, "load")
    assert conflicts(replace(asked, unload_sites=(two[0], site))) == []
