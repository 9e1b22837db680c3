"""Configuration: config/default.toml, then an operator's own file, then the environment -> one typed object."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from recycling.clock import ServiceClock, Span, parse_hour
from recycling.deadlines import Deadline
from recycling.errors import N_, ConfigurationError, Fault
from recycling.holidays import Holidays

PREFIX = "RECYCLING_"
"""Begins the name of every environment variable of ours."""


BUILT_IN_CHANNELS = ("console", "file")
"""Channels for messages that need no provider."""


def home() -> Path:
    """Return the folder that holds ``config`` and ``data``: RECYCLING_HOME, or the checkout of this package."""
    return Path(os.environ.get("RECYCLING_HOME") or Path(__file__).resolve().parent.parent)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DatabaseSettings(_Section):
    """Where the record is kept."""

    url: str


class ServiceSettings(_Section):
    """Hours that residents and crews live by."""

    timezone: str
    windows: tuple[str, ...] = Field(min_length=1)
    shift: str
    evening_cut_off: str
    horizon_days: int = Field(ge=1, le=60)
    holidays: str = Field(min_length=1)
    break_begins: str
    break_minutes: int = Field(ge=0, le=180)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone; write one such as Asia/Shanghai") from error
        return value

    @field_validator("windows")
    @classmethod
    def _windows(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            Span.parse(text)
        return value

    @field_validator("shift", "break_begins")
    @classmethod
    def _span(cls, value: str) -> str:
        Span.parse(value)
        return value

    @field_validator("evening_cut_off")
    @classmethod
    def _hour(cls, value: str) -> str:
        parse_hour(value)
        return value

    @property
    def clock(self) -> ServiceClock:
        """The depot's clock."""
        return ServiceClock(ZoneInfo(self.timezone))

    @property
    def window_spans(self) -> tuple[Span, ...]:
        """The windows that can be promised."""
        return tuple(Span.parse(w) for w in self.windows)

    @property
    def cut_off(self) -> time:
        """The hour at which tomorrow is closed and planned."""
        return parse_hour(self.evening_cut_off)


class VisitSettings(_Section):
    """How long a visit takes."""

    parking_minutes: float = Field(ge=0)
    stair_minutes_per_item_floor: float = Field(ge=0)
    longest_minutes: float = Field(gt=0)
    call_tolerance_minutes: int = Field(ge=0, le=60)


class BookingSettings(_Section):
    """How windows are offered, kept and given back; distances are metres."""

    hold_minutes: int = Field(ge=1, le=120)
    fill: float = Field(gt=0, le=1.5)
    unload_minutes_a_load: float = Field(ge=0)
    detour: float = Field(ge=1, le=3)
    longest_way_minutes: float = Field(gt=0)
    kmh_near: float = Field(gt=0, le=120)
    kmh_far: float = Field(gt=0, le=120)
    near_metres: int = Field(ge=0)
    grams_co2_per_km: int = Field(ge=0)
    walking_metres: int = Field(ge=0)
    most_open: int = Field(ge=1, le=1000)
    duplicate_days: int = Field(ge=0, le=60)
    offer_minutes: int = Field(ge=5, le=1440)
    planned_days: bool
    late_minutes: int = Field(ge=0, le=720)
    missed_days: int = Field(ge=0, le=30)
    group_households: int = Field(ge=2, le=200)
    move_until: str
    cancel_until: str
    narrow_minutes: int = Field(ge=15, le=240)

    @field_validator("move_until", "cancel_until")
    @classmethod
    def _deadline(cls, value: str) -> str:
        Deadline.parse(value)
        return value

    @property
    def moving(self) -> Deadline:
        """Until when a resident may move a booking or change what it says."""
        return Deadline.parse(self.move_until)

    @property
    def cancelling(self) -> Deadline:
        """Until when a resident may cancel."""
        return Deadline.parse(self.cancel_until)


class RoadSettings(_Section):
    """How doors meet roads, and who answers for travel times."""

    snap_metres: float = Field(gt=0)
    engine: Literal["own", "osrm", "valhalla"]
    server: str

    @model_validator(mode="after")
    def _addressed(self) -> RoadSettings:
        if self.engine != "own" and not self.server.startswith(("http://", "https://")):
            raise ValueError("roads.server: name the server's address, such as http://localhost:5000")
        return self


class PlanningSettings(_Section):
    """How long and how hard a day is searched, and what leaving an order out costs (fen)."""

    seconds: float = Field(gt=0, le=3600)
    cores: int = Field(ge=1, le=64)
    seed: int
    promise_slack_minutes: int = Field(ge=0, le=60)
    prize_booking: int = Field(ge=0)
    prize_delivery: int = Field(ge=0)
    prize_call: int = Field(ge=0)
    memory_mb: int = Field(ge=500)
    extra_seconds: float = Field(ge=5)


