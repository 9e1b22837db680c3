"""Vehicles, as config/fleet.toml says: types with sizes and costs, and which depot has which."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from recycling.catalogue import Entry, Name
from recycling.errors import N_, BadRequestError
from recycling.settings import configuration_error, home, read_toml
from routing.roads.profile import VehicleProfile

PlateColour = Literal["blue", "yellow", "green", "white", "black"]
Energy = Literal["diesel", "petrol", "gas", "hybrid", "electric"]

Skill = Literal["install", "dismantle"]
SKILLS: tuple[Skill, ...] = ("dismantle", "install")
"""What crews can do besides carrying: take an old thing down, set a new one up."""

HGV_FROM_TONNES = 3.5

MOST_ASKED = 256
"""How many answers to who can serve what are remembered; ways in have any height."""


class Compartment(Name):
    """A part of a vehicle's hold: what goes into it, payload kg and litres.

    The materials (codes of the catalogue) that are named share it; without names it takes all that no other one does.
    """

    code: str = Field(pattern=r"^[a-z0-9-]{1,20}$")
    kg: int = Field(gt=0)
    litres: int = Field(gt=0)
    materials: tuple[str, ...] = ()


class VehicleType(Name):
    """A kind of vehicle: payload kg and litres, height, width and length m, total weight t, crew, costs in fen.

    ``tail_lift`` says that heavy things can be lowered into it and out of it.
    Plate colour, energy and kind (what it is licensed as) decide which driving bans bind it. Without ``compartments``
    it has one hold for everything. ``range_km`` is how far an electric one drives on a full battery; without it there
    is no bound.
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
    tail_lift: bool = False
    fixed_cost: int = Field(ge=0)
    cost_per_km: int = Field(ge=0)
    cost_per_hour: int = Field(ge=0)
    compartments: tuple[Compartment, ...] = ()
    range_km: int | None = Field(default=None, gt=0, le=2000)

    @model_validator(mode="after")
    def _electric(self) -> VehicleType:
        if self.range_km is not None and self.energy != "electric":
            raise ValueError('range_km: only vehicles with energy = "electric" have one')
        return self

    @model_validator(mode="after")
    def _divided(self) -> VehicleType:
        parts = self.compartments
        codes, named = [part.code for part in parts], [m for part in parts for m in part.materials]
        if len(set(codes)) < len(codes):
            raise ValueError("compartments: two have the same code")
        if len(set(named)) < len(named):
            raise ValueError("compartments: a material has its place in one compartment only")
        if sum(not part.materials for part in parts) > 1:
            raise ValueError("compartments: only one can take all that the others do not")
        if sum(part.litres for part in parts) > self.litres:
            raise ValueError(f"compartments: together they hold more than the {self.litres} litres of the vehicle")
        return self

    def can_serve(self, people: int, tail_lift: bool = False, height_limit: float | None = None) -> bool:
        """Tell whether it has crew enough, a tail lift where one is needed, and fits under a way in of so many m."""
        low = height_limit is None or self.height <= height_limit
        return self.crew >= people and (self.tail_lift or not tail_lift) and low


class DepotFleet(Entry):
    """Vehicles of one type that stand at one depot, with the passes that they carry and what their crews can do."""

    depot: str
    type: str
    plates: tuple[str, ...]
    permits: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()


class Driver(Entry):
    """Who drives a vehicle on which weekdays (0 is Monday), by the number or name that the depot knows them by."""

    name: str = Field(min_length=1, max_length=20)
    plate: str
    weekdays: tuple[int, ...] = tuple(range(7))

    @field_validator("weekdays")
    @classmethod
    def _days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or len(set(value)) != len(value) or not set(value) <= set(range(7)):
            raise ValueError("write weekdays as numbers from 0 (Monday) to 6, each once")
        return tuple(sorted(value))


