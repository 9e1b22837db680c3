"""What somebody asks for, before anything of it has been checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from recycling.errors import Fault

SYSTEMS = ("wgs84", "gcj02", "bd09")
MOST_PIECES = 99
MOST_LINES = 20
WITHOUT_CONTENT = ("unreadable", "different", "language")
"""Fields that say nothing of what is wanted: the same request with others is the same request."""
NOT_KEPT = ("unreadable",)
"""Fields that a request does not keep while it waits."""


@dataclass(frozen=True)
class BookingRequest:
    """What a resident asks for.

    ``lon`` and ``lat`` are in the system that ``crs`` names (``wgs84``, ``gcj02`` as Chinese phones and map services
    give them, ``bd09``) and are kept in WGS 84; without them the community's place is taken. ``standing`` is where the
    things stand (flat, hallway, gate), ``height_limit`` the metres that a vehicle may be high on the way in.
    ``pin`` says what somebody who was asked about a doubtful mark on the map said: it is right as
    ``given``, or to be ``mended``; empty: ask; ``unasked``: nobody is there to be asked.
    ``dismantle`` names the things that the crew is to take apart or off the wall.
    ``different`` says that an open booking which looks the same is another one. Messages about the booking are in
    ``language`` (zh, en).
    """

    items: Mapping[str, int]
    community: str
    lon: float | None
    lat: float | None
    address: str
    floor: int
    lift: bool
    day: date | None
    window: str
    contact: str
    phone: str
    note: str = ""
    crs: str = "wgs84"
    scene: str = "home"
    standing: str = "flat"
    height_limit: float | None = None
    trade_in: str = ""
    pin: str = "unasked"
    different: bool = False
    language: str = "zh"
    dismantle: tuple[str, ...] = ()
    unreadable: Mapping[str, Fault] = field(default_factory=dict)
    """Fields that the form could not read at all, with what to say about each."""

    def digest(self) -> str:
        """Return a fingerprint, so that one key cannot stand for two different wishes."""
        data = {k: v for k, v in vars(self).items() if k not in WITHOUT_CONTENT}
        data["items"] = dict(self.items)
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON values, to be kept while it waits."""
        data = {k: v for k, v in asdict(self).items() if k not in NOT_KEPT}
        return {**data, "day": self.day.isoformat() if self.day else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BookingRequest:
        """Return the request that `to_json` gave."""
        fields = dict(data)
        text, apart = fields.pop("day"), tuple(fields.pop("dismantle", ()))
        return cls(**fields, dismantle=apart, day=date.fromisoformat(text) if text else None)
