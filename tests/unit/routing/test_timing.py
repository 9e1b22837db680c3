"""Schedules worked out by hand, and against a search that tries every second."""

from dataclasses import replace

import pytest
from days import day, days, line, site, stop, truck
from hypothesis import event, given, settings
from hypothesis import strategies as st
from laws import CLOCK, excess_agrees_with_check, no_schedule_is_better, rich_orders
from trial_counts import so_many

from routing.problem import Stop
from routing.timing import build_route, excess


def schedule(vehicle, *services, seconds=None):
    """Seconds of leaving, of each service's (arrival, start, end), of the breaks and of coming home."""
    problem = day([s for s in services if isinstance(s, Stop)], [vehicle], [], line(10) if seconds is None else seconds)
    assert not excess(problem, vehicle, services)
    route = build_route(problem, vehicle, services)
    return (
        route.start,
        [(v.arrival, v.start, v.end) for v in route.visits],
        [(r.start, r.end) for r in route.rests],
        route.end,
    )


def test_leaves_at_once_when_nothing_has_to_be_waited_for():
    assert schedule(truck(), stop("a", 2, service=300)) == (0, [(1200, 1200, 1500)], [], 2700)


def test_leaves_as_late_as_the_window_allows():
    assert schedule(truck(), stop("a", 1, [(5000, 9000)], 300)) == (4400, [(5000, 5000, 5300)], [], 5900)


def test_leaves_late_enough_for_the_last_window_and_in_time_for_the_first():
    """a must begin by 2000, b not before 5000: the wait falls between them."""
    a, b = stop("a", 1, [(0, 2000)], 100), stop("b", 2, [(5000, 9000)], 100)
    assert schedule(truck(), a, b) == (1400, [(2000, 2000, 2100), (2700, 5000, 5100)], [], 6300)


def test_missed_window_waits_for_the_next():
    """On the road at 700 the first window is over; leaving later costs nothing."""
    a = stop("a", 1, [(0, 500), (2000, 2200), (4000, 4200)], 60)
    assert schedule(truck(shift=(100, 36000)), a) == (1400, [(2000, 2000, 2060)], [], 2660)


def test_windows_include_both_ends():
    assert schedule(truck(), stop("a", 1, [(0, 600)])) == (0, [(600, 600, 600)], [], 1200)
    assert excess(day([], [truck()]), truck(), [stop("a", 1, [(0, 599)])]).late == 1
    assert not excess(day([], [truck(shift=(0, 1200))]), truck(shift=(0, 1200)), [stop("a", 1)])
    assert excess(day([], [truck()]), truck(shift=(0, 1199)), [stop("a", 1)]).overtime == 1


# -- the break in each kind of place ---------------------------------------------------------------------------


def test_break_on_the_road():
    """The break may begin from 1500 to 1600: on the road from a to b, begun at 1200."""
    van = truck(pause=(1500, 1600, 900))
    assert schedule(van, stop("a", 1, service=600), stop("b", 2)) == (
        0,
        [(600, 600, 1200), (2700, 2700, 2700)],
        [(1500, 2400)],
        3900,
    )


def test_break_while_waiting():
    """At a from 600, b opens at 5000: the break fits into the wait and costs nothing."""
    van = truck(pause=(3000, 3600, 900))
    a, b = stop("a", 1, [(0, 600)]), stop("b", 2, [(5000, 5000)])
    assert schedule(van, a, b) == (0, [(600, 600, 600), (1200, 5000, 5000)], [(3000, 3900)], 6200)


def test_break_before_leaving():
    """Nothing can be done before 8000, and by then the break of 3000 to 4500 is over: it is no part of the route."""
    van = truck(pause=(3000, 3600, 1500))
    assert schedule(van, stop("a", 1, [(8000, 9000)])) == (7400, [(8000, 8000, 8000)], [], 8600)


def test_break_before_leaving_when_the_shift_begins_inside_it():
    """The break could have begun at 1000: from 2000 on none is needed, though the shift begins at 1500."""
    van = truck(shift=(1500, 9000), pause=(1000, 1200, 1000))
    assert schedule(van, stop("a", 1)) == (2000, [(2600, 2600, 2600)], [], 3200)


def test_break_on_the_way_home():
    van = truck(pause=(1000, 1100, 500))
    assert schedule(van, stop("a", 1, [(0, 600)], 450)) == (0, [(600, 600, 1050)], [(1050, 1550)], 2150)


def test_break_at_the_door_before_working():
    """The break begins at 700 at the earliest, and work begun before would run past 800."""
    van = truck(pause=(700, 800, 500))
    assert schedule(van, stop("a", 1, [(0, 2000)], 1000)) == (100, [(700, 1200, 2200)], [(700, 1200)], 2800)


def test_no_break_when_home_in_time():
    assert schedule(truck(pause=(1000, 1200, 500)), stop("a", 1)) == (0, [(600, 600, 600)], [], 1200)
    assert schedule(truck(pause=(1000, 1199, 500)), stop("a", 1))[2] == [(1000, 1500)]


def test_leaves_as_late_as_can_be_whichever_gap_the_break_is_in():
    """a must begin by 1500. A break before a would make the vehicle leave 500 sooner than one on the way to b."""
    van = truck(pause=(1000, 5000, 500))
    a, b = stop("a", 1, [(0, 1500)]), stop("b", 2, [(8000, 8000)])
    assert schedule(van, a, b) == (900, [(1500, 1500, 1500), (2600, 8000, 8000)], [(1500, 2000)], 9200)


