"""Waits for the next hour at which calls begin, in the reasons why no timetable has all calls, and in the remedies."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.periodic.check import check_timetable
from routing.periodic.engine import solve_timetable
from routing.periodic.impossible import proven
from routing.periodic.least import fewest_vehicles
from routing.periodic.problem import CallHour
from routing.periodic.remedies import remedies
from routing.periodic.steps import steps_of
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import point, problem, truck
from tests.unit.routing.periodic.test_unlike_vehicles import SPOTS

HOUR = 3600


def each(step, first=0, last=9):
    return tuple(CallHour(TimeWindow(at, at)) for at in range(first * HOUR, last * HOUR + 1, step))


def crowded(count=5, dwell=HOUR + 60, hours=6, step=HOUR, trucks=1):
    """Calls of an hour and a minute on one day, all close together, that begin at whole hours."""
    points = [replace(point(k, ((0,),), 1, dwell=dwell), hours=each(step)) for k in range(count)]
    places = [(0, 0), (1, 1), *((k, 2) for k in range(count))]
    shift = TimeWindow(0, hours * HOUR)
    return problem(points, places, 1, [truck(f"v{k}", capacity=(100,), shift=shift) for k in range(trucks)])


def test_waits_for_the_next_whole_hour_are_a_reason_with_remedies_that_undo_it():
    asked = crowded()
    (one,) = proven(asked)
    assert (one.kind, one.vehicles, one.span, one.days) == ("steps", 1, (0, HOUR), 1)
    assert len(one.points) == 4, "five calls take ten hours of seven; four take eight"
    found = {remedy.change: dict(remedy.values) for remedy in remedies(asked, one)}
    assert found["step"]["minutes"] < 60
    assert set(found) == {"shift", "vehicles", "step", "without"}
    alone = replace(asked, points=tuple(p for p in asked.points if p.id in one.points))
    finer = each(found["step"]["minutes"] * 60)
    assert proven(replace(alone, points=tuple(replace(p, hours=finer) for p in alone.points))) == []
    (vehicle,) = alone.vehicles
    longer = replace(vehicle, shift=TimeWindow(0, vehicle.shift.end + found["shift"]["minutes"] * 60))
    assert proven(replace(alone, vehicles=(longer,))) == []
    more = tuple(replace(vehicle, id=f"w{k}") for k in range(1 + found["vehicles"]["count"]))
    assert proven(replace(alone, vehicles=more)) == []


def test_what_is_too_much_without_any_wait_is_told_as_that():
    assert {one.kind for one in proven(crowded(dwell=2 * HOUR))} == {"time"}
    assert proven(crowded(3)) == []
    free = crowded()
    anywhen = (CallHour(TimeWindow(0, 9 * HOUR)),)
    free = replace(free, points=tuple(replace(p, hours=anywhen) for p in free.points))
    assert steps_of(free, free.points) is None
    assert proven(free) == []


def test_more_vehicles_are_needed_where_calls_begin_at_whole_hours():
    """Each call takes two whole hours of the seven in which a vehicle's six have room for calls."""
    assert fewest_vehicles(crowded(10, trucks=4)) == 3
    assert fewest_vehicles(crowded(10, trucks=4, step=60)) == 2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 8), st.sampled_from([HOUR, 2 * HOUR])), min_size=2, max_size=4),
    st.integers(4, 14),
    st.integers(1, 2),
)
def test_no_timetable_is_found_for_what_the_steps_forbid(shape, half_hours, trucks):
    points = [replace(point(k, ((0,),), 1, dwell=1200 * n), hours=each(step)) for k, (n, step) in enumerate(shape)]
    shift = TimeWindow(0, half_hours * HOUR // 2 + 700)
    asked = problem(points, SPOTS, 1, [truck(f"v{k}", capacity=(100,), shift=shift) for k in range(trucks)])
    found = solve_timetable(asked, 10, iterations=200)
    assert check_timetable(asked, found) == []
    if len(found.chosen) == len(asked.points):
        assert proven(asked) == []
        assert fewest_vehicles(asked) <= trucks
    for conflict in proven(asked):
        for name in conflict.points if conflict.kind == "steps" else ():
            rest = tuple(p for p in asked.points if p.id in conflict.points and p.id != name)
            again = proven(replace(asked, points=rest)) if rest else []
            assert "steps" not in {one.kind for one in again}, "none of a set is too many"
