"""What a pickup comes to between a partner recycler and us: whole fen a line, so that the sum is that of its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from recycling.models import HandoverLine


class Weight(Protocol):
    """What was weighed, of a material, with pieces of an item or without."""

    @property
    def material(self) -> str:
        """Code of the material."""

    @property
    def item(self) -> str:
        """Code of the item, "" for goods by weight."""

    @property
    def pieces(self) -> int:
        """How many pieces, 0 for goods by weight."""

    @property
    def grams(self) -> int:
        """What all of it weighs."""


def priced(terms: Mapping[str, Any], weights: Sequence[Weight]) -> list[HandoverLine]:
    """Return the lines of a pickup with their fen: the pickup itself first, then each weight in turn.

    A price by the piece goes before one by weight; a size has that of its item.
    """
    first = HandoverLine(position=0, material="", item="", pieces=0, grams=0, fen=int(terms["visit"]))
    return [first, *(_priced(terms, weight, number) for number, weight in enumerate(weights, 1))]


def _priced(terms: Mapping[str, Any], weight: Weight, position: int) -> HandoverLine:
    pieces: Mapping[str, int] = terms["item"]
    each = pieces.get(weight.item, pieces.get(weight.item.partition(".")[0])) if weight.item else None
    if each is not None:
        fen = each * weight.pieces
    else:
        fen = by_weight(int(terms["kg"].get(weight.material, 0)), weight.grams)
    return HandoverLine(
        position=position,
        material=weight.material,
        item=weight.item,
        pieces=weight.pieces,
        grams=weight.grams,
        fen=fen,
    )


def by_weight(fen_per_kg: int, grams: int) -> int:
    """Return the fen of so many grams, rounded to whole ones, half of one away from zero."""
    amount, sign = abs(fen_per_kg) * grams, 1 if fen_per_kg >= 0 else -1
    return sign * ((2 * amount + 1000) // 2000)
