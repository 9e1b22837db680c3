"""Where and before which stop a truck should unload, so that nothing is too full later on the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recycling.clock import parse_hour
from recycling.models import Site
from recycling.plane import Lonlat, metres_between
from recycling.settings import Settings
from recycling.stock.ahead import accepted_at
from recycling.stock.forecast import PAYLOAD, Ahead, Point, first_over
from recycling.stock.vehicle import Vehicle


@dataclass(frozen=True)
class Proposal:
    """What would be too full at which stop, and where to unload before it.

    Attributes
    ----------
    over
        Code of the compartment, or ``payload``.
    before
        The stop before which to unload.
    site
        None where no open site takes what is too full.
    metres, minutes
        How much longer the way gets, in straight lines stretched as roads are, with the time of unloading.
    """

    over: str
    before: Ahead
    site: Site | None
    metres: int = 0
    minutes: int = 0


def propose(
    settings: Settings,
    vehicle: Vehicle,
    points: Sequence[Point],
    sites: Sequence[Site],
    here: Lonlat,
    now: datetime,
) -> Proposal | None:
    """Return the unload that the day needs first; None where everything is likely to find room.

    ``here`` is where the vehicle is now. Of the sites that are open on arrival and take something of what is too full,
    it is the one with the shortest way round.
    """
    late = first_over(points)
    if late is None:
        return None
    over = late.over[0]
    number = points.index(late)
    before = points[number - 1].stop if number else None
    begin = (before.lon, before.lat) if before else here
    leaves = max(before.at, now) if before else now
    end = (late.stop.lon, late.stop.lat)
    usual = metres_between(begin, end)
    best = Proposal(over, late.stop, None)
    for site in sites:
        if site.kind not in ("comprehensive", "specialised") or not _relieves(vehicle, over, site):
            continue
        there = settings.booking.detour * metres_between(begin, (site.lon, site.lat))
        arrives = leaves + timedelta(minutes=there / 1000 / settings.booking.kmh_near * 60)
        if not _open(settings, site, arrives):
            continue
        back = metres_between((site.lon, site.lat), end)
        metres = round(max(0.0, there + settings.booking.detour * (back - usual)))
        minutes = round(metres / 1000 / settings.booking.kmh_near * 60) + site.unload_minutes
        if best.site is None or metres < best.metres:
            best = Proposal(over, late.stop, site, metres, minutes)
    return best


def _relieves(vehicle: Vehicle, over: str, site: Site) -> bool:
    accepted = accepted_at(site)
    if not accepted or over == PAYLOAD:
        return True
    return any(vehicle.compartment_of(material) == over for material in accepted)


def _open(settings: Settings, site: Site, moment: datetime) -> bool:
    local = settings.clock.local(moment).time()
    return parse_hour(site.opens) <= local < parse_hour(site.closes)
