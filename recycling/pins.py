"""Whether a pin can be right: far from the community that was named, or shifted as a wrong datum shifts it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from recycling.errors import N_, Fault
from recycling.models import Booking, Community, PinAnswer
from recycling.models.base import made, table_of
from recycling.places.suggest import place_index
from recycling.plane import Lonlat, metres_between
from recycling.ready import Ready

FAR = 2000.0
"""Metres between a pin and its community from which on it is asked about; more where communities lie far apart."""

NEIGHBOURS = 3
"""A pin may be as far from its community as the community's neighbour of this rank."""

DOOR = 40.0
"""Metres within which two pins are the same door."""

AT_COMMUNITY = 75.0
"""Metres between the mended place and the community's own within which the mistake is believed: of honest doors spread
over a kilometre and more only one in fifty lies as badly."""

SURELY = 0.8
"""Share of the smallest mistake around a place that none there falls below."""

SYSTEMS = {"wgs84": "WGS 84 (GPS, OSM)", "gcj02": "GCJ-02 (Amap, WeChat)", "bd09": "BD-09 (Baidu)"}

TENTHS = 10
"""A degree has so many tenths."""


@dataclass(frozen=True)
class Doubt:
    """Why a pin is asked about.

    Attributes
    ----------
    kind
        ``far`` from the community, or ``datum``: it lies as if a position in `truly` had been read as one in `sent`.
    metres
        Between the pin and its community; for ``datum`` between the pin and the mended place.
    community
        Name of the community that was named, empty where it was compared with a known door only.
    lon, lat
        The mended place in WGS 84; None for ``far``.
    nearest
        Label of the community that lies nearest to the pin; empty for ``datum``.
    """

    kind: Literal["far", "datum"]
    metres: int
    community: str
    sent: str = ""
    truly: str = ""
    lon: float | None = None
    lat: float | None = None
    nearest: str = ""

    def fault(self) -> Fault:
        """Return what to ask, as a fault of the field ``position``."""
        if self.kind == "far":
            return Fault(
                "position",
                "pin-far",
                N_(
                    "The mark is %(km)s km from %(community)s. Move it to your door, or choose the community"
                    " where it lies: %(nearest)s."
                ),
                {"km": f"{self.metres / 1000:.1f}", "community": self.community, "nearest": self.nearest},
            )
        return Fault(
            "position",
            "pin-shifted",
            N_(
                "The mark seems shifted by %(metres)s m, as if a position in %(truly)s had been sent as %(sent)s."
                " Say which of the two places is your door."
            ),
            {"metres": self.metres, "truly": SYSTEMS[self.truly], "sent": SYSTEMS[self.sent]},
        )


@dataclass(frozen=True)
class SettledPin:
    """A pin after looking at it: where it is now, what is still to be asked, and whether an earlier answer moved it."""

    lon: float
    lat: float
    doubt: Doubt | None = None
    fixed: bool = False


def doubt(
    lon: float,
    lat: float,
    community: Community | None,
    *,
    far: float = FAR,
    doors: Sequence[Lonlat] = (),
    sent: str | None = None,
) -> Doubt | None:
    """Return why a pin looks wrong, or None.

    Parameters
    ----------
    lon, lat
        WGS 84, as the pin was understood.
    community
        The one that was named.
    far
        Metres from the community that are still believed, see `believed_metres`.
    doors
        Places, in WGS 84, where the same address was before; a pin at one of them is right.
    sent
        The system that the sender declared, if only mistakes about that one are to be thought of.

    Raises
    ------
    InputError
        When lon and lat are no position.
    """
    pin = (lon, lat)
    if any(metres_between(pin, door) <= DOOR for door in doors):
        return None
    away = metres_between(pin, (community.lon, community.lat)) if community else 0.0
    shifted = _shifted(pin, community, away, far, doors, sent)
    if shifted or community is None or away <= far:
        return shifted
    return Doubt("far", round(away), community.name)


def settle_pin(
    session: Session,
    lon: float,
    lat: float,
    community: Community | None,
    phone: str,
    address: str,
    sent: str | None = None,
    known: bool = True,
) -> SettledPin:
    """Look at the pin of an address, with what is known of it: asked once, and moved by itself ever after.

    `phone` is in E.164, and `known` False where nothing is in the record under it; for the rest see `doubt`.
    """
    code = community.code if community else ""
    answer = remembered_answer(session, phone, code, address) if known else None
    if answer and metres_between((lon, lat), (answer.given_lon, answer.given_lat)) <= DOOR:
        moved = (answer.lon, answer.lat) != (answer.given_lon, answer.given_lat)
        return SettledPin(answer.lon, answer.lat, fixed=True) if moved else SettledPin(lon, lat)
    doors = known_doors(session, phone, code, address) if known else []
    if answer:
        doors.append((answer.lon, answer.lat))
    away = metres_between((lon, lat), (community.lon, community.lat)) if community else 0.0
    far = believed_metres(session, community) if community and away > FAR else FAR  # it is never less
    found = doubt(lon, lat, community, far=far, doors=doors, sent=sent)
    if found and found.kind == "far":
        found = Doubt("far", found.metres, found.community, nearest=_nearest_community(session, lon, lat))
    return SettledPin(lon, lat, found)


