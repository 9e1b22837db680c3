"""Goods as weights and the room that they take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recycling.settings.stock import StockSettings


@dataclass(frozen=True)
class Load:
    """Some grams of a material, and millilitres that they take."""

    material: str
    grams: int
    millilitres: int


def load_of(rules: StockSettings, material: str, grams: int) -> Load:
    """Return the load of so many grams, with the room that the material takes as loosely as it lies."""
    return Load(material, grams, round(grams * litres_a_kg(rules, material)))


def litres_a_kg(rules: StockSettings, material: str) -> float:
    """Return how many litres a kilogram takes; one that is not in the settings lies like the loosest one."""
    return rules.litres_a_kg.get(material, max(rules.litres_a_kg.values()))


def together(loads: Iterable[Load]) -> list[Load]:
    """Return one load a material, in the order of their codes."""
    grams: dict[str, int] = {}
    millilitres: dict[str, int] = {}
    for load in loads:
        grams[load.material] = grams.get(load.material, 0) + load.grams
        millilitres[load.material] = millilitres.get(load.material, 0) + load.millilitres
    return [Load(material, grams[material], millilitres[material]) for material in sorted(grams)]
