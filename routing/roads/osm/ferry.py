"""Ferries that take a truck."""

from __future__ import annotations

import re
from collections.abc import Mapping

FERRY_KMH = 10
"""Speed of a ferry that does not say how long it takes. Own judgement: a river ferry with its boarding; the wait
for it is not in any map."""

_OPEN = frozenset({"yes", "designated", "permissive", "destination"})
_SHUT = frozenset({"no", "private"})
_CLOCK = re.compile(r"(\d+):(\d{1,2})(?::(\d{1,2}))?")
_MINUTES = re.compile(r"(\d+(?:\.\d+)?)\s*(?:min(?:utes)?)?")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)


def takes_trucks(tags: Mapping[str, str]) -> bool:
    """Tell whether a way tagged ``route=ferry`` takes motor vehicles.

    Some tag has to say so, since most small ferries take people only; the most exact tag wins over a wider one,
    and a ferry that refuses cars or trucks is none for us.
    """
    if tags.get("motorcar") in _SHUT or tags.get("hgv") in _SHUT:
        return False
    for key in ("motor_vehicle", "vehicle"):
        if key in tags:
            return tags[key] in _OPEN
    return any(tags.get(key) in _OPEN for key in ("motorcar", "hgv")) or tags.get("access") == "yes"


def hours(duration: str | None) -> float | None:
    """Read a ``duration`` in hours: ``0:20``, ``00:20:00``, ``20`` (minutes), ``PT20M``; None when it is no time."""
    text = (duration or "").strip()
    if match := _CLOCK.fullmatch(text):
        found = int(match[1]) + int(match[2]) / 60 + int(match[3] or 0) / 3600
    elif match := _MINUTES.fullmatch(text):
        found = float(match[1]) / 60
    elif match := _ISO.fullmatch(text):
        days, hour, minute, second = (float(part or 0) for part in match.groups())
        found = days * 24 + hour + minute / 60 + second / 3600
    else:
        return None
    return found if found > 0 else None
