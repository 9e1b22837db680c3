"""What a place with its things needs of the fleet, as a whole and visit by visit."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.booking.legs import loads_of
from recycling.booking.office import Office
from recycling.booking.visits import kg_of, litres_of, load_seconds, people_of, tail_lift_for
from recycling.booking.workload import Need
from recycling.models import BookingLine

Load = Sequence[tuple[BookingLine, int]]


def need_for(
    office: Office,
    depot: str,
    place: tuple[float, float],
    lines: Sequence[BookingLine],
    height_limit: float | None,
    scene: str,
) -> Need:
    """Return what lines at a place (longitude, latitude) of a kind need, in as many visits as their loads take."""
    loads = loads_of(office, depot, lines, height_limit)
    parts = tuple(_visit(office, depot, place, load, height_limit, scene) for load in loads)
    return Need(
        depot=depot,
        lon=place[0],
        lat=place[1],
        people=people_of(lines),
        service=sum(part.service for part in parts),
        litres=litres_of(lines),
        visits=len(loads),
        kg=kg_of(lines),
        tail_lift=tail_lift_for(lines),
        height_limit=height_limit,
        parts=parts if len(parts) > 1 else (),
    )


def _visit(
    office: Office, depot: str, place: tuple[float, float], load: Load, height_limit: float | None, scene: str
) -> Need:
    lines = [line for line, _ in load]
    return Need(
        depot=depot,
        lon=place[0],
        lat=place[1],
        people=people_of(lines),
        service=load_seconds(office.settings, load, scene),
        litres=sum(line.litres * pieces for line, pieces in load),
        kg=sum(line.kg * pieces for line, pieces in load),
        tail_lift=tail_lift_for(lines),
        height_limit=height_limit,
    )
