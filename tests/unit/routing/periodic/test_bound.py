"""Bounds beside the best of all timetables, prices and cuts beside what real timetables do, and what is not taken."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.periodic.bound import lower_bound
from routing.periodic.bound_case import case_of
from routing.periodic.bound_cuts import Cut, broken_cuts, fewest_trips, times_together, together
from routing.periodic.bound_master import Master, Prices, Range, Trip, bound_by, cost_of, steps_of
from routing.periodic.bound_pricing import Pricing
from routing.periodic.engine import solve_timetable
from routing.periodic.problem import CallHour
from routing.problem import TimeWindow
from tests.unit.routing.periodic.test_timetables import best_by_trying_all, point, problem, small, truck

FOUR_DAYS = (((0,), (1,), (2,), (3,)), ((0, 2), (1, 3)), ((0, 1, 2, 3),))
SIX_DAYS = (((0, 3), (1, 4), (2, 5)), ((0, 2, 4), (1, 3, 5)), (tuple(range(6)),))
ONE = np.zeros(1, np.int64)
LONG = 300  # seconds, never needed
PLACES = [(0, 0), (900, 0), (100, 700), (300, 900), (1200, 500), (1500, 100), (700, 1500), (200, 1900)]


def week(kinds, days, loads=(4, 5, 3, 6, 4, 5), trucks=1, shift=20_000):
    """A problem of several days with two kinds of points."""
    points = [point(k, kinds[k % len(kinds)], loads[k]) for k in range(6)]
    window = TimeWindow(0, shift)
    return problem(points, PLACES, days, [truck(f"v{k}", shift=window) for k in range(trucks)])


@settings(max_examples=so_many(12), deadline=None)
@given(small())
def test_no_timetable_is_cheaper_than_the_bound(asked):
    best = best_by_trying_all(asked)
    bound = lower_bound(asked, LONG)
    assert bound.value > 0
    if best is not None:
        assert bound.value <= best + 1
        assert bound.value >= 0.6 * best
        assert lower_bound(asked, LONG, upper=best).value <= best + 1


def test_the_bound_of_few_points_is_the_best_timetable():
    asked = problem([point(0, ((0,), (1,)), 9), point(1, ((0, 1),), 8)], PLACES[:6])
    best = best_by_trying_all(asked)
    assert lower_bound(asked, LONG).value == best


@pytest.mark.parametrize(("kinds", "days"), [(FOUR_DAYS, 4), (SIX_DAYS, 6)])
def test_a_week_costs_at_least_its_bound(kinds, days):
    asked = week(kinds, days, trucks=2)
    found = solve_timetable(asked, 20, iterations=3_000)
    assert len(found.chosen) == len(asked.points)
    raised = []
    bound = lower_bound(asked, LONG, told=raised.append)
    assert 0.8 * found.cost <= bound.value <= found.cost
    assert raised == sorted(raised)
    assert max(raised) == bound.value


def test_stops_where_a_known_timetable_is_reached_or_the_time_is_up():
    asked = week(FOUR_DAYS, 4)
    whole = lower_bound(asked, LONG)
    half = lower_bound(asked, LONG, upper=whole.value / 2)
    assert half.finished
    assert whole.value / 2 <= half.value <= whole.value
    none = lower_bound(asked, 1e-6)
    assert not none.finished
    assert none.value == 0


@settings(max_examples=so_many(15), deadline=None)
@given(small(), st.integers(0, 10_000), st.booleans())
def test_any_prices_bound_from_below(asked, seed, whole):
    best = best_by_trying_all(asked)
    if best is None:
        return
    case, random = case_of(asked), np.random.default_rng(seed)
    prices = Prices(
        random.uniform(-500, 3_000, len(case.load)) / case.unit,
        float(random.uniform(-2_000, 500)),
        float(random.uniform(-500, 500)),
        np.zeros(0),
        random.uniform(-300, 300, 1),
        0.0 if whole else float(random.uniform(0, 1)),
    )
    master = Master(case, whole)
    found = Pricing(case, whole).find(prices, (), 2, 10**9)
    assert found.least is not None
    everything = Range(1, case.fleet * case.days, fewest_trips(case), int(case.visits.sum()))
    assert bound_by(master, everything, prices, found.least) * case.unit <= best + 1
    for trips in found.routes[:1]:
        own = cost_of(case, trips) + (case.home[trips[-1].site] - prices.route if whole else 0.0)
        own -= sum(prices.visits[p] for trip in trips for p in trip.points) + prices.trip * len(trips)
        if whole:
            assert own == pytest.approx(found.least, abs=1e-3)


def test_the_cheapest_round_is_found_with_cuts_that_are_paid_once():
    case = case_of(week(FOUR_DAYS, 4, shift=7_000))
    cuts = [Cut((0, 1), False, 1), Cut((0, 2, 3), False, 1), Cut((1, 4), True, 1)]
    prices = Prices(np.full(6, 1_900.0), 0.0, 0.0, np.array([400.0, 700.0, 150.0]), np.zeros(1), 0.0)
    found = Pricing(case, True).find(prices, cuts, 2, 10**9)
    assert found.least == pytest.approx(min(round_prices(case, prices, cuts)), abs=1e-6)
    free = replace(prices, cuts=np.zeros(3))
    assert min(round_prices(case, free, cuts)) < found.least < 0


def round_prices(case, prices, cuts):
    """What every round of at most three trips, all that fit into a shift, costs beyond its prices."""
    trips = [
        order
        for size in range(1, 4)
        for chosen in combinations(range(6), size)
        if case.load[list(chosen)].sum() <= case.room
        for order in orders(chosen)
    ]
    for number in (1, 2, 3):
        for chosen in product(trips, repeat=number):
            one = tuple(Trip(min(k, 1), order, 0) for k, order in enumerate(chosen))
            if sum(steps_of(case, trip) for trip in one) + case.home_last[0] <= case.most:
                yield priced(case, prices, cuts, one)


def orders(chosen):
    return [order for order in product(chosen, repeat=len(chosen)) if len(set(order)) == len(chosen)]


def priced(case, prices, cuts, trips):
    visits = np.array([np.bincount(trip.points, minlength=6) for trip in trips])
    beyond = cost_of(case, trips) + case.home[0] - float((visits.sum(axis=0) * prices.visits).sum())
    return beyond + float(times_together(cuts, visits, ONE)[0] @ prices.cuts)


def test_points_of_two_and_of_three_days_meet_on_one_day_only():
    twice, thrice, always = SIX_DAYS
    assert together((twice, thrice), 6) == 1
    assert together((twice, twice), 6) == 2
    assert together((twice, twice, thrice), 6) == 2
    assert together((twice, thrice, thrice), 6) == 3
    assert together((twice, always), 6) == 2


@pytest.mark.parametrize("kinds", [FOUR_DAYS, SIX_DAYS])
def test_real_timetables_keep_every_cut(kinds):
    days = 4 if kinds is FOUR_DAYS else 6
    asked = week(kinds, days, trucks=2)
    case = case_of(asked)
    number = {p.id: k for k, p in enumerate(asked.points)}
    met = 0
    for seed in range(3):
        rounds = solve_timetable(asked, 20, seed=seed, iterations=300).rounds
        counts = [visits_of(one, number) for one in rounds if one.services]
        for size in (2, 3, 4, 5):
            for chosen in combinations(range(6), size):
                limit = together(tuple(sorted(case.patterns[p] for p in chosen)), days)
                cuts = [Cut(chosen, False, limit), Cut(chosen, True, limit)]
                held = sum(times_together(cuts, visits, ONE)[0] for visits in counts)
                assert held.max() <= limit
                met += int((held == limit).sum())
    assert met > 0


def visits_of(one, number):
    trips = [np.zeros(len(number), np.int64)]
    for kind, key in one.services:
        if kind == "call":
            trips[-1][number[key]] += 1
        else:
            trips.append(np.zeros(len(number), np.int64))
    return np.array(trips)


def test_pairs_are_counted_in_trips_and_in_rounds():
    trips = np.array([[1, 1, 1, 0], [1, 0, 0, 1], [0, 0, 1, 1]])
    first = np.array([0, 2])  # a round of two trips, and one of one
    cuts = [Cut((0, 1, 2), False, 1), Cut((0, 3), True, 1), Cut((1, 3), False, 1), Cut((1, 3), True, 1)]
    assert times_together(cuts, trips, first).tolist() == [[1, 1, 0, 1], [0, 0, 0, 0]]


def test_a_mix_that_lets_points_meet_too_often_is_cut():
    case = case_of(week(SIX_DAYS, 6))
    both = np.array([[1, 1, 0, 0, 0, 0]])
    (cut, *_) = broken_cuts(case, np.array([2.0]), [both], set(), False, 5)
    assert cut == Cut((0, 1), False, 1)
    assert broken_cuts(case, np.array([1.0]), [both], set(), True, 5) == []
    assert cut not in broken_cuts(case, np.array([2.0]), [both], {(cut.points, cut.rounds)}, False, 5)


def test_trips_are_rounded_up_on_days_that_lie_alike():
    always = ((0, 1, 2, 3),)
    asked = problem([point(0, always, 6), point(1, always, 6)], PLACES[:6], 4)
    assert fewest_trips(case_of(asked)) == 8  # 48 in all would fit into five
    either = ((0, 2), (1, 3))
    asked = problem([point(k, either, 7) for k in range(3)], PLACES[:6], 4)
    assert fewest_trips(case_of(asked)) == 6


def test_more_time_than_steps_is_rounded_down():
    asked = week(FOUR_DAYS, 4)
    case = case_of(asked)
    step = 10  # of 20,000 seconds in 2,000
    seconds = asked.matrices["road"].durations
    assert case.most == 2_000
    assert case.last[0, 1] == (seconds[2, 3] + 300) // step
    assert case.arc[0, 1] * case.unit == seconds[2, 3]


def test_says_what_it_does_not_take():
    asked = week(FOUR_DAYS, 4)
    others = replace(asked, vehicles=(truck(), truck("v1", capacity=(12,))))
    with pytest.raises(InputError, match="alike"):
        lower_bound(others, 1)
    first = asked.points[0]
    priced_days = replace(first, patterns=tuple(replace(p, price=5) for p in first.patterns))
    with pytest.raises(InputError, match="p0"):
        lower_bound(replace(asked, points=(priced_days, *asked.points[1:])), 1)
    priced_hours = replace(first, hours=(CallHour(TimeWindow(0, 90_000), 5),))
    with pytest.raises(InputError, match="p0"):
        lower_bound(replace(asked, points=(priced_hours, *asked.points[1:])), 1)
    with pytest.raises(InputError, match="not 61"):
        lower_bound(replace(asked, points=tuple(replace(first, id=f"q{k}") for k in range(61))), 1)
    nothing = replace(first, patterns=tuple(replace(p, load=(0,)) for p in first.patterns))
    with pytest.raises(InputError, match="bring"):
        lower_bound(replace(asked, points=(nothing, *asked.points[1:])), 1)
