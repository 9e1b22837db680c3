"""Streams of goods to their treatment, and the legs of a booking whose goods one truck may not carry together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from recycling.catalogue.entries import Name

if TYPE_CHECKING:
    from recycling.catalogue.whole import Catalogue


class Stream(Name):
    """Goods that go the same way.

    ``goes_to`` is said to residents, ``centre`` is the kind of centre that takes them, ``rides_with`` the streams on
    whose truck they may go.
    """

    goes_to: Name
    centre: Literal["comprehensive", "specialised"]
    rides_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leg:
    """What one truck takes of a booking: the stream that it drives for, items with pieces, and their sums."""

    stream: str
    items: Mapping[str, int]
    kg: int
    litres: int
    people: int
    tail_lift: bool


def legs_of(catalogue: Catalogue, items: Mapping[str, int]) -> list[Leg]:
    """Return the legs of a booking, in the order of the file's streams; one leg unless goods need their own trucks.

    A stream that may ride with another one joins the first such stream that has a leg; the order in which the items
    are given changes nothing.

    Raises
    ------
    BadRequestError
        For an item that is not known.
    """
    streams = {code: catalogue.stream_of(catalogue.find(code)) for code in items}
    present = [code for code in catalogue.streams if code in streams.values()]
    hosts = {code: [h for h in present if h in catalogue.streams[code].rides_with] for code in present}
    own = [code for code in present if not hosts[code]]
    leg_of = {code: code for code in own}
    for code in present:
        if code not in leg_of:
            leg_of[code] = next((h for h in own if h in hosts[code]), code)
            if leg_of[code] == code:
                own.append(code)
    order = list(catalogue.variants)
    legs = []
    for leg in catalogue.streams:
        taken = {c: items[c] for c in sorted(items, key=order.index) if leg_of[streams[c]] == leg}
        if taken:
            legs.append(_leg(catalogue, leg, taken))
    return legs


def _leg(catalogue: Catalogue, stream: str, items: Mapping[str, int]) -> Leg:
    found = [(catalogue.find(code), pieces) for code, pieces in items.items()]
    return Leg(
        stream=stream,
        items=items,
        kg=sum(item.kg * pieces for item, pieces in found),
        litres=sum(item.litres * pieces for item, pieces in found),
        people=max(item.people for item, _ in found),
        tail_lift=any(item.tail_lift for item, _ in found),
    )
