"""Stops slipped in between two others: after thousands of changes the books say what a walk of every route says."""

import numpy as np
import pytest
from days import day, stop, truck

from routing.solve.ruin.chain import Chain, Tuning
from routing.solve.ruin.changes import register, rewalk
from routing.solve.ruin.engine import first_plan, spare_routes
from routing.solve.ruin.making import Compiled

STOPS = 40


def town(windows=False, **kinds):
    """Stops on a grid; every second one opens for a while only; ``kinds`` say what every third one is instead."""
    at = np.array([(0, 0), *((500 + 700 * (k % 7), 900 * (k // 7)) for k in range(STOPS))])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2).astype(np.int32)
    stops = []
    for k in range(STOPS):
        spans = [(300 * (k % 5), 300 * (k % 5) + 900)] if windows and k % 2 else [(0, 10_000)]
        stops.append(stop(f"s{k}", 1 + k, spans, **({"delivery": 1} if k % 3 or not kinds else kinds)))
    fleet = [truck(f"v{k}", capacity=9, km=100, hour=0, keeps_stock=True) for k in range(12)]
    return day(stops, fleet, [], metres // 8)


@pytest.mark.parametrize(
    "problem",
    [town(), town(windows=True), town(pickup=1), town(True, pickup=1, delivery=1), town(pickup=1, backhaul=True)],
    ids=["brought", "windows", "collected", "both in windows", "after deliveries"],
)
def test_the_books_say_what_a_walk_says(problem):
    day = Compiled(problem).day
    assert day.record["nimble"]
    orders = first_plan(day, [], 1).orders()
    chain = Chain.of(day, orders, 1, spare_routes(day, orders))
    chain.anneal(5_000, 300.0, 3.0, Tuning())
    s, d = chain.state, day.record
    assert s.told[0] > 500
    used = [k for k in s.slot.tolist() if s.slots["length"][k]]
    books = _books(s, used)
    for r, k in enumerate(s.slot.tolist()):
        if k in used:
            assert rewalk(d, s.record, k) == 0
            register(d, s.record, r)
    for name, mended, walked in zip(NAMES, books, _books(s, used), strict=True):
        np.testing.assert_array_equal(mended, walked, name)


NAMES = ("cost", "metres", "nodes", "gaps", "early", "late", "aboard", "stops", "room")


def _books(s, used):
    span = [(k, int(s.slots["length"][k])) for k in used]
    table = s.stop.copy()
    rows = [
        np.concatenate([array[k, : m + more].ravel() for k, m in span])
        for array, more in ((s.place["node"], 2), (s.place["gap"], 1), (s.early, 2), (s.late, 2))
    ]
    aboard = np.concatenate([s.aboard[k, 0, 0] for k, _ in span])
    return [np.round(s.slots["cost"][used], 6), s.slots["far"][used].copy(), *rows, aboard, table, s.room.copy()]
