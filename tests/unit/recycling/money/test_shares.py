from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recycling.money.shares import nearest, shares

amounts = st.lists(st.fractions(-10_000, 10_000, max_denominator=1000), max_size=12)


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("0", 0), ("1/2", 1), ("49/100", 0), ("-1/2", 0), ("-51/100", -1), ("5/2", 3), ("-5/2", -2), ("7", 7)],
)
def test_an_exact_half_goes_up(exact, whole):
    assert nearest(Fraction(exact)) == whole


@pytest.mark.parametrize(
    ("exact", "parts"),
    [
        ([], []),
        (["1/3", "1/3", "1/3"], [1, 0, 0]),
        (["1/4", "3/4", "1/2"], [0, 1, 1]),
        (["2/5", "2/5"], [1, 0]),
        (["1/4", "1/5"], [0, 0]),
        (["5", "1/2"], [5, 1]),
        (["-1/2", "1/2"], [0, 0]),
        (["-3/2"], [-1]),
        (["-4/3", "-4/3", "-4/3"], [-1, -1, -2]),
    ],
)
def test_the_largest_remainders_get_what_is_missing(exact, parts):
    assert shares([Fraction(a) for a in exact]) == parts


@hypothesis_settings(deadline=None)
@given(amounts)
def test_parts_sum_to_the_rounded_whole_and_none_is_a_unit_off(exact):
    parts = shares(exact)
    assert sum(parts) == nearest(sum(exact, Fraction(0)))
    assert all(abs(p - a) < 1 for p, a in zip(parts, exact, strict=True))
    assert all(p == a for p, a in zip(parts, exact, strict=True) if a.denominator == 1)


@hypothesis_settings(deadline=None)
@given(amounts.filter(lambda found: len(found) > 1))
def test_who_gets_more_had_the_larger_remainder(exact):
    parts = shares(exact)
    up = [a - floor(a) for p, a in zip(parts, exact, strict=True) if p > a]
    down = [a - floor(a) for p, a in zip(parts, exact, strict=True) if p < a]
    assert not up or not down or min(up) >= max(down)


def test_rounding_each_by_itself_would_lose_some():
    """The control: three thirds of a point, each rounded by itself, are none."""
    exact = [Fraction(1, 3)] * 3
    assert sum(nearest(a) for a in exact) == 0
    assert sum(shares(exact)) == 1
