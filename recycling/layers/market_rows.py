"""Markets and dismantlers of a layer beside those of a scenario."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recycling.errors import N_, Fault
from recycling.layers.found import FeatureFault
from recycling.layers.site_rows import SiteRow
from recycling.models import Area, Scenario, ScenarioMarket
from recycling.sites.markets import free_code, no_way, said, too_many
from recycling.sites.scenarios import copied_market


@dataclass(frozen=True)
class MergedMarkets:
    """What becomes of a scenario's markets, as `recycling.layers.merging.Merged` has it of its sites."""

    added: Sequence[ScenarioMarket]
    changed: Sequence[ScenarioMarket]
    faults: Sequence[FeatureFault]


def merged_markets(
    area: Area, scenario: Scenario, rows: Sequence[SiteRow], sites: Collection[str], left_out: Collection[int]
) -> MergedMarkets:
    """Put the markets of a layer into copies of those of a scenario; ``sites`` are codes that markets may not have."""
    markets = [copied_market(row) for row in scenario.markets]
    known = {row.code: row for row in markets}
    added, changed, faults = list[ScenarioMarket](), list[ScenarioMarket](), list[FeatureFault]()
    for row in rows:
        if row.number in left_out:
            continue
        if row.code in sites:
            sentence = N_("%(code)s is the code of a site. Give the market another one.")
            faults.append(FeatureFault(row.number, Fault("code", "code-of-a-site", sentence, {"code": row.code})))
            continue
        new = made(row, row.code or free_code([*markets, *added]))
        fault = no_way(area, new)
        if fault is not None:
            faults.append(FeatureFault(row.number, fault))
        elif new.code not in known:
            added.append(new)
        elif said(known[new.code]) != said(new):
            changed.append(new)
    full = too_many(len(markets) + len(added))
    if full is not None:
        faults.append(FeatureFault(0, full))
    return MergedMarkets(added, changed, faults)


def made(row: SiteRow, code: str) -> ScenarioMarket:
    """Return the market that a row says, under a code, not yet of any scenario."""
    return ScenarioMarket(
        code=code,
        position=0,
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        lon=row.lon,
        lat=row.lat,
        is_open=row.opened is not False,
        facts=row.facts.kept(),
    )
