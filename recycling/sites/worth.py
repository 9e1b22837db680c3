"""What sites are worth to people and to the budget: who gets where in how many minutes, and what a year costs.

Everybody's things go to the open site that a truck reaches soonest from there; a site that gets more than it can sort
is said to be over full, and nothing is sent elsewhere for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from recycling.sites.assumed import Assumed
from recycling.sites.facts import capacity_of, tonne_yuan_of, yuan_of
from recycling.sites.people import People

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEEKS_A_YEAR = 365.25 / 7
BANDS = (15, 30, 45, 60, 90)
"""Minutes up to which people are counted together; the last band has no end."""

TENTH = 0.1
NOWHERE = -1


class Place(Protocol):
    """A site as it counts here: those of a scenario, and what is sent to a worker of them."""

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def lon(self) -> float:
        """Degrees east, WGS 84."""
        ...

    @property
    def lat(self) -> float:
        """Degrees north, WGS 84."""
        ...

    @property
    def size(self) -> str:
        """As `Assumed.capacity` takes it."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether it takes anything."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is known of it, as `recycling.sites.facts.SiteFacts` keeps it."""
        ...


@dataclass(frozen=True)
class SiteWorth:
    """An open site: people and tonnes a year that get there, what it can sort, minutes in the mean and at most."""

    code: str
    people: float
    tonnes: float
    capacity: float
    minutes: float
    farthest: float
    km: float
    communities: int

    @property
    def full(self) -> float:
        """Share of what it can sort; 0 for a site that gets nothing, infinity for one that can sort nothing."""
        if self.capacity > 0:
            return self.tonnes / self.capacity
        return float("inf") if self.tonnes > 0 else 0.0


@dataclass(frozen=True)
class TownWorth:
    """A town: its people, their minutes in the mean (None: there is no way), and where most of them get."""

    county: str
    town: str
    people: float
    minutes: float | None
    site: str


@dataclass(frozen=True, eq=False)
class Worth:
    """What the open sites of a scenario are worth.

    Attributes
    ----------
    site
        (communities of the area): number in ``sites`` of that which each gets to; -1 for none, and for other depots'.
    seconds, metres
        (communities) by road, -1 likewise.
    sorting_rates
        (communities) yuan for sorting a tonne at the site that each gets to; 0 for none.
    yuan, fixed, sorting, transport
        A year's cost and its parts.
    km, hours, kg_co2
        What trucks drive in a year, there and back, and what they emit.
    minutes, median, worst_tenth
        Of people: mean, half of them have less, and mean of that tenth which has it farthest.
    within
        People within the reach.
    bands
        People up to each of `BANDS`, and beyond the last.
    people, unreached
        All people, and those without a way to any open site; these are in none of the means, tonnes and costs.
    """

    site: NDArray[np.int64]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]
    sorting_rates: NDArray[np.float64]
    sites: tuple[SiteWorth, ...]
    towns: tuple[TownWorth, ...]
    tonnes: float
    fixed: float
    sorting: float
    transport: float
    km: float
    hours: float
    kg_co2: float
    minutes: float
    median: float
    worst_tenth: float
    within: float
    bands: tuple[float, ...]
    people: float
    unreached: float
    lost_communities: int

    @property
    def yuan(self) -> float:
        """What a year costs."""
        return self.fixed + self.sorting + self.transport

    @property
    def worst_town(self) -> TownWorth | None:
        """The town whose people have it farthest in the mean."""
        return max((t for t in self.towns if t.minutes is not None), key=lambda t: t.minutes or 0.0, default=None)

    @property
    def fullest(self) -> SiteWorth | None:
        """The open site that gets the largest share of what it can sort."""
        return max(self.sites, key=lambda one: one.full, default=None)


def brought(people: People, assumed: Assumed) -> NDArray[np.float64]:
    """Return (communities) the tonnes a year that are brought: what a place states itself, else the rates' for people.

    Both are made more or less by the scenario's percent.
    """
    import numpy as np

    rate = np.where(people.urban, assumed.grams_a_week_urban, assumed.grams_a_week_rural)
    grams = people.people * rate
    if people.kg_a_week is not None:
        grams = np.where(np.isnan(people.kg_a_week), grams, people.kg_a_week * 1000)
    tonnes: NDArray[np.float64] = grams * WEEKS_A_YEAR / 1e6 * assumed.demand_percent / 100
    return tonnes


def worth(
    people: People,
    depot: str | None,
    assumed: Assumed,
    sites: Sequence[Place],
    ways: Mapping[tuple[float, float], NDArray[np.int32]],
) -> Worth:
    """Return what the open ones among the sites are worth to a depot's communities, or to all.

    `ways` are those of `recycling.sites.ways` by the site's position; a site without an entry is not counted.
    """
    import numpy as np

    opened = [site for site in sites if site.is_open and (site.lon, site.lat) in ways]
    mine = people.of(depot)
    count = len(people.codes)
    site, seconds, metres = (np.full(count, NOWHERE, dtype=np.int64) for _ in range(3))
    if opened:
        table = np.stack([ways[one.lon, one.lat] for one in opened]).astype(np.int64)  # (sites, 2, communities)
        far = np.where(table[:, 0] < 0, np.iinfo(np.int64).max, table[:, 0])
        best = far.argmin(axis=0)
        row = np.arange(count)
        reached = mine & (table[best, 0, row] >= 0)
        site[reached] = best[reached]
        seconds[reached], metres[reached] = table[best, 0, row][reached], table[best, 1, row][reached]
    reached = site >= 0
    tonnes = np.where(reached, brought(people, assumed), 0.0)
    trips = tonnes / assumed.load_tonnes
    km, hours = 2 * np.where(reached, metres, 0) / 1000 * trips, 2 * np.where(reached, seconds, 0) / 3600 * trips
    minutes, heads = seconds[reached] / 60, people.people[reached]
    sums = [
        np.bincount(site[reached], weights[reached], minlength=len(opened)) if opened else np.zeros(0)
        for weights in (people.people, tonnes, km, people.people * seconds / 60)
    ]
    counted = np.bincount(site[reached], minlength=len(opened))
    farthest = [float(seconds[site == k].max(initial=0)) / 60 for k in range(len(opened))]
    rows = tuple(
        SiteWorth(
            one.code,
            float(sums[0][k]),
            float(sums[1][k]),
            capacity_of(one, assumed),
            float(sums[3][k] / sums[0][k]) if sums[0][k] else 0.0,
            farthest[k],
            float(sums[2][k]),
            int(counted[k]),
        )
        for k, one in enumerate(opened)
    )
    edges = [0.0, *(float(band) for band in BANDS), np.inf]
    bands = [float(heads[(minutes > low) & (minutes <= high)].sum()) for low, high in pairwise(edges)]
    bands[0] += float(heads[minutes == 0].sum())
    driven = float(km.sum())
    rates = np.zeros(count)
    if opened:
        rates[reached] = np.array([tonne_yuan_of(one, assumed) for one in opened])[site[reached]]
    return Worth(
        site=site,
        seconds=seconds,
        metres=metres,
        sorting_rates=rates,
        sites=rows,
        towns=_towns(people, mine, site, seconds, opened),
        tonnes=float(tonnes.sum()),
        fixed=sum(yuan_of(one, assumed) for one in opened),
        sorting=float((tonnes * rates).sum()),
        transport=assumed.transport((driven * assumed.cost_per_km + float(hours.sum()) * assumed.cost_per_hour) / 100),
        km=driven,
        hours=float(hours.sum()),
        kg_co2=driven * assumed.grams_co2_per_km / 1000,
        minutes=float((minutes * heads).sum() / max(1.0, heads.sum())),
        median=_up_to(minutes, heads, 0.5),
        worst_tenth=_farthest(minutes, heads, TENTH),
        within=float(heads[minutes <= assumed.reach_minutes].sum()),
        bands=tuple(bands),
        people=float(people.people[mine].sum()),
        unreached=float(people.people[mine & ~reached].sum()),
        lost_communities=int((mine & ~reached).sum()),
    )


def _towns(
    people: People,
    mine: NDArray[np.bool_],
    site: NDArray[np.int64],
    seconds: NDArray[np.int64],
    opened: Sequence[Place],
) -> tuple[TownWorth, ...]:
    import numpy as np

    size, reached = len(people.towns), site >= 0
    heads = np.bincount(people.town[mine], people.people[mine], minlength=size)
    near = np.bincount(people.town[reached], people.people[reached], minlength=size)
    spent = np.bincount(people.town[reached], (people.people * seconds)[reached], minlength=size)
    gets = np.zeros((size, max(1, len(opened))))
    np.add.at(gets, (people.town[reached], site[reached]), people.people[reached])
    most = gets.argmax(axis=1)
    return tuple(
        TownWorth(
            county,
            town,
            float(heads[k]),
            float(spent[k] / near[k] / 60) if near[k] else None,
            opened[most[k]].code if near[k] else "",
        )
        for k, (county, town) in enumerate(people.towns)
        if heads[k]
    )


def _up_to(minutes: NDArray[np.float64], heads: NDArray[np.float64], share: float) -> float:
    """Return the minutes that a share of the people have at most."""
    if not len(minutes):
        return 0.0
    order = minutes.argsort()
    return float(minutes[order][heads[order].cumsum().searchsorted(share * heads.sum())])


def _farthest(minutes: NDArray[np.float64], heads: NDArray[np.float64], share: float) -> float:
    """Return the mean of that share of the people who have it farthest."""
    import numpy as np

    if not len(minutes):
        return 0.0
    order = minutes.argsort()[::-1]
    left = share * heads.sum()
    taken = np.clip(left - (heads[order].cumsum() - heads[order]), 0.0, heads[order])
    return float((taken * minutes[order]).sum() / max(1e-9, taken.sum()))
