"""All settings in one typed object, from the files and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from recycling.clock import ServiceClock
from recycling.errors import N_, ConfigurationError, Fault
from recycling.holidays import Holidays
from recycling.partner_companies import Partners
from recycling.schemes import Schemes
from recycling.settings.deliveries import DeliverySettings
from recycling.settings.files import PREFIX, configuration_error, home, read_toml
from recycling.settings.hooks import HookSettings
from recycling.settings.messages import MessageSettings
from recycling.settings.privacy import PrivacySettings
from recycling.settings.sections import (
    AccessSettings,
    ApiSettings,
    BookingSettings,
    ComplaintSettings,
    DatabaseSettings,
    LateSettings,
    PhotoSettings,
    PlanningSettings,
    RoadSettings,
    ServiceSettings,
    SheetSettings,
    TimetableSettings,
    TrackingSettings,
    VisitSettings,
)
from recycling.settings.siting import SitingSettings
from recycling.settings.spare import SpareSettings
from recycling.settings.stock import StockSettings

File = TypeVar("File", bound=BaseModel)


class Settings(BaseSettings):
    """Everything that an operator can set."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    database: DatabaseSettings
    service: ServiceSettings
    visit: VisitSettings
    booking: BookingSettings
    roads: RoadSettings
    planning: PlanningSettings
    access: AccessSettings
    api: ApiSettings
    messages: MessageSettings
    hooks: HookSettings
    deliveries: DeliverySettings
    timetable: TimetableSettings
    tracking: TrackingSettings
    late: LateSettings
    complaints: ComplaintSettings
    photos: PhotoSettings
    privacy: PrivacySettings
    siting: SitingSettings
    spare: SpareSettings
    stock: StockSettings
    sheets: SheetSettings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment is stronger than the files."""
        return env_settings, init_settings

    @cached_property
    def clock(self) -> ServiceClock:
        """The depot's clock."""
        return self.service.clock

    @cached_property
    def holidays(self) -> Holidays:
        """Days on which nobody drives.

        Raises
        ------
        ConfigurationError
            When the file is not there or not sound; the sentence names its line.
        """
        return _read(self.home / self.service.holidays, Holidays)

    @cached_property
    def schemes(self) -> Schemes:
        """Trade-in schemes; ConfigurationError as above."""
        return _read(self.home / "config" / "schemes.toml", Schemes)

    @cached_property
    def partners(self) -> Partners:
        """Partner recyclers; ConfigurationError as above."""
        return _read(self.home / "config" / "partners.toml", Partners)

    @property
    def home(self) -> Path:
        """The folder that holds ``config``, ``data`` and ``var``."""
        return home()

    @property
    def roads_folder(self) -> Path:
        """Where imported road layers are kept."""
        return self.home / "var" / "roads"

    @property
    def photos_folder(self) -> Path:
        """Where residents' photos are kept, a relative path taken from the home folder."""
        return self.home / self.photos.folder

    @property
    def database_url(self) -> str:
        """The address of the record, a relative SQLite path taken from the home folder."""
        prefix = "sqlite:///"
        url = self.database.url
        if url.startswith(prefix) and not Path(url.removeprefix(prefix)).is_absolute():
            return prefix + str(self.home / url.removeprefix(prefix))
        return url


def _read(path: Path, model: type[File]) -> File:
    data = read_toml(path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise configuration_error([path], error, model) from error


def load_settings(own_file: Path | None = None, **overrides: Mapping[str, Any]) -> Settings:
    """Return the settings of config/default.toml, overlaid by `own_file` and `overrides`, then the environment.

    Raises
    ------
    ConfigurationError
        With one fault for each unknown key, missing key or impossible value.
    """
    path = home() / "config" / "default.toml"
    data = read_toml(path)
    layers = [(own_file, read_toml(own_file))] if own_file else []
    for _, layer in [*layers, (None, overrides)]:
        for section, values in layer.items():
            known = data.get(section)
            data[section] = {**known, **values} if isinstance(known, dict) and isinstance(values, Mapping) else values
    faults = [_unknown_variable(name) for name in sorted(os.environ) if not _known_variable(name)]
    try:
        settings = Settings(**data)
    except SettingsError as error:
        raise ConfigurationError.one(
            "config-bad-value",
            N_("The environment cannot be read: %(what)s. Lists are written as JSON, such as [1, 2]."),
            what=error,
        ) from error
    except ValidationError as error:
        raise ConfigurationError(
            *faults, *configuration_error([*([own_file] if own_file else []), path], error, Settings).faults
        ) from error
    if faults:
        raise ConfigurationError(*faults)
    _ = settings.holidays, settings.schemes, settings.partners  # what is not sound in them is said at the start
    return settings


def _known_variable(name: str) -> bool:
    own = name.upper()
    section = own.removeprefix(PREFIX).split("__")[0].lower()
    return not own.startswith(PREFIX) or own == f"{PREFIX}HOME" or section in Settings.model_fields


def _unknown_variable(name: str) -> Fault:
    sections = [f"{PREFIX}{s.upper()}__.." for s in Settings.model_fields]
    return Fault(
        name,
        "config-unknown-key",
        N_("The environment variable %(name)s is unknown. Names begin with one of: %(known)s."),
        {"name": name, "known": ", ".join(sections)},
    )
