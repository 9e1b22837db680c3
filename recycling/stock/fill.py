"""How full a vehicle is: each compartment by weight and by room, and the payload of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recycling.errors import N_, BadRequestError
from recycling.fleet import Compartment
from recycling.stock.loads import Load
from recycling.stock.on_board import Stock
from recycling.stock.vehicle import Vehicle


@dataclass(frozen=True)
class Fill:
    """What lies in a compartment, of what goes into it."""

    compartment: Compartment
    grams: int
    millilitres: int

    @property
    def share(self) -> float:
        """1 when it holds all that it can, by weight or by room, whichever is nearer."""
        part = self.compartment
        return max(self.grams / (part.kg * 1000), self.millilitres / (part.litres * 1000))


def fills(vehicle: Vehicle, stock: Stock) -> list[Fill]:
    """Return how full each compartment is, in the order of the file."""
    found = []
    for part in vehicle.compartments:
        loads = stock.by_compartment.get(part.code, ())
        found.append(Fill(part, sum(n.grams for n in loads), sum(n.millilitres for n in loads)))
    return found


def full_materials(vehicle: Vehicle, stock: Stock, materials: Sequence[str], full: float) -> list[str]:
    """Return which of the materials find no room any more: their compartment or the payload is full."""
    if stock.grams >= full * vehicle.kind.kg * 1000:
        return list(materials)
    share = {fill.compartment.code: fill.share for fill in fills(vehicle, stock)}
    return [code for code in materials if share.get(vehicle.compartment_of(code), 1.0) >= full]


def check_room(vehicle: Vehicle, stock: Stock, loads: Sequence[Load], fits: bool = False) -> None:
    """Refuse what does not go on board; room is an estimate, so that who sees that it ``fits`` may say so.

    Raises
    ------
    BadRequestError
        ``no-compartment`` for a material that the vehicle does not take; ``overloaded`` past the payload;
        ``compartment-full`` past a compartment.
    """
    for load in loads:
        if not vehicle.takes(load.material):
            raise BadRequestError.one(
                "no-compartment",
                N_("%(plate)s has no compartment for %(what)s."),
                plate=vehicle.plate,
                what=load.material,
            )
    over = stock.grams + sum(load.grams for load in loads) - vehicle.kind.kg * 1000
    if over > 0:
        raise BadRequestError.one(
            "overloaded",
            N_("With this %(plate)s is %(kg)s kg too heavy. Unload first."),
            plate=vehicle.plate,
            kg=f"{over / 1000:g}",
        )
    if fits:
        return
    for fill in fills(vehicle, stock):
        more = [n for n in loads if vehicle.compartment_of(n.material) == fill.compartment.code]
        grams, millilitres = sum(n.grams for n in more), sum(n.millilitres for n in more)
        if more and Fill(fill.compartment, fill.grams + grams, fill.millilitres + millilitres).share > 1:
            raise BadRequestError.one(
                "compartment-full",
                N_("With this there is no room left in %(part)s. Unload first, or say that it fits."),
                where="fits",
                part=fill.compartment,
            )
