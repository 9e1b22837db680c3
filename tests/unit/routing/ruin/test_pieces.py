"""Days searched in pieces: nothing is lost between them, every rule holds, and any executor gives the same plan."""

import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from days import day, rich_days, site, stop, truck
from hypothesis import HealthCheck, event, given, settings
from laws import every_plan_is_sound
from trial_counts import so_many

from routing.schedule import plan_of
from routing.solve import faults_of
from routing.solve.ruin import engine
from routing.solve.ruin.chain import Tuning
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.parts import parts_of
from routing.solve.ruin.pieces import How, pieces, searched

HOW = How(50, 100.0, 1.0, Tuning(), 1e13)


def town(stops=40, vehicles=8, capacity=None, **announced):
    """Stops on a grid, vehicles of two kinds, one place to unload that takes no more than ``capacity``."""
    at = np.array([(0, 0), *((500 + 700 * (k % 7), 900 * (k // 7)) for k in range(stops)), (300, 300)])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    fleet = [truck(f"v{k}", capacity=4 + k % 2, km=100, max_duration=1_500) for k in range(vehicles)]
    wishes = [
        stop(f"s{k}", 1 + k, pickup=1, prize=90_000, vehicles=None if k % 5 else frozenset({"v1", "v2"}), **announced)
        for k in range(stops)
    ]
    return day(wishes, fleet, [site("u", stops + 1, capacity=capacity)], metres // 8)


@pytest.fixture
def small_pieces(monkeypatch):
    """Let every day that has two routes for each core be a large one."""
    monkeypatch.setattr(engine, "SMALL", 0)
    monkeypatch.setattr(engine, "LARGE", 0)
    monkeypatch.setattr(engine, "PIECE", 4)


@pytest.fixture
def a_part_a_core(monkeypatch):
    """Let every day that has two routes for each core be searched in as many parts as cores."""
    monkeypatch.setattr(engine, "SMALL", 0)


@settings(deadline=None, max_examples=so_many(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rich_days(stops=(3, 8), vehicles=(3, 5)))
def test_in_pieces_every_plan_is_sound_and_the_same_again(small_pieces, problem):
    for reason in every_plan_is_sound(problem):
        event(reason)


@settings(deadline=None, max_examples=so_many(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rich_days(stops=(5, 9), vehicles=(4, 6)))
def test_with_a_part_for_each_core_every_plan_is_sound_and_the_same_again(a_part_a_core, problem):
    for reason in every_plan_is_sound(problem, cores=2):
        event(reason)


def test_what_pieces_cost_together_is_what_their_plan_costs(small_pieces):
    """All stops were announced for one vehicle, which is in one piece only."""
    compiled = Compiled(town(stays="v3", stays_price=7_000))
    run = engine._Run(compiled, engine.Budget(1.0, 4_000), 1, 2, None, Tuning())
    orders = compiled.named(run.search([]))
    plan = plan_of(compiled.problem, orders)
    assert plan.prices["moves"] > 0
    assert run.best_cost == pytest.approx(plan.cost, abs=len(plan.routes) * 3)


@pytest.mark.parametrize("cores", [1, 2])
def test_what_plans_cost_is_compared_with_the_price_of_unequal_hours(cores, monkeypatch):
    monkeypatch.setattr(engine, "ROUND_ITERATIONS", 500)
    compiled = Compiled(replace(town(), balance_price=9_000))
    run = engine._Run(compiled, engine.Budget(1.0, 2_000), 1, cores, None, Tuning())
    orders = compiled.named(run.search([]))
    plan = plan_of(compiled.problem, orders)
    assert plan.prices["balance"] > 0
    assert run.best_cost == pytest.approx(plan.cost, abs=len(plan.routes) * 3)


def test_in_pieces_too_unequal_hours_are_compared_with_those_of_the_whole_day(small_pieces):
    compiled = Compiled(replace(town(), balance_price=9_000))
    run = engine._Run(compiled, engine.Budget(1.0, 4_000), 1, 2, None, Tuning())
    orders = run.search([])
    assert run._divisible(orders)
    plan = plan_of(compiled.problem, compiled.named(orders))
    assert plan.prices["balance"] > 0
    assert run.best_cost == pytest.approx(plan.cost, abs=len(plan.routes) * 3)


BOUNDED = town(capacity=(27,))
"""Of 40 that could be collected."""


def brought(orders):
    """What the stops of some orders give; all of it comes to the one site."""
    return sum(key[0] == "stop" for _, order in orders for key in order)


def test_pieces_share_out_what_a_site_takes():
    compiled = Compiled(BOUNDED)
    orders = engine.first_plan(compiled.day, [], 1).orders()[:-1]
    left = 27 - brought(compiled.named(orders))
    assert left > 3
    found = list(pieces(compiled, parts_of(compiled.day, orders, 3, 5), range(3), HOW))
    takes = [piece.problem.unload_sites[0].capacity[0] for piece in found]
    assert sum(takes) == 27
    for piece, most in zip(found, takes, strict=True):
        assert most >= brought(piece.orders) + left // 3
        assert brought(searched(piece).best_orders) <= most


@pytest.mark.parametrize("size", ["small_pieces", "a_part_a_core"])
def test_a_day_whose_site_takes_only_so_much_is_searched_in_parts_and_brings_all_that_it_takes(size, request):
    request.getfixturevalue(size)
    compiled = Compiled(BOUNDED)
    run = engine._Run(compiled, engine.Budget(1.0, 6_000), 1, 2, None, Tuning())
    orders = run.search([])
    assert run._divisible(orders)
    named = compiled.named(orders)
    assert faults_of(BOUNDED, plan_of(BOUNDED, named)) == []
    assert brought(named) == 27


def test_parts_of_which_nobody_keeps_to_a_share_bring_too_much(a_part_a_core, monkeypatch):
    monkeypatch.setattr(engine, "share_sites", lambda day, chains: None)
    compiled = Compiled(BOUNDED)
    orders = engine._Run(compiled, engine.Budget(1.0, 6_000), 1, 2, None, Tuning()).search([])
    assert brought(compiled.named(orders)) > 27


def test_pieces_hold_every_stop_once_and_no_vehicle_twice():
    compiled = Compiled(town())
    orders = engine.first_plan(compiled.day, [], 1).orders()
    found = list(pieces(compiled, parts_of(compiled.day, orders, 3, 5), range(3), HOW))
    assert len(found) == 3 <= len(orders)
    assert Counter(s.id for p in found for s in p.problem.stops) == Counter(s.id for s in compiled.stops)
    vehicles = [v.id for p in found for v in p.problem.vehicles]
    assert len(set(vehicles)) == len(vehicles)
    for piece in found:
        places = [len(m.durations) for m in piece.problem.matrices.values()]
        assert max(places) <= len(piece.problem.stops) + 2
        after = searched(piece)
        served = [key for _, order in piece.orders for key in order if key[0] == "stop"]
        assert after.best <= 1e13
        assert len({key for _, order in after.best_orders for key in order if key[0] == "stop"}) >= min(1, len(served))


def test_processes_find_what_threads_find(small_pieces):
    compiled = Compiled(town())
    by_threads = engine.search(compiled, 1.0, cores=2, iterations=2_000)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert engine.search(compiled, 1.0, cores=2, iterations=2_000, executor=pool) == by_threads
    assert by_threads
