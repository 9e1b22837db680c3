"""The table of siting: what sorting centres cost and hold, and how collected goods travel to them."""

from __future__ import annotations

from pydantic import Field, field_validator

from recycling.settings.base import Section


class SiteSize(Section):
    """A size that a new sorting centre may have: tonnes that it takes in a year, yuan a year for land and building."""

    name: str = Field(min_length=1, max_length=20)
    tonnes: float = Field(gt=0)
    yuan: float = Field(ge=0)


class Market(Section):
    """Who buys sorted materials, where (degrees, WGS 84), and yuan for a tonne of each that it takes, others not.

    ``way_km`` is stated where no road of the layer leads there: besides the roads to its place, or (``way_alone``)
    instead of them, from every centre alike. Minutes that are not stated are those at 60 km/h.
    """

    code: str = Field(min_length=1, max_length=20)
    zh: str
    en: str
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    yuan_a_tonne: dict[str, float] = Field(min_length=1)
    way_km: float | None = Field(default=None, ge=0)
    way_minutes: float | None = Field(default=None, ge=0)
    way_alone: bool = True


class TierSettings(Section):
    """What stations cost and hold, how pressed goods travel on from there, and who buys them."""

    standing_tonnes: float = Field(gt=0)
    standing_yuan: float = Field(ge=0)
    yuan_a_tonne: float = Field(ge=0)
    sizes: tuple[SiteSize, ...] = Field(min_length=1)
    load_tonnes: float = Field(gt=0)
    cost_per_km: float = Field(ge=0)
    cost_per_hour: float = Field(ge=0)
    grams_co2_per_km: float = Field(ge=0)
    markets: tuple[Market, ...] = Field(min_length=1)


class SitingSettings(Section):
    """What a planner's search for sites counts."""

    working_days: int = Field(ge=1, le=366)
    standing_yuan: float = Field(ge=0)
    yuan_a_tonne: float = Field(ge=0)
    full: float = Field(gt=0, le=1)
    reach_minutes: int = Field(ge=1, le=240)
    ways_days: int = Field(ge=1, le=3650)
    ways_megabytes: int = Field(ge=1, le=1_000_000)
    sizes: tuple[SiteSize, ...] = Field(min_length=1)
    tiers: TierSettings

    @field_validator("sizes")
    @classmethod
    def _sizes(cls, value: tuple[SiteSize, ...]) -> tuple[SiteSize, ...]:
        if len({size.name for size in value}) < len(value):
            raise ValueError("two sizes have the same name")
        return value
