"""What a shop asks for, before anything of it has been checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from recycling.errors import Fault


@dataclass(frozen=True)
class OrderWish:
    """A delivery that a shop orders, and what its customer gives back.

    Attributes
    ----------
    external
        The shop's number of the order; the same number again changes that order.
    lon, lat, crs
        As a booking's; without them the community's place is taken.
    new_item
        Code of the catalogue. ``new_kg`` and ``new_litres`` are those of the packed thing; None: as a packed old one.
    old_items
        Pieces by code of what is taken back; ``condition`` says how it is, in the shop's words.
    window
        Hours such as ``09:00-12:00`` in which the crew comes, at least an hour and within the shift.
    install_minutes
        Of one person's work for setting it up.
    services
        What the crew does besides carrying, of `fleet.SKILLS`: ``dismantle`` the old things, ``install`` the new one.
    people
        Crew that it takes at least; 0: as many as the things take.
    price_yuan
        Of the new thing, for its trade-in scheme; None where the shop does not say.
    language
        ``zh`` or ``en``, in which the customer is told of it.
    fetch_window
        Hours of the second visit that fetches what is old; "": those after the delivery.
    ordered_on
        Day on which it was bought, which decides the scheme; None: today.
    unreadable
        Fields that could not be read at all, with what to say about each.
    """

    external: str
    contact: str
    phone: str
    community: str
    lon: float | None
    lat: float | None
    address: str
    floor: int
    lift: bool
    new_item: str
    day: date | None
    window: str
    new_kg: float | None = None
    new_litres: float | None = None
    old_items: Mapping[str, int] = field(default_factory=dict)
    condition: str = ""
    install_minutes: float = 0
    services: Collection[str] = ()
    people: int = 0
    height_limit: float | None = None
    price_yuan: float | None = None
    ordered_on: date | None = None
    note: str = ""
    fetch_window: str = ""
    crs: str = "wgs84"
    language: str = "zh"
    unreadable: Mapping[str, Fault] = field(default_factory=dict)
