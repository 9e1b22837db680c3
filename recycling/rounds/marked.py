"""The village of somebody who marks the map and names none: that which lies nearest to the mark."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from recycling.booking.checks import in_wgs84
from recycling.booking.request import SYSTEMS, BookingRequest
from recycling.deliveries import OrderWish
from recycling.places.suggest import place_index
from recycling.plane import metres_between

MOST_LON, MOST_LAT = 180.0, 90.0
NEAR = 5000.0
"""Metres within which a mark belongs to its nearest village; farther away it belongs to none."""


def with_village(session: Session, request: BookingRequest) -> BookingRequest:
    """Return a request that names the village of its mark, unless it names one or has no mark near any.

    The mark itself stays: the crew comes to it. Whoever marked it was not asked whether it lies in that village, so it
    counts as given.
    """
    code = "" if request.community else village_at(session, request.lon, request.lat, request.crs)
    return replace(request, community=code, pin=request.pin or "given") if code else request


def order_with_village(session: Session, wish: OrderWish) -> OrderWish:
    """Return a shop's order that names the village of its mark, as `with_village` does a request."""
    code = "" if wish.community else village_at(session, wish.lon, wish.lat, wish.crs)
    return replace(wish, community=code) if code else wish


def village_at(session: Session, lon: float | None, lat: float | None, crs: str) -> str:
    """Return the code of the village nearest to a mark, "" where there is no sound mark or none within `NEAR` metres.

    ``crs`` says in which of `SYSTEMS` the degrees are.
    """
    if lon is None or lat is None or crs not in SYSTEMS or not (abs(lon) <= MOST_LON and abs(lat) <= MOST_LAT):
        return ""
    position = in_wgs84(lon, lat, crs)
    villages = [place for place in place_index(session).places if place.kind == "community"]
    nearest = min(villages, key=lambda one: metres_between(position, (one.lon, one.lat)), default=None)
    if nearest is None or metres_between(position, (nearest.lon, nearest.lat)) > NEAR:
        return ""
    return nearest.code
