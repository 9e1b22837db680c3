"""Vehicles, as config/fleet.toml says: types with sizes and costs, and which depot has which."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from recycling.catalogue import Entry, Name
from recycling.settings import configuration_error, home, read_toml


class VehicleType(Name):
    """A kind of vehicle: payload kg and litres, height m, total weight t, crew, costs in fen."""

    kg: int = Field(gt=0)
    litres: int = Field(gt=0)
    height: float = Field(gt=0)
    weight: float = Field(gt=0)
    crew: int = Field(ge=1)
    fixed_cost: int = Field(ge=0)
    cost_per_km: int = Field(ge=0)
    cost_per_hour: int = Field(ge=0)


class DepotFleet(Entry):
    """Vehicles of one type that stand at one depot."""

    depot: str
    type: str
    plates: tuple[str, ...]


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

    def at(self, depot: str) -> list[tuple[str, str, VehicleType]]:
        """Return (plate, type code, type) of each vehicle of a depot, in the order of the file."""
        return [
            (plate, group.type, self.types[group.type])
            for group in self.fleets
            if group.depot == depot
            for plate in group.plates
        ]


def load_fleet(path: Path | None = None) -> Fleet:
    """Read the fleet; ConfigurationError names the line of whatever is wrong in it."""
    path = path or home() / "config" / "fleet.toml"
    data = read_toml(path)
    try:
        return Fleet(**data)
    except ValidationError as error:
        raise configuration_error([path], error, Fleet) from error
