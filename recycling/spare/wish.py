"""What a partner announces, before anything of it has been checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from recycling.errors import Fault


@dataclass(frozen=True)
class PlaceWish:
    """A place to which a trip goes anyway.

    Attributes
    ----------
    community, lon, lat
        A code of a community, or a position.
    window
        Hours such as ``09:00-10:00`` in which the work there begins; "" for any.
    minutes
        Of work there.
    kg, litres
        Room that is free from there on.
    """

    community: str = ""
    lon: float | None = None
    lat: float | None = None
    window: str = ""
    minutes: float = 0
    kg: float = 0
    litres: float = 0


@dataclass(frozen=True)
class PartWish:
    """A part of the vehicle's hold: litres, and the materials (codes) that go into it; none for all others."""

    litres: float
    materials: Sequence[str] = ()


@dataclass(frozen=True)
class TripWish:
    """A trip of a partner's own, with room to spare.

    Attributes
    ----------
    external
        The partner's number of the trip; the same number again changes that trip.
    window
        Hours such as ``08:00-17:00`` in which it leaves and is over.
    start, end
        Where it begins and ends; ``end`` is None where it comes back to its start.
    places
        Where it goes anyway, in this order.
    vehicle
        Code of the type of `config/fleet.toml` that the vehicle is like.
    kg, litres, parts
        Room that is free when it leaves, and how that is divided.
    people, tail_lift, services
        Its crew, and what that can do besides carrying, of `fleet.SKILLS`.
    materials
        Codes of what it may carry.
    drops
        Codes of sites at which it may unload.
    ask_visit, ask_item, ask_kg
        Yuan for a visit, a piece and a kilogram.
    detour_minutes, most
        By how much one take-back may make it longer, and how many it takes; None for what is configured.
    crs
        In which positions are given, as those of bookings.
    unreadable
        Fields that could not be read at all, with what to say about each.
    """

    external: str
    day: date | None
    window: str
    start: PlaceWish
    end: PlaceWish | None
    places: Sequence[PlaceWish]
    vehicle: str
    kg: float | None
    litres: float | None
    materials: Collection[str]
    drops: Sequence[str]
    parts: Sequence[PartWish] = ()
    people: int = 1
    tail_lift: bool = False
    services: Collection[str] = ()
    ask_visit: float = 0
    ask_item: float = 0
    ask_kg: float = 0
    detour_minutes: float | None = None
    most: float | None = None
    crs: str = "wgs84"
    unreadable: Mapping[str, Fault] = field(default_factory=dict)
