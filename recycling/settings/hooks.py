"""The table of config/default.toml about what shops' programs are told."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from recycling.settings.base import Section


class HookSettings(Section):
    """How long an address may take, when it is given up, and how long is kept what was sent."""

    timeout_seconds: float = Field(gt=0, le=60)
    give_up_hours: float = Field(gt=0, le=168)
    keep_days: int = Field(ge=1, le=3650)
    local_addresses: bool

    @property
    def giving_up(self) -> timedelta:
        """How long an event is tried."""
        return timedelta(hours=self.give_up_hours)
