"""The week board: a stored timetable over kept ways, moves judged, kept in drafts, and refused with reasons."""

from datetime import timedelta

import pytest
from made_timetables import WHO, draft, in_force
from sqlalchemy import select

from recycling.errors import BadRequestError, ConflictError
from recycling.models import AuditEvent, Timetable
from recycling.timetable.board import Move, board_of, tried
from recycling.timetable.editing import keep
from recycling.timetable.finding import find_roads
from recycling.timetable.weekdays import DaySets

CALLS = [
    ("A-001", 0, 540, "T-BOX"),
    ("A-002", 0, 660, "T-BOX"),
    ("A-003", 0, 570, "T-VAN"),
]


@pytest.fixture
def drawn_up(sqlite_record, settings, fleet, now):
    """A draft whose ways are kept."""
    with sqlite_record.write() as session:
        draft(session, CALLS, now)
    find_roads(sqlite_record, settings, fleet, "DEP-01", 1, now)
    return sqlite_record


@pytest.fixture
def on_board(drawn_up, settings, fleet, day):
    """Return a function that does something with the board of a version."""

    def do(what, version=1, unit="read"):
        with getattr(drawn_up, unit)() as session:
            table = session.scalar(
                select(Timetable).where(Timetable.depot_code == "DEP-01", Timetable.version == version)
            )
            return what(session, board_of(session, settings, fleet, table, day))

    return do


def rows(table):
    return [(v.community_code, v.day, v.start_minute, v.plate) for v in table.visits]


def test_ways_are_found_once_and_give_the_cost(on_board):
    def look(session, board):
        assert {point.id for point in board.problem.points} >= {"A-001", "A-002", "A-003"}
        assert board.table.fen_a_week > 0
        assert board.table.fen_a_week != 123_400
        assert board.answer.chosen.keys() == {"A-001", "A-002", "A-003"}

    on_board(look)


def test_without_ways_the_command_is_named(sqlite_record, settings, fleet, now, day):
    with sqlite_record.write() as session:
        table = draft(session, CALLS, now)
        with pytest.raises(ConflictError, match="recycling timetable roads DEP-01 1"):
            board_of(session, settings, fleet, table, day)


def test_a_move_says_what_it_costs_and_breaks_and_changes_nothing(on_board):
    def look(session, board):
        far = tried(board, Move("A-001", 0, 2, 540, "T-BOX"))
        assert far.faults == ()
        assert far.fen_a_week > 0, "a day more on which the vehicle goes out"
        clash = tried(board, Move("A-001", 0, 0, 660, "T-BOX"))
        assert [fault.code for fault in clash.faults] == ["late"]
        assert clash.faults[0].values["clock"] == "11:00"
        assert clash.faults[0].values["minutes"] >= 60
        same = tried(board, Move("A-001", 0, 0, 540, "T-BOX"))
        assert (same.fen_a_week, same.faults) == (0, ())
        assert rows(board.table) == CALLS_BY_ROUND

    on_board(look)


CALLS_BY_ROUND = sorted(CALLS, key=lambda call: (call[1], call[3], call[2]))


def test_what_cannot_be_meant_is_said(on_board):
    def look(session, board):
        for move, code in (
            (Move("A-999", 0, 1, 540, "T-BOX"), "not-on-the-board"),
            (Move("A-001", 0, 1, 541, "T-BOX"), "no-such-hour"),
            (Move("A-001", 0, 1, 540, "T-NOBODY"), "no-vehicle"),
            (Move("A-001", 0, 99, 540, "T-BOX"), "no-such-days"),
            (Move("A-001", 3, 1, 540, "T-BOX"), "moved-meanwhile"),
        ):
            with pytest.raises((BadRequestError, ConflictError)) as caught:
                tried(board, move)
            assert caught.value.faults[0].code == code

    on_board(look)


def test_a_draft_is_changed_in_place_and_a_version_that_holds_gets_a_draft(drawn_up, on_board, settings, fleet, now):
    def put(session, board):
        move = tried(board, Move("A-001", 0, 2, 600, "T-VAN"))
        before = board.table.fen_a_week
        kept = keep(session, settings, board, move, board.table.edits, WHO, now)
        assert kept.fen_a_week == before + move.fen_a_week
        return kept.version

    assert on_board(put, unit="write") == 1
    with drawn_up.read() as session:
        table = session.scalar(select(Timetable))
        assert ("A-001", 2, 600, "T-VAN") in rows(table)
        assert len(table.visits) == 3
        assert all(last.unload_after for last in table.visits if last.day == 2)
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "timetable.call-moved"))
        assert event.after["plate"] == "T-VAN"
    with drawn_up.write() as session:
        table = session.scalar(select(Timetable))
        table.state, table.valid_from = "published", (now + timedelta(days=9)).date()
    assert (
        on_board(
            lambda s, b: keep(s, settings, b, tried(b, Move("A-001", 2, 4, 600, "T-VAN")), 1, WHO, now).version,
            unit="write",
        )
        == 2
    )
    with drawn_up.read() as session:
        first, second = session.scalars(select(Timetable).order_by(Timetable.version))
        assert ("A-001", 2, 600, "T-VAN") in rows(first)
        assert ("A-001", 4, 600, "T-VAN") in rows(second)
        assert (second.state, second.roads_id, second.edits) == ("draft", first.roads_id, 2)


