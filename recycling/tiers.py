"""Stations, centres and markets of the record as a network of three tiers over the roads, and what is asked of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from recycling import network
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Community, Site
from recycling.settings import Settings
from recycling.siting import FEN, Place, inhabited, road_engine
from recycling.tier_markets import Beyond, Buyer, configured, fees, with_stated
from recycling.tier_sources import Source, community_sources, on_roads, town_sources, towns_of
from recycling.tier_towns import Joint, joint_of
from routing.errors import InputError
from routing.siting.chain.problem import Chain, Tier, Year
from routing.siting.problem import Candidate, DemandPoint, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.roads.engine import TravelEngine
    from routing.roads.profile import VehicleProfile
    from routing.siting.chain.problem import Measure

Lonlat = tuple[float, float]
TIERS = ("stations", "centres", "markets")
STANDING = "standing"


@dataclass(frozen=True)
class Wanted:
    """What network is looked at.

    Attributes
    ----------
    by_town
        Whether each town is one point with the mean ways of its communities; else each community is one.
    stations, centres
        Candidates at most: what stands nearest to the towns, two of three at most, then seats of the largest towns.
    most_stations, most_centres
        How many may be open.
    keep
        What stands stays open.
    years
        Years that are planned.
    growth
        Percent by which more comes each year.
    percent
        What is brought in the first year, in percent of what is expected.
    budgets
        Yuan that new sites may cost a year, by the year in which they are opened; the last holds for those after it.
    carried
        Whether what a year leaves over may be spent later.
    """

    depot: str | None = None
    by_town: bool = True
    stations: int = 40
    centres: int = 16
    most_stations: int | None = None
    most_centres: int | None = None
    keep: bool = False
    years: int = 1
    growth: float = 0.0
    percent: float = 100.0
    budgets: tuple[float, ...] = ()
    carried: bool = False


@dataclass(frozen=True)
class Haul:
    """What a way to a tier costs: tonnes on a truck, fen a kilometre and an hour, grams of CO2 a kilometre."""

    load: float
    km: float
    hour: float
    grams: float


@dataclass(frozen=True, eq=False)
class Sketch:
    """All of a network but its ways: plain data, which a process of its own makes the chain of.

    Attributes
    ----------
    tiers
        Places and candidates of stations, centres and markets.
    hauls
        Of the way to each tier.
    fees
        (markets, materials) fen that are paid for a tonne, below 0 where they pay us.
    most
        How many may be open of each tier.
    besides
        Fen a year that are told with every cost, whatever is chosen: what routes cost besides ways.
    beyond
        Stated ways to markets, by code.
    """

    sources: tuple[Source, ...]
    tiers: tuple[tuple[tuple[Place, Candidate], ...], ...]
    hauls: tuple[Haul, ...]
    fees: NDArray[np.float64]
    most: tuple[int | None, ...]
    materials: tuple[str, ...]
    years: tuple[Year, ...]
    carried: bool
    notice: Mapping[str, str] | None
    besides: float = 0.0
    beyond: Mapping[str, Beyond] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tiered:
    """A chain with the places behind it: names by code, codes left out for want of a road, and the roads' notice.

    ``joint`` are the communities of points that are towns, None where each community is a point. ``besides`` is that
    of the sketch.
    """

    chain: Chain
    points: Mapping[str, Lonlat]
    places: tuple[Mapping[str, Place], ...]
    off_road: Sequence[str]
    notice: Mapping[str, str] | None
    joint: Joint | None = None
    besides: float = 0.0

    def by_community(self, stations: Collection[str], within: int) -> dict[Measure, float]:
        """Return what people have of open stations, each community for itself; nothing where each is a point."""
        if self.joint is None:
            return {}
        numbers = [j for j, site in enumerate(self.chain.tiers[0].sites) if site.id in stations]
        return self.joint.by_community(numbers, within)

    def losses(self, within: int) -> dict[Measure, float]:
        """Return by how much a choice may be better for communities than is proven for towns; see `Joint.losses`."""
        if self.joint is None:
            return {}
        return self.joint.losses(within, sum(year.demand for year in self.chain.years))


def tiered(session: Session, settings: Settings, fleet: Fleet, day: date, wanted: Wanted) -> Tiered:
    """Read communities, stations and centres, and find the roads between communities, stations, centres and markets.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, no communities, or no vehicle of the timetable's type in config/fleet.toml.
    """
    drawn = sketched(session, settings, fleet, wanted, day)
    engine = road_engine(session, settings, fleet, day)
    return built(drawn, engine, fleet.road_profile("", settings.timetable.vehicle))


@dataclass(frozen=True)
class Own:
    """A place of the planner's own: which tiers it may be of, and what it states of itself; None for what sizes say.

    ``yuan`` a year, ``tonne_yuan`` for a tonne, ``tonnes`` a year of each material, or (by "") of all together.
    """

    place: Place
    tiers: tuple[str, ...] = ("stations", "centres")
    yuan: float | None = None
    tonne_yuan: float | None = None
    tonnes: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Bringing:
    """Communities to look at instead of the record's, and kilograms a week of those that state them, by code."""

    communities: Sequence[Community]
    kg_a_week: Mapping[str, float]


