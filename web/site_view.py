"""What pages say of scenarios: figures in words, looks of catchments, and the data that the map is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext

from recycling.errors import N_
from recycling.models import ScenarioMarket, ScenarioSite
from recycling.sites.compared import FIGURES, Figure, Line
from recycling.sites.facts import facts_of
from recycling.sites.looking import Look
from recycling.sites.worth import BANDS, SiteWorth, Worth
from web.language import language

HUES = ("#0072B2", "#D55E00", "#009E73", "#B8457D", "#56B4E9", "#9A6F00", "#5B3A8E")
"""After Okabe and Ito, dark enough to be told from the page."""

DOTS = ("full", "ring", "cross")
"""Signs of communities: with the hues they make 21 looks, and each site has its number."""

TILES = ("yuan", "km", "carbon", "minutes", "within", "worst-town", "fullest")
FIGURE = {figure.code: figure for figure in FIGURES}


@dataclass(frozen=True)
class Row:
    """A site of a scenario as the page shows it; `number`, `hue` and `dot` of an open one, else 0 and nothing."""

    site: ScenarioSite
    number: int
    hue: str
    dot: str
    worth: SiteWorth | None

    @property
    def over(self) -> bool:
        """Whether it gets more than it can sort."""
        return self.worth is not None and self.worth.full > 1


def rows_of(look: Look) -> list[Row]:
    """Return all sites in their order; those that are counted have a number."""
    counted = {row.code: number for number, row in enumerate(look.opened, start=1)}
    worths = look.worth.sites if look.worth is not None else ()
    found = []
    for site in look.scenario.sites:
        number = counted.get(site.code, 0)
        hue, dot = look_of(number) if number else ("", "")
        found.append(Row(site, number, hue, dot, worths[number - 1] if number and worths else None))
    return found


def look_of(number: int) -> tuple[str, str]:
    """Return hue and dot of a site's catchment."""
    return HUES[(number - 1) % len(HUES)], DOTS[(number - 1) // len(HUES) % len(DOTS)]


OWNERSHIPS = {"built": N_("built"), "rented": N_("rented"), "partner": N_("a partner's")}
LANDS = {
    "buildable": N_("may be built on"),
    "approval": N_("approval is awaited"),
    "no-building": N_("may not be built on"),
}


def stated(site: ScenarioSite | ScenarioMarket) -> list[str]:
    """Say in words what is known of a site beyond its place and size."""
    facts, words = facts_of(site), []
    words += [facts.operator] if facts.operator else []
    words += [gettext(OWNERSHIPS[facts.ownership])] if facts.ownership else []
    words += [gettext(LANDS[facts.land])] if facts.land else []
    if facts.land_m2 is not None:
        words.append(f"{format_decimal(facts.land_m2)} m²")
    if facts.yuan is not None:
        words.append(gettext("%(yuan)s yuan a year", yuan=format_decimal(round(facts.yuan))))
    if facts.tonne_yuan is not None:
        words.append(gettext("%(yuan)s yuan a tonne", yuan=format_decimal(facts.tonne_yuan)))
    if facts.capacity is not None:
        words.append(gettext("sorts %(tonnes)s t a year", tonnes=format_decimal(round(facts.capacity))))
    words += [facts.hours] if facts.hours else []
    return [*words, *([facts.note] if facts.note else [])]


def said(figure: Figure, value: float, signed: bool = False) -> str:
    """Say a figure's value in the page's language, without its unit."""
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    return number(value, figure.digits, signed)


def number(value: float, digits: int, signed: bool = False) -> str:
    """Say a number with so many digits behind the point in the page's language."""
    text = format_decimal(abs(round(value, digits)), format="#,##0" + ("." + "0" * digits).rstrip("."))
    sign = "−" if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def unit(figure: Figure) -> str:
    """Say a figure's unit."""
    return gettext(figure.unit) if figure.unit else ""


def changed(line: Line) -> str:
    """Say how much more the second of two figures is, or that there is no difference."""
    if line.verdict == "same":
        return gettext("no difference")
    arrow = "▲" if line.difference > 0 else "▼"
    return f"{arrow} {said(line.figure, line.difference, signed=True)}"


def verdict(line: Line) -> str:
    """Say whether the second of two figures is better, in a word; nothing where neither is said."""
    words = {"better": gettext("better"), "worse": gettext("worse")}
    return words.get(line.verdict, "")


def tiles(look: Look) -> list[tuple[Line, str]]:
    """Return the figures that stand first, each beside that of the network as it stands, and what it is about."""
    if look.worth is None or look.base is None:
        return []
    lines = [Line(FIGURE[code], FIGURE[code].rounded(look.base), FIGURE[code].rounded(look.worth)) for code in TILES]
    town, fullest = look.worth.worst_town, look.worth.fullest
    names = {row.code: row.label(language()) for row in look.scenario.sites}
    about = {
        "within": gettext("within %(minutes)s minutes", minutes=look.assumed.reach_minutes),
        "worst-town": f"{town.county} {town.town}" if town else "",
        "fullest": names.get(fullest.code, "") if fullest else "",
    }
    return [(line, about.get(line.figure.code, "")) for line in lines]


def bands(found: Worth) -> list[tuple[str, float]]:
    """Return people by minutes to their site, in words."""
    counted = list(zip(band_words(), found.bands, strict=True))
    return [*counted, (gettext("no way"), found.unreached)] if found.unreached else counted


def band_words() -> list[str]:
    """Say the bands of minutes, the last of which has no end."""
    words = [gettext("up to %(minutes)s minutes", minutes=minutes) for minutes in BANDS]
    return [*words, gettext("more than %(minutes)s minutes", minutes=BANDS[-1])]


def map_data(look: Look, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the page's script draws: sites, and for each community the number of its site and its minutes."""
    found = look.worth
    return {
        "sites": [
            {
                "code": row.site.code,
                "name": row.site.label(language()),
                "lon": row.site.lon,
                "lat": row.site.lat,
                "kind": row.site.kind,
                "open": row.site.is_open,
                "number": row.number,
                "hue": row.hue,
                "dot": row.dot,
                "over": row.over,
            }
            for row in rows
        ],
        "of": (found.site + 1).tolist() if found is not None else [],
        "minutes": [round(s / 60) if s >= 0 else -1 for s in found.seconds.tolist()] if found is not None else [],
    }


def market_data(rows: Sequence[ScenarioMarket]) -> list[dict[str, Any]]:
    """Return what maps draw of open markets, each with its number in the list."""
    return [
        {"number": number, "name": row.label(language()), "lon": row.lon, "lat": row.lat}
        for number, row in enumerate(rows, start=1)
        if row.is_open
    ]
