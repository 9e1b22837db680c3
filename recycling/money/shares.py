"""Rounding that loses nothing: whole units whose sum is the rounded sum.

The whole is rounded to the nearest unit, an exact half up (towards the seller: more points, more fen, a smaller fee).
Each part is rounded down, and the units that are then missing go one each to the parts with the largest remainders, the
earlier one first where they are equal (Hamilton's method). So no part is a whole unit off its exact amount, and a part
that is whole already stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def nearest(amount: Fraction) -> int:
    """Return the nearest integer, an exact half up."""
    return floor(amount + Fraction(1, 2))


def shares(amounts: Sequence[Fraction]) -> list[int]:
    """Return the integers that stand for exact amounts, in their order, summing to their rounded sum."""
    parts = [floor(a) for a in amounts]
    missing = nearest(sum(amounts, Fraction(0))) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda k: (parts[k] - amounts[k], k))
    for k in by_remainder[:missing]:
        parts[k] += 1
    return parts
