"""Points for choosing a window in which a vehicle is nearby: a part of what that saves the fleet."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from recycling import network
from recycling.booking.capacity import Window
from recycling.booking.office import Office
from recycling.booking.stops import stops_in
from recycling.booking.workload import Approach, Need, Position, approach
from recycling.fleet import VehicleType, typical


def typical_vehicle(office: Office, need: Need) -> VehicleType | None:
    """Return the type of vehicle that a visit is reckoned with; None when no vehicle of the depot can serve it."""
    return typical(office.fleet, need.depot, need.people, need.litres, need.tail_lift, need.height_limit)


def way_cost(need: Need, kind: VehicleType, way: Approach) -> int:
    """Return what the way to a door costs the fleet in all visits, fen."""
    return round(need.visits * (way.metres * kind.cost_per_km / 1000 + way.seconds * kind.cost_per_hour / 3600))


def bonus(office: Office, need: Need, depot: Position, cost: int) -> int:
    """Return the points for a window in which the way costs so much, in fen.

    What is saved against a way from the depot for this door alone is worth `incentive_points_per_yuan`, up to
    `incentive_most` points.
    """
    settings = office.settings.booking
    if not settings.incentive_points_per_yuan:
        return 0
    kind = typical_vehicle(office, need)
    if kind is None:
        return 0
    alone = way_cost(need, kind, approach(settings, (need.lon, need.lat), depot, ()))
    return max(0, min(settings.incentive_most, (alone - cost) * settings.incentive_points_per_yuan // 100))


def bonus_of(
    session: Session, office: Office, need: Need, window: Window, owner: str = "", but: uuid.UUID | None = None
) -> int:
    """Return the points for a window as it stands now; neither what is kept for `owner` nor `but` makes it nearer."""
    if not office.settings.booking.incentive_points_per_yuan:
        return 0
    kind = typical_vehicle(office, need)
    if kind is None:
        return 0
    depot = network.the_depot(session, need.depot)
    at, others = (depot.lon, depot.lat), stops_in(session, office, window, owner, but)
    way = approach(office.settings.booking, (need.lon, need.lat), at, others)
    return bonus(office, need, at, way_cost(need, kind, way))
