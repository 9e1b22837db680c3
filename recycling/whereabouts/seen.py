"""What everybody may see of trucks: the square in which each was a moment ago, and its next call."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.models import Call, TruckPosition
from recycling.plane import metres_between
from recycling.settings import Settings
from recycling.whereabouts.grid import Cell
from recycling.whereabouts.sharing import hours_of

FRESH = timedelta(minutes=5)
"""What is older than this is not shown."""

LETTERS_OF_A_PLATE = 3


@dataclass(frozen=True)
class Seen:
    """A truck on its round.

    Attributes
    ----------
    name
        The end of its plate.
    call
        The one under way, or else the next one; None after the last.
    metres
        From the middle of the square to the call that was asked about, in hundreds; None where none was.
    """

    name: str
    cell: Cell
    seen_at: datetime
    call: Call | None
    metres: int | None = None


def seen_trucks(session: Session, settings: Settings, now: datetime, community: str = "") -> list[Seen]:
    """Return the trucks that may be seen at this moment: all, or those with a call ahead at a community.

    A truck is seen from 20 minutes before its first call of the day until 20 minutes after its last one, and only where
    it was at most five minutes ago; at a community until its call there is over.
    """
    today = settings.clock.today(now)
    seen = select(TruckPosition).where(
        TruckPosition.service_day == today, TruckPosition.seen_at >= now - FRESH, TruckPosition.seen_at <= now
    )
    rows = session.scalars(seen.order_by(TruckPosition.plate)).all()
    calls: dict[str, list[Call]] = defaultdict(list)
    query = select(Call).where(
        Call.service_day == today, Call.state == "planned", Call.plate.in_([row.plate for row in rows])
    )
    if rows:
        for call in session.scalars(query.order_by(Call.starts_at, Call.id).options(selectinload(Call.community))):
            calls[call.plate].append(call)
    found = [_seen(row, calls[row.plate], now, community) for row in rows]
    return [one for one in found if one is not None]


def _seen(row: TruckPosition, calls: list[Call], now: datetime, community: str) -> Seen | None:
    hours = hours_of(calls)
    if hours is None or not hours[0] <= now <= hours[1]:
        return None
    if row.grid_row is None or row.grid_column is None or row.seen_at is None:
        return None
    cell = Cell(row.grid_row, row.grid_column)
    ahead = [call for call in calls if call.ends_at > now]
    there = next((call for call in ahead if call.community_code == community), None)
    if community and there is None:
        return None
    metres = 100 * max(1, round(metres_between(cell.centre, (there.lon, there.lat)) / 100)) if there else None
    return Seen(row.plate[-LETTERS_OF_A_PLATE:], cell, row.seen_at, next(iter(ahead), None), metres)
