"""Scenarios driven by routes of sampled days: asked, worked off, kept; estimates put right by what routes teach."""

import csv
import io
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from recycling import clock
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, NotFoundError
from recycling.models import AuditEvent
from recycling.sites import driven_answers, driving, running, searching
from recycling.sites.editing import assume, choose_sites
from recycling.sites.looking import look
from recycling.sites.scenarios import copy, the_scenario
from recycling.siting import road_engine

WHO = system("test")
LITTLE = {"days": 2, "iterations": 100}


@pytest.fixture
def asked(sqlite_record, drawn):
    """Return a function that asks for the rounds of the scenario and gives the search's key."""

    def ask(**wanted):
        with sqlite_record.write() as session:
            return driving.ask(session, the_scenario(session, drawn), LITTLE | wanted, WHO, clock.utc_now()).id

    return ask


@pytest.fixture
def done(sqlite_record, settings, fleet, desk):
    """Return a function that works a search off and reads its row."""

    def work(key):
        searching.work(sqlite_record, settings, fleet, desk, key, WHO)
        with sqlite_record.read() as session:
            return running.the_search(session, key)

    return work


@pytest.fixture
def driven(sqlite_record, settings, fleet, desk, drawn, day):
    """Return a function that drives the scenario in the test's own process and gives what would be kept."""

    def drive(**wanted):
        question = driving.Question(**LITTLE | wanted)
        with sqlite_record.read() as session:
            scenario, engine = the_scenario(session, drawn), road_engine(session, settings, fleet, day)
        tasks = driving.tasks_of(sqlite_record, settings, fleet, desk, scenario, question, lambda share: False)
        with ThreadPoolExecutor(1) as threads:
            found = driving.drive_all(tasks, question, lambda task: engine, threads, lambda: False, lambda share: None)
        return driven_answers.answer_of(found, question.days)

    return drive


@pytest.fixture
def other(sqlite_record, drawn):
    """A copy of the scenario with another site open instead."""
    with sqlite_record.write() as session:
        made = copy(session, the_scenario(session, drawn), "另一个", WHO, clock.utc_now())
        choose_sites(session, made, made.version, {"STA-01"}, {}, WHO, clock.utc_now())
        return made.id


@pytest.fixture
def worth_of(sqlite_record, settings, fleet, desk, day):
    """Return a function that gives what a scenario's page says it is worth."""

    def read(key):
        with sqlite_record.read() as session:
            return look(session, settings, fleet, desk, the_scenario(session, key), day, 60.0).worth

    return read


def test_a_scenario_is_driven_beside_another_and_its_estimate_is_that_of_its_page(asked, done, drawn, other, worth_of):
    row = done(asked(beside=[str(other)]))
    assert (row.kind, row.state, row.error) == ("rounds", "done", "")
    answer = json.loads(json.dumps(row.answer, allow_nan=False))
    assert [one["scenario"] for one in answer["rows"]] == [str(drawn), str(other)]
    for one in answer["rows"]:
        found = worth_of(uuid.UUID(one["scenario"]))
        assert one["estimate"] == pytest.approx(found.yuan, abs=2)
        assert one["ways"] == pytest.approx(found.transport, abs=2)
        assert one["ways_km"] == pytest.approx(found.km, abs=1)
        assert one["yuan"] == one["sites_yuan"] + one["rounds"]
        assert one["rounds"] == pytest.approx(one["slope"] * one["ways"] + one["base"], abs=2)
        assert one["km_yuan"] + one["trucks_yuan"] + one["hours_yuan"] == one["rounds"]
        assert sum(taken for _, _, _, taken, _, _ in one["sites"]) == pytest.approx(1, abs=1e-3)
        assert sum(money for _, _, money in one["depots"]) == pytest.approx(one["rounds"], abs=3)
        assert sum(ways for _, ways, _ in one["depots"]) == pytest.approx(one["ways"], abs=3)
    (apart,) = answer["differences"]
    first, second = answer["rows"]
    assert apart["rounds"] == pytest.approx(second["yuan"] - first["yuan"], abs=2)
    assert apart["same"] == (abs(apart["rounds"]) <= apart["noise"])
    table = list(csv.DictReader(io.StringIO(driven_answers.table(answer).decode("utf-8-sig"))))
    assert [int(line["with_rounds"]) for line in table] == [one["yuan"] for one in answer["rows"]]


def test_the_same_question_has_the_same_answer(driven):
    assert driven() == driven()
    assert driven(seed=2)["rows"][0]["rounds"] != driven()["rows"][0]["rounds"]


def test_estimates_count_as_routes_do_once_that_is_taken_over(driven, drawn, worth_of, sqlite_record,
                                                              settings, fleet):  # fmt: skip
    answer = driven()
    (told,) = answer["rows"]
    for _ in range(2):
        with sqlite_record.write() as session:
            driving.teach(session, answer, 0, WHO, clock.utc_now())
    assert worth_of(drawn).yuan == pytest.approx(told["yuan"], abs=1 + 1e-4 * told["ways"])
    with sqlite_record.read() as session:
        events = session.query(AuditEvent).filter(AuditEvent.action == "scenario.assumed-otherwise").all()
    assert [set(event.after) for event in events] == [{"routes_share", "routes_yuan"}]
    again = driven()["rows"][0]
    assert (again["ways"], again["rounds"], again["slope"]) == (told["ways"], told["rounds"], told["slope"])
    assert again["estimate"] == pytest.approx(told["yuan"], abs=1 + 1e-4 * told["ways"])
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        assume(session, settings, fleet, scenario, scenario.version, {"anew": True}, WHO, clock.utc_now())
    assert worth_of(drawn).yuan == pytest.approx(told["estimate"], abs=2)
    with sqlite_record.write() as session, pytest.raises(NotFoundError):
        driving.teach(session, answer, 1, WHO, clock.utc_now())


def test_a_search_counts_what_routes_have_taught(done, drawn, sqlite_record, worth_of):
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"routes_share": 2.0, "routes_yuan": 1000.0}
        key = searching.ask(session, scenario, {"model": "cost", "towns": 0, "seconds": 5}, WHO, clock.utc_now()).id
    row = done(key)
    assert row.state == "done"
    assert row.answer["value"] / 100 == pytest.approx(worth_of(row.made_id).yuan, rel=1e-3)


def test_stopped_before_all_was_driven_nothing_is_kept(asked, done, sqlite_record):
    key = asked(iterations=200_000, days=30)
    with sqlite_record.write() as session:
        running.stop(session, key)
    row = done(key)
    assert (row.state, row.answer) == ("stopped", None)


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"days": 1}, "days"),
        ({"days": "many"}, "days"),
        ({"iterations": 1}, "iterations"),
        ({"seed": -1}, "seed"),
        ({"beside": ["nobody"]}, "beside"),
        ({"beside": [str(uuid.uuid4())] * 4}, "beside"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(asked, wanted, where):
    with pytest.raises(BadRequestError) as told:
        asked(**wanted)
    assert {fault.where for fault in told.value.faults} == {where}


def test_a_scenario_without_an_open_site_or_without_itself_is_told(asked, edit, drawn, sqlite_record):
    with pytest.raises(NotFoundError):
        asked(beside=[str(uuid.uuid4())])
    edit(drawn, choose_sites, set(), {})
    with pytest.raises(BadRequestError, match="No site of '现状' is open"):
        asked()
