"""Moves on the week board that are kept: in the draft itself, or in a new draft beside a version that holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, tuple_
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Community, Timetable, TimetableVisit
from recycling.settings import Settings
from recycling.timetable.board import Board, Tried, plate_of
from recycling.timetable.demand import Visit, visit_of
from recycling.timetable.making import next_version, rows_of
from routing.periodic.moving import changed_rounds
from routing.periodic.timetable import Timetable as Answer

COPIED = (
    "community_code", "day", "plate", "position", "start_minute", "dwell_minutes", "expected_kg", "expected_litres",
    "unload_after",
)  # fmt: skip
"""Columns of a visit that a copy of its timetable has as well."""


def keep(
    session: Session, settings: Settings, board: Board, move: Tried, edits: int, actor: Actor, now: datetime
) -> Timetable:
    """Keep a move that breaks no rule; return the draft that has it.

    `edits` is how many moves the timetable had when the person saw it.

    Raises
    ------
    BadRequestError, ConflictError
        For a move that breaks rules, with each of them, and when somebody else has changed the timetable meanwhile.
    """
    table = board.table
    hold(session, f"timetable/{table.depot_code}")
    session.refresh(table)
    if table.edits != edits:
        raise ConflictError.one(
            "moved-meanwhile", N_("Somebody else has changed this timetable. Look at it again, then move the call.")
        )
    if move.faults:
        raise BadRequestError(*move.faults)
    kept = table if table.state == "draft" else _copied(session, table, now)
    write_rounds(session, settings, kept, board, move.answer)
    kept.fen_a_week += move.fen_a_week
    kept.left_out -= move.move.community in board.without
    kept.edits += 1
    asked_for = move.move
    audit.record(
        session, actor, "timetable.call-moved", "timetable", kept.id,
        {"community": asked_for.community, "day": asked_for.day},
        {"day": asked_for.to_day, "minute": asked_for.minute, "plate": asked_for.plate, "fen a week": move.fen_a_week},
        now,
    )  # fmt: skip
    return kept


def _copied(session: Session, table: Timetable, now: datetime) -> Timetable:
    """Return a new draft like a version that holds, or held."""
    copy = Timetable(
        depot_code=table.depot_code,
        version=next_version(session, table.depot_code),
        weeks=table.weeks,
        made_at=now,
        made_by="week board",
        fen_a_week=table.fen_a_week,
        left_out=table.left_out,
        roads_id=table.roads_id,
        edits=table.edits,
    )
    copy.visits = [TimetableVisit(**{name: getattr(visit, name) for name in COPIED}) for visit in table.visits]
    session.add(copy)
    session.flush()
    return copy


def write_rounds(session: Session, settings: Settings, table: Timetable, board: Board, after: Answer) -> None:
    """Write those rounds of an answer that differ from the board's; all other rows stay."""
    expected = {v.community_code: Visit(v.expected_kg, v.expected_litres, v.dwell_minutes) for v in table.visits}
    times = {
        point.id: len(point.patterns[after.chosen[point.id][0]].days)
        for point in board.problem.points
        if point.id in after.chosen
    }

    def of(code: str) -> Visit:
        if code not in expected:
            expected[code] = visit_of(settings.timetable, session.get_one(Community, code), times[code])
        return expected[code]

    changed = changed_rounds(board.answer, after)
    rounds = [one for one in after.rounds if (one.day, one.vehicle) in changed]
    rows = [row for one in rounds for row in rows_of(board.problem, after, one, of)]
    for row in rows:
        row.plate = plate_of(row.plate)
    _replace(session, table, {(day, plate_of(vehicle)) for day, vehicle in changed}, rows)


def _replace(
    session: Session, table: Timetable, keys: Iterable[tuple[int, str]], rows: Iterable[TimetableVisit]
) -> None:
    where = tuple_(TimetableVisit.day, TimetableVisit.plate).in_(sorted(keys))
    session.execute(delete(TimetableVisit).where(TimetableVisit.timetable_id == table.id, where))
    for row in rows:
        row.timetable_id = table.id
        session.add(row)
    session.flush()
    session.expire(table, ["visits"])
