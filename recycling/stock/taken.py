"""What a call still takes: the materials for which its truck has room, and those for which it is full."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.fleet import Fleet
from recycling.models import Call
from recycling.settings import Settings
from recycling.stock.ahead import ahead_of
from recycling.stock.fill import full_materials
from recycling.stock.on_board import Stock, stocks_of
from recycling.stock.vehicle import known_vehicle


@dataclass(frozen=True)
class Room:
    """Codes of materials, in the order of the catalogue."""

    full: tuple[str, ...]
    taken: tuple[str, ...]


def room_at(
    session: Session, settings: Settings, catalogue: Catalogue, fleet: Fleet, calls: Sequence[Call], now: datetime
) -> dict[uuid.UUID, Room]:
    """Return what each of today's calls takes, by the call's id; of other days nothing is known yet.

    A truck that is full now and unloads on its way to the call is not full there.
    """
    today = settings.clock.today(now)
    wanted = [call for call in calls if call.service_day == today and call.state == "planned"]
    vehicles = {call.plate: known_vehicle(fleet, call.plate) for call in wanted}
    trucks = {plate: vehicle for plate, vehicle in vehicles.items() if vehicle is not None}
    stocks = stocks_of(session, tuple(trucks)) if trucks else {}
    found: dict[uuid.UUID, Room] = {}
    for plate, vehicle in trucks.items():
        materials = [code for code in catalogue.materials if vehicle.takes(code)]
        if not full_materials(vehicle, stocks[plate], materials, settings.stock.full):
            found |= {call.id: Room((), tuple(materials)) for call in wanted if call.plate == plate}
            continue
        unloads = [s for s in ahead_of(session, settings, catalogue, vehicle, today, now) if s.kind == "unload"]
        for call in (c for c in wanted if c.plate == plate):
            stock = stocks[plate]
            for stop in unloads:
                if stop.at <= call.starts_at:
                    stock = without(stock, stop.accepted)
            full = full_materials(vehicle, stock, materials, settings.stock.full)
            found[call.id] = Room(tuple(full), tuple(code for code in materials if code not in full))
    return found


def without(stock: Stock, accepted: Sequence[str]) -> Stock:
    """Return a stock after an unload: without what the site takes, or without anything."""
    return Stock(
        {
            code: tuple(load for load in loads if accepted and load.material not in accepted)
            for code, loads in stock.by_compartment.items()
        }
    )
