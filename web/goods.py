"""What the forms list: every thing that is collected and its sizes, with what is paid for it today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from recycling import clock
from recycling.catalogue import Catalogue, Item
from recycling.catalogue.whole import Hazard
from recycling.errors import N_
from recycling.money.terms import Rates
from web.language import comma, language
from web.points import terms
from web.services import services

HEADINGS = (
    (N_("Appliances and electronics"), ("appliances", "batteries")),
    (N_("Paper, plastic, metal, glass, textiles"), ("paper", "plastic", "metal", "glass", "textiles")),
    (N_("Furniture"), ("furniture",)),
)
"""Headings with the materials under them."""


@dataclass(frozen=True)
class Good:
    """A thing on a form.

    Attributes
    ----------
    low, high
        Fen that one piece adds, positive when we pay.
    least
        Fen that are paid at least for all pieces together, in the direction of the price.
    rate
        Fen of a kilogram at the scale on that day, positive when we pay; None where the scale has no rate for it.
    hazards
        What is dangerous in it.
    common
        Stands among the first; a size of a thing does not.
    """

    item: Item
    low: int
    high: int
    least: int
    rate: int | None
    hazards: tuple[Hazard, ...]
    common: bool


Goods = list[tuple[str, list[tuple[str, Good]]]]
"""Headings with the things below them by code."""


def goods() -> Goods:
    """Return what can be booked today."""
    s = services()
    day = s.settings.clock.today(clock.utc_now())
    return goods_of(s.catalogue, day, terms().known_rates(day))


def goods_of(catalogue: Catalogue, day: date, rates: Rates | None) -> Goods:
    """Return what can be booked on a day, with its prices and, by the rates of the scale, what a kilogram brings."""
    found = [(code, item, _good(catalogue, code, item, day, rates)) for code, item in catalogue.variants.items()]
    return [
        (title, [(code, good) for code, item, good in found if item.material in materials])
        for title, materials in HEADINGS
    ]


def things_text(pieces: Mapping[str, int]) -> str:
    """Say things with their pieces: Fridge × 1, Paint × 3."""
    known = services().catalogue.variants
    named = (f"{known[code].text(language()) if code in known else code} × {n}" for code, n in pieces.items())
    return comma().join(named)


def rate_of(rates: Rates | None, code: str, item: Item, day: date) -> int | None:
    """Return the fen of a kilogram of an item whose price on a day is by weight; None for others and without a rate."""
    by_weight = rates is not None and item.offered_at(day).by == "weight"
    return rates.fen(item.material, code) if rates is not None and by_weight else None


def _good(catalogue: Catalogue, code: str, item: Item, day: date, rates: Rates | None) -> Good:
    price = item.offered_at(day)
    low, high = price.each(item.kg)
    hazards = tuple(catalogue.hazards[hazard] for hazard in item.hazards)
    common = item.common and code in catalogue.items
    return Good(item, low, high, price.least, rate_of(rates, code, item, day), hazards, common)
