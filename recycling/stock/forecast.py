"""How full a vehicle will be after each stop that is still ahead; pure: what is known goes in, a curve comes out.

What people bring to a call is not known beforehand: it strays by a spread (standard deviation over mean), all materials
of a call together, calls apart from each other. ``likely`` is the fill that is passed only with the accepted
probability, the loads being normal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import hypot
from statistics import NormalDist
from typing import Literal

from recycling.stock.loads import Load
from recycling.stock.on_board import EMPTY, Stock
from recycling.stock.vehicle import Vehicle

Kind = Literal["call", "pickup", "take-back", "fetch", "unload"]
PAYLOAD = "payload"
"""Stands for the weight of the whole vehicle beside its compartments."""


@dataclass(frozen=True)
class Ahead:
    """A stop that is still to come.

    Attributes
    ----------
    label
        Name of the place, as people know it.
    loads
        What comes on board, as far as is expected.
    accepted
        At an unload: materials that leave the vehicle; none: everything.
    key
        Of the call, where it is one.
    """

    kind: Kind
    at: datetime
    label: str
    lon: float
    lat: float
    loads: tuple[Load, ...] = ()
    accepted: tuple[str, ...] = ()
    site: str = ""
    key: str = ""
    community: str = ""


@dataclass(frozen=True)
class Point:
    """After a stop: share of each compartment (and of the payload) that is expected, and that is likely not passed."""

    stop: Ahead
    expected: Mapping[str, float]
    likely: Mapping[str, float]

    @property
    def over(self) -> tuple[str, ...]:
        """Codes of what is likely to be too full, the fullest first."""
        return tuple(sorted((c for c in self.likely if self.likely[c] > 1), key=lambda c: -self.likely[c]))


Lot = dict[tuple[str, str], tuple[int, int]]
"""Grams and millilitres by compartment and material that came on board together."""


def curve(vehicle: Vehicle, stock: Stock, ahead: Sequence[Ahead], spread: float, too_full: float) -> tuple[Point, ...]:
    """Return the fill after each stop, in the order in which they come.

    Parameters
    ----------
    spread
        Standard deviation of what a call brings over its mean; of a pickup the weight is taken as it was booked.
    too_full
        Probability with which a compartment may turn out fuller than ``likely`` says.
    """
    z = NormalDist().inv_cdf(1 - too_full)
    sure: list[Lot] = [_lot(vehicle, [], stock)]
    strays: list[Lot] = []
    points = []
    for stop in ahead:
        if stop.kind == "unload":
            sure, strays = ([_left(lot, stop.accepted) for lot in lots] for lots in (sure, strays))
        (strays if stop.kind == "call" else sure).append(_lot(vehicle, stop.loads, EMPTY))
        points.append(_point(vehicle, stop, sure, strays, spread * z))
    return tuple(points)


def first_over(points: Sequence[Point]) -> Point | None:
    """Return the first stop at which something is likely to be too full."""
    return next((point for point in points if point.stop.kind != "unload" and point.over), None)


def _lot(vehicle: Vehicle, loads: Sequence[Load], stock: Stock) -> Lot:
    """Return loads as they go into their compartments, and a stock as it lies in them."""
    lot: Lot = {}
    lying = ((code, load) for code, found in stock.by_compartment.items() for load in found)
    going = ((vehicle.compartment_of(load.material), load) for load in loads)
    for code, load in (*lying, *going):
        grams, millilitres = lot.get((code, load.material), (0, 0))
        lot[code, load.material] = (grams + load.grams, millilitres + load.millilitres)
    return lot


def _left(lot: Lot, accepted: Sequence[str]) -> Lot:
    """Return what stays on board where some materials, or without names all, are taken off."""
    return {key: amounts for key, amounts in lot.items() if accepted and key[1] not in accepted}


def _point(vehicle: Vehicle, stop: Ahead, sure: Sequence[Lot], strays: Sequence[Lot], more: float) -> Point:
    expected, likely = {}, {}
    for part in vehicle.compartments:
        both = [
            _share(sure, strays, more, measure, part.code, 1000 * most)
            for measure, most in ((0, part.kg), (1, part.litres))
        ]
        expected[part.code], likely[part.code] = max(one[0] for one in both), max(one[1] for one in both)
    expected[PAYLOAD], likely[PAYLOAD] = _share(sure, strays, more, 0, None, 1000 * vehicle.kind.kg)
    return Point(stop, expected, likely)


def _share(
    sure: Sequence[Lot], strays: Sequence[Lot], more: float, measure: int, code: str | None, most: int
) -> tuple[float, float]:
    """Return the expected and the likely share of a compartment, or of the whole vehicle."""
    fixed = sum(_amount(lot, measure, code) for lot in sure)
    moving = [_amount(lot, measure, code) for lot in strays]
    mean = fixed + sum(moving)
    return mean / most, (mean + more * hypot(*moving)) / most


def _amount(lot: Lot, measure: int, code: str | None) -> int:
    return sum(amounts[measure] for (part, _), amounts in lot.items() if code is None or part == code)
