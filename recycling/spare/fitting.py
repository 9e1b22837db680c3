"""A trip as plain data for the search: its vehicle, its own places, where it may unload, and what it may be offered.

Loads are told apart by where they may lie and be left: kilograms and litres of each group of materials that the same
parts of the hold and the same sites take, and of the partner's own goods, which leave room at its places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.booking import Office
from recycling.day_stops import seconds_of, skills_for
from recycling.dispatch import road_server
from recycling.models import Site, SpareTrip
from recycling.plane import metres_between
from recycling.road_changes import road_changes
from recycling.spare.candidates import Candidate
from recycling.spare.hours import place_hours, unloading
from recycling.stock.ahead import accepted_at
from recycling.unload_places import DIMENSIONS
from routing.day import DayJob
from routing.problem import Compartment, Stop, TimeWindow, UnloadSite, Vehicle
from routing.spare import Asked, TripJob

PLACE = "p:"
"""Begin of the id that a place of a trip has as a stop; its number follows, from 1."""

OWN = "own"
"""Name of the load that the partner's own goods are."""

A_SECOND = 3600
"""Fen an hour at which a second of the trip costs one fen: what is looked for makes the trip least longer."""


@dataclass(frozen=True)
class _Hold:
    """How the loads of a trip are told apart: the group of each material that it may carry and leave somewhere."""

    groups: dict[str, str]
    parts: list[tuple[int, frozenset[str]]]
    takes: dict[str, frozenset[str]]

    @property
    def names(self) -> list[str]:
        return [OWN, *sorted(set(self.groups.values()))]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(f"{unit} {name}" for name in self.names for unit in DIMENSIONS)

    def load(self, shares: dict[str, tuple[int, int]]) -> tuple[int, ...]:
        """Return loads by group as one number a dimension."""
        return tuple(shares.get(name, (0, 0))[k] for name in self.names for k in range(len(DIMENSIONS)))


def trip_job(
    session: Session, office: Office, trip: SpareTrip, found: Sequence[Candidate], held: Sequence[Candidate]
) -> TripJob:
    """State a trip, with the candidates that it may be offered; `held` are those that it is offered or has accepted."""
    settings, clock, day = office.settings, office.clock, trip.service_day
    area, sites = network.the_area(session), _sites(session, trip)
    hold = _hold(office, trip, sites)
    kind = office.fleet.types[trip.vehicle_type]
    able = [c for c in found if _may_take(trip, kind.height, hold, c)]
    able = sorted(able, key=lambda c: _off_the_way(trip, c))[: settings.spare.candidates]
    positions = [_lonlat(trip.start), _lonlat(trip.end)]

    def place(lonlat: tuple[float, float]) -> int:
        positions.append(lonlat)
        return len(positions) - 1

    shift = seconds_of(settings, day, trip.starts_at, trip.ends_at)
    stops = [_place(office, trip, hold, number, one, place(_lonlat(one))) for number, one in enumerate(trip.places, 1)]
    stops += [_stop(hold, one, place(one.lonlat)) for one in (*held, *able)]
    changes = road_changes(area.roads)
    job = DayJob(
        roads=str(network.roads_path(area)),
        positions=positions,
        dimensions=hold.dimensions,
        stops=tuple(stops),
        vehicles=(_vehicle(trip, hold, shift),),
        unload_sites=tuple(
            UnloadSite(
                id=site.code,
                location=place((site.lon, site.lat)),
                hours=unloading(clock, day, site, trip.starts_at, trip.ends_at),
                duration=site.unload_minutes * 60,
                takes=hold.takes[site.code],
            )
            for site in sites
        ),
        profiles={trip.vehicle_type: office.fleet.road_profile("", trip.vehicle_type)},
        snap_metres=settings.roads.snap_metres,
        seconds=0.0,
        seed=settings.planning.seed,
        day=clock.today(trip.starts_at),
        changes=changes,
        server=road_server(settings),
    )
    asked = Asked(
        asks={one.stop.id: trip.asks(one.pieces, one.kg) for one in able},
        most_detour=trip.detour_minutes * 60,
        most_longer=trip.detour_minutes * 60 * trip.most,
        most_stops=trip.most,
    )
    return TripJob(
        id=str(trip.id),
        job=job,
        places=tuple(f"{PLACE}{number}" for number in range(1, len(trip.places) + 1)),
        held=tuple(one.stop.id for one in held),
        asked=asked,
    )


def _sites(session: Session, trip: SpareTrip) -> list[Site]:
    return list(session.scalars(select(Site).where(Site.code.in_(trip.sites)).order_by(Site.code)))