def sketched(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    wanted: Wanted,
    day: date,
    own: Sequence[Own] = (),
    bringing: Bringing | None = None,
    buyers: Sequence[Buyer] | None = None,
) -> Sketch:
    """Read what there is to choose among, without the roads; ``own`` places may be stations and centres too.

    ``buyers`` take what is sorted, None for those of the configuration.

    Raises
    ------
    NotFoundError, BadRequestError
        As `tiered`; and where there is no buyer.
    """
    area = network.the_area(session)
    communities = inhabited(session, wanted.depot) if bringing is None else bringing.communities
    kg = {} if bringing is None else bringing.kg_a_week
    code = settings.timetable.vehicle
    if code not in fleet.types:
        raise BadRequestError.one(
            "no-vehicle-type",
            N_("config/fleet.toml has no type %(kind)s, which timetable.vehicle names."),
            kind=code,
        )
    towns = towns_of(communities)
    sites = network.sites(session)
    brought, sells = settings.stock.brought, configured(settings) if buyers is None else buyers
    if not sells:
        raise BadRequestError.one(
            "no-market", N_("No market is open, so nobody takes what is sorted. Open one, or add one.")
        )
    return Sketch(
        sources=(town_sources(settings, towns, kg) if wanted.by_town else community_sources(settings, communities, kg)),
        tiers=(
            tuple(_stations(settings, sites, towns, wanted, own)),
            tuple(_centres(settings, sites, towns, wanted, own)),
            tuple((one.place, one.candidate(brought)) for one in sells),
        ),
        hauls=_hauls(settings, fleet),
        fees=fees(sells, brought),
        most=(wanted.most_stations, wanted.most_centres, None),
        materials=tuple(brought),
        years=_years(day, wanted),
        carried=wanted.carried,
        notice=area.notice,
        beyond={one.place.id: one.beyond for one in sells if one.beyond is not None},
    )


