"""Trade-in schemes, as config/schemes.toml dates them: which one an order gets, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FEN = 100


class Scheme(BaseModel):
    """A scheme that pays a share of the price of something new, from its first day to its last, both included.

    Attributes
    ----------
    zh, en
        Its name in Chinese and in English.
    items
        Codes of the catalogue that the new thing may have.
    percent, most_yuan
        Share of the price, and at most so much for one piece.
    takes_old
        Only for orders that give something old back.
    notice
        The notice that says so, where ``sourced`` is ``published``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    first: date
    last: date
    items: tuple[str, ...] = Field(min_length=1)
    percent: float = Field(gt=0, le=100)
    most_yuan: int = Field(gt=0)
    takes_old: bool = False
    sourced: Literal["published", "assumed"]
    notice: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Scheme:
        if self.last < self.first:
            raise ValueError(f"last is {self.last}, before first; exchange them")
        if self.sourced == "published" and not self.notice:
            raise ValueError("name the notice that it was published in")
        return self

    def text(self, language: str) -> str:
        """Return its name in Chinese or English."""
        return self.zh if language.startswith("zh") else self.en

    def worth(self, price_fen: int) -> int:
        """Return the fen that it pays for a piece of a price in fen."""
        return min(round(price_fen * self.percent / 100), self.most_yuan * FEN)

    def covers(self, item: str, ordered: date, takes_back: bool) -> bool:
        """Tell whether an order of a day for a new thing gets it."""
        return self.first <= ordered <= self.last and item in self.items and (takes_back or not self.takes_old)


class Schemes(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: tuple[Scheme, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Schemes:
        for where, what in self._faults():
            raise ValueError(f"{where}: {what}")
        return self

    def _faults(self) -> Iterator[tuple[str, str]]:
        for (_, one), (number, other) in combinations(enumerate(self.scheme), 2):
            if one.code == other.code:
                yield f"scheme.{number}.code", f"{other.code} stands there twice; give each scheme a code of its own"
            both = sorted({*one.items} & {*other.items})
            if both and one.first <= other.last and other.first <= one.last:
                yield (
                    f"scheme.{number}.first",
                    f"{one.code} and {other.code} are both for {both[0]} on the same days; end one before the other",
                )

    def of_order(self, item: str, ordered: date, takes_back: bool) -> Scheme | None:
        """Return the scheme that an order placed on a day gets, None for none."""
        return next((scheme for scheme in self.scheme if scheme.covers(item, ordered, takes_back)), None)

    def find(self, code: str) -> Scheme | None:
        """Return a scheme by its code, None where the file has none of it any more."""
        return next((scheme for scheme in self.scheme if scheme.code == code), None)