def test_another_hour_in_the_same_order_is_judged_and_kept(drawn_up, on_board, settings, now):
    def put(session, board):
        late = tried(board, Move("A-001", 0, 0, 630, "T-BOX"))
        assert [fault.code for fault in late.faults] == ["late"], "half an hour is too little for the call itself"
        keep(session, settings, board, tried(board, Move("A-001", 0, 0, 510, "T-BOX")), board.table.edits, WHO, now)

    on_board(put, unit="write")
    with drawn_up.read() as session:
        assert ("A-001", 0, 510, "T-BOX") in rows(session.scalar(select(Timetable)))


def test_a_move_that_breaks_a_rule_is_not_kept(on_board, settings, now):
    def put(session, board):
        clash = tried(board, Move("A-001", 0, 0, 660, "T-BOX"))
        with pytest.raises(BadRequestError, match="min after 11:00"):
            keep(session, settings, board, clash, board.table.edits, WHO, now)

    on_board(put, unit="write")
    on_board(lambda session, board: rows(board.table) == CALLS_BY_ROUND)


def test_two_people_at_the_board_do_not_undo_each_other(on_board, settings, now):
    def put(session, board):
        with pytest.raises(ConflictError, match="Somebody else"):
            keep(session, settings, board, tried(board, Move("A-001", 0, 2, 600, "T-VAN")), 7, WHO, now)

    on_board(put, unit="write")


def test_a_community_without_a_call_gets_one(sqlite_record, settings, fleet, now, day):
    with sqlite_record.write() as session:
        draft(session, CALLS[:2], now).left_out = 1
    find_roads(sqlite_record, settings, fleet, "DEP-01", 1, now)
    with sqlite_record.write() as session:
        table = session.scalar(select(Timetable))
        board = board_of(session, settings, fleet, table, day)
        assert board.without == ["A-003"]
        pattern = board.point("A-003").patterns[0]
        move = tried(board, Move("A-003", -1, pattern.days[0], 900, "T-BOX"))
        assert move.faults == ()
        assert 0 < move.fen_a_week < board.problem.left_out, "what leaving it out was weighed with is no saving"
        kept = keep(session, settings, board, move, table.edits, WHO, now)
        assert kept.left_out == 0
        assert {v.day for v in kept.visits if v.community_code == "A-003"} == set(pattern.days)
        assert board_of(session, settings, fleet, kept, day).without == []


def test_rounds_with_unlike_hours_are_left_alone(sqlite_record, settings, fleet, now, day):
    with sqlite_record.write() as session:
        in_force(session, settings, [*CALLS, ("A-002", 3, 840, "T-BOX")], (now + timedelta(days=2)).date(), now)
    find_roads(sqlite_record, settings, fleet, "DEP-01", 1, now)
    with sqlite_record.read() as session:
        board = board_of(session, settings, fleet, session.scalar(select(Timetable)), day)
        with pytest.raises(ConflictError, match="different hours"):
            tried(board, Move("A-001", 0, 3, 540, "T-BOX"))


def test_calls_of_any_vehicle_can_be_given_one(sqlite_record, settings, fleet, now, day):
    with sqlite_record.write() as session:
        draft(session, [("A-001", 0, 540, ""), ("A-002", 0, 540, "")], now)
    find_roads(sqlite_record, settings, fleet, "DEP-01", 1, now)
    with sqlite_record.write() as session:
        board = board_of(session, settings, fleet, session.scalar(select(Timetable)), day)
        assert "" in board.plates
        late = tried(board, Move("A-001", 0, 0, 570, ""))
        assert str(late.faults[0]).startswith("any vehicle would come to")
        move = tried(board, Move("A-002", 0, 0, 540, "T-BOX"))
        assert move.faults == ()
        kept = keep(session, settings, board, move, 0, WHO, now)
        assert rows(kept) == [("A-001", 0, 540, ""), ("A-002", 0, 540, "T-BOX")]


def test_days_are_said_in_the_readers_language():
    assert str(DaySets([(0, 3), (1, 4)])) == "Mon + Thu, Tue + Fri"
    assert DaySets([(0, 3), (1,)]).text("zh") == "周一和周四、周二"
    assert DaySets([(0,), (8,)], 2).text("en") == "Mon of week 1, Tue of week 2"
