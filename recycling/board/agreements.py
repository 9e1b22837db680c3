"""What a plan has agreed of goods on vehicles that are out: who takes over what, when and where; what nobody takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from recycling.plane import Lonlat


@dataclass(frozen=True)
class Over:
    """A vehicle takes over what lies on another one: when, where, and what."""

    giver: str
    taker: str
    at: Lonlat
    arrives: datetime
    ends: datetime
    things: tuple[str, ...] = ()
    kg: int = 0
    litres: int = 0
    materials: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        said = {**vars(self), "at": list(self.at), "things": list(self.things), "materials": dict(self.materials)}
        return said | {"arrives": self.arrives.isoformat(), "ends": self.ends.isoformat()}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Over:
        """Read what `to_dict` wrote."""
        times = {name: datetime.fromisoformat(given[name]) for name in ("arrives", "ends")}
        return cls(**{**given, **times, "at": tuple(given["at"]), "things": tuple(given["things"])})


@dataclass(frozen=True)
class Left:
    """What nobody takes over from a vehicle, and the reason of the search with its figures."""

    giver: str
    at: Lonlat
    thing: str
    kg: int
    reason: str
    figures: Mapping[str, Any]


def agreed(happened: Mapping[str, Any]) -> list[Over]:
    """Return what is agreed to be taken over by the plan that keeps this."""
    return [Over.from_dict(one) for one in happened.get("over", ())]


def not_taken(happened: Mapping[str, Any]) -> list[Left]:
    """Return what nobody takes over by the plan that keeps this."""
    return [Left(**{**one, "at": tuple(one["at"])}) for one in happened.get("not_over", ())]
