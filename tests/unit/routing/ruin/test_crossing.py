"""Routes that exchange their tails: what is gained, and nothing is lost, doubled or broken by thousands of them."""

import numpy as np
import pytest
from days import day, line, stop, truck

from routing.solve.ruin.chain import Chain, Tuning
from routing.solve.ruin.changes import register
from routing.solve.ruin.crossing import cross
from routing.solve.ruin.engine import first_plan, spare_routes
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.walk import walk

STOPS = 48


def street(count, room=100, sides=2, hours=(0, 100_000), **other):
    """Two streets from the depot, so many stops in each, and vehicles that pay for metres alone."""
    at = np.array([(0, 0), *((900 * (1 + k % count), 5_000 * (k // count)) for k in range(sides * count))])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    stops = [stop(f"s{k}", 1 + k, [hours], delivery=1, **other) for k in range(sides * count)]
    return day(stops, [truck(f"v{k}", capacity=room, km=100, hour=0) for k in range(6)], [], metres)


def started(problem, *orders):
    compiled = Compiled(problem)
    named = [(f"v{k}", [("stop", name) for name in order]) for k, order in enumerate(orders)]
    numbered = compiled.numbered(named)
    return compiled, Chain.of(compiled.day, numbered, 1, spare_routes(compiled.day, numbered))


def crossed(compiled, chain, name, most, until=None):
    """The orders after exchanges behind a stop that may add so much, by names; places are overlooked now and then."""
    d, s = compiled.day.record, chain.state.record
    for _ in range(30):
        chain.state.changed[0], chain.state.touched[:] = 0, -1
        cross(d, s, compiled.names.index(("stop", name)), 60, most)
        for r, slot in enumerate(chain.state.slot.tolist()):
            assert walk(d, s, slot, True) == 0
            register(d, s, r)
        for _, slot in chain.state.old[: chain.state.changed[0]].tolist():  # what was before is free again
            chain.state.free[s["spare"]] = slot
            s["spare"] += 1
        found = sorted([key[1] for key in order] for _, order in compiled.named(chain.orders()))
        if found == until:
            break
    return found


def test_tails_are_exchanged_where_that_saves():
    """Each route begins in one street and ends in the other; afterwards each stays in its own."""
    compiled, chain = started(street(3), ["s0", "s4", "s5"], ["s3", "s1", "s2"])
    before = chain.cost()
    straight = [["s0", "s1", "s2"], ["s3", "s4", "s5"]]
    assert crossed(compiled, chain, "s0", 0.0, straight) == straight
    assert chain.cost() < before


def test_nothing_is_exchanged_where_it_costs_more():
    compiled, chain = started(street(3), ["s0", "s1", "s2"], ["s3", "s4", "s5"])
    assert crossed(compiled, chain, "s1", 0.0) == [["s0", "s1", "s2"], ["s3", "s4", "s5"]]


def test_two_routes_become_one_and_one_becomes_two():
    compiled, chain = started(street(3), ["s0", "s1", "s2"], ["s3", "s4", "s5"])
    one = [["s0", "s1", "s2", "s3", "s4", "s5"]]
    assert crossed(compiled, chain, "s2", 0.0, one) == one
    two = [["s0", "s1", "s2"], ["s3", "s4", "s5"]]
    assert crossed(compiled, chain, "s2", 1e9, two) == two


def test_what_does_not_fit_is_not_exchanged():
    compiled, chain = started(street(3, room=3), ["s0", "s1", "s2"], ["s3", "s4", "s5"])
    assert all(len(order) <= 3 for order in crossed(compiled, chain, "s2", 1e9))


def row(room, *kinds):
    """Stops along a street that bring or collect, and vehicles that come home with what they collect."""
    stops = [stop(f"s{k}", 1 + k, **kind) for k, kind in enumerate(kinds)]
    fleet = [truck(f"v{k}", capacity=room, km=100, hour=0, keeps_stock=True) for k in range(4)]
    return day(stops, fleet, [], line(1 + len(stops)))


def test_no_delivery_comes_after_what_is_only_taken_after_deliveries():
    """What follows s1 could be s3 alone, since s2 is delivered to."""
    compiled, chain = started(
        row(10, {"delivery": 1}, {"pickup": 1, "backhaul": True}, {"delivery": 1}, {"pickup": 1, "backhaul": True}),
        ["s0", "s1"],
        ["s2", "s3"],
    )
    wanted = [["s0", "s1", "s3"], ["s2"]]
    assert crossed(compiled, chain, "s1", 1e9, wanted) == wanted


def test_what_is_collected_has_to_fit_on_the_way_home():
    compiled, chain = started(row(2, *[{"pickup": 1}] * 4), ["s0", "s1"], ["s2", "s3"])
    assert all(len(order) <= 2 for order in crossed(compiled, chain, "s1", 1e9))
    assert all(len(order) <= 2 for order in crossed(compiled, chain, "s0", 1e9))


def grid(**kinds):
    at = np.array([(0, 0), *((500 + 700 * (k % 8), 900 * (k // 8)) for k in range(STOPS))])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    hours = kinds.pop("hours", None)
    stops = [
        stop(f"s{k}", 1 + k, [hours(k)] if hours else [(0, 10_000)], **({"delivery": 1} if k % 3 else kinds))
        for k in range(STOPS)
    ]
    fleet = [truck(f"v{k}", capacity=20, km=100, hour=0, keeps_stock=True) for k in range(12)]
    return day(stops, fleet, [], metres // 8)


@pytest.mark.parametrize(
    "problem",
    [
        grid(delivery=1),
        grid(delivery=1, hours=lambda k: (300 * (k % 7), 300 * (k % 7) + 1_500)),
        grid(pickup=1),
        grid(pickup=1, backhaul=True),
    ],
    ids=["brought", "windows", "collected", "after deliveries"],
)
def test_every_stop_is_served_once_and_every_rule_kept(problem):
    compiled = Compiled(problem)
    orders = first_plan(compiled.day, [], 1).orders()
    chain = Chain.of(compiled.day, orders, 1, spare_routes(compiled.day, orders))
    chain.anneal(4_000, 300.0, 3.0, Tuning(tails=0.5))
    d, s = compiled.day.record, chain.state
    assert s.told[0] > 500
    served = sorted(x for _, nodes in chain.orders() for x in nodes)
    assert served == list(range(STOPS))
    kept = float(s.record["cost"])
    for slot in s.slot.tolist():
        assert walk(d, s.record, slot, True) == 0
    assert kept == pytest.approx(chain.cost())
    best = [x for _, nodes in chain.best_orders() for x in nodes]
    assert sorted(best) == list(range(STOPS))
