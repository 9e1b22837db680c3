"""Vehicles, as config/fleet.toml says: types with sizes and costs, and which depot has which."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from recycling.catalogue import Entry, Name
from recycling.settings import configuration_error, home, read_toml
from routing.roads.profile import VehicleProfile

PlateColour = Literal["blue", "yellow", "green", "white", "black"]
Energy = Literal["diesel", "petrol", "gas", "hybrid", "electric"]

HGV_FROM_TONNES = 3.5


class VehicleType(Name):
    """A kind of vehicle: payload kg and litres, height, width and length m, total weight t, crew, costs in fen.

    Plate colour, energy and kind (what it is licensed as) decide which driving bans bind it.
    """

    kg: int = Field(gt=0)
    litres: int = Field(gt=0)
    height: float = Field(gt=0)
    weight: float = Field(gt=0)
    width: float = Field(default=0, ge=0)
    length: float = Field(default=0, ge=0)
    plate_colour: PlateColour | None = None
    energy: Energy | None = None
    kind: str = ""
    crew: int = Field(ge=1)
    fixed_cost: int = Field(ge=0)
    cost_per_km: int = Field(ge=0)
    cost_per_hour: int = Field(ge=0)


class DepotFleet(Entry):
    """Vehicles of one type that stand at one depot, with the passes that they carry."""

    depot: str
    type: str
    plates: tuple[str, ...]
    permits: tuple[str, ...] = ()


class Fleet(Entry):
    """All vehicle types by code and all vehicles by depot."""

    types: dict[str, VehicleType]
    fleets: tuple[DepotFleet, ...]

    @model_validator(mode="after")
    def _sound(self) -> Fleet:
        seen: set[str] = set()
        for number, group in enumerate(self.fleets):
            if group.type not in self.types:
                raise ValueError(f"fleets.{number}.type: there is no vehicle type {group.type!r}")
            for plate in group.plates:
                if plate in seen:
                    raise ValueError(f"fleets.{number}.plates: the plate {plate} is there twice")
                seen.add(plate)
        return self

    def road_profile(self, plate: str, code: str) -> VehicleProfile:
        """Describe a vehicle as the road and its rules see it."""
        kind = self.types[code]
        permits = next((group.permits for group in self.fleets if plate in group.plates), ())
        return VehicleProfile(
            name=code,
            height=kind.height,
            weight=kind.weight,
            width=kind.width,
            length=kind.length,
            hgv=kind.weight > HGV_FROM_TONNES,
            plate=plate,
            plate_colour=kind.plate_colour or "",
            energy=kind.energy or "",
            kind=kind.kind,
            permits=frozenset(permits),
        )

    def at(self, depot: str) -> list[tuple[str, str, VehicleType]]:
        """Return (plate, type code, type) of each vehicle of a depot, in the order of the file."""
        return [
            (plate, group.type, self.types[group.type])
            for group in self.fleets
            if group.depot == depot
            for plate in group.plates
        ]


def typical(fleet: Fleet, depot: str, people: int, litres: int) -> VehicleType | None:
    """Return the smallest type of vehicle of a depot that crew and load fit, the largest where the load fits none.

    None when no vehicle has crew enough.
    """
    kinds = [kind for _, _, kind in fleet.at(depot) if kind.crew >= people]
    fitting = [kind for kind in kinds if kind.litres >= litres]
    if not fitting:
        return max(kinds, key=lambda kind: (kind.litres, kind.kg), default=None)
    return min(fitting, key=lambda kind: (kind.litres, kind.kg))


def load_fleet(path: Path | None = None) -> Fleet:
    """Read the fleet; ConfigurationError names the line of whatever is wrong in it."""
    path = path or home() / "config" / "fleet.toml"
    data = read_toml(path)
    try:
        return Fleet(**data)
    except ValidationError as error:
        raise configuration_error([path], error, Fleet) from error
