"""Points taken together: mean ways, and bounds on what each by itself could have, held against all choices."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.siting.joining import loss, mean_ways, missed, nearer, sums


def test_a_mean_way_is_weighed_and_lacks_where_one_member_lacks():
    groups, weight = np.array([0, 0, 1]), np.array([1.0, 3.0, 2.0])
    ways = np.array([[4, 8, -1], [8, 4, 5], [7, 7, -1]], np.int32)
    assert mean_ways(groups, weight, ways, 2).tolist() == [[7, 5, -1], [7, 7, -1]]


def test_members_without_weight_count_alike():
    ways = np.array([[2.0], [4.0]])
    assert mean_ways(np.array([0, 0]), np.zeros(2), ways, 1).tolist() == [[3.0]]


def test_a_way_that_the_group_has_not_bounds_nothing():
    groups = np.array([0, 0])
    ways = np.array([[3, 9], [5, -1]], np.int32)
    means = mean_ways(groups, np.ones(2), ways, 1)
    assert nearer(groups, ways, means).tolist() == [np.inf, 0.0]
    assert loss(groups, np.array([0.0, 1.0]), ways, means) == 0.0  # nobody lives where the way is


@st.composite
def towns(draw):
    members, sites = draw(st.integers(2, 8)), draw(st.integers(2, 5))
    groups = np.array([0, *draw(st.lists(st.integers(0, 2), min_size=members - 1, max_size=members - 1))])
    _, groups = np.unique(groups, return_inverse=True)
    weight = np.array(draw(st.lists(st.integers(0, 9), min_size=members, max_size=members)), dtype=float)
    ways = draw(
        st.lists(st.lists(st.integers(0, 60), min_size=sites, max_size=sites), min_size=members, max_size=members)
    )
    return groups, weight, np.array(ways, np.int32)


@given(towns(), st.integers(1, 3), st.integers(5, 50))
@settings(max_examples=so_many(200), deadline=None)
def test_no_choice_is_better_than_the_bounds_say(town, most, within):
    groups, weight, ways = town
    count = int(groups.max()) + 1
    means = mean_ways(groups, weight, ways, count)
    together = sums(groups, weight, count)
    lost, beyond = loss(groups, weight, ways, means), missed(groups, weight, ways, means, within)
    for opened in combinations(range(ways.shape[1]), min(most, ways.shape[1])):
        apart = float((ways[:, opened].min(axis=1) * weight).sum())
        joined = float((means[:, opened].min(axis=1) * together).sum())
        assert apart <= joined + 1e-6  # what the group has, each member can have
        assert apart >= joined - lost - 1e-6
        reached = float(weight[(ways[:, opened] <= within).any(axis=1)].sum())
        as_groups = float(together[(means[:, opened] <= within).any(axis=1)].sum())
        assert reached <= as_groups + beyond + 1e-6


def test_one_member_a_group_loses_nothing():
    ways = np.array([[4, 8], [8, 4]], np.int32)
    groups, weight = np.array([0, 1]), np.array([2.0, 3.0])
    means = mean_ways(groups, weight, ways, 2)
    assert loss(groups, weight, ways, means) == 0
    assert missed(groups, weight, ways, means, 5) == 0
    assert means == pytest.approx(ways)
