"""What a booking is about to weigh, take and cost, before anybody has seen the things."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from recycling.catalogue.items import Item
from recycling.catalogue.prices import Direction, Price, direction_of
from recycling.catalogue.service import Where, minutes_of

if TYPE_CHECKING:
    from recycling.catalogue.whole import Catalogue


@dataclass(frozen=True)
class EstimateLine:
    """Some pieces of one item: fen lowest and highest (positive when we pay), points, and one person's minutes."""

    code: str
    item: Item
    pieces: int
    price: Price
    low: int
    high: int
    points: int
    kg: int
    litres: int
    minutes: float

    @property
    def direction(self) -> Direction:
        """Who pays."""
        return direction_of(self.low, self.high, self.points)


@dataclass(frozen=True)
class Estimate:
    """The sums of a booking's lines, by the prices of a day.

    Attributes
    ----------
    low, high
        Fen, positive when we pay.
    minutes
        Of one person's work at the door; `visit_minutes` shares them among the crew.
    people, tail_lift, tools
        What crew and vehicle must bring.
    data_bearing, photos
        Codes of items that hold data, and of those that a picture must be given of.
    """

    day: date
    lines: tuple[EstimateLine, ...]
    low: int
    high: int
    points: int
    kg: int
    litres: int
    minutes: float
    people: int
    tail_lift: bool
    tools: tuple[str, ...]
    data_bearing: tuple[str, ...]
    photos: tuple[str, ...]

    @property
    def direction(self) -> Direction:
        """Who pays; ``either`` when it depends on what is found."""
        return direction_of(self.low, self.high, self.points)


def estimate(
    catalogue: Catalogue,
    items: Mapping[str, int],
    day: date,
    *,
    floor: int = 1,
    lift: bool = False,
    where: Where = "flat",
    dismantle: Collection[str] = (),
) -> Estimate:
    """Sum up items with their pieces by the prices of a day; `dismantle` names those that are to be taken apart.

    Raises
    ------
    BadRequestError
        For an item that is not known.
    NotFoundError
        When an item has no price yet on that day.
    """
    lines = []
    tools: list[str] = []
    for code, pieces in items.items():
        item = catalogue.find(code)
        price = item.price_at(day)
        low, high = price.fen(item.kg, pieces)
        lines.append(
            EstimateLine(
                code=code,
                item=item,
                pieces=pieces,
                price=price,
                low=low,
                high=high,
                points=price.points_of(item.kg, pieces),
                kg=item.kg * pieces,
                litres=item.litres * pieces,
                minutes=minutes_of(catalogue, code, pieces, floor, lift, where, code in dismantle),
            )
        )
        tools += item.tools
        if code in dismantle and item.dismantling:
            tools += item.dismantling.tools
    return Estimate(
        day=day,
        lines=tuple(lines),
        low=sum(line.low for line in lines),
        high=sum(line.high for line in lines),
        points=sum(line.points for line in lines),
        kg=sum(line.kg for line in lines),
        litres=sum(line.litres for line in lines),
        minutes=sum(line.minutes for line in lines),
        people=max((line.item.people for line in lines), default=1),
        tail_lift=any(line.item.tail_lift for line in lines),
        tools=tuple(dict.fromkeys(tools)),
        data_bearing=tuple(line.code for line in lines if line.item.data_bearing),
        photos=tuple(line.code for line in lines if line.item.photo == "must"),
    )
