"""The table of siting: what sorting centres cost and hold, and how collected goods travel to them."""

from __future__ import annotations

from pydantic import Field, field_validator

from recycling.settings.base import Section


class SiteSize(Section):
    """A size that a new sorting centre may have: tonnes that it takes in a year, yuan a year for land and building."""

    name: str = Field(min_length=1, max_length=20)
    tonnes: float = Field(gt=0)
    yuan: float = Field(ge=0)


class SitingSettings(Section):
    """What a planner's search for sites counts."""

    working_days: int = Field(ge=1, le=366)
    standing_yuan: float = Field(ge=0)
    yuan_a_tonne: float = Field(ge=0)
    full: float = Field(gt=0, le=1)
    reach_minutes: int = Field(ge=1, le=240)
    sizes: tuple[SiteSize, ...] = Field(min_length=1)

    @field_validator("sizes")
    @classmethod
    def _sizes(cls, value: tuple[SiteSize, ...]) -> tuple[SiteSize, ...]:
        if len({size.name for size in value}) < len(value):
            raise ValueError("two sizes have the same name")
        return value