def _hold(office: Office, trip: SpareTrip, sites: Sequence[Site]) -> _Hold:
    """Tell loads apart: a material belongs to the part of the hold that names it, or to that which takes all others."""
    parts = [(part["litres"], frozenset(part["materials"])) for part in trip.compartments]
    groups: dict[str, str] = {}
    of_part: list[set[str]] = [set() for _ in parts]
    takes: dict[str, set[str]] = {site.code: set() for site in sites}
    for material in sorted(trip.may_carry):
        number = next((k for k, (_, named) in enumerate(parts) if material in named), None)
        rest = next((k for k, (_, named) in enumerate(parts) if not named), None)
        number = rest if number is None else number
        there = [site.code for site in sites if not accepted_at(site) or material in accepted_at(site)]
        if (parts and number is None) or not there:
            continue
        name = f"{'-' if number is None else number}@{'+'.join(there)}"
        groups[material] = name
        if number is not None:
            of_part[number].add(name)
        for code in there:
            takes[code] |= {f"{unit} {name}" for unit in DIMENSIONS}
    named = [(litres, frozenset(names)) for (litres, _), names in zip(parts, of_part, strict=True)]
    if parts:
        named = [
            (litres, names | ({OWN} if not materials else frozenset()))
            for (litres, names), (_, materials) in zip(named, parts, strict=True)
        ]
    return _Hold(groups, named, {code: frozenset(dims) for code, dims in takes.items()})


def _vehicle(trip: SpareTrip, hold: _Hold, shift: TimeWindow) -> Vehicle:
    """Return the trip's vehicle: room is free where nothing of the partner's own lies, which leaves at its places."""
    kg, litres = (sum(one[unit] for one in trip.places) for unit in DIMENSIONS)
    most_kg = trip.kg + kg
    parts = [Compartment(frozenset(f"kg {name}" for name in hold.names), most_kg)]
    if hold.parts:
        for room, names in hold.parts:
            own = litres if OWN in names else 0
            parts.append(Compartment(frozenset(f"litres {name}" for name in names), max(1, room + own)))
    else:
        parts.append(Compartment(frozenset(f"litres {name}" for name in hold.names), trip.litres + litres))
    skills = trip.can_do.union(*(skills_for(n, trip.tail_lift) for n in range(1, trip.people + 1)))
    return Vehicle(
        id=str(trip.id),
        type=trip.vehicle_type,
        capacity=(most_kg, trip.litres + litres) * len(hold.names),
        start=0,
        end=1,
        shift=shift,
        profile=trip.vehicle_type,
        fixed_cost=0,
        cost_per_km=0,
        cost_per_hour=A_SECOND,
        skills=skills,
        compartments=tuple(part for part in parts if part.dimensions),
    )


def _place(office: Office, trip: SpareTrip, hold: _Hold, number: int, place: dict[str, Any], location: int) -> Stop:
    settings, day = office.settings, trip.service_day
    first, last = place_hours(office.clock, day, place["window"], trip.starts_at, trip.ends_at)
    nothing = (0,) * len(hold.dimensions)
    return Stop(
        id=f"{PLACE}{number}",
        location=location,
        windows=(seconds_of(settings, day, first, last),),
        service=place["minutes"] * 60,
        delivery=hold.load({OWN: (place["kg"], place["litres"])}),
        pickup=nothing,
        prize=0,
        required=True,
    )


def _stop(hold: _Hold, candidate: Candidate, location: int) -> Stop:
    """Return a candidate as a stop of the trip, with its loads told apart."""
    shares: dict[str, tuple[int, int]] = {}
    for material, load in candidate.shares.items():
        name = hold.groups.get(material, OWN)
        before = shares.get(name, (0, 0))
        shares[name] = before[0] + load[0], before[1] + load[1]
    return replace(
        candidate.stop,
        location=location,
        delivery=(0,) * len(hold.dimensions),
        pickup=hold.load(shares),
        skills=candidate.stop.skills | candidate.skills,
        forbidden=frozenset(),
    )


def _may_take(trip: SpareTrip, height: float, hold: _Hold, candidate: Candidate) -> bool:
    """Tell what needs no roads: all that is collected may be carried and left, and the vehicle gets there."""
    low = candidate.height_limit is None or height <= candidate.height_limit
    known = sum(kg for kg, _ in candidate.shares.values()) == candidate.kg
    return low and known and bool(candidate.shares) and candidate.shares.keys() <= hold.groups.keys()


def _off_the_way(trip: SpareTrip, candidate: Candidate) -> float:
    """Return how many metres, as the crow flies, a candidate lies from the nearest place of the trip."""
    own = [trip.start, trip.end, *trip.places]
    return min(metres_between(_lonlat(one), candidate.lonlat) for one in own)


def _lonlat(place: dict[str, Any]) -> tuple[float, float]:
    return place["lon"], place["lat"]
