"""The tables of config/default.toml, apart from that of messages."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from recycling.clock import ServiceClock, Span, parse_hour
from recycling.deadlines import Deadline, Grace
from recycling.settings.base import Section


class DatabaseSettings(Section):
    """Where the record is kept."""

    url: str


class ServiceSettings(Section):
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


class VisitSettings(Section):
    """How long a visit takes, how long a crew waits, and how long its word can be taken back."""

    parking_minutes: float = Field(ge=0)
    stair_minutes_per_item_floor: float = Field(ge=0)
    longest_minutes: float = Field(gt=0)
    longest_elsewhere_minutes: float = Field(gt=0)
    install_minutes: float = Field(ge=0, le=240)
    dismantle_minutes: float = Field(ge=0, le=240)
    call_tolerance_minutes: int = Field(ge=0, le=60)
    wait_minutes: int = Field(ge=0, le=60)
    mistake_minutes: int = Field(ge=0, le=240)

    def longest(self, scene: str) -> float:
        """Minutes that a visit is reckoned at most at a kind of place."""
        return self.longest_minutes if scene == "home" else self.longest_elsewhere_minutes

    @property
    def waiting(self) -> timedelta:
        """How long a crew waits at a door in its window before nobody counts as there."""
        return timedelta(minutes=self.wait_minutes)

    @property
    def mistaking(self) -> timedelta:
        """How long it can be taken back that a visit came to nothing."""
        return timedelta(minutes=self.mistake_minutes)


class BookingSettings(Section):
    """How windows are offered, kept and given back; distances are metres."""

    hold_minutes: int = Field(ge=1, le=120)
    hold_longest_minutes: int = Field(ge=1, le=1440)
    most_kept_per_address: int = Field(ge=1, le=100_000)
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
    most_waiting: int = Field(ge=1, le=1000)
    no_shows: int = Field(ge=1, le=100)
    duplicate_days: int = Field(ge=0, le=60)
    offer_minutes: int = Field(ge=5, le=1440)
    incentive_points_per_yuan: int = Field(ge=0, le=10_000)
    incentive_most: int = Field(ge=0, le=100_000)
    planned_days: bool
    late_minutes: int = Field(ge=0, le=720)
    link_days: int = Field(ge=1, le=3660)
    missed_days: int = Field(ge=0, le=30)
    group_households: int = Field(ge=2, le=200)
    groups_per_address_day: int = Field(ge=1, le=10_000)
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


class RoadSettings(Section):
    """How doors meet roads, and who answers for travel times."""

    snap_metres: float = Field(gt=0)
    engine: Literal["own", "osrm", "valhalla"]
    server: str

    @model_validator(mode="after")
    def _addressed(self) -> RoadSettings:
        if self.engine != "own" and not self.server.startswith(("http://", "https://")):
            raise ValueError("roads.server: name the server's address, such as http://localhost:5000")
        return self


class PlanningSettings(Section):
    """How long and how hard a day is searched, and what leaving an order out costs (fen)."""

    seconds: float = Field(gt=0, le=3600)
    cores: int = Field(ge=1, le=64)
    seed: int
    promise_slack_minutes: int = Field(ge=0, le=60)
    prize_booking: int = Field(ge=0)
    prize_delivery: int = Field(ge=0)
    prize_call: int = Field(ge=0)
    balance_price: int = Field(default=0, ge=0)
    compactness_price: int = Field(default=0, ge=0)
    change_vehicle: int = Field(ge=0)
    change_minute: int = Field(ge=0)
    change_free_minutes: int = Field(ge=0, le=120)
    later_minutes: int = Field(ge=0, le=600)
    take_over_minutes: int = Field(default=10, ge=0, le=120)
    again: Literal["propose", "publish"]
    executor: Literal["local", "dask"]
    cluster: str
    memory_mb: int = Field(ge=500)
    extra_seconds: float = Field(ge=5)


class ByRole(Section):
    """A number for each role."""

    resident: int = Field(ge=1)
    clerk: int = Field(ge=1)
    dispatcher: int = Field(ge=1)
    driver: int = Field(ge=1)
    centre: int = Field(ge=1)
    retailer: int = Field(ge=1)
    partner: int = Field(ge=1)
    planner: int = Field(ge=1)
    manager: int = Field(ge=1)
    admin: int = Field(ge=1)

    def of(self, role: str) -> int:
        """Return the role's number."""
        return int(getattr(self, role))


