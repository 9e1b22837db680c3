"""The table of config/default.toml about partners' trips that have room to spare."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from recycling.settings.base import Section


class SpareSettings(Section):
    """How long a partner has for its answer, and what is offered at all."""

    answer_minutes: int = Field(ge=5, le=1440)
    ends_before_minutes: int = Field(ge=5, le=600)
    detour_minutes: int = Field(ge=1, le=120)
    most: int = Field(ge=1, le=50)
    least_gain_yuan: float = Field(ge=0, le=1000)
    candidates: int = Field(ge=1, le=500)
    seconds: float = Field(gt=0, le=3600)

    @property
    def answering(self) -> timedelta:
        """How long a partner has for its answer."""
        return timedelta(minutes=self.answer_minutes)

    @property
    def ending(self) -> timedelta:
        """How long before a day's cut-off the last answer is taken, so that what is declined is planned by us."""
        return timedelta(minutes=self.ends_before_minutes)

    @property
    def least_gain(self) -> int:
        """Fen by which an offer must save more than is asked for it."""
        return round(self.least_gain_yuan * 100)
