"""What the process of a replayed day does: plan it, hold it against what was driven, and give back what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection

from recycling.replay.comparing import Replay, replay
from recycling.replay.visits import Visit
from recycling.settings import Settings
from routing.day import DayJob, at_work, plan_day, stated


@dataclass(frozen=True)
class Outcome:
    """A replayed day, and the ways of its plan: by vehicle one to each visit and one home, (longitude, latitude)."""

    replay: Replay
    ways: Mapping[str, Sequence[Sequence[tuple[float, float]]]]


def replay_apart(
    connection: Connection, job: DayJob, memory_mb: int, settings: Settings, depot: str, visits: Sequence[Visit]
) -> Outcome:
    """Plan a past day and compare it; progress goes through the connection, memory has a hard limit."""
    progress = at_work(connection, memory_mb)
    result = plan_day(job, progress, guarded=True)
    day: date = job.day
    found = replay(settings, depot, day, visits, stated(job), result)
    return Outcome(found, {plate: [list(way) for way in ways] for plate, ways in result.ways.items()})
