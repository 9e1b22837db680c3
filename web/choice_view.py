"""What pages say of a choice of sites that a search has found: its sites, their loads, and its map's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal

from web.language import language

Answer = Mapping[str, Any]

NUMBERED = "C"
"""Before the numbers of sites on plates, as for sorting centres elsewhere."""


@dataclass(frozen=True)
class Site:
    """A site of a choice: number on map and plates, name, size, tonnes a year, share of its room (None: no bound)."""

    code: str
    name: str
    number: str
    size: str
    tonnes: float
    full: float | None


def numbers(choices: Iterable[Mapping[str, Any]], places: Mapping[str, Any]) -> dict[str, str]:
    """Return the number of every site that any of the choices opens; the same one in all of them."""
    codes = sorted({code for one in choices for code in one["sites"] if code in places})
    return {code: f"{NUMBERED}{k}" for k, code in enumerate(codes, start=1)}


def name_of(answer: Answer, code: str) -> str:
    """Return a place's name in the page's language; a code of no place as it is."""
    place = answer["places"].get(code)
    return str(place["name" if language() == "zh_CN" else "name_en"]) if place else code


def sites(answer: Answer, choice: Mapping[str, Any], drawn: Answer, known: Mapping[str, str]) -> list[Site]:
    """Return the sites of a choice in the order of their numbers, with what they get where the choice is drawn."""
    return [
        Site(code, name_of(answer, code), known[code], size, *drawn["loads"].get(code, (0.0, None)))
        for code, size in sorted(choice["sites"].items())
        if code in known
    ]


def map_data(answer: Answer, choice: Mapping[str, Any], drawn: Answer, known: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script draws: the choice's sites and others' beside them, and a line for each way."""
    places, points = answer["places"], answer["points"]
    found = [
        {
            "tier": 1 if code in choice["sites"] else 3,
            "number": number,
            "name": name_of(answer, code),
            "lon": round(places[code]["lon"], 6),
            "lat": round(places[code]["lat"], 6),
        }
        for code, number in known.items()
    ]
    lines = [
        [0, *points[point][1:], round(places[site]["lon"], 6), round(places[site]["lat"], 6), tonnes]
        for point, site, tonnes in drawn["flows"]
        if site in places and point in points
    ]
    return {"sites": found, "lines": lines}


def seen(answer: Answer, known: Iterable[str]) -> list[tuple[float, float]]:
    """Return latitude and longitude of all that a map has to show."""
    points = [(lat, lon) for _, lon, lat in answer["points"].values()]
    return points + [(answer["places"][code]["lat"], answer["places"][code]["lon"]) for code in known]


def whole(value: float) -> str:
    """Say an amount without digits behind the point, with its sign where it is below zero."""
    number = round(value)
    return f"{'−' if number < 0 else ''}{format_decimal(abs(number))}"
