"""Places that a person used before."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Booking, Community

LOOKED_AT = 50
"""Newest bookings of a person among which places are looked for."""


@dataclass(frozen=True)
class SavedPlace:
    """A place of an earlier booking.

    ``label`` may be shown where others can look on; the rest is for the person alone. ``key`` is the booking's id.
    """

    key: str
    label: str
    community: str | None
    place: str
    town: str
    lon: float
    lat: float
    address: str = field(repr=False)
    floor: int = field(repr=False)
    lift: bool = field(repr=False)


def saved_places(
    session: Session, phone: str, limit: int = 5, depots: Collection[str] | None = None
) -> list[SavedPlace]:
    """Return the different places of a phone number's bookings, the newest first.

    `phone` is in E.164 and belongs to a person who has proved it, by a code or as a clerk's caller: whoever else
    asked would learn where somebody lives. With `depots` only places that those serve are looked at.
    """
    rows = session.execute(
        select(Booking, Community.town)
        .outerjoin(Community, Community.code == Booking.community_code)
        .where(Booking.phone == phone, *([] if depots is None else [Booking.depot_code.in_(depots)]))
        .order_by(Booking.created_at.desc(), Booking.id)
        .limit(LOOKED_AT)
    )
    found: dict[tuple[str | None, str], SavedPlace] = {}
    for booking, town in rows:
        found.setdefault(
            (booking.community_code, booking.address),
            SavedPlace(
                key=str(booking.id),
                label=f"{booking.place} · {mask_address(booking.address)}",
                community=booking.community_code,
                place=booking.place,
                town=town or "",
                lon=booking.lon,
                lat=booking.lat,
                address=booking.address,
                floor=booking.floor,
                lift=booking.lift,
            ),
        )
    return list(found.values())[:limit]


def mask_address(address: str) -> str:
    """Return an address of which only the first number can be read: 3栋2单元501 becomes 3栋*单元***."""
    first = re.search(r"[0-9A-Za-z]+", address)
    if first is None:
        return address[:2] + "*" * (len(address) - 2)
    return address[: first.end()] + re.sub(r"[0-9A-Za-z]", "*", address[first.end() :])
