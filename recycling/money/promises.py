"""Rates at the scale that are not what the catalogue promises for a kilogram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pydantic_core import InitErrorDetails, PydanticCustomError

from recycling.catalogue import Catalogue, Item

if TYPE_CHECKING:
    from recycling.money.terms import Rates


def broken_promises(rates: Sequence[Rates], catalogue: Catalogue) -> Iterator[InitErrorDetails]:
    """Find every rate in fen that lies outside of what the catalogue promises on some day on which it is in force.

    Each item is named once for each period of rates, with the first such day.
    """
    for number, one in enumerate(rates):
        end = rates[number + 1].valid_from if number + 1 < len(rates) else date.max
        for code, item in catalogue.variants.items():
            if _as_its_thing(one, catalogue, code, item):
                continue
            fen = one.fen(item.material, code)
            day = None if fen is None else _first_broken(item, fen, one.valid_from, end)
            if fen is not None and day is not None:
                low, high = item.offered_at(day).signed()
                said = {"day": day.isoformat(), "low": low, "high": high, "code": code}
                sentence = (
                    "on {day} config/catalogue.toml promises {low} to {high} fen for a kilogram of the item {code};"
                    " give that item a rate of its own in item_fen_per_kg, or a price of that day"
                )
                place = ("rates", number, *one.place_of(item.material, code))
                yield InitErrorDetails(type=PydanticCustomError("promise", sentence, said), loc=place, input=fen)


def _as_its_thing(rates: Rates, catalogue: Catalogue, code: str, item: Item) -> bool:
    """Tell whether a size has price and rate of its thing, which stands for both."""
    thing = catalogue.items[code.partition(".")[0]]
    return "." in code and item.prices == thing.prices and code not in rates.item_fen_per_kg


def _first_broken(item: Item, fen: int, first: date, end: date) -> date | None:
    """Return the first day before `end` whose promise for a kilogram does not hold `fen`."""
    for day in (first, *(price.starts for price in item.prices if first < price.starts < end)):
        price = item.offered_at(day)
        low, high = price.signed()
        if price.by == "weight" and not low <= fen <= high:
            return day
    return None
