"""One choice for several scenarios of demand: asked from a scenario, worked off in a process of its own, opened."""

import csv
import io
import json

import pytest

from recycling import clock
from recycling.accounts.actors import system
from recycling.demand_cases import AREAS
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.sites import opening, robust_answers, robust_asking, running, searching
from recycling.sites.scenarios import delete, the_scenario

WHO = system("test")
DEMANDS = (
    {"name": "弱", "weight": 1, "percent": 80},
    {"name": "强", "weight": 1, "percent": 130, "own": {"paper": 150}},
)


@pytest.fixture
def asked(sqlite_record, drawn, settings):
    """Return a function that asks for a search and gives its key."""

    def ask(**wanted):
        wanted = {"demands": DEMANDS, "by": "community", "towns": 3, "seconds": 20} | wanted
        with sqlite_record.write() as session:
            scenario = the_scenario(session, drawn)
            return robust_asking.ask(
                session,
                scenario,
                wanted,
                {word: word for word in (*AREAS, *settings.stock.brought)},
                WHO,
                clock.utc_now(),
            ).id

    return ask


@pytest.fixture
def done(sqlite_record, settings, fleet, desk):
    """Return a function that works a search off and reads its row."""

    def work(key):
        searching.work(sqlite_record, settings, fleet, desk, key, WHO)
        with sqlite_record.read() as session:
            return running.the_search(session, key)

    return work


def test_both_choices_are_kept_proven_and_opened(asked, done, sqlite_record, drawn):
    row = done(asked())
    assert (row.state, row.error) == ("done", "")
    answer = json.loads(json.dumps(row.answer, allow_nan=False))
    cost, regret = answer["least_expected_cost"], answer["least_worst_regret"]
    assert cost["proven"]
    assert regret["proven"]
    assert cost["expected"] <= regret["expected"]
    assert regret["worst_regret"] <= cost["worst_regret"]
    assert answer["robustness_costs"] == pytest.approx(regret["expected"] - cost["expected"], abs=0.01)
    choices = robust_answers.choices_in(answer)
    assert len(choices) == len(answer["drawn"]) == 4
    for choice, map_ in zip(choices, answer["drawn"], strict=True):
        scenario = answer["scenarios"][map_["scenario"]]
        assert sum(tonnes for _, _, tonnes in map_["flows"]) == pytest.approx(scenario["tonnes"], rel=0.01)
        assert set(map_["loads"]) == set(choice["sites"])
        assert {point for point, _, _ in map_["flows"]} <= set(answer["points"])
        assert all(0 <= full <= 1.001 for _, full in map_["loads"].values() if full is not None)
    table = list(csv.DictReader(io.StringIO(robust_answers.choices_table(answer).decode("utf-8-sig"))))
    assert [line["choice"] for line in table] == [
        "best for 弱",
        "best for 强",
        "least expected cost",
        "least worst regret",
    ]
    assert float(table[2]["弱"]) == cost["values"][0]
    places = robust_answers.geojson(answer)["features"]
    assert len(places) == sum(len(one["sites"]) for one in choices)
    assert len(list(csv.DictReader(io.StringIO(robust_answers.sites_table(answer).decode("utf-8-sig"))))) == len(places)
    with sqlite_record.write() as session:
        made = opening.open_choice(session, row.id, 2, WHO, clock.utc_now())
        again = opening.open_choice(session, row.id, 2, WHO, clock.utc_now())
        assert again.id == made.id
        assert made.name == "robust, cost 3 · 现状"
        assert {one.code: one.size for one in made.sites if one.is_open} == cost["sites"]
        with pytest.raises(NotFoundError):
            opening.open_choice(session, row.id, 4, WHO, clock.utc_now())
    with sqlite_record.write() as session:
        delete(session, the_scenario(session, drawn), WHO, clock.utc_now())
        with pytest.raises(NotFoundError):
            opening.open_choice(session, row.id, 1, WHO, clock.utc_now())


def test_towns_as_points_and_an_elsewhere(asked, done):
    row = done(asked(by="town", elsewhere=5))
    assert (row.state, row.error) == ("done", "")
    assert row.answer["least_expected_cost"]["sites"] == {"elsewhere": ""}, (
        "nothing is worth building at 5 yuan a tonne"
    )
    assert {name for name, _, _ in row.answer["points"].values()} == set(row.answer["points"])


def test_driving_is_counted_and_sites_hold_what_they_get(asked, done, sqlite_record):
    row = done(asked(model="p-median", count=1))
    assert (row.state, row.error, row.answer["unit"]) == ("done", "", "person-hours")
    (code,) = row.answer["least_worst_regret"]["sites"]
    with sqlite_record.write() as session:
        made = opening.open_choice(session, row.id, 3, WHO, clock.utc_now())
        assert [one.code for one in made.sites if one.is_open] == [code]
        assert made.name == "robust, p-median 1 4 · 现状"


def test_what_cannot_be_is_told_with_the_scenario_of_demand(asked, done):
    row = done(asked(demands=({"name": "山洪", "weight": 1, "percent": 130},), model="p-median", count=99))
    assert row.state == "failed"
    assert "山洪" in row.error
    assert row.faults


def test_stopped_before_there_was_any_nothing_is_kept(asked, done, sqlite_record):
    key = asked()
    with sqlite_record.write() as session:
        running.stop(session, key)
    row = done(key)
    assert row.state in ("stopped", "done")
    assert (row.answer is None) == (row.state == "stopped")
    if row.answer is None:
        with sqlite_record.write() as session, pytest.raises(ConflictError):
            opening.open_choice(session, key, 0, WHO, clock.utc_now())


@pytest.mark.parametrize(
    ("wanted", "where", "words"),
    [
        ({"demands": ()}, "", "at least one scenario"),
        ({"demands": ({"name": "", "weight": 1, "percent": 1},)}, "name-1", "30 signs at most"),
        ({"demands": (*DEMANDS, {"name": "x", "weight": 0, "percent": 1})}, "weight-3", "above 0"),
        ({"demands": (*DEMANDS, {"name": "x", "weight": 1, "percent": "many"})}, "percent-3", "from 0 to 1000"),
        ({"demands": (*DEMANDS, {"name": "弱", "weight": 1, "percent": 1})}, "name-3", "its own"),
        ({"demands": ({"name": "x", "weight": 1, "percent": 1, "own": {"gold": 5}},)}, "own-1", "gold is not among"),
        ({"demands": ({"name": "x", "weight": 1, "percent": 1, "own": {"paper": ""}},)}, "own-1", "paper=150"),
        ({"model": "p-median"}, "count", "needs the number of sites"),
        ({"model": "cover"}, "model", "Choose one of these"),
        ({"count": 0}, "count", "from 1 to 200"),
        ({"budget": "much"}, "budget", "yuan a year"),
        ({"elsewhere": -1}, "elsewhere", "yuan a tonne"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(asked, wanted, where, words):
    with pytest.raises(BadRequestError, match=words) as told:
        asked(**wanted)
    assert [fault.where for fault in told.value.faults] == [where]


def test_what_differs_is_read_as_people_write_it():
    assert robust_asking.own_of("paper=150，rural：80%") == {"paper": "150", "rural": "80"}
    assert robust_asking.own_of("Paper and cardboard = 150 rural=80;") == {"Paper and cardboard": "150", "rural": "80"}
    assert robust_asking.own_of("paper") == {"paper": ""}
    assert robust_asking.own_of("  ") == {}
