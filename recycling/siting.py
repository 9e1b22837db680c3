"""Where sorting centres should stand: the record's communities, candidates and roads as a problem, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import dispatch, network
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Community, Site
from recycling.road_changes import road_changes
from recycling.settings import Settings
from routing.siting.problem import Candidate, DemandPoint, SitingProblem, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.roads.engine import TravelEngine

MATERIAL = "recyclables"
WEEKS_A_YEAR = 365.25 / 7
FEN = 100
MORNING = 10 * 3600
"""The hour whose closures and bans hold for the ways: siting is about the roads as they mostly are."""


@dataclass(frozen=True)
class Place:
    """A candidate on the ground."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Ground:
    """A siting problem with the places behind it.

    Attributes
    ----------
    communities, places
        In the order of the problem's points and candidates.
    metres
        (points, candidates) of road; -1 where there is no way.
    off_road
        Codes of communities and candidates that lie on no road, and are left out.
    notice
        What every result made from these roads must say, by language.
    """

    problem: SitingProblem
    communities: Sequence[Community]
    places: Sequence[Place]
    metres: NDArray[np.int32]
    off_road: Sequence[str]
    notice: Mapping[str, str] | None


def inhabited(session: Session, depot: str | None) -> list[Community]:
    """Return the communities with people of a depot, or of all, by code.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, and where there are none.
    """
    query = select(Community).where(Community.population > 0)
    if depot is not None:
        query = query.where(Community.depot_code == network.the_depot(session, depot).code)
    communities = list(session.scalars(query.order_by(Community.code)))
    if not communities:
        raise BadRequestError.one("nobody-there", N_("There are no communities with people. Load a network first."))
    return communities


def ground(
    session: Session, settings: Settings, fleet: Fleet, day: date, depot: str | None, most: int, keep: bool = False
) -> Ground:
    """Read communities (a depot's, or all) and at most so many candidates, and find the roads between them.

    Candidates are the sorting centres that take everything, the stations, and each town's largest community, the towns
    with most people first. Centres may be closed, or stay if ``keep`` says so.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown depot, no communities, or no vehicle of the timetable's type in config/fleet.toml.
    """
    import numpy as np

    area = network.the_area(session)
    communities = inhabited(session, depot)
    code = settings.timetable.vehicle
    if code not in fleet.types:
        raise BadRequestError.one(
            "no-vehicle-type",
            N_("config/fleet.toml has no type %(kind)s, which timetable.vehicle names."),
            kind=code,
        )
    places, candidates = _candidates(settings, communities, network.sites(session), most, keep)
    engine = road_engine(session, settings, fleet, day)
    from_points = [(c.lon, c.lat) for c in communities]
    table = engine.table(from_points, [(p.lon, p.lat) for p in places], fleet.road_profile("", code))
    off = [{row for row, _, _ in found} for found in (table.source_problems, table.target_problems)]
    rows = [i for i in range(len(communities)) if i not in off[0]]
    columns = [j for j in range(len(places)) if j not in off[1]]
    seconds, metres = (found[np.ix_(rows, columns)] for found in (table.durations, table.distances))
    problem = SitingProblem(
        points=tuple(_point(settings, communities[i]) for i in rows),
        candidates=tuple(candidates[j] for j in columns),
        seconds=seconds,
        costs=_fen_a_tonne(settings, fleet, seconds, metres),
        materials=(MATERIAL,),
    )
    off_road = [*(communities[i].code for i in sorted(off[0])), *(places[j].id for j in sorted(off[1]))]
    return Ground(problem, [communities[i] for i in rows], [places[j] for j in columns], metres, off_road, area.notice)


def _point(settings: Settings, community: Community) -> DemandPoint:
    """Return a community with the tonnes that the timetable's rates expect of it in a year."""
    rules = settings.timetable
    grams = rules.grams_a_week_urban if community.urban else rules.grams_a_week_rural
    return DemandPoint(community.code, community.population, (community.population * grams * WEEKS_A_YEAR / 1e6,))


def _candidates(
    settings: Settings, communities: Sequence[Community], sites: Sequence[Site], most: int, keep: bool
) -> tuple[list[Place], list[Candidate]]:
    rules = settings.siting
    running = rules.yuan_a_tonne * FEN
    new = tuple(Size(s.name, s.yuan * FEN, running, (s.tonnes,), s.yuan * FEN) for s in rules.sizes)
    places, candidates = [], []
    for kind in ("comprehensive", "station"):
        for site in sites:
            if site.kind != kind:
                continue
            standing = Size("standing", rules.standing_yuan * FEN, running, (site.tonnes_per_day * rules.working_days,))
            places.append(Place(site.code, site.name, site.name_en, site.lon, site.lat))
            candidates.append(
                Candidate(site.code, new)
                if kind == "station"
                else Candidate(site.code, (standing,), "kept" if keep else "closable")
            )
    towns: dict[tuple[str, str], list[Community]] = {}
    for community in communities:
        towns.setdefault((community.county, community.town), []).append(community)
    for _, inside in sorted(towns.items(), key=lambda item: (-sum(c.population for c in item[1]), item[0])):
        seat = max(inside, key=lambda c: (c.population, c.code))
        places.append(Place(seat.code, f"{seat.town} {seat.name}", f"{seat.town} {seat.name}", seat.lon, seat.lat))
        candidates.append(Candidate(seat.code, new))
    return places[:most], candidates[:most]


def road_engine(session: Session, settings: Settings, fleet: Fleet, day: date) -> TravelEngine:
    """Return what finds ways over the record's roads, as they are on a morning of that day."""
    from routing.roads.changes import in_force
    from routing.roads.network import RoadNetwork
    from routing.roads.own_engine import OwnEngine, server_engine

    area, limit = network.the_area(session), settings.roads.snap_metres
    changes = road_changes(area.roads)
    server = dispatch.road_server(settings)
    if server is not None:
        return server_engine(server, limit, changes)
    layer = RoadNetwork.from_layer(network.roads_path(area))
    return OwnEngine(layer, lambda profile: in_force(changes, profile, day, MORNING), limit)


def _fen_a_tonne(
    settings: Settings, fleet: Fleet, seconds: NDArray[np.int32], metres: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return what it costs to bring a tonne: a truck drives there and back with what it carries; -1 for no way."""
    import numpy as np

    kind = fleet.types[settings.timetable.vehicle]
    load = settings.siting.full * min(kind.kg, kind.litres / settings.timetable.litres_a_kg) / 1000
    fen = 2 * (metres * kind.cost_per_km / 1000 + seconds * kind.cost_per_hour / 3600) / load
    return np.asarray(np.where(seconds < 0, -1.0, fen))
