"""Loops are there before anybody waits for a timetable."""

from routing.periodic import annealing, bound_loops, trips
from routing.periodic.loading import load


def test_no_loop_is_left_to_be_compiled_by_a_search():
    load()
    asked = annealing.anneal, trips.measure, bound_loops.least_rests, bound_loops.find_routes
    assert [len(loop.signatures) for loop in asked] == [1] * len(asked), "each is called in one way"
