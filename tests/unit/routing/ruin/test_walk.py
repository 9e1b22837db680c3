"""The compiled walk says of an order what the arithmetic says with which plans are made, and prices it the same."""

from dataclasses import replace

import pytest
from days import day, line, matrix, site, stop, truck
from hypothesis import event, given, settings
from laws import SETS, rich_orders, walk_agrees_with_excess, walked
from trial_counts import so_many

from routing.problem import Closed, Compartment, Pair, Pause, Period, Stop, TimeWindow
from routing.solve.ruin.walk import FITS, LOADS, RANGE, TIMES
from routing.timing import build_route

A, B, C = stop("a", 1, delivery=5), stop("b", 2, delivery=5), stop("c", 3, pickup=5)
U = site("u", 9)


def says(vehicle, services, seconds=None, **other):
    """What the walk says, which must be what `excess` says; when it fits, its price too, rounded."""
    stops, sites = ([s for s in services if isinstance(s, Stop) == one] for one in (True, False))
    problem = day(stops, [vehicle], sites, seconds, **other)
    walk_agrees_with_excess((problem, vehicle, services))
    word, cost = walked(problem, vehicle, services)
    return (word, round(cost)) if word == FITS else word


def test_an_order_that_fits_has_its_price():
    """Two deliveries along the street, 1200 s out and 1200 back, 24 km."""
    assert says(truck(fixed=1_000, km=200), [A, B]) == (FITS, 1_000 + 2_400 + 24 * 200)
    assert says(truck(hour=0), [A, B]) == (FITS, 0)


def test_loads():
    assert says(truck(capacity=9), [A, B]) == LOADS
    assert says(truck(), [C]) == LOADS
    assert says(truck(), [C, U])[0] == FITS
    assert says(truck(keeps_stock=True), [C])[0] == FITS
    assert says(truck(capacity=9, load=(5,)), [C, U]) == LOADS
    assert says(truck(compartments=(Compartment(frozenset({"kg"}), 9),)), [A, B]) == LOADS


def test_loading_again():
    depot = site("depot", 0, reloads=True)
    assert says(truck(capacity=5), [A, depot, B])[0] == FITS
    assert says(truck(capacity=5), [A, B, depot]) == LOADS
    assert says(truck(), [A, depot, replace(B, release=1_201)]) == (FITS, 1_200 + 2_400)
    assert says(truck(shift=(0, 3_600)), [A, depot, replace(B, release=1_201)]) == TIMES


def test_times():
    assert says(truck(), [stop("a", 1, [(0, 599)])]) == TIMES
    assert says(truck(shift=(0, 1_199)), [A]) == TIMES
    assert says(truck(shift=(0, 1_199), overtime=1, overtime_per_hour=3_600), [A]) == (FITS, 1_201)
    assert says(truck(max_duration=1_199), [A]) == TIMES
    assert says(truck(closed=(Closed(frozenset({1}), TimeWindow(0, 36_000)),)), [A]) == TIMES
    assert says(truck(crew="two"), [replace(A, service_by_crew={"two": 40_000})]) == TIMES


def test_no_way():
    seconds = line(10)
    seconds[1, 2] = -1
    assert says(truck(), [A, B], seconds) == TIMES
    assert says(truck(hour=0), [A, B], seconds) == TIMES


def test_breaks():
    two = (Pause(TimeWindow(500, 700), 100), Pause(TimeWindow(1_000, 1_300), 50))
    assert says(truck(pauses=two), [A, B]) == (FITS, 2_550)
    assert says(truck(pauses=two), [replace(A, windows=(TimeWindow(0, 650),), service=700), B]) == TIMES


def test_battery():
    assert says(truck(range=11_999), [A]) == RANGE
    assert says(truck(range=12_000), [A])[0] == FITS
    assert says(truck(range=12_000, charge=9_000), [A]) == RANGE
    assert says(truck(range=12_000, charge=6_000), [A, site("pole", 1, charges=True)])[0] == FITS


def test_hours_with_other_ways():
    slow = Period(TimeWindow(500, 5_000), {"road": matrix(line(10) * 3)})
    assert says(truck(hour=0, km=1), [A], periods=(slow,)) == (FITS, 24)
    assert says(truck(shift=(0, 2_399)), [A], periods=(slow,)) == TIMES
    assert says(truck(shift=(0, 2_400)), [A], periods=(slow,))[0] == FITS


def test_hours_of_no_length_have_no_ways():
    none = Period(TimeWindow(700, 700), {"road": matrix(line(10) * 0)})
    assert says(truck(shift=(0, 1_199)), [replace(A, service=1)], periods=(none,)) == TIMES


def test_it_leaves_within_the_shift():
    """The service could begin at 1500 when the vehicle left at 900, which is after the shift."""
    late = [replace(A, windows=(TimeWindow(1_500, 1_600),))]
    assert says(truck(shift=(0, 800), overtime=9_000), late) == (FITS, 1_300)
    assert says(truck(shift=(0, 800), overtime=9_000), [replace(A, release=801)]) == TIMES
    assert says(truck(shift=(0, 800), overtime=9_000, pause=(0, 900, 850)), late)[0] == FITS


def test_what_a_pair_drops_is_a_delivery_too():
    collect, drop = stop("a", 1, pickup=5), stop("b", 2, delivery=5)
    after, pairs = stop("c", 3, backhaul=True), (Pair("a", "b"),)
    assert says(truck(), [collect, drop, after], pairs=pairs)[0] == FITS
    assert says(truck(), [collect, after, drop], pairs=pairs) == LOADS


def test_a_pair_without_its_drop_is_no_load_that_comes_home():
    """Whether both are served is the pair's own affair; the vehicle has to come home empty of all else."""
    collect, drop = stop("a", 1, pickup=5), stop("b", 2, delivery=5)
    problem = day([collect, drop], [truck()], pairs=(Pair("a", "b"),))
    assert walked(problem, problem.vehicles[0], [collect])[0] == FITS
    assert walk_agrees_with_excess((problem, problem.vehicles[0], [collect]))


def test_price_of_what_is_apart():
    """The middle stop is b: 6 km to a and 6 to c."""
    stops = [A, B, replace(C, pickup=(0,))]
    assert says(truck(hour=0), stops, compactness_price=100) == (FITS, 1_200)


def test_price_of_wishes():
    early = replace(A, wishes=(TimeWindow(0, 500),), wish_price=3_600)
    assert says(truck(hour=0), [early]) == (FITS, 100)
    problem = day([early], [truck(hour=0)])
    assert build_route(problem, problem.vehicles[0], [early]).cost == 100


@settings(deadline=None, max_examples=so_many(200))
@given(rich_orders())
def test_walk_agrees_with_excess(given):
    event(walk_agrees_with_excess(given))


@pytest.mark.parametrize("rules", SETS, ids="+".join)
def test_walk_agrees_with_excess_where_rules_meet(rules):
    @settings(deadline=None, max_examples=so_many(40))
    @given(rich_orders(always=rules))
    def law(given):
        event(walk_agrees_with_excess(given))

    law()
