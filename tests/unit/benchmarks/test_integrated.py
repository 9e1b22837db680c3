"""One day against three fleets: the same orders, each fetched or brought once, and every plan judged."""

import numpy as np
import pytest

from benchmarks.integrated import ALONG, INTEGRATED, OLD, SEPARATE, Search, apart, rows_of
from routing.problem import Matrix, Problem, Stop, TimeWindow, UnloadSite, Vehicle

SHIFT = TimeWindow(0, 20_000)


def stop(name, at, delivery=0, pickup=0):
    return Stop(name, at, (SHIFT,), 600, (delivery,), (pickup,), 100_000)


@pytest.fixture
def day():
    """A booking, a call and two deliveries on a line, one of which takes something back; a site at the depot."""
    times = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) * 600
    matrix = Matrix(times.astype(np.int32), (times * 10).astype(np.int32))
    vehicle = Vehicle("v", "truck", (10,), 0, 0, SHIFT, "road", 1000, 100, 3600)
    stops = (stop("b:1", 1, 0, 3), stop("c:1", 2, 0, 3), stop("t:1", 3, 2, 2), stop("t:2", 4, 2))
    return Problem(("kg",), stops, (vehicle,), (UnloadSite("s", 0, SHIFT, 0),), {"road": matrix})


def test_what_is_fetched_by_itself_is_brought_no_more(day):
    stops = {s.id: s for s in apart(day, 7).stops}
    assert set(stops) == {"b:1", "c:1", "t:1", f"{OLD}t:1", "t:2"}
    assert (stops["t:1"].delivery, stops["t:1"].pickup) == ((2,), (0,))
    assert (stops[f"{OLD}t:1"].delivery, stops[f"{OLD}t:1"].pickup, stops[f"{OLD}t:1"].prize) == ((0,), (2,), 7)
    assert stops["t:1"].service + stops[f"{OLD}t:1"].service == 600


def test_three_fleets_drive_more_for_the_same_orders(day):
    rows = rows_of(day, 100_000, Search(0.2, 1, 1), 300)
    by_case = {row.case: row for row in rows if not row.case.startswith(" ")}
    assert list(by_case) == [INTEGRATED, SEPARATE, ALONG]
    assert {(row.orders, row.served, row.valid) for row in by_case.values()} == {(4, 4, True)}
    assert by_case[INTEGRATED].km < by_case[ALONG].km <= by_case[SEPARATE].km
    assert by_case[INTEGRATED].ratio == 1
    assert by_case[SEPARATE].ratio == by_case[INTEGRATED].cost / by_case[SEPARATE].cost < 1
    assert by_case[SEPARATE].vehicles == 3
    assert by_case[SEPARATE].kg_co2 == pytest.approx(by_case[SEPARATE].km * 0.3)
