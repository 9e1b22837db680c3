"""What is collected, what it brings, and where."""

from __future__ import annotations

from typing import Any

from recycling import clock
from recycling.accounts.rights import Action
from recycling.catalogue import direction_of
from recycling.errors import N_
from recycling.places import suggest
from web.api.blueprint import api
from web.api.schemas import ItemsAnswer, PlacesAnswer, PlacesQuery, PricesAnswer, PricesQuery
from web.goods import rate_of
from web.points import terms
from web.services import services

CATALOGUE = "catalogue"


@api.operation("GET", "/items", Action.LOOK, N_("What is collected, and what is not taken"), CATALOGUE)
@api.response(200, ItemsAnswer)
def items() -> dict[str, Any]:
    """Return the catalogue; a size of a thing has a code such as fridge.large."""
    catalogue = services().catalogue
    return {
        "items": [{"code": code, "name": item, **item.model_dump()} for code, item in catalogue.variants.items()],
        "not_taken": [
            {"code": c, "name": r, "why": r.why, "instead": r.instead} for c, r in catalogue.not_taken.items()
        ],
    }


@api.operation("GET", "/prices", Action.LOOK, N_("Prices of a day"), CATALOGUE)
@api.arguments(PricesQuery, location="query")
@api.response(200, PricesAnswer)
def prices(query: dict[str, Any]) -> dict[str, Any]:
    """Return the prices that are valid on a day; what had no price yet is left out."""
    s = services()
    at = query.get("at") or s.settings.clock.today(clock.utc_now())
    found, rates = [], terms().known_rates(at)
    for code, item in s.catalogue.variants.items():
        if at >= item.prices[0].starts:
            price = item.price_at(at)
            (low, high), points = price.fen(item.kg), price.points_of(item.kg)
            direction = direction_of(low, high, points)
            found.append(
                {"item": code, "by": price.by, "direction": direction, "low": low, "high": high, "points": points,
                 "per_kg": rate_of(rates, code, item, at)}
            )  # fmt: skip
    return {"at": at, "prices": found}


@api.operation("GET", "/places", Action.LOOK, N_("Communities and towns by what was typed"), CATALOGUE)
@api.arguments(PlacesQuery, location="query")
@api.response(200, PlacesAnswer)
def places(query: dict[str, Any]) -> dict[str, Any]:
    """Return the places that may be meant, the best first."""
    with services().database.read() as session:
        return {"places": suggest(session, query["q"])}
