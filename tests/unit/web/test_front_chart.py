"""The chart of a front: round ticks around all points, and marks where their values are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.front_chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, chart, ticks


def row(first, second, proven=True):
    return {"first": first, "second": second, "proven": proven}


@given(st.lists(st.floats(-1e7, 1e9), min_size=1, max_size=8))
def test_ticks_are_even_and_hold_all_values(values):
    found = ticks(values)
    steps = [b - a for a, b in pairwise(found)]
    assert len(found) in range(2, 9)
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-6, abs=2e-6)
    slack = 1e-6 * max(1.0, *map(abs, values))
    assert found[0] <= min(values) + slack
    assert found[-1] >= max(values) - slack


def test_ticks_are_round():
    assert ticks([4_204_501, 5_367_190]) == [
        4_000_000,
        4_250_000,
        4_500_000,
        4_750_000,
        5_000_000,
        5_250_000,
        5_500_000,
    ]
    assert ticks([12.5, 30.0]) == [10, 15, 20, 25, 30]


def test_marks_stand_where_their_values_are():
    drawn = chart([row(10.0, 0.0), row(20.0, 50.0, False), row(30.0, 100.0)])
    assert [mark.proven for mark in drawn.marks] == [True, False, True]
    assert [mark.number for mark in drawn.marks] == [1, 2, 3]
    assert (drawn.marks[0].x, drawn.marks[0].y) == (LEFT, HEIGHT - BOTTOM)
    assert (drawn.marks[2].x, drawn.marks[2].y) == (WIDTH - RIGHT, TOP)
    assert drawn.marks[1].x == (LEFT + WIDTH - RIGHT) / 2
    assert drawn.line.startswith(f"M{drawn.marks[0].x}")


def test_points_without_a_value_are_not_drawn():
    drawn = chart([row(10.0, None), row(20.0, 5.0), row(30.0, 4.0)])
    assert [mark.number for mark in drawn.marks] == [2, 3]
    assert chart([row(10.0, None), row(20.0, 5.0)]) is None
    assert chart([]) is None
