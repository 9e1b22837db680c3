"""The village of somebody who marks the map and names none: that which lies nearest to the mark."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from recycling.booking.checks import given_position
from recycling.booking.request import SYSTEMS, BookingRequest
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
    lon, lat = request.lon, request.lat
    if request.community or lon is None or lat is None or request.crs not in SYSTEMS:
        return request
    if not (abs(lon) <= MOST_LON and abs(lat) <= MOST_LAT):
        return request
    position = given_position(request) or (lon, lat)
    villages = [place for place in place_index(session).places if place.kind == "community"]
    nearest = min(villages, key=lambda one: metres_between(position, (one.lon, one.lat)), default=None)
    if nearest is None or metres_between(position, (nearest.lon, nearest.lat)) > NEAR:
        return request
    return replace(request, community=nearest.code, pin=request.pin or "given")
