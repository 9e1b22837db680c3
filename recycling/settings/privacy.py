"""The table of config/default.toml about how long people stay in the record."""

from __future__ import annotations

from pydantic import Field

from recycling.settings.base import Section


class PrivacySettings(Section):
    """For how many days after its end something still names a person."""

    keep_days: int = Field(ge=1, le=3650)
