"""The demonstration's timetable of truck calls: each weekday's calls, at hours that the depot's trucks can keep."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from recycling.demo import orders
from recycling.models import Call, Community, Timetable, TimetableVisit
from recycling.settings import Settings
from recycling.timetable.versions import cycle_day

BETWEEN = timedelta(minutes=30)
"""What a truck has at least from the end of one call to the next."""


def weekly_calls(
    settings: Settings,
    communities: Sequence[Community],
    today: Sequence[Call],
    plates: Sequence[str],
    now: datetime,
    seed: int,
) -> Timetable:
    """Return a timetable in force from the day of some calls, which it has on that weekday; they get its vehicles.

    On each other weekday of the settings it has calls at communities of its own.
    """
    day = today[0].service_day
    table = Timetable(
        depot_code=today[0].depot_code,
        version=1,
        state="published",
        weeks=1,
        valid_from=day,
        made_at=now,
        made_by="demo",
        fen_a_week=0,
        left_out=0,
        note="demonstration",
    )
    rng = random.Random(seed)
    served = {call.community_code for call in today}
    for ahead in range(7):
        then = day + timedelta(days=ahead)
        if not ahead:
            calls = list(today)
        elif then.weekday() in settings.timetable.weekdays:
            free = [c for c in communities if c.code not in served]
            calls = orders.calls(rng, settings.clock, free, then, len(today)) if free else []
            served |= {call.community_code for call in calls}
        else:
            calls = []
        _add(settings, table, then, calls, plates)
    return table


def _add(settings: Settings, table: Timetable, day: date, calls: Sequence[Call], plates: Sequence[str]) -> None:
    free_from: dict[str, datetime] = {}
    for position, call in enumerate(sorted(calls, key=lambda c: c.starts_at)):
        ready = [p for p in plates if p not in free_from or free_from[p] + BETWEEN <= call.starts_at]
        plate = ready[0] if ready else ""
        if plate:
            free_from[plate] = call.ends_at
        call.plate, call.mark = plate, f"{call.community_code}/{day.isoformat()}"
        start = settings.clock.local(call.starts_at)
        table.visits.append(
            TimetableVisit(
                community_code=call.community_code,
                day=cycle_day(table, day),
                plate=plate,
                position=position,
                start_minute=start.hour * 60 + start.minute,
                dwell_minutes=call.dwell_minutes,
                expected_kg=call.expected_kg,
                expected_litres=call.expected_litres,
            )
        )
