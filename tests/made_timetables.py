"""Timetables written by hand, for tests of pages and commands in which no search plays a part."""

from datetime import timedelta

from recycling.accounts.actors import system
from recycling.models import Timetable, TimetableVisit
from recycling.timetable.calls import lay_out
from recycling.timetable.versions import publish

WHO = system("test")


def draft(session, visits, now, version=1, depot="DEP-01", weeks=1):
    """A draft of visits: community, day of the cycle, minute, plate; the last one of each round unloads at CEN-01."""
    table = Timetable(
        depot_code=depot, version=version, weeks=weeks, made_at=now, made_by="test", fen_a_week=123_400, left_out=0
    )
    rounds = {}
    for community, day, minute, plate in visits:
        visit = TimetableVisit(
            community_code=community,
            day=day,
            plate=plate,
            position=len(rounds.setdefault((day, plate), [])),
            start_minute=minute,
            dwell_minutes=60,
            expected_kg=100,
            expected_litres=2900,
        )
        rounds[day, plate].append(visit)
        table.visits.append(visit)
    for visited in rounds.values():
        visited[-1].unload_after = "CEN-01"
    session.add(table)
    session.flush()
    return table


def in_force(session, settings, visits, first, now, version=1, depot="DEP-01"):
    """The same, published from a day on, with its dated calls."""
    table = draft(session, visits, now, version, depot)
    publish(session, settings, table, first, WHO, now)
    lay_out(session, settings, depot, now)
    return table


TOWN = [
    ("A-001", 0, 540, "T-BOX"),
    ("A-002", 0, 660, "T-BOX"),
    ("A-003", 0, 570, "T-VAN"),
    ("A-002", 3, 840, "T-BOX"),
]
"""Two vehicles on Mondays, one on Thursdays."""


def of_the_town(database, settings, now, days=1):
    """The town's timetable at DEP-01 in force from so many days ahead, a draft above it, and a call of DEP-02."""
    first = settings.clock.today(now) + timedelta(days=days)
    with database.write() as session:
        in_force(session, settings, TOWN, first, now)
        draft(session, [*TOWN[:2], ("A-003", 1, 600, "T-VAN")], now, 2)
        in_force(session, settings, [("B-001", 0, 600, "")], first, now, 1, "DEP-02")
