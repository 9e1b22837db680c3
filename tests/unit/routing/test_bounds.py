"""A load fits by its bounds exactly when it can be divided among the compartments as the judge does it."""

from itertools import pairwise

import pytest
from days import truck
from hypothesis import given
from hypothesis import strategies as st

from routing.bounds import bounds
from routing.check.loads import unplaced
from routing.problem import Compartment

NAMES = ("a", "b", "c", "d")


def fits(vehicle, load, names=NAMES):
    return all(sum(load[d] for d in dims) <= room for dims, room in bounds(vehicle, names))


@given(
    st.tuples(*(st.integers(0, 9) for _ in NAMES)),
    st.lists(st.builds(Compartment, st.frozensets(st.sampled_from(NAMES)), st.integers(0, 8)), max_size=4),
    st.lists(st.tuples(*(st.integers(0, 6) for _ in NAMES)), min_size=10, max_size=10),
)
def test_bounds_and_the_judge_agree(capacity, parts, loads):
    vehicle = truck(capacity=capacity, compartments=tuple(parts))
    for load in loads:
        inside = all(units <= room for units, room in zip(load, capacity, strict=True))
        assert fits(vehicle, load) == (inside and not unplaced(dict(zip(NAMES, load, strict=True)), parts))


def test_sums_that_others_imply_are_left_out():
    body = (Compartment(frozenset("ab"), 10), Compartment(frozenset("cd"), 10))
    found = dict(bounds(truck(capacity=(9, 9, 9, 9), compartments=body), NAMES))
    assert found == {**{frozenset([d]): 9 for d in range(4)}, frozenset([0, 1]): 10, frozenset([2, 3]): 10}
    axle = Compartment(frozenset("abc"), 10)
    found = dict(bounds(truck(capacity=(9, 9, 9, 9), compartments=(axle,)), NAMES))
    assert found == {**{frozenset([d]): 9 for d in range(4)}, frozenset([0, 1, 2]): 10}


def chain(dims):
    """Compartments of which each shares a dimension with the next."""
    return tuple(Compartment(frozenset(pair), 10) for pair in pairwise(dims))


@pytest.mark.parametrize("count", [16, 24, 40])
def test_many_dimensions_are_bounded_at_once(count):
    """Each in a compartment of its own, all in the same two, or in a chain of them."""
    names = tuple(f"d{d}" for d in range(count))
    alone = tuple(Compartment(frozenset({name}), 5) for name in names)
    assert bounds(truck(capacity=[9] * count, compartments=alone), names) == tuple(
        (frozenset([d]), 5) for d in range(count)
    )
    body = (Compartment(frozenset(names), 30), Compartment(frozenset(names[1:]), 12))
    found = dict(bounds(truck(capacity=[9] * count, compartments=body), names))
    assert {len(dims): room for dims, room in found.items()} == {1: 9, count: 42}
    van = truck(capacity=[9] * count, compartments=chain(names))
    for load in ([9] * count, [9, 9, 9, 0] * (count // 4), [5, 5] * (count // 2), [9, 0] * (count // 2)):
        loads = dict(zip(names, load, strict=True))
        assert fits(van, load, names) == (not unplaced(loads, van.compartments))
