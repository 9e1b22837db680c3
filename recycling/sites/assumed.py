"""What a scenario assumes: costs, rates and the reach, as the configuration had them when it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Site
from recycling.settings import Settings
from recycling.settings.base import Section
from recycling.settings.siting import SiteSize

STANDING = "standing"
"""The size of a centre that stands."""


class Assumed(Section):
    """Assumptions of a scenario; money in yuan where the name says so, else in fen.

    Attributes
    ----------
    reach_minutes
        Within how many minutes by road a centre should be.
    demand_percent
        What people bring, 100 for what the timetable's rates expect.
    load_tonnes
        What a truck carries on a way to a centre; it drives there and back for it.
    capacities
        Tonnes a year of each centre that stands, by its code.
    sizes
        What a new centre may be.
    routes_share, routes_yuan
        What a yuan of ways there and back is in routes, and yuan a year of routes besides, where routes of sampled days
        have taught it (`recycling.sites.driving`).
    stated_share, stated_tonne_share
        By which shares costs count that sites state themselves; other than 1 only while it is tried what they weigh.
    """

    reach_minutes: int = Field(ge=1, le=240)
    demand_percent: int = Field(default=100, ge=1, le=1000)
    vehicle: str
    load_tonnes: float = Field(gt=0)
    cost_per_km: float = Field(ge=0)
    cost_per_hour: float = Field(ge=0)
    grams_co2_per_km: float = Field(ge=0)
    grams_a_week_urban: float = Field(ge=0)
    grams_a_week_rural: float = Field(ge=0)
    standing_yuan: float = Field(ge=0)
    yuan_a_tonne: float = Field(ge=0)
    capacities: dict[str, float]
    sizes: tuple[SiteSize, ...]
    routes_share: float = Field(default=1.0, gt=0, le=10)
    routes_yuan: float = 0.0
    stated_share: float = Field(default=1.0, ge=0, exclude=True)
    stated_tonne_share: float = Field(default=1.0, ge=0, exclude=True)

    def capacity(self, code: str, size: str) -> float:
        """Return the tonnes a year that a site of this size can sort; 0 for what is not known any more."""
        if size == STANDING:
            return self.capacities.get(code, 0.0)
        return next((one.tonnes for one in self.sizes if one.name == size), 0.0)

    def yuan_a_year(self, size: str) -> float:
        """Return what a site of this size costs a year, whatever it sorts."""
        if size == STANDING:
            return self.standing_yuan
        return next((one.yuan for one in self.sizes if one.name == size), 0.0)

    def transport(self, yuan: Any) -> Any:
        """Return what ways there and back cost in routes, of a number or an array of yuan a year."""
        return yuan * self.routes_share + self.routes_yuan

    @property
    def smallest(self) -> str:
        """The name of the size that holds least."""
        return min(self.sizes, key=lambda size: size.tonnes).name


def assumed_now(settings: Settings, fleet: Fleet, centres: Iterable[Site], vehicle: str = "") -> Assumed:
    """Return what the configuration says now, for the truck that timetable.vehicle names or another type.

    Raises
    ------
    BadRequestError
        Where config/fleet.toml has no such type.
    """
    rules, code = settings.siting, vehicle or settings.timetable.vehicle
    if code not in fleet.types:
        raise BadRequestError.one(
            "no-vehicle-type",
            N_("config/fleet.toml has no vehicle type %(kind)s. Choose one of those that it has."),
            where="vehicle",
            kind=code[:20],
        )
    kind = fleet.types[code]
    return Assumed(
        reach_minutes=rules.reach_minutes,
        vehicle=code,
        load_tonnes=rules.full * min(kind.kg, kind.litres / settings.timetable.litres_a_kg) / 1000,
        cost_per_km=kind.cost_per_km,
        cost_per_hour=kind.cost_per_hour,
        grams_co2_per_km=settings.booking.grams_co2_per_km,
        grams_a_week_urban=settings.timetable.grams_a_week_urban,
        grams_a_week_rural=settings.timetable.grams_a_week_rural,
        standing_yuan=rules.standing_yuan,
        yuan_a_tonne=rules.yuan_a_tonne,
        capacities={site.code: site.tonnes_per_day * rules.working_days for site in centres},
        sizes=rules.sizes,
    )
