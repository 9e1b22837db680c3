"""From the parts of the day of each profile to the matrices and periods of a problem."""

import numpy as np

from routing.problem import Matrix, TimeWindow
from routing.roads.changes import Period
from routing.roads.day_matrices import PeriodMatrix, by_hours


def ways(seconds):
    table = np.array([[0, seconds], [seconds, 0]], np.int32)
    return Matrix(table, table)


FREE, FULL, CLOSED = ways(10), ways(30), ways(50)


def parts(*found):
    return [PeriodMatrix(Period(begin, end), None, matrix) for begin, end, matrix in found]


def test_what_holds_longest_is_usual_and_the_rest_are_periods():
    van = parts((0, 40, FREE), (40, 70, FULL), (70, 100, FREE))
    usual, periods = by_hours({"van": van})
    assert usual == {"van": FREE}
    assert [(p.hours, dict(p.matrices)) for p in periods] == [(TimeWindow(40, 70), {"van": FULL})]
    usual, periods = by_hours({"van": parts((0, 20, FREE), (20, 90, FULL), (90, 100, FREE))})
    assert usual == {"van": FULL}
    assert [p.hours for p in periods] == [TimeWindow(0, 20), TimeWindow(90, 100)]


def test_profiles_have_hours_of_their_own():
    van = parts((0, 40, FREE), (40, 70, FULL), (70, 100, FREE))
    truck = parts((0, 50, FREE), (50, 60, CLOSED), (60, 100, FREE))
    _, periods = by_hours({"van": van, "truck": truck})
    assert [(p.hours, dict(p.matrices)) for p in periods] == [
        (TimeWindow(40, 50), {"van": FULL}),
        (TimeWindow(50, 60), {"van": FULL, "truck": CLOSED}),
        (TimeWindow(60, 70), {"van": FULL}),
    ]


def test_a_day_that_is_always_the_same_has_no_periods():
    assert by_hours({"van": parts((0, 100, FREE))}) == ({"van": FREE}, ())
