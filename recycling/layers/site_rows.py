"""Rows of a layer as sites, each wrong cell told by feature and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recycling.errors import N_, Fault
from recycling.layers.cells import amount_in, hours_in, materials_in, one_of, prices_in, some_of, text_in, yes_or_no
from recycling.layers.columns import FEEDS, KINDS, LAND, MARKETS, OWNERSHIP
from recycling.layers.found import Feature, FeatureFault
from recycling.settings.base import Section
from recycling.sites.facts import COSTS, NO_BUILDING, SiteFacts

AMOUNTS = (*COSTS, "tonne_yuan", "land_m2", "tonnes", "way_km", "way_min")
MUST_COST = {"built": "build_yuan", "rented": "rent_yuan", "partner": "rent_yuan"}
"""What a site costs at least to be known, by whose it is."""


class SiteRow(Section):
    """A site of a layer; nothing for what the file leaves open.

    Attributes
    ----------
    number
        Of its feature in the file.
    kind
        As `recycling.models.ScenarioSite` has it; empty: as its code says.
    opened, size
        Nothing for what it has already, or else open and of the smallest size.
    """

    number: int
    code: str
    name: str
    name_en: str
    kind: str
    opened: bool | None
    size: str
    lon: float
    lat: float
    facts: SiteFacts


def sites_in(
    features: Sequence[Feature], materials: Mapping[str, str], sizes: Sequence[str]
) -> tuple[list[SiteRow], list[FeatureFault]]:
    """Return the sites of a layer, and what is wrong.

    Parameters
    ----------
    materials
        The code of each material by any of its names in small letters.
    sizes
        That a new site may have.
    """
    found, wrong, codes = list[SiteRow](), list[FeatureFault](), set[str]()
    for one in features:
        row, faults = _site(one, materials, sizes)
        if row.code and row.code in codes:
            faults.append(
                Fault("code", "code-twice", N_("The code %(code)s stands in the file twice."), {"code": row.code})
            )
        codes.add(row.code)
        wrong += [FeatureFault(one.number, fault) for fault in faults]
        found.append(row)
    return found, wrong


def _site(one: Feature, materials: Mapping[str, str], sizes: Sequence[str]) -> tuple[SiteRow, list[Fault]]:
    cells, faults = one.cells, list[Fault]()
    amounts = {name: amount_in(cells, name, faults) for name in AMOUNTS}
    owned = one_of(cells, "ownership", OWNERSHIP, faults)
    land = one_of(cells, "land", LAND, faults)
    opened = yes_or_no(cells, "open", faults)
    name = text_in(cells, "name", faults)
    if not name and not any(fault.where == "name" for fault in faults):
        faults.append(Fault("name", "no-name", N_("Give the place a name."), {}))
    size = cells.get("size", "").strip()
    size = {"小": "small", "大": "large"}.get(size, size)
    if size and size not in (*sizes, "standing"):
        values: dict[str, object] = {"size": size[:20]}
        faults.append(Fault("size", "no-size", N_("There is no size %(size)s. Choose one of the list."), values))
    if land == NO_BUILDING and opened:
        faults.append(
            Fault("open", "no-building", N_("There may not be built here, so it cannot be open. Write no."), {})
        )
    stated = [name for name in COSTS if amounts[name] is not None]
    if stated and not owned and not any(fault.where == "ownership" for fault in faults):
        faults.append(
            Fault("ownership", "no-ownership", N_("It has costs: say whether it is built, rented or a partner's."), {})
        )
    if stated and owned and amounts[MUST_COST[owned]] is None and not any(f.where in COSTS for f in faults):
        where = MUST_COST[owned]
        sentence = N_("Its costs are not whole. Write what building it costs a year, or 0.")
        if where == "rent_yuan":
            sentence = N_("Its costs are not whole. Write its rent or the partner's fee a year, or 0.")
        faults.append(Fault(where, "cost-missing", sentence, {}))
    facts: dict[str, Any] = {
        **amounts,
        "ref": text_in(cells, "ref", faults),
        "operator": text_in(cells, "operator", faults),
        "note": text_in(cells, "note", faults),
        "ownership": owned,
        "land": land,
        "materials": materials_in(cells, materials, faults),
        "hours": hours_in(cells, faults),
        "feeds": some_of(cells, "feeds", FEEDS, faults),
        "prices": prices_in(cells, materials, faults),
    }
    kind = one_of(cells, "kind", KINDS, faults)
    faults += _of_markets(facts, size, faults) if kind in MARKETS else _of_markets_alone(facts)
    row = SiteRow(
        number=one.number,
        code=text_in(cells, "code", faults),
        name=name,
        name_en=text_in(cells, "name_en", faults) or name,
        kind=kind,
        opened=opened,
        size=size,
        lon=one.lon,
        lat=one.lat,
        facts=SiteFacts(**facts),
    )
    return row, faults


def _of_markets(facts: Mapping[str, Any], size: str, known: Sequence[Fault]) -> list[Fault]:
    """Return what is wrong of a market, beside what can be wrong of any site."""
    faults = []
    if not facts["prices"] and not any(fault.where == "prices" for fault in known):
        sentence = N_("Write what it pays for a tonne of each material that it takes, such as paper=300; glass=-20.")
        faults.append(Fault("prices", "no-prices", sentence))
    for where, stands in (("size", size), ("feeds", facts["feeds"])):
        if stands:
            faults.append(
                Fault(where, "not-of-markets", N_("A market or dismantler has none of this. Leave it empty."))
            )
    if facts["way_min"] is not None and facts["way_km"] is None:
        faults.append(Fault("way_km", "no-km", N_("Minutes are written without kilometres. Write both, or neither.")))
    return faults


def _of_markets_alone(facts: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each thing that a site states and only markets have."""
    sentence = N_("Only markets and dismantlers have this. Leave it empty, or write market or dismantler as the kind.")
    stated = [where for where in ("prices", "way_km", "way_min") if facts[where] not in (None, {})]
    return [Fault(where, "of-markets-alone", sentence) for where in stated]
