"""Vehicles of two types in one timetable: searched on the roads of each, kept and put on the board with them."""

import pytest
from made_timetables import WHO

from recycling.timetable import making
from recycling.timetable.board import Move, board_of, tried
from recycling.timetable.holds import most_kg
from routing.periodic.check import check_timetable
from routing.periodic.engine import solve_timetable


@pytest.fixture
def both(settings):
    rules = settings.timetable.model_copy(update={"vehicle": "box", "other_types": ("van",)})
    return settings.model_copy(update={"timetable": rules})


@pytest.fixture
def made(sqlite_record, both, fleet, day, now):
    """A draft of both types, searched shortly; with the problem that it answers."""
    with sqlite_record.read() as session:
        ask = making.asked(session, both, fleet, "DEP-01", day)
    problem, _ = making.problem_of(both, ask)
    found = solve_timetable(problem, 20, iterations=60)
    assert check_timetable(problem, found) == []
    with sqlite_record.write() as session:
        table = making.store(session, both, ask, problem, found, WHO.id, now)
    return table, problem


def test_each_vehicle_has_the_figures_and_the_roads_of_its_type(made, fleet, both):
    _, problem = made
    assert [(v.id, v.profile) for v in problem.vehicles] == [("T-BOX", "box"), ("T-VAN", "van")]
    held = {name: most_kg(both.stock, fleet.types[name]) for name in ("box", "van")}
    assert {v.type or v.profile: v.capacity[0] for v in problem.vehicles} == held
    assert all(kg < fleet.types[name].kg for name, kg in held.items()), "the first compartment is full before"
    assert problem.matrices.keys() == {"box", "van"}


def test_one_type_alone_is_as_it_was(sqlite_record, settings, fleet, day):
    with sqlite_record.read() as session:
        ask = making.asked(session, settings, fleet, "DEP-01", day)
    assert {v.type for v in ask.job.vehicles} == {settings.timetable.vehicle}


def test_the_board_judges_with_the_ways_of_each_type(made, sqlite_record, both, settings, fleet, day):
    table, problem = made
    with sqlite_record.read() as session:
        board = board_of(session, both, fleet, table, day)
        assert board.plates == ["T-BOX", "T-VAN"]
        for name, matrix in problem.matrices.items():
            assert (board.problem.matrices[name].durations == matrix.durations).all()
            assert (board.problem.matrices[name].distances == matrix.distances).all()
        first = table.visits[0]
        other = next(plate for plate in board.plates if plate != first.plate)
        there = Move(first.community_code, first.day, first.day, first.start_minute, other)
        assert tried(board, there).fen_a_week != 0


def test_a_type_that_a_version_was_not_made_with_is_not_offered(made, sqlite_record, both, fleet, day, now):
    only = both.model_copy(update={"timetable": both.timetable.model_copy(update={"other_types": ()})})
    with sqlite_record.read() as session:
        ask = making.asked(session, only, fleet, "DEP-01", day)
    problem, _ = making.problem_of(only, ask)
    with sqlite_record.write() as session:
        table = making.store(session, only, ask, problem, solve_timetable(problem, 20, iterations=30), WHO.id, now)
        assert board_of(session, both, fleet, table, day).plates == ["T-BOX"]