class AccessSettings(Section):
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
    idle_minutes: ByRole
    longest_hours: ByRole


class ApiSettings(Section):
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


class TrackingSettings(Section):
    """What residents see of a crew on its way."""

    minutes_before: int = Field(ge=0, le=120)
    minutes_after: int = Field(ge=0, le=240)
    link_hours: int = Field(ge=1, le=168)


class LateSettings(Section):
    """When a crew counts as late."""

    tell_minutes: int = Field(ge=0, le=120)


class ComplaintSettings(Section):
    """Until when residents may complain of a visit by themselves."""

    open_until: str

    @field_validator("open_until")
    @classmethod
    def _grace(cls, value: str) -> str:
        Grace.parse(value)
        return value

    @property
    def opening(self) -> Grace:
        """How long after the end of the promised window a resident may complain by the booking's link."""
        return Grace.parse(self.open_until)


class PhotoSettings(Section):
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


class TimetableSettings(Section):
    """What timetables of truck calls are made from: vehicles, hours, what people bring, what inconvenience costs."""

    vehicle: str
    other_types: tuple[str, ...] = ()
    weeks: int = Field(ge=1, le=4)
    weekdays: tuple[int, ...] = Field(min_length=1)
    hours: str
    hour_step_minutes: int = Field(ge=5, le=240)
    convenient: tuple[str, ...]
    inconvenient_fen: int = Field(ge=0)
    grams_a_week_urban: float = Field(ge=0)
    grams_a_week_rural: float = Field(ge=0)
    spread: float = Field(ge=0, le=3)
    litres_a_kg: float = Field(gt=0)
    too_full: float = Field(gt=0, lt=0.5)
    dwell_minutes: int = Field(ge=5, le=240)
    dwell_minutes_a_100_kg: float = Field(ge=0)
    longest_dwell_minutes: int = Field(ge=5, le=240)
    twice_from_people: int = Field(ge=1)
    fortnightly_below_people: int = Field(ge=0)
    other_days_fen: int = Field(ge=0)
    other_vehicle_fen: int = Field(ge=0)
    other_driver_fen: int = Field(ge=0)
    weeks_ahead: int = Field(ge=1, le=53)
    fixed_hours: dict[str, str] = Field(default_factory=dict)
    only_days: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    calls_a_week: dict[str, Annotated[int, Field(ge=1, le=3)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _within(self) -> TimetableSettings:
        for code, days in self.only_days.items():
            if not days or not set(days) <= set(self.weekdays) or len(set(days)) != len(days):
                raise ValueError(f"only_days.{code}: name some of the weekdays on which trucks call, each once")
        return self

    @field_validator("fixed_hours")
    @classmethod
    def _fixed(cls, value: dict[str, str]) -> dict[str, str]:
        for text in value.values():
            parse_hour(text)
        return value

    @field_validator("weekdays")
    @classmethod
    def _days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) != len(value) or not set(value) <= set(range(7)):
            raise ValueError("write weekdays as numbers from 0 (Monday) to 6, each once")
        return tuple(sorted(value))

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        Span.parse(value)
        return value

    @field_validator("convenient")
    @classmethod
    def _convenient(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            Span.parse(text)
        return value


class SheetSettings(Section):
    """What is printed as PDF; `font` is a font file with Chinese characters, empty to look for one on the machine."""

    font: str
