"""What pages say of an answer for stations and centres: sites, flows and figures of a year, and its map's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext

from recycling.errors import N_
from recycling.sites.tier_asking import TierQuestion
from recycling.sites.tier_export import source_of, summed
from web.language import language

STATIONS, CENTRES, MARKETS = range(3)
TIER_TITLES = (N_("Stations"), N_("Sorting centres"), N_("Markets"))
LETTERS = ("S", "C", "M")

AIM_WORDS = {
    "cost": N_("Least yuan a year for sites, sorting and transport, less what markets pay"),
    "carbon": N_("Least carbon dioxide of all transport"),
    "within": N_("Most people within reach of a station"),
    "worst-town": N_("The shortest mean way to a station in the worst-served town"),
    "driving": N_("The shortest mean way of all people to a station"),
}
SHORT = {
    "cost": N_("Cost a year"),
    "carbon": N_("Carbon dioxide a year"),
    "within": N_("People within reach"),
    "worst-town": N_("Worst-served town"),
    "driving": N_("Mean way of all people"),
}
UNITS = {
    "cost": N_("yuan"),
    "carbon": N_("t"),
    "within": N_("people"),
    "worst-town": N_("minutes"),
    "driving": N_("minutes"),
}
DIGITS = {"cost": 0, "carbon": 1, "within": 0, "worst-town": 1, "driving": 1}
PART_WORDS = {
    "fixed": N_("Sites: land, building and staff"),
    "running": N_("Sorting and pressing"),
    "transport": N_("Transport"),
    "fees": N_("Markets (below zero: they pay)"),
}

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A site that is open in a year, or closed since the year before.

    ``full`` is a share of its room, None for no bound; ``change`` is ``new``, ``closed``, or nothing.
    """

    code: str
    name: str
    number: str
    size: str
    tonnes: float
    full: float | None
    change: str


@dataclass(frozen=True)
class Way:
    """Tonnes a year from a place to a site, of each material, and numbers of the two ("" for a community)."""

    source: str
    source_number: str
    site: str
    site_number: str
    tonnes: float
    materials: Mapping[str, float]


def title(asked: TierQuestion) -> str:
    """Say what was asked in a line."""
    if asked.against is None:
        return gettext("Stations and centres: %(aim)s", aim=gettext(SHORT[asked.best]))
    return gettext(
        "%(first)s against %(second)s", first=gettext(SHORT[asked.best]), second=gettext(SHORT[asked.against])
    )


def figure(measure: str, value: float | None, unit: bool = True) -> str:
    """Say a measure's value; None is where somebody has no way."""
    if value is None:
        return gettext("no way")
    digits = DIGITS[measure]
    text = format_decimal(abs(round(value, digits)), format="#,##0" + ("." + "0" * digits if digits else ""))
    sign = "−" if round(value, digits) < 0 else ""
    return f"{sign}{text} {gettext(UNITS[measure])}" if unit else f"{sign}{text}"


def numbers(answer: Answer) -> list[dict[str, str]]:
    """Return by tier the number of every site that is open at some time; the same in all years."""
    return [
        {code: f"{letter}{k}" for k, code in enumerate(sorted(places), start=1)}
        for letter, places in zip(LETTERS, answer["places"], strict=True)
    ]


def name_of(place: Sequence[Any]) -> str:
    """Return a place's name in the page's language."""
    return str(place[0] if language() == "zh_CN" else place[1])


def rows(answer: Answer, year: int) -> list[list[Row]]:
    """Return by tier the sites of a year, and those that close in it."""
    known, found = numbers(answer), []
    for tier, places in enumerate(answer["places"]):
        now = answer["opened"][year][tier]
        before = answer["opened"][year - 1][tier] if year else now
        here = []
        for code in sorted(set(now) | set(before)):
            tonnes, full = answer["loads"][year][tier].get(code, (0.0, None))
            change = "closed" if code not in now else "" if code in before else "new"
            size = now.get(code, before.get(code, ""))
            here.append(Row(code, name_of(places[code]), known[tier][code], size, tonnes, full, change))
        found.append(here)
    return found


def ways(answer: Answer, year: int) -> list[list[Way]]:
    """Return by tier what comes to its sites in a year, the most first."""
    known = numbers(answer)
    found: list[list[Way]] = [[] for _ in known]
    for (y, tier, source, site), materials in summed(answer).items():
        if y != year:
            continue
        place = answer["points"][source][0] if tier == 0 else name_of(answer["places"][tier - 1][source])
        number = known[tier - 1][source] if tier else ""
        target = name_of(answer["places"][tier][site])
        found[tier].append(Way(place, number, target, known[tier][site], sum(materials.values()), materials))
    return [sorted(one, key=lambda way: -way.tonnes) for one in found]


def map_data(answer: Answer, year: int) -> dict[str, Any]:
    """Return what the page's script draws: sites, and a straight line for each way with its tonnes."""
    known = numbers(answer)
    sites = [
        {
            "tier": tier,
            "number": known[tier][code],
            "name": name_of(answer["places"][tier][code]),
            "lon": answer["places"][tier][code][2],
            "lat": answer["places"][tier][code][3],
            "tonnes": round(answer["loads"][year][tier][code][0]),
        }
        for tier, opened in enumerate(answer["opened"][year])
        for code in sorted(opened)
    ]
    lines = [
        [tier, *source_of(answer, tier, source)[1:], *answer["places"][tier][site][2:4],
         round(sum(materials.values()), 1)]
        for (y, tier, source, site), materials in summed(answer).items()
        if y == year
    ]  # fmt: skip
    return {"sites": sites, "lines": lines}


def seen(answer: Answer) -> list[tuple[float, float]]:
    """Return latitude and longitude of all that a map has to show; not of markets where none of our roads leads."""
    points = [(lat, lon) for _, lon, lat in answer["points"].values()]
    beyond = answer.get("beyond", {})
    for tier, places in enumerate(answer["places"]):
        for code, (_, _, lon, lat) in places.items():
            if tier != MARKETS or code not in beyond or not beyond[code][2]:
                points.append((lat, lon))
    return points


def proof(found: Answer) -> str:
    """Say how good an answer is known to be."""
    if found["proven"]:
        return gettext("Proven: no other choice among these candidates is better.")
    if found["bound"] is None or found["gap"] is None:
        return gettext("Not proven: the search ended before it could say how much better another choice may be.")
    return gettext(
        "Not proven: another choice may be better by %(percent)s %% at most (bound: %(bound)s). Allow more seconds.",
        percent=f"{100 * found['gap']:.2f}",
        bound=figure(found["best"], found["bound"]),
    )
