"""From what a program sends to the request that the office takes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recycling.booking import BookingRequest
from recycling.errors import N_, BadRequestError
from web.rights import actor

DOOR = ("community", "address", "floor", "lift", "standing", "height_limit", "scene")
SAME = (
    *DOOR,
    "items",
    "dismantle",
    "contact",
    "phone",
    "note",
    "trade_in",
    "day",
    "window",
    "pin",
    "different",
    "language",
)
EMPTY = BookingRequest({}, "", None, None, "", 1, False, None, "", "", "")


def wish(body: Mapping[str, Any], base: BookingRequest = EMPTY) -> BookingRequest:
    """Return the request that a body describes; what it leaves out is as in `base`.

    A community without a position means the community's own place.
    """
    changes = {name: body[name] for name in SAME if name in body}
    if base is EMPTY:
        changes.setdefault("pin", "")
    if place := body.get("position"):
        changes |= {"lon": place["lon"], "lat": place["lat"], "crs": place.get("crs", "wgs84")}
    elif "community" in body and body["community"] != base.community:
        changes |= {"lon": None, "lat": None, "crs": "wgs84"}
    return replace(base, **changes)


def position_of(query: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the position that a query names, None where it names none; BadRequestError for half of one."""
    if ("lon" in query) != ("lat" in query):
        missing = "lat" if "lon" in query else "lon"
        raise BadRequestError.one("half-a-position", N_("Send both lon and lat, or neither."), where=f"query:{missing}")
    return {name: query[name] for name in ("lon", "lat", "crs")} if "lon" in query else None


def own_key(key: str) -> str:
    """Return a caller's key as the record keeps it: no caller's key is another's, or one of our own forms'."""
    who = actor()
    whole = f"{who.kind}/{who.id if who.kind == 'key' else ''}/{key}"
    return f"api-{hashlib.sha256(whole.encode()).hexdigest()}"