class _ByRole(_Section):
    """A number for each role."""

    resident: int = Field(ge=1)
    clerk: int = Field(ge=1)
    dispatcher: int = Field(ge=1)
    driver: int = Field(ge=1)
    centre: int = Field(ge=1)
    retailer: int = Field(ge=1)
    planner: int = Field(ge=1)
    manager: int = Field(ge=1)
    admin: int = Field(ge=1)

    def of(self, role: str) -> int:
        """Return the role's number."""
        return int(getattr(self, role))


class AccessSettings(_Section):
    """How people prove who they are, and for how long that holds."""

    https: bool
    trusted_proxy: str
    code_minutes: int = Field(ge=1, le=10)
    code_tries: int = Field(ge=1, le=5)
    codes_per_phone_hour: int = Field(ge=1, le=20)
    codes_per_phone_day: int = Field(ge=1, le=50)
    codes_per_address_hour: int = Field(ge=1)
    wrong_passwords: int = Field(ge=1, le=20)
    wrong_passwords_name: int = Field(ge=1, le=200)
    wrong_passwords_address: int = Field(ge=1)
    link_hours: int = Field(ge=1, le=168)
    context_words: tuple[str, ...]
    idle_minutes: _ByRole
    longest_hours: _ByRole


class ApiSettings(_Section):
    """How many calls a program may make in a minute, by what it does and whether it has a key."""

    reads_a_minute: int = Field(ge=1)
    writes_a_minute: int = Field(ge=1)
    key_reads_a_minute: int = Field(ge=1)
    key_writes_a_minute: int = Field(ge=1)

    def most(self, has_key: bool, writes: bool) -> int:
        """Return the calls in a minute that a program may make."""
        if has_key:
            return self.key_writes_a_minute if writes else self.key_reads_a_minute
        return self.writes_a_minute if writes else self.reads_a_minute


class Signature(_Section):
    """Who a message is from, in each language."""

    zh: str = Field(max_length=20)
    en: str = Field(max_length=20)


