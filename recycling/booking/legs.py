"""What does not fit one vehicle becomes two visits or more of one booking."""

from __future__ import annotations

from sqlalchemy import inspect

from recycling.booking.office import Office
from recycling.booking.visits import people_of
from recycling.models import Booking, BookingLine
from recycling.models.base import new_id

OWN = ("id", "leg_of", "people")


def split(office: Office, booking: Booking) -> list[Booking]:
    """Return the visits of a booking, itself first: one for all that fits the largest vehicle of its depot, and so on.

    A single piece that fits no vehicle stays in a visit of its own.
    """
    most = max((kind.litres for _, _, kind in office.fleet.at(booking.depot_code)), default=0)
    heaviest = max((kind.kg for _, _, kind in office.fleet.at(booking.depot_code)), default=0)
    loads: list[list[BookingLine]] = [[]]
    litres = kg = 0
    for line in list(booking.lines):
        left = line.pieces
        while left:
            fit = min(left, (most - litres) // line.litres, (heaviest - kg) // line.kg)
            if fit < 1 and loads[-1]:
                loads.append([])
                litres = kg = 0
                continue
            fit = max(1, fit)
            loads[-1].append(_copied(line, len(loads[-1]), fit))
            litres, kg, left = litres + fit * line.litres, kg + fit * line.kg, left - fit
    booking.id = new_id()
    if len(loads) == 1:
        return [booking]
    legs = [booking, *(_twin(booking) for _ in loads[1:])]
    for leg, load in zip(legs, loads, strict=True):
        leg.lines = load
        leg.people = people_of(load)
    return legs


def _copied(line: BookingLine, position: int, pieces: int) -> BookingLine:
    names = (c.key for c in inspect(BookingLine).column_attrs if c.key not in ("booking_id", "position", "pieces"))
    return BookingLine(position=position, pieces=pieces, **{name: getattr(line, name) for name in names})


def _twin(booking: Booking) -> Booking:
    names = (c.key for c in inspect(Booking).column_attrs if c.key not in OWN)
    values = {name: getattr(booking, name) for name in names if getattr(booking, name) is not None}
    return Booking(id=new_id(), **values)
