"""Solution files: read, turned into orders, and written again."""

import dialect
import pytest

from benchmarks.instances.finding import load
from benchmarks.solutions import orders_of, read_tours, solution_text
from routing.errors import InputError
from routing.plan import Plan, Route, Visit


@pytest.fixture
def instance(tmp_path):
    def read(text, rounding="exact", name="tiny.vrp"):
        (tmp_path / name).write_text(text)
        return load(tmp_path / name, rounding)

    return read


@pytest.fixture
def tours(tmp_path):
    def read(text):
        (tmp_path / "tiny.sol").write_text(text)
        return read_tours(tmp_path / "tiny.sol")

    return read


def plan_of(orders, cost):
    """A plan of which only the order of visits counts."""
    routes = [
        Route(vehicle, 0, 0, (0,), tuple(Visit(kind, name, 0, 0, 0, (0,), (0,)) for kind, name in visits), (), 0, 0, 0)
        for vehicle, visits in orders
    ]
    return Plan(tuple(routes), (), cost, "test", 0.0)


def test_reading(tours):
    assert tours("Route #1: 5 9 0 3\nRoute #2:\nRoute #7: 1 \nCost: 12.5\nOptimal: True\n") == [
        (1, [5, 9, 0, 3]),
        (2, []),
        (7, [1]),
    ]


def test_orders_name_stops_and_depots(instance):
    found = orders_of(instance(dialect.MTVRPTWR), [(2, [3, 0, 1, 2]), (1, [])])
    assert found == [("2", [("stop", "3"), ("unload", "0"), ("stop", "1"), ("stop", "2")])]


def test_a_vehicle_that_the_problem_leaves_out_is_one_of_its_kind(instance):
    mixed = instance(dialect.HFVRP)
    assert [name for name, _ in orders_of(mixed, [(5, [1]), (1, [2]), (3, [3])])] == ["2", "1", "3"]


ROUND_TRIPS = {
    "all alike": (dialect.VRPTW, "Route #1: 1 2\nRoute #2: 3\nCost: 22\n"),
    "one is not used": (dialect.VRPTW, "Route #1: 1 3 2\nCost: 22\n"),
    "loading again": (dialect.MTVRPTWR, "Route #1: 3 0 1 2\nCost: 22\n"),
    "mixed": (dialect.HFVRP, "Route #1:\nRoute #2: 2\nRoute #3: 1 3\nRoute #4:\nRoute #5:\nCost: 22\n"),
    "depots": (dialect.MDVRPTW, "Route #1:\nRoute #2: 2 3\nRoute #3:\nCost: 22\n"),
}


@pytest.mark.parametrize("case", ROUND_TRIPS)
def test_round_trip(case, instance, tours):
    text, solution = ROUND_TRIPS[case]
    made = instance(text)
    assert solution_text(made, plan_of(orders_of(made, tours(solution)), 22)) == solution


def test_a_gap_in_the_numbers_closes_where_all_are_alike(instance):
    made = instance(dialect.VRPTW)
    assert solution_text(made, plan_of(orders_of(made, [(2, [3])]), 5)) == "Route #1: 3\nCost: 5\n"


def test_cost_is_written_in_units_of_the_file(instance):
    made = instance(dialect.VRPSPDTW, name="tiny.vrpsdptw")
    assert solution_text(made, plan_of([("1", [("stop", "2")])], 1_032_508)) == "Route #1: 2\nCost: 1032.508\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Cost: 5\n", "tiny.sol has no routes"),
        ("Route #1: 1 a\n", "tiny.sol, line 1: 'Route #NUMBER: CLIENT CLIENT ..' is expected here"),
        ("Route #1: 1\nRoute #1: 2\n", "tiny.sol, line 2: route #1 is there twice"),
    ],
)
def test_a_broken_file(text, sentence, tours):
    with pytest.raises(InputError, match=sentence.replace("(", r"\(").replace("..", r"\.\.")):
        tours(text)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([(3, [1])], "Route #3 and the instance has 2 vehicles"),
        ([(0, [1])], "Route #0 and the instance has 2 vehicles"),
        ([(1, [1, 9])], "Route #1 names 9, which is no client and no depot to load at"),
        ([(1, [1, 0, 2])], "Route #1 names 0"),
    ],
)
def test_what_the_instance_does_not_have(found, sentence, instance):
    with pytest.raises(InputError, match=sentence):
        orders_of(instance(dialect.VRPTW), found)
