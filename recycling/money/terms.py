"""Rates, vouchers, the seller's limit and the operator's register, as config/points.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from recycling.catalogue import Catalogue, Entry, Name
from recycling.errors import N_, BadRequestError
from recycling.settings import configuration_error, home, read_toml

Rate = Annotated[int, Field(ge=-100_000, le=100_000)]
PointRate = Annotated[int, Field(ge=0, le=1_000_000)]


class Rates(Entry):
    """What a kilogram is worth from a day on: fen (negative: the seller pays) and points, by material."""

    valid_from: date
    fen_per_kg: dict[str, Rate]
    points_per_kg: dict[str, PointRate]
    points_per_yuan: int = Field(ge=1, le=10_000)


class Voucher(Name):
    """Something that points buy, on the days from `valid_from` to `valid_until`, both included."""

    points: int = Field(ge=1, le=10_000_000)
    stock: int = Field(ge=0, le=10_000_000)
    valid_from: date
    valid_until: date
    cancel_hours: int = Field(ge=0, le=24 * 60)

    @field_validator("valid_until")
    @classmethod
    def _in_order(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data.get("valid_from", value):
            raise ValueError("it lies before valid_from")
        return value

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
        known = (info.context or {}).get("materials")
        for number, rates in enumerate(self.rates):
            for table in ("fen_per_kg", "points_per_kg"):
                _known(f"rates.{number}.{table}", getattr(rates, table), known)
        _known("goods_codes", self.goods_codes, known)
        return self

    def rates_on(self, day: date) -> Rates:
        """Return the rates that are valid on a day; BadRequestError when none are yet."""
        found = [r for r in self.rates if r.valid_from <= day]
        if not found:
            raise BadRequestError.one(
                "no-rates",
                N_("There are no rates for %(day)s; the first ones begin on %(first)s. Choose a later day."),
                where="day",
                day=day,
                first=self.rates[0].valid_from,
            )
        return found[-1]

    def limit_on(self, day: date) -> SellerLimit | None:
        """Return the limit of a seller's twelve months that is valid on a day, if there is one."""
        found = [n for n in self.seller_limits if n.valid_from <= day]
        return found[-1] if found else None


def _known(where: str, named: Mapping[str, object], known: frozenset[str] | None) -> None:
    for material in named:
        if known is not None and material not in known:
            raise ValueError(f"{where}.{material}: there is no material {material!r} in the catalogue")


def load_terms(catalogue: Catalogue, path: Path | None = None) -> Terms:
    """Read the terms; ConfigurationError names the line of whatever is wrong, materials included."""
    path = path or home() / "config" / "points.toml"
    data = read_toml(path)
    try:
        return Terms.model_validate(data, context={"materials": frozenset(catalogue.materials)})
    except ValidationError as error:
        raise configuration_error([path], error, Terms) from error
