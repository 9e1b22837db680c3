"""What of each visit's goods is of which material, in kilograms and litres."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.catalogue import Catalogue, load_catalogue
from recycling.models import Booking, Call, TradeInOrder
from recycling.settings import Settings
from recycling.unload_places import Shares


def shares_of(
    settings: Settings, bookings: Sequence[Booking], calls: Sequence[Call], orders: Sequence[TradeInOrder]
) -> dict[str, Shares]:
    """Return the shares of visits by the ids that their stops have in the day's problem.

    What people bring to a truck call is divided as `[stock] brought` says, by weight, and by how loosely it lies.
    """
    catalogue = load_catalogue()
    found: dict[str, Shares] = {}
    for booking in bookings:
        lines = ((line.item, line.kg * line.pieces, line.litres * line.pieces) for line in booking.lines)
        found[f"b:{booking.id}"] = _summed(catalogue, list(lines))
    for order in orders:
        things = order.things_back
        known = [(code, count, catalogue.variants[code]) for code, count in things if code in catalogue.variants]
        visit = "t" if order.fetch_start is None else "f"
        things_of = [(code, item.kg * count, item.litres * count) for code, count, item in known]
        found[f"{visit}:{order.id}"] = _summed(catalogue, things_of)
    stock = settings.stock
    loose = {code: share * stock.litres_a_kg.get(code, 1.0) for code, share in stock.brought.items()}
    for call in calls:
        found[f"c:{call.id}"] = {
            code: (
                round(call.expected_kg * share),
                round(call.expected_litres * loose[code] / sum(loose.values())),
            )
            for code, share in stock.brought.items()
        }
    return found


def _summed(catalogue: Catalogue, things: Sequence[tuple[str, int, int]]) -> Shares:
    total: dict[str, tuple[int, int]] = {}
    for code, kg, litres in things:
        item = catalogue.variants.get(code)
        if item is not None:
            before = total.get(item.material, (0, 0))
            total[item.material] = (before[0] + kg, before[1] + litres)
    return total
