"""A truck on its day: what is on board, what is still ahead, how full it gets, and where it should unload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling import network
from recycling.catalogue import Catalogue
from recycling.models import Call
from recycling.plane import Lonlat
from recycling.settings import Settings
from recycling.stock.ahead import ahead_of, calls_of
from recycling.stock.fill import Fill, fills
from recycling.stock.forecast import Point, curve
from recycling.stock.on_board import Stock, stock_of
from recycling.stock.proposing import Proposal, propose
from recycling.stock.vehicle import Vehicle


@dataclass(frozen=True)
class TruckDay:
    """All that a page says of a truck on a day; ``call`` is the one under way, or else the one that was begun last."""

    vehicle: Vehicle
    stock: Stock
    fills: Sequence[Fill]
    calls: Sequence[Call]
    call: Call | None
    points: Sequence[Point]
    proposal: Proposal | None

    @property
    def payload_share(self) -> float:
        """Share of the payload that is on board."""
        return self.stock.grams / (1000 * self.vehicle.kind.kg)

    @property
    def fullest(self) -> float:
        """Share of the compartment that is fullest now, or of the payload."""
        return max(self.payload_share, *(fill.share for fill in self.fills))


def truck_day(
    session: Session, settings: Settings, catalogue: Catalogue, vehicle: Vehicle, day: date, now: datetime
) -> TruckDay:
    """Return what is known of a truck; for a day other than today what is on board now is where its curve begins."""
    calls = calls_of(session, vehicle, day)
    begun = [call for call in calls if call.starts_at <= now]
    stock = stock_of(session, vehicle.plate)
    ahead = ahead_of(session, settings, catalogue, vehicle, day, now)
    points = curve(vehicle, stock, ahead, settings.timetable.spread, settings.timetable.too_full)
    depot = network.the_depot(session, vehicle.depot)
    here: Lonlat = (begun[-1].lon, begun[-1].lat) if begun else (depot.lon, depot.lat)
    leaves = max(now, begun[-1].ends_at) if begun else now
    proposal = propose(settings, vehicle, points, network.sites(session), here, leaves)
    return TruckDay(vehicle, stock, fills(vehicle, stock), calls, begun[-1] if begun else None, points, proposal)
