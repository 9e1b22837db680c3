"""`recycling timetable roads` and `shift`: what a call's move comes to, on the command line."""

import re

import pytest
from made_timetables import draft
from sqlalchemy import select

from recycling import clock
from recycling.models import Timetable

CALLS = [("A-001", 0, 540, "T-BOX"), ("A-002", 0, 660, "T-BOX"), ("A-003", 0, 570, "T-VAN")]


@pytest.fixture
def planner(upgraded, network):
    network(upgraded)
    with upgraded.write() as session:
        draft(session, CALLS, clock.utc_now())
    return upgraded


def shifted(run, *words, day=0):
    return run("timetable", "shift", "DEP-01", 1, "A-001", "--day", day, *words)


def stands(database):
    with database.read() as session:
        table = session.scalar(select(Timetable))
        return {(v.community_code, v.day, v.start_minute, v.plate) for v in table.visits}


def test_a_version_without_ways_names_the_command_that_finds_them(run, planner):
    status, _, said = shifted(run, "--to", 2, "--hour", "10:00", "--vehicle", "T-VAN")
    assert status != 0
    assert "recycling timetable roads DEP-01 1" in said
    status, out, _ = run("timetable", "roads", "DEP-01", 1)
    assert status == 0
    assert re.fullmatch(r"DEP-01 version 1: draft, 3 calls in 1 week, [\d,]+ yuan a week\n", out)
    assert "1,234 yuan" not in out, "the cost over these ways"


def test_a_move_is_tried_kept_or_refused(run, planner):
    run("timetable", "roads", "DEP-01", 1)
    before = stands(planner)
    status, out, _ = shifted(run, "--to", 2, "--hour", "10:00", "--vehicle", "T-VAN")
    assert status == 0
    assert re.fullmatch(r"\+[\d.,]+ yuan a week\n", out)
    assert stands(planner) == before
    status, out, _ = shifted(run, "--to", 0, "--hour", "11:00", "--vehicle", "T-BOX", "--keep")
    assert status == 1
    assert re.search(r"T-BOX would come to 社区A-00\d \d+ min after 11:00", out)
    assert stands(planner) == before
    status, out, _ = shifted(run, "--to", 2, "--hour", "10:00", "--vehicle", "T-VAN", "--keep")
    assert status == 0
    assert "DEP-01 version 1: draft, 3 calls" in out
    assert stands(planner) == (before - {("A-001", 0, 540, "T-BOX")}) | {("A-001", 2, 600, "T-VAN")}
    status, _, said = shifted(run, "--to", 4, "--hour", "10:00", "--vehicle", "T-VAN")
    assert status != 0
    assert "no longer where you saw it" in said
