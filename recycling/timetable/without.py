"""Who has no call in a version of a timetable."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.models import Community, Timetable, TimetableVisit


def people_without(session: Session, table: Timetable) -> int:
    """Return how many people live where a version has no call; 0 where nobody was left out when it was made."""
    if not table.left_out:
        return 0
    called = select(TimetableVisit.community_code).where(TimetableVisit.timetable_id == table.id)
    query = select(func.sum(Community.population)).where(
        Community.depot_code == table.depot_code, Community.code.not_in(called)
    )
    return int(session.scalar(query) or 0)
