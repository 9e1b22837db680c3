"""Trucks that a centre can expect: what is on board, and when and where they unload next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.fleet import Fleet
from recycling.settings import Settings
from recycling.stock.ahead import ahead_of
from recycling.stock.forecast import Ahead
from recycling.stock.on_board import Stock, stocks_of
from recycling.stock.vehicle import Vehicle, vehicles_of


@dataclass(frozen=True)
class Due:
    """A truck, what its book has on board, and its next unload where one is planned today."""

    vehicle: Vehicle
    stock: Stock
    unload: Ahead | None


def due(
    session: Session, settings: Settings, catalogue: Catalogue, fleet: Fleet, depots: Collection[str], now: datetime
) -> list[Due]:
    """Return the trucks of some depots that carry something or are to unload today, the soonest first."""
    vehicles = [vehicle for depot in sorted(depots) for vehicle in vehicles_of(fleet, depot)]
    stocks = stocks_of(session, tuple(vehicle.plate for vehicle in vehicles)) if vehicles else {}
    today = settings.clock.today(now)
    found = []
    for vehicle in vehicles:
        stops = ahead_of(session, settings, catalogue, vehicle, today, now)
        unload = next((stop for stop in stops if stop.kind == "unload"), None)
        if unload is not None or stocks[vehicle.plate].loads:
            found.append(Due(vehicle, stocks[vehicle.plate], unload))
    return sorted(found, key=lambda one: (one.unload is None, one.unload.at if one.unload else now, one.vehicle.plate))
