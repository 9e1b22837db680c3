"""What the book says is on board, in the dimensions of a day's loads."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.stock.on_board import Stock
from routing.problem import Load


def in_dimensions(dimensions: Sequence[str], stock: Stock) -> Load:
    """Return what is on board in a day's dimensions: kilograms and litres, of some materials by themselves."""
    found = dict.fromkeys(dimensions, 0)
    own = {material: name for name in dimensions for material in name.partition(" ")[2].split("+") if material}
    for load in stock.loads:
        group = f" {own[load.material].partition(' ')[2]}" if load.material in own else ""
        found[f"kg{group}"] += load.grams
        found[f"litres{group}"] += load.millilitres
    return tuple(-(-max(0, amount) // 1000) for amount in found.values())
