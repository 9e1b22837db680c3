"""Stations and centres together, and fronts: asked, worked off in a process of its own, kept, opened as scenarios."""

import csv
import io
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from recycling import clock, network
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import Community
from recycling.sites import running, searching, tier_asking, tier_export
from recycling.sites.behind import answer_behind
from recycling.sites.editing import put_place
from recycling.sites.scenarios import copy, delete, the_scenario
from recycling.sites.tier_apart import answered
from recycling.sites.tier_asking import RANGES, TierQuestion
from recycling.sites.tier_searching import drawn_of, open_centres
from recycling.siting import road_engine
from recycling.tiers import built
from routing.errors import InputError
from routing.siting.highs import never

WHO = system("test")


@pytest.fixture
def rules(settings, sqlite_record):
    """Settings whose markets stand where the town's centre does."""
    with sqlite_record.read() as session:
        centre = next(site for site in network.sites(session) if site.code == "CEN-01")
    tiers = settings.siting.tiers
    near = tuple(m.model_copy(update={"lon": centre.lon, "lat": centre.lat}) for m in tiers.markets)
    siting = settings.siting.model_copy(update={"tiers": tiers.model_copy(update={"markets": near})})
    return settings.model_copy(update={"siting": siting})


@pytest.fixture
def asked(sqlite_record, drawn):
    """Return a function that asks for a search and gives its key."""

    def ask(**wanted):
        with sqlite_record.write() as session:
            wanted = {"by": "community", "seconds": 20} | wanted
            return tier_asking.ask(session, the_scenario(session, drawn), wanted, WHO, clock.utc_now()).id

    return ask


@pytest.fixture
def done(sqlite_record, rules, fleet, desk):
    """Return a function that works a search off and reads its row."""

    def work(key):
        searching.work(sqlite_record, rules, fleet, desk, key, WHO)
        with sqlite_record.read() as session:
            return running.the_search(session, key)

    return work


@pytest.fixture
def found(sqlite_record, drawn, rules, fleet, day):
    """Return a function that answers a question in the test's own process."""

    def answer(**wanted):
        question = TierQuestion(**{"by": "community", "seconds": 20} | wanted)
        with sqlite_record.read() as session:
            sketch = drawn_of(session, rules, fleet, the_scenario(session, drawn), question)
            engine = road_engine(session, rules, fleet, day)
        ground = built(sketch, engine, fleet.road_profile("", "box"))
        return answered(sketch, ground, question, 15, never, lambda _: None)

    return answer


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({"best": "beauty"}, "best"),
        ({"against": "beauty"}, "against"),
        ({"against": "cost"}, "against"),
        ({"by": "house"}, "by"),
        ({"budgets": ["much"]}, "budgets"),
        ({"budgets": ["1"] * 16}, "budgets"),
        ({"most_yuan": "many"}, "most_yuan"),
        ({"most_carbon": -1}, "most_carbon"),
        *(({name: str(most + 1)}, name) for name, (_, most) in RANGES.items()),
        *(({name: str(least - 1)}, name) for name, (least, _) in RANGES.items()),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_field(asked, wanted, where):
    with pytest.raises(BadRequestError) as told:
        asked(**wanted)
    assert [fault.where for fault in told.value.faults] == [where]
    assert "%" not in str(told.value)


def test_the_best_network_is_found_proven_and_kept_with_all_that_pages_need(asked, done):
    row = done(asked(years=2, growth=10))
    assert (row.kind, row.state, row.error, row.progress) == ("tiers", "done", "", 1.0)
    answer = row.answer
    json.dumps(answer, allow_nan=False)
    assert answer["proven"]
    assert len(answer["years"]) == len(answer["opened"]) == len(answer["loads"]) == 2
    assert answer["tonnes"][1] == pytest.approx(1.1 * answer["tonnes"][0], rel=1e-2)
    for year in (0, 1):
        into = [sum(flow[5] for flow in answer["flows"] if flow[:2] == [year, tier]) for tier in range(3)]
        assert into == pytest.approx([answer["tonnes"][year]] * 3, rel=1e-2)
        for tier in range(3):
            assert set(answer["opened"][year][tier]) == set(answer["loads"][year][tier])
            assert sum(load[0] for load in answer["loads"][year][tier].values()) == pytest.approx(into[tier], rel=1e-2)
            for code in answer["opened"][year][tier]:
                assert code in answer["places"][tier]
    assert sum(answer["parts"].values()) == pytest.approx(answer["measures"]["cost"], abs=3)