def remember_answer(
    session: Session,
    phone: str,
    community: str,
    address: str,
    given: Lonlat,
    agreed: Lonlat,
    now: datetime,
) -> None:
    """Keep what a person said about a doubted pin: `agreed` is the mended place, or `given` itself if it was right.

    `community` is the code, empty where none was named. A later answer for the same address takes its place.
    """
    session.merge(
        PinAnswer(
            phone=phone,
            community_code=community,
            address=address_key(address),
            given_lon=given[0],
            given_lat=given[1],
            lon=agreed[0],
            lat=agreed[1],
            answered_at=now,
        )
    )


def remembered_answer(session: Session, phone: str, community: str, address: str) -> PinAnswer | None:
    """Return what a person said before about the pin of this address."""
    row = _ANSWER.one(session, phone=phone, community=community, address=address_key(address))
    return made(PinAnswer, dict(zip(table_of(PinAnswer).c.keys(), row, strict=True))) if row is not None else None


def known_doors(session: Session, phone: str, community: str, address: str) -> list[Lonlat]:
    """Return where the same address lay in a person's earlier bookings."""
    key = address_key(address)
    rows = _DOORS.rows(session, phone=phone, community=community or None)
    return [(lon, lat) for text, lon, lat in rows if key and address_key(text) == key]


_BOOKING, _PIN = table_of(Booking).c, table_of(PinAnswer).c
_ANSWER = Ready(
    select(table_of(PinAnswer)).where(
        _PIN.phone == bindparam("phone"),
        _PIN.community_code == bindparam("community"),
        _PIN.address == bindparam("address"),
    )
)
_DOORS = Ready(
    select(_BOOKING.address, _BOOKING.lon, _BOOKING.lat).where(
        _BOOKING.phone == bindparam("phone"), _BOOKING.community_code.is_not_distinct_from(bindparam("community"))
    )
)


def believed_metres(session: Session, community: Community) -> float:
    """Return how far from a community a pin is believed: `FAR`, or up to its third neighbour in open country."""
    place = (community.lon, community.lat)
    metres = place_index(session).neighbours.metres(place, NEIGHBOURS, but=community.code)
    return FAR if metres is None else max(FAR, metres)


def address_key(address: str) -> str:
    """Return an address without what people write differently each time: spaces, signs, width, capitals."""
    return "".join(c for c in unicodedata.normalize("NFKC", address).lower() if c.isalnum())


def _shifted(
    pin: Lonlat, community: Community | None, away: float, far: float, doors: Sequence[Lonlat], sent: str | None
) -> Doubt | None:
    if community is None and not doors:
        return None  # there is nothing that a mended pin could fit
    if community and not doors and away + AT_COMMUNITY < SURELY * _least_shift(pin):
        return None  # any mistake would have led farther away
    best: tuple[float, Doubt] | None = None
    for read_as, truly, (place,) in _mended([pin]):
        if sent not in (None, read_as):
            continue
        shift = metres_between(pin, place)
        fits = [miss for door in doors if (miss := metres_between(place, door)) <= DOOR]
        if community:
            miss = metres_between(place, (community.lon, community.lat))
            if miss <= AT_COMMUNITY or (away > far and miss <= min(far, away / 2)):
                fits.append(miss)
        if fits and (best is None or min(fits) < best[0]):
            name = community.name if community else ""
            lon, lat = (round(v, 6) for v in place)
            best = min(fits), Doubt("datum", round(shift), name, read_as, truly, lon, lat)
    return best[1] if best else None


def _least_shift(pin: Lonlat) -> float:
    """Return the metres of the smallest mistake around a place; a tenth of a degree away it is hardly another."""
    if not (abs(pin[0]) <= 180 and abs(pin[1]) <= 90):
        return 0.0  # it is nowhere, which whoever mends it says
    east, north = round(pin[0] * TENTHS), round(pin[1] * TENTHS)
    return _least_shifts(east // TENTHS, north // TENTHS)[east % TENTHS][north % TENTHS]


@lru_cache(maxsize=100)
def _least_shifts(west: int, south: int) -> list[list[float]]:
    """Return the same for the tenths of a degree, from the west and then from the south, of one degree each way.

    All at once takes hardly longer than one.
    """
    places = [
        (min(180.0, west + east / TENTHS), min(90.0, south + north / TENTHS))
        for east in range(TENTHS)
        for north in range(TENTHS)
    ]
    mended = [moved for _, _, moved in _mended(places)]
    least = [min(metres_between(place, moved[k]) for moved in mended) for k, place in enumerate(places)]
    return [least[k : k + TENTHS] for k in range(0, len(least), TENTHS)]


def _mended(pins: Sequence[Lonlat]) -> list[tuple[str, str, list[Lonlat]]]:
    """Return for each mistake of one system for another where the pins would lie without it."""
    from routing.roads.crs import CRS, from_wgs84, to_wgs84  # brings numpy

    places = []
    for sent in CRS:
        as_sent = from_wgs84(pins, sent)
        for truly in CRS:
            if truly != sent:
                places.append((sent, truly, [(lon, lat) for lon, lat in to_wgs84(as_sent, truly).tolist()]))
    return places


def _nearest_community(session: Session, lon: float, lat: float) -> str:
    communities = [p for p in place_index(session).places if p.kind == "community"]
    return min(communities, key=lambda p: metres_between((lon, lat), (p.lon, p.lat))).label if communities else ""
