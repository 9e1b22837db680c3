"""A depot's day from positions to a drawn plan: what a solving process is given, and what it gives back.

Only plain data crosses the border of the process: positions, windows, loads, ids that mean nothing outside the
database. No name, no address, no telephone number.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from routing.errors import InputError
from routing.memory import limit_memory
from routing.plan import Plan, Unserved
from routing.problem import Problem, Stop, UnloadSite, Vehicle
from routing.roads.changes import Change, Period, periods
from routing.roads.profile import VehicleProfile
from routing.solve import Progress, load, solve

if TYPE_CHECKING:
    from routing.day_roads import DayRoads, Way
    from routing.roads.engine import TravelEngine
    from routing.roads.network import RoadNetwork
    from routing.roads.own_engine import RoadServer

SITES_PART, MATRIX_PART = 0.05, 0.1
"""Shares of the progress that reading the roads and the matrix stand for."""


@dataclass(frozen=True)
class DayJob:
    """One depot's day to be planned.

    Attributes
    ----------
    roads
        Path of the road layer.
    positions
        (longitude, latitude) of every location that stops, vehicles and sites name by its row.
    profiles
        Measures of the vehicles by profile name.
    snap_metres
        Farthest distance between a position and its road.
    day, changes
        The date, and what differs from the free road: closures, slow zones, driving bans. A change of some hours holds
        in those; closures and bans also for who would still be on the way when they begin.
    server
        A routing server that is asked instead of the layer.
    cores
        How many cores search at once.
    balance_price, compactness_price
        As `routing.problem.Problem`.
    """

    roads: str
    positions: Sequence[tuple[float, float]]
    dimensions: tuple[str, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    unload_sites: tuple[UnloadSite, ...]
    profiles: Mapping[str, VehicleProfile]
    snap_metres: float
    seconds: float
    seed: int
    day: date = date.min
    changes: tuple[Change, ...] = ()
    server: RoadServer | None = None
    cores: int = 1
    balance_price: int = 0
    compactness_price: int = 0


@dataclass(frozen=True)
class DayResult:
    """A judged plan, with the road of each leg.

    Attributes
    ----------
    ways
        By vehicle: one way to each visit and one home, in order.
    """

    plan: Plan
    ways: Mapping[str, list[Way]]


def plan_day(job: DayJob, progress: Progress | None = None, guarded: bool = False) -> DayResult:
    """Find the roads between all positions, plan the day, and draw the legs.

    Stops that lie on no road that any of the vehicles may use are left out with the reason ``no-road``. ``guarded`` as
    in `routing.solve.solve`.

    Raises
    ------
    InputError
        When the layer cannot be read, a depot or an unload site lies on no road, a vehicle has no profile, or
        the day is not sound.
    routing.solve.BrokenPlanError
        When the engine's plan breaks a rule.
    """
    day = stated(job, progress)
    after = _after(progress, MATRIX_PART)
    return drawn(day, solve(day.problem, job.seconds, job.seed, after, job.cores, guarded=guarded))


@dataclass(frozen=True)
class Stated:
    """A day as a problem: its roads, and the stops that lie on none, which the problem leaves out."""

    job: DayJob
    problem: Problem
    roads: DayRoads
    off_road: Sequence[Unserved]


def stated(job: DayJob, progress: Progress | None = None) -> Stated:
    """Find the roads between all positions of a day and state it as a problem.

    Raises
    ------
    InputError
        As `plan_day`.
    """
    import numpy as np

    from routing.day_roads import DayRoads

    network, positions = _network(job), np.asarray(job.positions, dtype=float).reshape(-1, 2)
    _tell(progress, SITES_PART / 2)
    profiles, job = _alike(job, _profiles(job))
    roads = DayRoads(positions, lambda changes: _engine(job, network, changes), profiles)
    for vehicle in job.vehicles:
        for location in (vehicle.start, vehicle.end):
            _require_road(roads.off[vehicle.profile], location, f"depot of {vehicle.id}", job.snap_metres)
    far = {  # for every vehicle
        index: min(found[index] for found in roads.off.values())
        for index in set.intersection(*(set(found) for found in roads.off.values()))
    }
    for site in job.unload_sites:
        _require_road(far, site.location, f"site {site.id}", job.snap_metres)
    _tell(progress, MATRIX_PART)
    off_road = [
        Unserved(s.id, "no-road", {"metres": _whole(far[s.location])}, proven=True)
        for s in job.stops
        if s.location in far
    ]
    problem = Problem(
        dimensions=job.dimensions,
        stops=tuple(s for s in job.stops if s.location not in far),
        vehicles=job.vehicles,
        unload_sites=job.unload_sites,
        matrices=roads.matrices,
        notice=network.notice if network else None,
        periods=roads.periods,
        balance_price=job.balance_price,
        compactness_price=job.compactness_price,
    )
    return Stated(job, problem, roads, off_road)


def drawn(day: Stated, plan: Plan) -> DayResult:
    """Return a plan of the day's problem with the road of each leg, and the stops that lie on no road left out."""
    job, problem = day.job, day.problem
    locations = {("stop", s.id): s.location for s in job.stops} | {
        ("unload", u.id): u.location for u in job.unload_sites
    }
    by_id = {v.id: v for v in job.vehicles}
    ways: dict[str, list[Way]] = {}
    for route in plan.routes:
        vehicle = by_id[route.vehicle]
        places = [vehicle.start, *(locations[(v.kind, v.id)] for v in route.visits), vehicle.end]
        ways[route.vehicle] = day.roads.lines(problem, vehicle.profile, places, route)
    off_road = {unserved.stop for unserved in day.off_road}
    lost = sum(s.prize for s in job.stops if s.id in off_road)
    whole = replace(
        plan,
        unserved=(*plan.unserved, *day.off_road),
        cost=plan.cost + lost,
        bound=None if plan.bound is None else plan.bound + lost,
    )
    return DayResult(whole, ways)


