"""What the tags of a way or a barrier mean for a motor vehicle, by the OpenStreetMap wiki; in doubt, it may drive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .raw_roads import Tags

OPEN, DESTINATION, CLOSED = "open", "destination", "closed"

DENIED = frozenset(["no", "private", "agricultural", "forestry", "emergency", "psv", "bus", "military", "permit"])
LOCAL = frozenset({"destination", "customers", "delivery"})

ROADS = frozenset(
    f"{name}{link}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")
) | {"unclassified", "residential", "living_street", "service", "track", "road"}
NOT_THERE = frozenset({"construction", "proposed", "planned", "razed", "abandoned", "disused"})

FOR_WALKERS = frozenset({"cycle_barrier", "motorcycle_barrier", "kissing_gate", "stile", "horse_stile", "turnstile"})
SOLID = FOR_WALKERS | {"bollard", "block", "jersey_barrier", "log", "debris", "planter", "tank_trap", "rock"}

GENERAL = ("access", "vehicle", "motor_vehicle")


@dataclass(frozen=True)
class Vehicle:
    """Metres and tonnes; 0 for what does not matter. No vehicle at all (None) is any motor vehicle, however small."""

    height: float = 0.0
    weight: float = 0.0
    width: float = 0.0
    length: float = 0.0
    hgv: bool = False


# -- who may drive -----------------------------------------------------------------------------------------------


def access(tags: Tags, vehicle: Vehicle | None, way: str) -> str:
    """Say whether a vehicle may drive on a way "forward" or "backward": open, closed, or open to who stops there.

    Streets for walkers and lines that are no roads need a word for vehicles; what is not there yet is closed.
    """
    if tags.get("highway") in NOT_THERE:
        return CLOSED
    if tags.get("highway") in ROADS or tags.get("route") in ("ferry", "shuttle_train"):
        return _told(tags, vehicle, GENERAL, OPEN, way)
    return _told(tags, vehicle, GENERAL[1:], CLOSED, way)


def passable(tags: Tags, vehicle: Vehicle | None) -> bool:
    """Whether a vehicle gets through a barrier that stands on a road."""
    if vehicle is not None and any(limits_broken(tags, vehicle)):
        return False
    if tags["barrier"] in SOLID:
        return _told(tags, vehicle, GENERAL, CLOSED) != CLOSED
    if tags.get("locked") == "yes":
        return _told(tags, vehicle, GENERAL[1:], CLOSED) != CLOSED
    return _told(tags, vehicle, GENERAL, OPEN) != CLOSED


def _told(tags: Tags, vehicle: Vehicle | None, keys: tuple[str, ...], verdict: str, way: str = "") -> str:
    """What the most special key says that there is, else the verdict that is given.

    Heavy vehicles look at ``hgv`` last. Others, which may be of any kind, may drive where some kind may.
    """
    heavy = vehicle is not None and vehicle.hgv
    for key in (*keys, "hgv") if heavy else keys:
        verdict = _value(tags, key, way) or verdict
    if verdict == CLOSED and not heavy:
        others = [_value(tags, key, way) for key in ("motorcar", "goods", "hgv")]
        verdict = next((v for v in (OPEN, DESTINATION) if v in others), CLOSED)
    return verdict


def _value(tags: Tags, key: str, way: str) -> str:
    value = (way and tags.get(f"{key}:{way}")) or tags.get(key)
    if not value:
        return ""
    words = {word.strip() for word in value.split(";")}
    if words <= DENIED:
        return CLOSED
    return DESTINATION if words <= DENIED | LOCAL else OPEN


def direction(tags: Tags) -> int:
    """1 when a motor vehicle may drive only along a way's line, -1 only against it, 0 both ways or not certain."""
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    said = next((tags[k] for k in ("oneway:motor_vehicle", "oneway:vehicle", "oneway") if k in tags), "")
    if said in ("yes", "true", "1"):
        return 1
    if said in ("-1", "reverse"):
        return -1
    return 1 if implied and not said else 0


# -- how big it may be -------------------------------------------------------------------------------------------

LIMITS = {
    "height": ("maxheight", "maxheight:physical"),
    "weight": ("maxweight", "maxweightrating", "maxgcweight"),
    "width": ("maxwidth", "maxwidth:physical"),
    "length": ("maxlength",),
}
METRES = {"": 1.0, "m": 1.0, "cm": 0.01, "ft": 0.3048, "'": 0.3048, "in": 0.0254, '"': 0.0254}
TONNES = {"": 1.0, "t": 1.0, "kg": 0.001, "lbs": 0.00045359237, "lb": 0.00045359237, "st": 0.90718474}


def limits_broken(tags: Tags, vehicle: Vehicle, way: str = "") -> Iterator[str]:
    """Give the tags of a way or barrier that are smaller than the vehicle."""
    for name, keys in LIMITS.items():
        size = getattr(vehicle, name)
        units = TONNES if name == "weight" else METRES
        for key in (f"{key}{more}" for key in keys for more in ("", ":hgv", way and f":{way}")):
            if key.endswith(":hgv") and not vehicle.hgv:
                continue
            limit = measure(tags.get(key, ""), units)
            if limit is not None and size > limit + 1e-6:
                yield f"{key}={tags[key]}"


def measure(text: str, units: dict[str, float]) -> float | None:
    """Read a limit such as ``3.5``, ``11'6"``, ``11 ft 6 in`` or ``7500 kg``; the least of several, None for words."""
    found = []
    for part in text.lower().replace(",", ".").split(";"):
        pairs = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]+|'|\"|)", part)
        if pairs and all(unit in units for _, unit in pairs) and not re.match(r"\s*[a-z]", part):
            found.append(sum(float(number) * units[unit] for number, unit in pairs))
    return min(found, default=None)
