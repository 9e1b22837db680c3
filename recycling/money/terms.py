"""Rates, vouchers, the seller's limit and the operator's register, as config/points.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from recycling.catalogue import Catalogue, Entry, Name
from recycling.deadlines import KNOWN_GRACE, MOST_DAYS, Grace
from recycling.errors import N_, BadRequestError
from recycling.money.promises import broken_promises
from recycling.money.shares import nearest
from recycling.settings import configuration_error, home, read_toml

Rate = Annotated[int, Field(ge=-100_000, le=100_000)]
PointRate = Annotated[int, Field(ge=0, le=1_000_000)]


class Rates(Entry):
    """What a kilogram is worth from a day on: fen (negative: the seller pays) and points, by material.

    ``item_fen_per_kg`` and ``item_points_per_kg`` hold the things of the catalogue that have a rate of their own; every
    other thing has that of its material, a size that of its thing.
    """

    valid_from: date
    fen_per_kg: dict[str, Rate]
    points_per_kg: dict[str, PointRate]
    item_fen_per_kg: dict[str, Rate] = Field(default_factory=dict)
    item_points_per_kg: dict[str, PointRate] = Field(default_factory=dict)
    points_per_yuan: int = Field(ge=1, le=10_000)

    def fen(self, material: str, item: str = "") -> int | None:
        """Return the fen of a kilogram of a material or, where `item` says so, of that thing; None without a rate."""
        own = _own(self.item_fen_per_kg, item)
        return self.fen_per_kg.get(material) if own is None else own

    def points(self, material: str, item: str = "") -> int | None:
        """Return the points of a kilogram likewise; a thing with a rate in fen alone has that one's worth in points."""
        own = _own(self.item_points_per_kg, item)
        if own is not None:
            return own
        fen = _own(self.item_fen_per_kg, item)
        if fen is None:
            return self.points_per_kg.get(material)
        return nearest(Fraction(fen * self.points_per_yuan, 100)) if fen >= 0 else None  # a fee is settled in yuan

    def own(self, item: str) -> str:
        """Return the code under which a thing or a size has its own rates; empty where its material's count."""
        rated = self.rated_items()
        return next((code for code in (item, item.partition(".")[0]) if code in rated), "")

    def rated_items(self) -> tuple[str, ...]:
        """Return the codes of the things that have rates of their own, in the order of the file."""
        return tuple(dict.fromkeys((*self.item_fen_per_kg, *self.item_points_per_kg)))

    def place_of(self, material: str, item: str) -> tuple[str, str]:
        """Return the table and the key of the rate in fen of a thing."""
        for code in (item, item.partition(".")[0]):
            if code in self.item_fen_per_kg:
                return "item_fen_per_kg", code
        return "fen_per_kg", material


def _own(rates: Mapping[str, int], item: str) -> int | None:
    return rates.get(item, rates.get(item.partition(".")[0]))