def test_leaves_early_enough_to_begin_the_break_in_its_window():
    """a may begin until 1250, but the break after it not later than 1200."""
    van = truck(pause=(1000, 1200, 300))
    a, b = stop("a", 1, [(0, 1250)]), stop("b", 2, [(9000, 9000)])
    assert schedule(van, a, b) == (600, [(1200, 1200, 1200), (2100, 9000, 9000)], [(1200, 1500)], 10_200)


def test_break_that_fits_nowhere():
    """Twelve hours of work in one piece cannot be had around a break in the middle."""
    van = truck(shift=(0, 50_000), pause=(20_000, 21_000, 1800))
    a = stop("a", 1, [(600, 600)], 43_200)
    assert excess(day([a], [van]), van, [a]).late == 20_000 + 1800 - 600
    assert not excess(day([a], [truck(shift=(0, 50_000))]), truck(shift=(0, 50_000)), [a])


# -- figures of what breaks ------------------------------------------------------------------------------------


def test_late_says_where_and_the_most():
    a, b, c = stop("a", 1, [(0, 500)]), stop("b", 2, [(0, 700)]), stop("c", 3, [(0, 1700)])
    e = excess(day([a, b, c], [truck()]), truck(), [a, b, c])
    assert (e.late, e.late_at, e.overtime, bool(e)) == (500, "b", 0, True)


def test_overload_says_dimension_and_the_most():
    """Leaves with 30 and 3 for b; a's 80 and 8 come on top before b's are gone."""
    van = truck(capacity=(100, 6))
    a = stop("a", 1, delivery=(0, 0), pickup=(80, 8))
    b = stop("b", 2, delivery=(30, 3), pickup=(0, 0))
    u = site("u", 3)
    problem = day([a, b], [van], [u], dimensions=("kg", "litres"))
    assert (excess(problem, van, [a, b, u]).overload, excess(problem, van, [a, b, u]).dimension) == (10, 0)
    assert (excess(problem, van, [b, a, u]).overload, excess(problem, van, [b, a, u]).dimension) == (2, 1)
    assert not excess(problem, replace(van, capacity=(110, 11)), [a, b, u])


def test_at_one_door_what_is_brought_leaves_before_what_is_taken_enters():
    van, u = truck(capacity=100), site("u", 2)
    swap = stop("swap", 1, delivery=100, pickup=100)
    assert not excess(day([swap], [van], [u]), van, [swap, u])
    assert excess(day([swap], [van], [u]), truck(capacity=99), [swap, u]).overload == 1


def test_goods_that_nobody_unloads():
    a = stop("a", 1, pickup=7)
    e = excess(day([a], [truck()]), truck(), [a])
    assert (e.aboard, bool(e), e.time, e.overload) == (7, True, 0, 0)
    assert not excess(day([a], [truck()], [site("u", 2)]), truck(), [a, site("u", 2)])


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 2), (2, 0)])
def test_no_way(here, there):
    seconds = line(3)
    seconds[here, there] = -1
    a, b = stop("a", 1), stop("b", 2)
    assert excess(day([a, b], [truck()], seconds=seconds), truck(), [a, b]).unreachable
    assert not excess(day([a, b], [truck()], seconds=line(3)), truck(), [a, b])


def test_order_without_services():
    problem = day([], [truck(end=3)])
    assert not excess(problem, truck(end=3), [])
    assert build_route(problem, truck(end=3), []).driving == 1800


# -- laws ------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=so_many(300))
@given(rich_orders())
def test_excess_and_check_agree_on_what_can_be_driven(given):
    event(excess_agrees_with_check(given))


@settings(deadline=None, max_examples=so_many(100))
@given(rich_orders(stops=(1, 3), vehicles=(1, 1), sites=(0, 1), last=20, rules=CLOCK, always=["pauses"]))
def test_no_schedule_is_better_and_none_is_missed(given):
    event(no_schedule_is_better(given))


@st.composite
def orders(draw, **bounds):
    """A day, one of its vehicles, and some of its stops and sites in some order."""
    problem = draw(days(**bounds))
    services = draw(st.permutations(problem.stops))[: draw(st.integers(0, len(problem.stops)))]
    for unload in problem.unload_sites:
        if draw(st.booleans()):
            services.insert(draw(st.integers(0, len(services))), unload)
    return problem, problem.vehicles[0], services


@settings(deadline=None, max_examples=so_many(300))
@given(orders(stops=(1, 4), sites=(0, 1)))
def test_figures_are_enough_and_not_too_much(given):
    """With windows, shift and capacity wider by the figures an order can be driven; by one less it cannot.

    Around a break there may be other figures that are enough too, of which one is given; but never none at all.
    """
    problem, vehicle, services = given
    found = excess(problem, vehicle, services)
    event(f"time: {found.time > 0}, load: {found.overload > 0}, no way: {found.unreachable}")
    if found.unreachable:
        return

    def eased(late, overtime, overload):
        def later(window):
            return replace(window, end=window.end + late)

        wider = [
            replace(s, windows=(*s.windows[:-1], later(s.windows[-1])))
            if isinstance(s, Stop)
            else replace(s, hours=later(s.hours))
            for s in services
        ]
        room = replace(
            vehicle,
            shift=replace(vehicle.shift, end=vehicle.shift.end + overtime),
            capacity=tuple(c + overload for c in vehicle.capacity),
        )
        return excess(problem, room, wider)

    enough = eased(found.late, found.overtime, found.overload)
    assert (enough.time, enough.overload) == (0, 0)
    if found.overload:
        assert eased(found.late, found.overtime, found.overload - 1).overload == 1
    if found.time:
        less = (0, 0) if vehicle.pauses else (max(0, found.late - 1), max(0, found.overtime - 1))
        assert eased(*less, found.overload).time
