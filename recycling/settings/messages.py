"""The table of messages: channels, addresses, hours."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from recycling.clock import parse_hour
from recycling.settings.base import Section

BUILT_IN_CHANNELS = ("console", "file")
"""Channels for messages that need no provider."""


class Signature(Section):
    """Who a message is from, in each language."""

    zh: str = Field(max_length=20)
    en: str = Field(max_length=20)


class MessageSettings(Section):
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
    announce_from: str
    announce_minutes: int = Field(ge=0, le=600)
    timeout_seconds: float = Field(gt=0, le=60)
    fall_back_minutes: int = Field(ge=0, le=1440)
    give_up_hours: float = Field(gt=0, le=72)
    most_attempts: int = Field(ge=1, le=1000)

    @field_validator("quiet_from", "quiet_until", "announce_from")
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
