"""Sites and rounds together: asked from a scenario, worked off in a process of its own, kept, opened."""

import csv
import io
import json
from threading import Event

import pytest

from recycling import clock
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, NotFoundError
from recycling.sampled_rounds import posts_of, sampled_on
from recycling.sites import located_answers, located_asking, opening, running, searching
from recycling.sites.located_asking import RANGES, LocatedQuestion
from recycling.sites.located_searching import hands, task_of
from recycling.sites.lying import lying
from recycling.sites.running import Row
from recycling.sites.scenarios import the_scenario
from recycling.siting import inhabited, road_engine
from recycling.timetable.demand import calls_in_cycle, visit_of

WHO = system("test")
LITTLE = {"by": "community", "towns": 3, "answers": 2, "turns": 1, "days": 2, "iterations": 50, "seconds": 20}


@pytest.fixture
def asked(sqlite_record, drawn):
    """Return a function that asks for a search and gives its key."""

    def ask(**wanted):
        with sqlite_record.write() as session:
            scenario = the_scenario(session, drawn)
            return located_asking.ask(session, scenario, LITTLE | wanted, WHO, clock.utc_now()).id

    return ask


@pytest.fixture
def done(sqlite_record, settings, fleet, desk):
    """Return a function that works a search off and reads its row."""

    def work(key):
        searching.work(sqlite_record, settings, fleet, desk, key, WHO)
        with sqlite_record.read() as session:
            return running.the_search(session, key)

    return work


def test_answers_are_driven_kept_and_opened(asked, done, sqlite_record):
    row = done(asked())
    assert (row.state, row.error) == ("done", "")
    answer = json.loads(json.dumps(row.answer, allow_nan=False))
    assert [one["routed"] for one in answer["answers"]] == sorted(one["routed"] for one in answer["answers"])
    assert (len(answer["answers"]), answer["days"]) == (2, 2)
    for one, drawn in zip(answer["answers"], answer["drawn"], strict=True):
        assert set(drawn["loads"]) == set(one["sites"])
        assert sum(tonnes for tonnes, _ in drawn["loads"].values()) == pytest.approx(answer["tonnes"], rel=0.01)
        assert sum(tonnes for _, _, tonnes in drawn["flows"]) == pytest.approx(answer["tonnes"], rel=0.01)
        assert {point for point, _, _ in drawn["flows"]} <= set(answer["points"])
    table = list(csv.DictReader(io.StringIO(located_answers.answers_table(answer).decode("utf-8-sig"))))
    assert [float(line["with_rounds"]) for line in table] == [one["routed"] for one in answer["answers"]]
    places = located_answers.geojson(answer)["features"]
    assert len(list(csv.DictReader(io.StringIO(located_answers.sites_table(answer).decode("utf-8-sig"))))) == len(
        places
    )
    with sqlite_record.write() as session:
        made = opening.open_choice(session, row.id, 1, WHO, clock.utc_now())
        assert opening.open_choice(session, row.id, 1, WHO, clock.utc_now()).id == made.id
        assert {one.code: one.size for one in made.sites if one.is_open} == answer["answers"][1]["sites"]
        assert made.name == "sites + rounds 2 · 现状"
        with pytest.raises(NotFoundError):
            opening.open_choice(session, row.id, 2, WHO, clock.utc_now())


def test_stopped_before_anything_was_driven_nothing_is_kept(asked, done, sqlite_record):
    key = asked(iterations=1_000_000)
    with sqlite_record.write() as session:
        running.stop(session, key)
    row = done(key)
    assert (row.state, row.answer) == ("stopped", None)


def test_threads_that_are_at_a_day_are_not_waited_for(settings):
    begun, over = Event(), Event()

    def long_day():
        begun.set()
        over.wait(60)

    with hands(settings.planning) as executor:
        day = executor.submit(long_day)
        assert begun.wait(60)
    assert not day.done(), "what was driven is told at once"
    over.set()


def test_the_truck_and_the_rates_are_those_of_the_scenario(sqlite_record, settings, fleet, desk, drawn, asked, day):
    row = asked()
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"demand_percent": 200}
    with sqlite_record.read() as session:
        scenario = the_scenario(session, drawn)
        known = {one.code: one for one in inhabited(session, None)}
        engine = road_engine(session, settings, fleet, day)
    found = lying(sqlite_record, settings, fleet, desk, scenario, 3, False, Row(sqlite_record, row))
    for one in found.ground.communities:
        assert one.population == known[one.code].population
    with sqlite_record.read() as session:
        posts = posts_of(session, found.ground)
    task = task_of(found, LocatedQuestion(by="community"), settings, fleet, day, posts)
    rules = task.rules
    assert rules.timetable.grams_a_week_urban == 2 * settings.timetable.grams_a_week_urban
    assert settings.database.url not in repr(task), "no address goes to the process"
    drawn_days = sampled_on(engine, rules, fleet, day, found.ground, posts, task.point_of, 30, 1)
    kind = fleet.types[rules.timetable.vehicle]
    one = found.ground.communities[0]
    times = calls_in_cycle(rules.timetable, one, (kind.kg, kind.litres))
    expected = visit_of(rules.timetable, one, times).kg
    loads = [stop.pickup[0] for d in drawn_days.days for stop in d.stops if stop.id.startswith(f"{one.code}/")]
    assert sum(loads) / len(loads) == pytest.approx(expected, rel=0.5)


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"budget": "much"}, "budget"),
        ({"by": "house"}, "by"),
        *(({name: str(most + 1)}, name) for name, (_, most) in RANGES.items()),
        *(({name: str(least - 1)}, name) for name, (least, _) in RANGES.items()),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(asked, wanted, where):
    with pytest.raises(BadRequestError) as told:
        asked(**wanted)
    assert [fault.where for fault in told.value.faults] == [where]


def test_how_long_it_may_take_grows_with_what_is_driven():
    little, much = LocatedQuestion(days=2, turns=1), LocatedQuestion(days=4, turns=1)
    assert little.search_seconds(3) < much.search_seconds(3) < much.search_seconds(7)
