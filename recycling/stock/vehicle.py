"""A vehicle as goods see it: its depot and the compartments of its hold."""

from __future__ import annotations

from dataclasses import dataclass

from recycling.errors import N_, NotFoundError
from recycling.fleet import Compartment, Fleet, VehicleType

WHOLE = "whole"
OTHER = "other"
"""Where a material stands in the book that no compartment of the vehicle takes."""


@dataclass(frozen=True)
class Vehicle:
    """A vehicle, its depot and type; at least one compartment."""

    plate: str
    depot: str
    kind: VehicleType
    compartments: tuple[Compartment, ...]

    def compartment_of(self, material: str) -> str:
        """Return the code of the compartment that a material goes into."""
        named = (part.code for part in self.compartments if material in part.materials)
        rest = (part.code for part in self.compartments if not part.materials)
        return next(named, next(rest, OTHER))

    def takes(self, material: str) -> bool:
        """Tell whether any compartment takes the material."""
        return self.compartment_of(material) != OTHER


def the_vehicle(fleet: Fleet, plate: str) -> Vehicle:
    """Return the vehicle of a plate.

    Raises
    ------
    NotFoundError
        When no depot has it.
    """
    found = known_vehicle(fleet, plate)
    if found is None:
        raise NotFoundError.one("no-vehicle", N_("No depot has a vehicle %(plate)s."), plate=plate[:20])
    return found


def known_vehicle(fleet: Fleet, plate: str) -> Vehicle | None:
    """Return the vehicle of a plate, if a depot has it."""
    found = fleet.standing_at(plate)
    if found is None:
        return None
    depot, kind = found
    whole = Compartment(code=WHOLE, zh="车厢", en="Hold", kg=kind.kg, litres=kind.litres)
    return Vehicle(plate, depot, kind, kind.compartments or (whole,))


def vehicles_of(fleet: Fleet, depot: str) -> list[Vehicle]:
    """Return the vehicles of a depot in the order of the file."""
    return [the_vehicle(fleet, plate) for plate, _, _ in fleet.at(depot)]