def test_the_scenarios_assumptions_and_own_places_count(sqlite_record, drawn, rules, fleet, edit, found):
    base = found()
    edit(drawn, put_place, at_centre(sqlite_record), "自选地")
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"demand_percent": 200, "cost_per_km": 1.0}
    with sqlite_record.read() as session:
        sketch = drawn_of(session, rules, fleet, the_scenario(session, drawn), TierQuestion(by="community"))
    assert sketch.hauls[0].km == 1.0
    for row in sketch.tiers[:2]:
        assert [place.name for place, _ in row if place.id == "P1"] == ["自选地"]
    assert found()["tonnes"][0] == pytest.approx(2 * base["tonnes"][0], rel=1e-2)


def at_centre(record):
    with record.read() as session:
        centre = next(site for site in network.sites(session) if site.code == "CEN-01")
        return centre.lon, centre.lat


def test_a_front_is_kept_point_by_point(asked, done):
    row = done(asked(against="worst-town", points=3))
    assert (row.kind, row.state, row.error) == ("front", "done", "")
    json.dumps(row.answer, allow_nan=False)
    assert row.answer["measures"] == ["cost", "worst-town"]
    rows = row.answer["rows"]
    assert len(rows) >= 2
    assert [one["first"] for one in rows] == sorted(one["first"] for one in rows)
    assert [one["second"] for one in rows] == sorted((one["second"] for one in rows), reverse=True)
    assert all(one["proven"] and one["opened"][-1][0] for one in rows)


def test_what_cannot_be_is_told_with_the_changes_that_would_do(asked, done):
    row = done(asked(most_yuan="10"))
    assert (row.state, row.answer) == ("failed", None)
    assert row.error.startswith("No choice of sites keeps all rules together. Each of these changes alone would do:")
    assert "yuan a year instead of 10" in row.error
    assert len(row.faults) == 2
    assert set(row.faults[1]["values"]) == {"value", "limit"}


def test_stopped_before_it_has_anything_it_ends(asked, done, sqlite_record):
    key = asked()
    with sqlite_record.write() as session:
        running.stop(session, key)
    row = done(key)
    assert row.finished_at is not None
    assert row.state in ("stopped", "done")


def test_no_road_to_anybody_is_told(asked, done, sqlite_record):
    with sqlite_record.write() as session:
        for community in session.scalars(select(Community)):
            community.lon += 0.05
    row = done(asked())
    assert (row.state, "No road leads from any community" in row.error) == ("failed", True)


def written(record, drawn, kind, answer):
    with record.write() as session:
        asked = {"best": "cost"} | ({"against": "worst-town"} if kind == "front" else {})
        row = tier_asking.ask(session, the_scenario(session, drawn), asked, WHO, clock.utc_now())
        row.state, row.answer = "done", answer
        return row.id


def test_its_centres_become_a_scenario_once(sqlite_record, drawn, found, now):
    answer = found()
    key = written(sqlite_record, drawn, "tiers", answer)
    made = []
    for _ in range(2):
        with sqlite_record.write() as session:
            made.append(open_centres(session, key, None, WHO, now).id)
    assert made[0] == made[1]
    with sqlite_record.read() as session:
        scenario = the_scenario(session, made[0])
        assert running.the_search(session, key).made_id == made[0]
    assert scenario.name == "stations + centres, cost · 现状"
    codes = {row.code: row for row in scenario.sites}
    assert {code for code, row in codes.items() if row.is_open} == set(answer["opened"][-1][1])
    assert set(answer["opened"][-1][0]) <= set(codes)
    with sqlite_record.write() as session:
        delete(session, scenario, WHO, now)
    with sqlite_record.write() as session:
        assert open_centres(session, key, None, WHO, now).id != made[0], "what was deleted is made anew"


