"""Searches for better sites: asked, worked off in a process of its own, stopped, lost; the answer is a scenario."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import clock
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import Community, Scenario, SiteSearch
from recycling.sites import running, searching
from recycling.sites.assumed import Assumed
from recycling.sites.candidates import candidates_of, problem_of
from recycling.sites.people import people_of
from recycling.sites.scenarios import delete, the_scenario
from recycling.sites.ways import question
from routing.siting.optimise import evaluate
from routing.siting.problem import Aim

WHO = system("test")


@pytest.fixture
def asked(sqlite_record, drawn):
    """Return a function that asks for a search and gives its key."""

    def ask(now=None, **wanted):
        with sqlite_record.write() as session:
            scenario = the_scenario(session, drawn)
            wanted = {"model": "p-median", "count": 1, "towns": 5, "seconds": 5} | wanted
            return searching.ask(session, scenario, wanted, WHO, now or clock.utc_now()).id

    return ask


@pytest.fixture
def row_of(sqlite_record):
    def read(key):
        with sqlite_record.read() as session:
            return running.the_search(session, key)

    return read


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"model": "guess"}, "model"),
        ({"count": 0}, "count"),
        ({"count": "many"}, "count"),
        ({"count": None}, "count"),
        ({"seconds": 601}, "seconds"),
        ({"towns": -1}, "towns"),
        ({"budget": -1}, "budget"),
        ({"budget": float("nan")}, "budget"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(asked, wanted, where, sqlite_record):
    with pytest.raises(BadRequestError) as told:
        asked(**wanted)
    assert [fault.where for fault in told.value.faults] == [where]
    with sqlite_record.read() as session:
        assert session.scalars(select(SiteSearch)).all() == []


def test_one_search_at_a_time_until_its_lease_is_over(asked, row_of):
    now = clock.utc_now()
    first = asked(now=now)
    with pytest.raises(ConflictError):
        asked(now=now + timedelta(seconds=30))
    later = now + timedelta(minutes=2)
    assert running.lost(row_of(first), later)
    assert not running.lost(row_of(asked(now=later)), later)


def test_candidates_are_the_sites_and_the_seats_of_towns(sqlite_record, drawn, settings, fleet, desk, day):
    with sqlite_record.read() as session:
        people, scenario = people_of(session), the_scenario(session, drawn)
        roads = question(session, settings, fleet, people, "box", day)
    rows = candidates_of(scenario, people, 60)
    assert [(r.code, r.kind) for r in rows] == [("CEN-01", "standing"), ("STA-01", "station"), ("A-001", "town")]
    assert candidates_of(scenario, people, 0)[-1].code == "STA-01"
    ways = desk.ways(roads, [(r.lon, r.lat) for r in rows])
    problem = problem_of(people, None, Assumed(**scenario.assumed), rows, ways, keep=True)
    assert [c.status for c in problem.candidates] == ["kept", "new", "new"]
    assert problem.seconds.shape == (4, 3)
    answer = evaluate(problem, Aim("p-median", 1), {"CEN-01": ""})
    assert answer.value == (people.people * ways[rows[0].lon, rows[0].lat][0]).sum()


def test_a_search_finds_proves_and_makes_a_scenario(sqlite_record, settings, fleet, desk, asked, row_of):
    key = asked()
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    row = row_of(key)
    assert (row.state, row.error, row.progress) == ("done", "", 1.0)
    assert row.answer["proven"]
    assert row.answer["opened"] == [["STA-01", "示例STA-01"]]
    assert [code for code, _ in row.answer["second"]["opened"]] == ["A-001"]
    assert 0 < row.answer["second"]["worse"] < 1
    with sqlite_record.read() as session:
        made = the_scenario(session, row.made_id)
    assert made.name == "p-median 1 · 现状"
    assert [(r.code, r.is_open, r.size) for r in made.sites] == [
        ("CEN-01", False, "standing"),
        ("STA-01", True, "small"),
    ]
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    with sqlite_record.read() as session:
        assert len(session.scalars(select(Scenario)).all()) == 2, "a search that has ended is not begun again"


def test_stopped_before_it_begins_it_leaves_no_scenario_or_the_best_so_far(
    sqlite_record, settings, fleet, desk, asked, row_of
):
    key = asked(model="cost", count=None)
    with sqlite_record.write() as session:
        running.stop(session, key)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    row = row_of(key)
    assert row.finished_at is not None
    assert (row.state, row.made_id) in (("stopped", None), ("done", row.made_id))


def test_what_cannot_be_reached_is_told(sqlite_record, settings, fleet, desk, asked, row_of):
    key = asked(count=9)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    row = row_of(key)
    assert (row.state, row.made_id) == ("failed", None)
    assert "9 sites cannot be chosen: there are 3 candidates" in row.error


def test_a_scenario_deleted_meanwhile_ends_its_search(sqlite_record, settings, fleet, desk, asked, row_of, drawn, now):
    key = asked()
    with sqlite_record.write() as session:
        delete(session, the_scenario(session, drawn), WHO, now)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    assert (row_of(key).state, "no such scenario" in row_of(key).error) == ("failed", True)
    with sqlite_record.read() as session, pytest.raises(NotFoundError):
        running.the_search(session, drawn)


def test_a_process_that_dies_is_told(sqlite_record, settings, fleet, desk, asked, row_of, monkeypatch):
    monkeypatch.setattr("recycling.sites.searching._searched", lambda *_: 1 / 0)
    key = asked()
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    assert (row_of(key).state, row_of(key).error) == ("failed", "ZeroDivisionError: division by zero")


def test_an_answer_without_a_bound_is_kept_without_one(sqlite_record, drawn, settings, fleet, desk, day):
    with sqlite_record.read() as session:
        people, scenario = people_of(session), the_scenario(session, drawn)
        roads = question(session, settings, fleet, people, "box", day)
    rows = candidates_of(scenario, people, 1)
    ways = desk.ways(roads, [(r.lon, r.lat) for r in rows])
    problem = problem_of(people, None, Assumed(**scenario.assumed), rows, ways, keep=False)
    answer = replace(evaluate(problem, Aim("p-median", 1), {"CEN-01": ""}), bound=float("-inf"))
    kept = searching._told(problem, rows, answer, None, 0.0)
    assert (kept["bound"], kept["gap"], kept["proven"], kept["second"]) == (None, None, False, None)
    json.dumps(kept, allow_nan=False)


def test_fewest_sites_name_who_is_out_of_reach_and_reach_the_rest_when_asked(
    sqlite_record, settings, fleet, desk, asked, row_of, drawn
):
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"reach_minutes": 1}
    key = asked(model="set-cover", count=None, towns=0)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    row = row_of(key)
    assert (row.state, row.faults[0]["code"]) == ("failed", "out-of-reach")
    names = [one["zh"] for one in row.faults[0]["values"]["places"]]
    assert len(names) == row.faults[0]["values"]["count"]
    assert all("社区" in name for name in names)
    key = asked(model="set-cover", count=None, towns=0, rest=True)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    row = row_of(key)
    assert (row.state, row.error) == ("done", "")
    assert [name for _, name in row.answer["far"]] == names
    assert row.answer["far_people"] > 0
    assert row.answer["far_people"] + row.answer["people"] == 6500


def test_where_nobody_is_within_reach_nothing_is_left_out(sqlite_record, settings, fleet, desk, asked, row_of, drawn):
    with sqlite_record.write() as session:
        for community in session.scalars(select(Community)):
            community.lat += 0.05
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"reach_minutes": 1}
    key = asked(model="set-cover", count=None, towns=0, rest=True)
    searching.work(sqlite_record, settings, fleet, desk, key, WHO)
    assert row_of(key).state == "failed"