def built(drawn: Sketch, engine: TravelEngine, profile: VehicleProfile) -> Tiered:
    """Find the ways of a sketch, and make its chain; places that no road leads to are left out.

    Raises
    ------
    InputError
        Where no road leads to any station.
    """
    import numpy as np

    stops = [[(place.id, (place.lon, place.lat)) for place, _ in row] for row in drawn.tiers]
    everybody = [(one.code, one.lonlat) for source in drawn.sources for one in source.members]
    times, metres = _ways(engine, profile, everybody, stops[0])
    good = np.any(times >= 0, axis=1)
    off = [code for (code, _), fine in zip(everybody, good.tolist(), strict=True) if not fine]
    kept = on_roads(drawn.sources, set(off))
    if not kept:
        raise InputError(
            "nobody-on-a-road",
            N_("No road leads from any community to any station. Choose other roads or another truck."),
        )
    joint = joint_of(kept, times[good], *_costs(drawn.hauls[0], times[good], metres[good]))
    ways = [(joint.mean_costs(), joint.mean_carbon())]
    for n in range(1, len(TIERS)):
        seconds, far = _ways(engine, profile, stops[n - 1], stops[n])
        if n == len(TIERS) - 1:
            with_stated([code for code, _ in stops[n]], drawn.beyond, seconds, far)
        ways.append(_costs(drawn.hauls[n], seconds, far))
    made = [
        Tier(
            TIERS[n],
            tuple(candidate for _, candidate in row),
            *ways[n],
            drawn.fees if n == len(TIERS) - 1 else None,
            drawn.most[n],
            together=n == 0,
        )
        for n, row in enumerate(drawn.tiers)
    ]
    chain = Chain(
        points=tuple(DemandPoint(one.code, one.people, one.tonnes) for one in kept),
        tiers=tuple(made),
        seconds=joint.mean_seconds(),
        materials=drawn.materials,
        towns=tuple(one.town for one in kept),
        years=drawn.years,
        carried=drawn.carried,
    )
    places = tuple({place.id: place for place, _ in row} for row in drawn.tiers)
    points = {one.code: one.lonlat for one in kept}
    several = any(len(one.members) > 1 for one in kept)
    return Tiered(chain, points, places, off, drawn.notice, joint if several else None, drawn.besides)


def _years(day: date, wanted: Wanted) -> tuple[Year, ...]:
    budgets = [budget * FEN for budget in wanted.budgets]
    return tuple(
        Year(
            str(day.year + 1 + k),
            wanted.percent / 100 * (1 + wanted.growth / 100) ** k,
            budgets[min(k, len(budgets) - 1)] if budgets else None,
        )
        for k in range(wanted.years)
    )


def _stations(
    settings: Settings,
    sites: Sequence[Site],
    towns: Sequence[tuple[Community, list[Community]]],
    wanted: Wanted,
    own: Sequence[Own],
) -> list[tuple[Place, Candidate]]:
    rules = settings.siting.tiers
    running = rules.yuan_a_tonne * FEN
    standing = Size(STANDING, rules.standing_yuan * FEN, running, (rules.standing_tonnes,))
    new = tuple(Size(s.name, s.yuan * FEN, running, (s.tonnes,), s.yuan * FEN) for s in rules.sizes)
    found = [
        (Place(s.code, s.name, s.name_en, s.lon, s.lat),
         Candidate(s.code, (standing, *new), "kept" if wanted.keep else "closable"))
        for s in sites if s.kind == "station"
    ]  # fmt: skip
    found = _filled(_nearest(found, towns, _standing(wanted.stations)), towns, new, wanted.stations)
    return _own(found, [one for one in own if "stations" in one.tiers], new, None)


def _centres(
    settings: Settings,
    sites: Sequence[Site],
    towns: Sequence[tuple[Community, list[Community]]],
    wanted: Wanted,
    own: Sequence[Own],
) -> list[tuple[Place, Candidate]]:
    rules, brought = settings.siting, settings.stock.brought
    running = rules.yuan_a_tonne * FEN
    new = tuple(
        Size(s.name, s.yuan * FEN, running, tuple(s.tonnes * share for share in brought.values()), s.yuan * FEN)
        for s in rules.sizes
    )
    found = []
    for site in sites:
        takes = set(site.materials.split(",")) & set(brought)
        if site.kind not in ("comprehensive", "specialised") or not takes:
            continue
        tonnes, shares = site.tonnes_per_day * rules.working_days, sum(brought[m] for m in takes)
        room = tuple(tonnes * share / shares if m in takes else 0.0 for m, share in brought.items())
        standing = Size(STANDING, rules.standing_yuan * FEN, running, room)
        place = Place(site.code, site.name, site.name_en, site.lon, site.lat)
        found.append((place, Candidate(site.code, (standing,), "kept" if wanted.keep else "closable")))
    found = _filled(_nearest(found, towns, _standing(wanted.centres)), towns, new, wanted.centres)
    return _own(found, [one for one in own if "centres" in one.tiers], new, brought)


