from dataclasses import replace

import pytest
from days import day, days, line, site, stop, truck
from hypothesis import event, given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.problem import Stop, TimeWindow
from routing.timing import excess
from routing.unloading import placements, with_last_unload

VAN = truck()
A, B = stop("a", 1, pickup=5), stop("b", 2, pickup=5)
BRING = stop("bring", 3, delivery=5)
NEAR, FAR = site("near", 4), site("far", 6)


def names(services):
    return [s.id for s in services]


def last(services, sites=(NEAR, FAR), vehicle=VAN, seconds=None):
    stops = [s for s in services if isinstance(s, Stop)]
    return names(with_last_unload(day(stops, [vehicle], sites, seconds), vehicle, services))


def test_nothing_collected_needs_no_unload():
    assert last([BRING]) == ["bring"]
    assert last([]) == []


def test_no_site_to_unload_at():
    assert last([A], sites=()) == ["a"]


def test_unloads_of_nothing_are_dropped():
    assert last([NEAR, BRING, FAR, A, NEAR, FAR]) == ["bring", "a", "near"]


def test_unloads_of_something_stay():
    assert last([A, FAR, B]) == ["a", "far", "b", "near"]


def test_the_least_driving_and_unloading():
    assert last([A]) == ["a", "near"]
    assert last([A], sites=(site("near", 4, duration=2500), FAR)) == ["a", "far"]


def test_a_site_that_closes_early_is_passed_by():
    assert last([A], sites=(site("near", 4, (0, 2300)), FAR)) == ["a", "far"]
    assert last([A], sites=(site("near", 4, (0, 2400)), FAR)) == ["a", "near"]


def test_the_last_unload_is_chosen_anew():
    """With b before it the near site is closed; without b it does."""
    sites = (site("near", 1, (0, 1500)), FAR)
    assert last([A, sites[0]], sites) == ["a", "near"]
    assert last([B, A, sites[0]], sites) == ["b", "a", "far"]
    assert last([A, FAR], sites) == ["a", "near"]


def test_when_no_site_will_do_the_one_that_breaks_least():
    closed = site("closed", 2, (0, 100))
    assert last([A], sites=(closed, site("nearly", 6, (0, 3500)))) == ["a", "nearly"]
    assert last([A], sites=(closed,)) == ["a", "closed"]


def test_a_site_without_a_way_is_passed_by():
    seconds = line(10)
    seconds[1, 4] = -1
    assert last([A], seconds=seconds) == ["a", "far"]
    seconds = line(10)
    seconds[4, 0] = -1
    assert last([A], seconds=seconds) == ["a", "far"]


def test_placements_without_and_with_an_unload_before():
    problem = day([A, B, BRING], [VAN], [NEAR, FAR])
    assert [names(p) for p in placements(problem, VAN, [A, B, NEAR], BRING)] == [
        ["bring", "a", "b", "near"],
        ["a", "bring", "b", "near"],
        ["a", "near", "bring", "b", "near"],
        ["a", "b", "bring", "near"],
        ["a", "b", "near", "bring"],
        ["a", "b", "near", "bring"],
    ]


def test_placements_on_an_idle_vehicle():
    problem = day([A], [VAN], [NEAR, FAR])
    assert [names(p) for p in placements(problem, VAN, [], A)] == [["a", "near"]]


@pytest.mark.parametrize(("here", "expected"), [(5, "far"), (1, "near")])
def test_the_unload_before_a_stop_lies_on_the_way_to_it(here, expected):
    first, then = stop("first", here, pickup=5), stop("then", here, pickup=5)
    problem = day([first, then], [VAN], [site("near", 0), FAR])
    tried = [names(p) for p in placements(problem, VAN, [first], then)]
    assert ["first", expected, "then"] in [t[:3] for t in tried]


def test_no_unload_on_the_way_at_a_site_without_a_way():
    seconds = line(10)
    seconds[1, 4] = -1
    problem = day([A, B], [VAN], [NEAR, FAR], seconds)
    assert [names(p) for p in placements(problem, VAN, [A], B)][2] == ["a", "far", "b", "near"]


@settings(deadline=None, max_examples=so_many(100))
@given(days(stops=(1, 5), vehicles=(1, 1), sites=(1, 2)), st.randoms(use_true_random=False))
def test_placements_keep_the_order_and_bring_everything_home(problem, random):
    vehicle = problem.vehicles[0]
    *others, new = random.sample(problem.stops, len(problem.stops))
    order = with_last_unload(problem, vehicle, others)
    tried = list(placements(problem, vehicle, order, new))
    assert len(tried) >= len(order) + 1
    for trial in tried:
        stops = [s for s in trial if isinstance(s, Stop)]
        assert [s for s in stops if s is not new] == others
        assert stops.count(new) == 1
        assert excess(problem, vehicle, trial).aboard == 0


@settings(deadline=None, max_examples=so_many(150))
@given(days(stops=(1, 3), vehicles=(1, 1), sites=(2, 3)))
def test_if_some_site_keeps_all_rules_such_a_one_is_chosen(problem):
    vehicle = replace(problem.vehicles[0], capacity=(99, 99), shift=TimeWindow(0, 150))
    stops = [replace(s, windows=(TimeWindow(0, 150),), pickup=(1, 1)) for s in problem.stops]
    will_do = [not excess(problem, vehicle, [*stops, unload]) for unload in problem.unload_sites]
    event(f"some site will do: {any(will_do)}, all will: {all(will_do)}")
    assert any(will_do) == (not excess(problem, vehicle, with_last_unload(problem, vehicle, stops)))