class Fleet(Entry):
    """All vehicle types by code, all vehicles by depot, and who drives them.

    At the sites of ``charging``, by code, an electric vehicle leaves with a full battery when it has unloaded.
    """

    types: dict[str, VehicleType]
    fleets: tuple[DepotFleet, ...]
    drivers: tuple[Driver, ...] = ()
    charging: tuple[str, ...] = ()

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
        self._sound_drivers(seen)
        return self

    def _sound_drivers(self, plates: set[str]) -> None:
        at_wheel: dict[tuple[str, int], str] = {}
        busy: dict[tuple[str, int], str] = {}
        for number, row in enumerate(self.drivers):
            if row.plate not in plates:
                raise ValueError(f"drivers.{number}.plate: there is no vehicle {row.plate!r}")
            for day in row.weekdays:
                other = at_wheel.setdefault((row.plate, day), row.name)
                if other != row.name:
                    raise ValueError(f"drivers.{number}.weekdays: on day {day} {other} drives {row.plate}")
                if busy.setdefault((row.name, day), row.plate) != row.plate:
                    elsewhere = busy[row.name, day]
                    raise ValueError(f"drivers.{number}.weekdays: on day {day} {row.name} drives {elsewhere}")

    def driver_of(self, plate: str, weekday: int) -> str:
        """Return who drives a vehicle on a weekday (0 is Monday); "" where nobody is named."""
        rows = (row for row in self.drivers if row.plate == plate and weekday in row.weekdays)
        return next((row.name for row in rows), "")

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

    def skills_of(self, plate: str) -> frozenset[str]:
        """Return what the crew of a vehicle can do besides carrying."""
        return self._skills.get(plate, frozenset())

    def at(self, depot: str) -> list[tuple[str, str, VehicleType]]:
        """Return (plate, type code, type) of each vehicle of a depot, in the order of the file."""
        return list(self._by_depot.get(depot, ()))

    def able(
        self, depot: str, people: int, tail_lift: bool = False, height_limit: float | None = None
    ) -> tuple[VehicleType, ...]:
        """Return the types of a depot's vehicles that can serve it, each once: see `VehicleType.can_serve`."""
        asked = (depot, people, tail_lift, height_limit)
        found = self._able.get(asked)
        if found is None:
            if len(self._able) >= MOST_ASKED:
                self._able.clear()
            types = {code: kind for _, code, kind in self._by_depot.get(depot, ())}
            able = [kind for kind in types.values() if kind.can_serve(people, tail_lift, height_limit)]
            found = self._able[asked] = tuple(able)
        return found

    def alike(self, depot: str) -> bool:
        """Tell whether all vehicles of a depot are of one type, with crews that can do the same."""
        return depot not in self._mixed

    @cached_property
    def _mixed(self) -> frozenset[str]:
        each = {depot: {(code, self.skills_of(plate)) for plate, code, _ in at} for depot, at in self._by_depot.items()}
        return frozenset(depot for depot, kinds in each.items() if len(kinds) > 1)

    @cached_property
    def _skills(self) -> Mapping[str, frozenset[str]]:
        return {plate: frozenset(group.skills) for group in self.fleets for plate in group.plates}

    @cached_property
    def _by_depot(self) -> Mapping[str, list[tuple[str, str, VehicleType]]]:
        found: dict[str, list[tuple[str, str, VehicleType]]] = {group.depot: [] for group in self.fleets}
        for group in self.fleets:
            found[group.depot] += [(plate, group.type, self.types[group.type]) for plate in group.plates]
        return found

    @cached_property
    def _able(self) -> dict[tuple[str, int, bool, float | None], tuple[VehicleType, ...]]:
        """What `able` has answered; a booking asks several times for the same."""
        return {}

    def standing_at(self, plate: str) -> tuple[str, VehicleType] | None:
        """Return the depot and the type of a vehicle; None for a plate that no vehicle has."""
        for group in self.fleets:
            if plate in group.plates:
                return group.depot, self.types[group.type]
        return None

    def plate_of(self, depot: str, plate: str, known: str = "") -> str:
        """Return the plate, which is none (""), `known`, or that of a vehicle of the depot.

        Raises
        ------
        BadRequestError
            For any other.
        """
        if plate not in ("", known, *(own for own, _, _ in self.at(depot))):
            raise BadRequestError.one(
                "no-vehicle",
                N_("Depot %(depot)s has no vehicle %(plate)s."),
                where="plate",
                depot=depot,
                plate=plate[:20],
            )
        return plate

    def higher_than(self, depot: str, metres: float | None) -> frozenset[str]:
        """Return the plates of a depot's vehicles that do not fit under a way in of so many metres."""
        return frozenset(plate for plate, _, kind in self.at(depot) if not kind.can_serve(0, height_limit=metres))


def typical(
    fleet: Fleet, depot: str, people: int, litres: int, tail_lift: bool = False, height_limit: float | None = None
) -> VehicleType | None:
    """Return the smallest type of vehicle of a depot that crew and load fit, the largest where the load fits none.

    None when no vehicle can serve it: see `VehicleType.can_serve`.
    """
    kinds = fleet.able(depot, people, tail_lift, height_limit)
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
