"""How a day is compiled: ways, neighbours, and who may serve what. No search is timed."""

from dataclasses import replace

import numpy as np
import pytest
from days import day, line, stop, truck
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.solve import solve
from routing.solve.ruin import making, ways
from routing.solve.ruin.chain import Chain
from routing.solve.ruin.day import FAR
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.ways import Hours


@st.composite
def tables(draw):
    """Ways in metres and seconds between some nodes, and the hours of most of them."""
    n = draw(st.integers(1, 12))
    numbers = np.random.default_rng(draw(st.integers(0, 10**6)))
    way = numbers.integers(0, 5_000, (1, n + 2, n + 2)).astype(np.int32)
    way[numbers.random(way.shape) < 0.1] = FAR
    if draw(st.booleans()):
        way = np.minimum(way, way.transpose(0, 2, 1))
    opens = numbers.integers(0, 5_000, n)
    spans = [[(int(a), int(a) + 900)] for a in opens]
    return way, way // 8, Hours.of(spans, numbers.integers(0, 600, n)), draw(st.integers(1, 14))


def brute(cost, most):
    """Each row's own number, then those of the others by cost there or back; ties by number."""
    both = np.minimum(cost, cost.T)
    rows = [
        [a, *sorted((b for b in range(len(both)) if b != a), key=lambda b, a=a: both[a, b])] for a in range(len(both))
    ]
    return [row[: most + 1] for row in rows], both


@settings(deadline=None)
@given(tables(), st.sampled_from([1, 7, 30, ways.BLOCK]))
def test_in_blocks_it_is_what_it_is_at_once(tables, block):
    way, time, hours, most = tables
    n = len(hours.opens)
    whole, ways.BLOCK, ways.TILE = (ways.BLOCK, ways.TILE), block, 1 + block % 5
    try:
        near, both = brute(way[0, :n, :n], most)
        found = ways.neighbours_by_way(way[0], ways.turned(way)[0], n, most)
        assert [[both[a, b] for b in row[1:]] for a, row in enumerate(found)] == [
            [both[a, b] for b in row[1:]] for a, row in enumerate(near)
        ]
        assert found[:, 0].tolist() == list(range(n))
        assert (ways.turned(way) == way.transpose(0, 2, 1)).all()
        assert ways.longest(way) == way[way < FAR].max(initial=0)
        pace = ways.WAITING_WEIGHT * way[0, :n, :n].mean() / max(1.0, time[0, :n, :n].mean())
        ready = hours.service[:, None] + time[0, :n, :n]
        cost = way[0, :n, :n] + pace * np.maximum(0, hours.opens - (hours.shuts[:, None] + ready))
        cost[hours.opens[:, None] + ready > hours.shuts] = FAR
        near, both = brute(cost, most)
        found = ways.neighbours_by_way_and_hours(way[0], ways.turned(way)[0], time[0], hours, most)
        for a, row in enumerate(found):
            np.testing.assert_allclose([both[a, b] for b in row[1:]], [both[a, b] for b in near[a][1:]], rtol=1e-5)
    finally:
        ways.BLOCK, ways.TILE = whole


def test_equal_tables_are_kept_once():
    problem = day([stop("a", 1), stop("b", 2)], [truck()])
    one_way = line(10)
    one_way[1, 2] = 1_000
    assert (made := Compiled(problem).day).back is made.way
    assert (made := Compiled(day([stop("a", 1), stop("b", 2)], [truck()], (), one_way)).day).back is not made.way
    same = replace(problem, matrices={"road": replace(problem.matrices["road"], distances=line(10).astype(np.int32))})
    assert (made := Compiled(same).day).way is made.time


def test_vehicles_serve_what_is_open_while_they_work():
    stops = [
        stop("morning", 1, [(0, 100)]),
        stop("both", 2, [(0, 100), (800, 900)]),
        stop("night", 3, [(2_000, 3_000)]),
    ]
    early, late = truck("early", shift=(0, 500)), truck("late", shift=(700, 1_500), overtime=500)
    compiled = Compiled(day(stops, [early, late]))
    able = dict(zip([v[0].id for v in compiled.members], compiled.day.c_able.tolist(), strict=True))
    names = [s.id for s in compiled.stops]
    assert {name for name, may in zip(names, able["early"], strict=True) if may} == {"morning", "both"}
    assert {name for name, may in zip(names, able["late"], strict=True) if may} == {"both", "night"}


@pytest.fixture
def crowded():
    """Doors at one end of the street, served by one truck; the other truck is out at the far end and has to come."""
    doors = [stop(f"door{k}", 1, service=10) for k in range(6)]
    call = stop("call", 1, required=True, vehicles=frozenset({"far"}))
    far = [stop("x", 8, vehicles=frozenset({"far"})), stop("y", 9, vehicles=frozenset({"far"}))]
    problem = day([*doors, call, *far], [truck("near"), truck("far")])
    compiled = Compiled(problem, neighbours=3)
    orders = [("near", [("stop", s.id) for s in doors]), ("far", [("stop", "x"), ("stop", "y")])]
    return compiled, compiled.numbered(orders)


def test_a_stop_that_few_vehicles_may_serve_is_tried_everywhere(crowded, monkeypatch):
    compiled, orders = crowded

    def served(compiled):
        chain = Chain.of(compiled.day, orders, 1, [0, 0])
        chain.fill()
        return not chain.left_out()

    assert served(compiled)
    monkeypatch.setattr(making, "FEW", 0)
    assert not served(Compiled(compiled.problem, neighbours=3))


def test_a_day_is_compiled_once(monkeypatch):
    """With a stop that is left out, whose reason needs the compiled day again."""
    made = []
    init = Compiled.__init__
    monkeypatch.setattr(Compiled, "__init__", lambda self, *a: (made.append(1), init(self, *a))[1])
    plan = solve(day([stop("a", 1), stop("dear", 9, prize=1)], [truck()]), iterations=100)
    assert [u.stop for u in plan.unserved] == ["dear"]
    assert made == [1]
