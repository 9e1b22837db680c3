"""What a scenario lacks: room for how many tonnes of what, ways to whom, and the cheapest single change that mends it.

A change opens one closed site, or makes an open one larger. Each is tried as the scenario is counted: everybody's
things go to the open site that a truck reaches soonest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlalchemy.orm import Session

from recycling.fleet import Fleet
from recycling.settings import Settings
from recycling.sites.facts import facts_of, usable
from recycling.sites.looking import Look
from recycling.sites.variants import Place
from recycling.sites.ways import Lonlat, WaysDesk, question
from recycling.sites.worth import Place as AnyPlace
from recycling.sites.worth import Worth, worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TRIED = 12
"""Closed sites that are tried at most, those first that are nearest to what lacks something."""

SOME = 0.05
"""Tonnes or people that are none."""


@dataclass(frozen=True)
class Short:
    """Tonnes a year for which an open site has no room: of a material that it states apart, or ("") of all together."""

    code: str
    tonnes: float
    material: str = ""


@dataclass(frozen=True)
class Mend:
    """A site that is opened or made larger, in which size, what that costs a year, and what is lacking then."""

    deed: Literal["open", "enlarge"]
    code: str
    size: str
    yuan: float
    tonnes: float
    people: float

    @property
    def whole(self) -> bool:
        """Whether nothing is lacking any more."""
        return self.tonnes <= SOME and self.people <= SOME


@dataclass(frozen=True)
class Lack:
    """What is lacking.

    Attributes
    ----------
    closed
        Whether no site is open at all.
    short
        Open sites that get more than they can sort.
    nowhere
        Tonnes a year of materials that no open site takes, by code.
    places, people
        Communities without a way to an open site, those with most people first, and all of their people.
    mend
        The cheapest single change after which nothing is lacking; where there is none, that which helps most.
    waiting
        Closed sites whose ways are still being found; they are not tried yet.
    """

    closed: bool
    short: tuple[Short, ...]
    nowhere: Mapping[str, float]
    places: tuple[str, ...]
    people: float
    mend: Mend | None = None
    waiting: int = 0

    @property
    def none(self) -> bool:
        """Whether nothing is lacking."""
        return not (self.closed or self.short or self.nowhere or self.people > SOME)


def lacking(
    session: Session, settings: Settings, fleet: Fleet, desk: WaysDesk, look: Look, day: date, wait: float = 0.0
) -> Lack | None:
    """Return what a scenario lacks, None for nothing, or while ways are being found.

    Raises
    ------
    UnavailableError
        When ways cannot be found now.
    """
    shares = settings.stock.brought
    if look.worth is None:
        return None
    lack = lack_of(look, look.worth, look.opened, shares)
    if lack.none:
        return None
    closed = _near(look, [row for row in look.scenario.sites if not row.is_open and usable(row)])
    asked = question(session, settings, fleet, look.people, look.assumed.vehicle, day)
    known = desk.ways(asked, [(row.lon, row.lat) for row in closed], wait)
    ways = {**look.ways, **known}
    tried = [row for row in closed if (row.lon, row.lat) in ways]
    return replace(lack, mend=mended(look, lack, tried, ways, shares), waiting=len(closed) - len(tried))


def mended(
    look: Look,
    lack: Lack,
    closed: Sequence[AnyPlace],
    ways: Mapping[Lonlat, NDArray[np.int32]],
    shares: Mapping[str, float],
) -> Mend | None:
    """Return the cheapest change after which nothing is lacking, else that which helps most; None where none helps."""
    found = [] if look.worth is None else list(_mends(look, look.worth, closed, ways, shares))
    whole = [mend for mend in found if mend.whole]
    if whole:
        return min(whole, key=lambda mend: mend.yuan)
    fewer, tonnes = lack.people - SOME, lack_tonnes(lack) - SOME
    helps = [m for m in found if m.people < fewer or (m.people <= lack.people + SOME and m.tonnes < tonnes)]
    return min(helps, key=lambda mend: (mend.people, mend.tonnes, mend.yuan), default=None)


def lack_tonnes(lack: Lack) -> float:
    """Return the tonnes a year without room."""
    return sum(one.tonnes for one in lack.short) + sum(lack.nowhere.values())


def lack_of(look: Look, found: Worth, opened: Sequence[AnyPlace], shares: Mapping[str, float]) -> Lack:
    """Return what is lacking where these sites are open; ``shares`` of the materials in what is brought."""
    rows = {row.code: row for row in opened}
    share = {material: part / sum(shares.values()) for material, part in shares.items()} if shares else {}
    short: list[Short] = []
    takes: set[str] = set()
    for site in found.sites:
        stated = facts_of(rows[site.code]).materials
        takes |= {m for m, tonnes in stated.items() if tonnes > 0} if stated else set(share)
        if stated and facts_of(rows[site.code]).tonnes is None:
            gets = {material: site.tonnes * part for material, part in share.items()}
            missing = {material: tonnes - stated.get(material, 0.0) for material, tonnes in gets.items()}
            short += [Short(site.code, tonnes, material) for material, tonnes in missing.items() if tonnes > SOME]
        elif site.tonnes - site.capacity > SOME:
            short.append(Short(site.code, site.tonnes - site.capacity))
    nowhere = {m: found.tonnes * part for m, part in share.items() if found.sites and m not in takes}
    short = [one for one in short if one.material not in nowhere]
    lost = [
        (float(look.people.people[k]), look.people.names[k])
        for k in ((found.site < 0) & look.people.of(look.scenario.depot_code)).nonzero()[0].tolist()
        if look.people.people[k] > 0
    ]
    places = tuple(name for _, name in sorted(lost, reverse=True))
    return Lack(not found.sites, tuple(short), nowhere, places, found.unreached)


def _near(look: Look, closed: list[AnyPlace]) -> list[AnyPlace]:
    """Return the closed sites nearest, as the crow flies, to sites that are over full and people without a way."""
    found = look.worth
    if found is None:
        return []
    over = {site.code for site in found.sites if site.full > 1}
    points = [(row.lon, row.lat) for row in look.opened if row.code in over]
    lost = ((found.site < 0) & look.people.of(look.scenario.depot_code)).nonzero()[0].tolist()
    points += [(look.people.lonlat[k][0], look.people.lonlat[k][1]) for k in lost]

    def away(row: AnyPlace) -> float:
        return min((math.hypot(row.lon - lon, row.lat - lat) for lon, lat in points), default=0.0)

    return sorted(closed, key=lambda row: (away(row), row.code))[:TRIED]


def _mends(
    look: Look,
    now: Worth,
    closed: Sequence[AnyPlace],
    ways: Mapping[Lonlat, NDArray[np.int32]],
    shares: Mapping[str, float],
) -> Iterable[Mend]:
    """Try each change of a single site."""
    opened = [Place(row.code, row.lon, row.lat, row.size, True, row.facts or {}) for row in look.opened]
    sizes = sorted(look.assumed.sizes, key=lambda size: size.tonnes)
    kinds = {row.code: row.kind for row in look.scenario.sites}
    tried: list[tuple[Literal["open", "enlarge"], Place, list[Place]]] = []
    for row in closed:
        stands = kinds[row.code] == "standing"
        for name in [row.size] if stands or _stated(row) else [size.name for size in sizes]:
            place = Place(row.code, row.lon, row.lat, name, True, row.facts or {})
            tried.append(("open", place, [*opened, place]))
    for site, own in zip(now.sites, opened, strict=True):
        if site.full > 1 and kinds[own.code] != "standing" and not _stated(own):
            for size in sizes:
                if size.tonnes > site.capacity:
                    place = replace(own, size=size.name)
                    tried.append(("enlarge", place, [place if one is own else one for one in opened]))
    for deed, place, places in tried:
        found = worth(look.people, look.scenario.depot_code, look.assumed, places, ways)
        left = lack_of(look, found, places, shares)
        yield Mend(deed, place.code, place.size, found.yuan - now.yuan, lack_tonnes(left), left.people)


def _stated(row: AnyPlace) -> bool:
    """Tell whether a site states what it can sort, whatever its size."""
    return facts_of(row).capacity is not None
