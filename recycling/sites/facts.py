"""What is known of a site beyond its place and size: who runs it, on which land, what it costs and what it may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from recycling.models import ScenarioMarket, ScenarioSite
from recycling.settings.base import Section
from recycling.sites.assumed import Assumed

if TYPE_CHECKING:
    from recycling.sites.worth import Place

Ownership = Literal["", "built", "rented", "partner"]
Land = Literal["", "buildable", "approval", "no-building"]
Feeds = Literal["centre", "market"]

NO_BUILDING = "no-building"
COSTS = ("rent_yuan", "land_yuan", "build_yuan", "run_yuan")
"""What a site costs a year, whatever it sorts."""


class SiteFacts(Section):
    """Facts of a site; nothing for what is not known. Money in yuan a year, but ``tonne_yuan`` for a tonne.

    Attributes
    ----------
    ref
        What the file that it came in calls it.
    operator, note, hours
        Shown and kept, and counted nowhere.
    ownership
        Built by the city, rented, or a partner's.
    rent_yuan, land_yuan, build_yuan, run_yuan
        Rent or the partner's fee; land; buildings and machines, written off; staff, power and upkeep.
    tonne_yuan
        Sorting a tonne.
    land, land_m2
        Whether there may be built, and the area.
    tonnes, materials
        What it can sort in a year, in all and of each material.
    feeds
        Which tier it may feed: ``centre`` for a station, ``market`` for a sorting centre; nothing for both.
    prices, way_km, way_min
        Of markets and dismantlers alone: yuan that they pay for a tonne of each material that they take (below 0 they
        want to be paid), and the stated way there, where no road of the layer leads.
    """

    ref: str = ""
    operator: str = ""
    ownership: Ownership = ""
    rent_yuan: float | None = Field(default=None, ge=0)
    land_yuan: float | None = Field(default=None, ge=0)
    build_yuan: float | None = Field(default=None, ge=0)
    run_yuan: float | None = Field(default=None, ge=0)
    tonne_yuan: float | None = Field(default=None, ge=0)
    land: Land = ""
    land_m2: float | None = Field(default=None, ge=0)
    tonnes: float | None = Field(default=None, ge=0)
    materials: dict[str, float] = Field(default_factory=dict)
    hours: str = ""
    feeds: tuple[Feeds, ...] = ()
    prices: dict[str, float] = Field(default_factory=dict)
    way_km: float | None = Field(default=None, ge=0)
    way_min: float | None = Field(default=None, ge=0)
    note: str = ""

    @property
    def yuan(self) -> float | None:
        """What it costs a year, whatever it sorts; None where no cost is known."""
        known = [cost for name in COSTS if (cost := getattr(self, name)) is not None]
        return sum(known) if known else None

    @property
    def capacity(self) -> float | None:
        """Tonnes a year that it can sort; None where nothing is known."""
        return self.tonnes if self.tonnes is not None else sum(self.materials.values()) if self.materials else None

    def kept(self) -> dict[str, object]:
        """Return what is known, as the record keeps it."""
        return self.model_dump(mode="json", exclude_defaults=True)


def facts_of(row: Place | ScenarioMarket) -> SiteFacts:
    """Return the facts of a site."""
    return SiteFacts(**(row.facts or {}))


def usable(row: ScenarioSite) -> bool:
    """Tell whether a site may be opened: not on land that may not be built on, unless it stands there."""
    return row.kind in ("standing", "station") or facts_of(row).land != NO_BUILDING


def capacity_of(row: Place, assumed: Assumed) -> float:
    """Return the tonnes a year that a site can sort: its own, else those of its size."""
    known = facts_of(row).capacity
    return assumed.capacity(row.code, row.size) if known is None else known


def yuan_of(row: Place, assumed: Assumed) -> float:
    """Return the yuan a year that a site costs, whatever it sorts: its own, else those of its size."""
    known = facts_of(row).yuan
    return assumed.yuan_a_year(row.size) if known is None else known * assumed.stated_share


def tonne_yuan_of(row: Place, assumed: Assumed) -> float:
    """Return the yuan for sorting a tonne at a site: its own, else those of the scenario."""
    known = facts_of(row).tonne_yuan
    return assumed.yuan_a_tonne if known is None else known * assumed.stated_tonne_share
