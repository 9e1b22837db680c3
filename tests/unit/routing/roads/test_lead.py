"""Closures and bans hold a little before they begin, for who would be on the way then."""

import numpy as np

from routing.roads.changes import ClassSpeeds, Closure, DrivingBan, Period, Where
from routing.roads.lead import longest_changed, with_lead

WORKS, BAN, PEAK = Closure("works", Where()), DrivingBan("ban", Where()), ClassSpeeds("peak", ())


def thirty(before, after):
    return 30


def test_what_shuts_roads_begins_sooner():
    parts = [Period(0, 100, ()), Period(100, 200, (WORKS,)), Period(200, 300, ())]
    assert with_lead(parts, thirty) == [Period(0, 70, ()), Period(70, 200, (WORKS,)), Period(200, 300, ())]


def test_what_makes_slower_does_not():
    parts = [Period(0, 100, ()), Period(100, 200, (PEAK,))]
    assert with_lead(parts, thirty) == parts


def test_beside_what_holds_already():
    parts = [Period(0, 100, (PEAK,)), Period(100, 200, (BAN,))]
    assert with_lead(parts, thirty) == [Period(0, 70, (PEAK,)), Period(70, 100, (PEAK, BAN)), Period(100, 200, (BAN,))]


def test_through_parts_that_are_shorter_than_the_way():
    parts = [Period(0, 80, ()), Period(80, 100, (PEAK,)), Period(100, 200, (WORKS, PEAK))]
    assert with_lead(parts, thirty) == [Period(0, 70, ()), Period(70, 80, (WORKS,)), Period(80, 200, (PEAK, WORKS))]


def test_only_where_ways_change():
    asked = []

    def never(before, after):
        asked.append((before, after))
        return 0

    parts = [Period(0, 100, (PEAK,)), Period(100, 200, (PEAK, WORKS))]
    assert with_lead(parts, never) == parts
    assert asked == [((PEAK,), (PEAK, WORKS))]


def test_the_longest_way_that_changes():
    before = np.array([[0, 50, 90], [-1, 0, 40], [20, 30, 0]], np.int32)
    after = np.array([[0, 60, 90], [70, 0, -1], [20, 30, 0]], np.int32)
    assert longest_changed(before, after) == 50
    assert longest_changed(before, before) == 0
