"""The ways of a timetable that has none kept: one that was not made by the search, or from roads of long ago."""

from __future__ import annotations

from datetime import datetime

from recycling.db import Database
from recycling.fleet import Fleet, load_fleet
from recycling.models import Timetable
from recycling.settings import Settings, load_settings
from recycling.timetable.board import board_of
from recycling.timetable.editing import write_rounds
from recycling.timetable.kept_roads import keep_roads
from recycling.timetable.making import asked, places_of, problem_of
from recycling.timetable.versions import the_timetable
from routing.periodic.check import judge
from routing.periodic.moving import cut_anew


def find_roads(
    database: Database, settings: Settings, fleet: Fleet, depot: str, version: int, now: datetime
) -> Timetable:
    """Find the ways of a version that has none kept, or that are old, and keep them; return it.

    Rounds that end without unloading are cut into trips, and the cost becomes that over these ways. The record is not
    held while roads are looked at.

    Raises
    ------
    NotFoundError, BadRequestError
        For an unknown version; as `making.asked`.
    """
    today = settings.clock.today(now)
    with database.read() as session:
        the_timetable(session, depot, version)
        ask = asked(session, settings, fleet, depot, today)
    problem, _ = problem_of(settings, ask)
    with database.write() as session:
        table = the_timetable(session, depot, version)
        table.roads_id = keep_roads(session, places_of(ask, problem), problem.matrices, now)
        board = board_of(session, settings, fleet, table, today)
        calls = {
            (one.day, one.vehicle): [key for kind, key in one.services if kind == "call"]
            for one in board.answer.rounds
            if one.services[-1][0] == "call"
        }
        write_rounds(session, settings, table, board, cut_anew(board.problem, board.answer, calls))
        board = board_of(session, settings, fleet, table, today)
        cost = judge(board.problem, board.answer).cost
        out = sum(board.problem.missing(p) for p in board.problem.points if p.id not in board.answer.chosen)
        table.fen_a_week = round((cost - out) / table.weeks)
        return table


def find_roads_apart(url: str, depot: str, version: int, now: datetime) -> None:
    """Do the same in a process of its own, which opens the record by its address."""
    find_roads(Database(url), load_settings(), load_fleet(), depot, version, now)
