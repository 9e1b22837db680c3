"""Rows of a layer as sites, each wrong cell told by feature and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recycling.errors import N_, Fault
from recycling.layers.cells import amount_in, hours_in, materials_in, one_of, some_of, text_in, yes_or_no
from recycling.layers.columns import FEEDS, KINDS, LAND, OWNERSHIP
from recycling.layers.found import Feature, FeatureFault
from recycling.settings.base import Section
from recycling.sites.facts import COSTS, NO_BUILDING, SiteFacts

AMOUNTS = (*COSTS, "tonne_yuan", "land_m2", "tonnes")
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
    }
    row = SiteRow(
        number=one.number,
        code=text_in(cells, "code", faults),
        name=name,
        name_en=text_in(cells, "name_en", faults) or name,
        kind=one_of(cells, "kind", KINDS, faults),
        opened=opened,
        size=size,
        lon=one.lon,
        lat=one.lat,
        facts=SiteFacts(**facts),
    )
    return row, faults