class MessageSettings(_Section):
    """How residents are told, through which channels, and for how long it is tried."""

    site: str
    signature: Signature
    channels: tuple[str, ...] = Field(min_length=1)
    one_time: tuple[str, ...]
    schemes: tuple[str, ...]
    local_gateways: bool
    addresses: dict[str, str]
    receipt_keys: dict[str, str]
    quiet_from: str
    quiet_until: str
    timeout_seconds: float = Field(gt=0, le=60)
    fall_back_minutes: int = Field(ge=0, le=1440)
    give_up_hours: float = Field(gt=0, le=72)
    most_attempts: int = Field(ge=1, le=1000)

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def _hour(cls, value: str) -> str:
        parse_hour(value)
        return value

    @field_validator("site")
    @classmethod
    def _site(cls, value: str) -> str:
        if (value and not value.startswith(("http://", "https://"))) or any(c.isspace() for c in value):
            raise ValueError('write the address that residents reach, such as https://recycling.example.cn, or ""')
        return value

    @model_validator(mode="after")
    def _channels(self) -> MessageSettings:
        """Addresses hold passwords, so no sentence repeats one."""
        for name, address in self.addresses.items():
            scheme = address.partition("://")[0].lower()
            if name in BUILT_IN_CHANNELS or not (name.isascii() and name.isidentifier()):
                raise ValueError(f"messages.addresses: {name!r} cannot be a channel's name")
            if scheme not in self.schemes:
                raise ValueError(
                    f"messages.addresses.{name}: addresses of this kind are not allowed; messages.schemes lists those"
                    " that are"
                )
            if "{phone}" not in address:
                raise ValueError(
                    f"messages.addresses.{name}: {{phone}} is missing, so every message would go to the same place"
                )
        known = {*BUILT_IN_CHANNELS, *self.addresses}
        for key, names in (
            ("channels", self.channels),
            ("one_time", self.one_time),
            ("receipt_keys", self.receipt_keys),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(
                        f"messages.{key}: there is no channel {name}; known are {', '.join(sorted(known))}"
                    )
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("messages.channels: a channel stands here twice")
        for name, key in self.receipt_keys.items():
            if len(key) < 16:
                raise ValueError(f"messages.receipt_keys.{name}: a key has at least 16 characters")
        return self


class TrackingSettings(_Section):
    """What residents see of a crew on its way."""

    minutes_before: int = Field(ge=0, le=120)
    minutes_after: int = Field(ge=0, le=240)
    link_hours: int = Field(ge=1, le=168)


class PhotoSettings(_Section):
    """Photos that residents add to a booking: where they lie, how many and how large, and for how long."""

    folder: str = Field(min_length=1)
    most: int = Field(ge=0, le=20)
    megabytes: int = Field(ge=1, le=50)
    megapixels: int = Field(ge=1, le=170)
    side: int = Field(ge=320, le=8000)
    keep_days: int = Field(ge=1, le=3650)

    @property
    def most_bytes(self) -> int:
        """Bytes that one photo may have as it arrives."""
        return self.megabytes * 1024 * 1024


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
    tracking: TrackingSettings
    photos: PhotoSettings

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
        path = self.home / self.service.holidays
        data = read_toml(path)
        try:
            return Holidays.model_validate(data)
        except ValidationError as error:
            raise configuration_error([path], error, Holidays) from error

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


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    ConfigurationError
        When the file is missing or is not TOML; the sentence names file, line and column.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        if path.exists():
            raise ConfigurationError.one(
                "config-unreadable",
                N_("%(file)s cannot be read: %(what)s. It must be a file that this user may read."),
                file=_short(path),
                what=error.strerror,
            ) from error
        raise ConfigurationError.one(
            "config-missing", N_("%(file)s is not there. Restore it from the release."), file=_short(path)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError.one(
            "config-syntax", N_("%(file)s is not valid TOML: %(what)s."), file=_short(path), what=error
        ) from error


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
    _ = settings.holidays  # a calendar that is not sound is said at the start
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


def configuration_error(paths: Sequence[Path], error: ValidationError, model: type[BaseModel]) -> ConfigurationError:
    """Turn what pydantic found into sentences that name the file, the line, the key and the remedy.

    Of several `paths` the one that holds the key is named, the first one if they are equal in that.
    """
    faults = []
    texts = {path: path.read_text(encoding="utf-8-sig") if path.is_file() else "" for path in paths}
    for found in error.errors():
        keys = [str(k) for k in found["loc"]]
        message = str(found["msg"]).removeprefix("Value error, ")
        if not keys and ": " in message:  # a rule between tables, that names its place itself
            where, message = message.split(": ", 1)
            keys = where.split(".")
        key = ".".join(keys)
        lines = {path: _line_of(text, keys) for path, text in texts.items()}
        path = max(lines, key=lambda p: lines[p][0])
        depth, line = lines[path]
        place = f"{_short(path)}:{line}" if depth else _short(path)
        variable = PREFIX + "__".join(keys).upper()
        if model is Settings and variable in {name.upper() for name in os.environ}:
            place = variable
        if found["type"] == "extra_forbidden":
            near = difflib.get_close_matches(keys[-1], _known_keys(model), n=1)
            if near:
                faults.append(
                    Fault(
                        key,
                        "config-unknown-key",
                        N_("%(place)s: the key %(key)s is unknown. Did you mean %(near)s?"),
                        {"place": place, "key": key, "near": near[0]},
                    )
                )
            else:
                faults.append(
                    Fault(
                        key,
                        "config-unknown-key",
                        N_("%(place)s: the key %(key)s is unknown. Take it out."),
                        {"place": place, "key": key},
                    )
                )
        elif found["type"] == "missing":
            faults.append(
                Fault(
                    key,
                    "config-missing-key",
                    N_("%(place)s: the key %(key)s is missing. Add it."),
                    {"place": place, "key": key},
                )
            )
        elif isinstance(found["input"], Mapping) and found["type"] == "value_error":
            faults.append(
                Fault(
                    key,
                    "config-bad-value",
                    N_("%(place)s: %(key)s: %(what)s."),
                    {"place": place, "key": key, "what": message},
                )
            )
        else:
            faults.append(
                Fault(
                    key,
                    "config-bad-value",
                    N_("%(place)s: %(key)s cannot be %(value)s: %(what)s."),
                    {"place": place, "key": key, "value": repr(found["input"]), "what": message},
                )
            )
    return ConfigurationError(*faults)


def _known_keys(model: type[BaseModel]) -> list[str]:
    keys: list[str] = []
    for name, info in model.model_fields.items():
        keys.append(info.alias or name)
        for inner in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys += _known_keys(inner)
    return keys


def _line_of(text: str, keys: list[str]) -> tuple[int, int]:
    """How many of the keys, outermost first, a line of a TOML file stands for, and which line; the best there is."""
    best, table = (0, 0), list[str]()
    counts = Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            name = bare.strip("[] ")
            table = _key_parts(name)
            if bare.startswith("[["):
                table.append(str(counts[name]))
                counts[name] += 1
            path = table
        elif "=" in bare:
            path = [*table, *_key_parts(bare.split("=")[0])]
        else:
            continue
        depth = min(len(path), len(keys))
        if path[:depth] == keys[:depth] and depth > best[0]:
            best = depth, number
    return best


def _key_parts(text: str) -> list[str]:
    return [part.strip(" \"'") for part in text.split(".")]


def _short(path: Path) -> str:
    return str(path.relative_to(home())) if path.is_relative_to(home()) else str(path)
