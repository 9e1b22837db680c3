"""Sites of two scenarios side by side: tonnes of each material, and how full each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recycling.models import ScenarioSite
from recycling.sites.looking import Look
from recycling.sites.worth import SiteWorth


@dataclass(frozen=True)
class SitePair:
    """A site that is open in one of two scenarios at least; None where it is not, or is not counted."""

    site: ScenarioSite
    first: SiteWorth | None
    second: SiteWorth | None

    def tonnes(self, share: float = 1.0) -> tuple[float | None, float | None]:
        """Return the tonnes a year in both, of a material with such a share in what is brought."""
        first, second = (None if one is None else one.tonnes * share for one in (self.first, self.second))
        return first, second

    @property
    def full(self) -> tuple[float | None, float | None]:
        """Share of what it can sort in both."""
        first, second = (None if one is None else one.full for one in (self.first, self.second))
        return first, second


def site_pairs(first: Look, second: Look) -> list[SitePair]:
    """Return the sites of two scenarios by their codes, those that get most in either first; none without figures."""
    if first.worth is None or second.worth is None:
        return []
    rows = {row.code: row for look in (second, first) for row in look.opened}
    one, other = ({site.code: site for site in worth.sites} for worth in (first.worth, second.worth))
    pairs = [SitePair(row, one.get(code), other.get(code)) for code, row in rows.items()]
    return sorted(pairs, key=lambda pair: (-max(tonnes or 0.0 for tonnes in pair.tonnes()), pair.site.code))


def shares_of(brought: Mapping[str, float]) -> dict[str, float]:
    """Return what share of all that is brought each material is."""
    whole = sum(brought.values())
    return {material: part / whole for material, part in brought.items()} if whole > 0 else {}
