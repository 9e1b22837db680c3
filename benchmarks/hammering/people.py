"""Who books: at the places of the shipped network by population, on any open day, in any window."""

from __future__ import annotations

import random
from dataclasses import replace

from sqlalchemy import select

from recycling import network
from recycling.booking import BookingRequest, Office, open_days
from recycling.clock import utc_now
from recycling.demo import orders
from recycling.models import Community


def requests(office: Office, count: int, seed: int, first: int = 0) -> list[BookingRequest]:
    """Draw so many requests, each of somebody else; `first` numbers them."""
    rng = random.Random(f"{seed} {first}")
    days = open_days(office.settings, utc_now())
    with office.database.read() as session:
        places = session.scalars(select(Community).order_by(Community.code)).all()
        area, spans = network.the_area(session), office.settings.service.window_spans
        drawn: list[BookingRequest] = []
        while len(drawn) < count:  # a door near the border may lie beyond it
            more = orders.bookings(rng, office.catalogue, places, days[0], spans, count - len(drawn))
            drawn += [one for one in more if network.inside(area, one.lon, one.lat)]
    return [
        replace(
            request,
            day=rng.choice(days),
            phone=f"139{first + number:08d}",
            address=f"{request.address} {first}-{number}",
        )
        for number, request in enumerate(drawn)
    ]
