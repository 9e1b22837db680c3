"""What the tags of one OpenStreetMap way mean for a light collection truck."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

KMH: Mapping[str, int] = {
    "motorway": 80,
    "motorway_link": 50,
    "trunk": 60,
    "trunk_link": 45,
    "primary": 50,
    "primary_link": 40,
    "secondary": 40,
    "secondary_link": 35,
    "tertiary": 35,
    "tertiary_link": 30,
    "unclassified": 30,
    "residential": 25,
    "living_street": 12,
    "service": 15,
    "road": 25,
}
"""Free-flow km/h of a light collection truck by highway class, used where no numeric ``maxspeed`` is tagged.
Own judgement, without a measured source; scale it from logged trips."""

TRACK_KMH = 10
TOP_KMH = 100
"""No faster than this whatever is signed: trucks' limit on motorways, Regulation on the Implementation of the
Road Traffic Safety Law of the PRC, article 78."""
WALK_KMH = 6

_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]*)")
_FEET = re.compile(r"(\d+(?:\.\d+)?)\s*(?:'|ft|feet)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|''|in))?")
_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01}
_TONNES = {
    "": 1.0,
    "t": 1.0,
    "tonne": 1.0,
    "tonnes": 1.0,
    "kg": 0.001,
    "lb": 0.00045359237,
    "lbs": 0.00045359237,
    "st": 0.90718474,
    "ton": 0.90718474,
    "tons": 0.90718474,
}
CLOSED = frozenset(
    {"no", "private", "permit", "agricultural", "forestry", "agricultural;forestry", "emergency", "military"}
    | {"psv", "bus", "foot", "bicycle", "construction"}
)
"""Access values that keep a truck out. ``destination``, ``customers`` and ``delivery`` do not: they bind only a
way through, and stand in the layer for the router to see."""
ACCESS_KEYS = ("motor_vehicle", "vehicle", "access")
"""The keys of access for motor vehicles, the most exact first."""
_HEIGHTS, _WIDTHS = ("maxheight", "maxheight:physical"), ("maxwidth", "maxwidth:physical")
_WEIGHTS = ("maxweight", "maxweight:hgv", "maxweightrating", "maxweightrating:hgv", "maxgcweight")
_LIMITING = frozenset({*_HEIGHTS, *_WEIGHTS, *_WIDTHS, "maxlength"})
_INNER_SERVICE = frozenset({"parking_aisle", "drive-through", "driveway"})


def speed_kmh(value: str | None) -> int | None:
    """Read a ``maxspeed`` in km/h; None when it is not a number (``CN:urban``, ``none``, ``signals``).

    Of several values (``50;30``) the lowest counts.
    """
    if not value:
        return None
    found = []
    for part in value.lower().split(";"):
        match = _SPEED.fullmatch(part.strip())
        if part.strip() == "walk":
            found.append(WALK_KMH)
        elif match:
            kmh = float(match[1]) * (1.609344 if match[2] == "mph" else 1.0)
            if kmh >= 1:
                found.append(round(kmh))
    return min(found) if found else None


def metres(value: str | None) -> float:
    """Read a ``maxheight``, ``maxwidth`` or ``maxlength`` in metres; NaN when there is none."""
    return _limit(value, _METRES)


def tonnes(value: str | None) -> float:
    """Read a ``maxweight`` in tonnes; NaN when there is none."""
    return _limit(value, _TONNES)


def _limit(value: str | None, units: Mapping[str, float]) -> float:
    if not value:
        return math.nan
    found = []
    for part in value.lower().replace("′", "'").replace("″", '"').replace("’", "'").split(";"):
        text = part.strip()
        if units is _METRES and (match := _FEET.fullmatch(text)):
            found.append(float(match[1]) * 0.3048 + float(match[2] or 0) * 0.0254)
        elif (match := _NUMBER.fullmatch(text)) and match[2] in units:
            found.append(float(match[1].replace(",", ".")) * units[match[2]])
    found = [round(number, 4) for number in found if number > 0]
    return min(found) if found else math.nan


def limits(tags: Mapping[str, str]) -> tuple[float, float, float, float]:
    """Give the greatest height (m), weight (t), width (m) and length (m); NaN where there is none.

    Where no figure is signed, what is measured (``maxheight:physical``) and limits by rated weight or for lorries
    alone (``maxweightrating:hgv``) stand in, the first one that is a number.
    """
    if _LIMITING.isdisjoint(tags):
        return math.nan, math.nan, math.nan, math.nan
    weight = next((t for t in (tonnes(tags.get(key)) for key in _WEIGHTS) if not math.isnan(t)), math.nan)
    height, width = (
        next((m for m in (metres(tags.get(key)) for key in keys) if not math.isnan(m)), math.nan)
        for keys in (_HEIGHTS, _WIDTHS)
    )
    return height, weight, width, metres(tags.get("maxlength"))


def access_of(tags: Mapping[str, str]) -> str | None:
    """Give the access value that holds for motor vehicles: the most exact of three tags wins."""
    for key in ACCESS_KEYS:
        if key in tags:
            return tags[key]
    return None


def is_road(highway: str, tracks: bool = False) -> bool:
    """Tell whether a highway class is made for motor vehicles."""
    return highway in KMH or (tracks and highway == "track")


def why_not(tags: Mapping[str, str], tracks: bool = False) -> str | None:
    """Give the reason why a truck cannot use this way, or None when it can.

    Parking aisles, drive-throughs and driveways stay unless any access tag makes them private: collection
    points often stand inside car parks.
    """
    if not is_road(tags.get("highway", ""), tracks):
        return "not-for-motor-vehicles"
    if tags.get("area") == "yes":
        return "area"
    if (access_of(tags) or "") in CLOSED:
        return "not-for-motor-vehicles"
    if tags.get("service") in _INNER_SERVICE and any(
        tags.get(key) in ("private", "no") for key in ("access", "vehicle", "motor_vehicle")
    ):
        return "not-for-motor-vehicles"
    if tags.get("oneway") == "reversible":
        return "reversible"
    if not any(open_sides(tags)):
        return "not-for-motor-vehicles"
    return None


def direction(tags: Mapping[str, str]) -> int:
    """Give 1 for one-way along the way's nodes, -1 for one-way against them, 0 for both ways."""
    value = tags.get("oneway:motor_vehicle", tags.get("oneway:vehicle", tags.get("oneway", ""))).lower()
    if value in ("yes", "1", "true"):
        return 1
    if value in ("-1", "reverse"):
        return -1
    if value in ("no", "0", "false", "alternating"):
        return 0
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return 1 if implied else 0


def sides_closed(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell whether a way is closed along its nodes, and against them (``motor_vehicle:backward=no``)."""
    if not any(":" in key and key.endswith("ward") for key in tags):
        return False, False
    along, against = (
        next((tags[f"{key}:{side}"] in CLOSED for key in ACCESS_KEYS if f"{key}:{side}" in tags), False)
        for side in ("forward", "backward")
    )
    return along, against


def open_sides(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell whether a way may be driven along its nodes, and against them."""
    way, (along, against) = direction(tags), sides_closed(tags)
    return way != -1 and not along, way != 1 and not against


def speeds(tags: Mapping[str, str]) -> tuple[int, int, bool]:
    """Give km/h along and against the way's nodes (0 where not allowed), and whether a limit was tagged."""
    along, against = open_sides(tags)
    default = KMH.get(tags.get("highway", ""), TRACK_KMH)
    limits = [speed_kmh(tags.get(f"maxspeed:{side}")) for side in ("forward", "backward")]
    both = speed_kmh(tags.get("maxspeed"))
    forward, backward = (min(limit or both or default, TOP_KMH) for limit in limits)
    tagged = any(limit is not None for limit in (*limits, both))
    return forward * along, backward * against, tagged