class Voucher(Name):
    """Something that points buy, on the days from `valid_from` to `valid_until`, both included.

    Until when it can be taken back is said in words (``cancel_until``) or in hours after it was redeemed.
    """

    points: int = Field(ge=1, le=10_000_000)
    stock: int = Field(ge=0, le=10_000_000)
    valid_from: date
    valid_until: date
    cancel_until: str | None = None
    cancel_hours: int | None = Field(None, ge=0, le=24 * MOST_DAYS)

    @field_validator("cancel_until")
    @classmethod
    def _words(cls, value: str | None) -> str | None:
        if value is not None:
            Grace.parse(value)
        return value

    @field_validator("valid_until")
    @classmethod
    def _in_order(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data.get("valid_from", value):
            raise ValueError("it lies before valid_from")
        return value

    @model_validator(mode="after")
    def _one_grace(self) -> Voucher:
        if (self.cancel_until is None) == (self.cancel_hours is None):
            raise ValueError(
                f"write until when it can be taken back: either cancel_until, such as: {KNOWN_GRACE}; or cancel_hours"
            )
        return self

    @property
    def grace(self) -> Grace:
        """How long after it was redeemed it can be taken back."""
        return Grace.parse(self.cancel_until or f"{self.cancel_hours} hours after")

    def valid(self, day: date) -> bool:
        """Tell whether it can be redeemed on a day."""
        return self.valid_from <= day <= self.valid_until


class SellerLimit(Entry):
    """What a natural person may sell in any twelve consecutive months, and the shares of it that are told."""

    valid_from: date
    yuan: int = Field(ge=1, le=10**9)
    warn_percent: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(min_length=1)

    @field_validator("warn_percent")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise ValueError("the shares must rise")
        return value


class Operator(Entry):
    """Who buys, and until when it is registered for it."""

    name: str
    taxpayer_number: str
    registration: str
    registration_until: date | None = None


class Terms(Entry):
    """Everything about points and money that an operator sets."""

    rates: tuple[Rates, ...] = Field(min_length=1)
    vouchers: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], Voucher]
    seller_limits: tuple[SellerLimit, ...] = Field(min_length=1)
    goods_codes: dict[str, Annotated[str, Field(min_length=1)]]
    operator: Operator

    @model_validator(mode="after")
    def _days_rise(self) -> Terms:
        for name in ("rates", "seller_limits"):
            days = [e.valid_from for e in getattr(self, name)]
            for number, (before, after) in enumerate(pairwise(days), 1):
                if after <= before:
                    raise ValueError(f"{name}.{number}.valid_from: {after} does not lie after {before}")
        return self

    @model_validator(mode="after")
    def _materials_exist(self, info: ValidationInfo) -> Terms:
        catalogue: Catalogue | None = (info.context or {}).get("catalogue")
        if catalogue is not None:
            for number, rates in enumerate(self.rates):
                for table in ("fen_per_kg", "points_per_kg"):
                    _known(f"rates.{number}.{table}", getattr(rates, table), catalogue.materials, "material")
                for table in ("item_fen_per_kg", "item_points_per_kg"):
                    _known(f"rates.{number}.{table}", getattr(rates, table), catalogue.variants, "item")
            _known("goods_codes", self.goods_codes, catalogue.materials, "material")
        return self

    def rates_on(self, day: date) -> Rates:
        """Return the rates that are valid on a day; BadRequestError when none are yet."""
        found = self.known_rates(day)
        if found is None:
            raise BadRequestError.one(
                "no-rates",
                N_("There are no rates for %(day)s; the first ones begin on %(first)s. Choose a later day."),
                where="day",
                day=day,
                first=self.rates[0].valid_from,
            )
        return found

    def known_rates(self, day: date) -> Rates | None:
        """Return the rates that are valid on a day, if there are some yet."""
        found = [r for r in self.rates if r.valid_from <= day]
        return found[-1] if found else None

    def limit_on(self, day: date) -> SellerLimit | None:
        """Return the limit of a seller's twelve months that is valid on a day, if there is one."""
        found = [n for n in self.seller_limits if n.valid_from <= day]
        return found[-1] if found else None


def _known(where: str, named: Mapping[str, object], known: Mapping[str, object], kind: str) -> None:
    for code in named:
        if code not in known:
            raise ValueError(f"{where}.{code}: there is no {kind} {code!r} in the catalogue")


def load_terms(catalogue: Catalogue, path: Path | None = None) -> Terms:
    """Read the terms; ConfigurationError names the line of whatever is wrong, with the catalogue's promises in mind."""
    path = path or home() / "config" / "points.toml"
    data = read_toml(path)
    try:
        terms = Terms.model_validate(data, context={"catalogue": catalogue})
        broken = list(broken_promises(terms.rates, catalogue))
        if broken:
            raise ValidationError.from_exception_data("Terms", broken)
    except ValidationError as error:
        raise configuration_error([path], error, Terms) from error
    return terms