def test_a_copy_keeps_what_the_answer_counts_as_it_was_then(sqlite_record, drawn, found, now):
    answer = found()
    key = written(sqlite_record, drawn, "tiers", answer)
    with sqlite_record.write() as session:
        made = open_centres(session, key, None, WHO, now)
        first, again = copy(session, made, "北", WHO, now), copy(session, made, "", WHO, now)
        of_copy = copy(session, first, "更北", WHO, now)
        mine, copied = answer_behind(session, made), answer_behind(session, first)
        assert answer_behind(session, the_scenario(session, drawn)) is None
        assert copied == replace(mine, copy_of=made.name)
        assert (mine.copy_of, mine.measures, mine.as_found) == ("", answer["measures"], True)
        assert answer_behind(session, of_copy) == copied, "the answer was that of the first"
        delete(session, made, WHO, now)
        first.sites[0].is_open = not first.sites[0].is_open
        session.flush()
        assert answer_behind(session, first) == replace(copied, as_found=False)
        assert answer_behind(session, again) == copied


def test_each_point_of_a_front_becomes_a_scenario(sqlite_record, drawn, found, now):
    answer = found(against="worst-town", points=3)
    key = written(sqlite_record, drawn, "front", answer)
    for point, row in enumerate(answer["rows"]):
        with sqlite_record.write() as session:
            made = open_centres(session, key, point, WHO, now)
            assert made.name == f"cost / worst-town {point + 1} · 现状"
            assert {one.code for one in made.sites if one.is_open} == set(row["opened"][-1][1])
    for point in (None, -1, len(answer["rows"])):
        with sqlite_record.write() as session, pytest.raises(NotFoundError):
            open_centres(session, key, point, WHO, now)


def test_what_has_no_answer_is_no_scenario(asked, sqlite_record, now):
    key = asked()
    with sqlite_record.write() as session, pytest.raises(ConflictError):
        open_centres(session, key, None, WHO, now)


def test_answers_go_out_as_tables_and_for_maps(found):
    answer = found()
    sites = list(csv.DictReader(io.StringIO(tier_export.sites_table(answer).decode("utf-8-sig"))))
    assert {row["tier"] for row in sites} == {"stations", "centres", "markets"}
    assert len(sites) == sum(len(tier) for tier in answer["opened"][0])
    flows = list(csv.DictReader(io.StringIO(tier_export.flows_table(answer).decode("utf-8-sig"))))
    assert len(flows) == len(answer["flows"])
    assert {row["roads"] for row in (*sites, *flows)} == {"演示 / demonstration"}
    layer = tier_export.geojson(answer)
    json.dumps(layer, allow_nan=False)
    lines = [one for one in layer["features"] if one["geometry"]["type"] == "LineString"]
    assert sum(one["properties"]["tonnes"] for one in lines) == pytest.approx(3 * answer["tonnes"][0], rel=1e-2)
    front = found(against="worst-town", points=3)
    points = list(csv.DictReader(io.StringIO(tier_export.points_table(front).decode("utf-8-sig"))))
    assert [row["point"] for row in points] == [str(k + 1) for k in range(len(front["rows"]))]


def test_what_routes_taught_counts_for_ways_to_stations_and_in_limits(sqlite_record, drawn, found):
    plain = found()
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"routes_yuan": 5000.0}
    dearer = found()
    assert dearer["measures"]["cost"] == pytest.approx(plain["measures"]["cost"] + 5000)
    assert dearer["bound"] == pytest.approx(plain["bound"] + 5000)
    assert dearer["parts"]["transport"] == pytest.approx(plain["parts"]["transport"] + 5000, abs=1)
    assert sum(dearer["parts"].values()) == pytest.approx(dearer["measures"]["cost"], abs=3)
    allowed = found(best="driving", most_yuan=dearer["measures"]["cost"] + 1)
    assert allowed["measures"]["cost"] == pytest.approx(dearer["measures"]["cost"], abs=1)
    with pytest.raises(InputError):
        found(best="driving", most_yuan=plain["measures"]["cost"] + 1)
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        scenario.assumed = scenario.assumed | {"routes_yuan": 0.0, "routes_share": 3.0}
    rounds = found()
    assert rounds["parts"]["transport"] > plain["parts"]["transport"]
    assert rounds["measures"]["carbon"] == pytest.approx(plain["measures"]["carbon"], rel=0.05)
