"""Prices with their dates: by the piece, by weight, by bands of weight, in points, or free; who pays is a word."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from recycling.catalogue.entries import Entry, Whole

Way = Literal["item", "weight", "band", "points", "free"]
Direction = Literal["we-pay", "they-pay", "either", "points", "free"]
Fen = Annotated[Whole, Field(ge=0, le=1_000_000)]
Between = tuple[Fen, Fen]
"""Lowest and highest, in fen."""


class Money(Entry):
    """An amount between two figures, and who pays it."""

    we_pay: Between | None = None
    they_pay: Between | None = None

    @field_validator("we_pay", "they_pay")
    @classmethod
    def _in_order(cls, value: Between | None) -> Between | None:
        if value and value[0] > value[1]:
            raise ValueError("the lowest price stands above the highest")
        return value

    def signed(self) -> Between:
        """Return lowest and highest in fen, positive when we pay, negative when they pay; zero when nobody does."""
        if self.they_pay:
            return -self.they_pay[1], -self.they_pay[0]
        return self.we_pay or (0, 0)


class Band(Money):
    """What one piece costs or brings up to a weight; the last band has no such weight."""

    up_to_kg: Annotated[Whole, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if (self.we_pay is None) == (self.they_pay is None):
            raise ValueError("say who pays: either we_pay or they_pay, with lowest and highest")
        return self


class Price(Money):
    """A price from a day on, until the next price of the same thing.

    Attributes
    ----------
    starts
        ``from`` in the file: the first day on which it is valid.
    by
        ``item``: fen a piece. ``weight``: fen a kilogram. ``band``: fen a piece by its weight. ``points``: points
        instead of money. ``free``: nothing changes hands.
    least
        Fen that are paid at least for one line of a booking, in the direction of the price.
    points, points_a_kg
        Points for a piece and for a kilogram; with money they come on top of it.
    """

    starts: date = Field(alias="from")
    by: Way
    bands: tuple[Band, ...] = ()
    least: Fen = 0
    points: Annotated[Whole, Field(ge=0, le=100_000)] = 0
    points_a_kg: Annotated[Whole, Field(ge=0, le=10_000)] = 0

    @field_validator("bands")
    @classmethod
    def _bands_rise(cls, value: tuple[Band, ...]) -> tuple[Band, ...]:
        limits = [band.up_to_kg for band in value]
        known = [limit for limit in limits if limit is not None]
        if value and (limits[-1] is not None or len(known) < len(value) - 1):
            raise ValueError("every band but the last has up_to_kg, and the last has none")
        if known != sorted(set(known)):
            raise ValueError("up_to_kg must rise from band to band")
        if len({band.we_pay is None for band in value}) > 1:
            raise ValueError("all bands of one price have the same payer")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        named = (self.we_pay is not None) + (self.they_pay is not None)
        if self.by in ("item", "weight") and named != 1:
            raise ValueError("say who pays: either we_pay or they_pay, with lowest and highest")
        if self.by not in ("item", "weight") and named:
            raise ValueError(f"a price by {self.by!r} has neither we_pay nor they_pay of its own")
        if (self.by == "band") != bool(self.bands):
            raise ValueError("bands belong to by = 'band', and that needs them")
        if self.by == "points" and not (self.points or self.points_a_kg):
            raise ValueError("by = 'points' needs points or points_a_kg")
        if self.by == "free" and (self.points or self.points_a_kg):
            raise ValueError("by = 'free' gives no points; write by = 'points'")
        if self.least and self.by in ("points", "free"):
            raise ValueError("least belongs to a price in money")
        return self

    def each(self, kg: int) -> Between:
        """Return lowest and highest fen that one more piece of `kg` adds, `least` apart; positive when we pay."""
        if self.by == "band":
            return next(b for b in self.bands if b.up_to_kg is None or kg <= b.up_to_kg).signed()
        low, high = self.signed()
        amount = kg if self.by == "weight" else 1
        return low * amount, high * amount

    def fen(self, kg: int, pieces: int = 1) -> Between:
        """Return lowest and highest fen of so many pieces of `kg` each; positive when we pay."""
        low, high = (pieces * fen for fen in self.each(kg))
        return self._at_least(low, high)

    def weighed(self, grams: int, pieces: int) -> Between:
        """Return lowest and highest fen of so many pieces that weigh `grams` together; positive when we pay."""
        if self.by != "weight":
            return self.fen(ceil(Fraction(grams, 1000 * pieces)), pieces)
        low, high = self.signed()
        return self._at_least(floor(Fraction(low * grams, 1000)), ceil(Fraction(high * grams, 1000)))

    def points_of_weighed(self, grams: int, pieces: int) -> int:
        """Return the points of so many pieces that weigh `grams` together, to the nearest whole one."""
        return floor(self.points * pieces + Fraction(self.points_a_kg * grams, 1000) + Fraction(1, 2))

    def points_of(self, kg: int, pieces: int = 1) -> int:
        """Return the points of so many pieces of `kg` each."""
        return pieces * (self.points + self.points_a_kg * kg)

    def _at_least(self, low: int, high: int) -> Between:
        if self._they_pay:
            return min(low, -self.least), min(high, -self.least)
        return max(low, self.least), max(high, self.least)

    @property
    def _they_pay(self) -> bool:
        return self.they_pay is not None or any(b.they_pay is not None for b in self.bands)


def direction_of(low: int, high: int, points: int = 0) -> Direction:
    """Return who pays in a range of fen; ``points`` when no money but points change hands."""
    if low < 0 < high:
        return "either"
    if high > 0:
        return "we-pay"
    if low < 0:
        return "they-pay"
    return "points" if points else "free"