def _standing(most: int) -> int:
    """Return how many candidates may be what stands: two of three, so that there are new places too."""
    return max(1, -(-2 * most // 3))


def _nearest(
    found: list[tuple[Place, Candidate]], towns: Sequence[tuple[Community, list[Community]]], most: int
) -> list[tuple[Place, Candidate]]:
    """Leave out what stands farthest from all towns, as the crow flies, where more stands than may be looked at."""

    def away(place: Place) -> float:
        return min((seat.lon - place.lon) ** 2 + (seat.lat - place.lat) ** 2 for seat, _ in towns)

    near = sorted(found, key=lambda one: (away(one[0]), one[0].id))[:most]
    return [one for one in found if one in near]


def _filled(
    found: list[tuple[Place, Candidate]],
    towns: Sequence[tuple[Community, list[Community]]],
    sizes: tuple[Size, ...],
    most: int,
) -> list[tuple[Place, Candidate]]:
    """Add the seats of the largest towns until there are so many candidates."""
    for seat, _ in towns[: max(0, most - len(found))]:
        name = f"{seat.town} {seat.name}"
        found.append((Place(seat.code, name, name, seat.lon, seat.lat), Candidate(seat.code, sizes)))
    return found[:most]


def _own(
    found: list[tuple[Place, Candidate]],
    own: Sequence[Own],
    sizes: tuple[Size, ...],
    shares: Mapping[str, float] | None,
) -> list[tuple[Place, Candidate]]:
    """Add places of the planner's own that are not candidates yet; ``shares`` by material where each has room apart."""
    known = {place.id for place, _ in found}
    return [
        *found,
        *(
            (one.place, Candidate(one.place.id, tuple(_stated(size, one, shares) for size in sizes)))
            for one in own
            if one.place.id not in known
        ),
    ]


def _stated(size: Size, own: Own, shares: Mapping[str, float] | None) -> Size:
    """Return a size with what a place states of itself."""
    fixed = size.fixed if own.yuan is None else own.yuan * FEN
    running = size.running if own.tonne_yuan is None else own.tonne_yuan * FEN
    room = size.capacity
    if own.tonnes is not None and shares is None:
        room = (sum(own.tonnes.values()),)
    elif own.tonnes is not None and shares is not None:
        every = own.tonnes.get("")
        room = tuple(own.tonnes.get(m, 0.0) if every is None else every * share for m, share in shares.items())
    return Size(size.name, fixed, running, room, fixed)


def _ways(
    engine: TravelEngine,
    profile: VehicleProfile,
    sources: Sequence[tuple[str, Lonlat]],
    targets: Sequence[tuple[str, Lonlat]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (sources, targets) seconds and metres; -1 where there is no way, or no road near enough."""
    table = engine.table([at for _, at in sources], [at for _, at in targets], profile)
    seconds, metres = table.durations.copy(), table.distances.copy()
    for row, _, _ in table.source_problems:
        seconds[row] = metres[row] = -1
    for column, _, _ in table.target_problems:
        seconds[:, column] = metres[:, column] = -1
    return seconds, metres


def _hauls(settings: Settings, fleet: Fleet) -> tuple[Haul, ...]:
    """Return what the ways to stations, to centres and to markets cost."""
    kind, rules = fleet.types[settings.timetable.vehicle], settings.siting.tiers
    load = settings.siting.full * min(kind.kg, kind.litres / settings.timetable.litres_a_kg) / 1000
    grams = float(settings.booking.grams_co2_per_km)
    first = Haul(load, float(kind.cost_per_km), float(kind.cost_per_hour), grams)
    onward = Haul(rules.load_tonnes, rules.cost_per_km, rules.cost_per_hour, round(rules.grams_co2_per_km))
    return first, onward, onward


def _costs(
    haul: Haul, seconds: NDArray[np.int32], metres: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fen and kilograms of carbon dioxide for bringing a tonne: a truck drives there and back; -1 for no way."""
    import numpy as np

    fen = 2 * (metres * haul.km / 1000 + seconds * haul.hour / 3600) / haul.load
    carbon = 2 * np.maximum(metres, 0) / 1000 * haul.grams / 1000 / haul.load
    return np.asarray(np.where(seconds < 0, -1.0, fen)), np.asarray(carbon, dtype=float)
