"""Sites of a layer beside those of a scenario: which are new, which change, and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from recycling import network
from recycling.errors import N_, Fault
from recycling.kept_network import the_community
from recycling.layers.columns import MARKETS
from recycling.layers.found import FeatureFault
from recycling.layers.market_rows import merged_markets
from recycling.layers.site_rows import SiteRow
from recycling.models import Scenario, ScenarioMarket, ScenarioSite
from recycling.sites.assumed import STANDING, Assumed
from recycling.sites.editing import MOST_SITES, next_number
from recycling.sites.facts import SiteFacts, usable
from recycling.sites.scenarios import as_it_stands, copied

OWN = re.compile(r"P[1-9]\d{0,5}")
MOVED_METRES = 100
METRES_A_DEGREE = 111_320

Changing = ScenarioSite | ScenarioMarket


@dataclass(frozen=True)
class Merged:
    """What becomes of a scenario's sites: all of them afterwards, by which of them a layer adds, changes, leaves alone.

    Markets and dismantlers are among what is added and changed, and not among the sites.

    ``faults`` are what stands in the way; then nothing is to be taken. ``outside`` are rows that lie outside the area.
    """

    sites: Sequence[ScenarioSite]
    added: Sequence[Changing]
    changed: Sequence[Changing]
    same: int
    outside: Sequence[SiteRow]
    faults: Sequence[FeatureFault]


def merged(session: Session, scenario: Scenario, rows: Sequence[SiteRow], left_out: Collection[int] = ()) -> Merged:
    """Put the sites of a layer into copies of those of a scenario; rows of the numbers in ``left_out`` are passed over.

    A row means the site of its code, or that whose ``ref`` it names; any other becomes a place of the planner's own,
    unless its code is that of a site of the network, or (as kind ``town``) of a community.
    """
    area, assumed = network.the_area(session), Assumed(**scenario.assumed)
    sites = [copied(row) for row in scenario.sites]
    by_code = {row.code: row for row in sites}
    by_ref = {ref: row for row in sites if (ref := (row.facts or {}).get("ref"))}
    standing = {row.code: row for row in as_it_stands(network.sites(session), assumed)}
    number = max([next_number(scenario), *(int(r.code[1:]) + 1 for r in rows if OWN.fullmatch(r.code))])
    added, changed, outside, faults = list[Changing](), list[Changing](), list[SiteRow](), list[FeatureFault]()
    seen = set[str]()
    for row in rows:
        if row.number in left_out or row.kind in MARKETS:
            continue
        site = by_code.get(row.code) or by_ref.get(row.facts.ref) or by_ref.get(row.code)
        if site is None and not network.inside(area, row.lon, row.lat):
            outside.append(row)
            continue
        fresh = site is None
        if site is None:
            site = standing.get(row.code) or _community(session, row, assumed)
        if site is None:
            code = row.code if OWN.fullmatch(row.code) else f"P{number}"
            number += code != row.code
            site = _own(row, code, assumed)
        before = _said(site)
        fault = _other_kind(site, row) or _moved(site, row) or (_twice(site) if site.code in seen else None)
        if fault is None and site.kind == "own" and not network.inside(area, row.lon, row.lat):
            outside.append(row)
            continue
        seen.add(site.code)
        fault = fault or _filled(site, row, fresh)
        if fault is not None:
            faults.append(FeatureFault(row.number, fault))
        elif fresh:
            sites.append(site)
            added.append(site)
        elif _said(site) != before:
            changed.append(site)
    if len(sites) > MOST_SITES:
        sentence = N_("A scenario has %(most)s sites at most; with these it would have %(count)s. Send fewer.")
        faults.append(
            FeatureFault(0, Fault("file", "too-many-sites", sentence, {"most": MOST_SITES, "count": len(sites)}))
        )
    for position, one in enumerate(sites):
        one.position = position
    codes = {row.code for row in sites} | standing.keys()
    markets = merged_markets(area, scenario, [row for row in rows if row.kind in MARKETS], codes, left_out)
    added += markets.added
    changed += markets.changed
    faults += markets.faults
    done = len(added) + len(changed) + len(outside) + len(faults)
    return Merged(sites, added, changed, max(0, len(rows) - len(left_out) - done), outside, faults)


def _own(row: SiteRow, code: str, assumed: Assumed) -> ScenarioSite:
    return ScenarioSite(
        code=code, position=0, kind="own", name=row.name, name_en=row.name_en, lon=row.lon, lat=row.lat,
        size=assumed.smallest, is_open=False, facts={},
    )  # fmt: skip


def _community(session: Session, row: SiteRow, assumed: Assumed) -> ScenarioSite | None:
    """Return a site where a community lies, if that is what the row says."""
    found = the_community(session, row.code) if row.kind == "town" else None
    if found is None:
        return None
    name = f"{found.town} {found.name}"
    return ScenarioSite(
        code=found.code, position=0, kind="town", name=name, name_en=name, lon=round(found.lon, 6),
        lat=round(found.lat, 6), size=assumed.smallest, is_open=False, facts={},
    )  # fmt: skip


def _filled(site: ScenarioSite, row: SiteRow, fresh: bool) -> Fault | None:
    """Write a row into a site; return what cannot be."""
    facts = row.facts
    if site.kind == "own":
        site.name, site.name_en, site.lon, site.lat = row.name, row.name_en, row.lon, row.lat
        if row.code and row.code != site.code and not facts.ref:
            facts = facts.model_copy(update={"ref": row.code})
    site.facts = SiteFacts(**facts.model_dump()).kept()
    if row.size and (row.size == STANDING) != (site.kind == "standing"):
        sentence = N_("Only a centre that stands has the size standing, and it keeps that. Choose one of the list.")
        return Fault("size", "no-size", sentence, {})
    site.size = row.size or site.size
    can = usable(site)
    if row.opened is None:
        site.is_open = can if fresh and site.kind in ("own", "town") else site.is_open and can
    else:
        site.is_open = row.opened
    if site.is_open and not can:
        return Fault("open", "no-building", N_("There may not be built here, so it cannot be open. Write no."), {})
    return None


def _moved(site: ScenarioSite, row: SiteRow) -> Fault | None:
    """Return a fault where a site that stands where it stands is given another place."""
    away = max(abs(site.lon - row.lon) * 0.86, abs(site.lat - row.lat)) * METRES_A_DEGREE
    if site.kind == "own" or away <= MOVED_METRES:
        return None
    sentence = N_("%(name)s stands elsewhere and cannot be moved. Give the place another code, and close the site.")
    return Fault("position", "not-own", sentence, {"name": site.name})


def _other_kind(site: ScenarioSite, row: SiteRow) -> Fault | None:
    """Return a fault where a row says that a site is of a kind that it is not."""
    if row.kind in ("", site.kind):
        return None
    sentence = N_("There is no place of the kind %(kind)s with this code. Correct the code, or leave the kind empty.")
    return Fault("kind", "other-kind", sentence, {"kind": row.kind})


def _twice(site: ScenarioSite) -> Fault:
    return Fault("code", "code-twice", N_("The code %(code)s stands in the file twice."), {"code": site.code})


def _said(site: ScenarioSite) -> tuple[object, ...]:
    return site.name, site.name_en, site.lon, site.lat, site.size, site.is_open, dict(site.facts or {})
