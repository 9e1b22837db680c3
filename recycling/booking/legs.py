"""What may not ride together, or does not fit one vehicle, becomes two visits or more of one booking."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import inspect

from recycling.booking.office import Office
from recycling.booking.visits import people_of, tail_lift_for
from recycling.catalogue import legs_of
from recycling.fleet import VehicleType
from recycling.models import Booking, BookingLine
from recycling.models.base import new_id

OWN = ("id", "leg_of", "people")


def split(office: Office, booking: Booking) -> list[Booking]:
    """Return the visits of a booking, itself first: one for all that may ride together and fits the largest vehicle.

    A single piece that fits no vehicle stays in a visit of its own.
    """
    loads = loads_of(office, booking.depot_code, booking.lines, booking.height_limit)
    booking.id = new_id()
    if len(loads) == 1:
        return [booking]
    legs = [booking, *(_twin(booking) for _ in loads[1:])]
    for leg, load in zip(legs, loads, strict=True):
        leg.lines = [_copied(line, position, pieces) for position, (line, pieces) in enumerate(load)]
        leg.people = people_of(leg.lines)
    return legs


def loads_of(
    office: Office, depot: str, lines: Sequence[BookingLine], height_limit: float | None = None
) -> list[list[tuple[BookingLine, int]]]:
    """Return what each visit takes, as lines with the pieces of each; one load for a depot without vehicles.

    A thing that the catalogue no longer knows, of a booking that was made before, rides with the rest.
    """
    able = office.fleet.able(depot, people_of(lines), tail_lift_for(lines), height_limit) or office.fleet.able(depot, 0)
    if not able:
        return [[(line, line.pieces) for line in lines]]
    largest = max(able, key=lambda kind: (kind.litres, kind.kg))
    loads: list[list[tuple[BookingLine, int]]] = []
    known = {line.item: line.pieces for line in lines if line.item in office.catalogue.variants}
    legs = legs_of(office.catalogue, known) if len(known) > 1 else []
    together: list[set[str]] = [set(leg.items) for leg in legs] or [set(known)]
    together[0] |= {line.item for line in lines} - set(known)
    for items in together:
        loads += _filled(largest, [line for line in lines if line.item in items])
    return loads


def _filled(largest: VehicleType, lines: Sequence[BookingLine]) -> list[list[tuple[BookingLine, int]]]:
    """Return loads of the largest vehicle, each as full as the next piece allows."""
    loads: list[list[tuple[BookingLine, int]]] = [[]]
    litres = kg = 0
    for line in lines:
        left = line.pieces
        while left:
            fit = min(left, (largest.litres - litres) // line.litres, (largest.kg - kg) // line.kg)
            if fit < 1 and loads[-1]:
                loads.append([])
                litres = kg = 0
                continue
            fit = max(1, fit)
            loads[-1].append((line, fit))
            litres, kg, left = litres + fit * line.litres, kg + fit * line.kg, left - fit
    return loads


def _copied(line: BookingLine, position: int, pieces: int) -> BookingLine:
    names = (c.key for c in inspect(BookingLine).column_attrs if c.key not in ("booking_id", "position", "pieces"))
    return BookingLine(position=position, pieces=pieces, **{name: getattr(line, name) for name in names})


def _twin(booking: Booking) -> Booking:
    names = (c.key for c in inspect(Booking).column_attrs if c.key not in OWN)
    values = {name: getattr(booking, name) for name in names if getattr(booking, name) is not None}
    return Booking(id=new_id(), **values)
