"""Stops that only together are worth a vehicle get one."""

from dataclasses import replace

import numpy as np
import pytest
from days import day, stop, truck

from routing.problem import Pair
from routing.solve.ruin.chain import Chain
from routing.solve.ruin.engine import search, spare_routes
from routing.solve.ruin.growing import IN, grow
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.walk import walk


def far_street(count, prize=4_000, room=100, **kinds):
    """A street so far away that the way there and back costs 20,000 fen, from one door to the next 100."""
    at = np.array([0, *(10_000 + 100 * k for k in range(count))])
    metres = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    stops = [stop(f"s{k}", 1 + k, prize=prize, required=False, **{"delivery": 1, **kinds}) for k in range(count)]
    return day(stops, [truck(f"v{k}", capacity=room, km=100, hour=0, keeps_stock=True) for k in range(2)], [], metres)


def grown(problem, first="s0", spare=None):
    """What `grow` says when all stops wait, and the routes then, by names."""
    compiled = Compiled(problem)
    chain = Chain.of(compiled.day, [], 1, spare_routes(compiled.day, []) if spare is None else spare)
    d, s = compiled.day.record, chain.state
    many = len(problem.stops)
    s.waiting[:many], s.came[:many] = np.arange(many), 2
    s.changed[0], s.touched[:] = 0, -1
    says = grow(d, s.record, compiled.names.index(("stop", first)), many)
    for slot in s.slot.tolist():
        assert walk(d, s.record, slot, True) == 0
    assert np.flatnonzero(s.came >= IN).tolist() == sorted(x for _, nodes in chain.orders() for x in nodes)
    return says, [sorted(key[1] for key in order) for _, order in compiled.named(chain.orders())]


def test_a_route_takes_all_that_are_worth_more_than_they_add():
    assert grown(far_street(8)) == (1, [[f"s{k}" for k in range(8)]])


def test_it_takes_no_more_than_fits():
    says, routes = grown(far_street(8, room=5), "s3")
    assert says == 1
    assert len(routes) == 1
    assert len(routes[0]) == 5
    assert "s3" in routes[0]


def test_what_is_not_worth_its_way_waits_on():
    """Those before the first one lie on its way, each one behind it adds 200 fen."""
    assert grown(far_street(8, prize=5), "s2") == (1, [["s0", "s1", "s2"]])


def test_without_a_vehicle_nothing_happens():
    assert grown(far_street(3), spare=[0]) == (0, [])


@pytest.mark.parametrize("kinds", [{"delivery": 1}, {"pickup": 1, "delivery": 0}], ids=["brought", "collected"])
def test_a_far_street_is_served_when_it_is_worth_it_as_a_whole(kinds):
    """No stop is worth the way there: one alone adds 20,000 fen and brings 4,000."""
    problem = far_street(12, **kinds)
    compiled = Compiled(problem)
    orders = search(compiled, 60, iterations=2_000)
    assert sorted(x for _, nodes in orders for x in nodes) == list(range(12))
    poor = far_street(12, prize=1_000, **kinds)
    assert search(Compiled(poor), 60, iterations=2_000) == []


def test_those_who_belong_together_stay_together():
    """Each house of the street has two stops for one vehicle, of which it can take five."""
    problem = far_street(12, room=5)
    stops = [replace(s, together=f"house {k // 2}") for k, s in enumerate(problem.stops)]
    found = search(compiled := Compiled(replace(problem, stops=tuple(stops))), 60, iterations=2_000)
    routes = [sorted(key[1] for key in order) for _, order in compiled.named(found)]
    for house in range(6):
        there = {f"s{2 * house}", f"s{2 * house + 1}"}
        assert sum(not there.isdisjoint(route) for route in routes) <= 1


@pytest.mark.parametrize("seed", range(6))
def test_a_pair_goes_only_where_its_fellow_is(seed):
    """Two vehicles could serve all three; but the first of the pair belongs to one that leaves the second no time."""
    at = np.array([0, 300, 300, 500])
    seconds = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    stops = [
        stop("s0", 1, [(300, 310)], service=600, together="x"),
        stop("s1", 2, [(0, 4_000)], together="x"),
        stop("s2", 3, [(0, 700)]),
    ]
    problem = replace(day(stops, [truck("v0"), truck("v1")], [], seconds), pairs=(Pair("s1", "s2"),))
    found = search(compiled := Compiled(problem), 60, seed=seed, iterations=500)
    (route,) = ({key[1] for key in order} for _, order in compiled.named(found))
    assert route in ({"s0"}, {"s1", "s2"})
