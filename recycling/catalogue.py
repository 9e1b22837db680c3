"""What is collected, as config/catalogue.toml says: materials, items, weights, handling and prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recycling.settings import configuration_error, home, read_toml


class Entry(BaseModel):
    """A table of a configuration file; an unknown key in it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Name(Entry):
    """A word in both languages."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        """Return the Chinese word for any language that begins with ``zh``, else the English one."""
        return self.zh if language.startswith("zh") else self.en


class Material(Name):
    """A family of goods; low-value ones are always taken, on their own tariff."""

    low_value: bool = False


class Item(Name):
    """One kind of thing that residents hand over.

    Attributes
    ----------
    kg, litres
        Of one piece.
    minutes, people
        Handling of one piece at the door, and how many people it takes.
    price
        Fen for one piece, lowest and highest; positive when we pay, negative when they pay.
    """

    unit: Name
    material: str
    kg: int = Field(gt=0, le=1000)
    litres: int = Field(gt=0, le=10000)
    minutes: float = Field(gt=0, le=60)
    people: int = Field(ge=1, le=6)
    price: tuple[int, int]
    data_bearing: bool = False
    sourced: Literal["published", "assumed"]

    @model_validator(mode="after")
    def _price_in_order(self) -> Item:
        if self.price[0] > self.price[1]:
            raise ValueError("the lowest price stands above the highest")
        return self


class Catalogue(Entry):
    """All materials and items by code, in the order of the file."""

    prices_from: date
    materials: dict[str, Material]
    items: dict[str, Item]

    @model_validator(mode="after")
    def _materials_exist(self) -> Catalogue:
        for code, item in self.items.items():
            if item.material not in self.materials:
                raise ValueError(f"items.{code}.material: there is no material {item.material!r}")
        return self


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read the catalogue; ConfigurationError names the line of whatever is wrong in it."""
    path = path or home() / "config" / "catalogue.toml"
    data = read_toml(path)
    try:
        return Catalogue(**data)
    except ValidationError as error:
        raise configuration_error([path], error, Catalogue) from error
