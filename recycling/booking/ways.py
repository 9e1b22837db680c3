"""What can be done for somebody, whatever the demand: the list of ways is never empty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from recycling.booking.bonus import typical_vehicle
from recycling.booking.offers import Offer
from recycling.booking.office import Office
from recycling.booking.workload import Need
from recycling.models import Call
from recycling.plane import METRES_A_DEGREE, metres_between

MOST_CALLS = 3
HERE_METRES = 10
NEXT = 3


@dataclass(frozen=True)
class NearCall:
    """A truck call that can be walked to.

    Attributes
    ----------
    here
        It stands where the place is taken to be: most likely only the community of the place is known, so that the
        metres say nothing.
    """

    community: str
    start: datetime
    end: datetime
    metres: int

    @property
    def here(self) -> bool:
        """Whether the call is at the place itself, as far as that is known."""
        return self.metres < HERE_METRES


@dataclass(frozen=True)
class Ways:
    """The ways out when the window that somebody wanted cannot be had.

    Attributes
    ----------
    windows
        The next ones that can be kept, at most three.
    calls
        The truck's next calls within walking distance.
    waiting, call_back
        The waiting list and a call by staff, which are always open.
    vehicle
        Whether the depot has a vehicle that can serve it at all.
    """

    windows: Sequence[Offer]
    calls: Sequence[NearCall]
    waiting: bool = True
    call_back: bool = True
    vehicle: bool = True


def ways(session: Session, office: Office, need: Need, found: Sequence[Offer], now: datetime) -> Ways:
    """Return the ways that are open for a place, `found` being the windows that can be kept."""
    vehicle = typical_vehicle(office, need) is not None
    return Ways(list(found)[:NEXT], near_calls(session, office, need, now), vehicle=vehicle)


def near_calls(session: Session, office: Office, need: Need, now: datetime) -> list[NearCall]:
    """Return the next truck calls within walking distance of a place, the nearest day first."""
    walk = office.settings.booking.walking_metres
    north = walk / METRES_A_DEGREE
    east = north / max(0.01, math.cos(math.radians(abs(need.lat) + north)))
    asked: dict[str, object] = {"now": now, "until": now + timedelta(days=office.settings.service.horizon_days)}
    asked |= {"south": need.lat - north, "north": need.lat + north, "west": need.lon - east, "east": need.lon + east}
    near = []
    for call in session.scalars(_AROUND, asked):
        metres = round(metres_between((need.lon, need.lat), (call.lon, call.lat)))
        if metres <= walk:
            end = call.starts_at + timedelta(minutes=call.dwell_minutes)
            near.append(NearCall(call.community.name, call.starts_at, end, metres))
            if len(near) == MOST_CALLS:
                break
    return near


_AROUND = (
    select(Call)
    .where(
        Call.state == "planned",
        Call.starts_at > bindparam("now"),
        Call.starts_at < bindparam("until"),
        Call.lat.between(bindparam("south"), bindparam("north")),
        Call.lon.between(bindparam("west"), bindparam("east")),
    )
    .order_by(Call.starts_at)
    .options(selectinload(Call.community))
)
"""Asked for each who looks for windows, so it is put together once."""
