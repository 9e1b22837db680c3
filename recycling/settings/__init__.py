"""Configuration: config/default.toml, then an operator's own file, then the environment -> one typed object."""

from __future__ import annotations

from recycling.settings.files import configuration_error, home, read_toml
from recycling.settings.messages import MessageSettings
from recycling.settings.sections import AccessSettings, BookingSettings, VisitSettings
from recycling.settings.whole import Settings, load_settings

__all__ = [
    "AccessSettings",
    "BookingSettings",
    "MessageSettings",
    "Settings",
    "VisitSettings",
    "configuration_error",
    "home",
    "load_settings",
    "read_toml",
]