def solve_in_child(connection: Connection, job: DayJob, memory_mb: int) -> DayResult:
    """Plan the day in a process of its own; progress goes through the pipe, memory has a hard limit.

    Each engine works in another process beside it, under the same limit, so that one that fails does not end the run.
    The first progress is sent when the compiled loops are loaded, which takes long where they must be compiled first.
    """
    return plan_day(job, at_work(connection, memory_mb), guarded=True)


def at_work(connection: Connection, memory_mb: int) -> Progress:
    """Load what is compiled, limit the memory of this process and say that it is at work; return what tells more."""
    os.nice(5)
    load_loops()
    limit_memory(memory_mb)

    def progress(share: float, cost: int | None) -> None:
        connection.send((share, cost))

    progress(0.0, None)
    return progress


def load_loops() -> None:
    """Load what is compiled, of the roads and of the engine; where sources are new, it is compiled first."""
    import_module("routing.roads.kernels")
    load()


def _network(job: DayJob) -> RoadNetwork | None:
    """The layer's network; none is opened when a routing server answers."""
    from routing.roads.network import RoadNetwork

    return RoadNetwork.from_layer(Path(job.roads)) if job.server is None else None


def _engine(job: DayJob, network: RoadNetwork | None, changes: tuple[Change, ...]) -> TravelEngine:
    from routing.roads.own_engine import OwnEngine, server_engine

    if network is not None:
        return OwnEngine(network, lambda profile: changes, job.snap_metres)
    if job.server is None:
        raise ValueError("neither a network nor a routing server")
    return server_engine(job.server, job.snap_metres, changes)


def _whole(metres: float) -> int:
    """Whole metres; -1 where a routing server does not say how far the nearest road is."""
    return -1 if math.isnan(metres) else round(metres)


def _profiles(job: DayJob) -> dict[str, VehicleProfile]:
    """Profiles of the day's vehicles; without any vehicle one that may use every road, to tell stops without road."""
    missing = sorted({v.profile for v in job.vehicles} - set(job.profiles))
    if missing:
        raise InputError(
            "no-profile",
            "There is no vehicle profile %(profiles)s, which vehicles of the day name. Give its measures.",
            profiles=", ".join(missing),
        )
    return {v.profile: job.profiles[v.profile] for v in job.vehicles} or {"": VehicleProfile("any")}


def _alike(
    job: DayJob, profiles: Mapping[str, VehicleProfile]
) -> tuple[dict[str, tuple[VehicleProfile, tuple[Period, ...]]], DayJob]:
    """Let vehicles of the same measures and under the same changes share matrices, whatever their plates.

    Changes that hold only when no vehicle is out are left aside.
    """
    begin = min((v.shift.start for v in job.vehicles), default=0)
    end = max((v.shift.end + v.overtime for v in job.vehicles), default=1)
    shared: dict[tuple[VehicleProfile, tuple[Period, ...]], str] = {}
    name_of: dict[str, str] = {}
    for name, profile in profiles.items():
        parts = tuple(periods(job.changes, profile, job.day, begin, max(end, begin + 1)))
        bare = replace(profile, name="", plate="", plate_colour="", energy="", kind="", permits=frozenset())
        name_of[name] = shared.setdefault((bare, parts), name)
    weighed = {name: (replace(bare, name=name), parts) for (bare, parts), name in shared.items()}
    vehicles = tuple(replace(v, profile=name_of[v.profile]) for v in job.vehicles)
    return weighed, replace(job, vehicles=vehicles)


def _require_road(far: Mapping[int, float], location: int, what: str, limit: float) -> None:
    if location in far:
        raise InputError(
            "site-off-road",
            "The %(what)s is %(metres)s m from the nearest road that its vehicles may use, more than the"
            " %(limit)s m allowed. Move it to a road, or raise roads.snap_metres.",
            what=what,
            metres=_whole(far[location]),
            limit=round(limit),
        )


def _tell(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share, None)


def _after(progress: Progress | None, begin: float) -> Progress | None:
    if progress is None:
        return None
    return lambda share, cost: progress(begin + share * (1 - begin), cost)
