"""One kind of thing that residents hand over, in its sizes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from recycling.catalogue.entries import Entry, Name, Whole
from recycling.catalogue.prices import Price
from recycling.errors import N_, NotFoundError

Kilograms = Annotated[Whole, Field(gt=0, le=1000)]
Litres = Annotated[Whole, Field(gt=0, le=10_000)]
Minutes = Annotated[float, Field(gt=0, le=60)]
People = Annotated[Whole, Field(ge=1, le=6)]
Factor = Annotated[float, Field(ge=0, le=10)]


class Dismantling(Entry):
    """What taking it apart or off the wall costs when a resident asks for it."""

    minutes: Minutes
    tools: tuple[str, ...] = ()


class Size(Name):
    """A size of an item; what it does not say is as in the item."""

    kg: Kilograms
    litres: Litres
    minutes: Minutes | None = None
    people: People | None = None
    tail_lift: bool | None = None
    prices: tuple[Price, ...] = ()


class Item(Name):
    """One kind of thing that residents hand over.

    Attributes
    ----------
    kg, litres
        Of one piece.
    minutes, people
        Handling of one piece at the door, in minutes of one person's work, and how many people it takes.
    floor_factor, lift_factor
        How much more (or less) than a usual piece it costs to carry over a floor, and to bring down by lift.
    tail_lift, tools
        What the vehicle must have and carry.
    compartment, stream
        Where it lies in the vehicle and where it goes in the end; empty: as its material.
    prices
        By date, the earliest first.
    data_bearing
        Holds someone's data: its serial is taken down and it travels sealed.
    hazards, unless
        Codes of hazards, and of things that are not taken and that it can turn out to be.
    photo
        Whether a picture is asked for: ``no``, ``may`` or ``must``.
    most
        Pieces that one booking may hold.
    common
        Stands among the first that a page shows.
    """

    unit: Name
    material: str
    kg: Kilograms
    litres: Litres
    sizes: dict[str, Size] = Field(default_factory=dict)
    minutes: Minutes
    people: People
    dismantling: Dismantling | None = None
    floor_factor: Factor = 1.0
    lift_factor: Factor = 1.0
    tail_lift: bool = False
    tools: tuple[str, ...] = ()
    compartment: str = ""
    stream: str = ""
    prices: tuple[Price, ...]
    data_bearing: bool = False
    hazards: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    photo: Literal["no", "may", "must"] = "no"
    most: Annotated[Whole, Field(ge=1, le=99)] = 99
    common: bool = False
    sourced: Literal["published", "assumed"]

    @field_validator("prices")
    @classmethod
    def _at_least_one(cls, value: tuple[Price, ...]) -> tuple[Price, ...]:
        if not value:
            raise ValueError("it needs at least one price")
        return value

    def price_at(self, day: date) -> Price:
        """Return the price that is valid on a day.

        Raises
        ------
        NotFoundError
            When the day lies before the first price.
        """
        for price in reversed(self.prices):
            if price.starts <= day:
                return price
        raise NotFoundError.one(
            "no-price",
            N_("%(item)s has a price only from %(first)s on. Choose a later day."),
            where="day",
            item=self,
            first=self.prices[0].starts.isoformat(),
        )

    def offered_at(self, day: date) -> Price:
        """Return the price that people are told on a day: that of the day, or the first one if it is still to come."""
        return self.price_at(max(day, self.prices[0].starts))

    def sized(self, code: str) -> Item:
        """Return the item in one of its sizes, as an item of its own without sizes."""
        size = self.sizes[code]
        changes: dict[str, Any] = {
            "zh": f"{self.zh}({size.zh})",
            "en": f"{self.en} ({size.en})",
            "kg": size.kg,
            "litres": size.litres,
            "sizes": {},
        }
        for key in ("minutes", "people", "tail_lift"):
            if getattr(size, key) is not None:
                changes[key] = getattr(size, key)
        if size.prices:
            changes["prices"] = size.prices
        return self.model_copy(update=changes)
