"""Layers taken into a scenario and out again: whole or not at all, counted in cost and capacity, told by feature."""

import json
from datetime import timedelta

import numpy as np
import pytest
from town_streets import crossing

from recycling import audit
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.layers import keeping
from recycling.layers.reading import read
from recycling.layers.roads import without_road
from recycling.layers.writing import FORMS, point_values, site_values, written
from recycling.sites import editing
from recycling.sites.assumed import Assumed
from recycling.sites.candidates import candidates_of, problem_of
from recycling.sites.facts import facts_of
from recycling.sites.looking import look
from recycling.sites.people import people_for, people_of, same_people
from recycling.sites.scenarios import copy, make, the_scenario
from recycling.sites.tier_asking import TierQuestion
from recycling.sites.tier_searching import drawn_of
from recycling.sites.trying import swings

WHO, OTHER = system("test"), system("other")


def layer(*rows):
    """A layer of rows, each with the crossing at which it lies."""
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [*map(float, at)]}}
        for at, row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def draft(sqlite_record, settings, catalogue, now):
    """Return a function that keeps a file as a draft; gives its key, or the codes of what is wrong by feature."""

    def call(key, data, what="sites", beside=True, crs="", who=WHO):
        found, names = read(data, what, crs), keeping.material_names(settings, catalogue)
        with sqlite_record.write() as session:
            scenario = the_scenario(session, key)
            kept, wrong = keeping.drafted(session, scenario, what, found, names, who, now, beside)
            return [(one.number, one.fault.where, one.fault.code) for one in wrong] if kept is None else kept.id

    return call


@pytest.fixture
def bring(draft, sqlite_record, now):
    """Return a function that takes a file into a scenario; gives how many places came or changed."""

    def call(key, data, what="sites", beside=True, leave=False, version=None):
        kept = draft(key, data, what, beside)
        assert not isinstance(kept, list), kept
        with sqlite_record.write() as session:
            scenario = the_scenario(session, key)
            found = keeping.the_draft(session, scenario, kept, WHO, now)
            return keeping.take(session, scenario, version or scenario.version, found, leave, WHO, now)

    return call


@pytest.fixture
def seen_of(sqlite_record, settings, fleet, desk, day):
    def call(key):
        with sqlite_record.read() as session:
            return look(session, settings, fleet, desk, the_scenario(session, key), day, 60)

    return call


RENTED = {
    "code": "A-1", "name": "城北", "open": "yes", "ownership": "租赁", "rent_yuan": 1000, "run_yuan": 500,
    "tonne_yuan": 7, "materials": "纸类=30; glass=20", "hours": "7:30～19:00", "feeds": "market", "operator": "示例",
}  # fmt: skip


def test_sites_come_in_and_count_what_they_state(drawn, bring, scenario_of, seen_of, sqlite_record, catalogue):
    paper = catalogue.materials["paper"].zh
    row = RENTED | {"materials": f"{paper}=30; glass=20"}
    assert bring(drawn, layer((crossing(1, 1), row), (crossing(2, 1), {"name": "河东", "open": "否"}))) == 2
    found = scenario_of(drawn)
    assert [(r.code, r.kind, r.is_open, r.size) for r in found.sites[2:]] == [
        ("P1", "own", True, "small"),
        ("P2", "own", False, "small"),
    ]
    facts = facts_of(found.sites[2])
    assert (facts.ref, facts.yuan, facts.capacity, facts.hours) == ("A-1", 1500, 50, "07:30-19:00")
    assert facts.materials == {"paper": 30, "glass": 20}
    seen = seen_of(drawn)
    own = next(one for one in seen.worth.sites if one.code == "P1")
    assert own.capacity == 50
    assumed = seen.assumed
    assert seen.worth.fixed == pytest.approx(assumed.standing_yuan + 1500)
    others = seen.worth.tonnes - own.tonnes
    assert own.tonnes > 0
    assert seen.worth.sorting == pytest.approx(7 * own.tonnes + assumed.yuan_a_tonne * others)
    land = next(s for s in swings(seen.people, None, assumed, seen.opened, seen.ways) if s.code == "land")
    assert land.span == pytest.approx(0.4 * seen.worth.fixed)
    with sqlite_record.read() as session:
        last = audit.events(session, "scenario", drawn)[-1]
    assert (last.action, last.after) == ("scenario.sites-imported", {"added": ["P1", "P2"], "changed": []})


def test_the_same_file_again_changes_nothing_and_another_changes_the_same_site(drawn, bring, scenario_of):
    file = layer((crossing(1, 1), RENTED | {"materials": "glass=20"}))
    assert bring(drawn, file) == 1
    version = scenario_of(drawn).version
    assert bring(drawn, file) == 0
    assert scenario_of(drawn).version == version
    assert bring(drawn, layer((crossing(2, 2), {"code": "A-1", "name": "城北二"}))) == 1
    (own,) = scenario_of(drawn).sites[2:]
    assert (own.code, own.name, own.is_open, own.facts) == ("P1", "城北二", True, {"ref": "A-1"})
    assert (own.lon, own.lat) == tuple(round(float(x), 6) for x in crossing(2, 2))


def test_centres_that_stand_are_opened_and_closed_and_never_moved(drawn, bring, draft, scenario_of):
    site = scenario_of(drawn).sites[0]
    closed = {"code": "CEN-01", "name": "x", "open": "no", "tonnes": 9, "size": "standing"}
    assert bring(drawn, layer(((site.lon, site.lat), closed))) == 1
    found = scenario_of(drawn).sites[0]
    assert (found.is_open, found.name, facts_of(found).tonnes) == (False, site.name, 9)
    away = layer(((site.lon + 0.01, site.lat), {"code": "CEN-01", "name": "x"}))
    assert draft(drawn, away) == [(1, "position", "not-own")]


@pytest.mark.parametrize(
    ("cells", "where", "code"),
    [
        ({"name": " "}, "name", "no-name"),
        ({"name": "a" * 61}, "name", "bad-text"),
        ({"note": "a\x07"}, "note", "bad-text"),
        ({"open": "perhaps"}, "open", "unknown-choice"),
        ({"kind": "palace"}, "kind", "unknown-choice"),
        ({"size": "huge"}, "size", "no-size"),
        ({"size": "standing"}, "size", "no-size"),
        ({"ownership": "stolen"}, "ownership", "unknown-choice"),
        ({"rent_yuan": "much", "ownership": "rented"}, "rent_yuan", "no-amount"),
        ({"rent_yuan": -1, "ownership": "rented"}, "rent_yuan", "no-amount"),
        ({"run_yuan": 5}, "ownership", "no-ownership"),
        ({"run_yuan": 5, "ownership": "rented"}, "rent_yuan", "cost-missing"),
        ({"run_yuan": 5, "ownership": "自建"}, "build_yuan", "cost-missing"),
        ({"land": "swamp"}, "land", "unknown-choice"),
        ({"land": "不可建", "open": "yes"}, "open", "no-building"),
        ({"tonnes": "nan"}, "tonnes", "no-amount"),
        ({"materials": "gold=5"}, "materials", "bad-materials"),
        ({"materials": "paper=5; paper=6"}, "materials", "bad-materials"),
        ({"materials": "paper"}, "materials", "bad-materials"),
        ({"hours": "morning"}, "hours", "bad-hours"),
        ({"feeds": "moon"}, "feeds", "unknown-choice"),
        ({"note": "x" * 501}, "note", "too-long"),
    ],
)
def test_each_wrong_cell_is_told_by_feature_and_column_and_nothing_is_kept(
    drawn, draft, scenario_of, sqlite_record, cells, where, code
):
    wrong = draft(drawn, layer((crossing(1, 1), {"name": "a"}), (crossing(2, 1), {"name": "b"} | cells)))
    assert (2, where, code) in wrong
    assert {number for number, _, _ in wrong} == {2}
    assert len(scenario_of(drawn).sites) == 2
    with sqlite_record.read() as session:
        assert session.query(keeping.ScenarioLayer).count() == 0


@pytest.mark.parametrize(
    "row", [{"kind": "standing", "code": "CEN-99"}, {"kind": "town", "code": "P1"}, {"kind": "站点"}]
)
def test_a_kind_that_is_not_there_is_told(drawn, draft, row):
    assert draft(drawn, layer((crossing(1, 1), {"name": "a"} | row))) == [(1, "kind", "other-kind")]


def test_stations_and_centres_are_asked_for_the_points_of_the_scenario(drawn, bring, sqlite_record, settings, fleet):
    rows = (
        (crossing(1, 1), {"code": "A-001", "name": "a", "people": 9000, "kg_week": 700}),
        (crossing(2, 2), {"name": "b", "people": 100}),
    )
    bring(drawn, layer(*rows), "points", beside=False)
    with sqlite_record.read() as session:
        asked = TierQuestion(by="community")
        sources = drawn_of(session, settings, fleet, the_scenario(session, drawn), asked).sources
    shares = sum(settings.stock.brought.values())
    assert [(one.code, one.people) for one in sources] == [("A-001", 9000), ("W2", 100)]
    assert sum(sources[0].tonnes) == pytest.approx(0.7 * 365.25 / 7 * shares)
    assert 0 < sum(sources[1].tonnes) < sum(sources[0].tonnes)


def test_a_code_twice_and_too_many_sites_are_told(drawn, draft, monkeypatch):
    at = crossing(1, 1)
    twice = layer((at, {"code": "A", "name": "a"}), (at, {"code": "A", "name": "b"}))
    assert (2, "code", "code-twice") in draft(drawn, twice)
    monkeypatch.setattr("recycling.layers.merging.MOST_SITES", 3)
    assert draft(drawn, layer(*[(at, {"name": "a"})] * 2)) == [(0, "file", "too-many-sites")]


def test_land_that_may_not_be_built_on_is_no_candidate_and_never_opened(drawn, bring, edit, scenario_of, sqlite_record):
    bring(
        drawn, layer((crossing(1, 1), {"code": "P7", "name": "a", "land": "不可建"}), (crossing(2, 1), {"name": "b"}))
    )
    found = scenario_of(drawn)
    assert [(r.code, r.is_open) for r in found.sites[2:]] == [("P7", False), ("P8", True)]
    with pytest.raises(BadRequestError, match="may not be built on"):
        edit(drawn, editing.choose_sites, {"P7"}, {})
    with sqlite_record.read() as session:
        codes = {row.code for row in candidates_of(the_scenario(session, drawn), people_of(session), 0)}
    assert codes == {"CEN-01", "STA-01", "P8"}


def test_searches_take_a_site_as_it_states_itself(drawn, bring, seen_of, sqlite_record, settings, fleet):
    bring(drawn, layer((crossing(1, 1), RENTED | {"materials": "glass=20; paper=30"})))
    seen = seen_of(drawn)
    problem = problem_of(seen.people, None, seen.assumed, seen.opened, seen.ways, keep=False)
    own = next(one for one in problem.candidates if one.id == "P1")
    assert [(s.name, s.fixed, s.running, s.capacity) for s in own.sizes] == [("small", 150_000, 700, (50,))]
    with sqlite_record.read() as session:
        tiers = drawn_of(session, settings, fleet, the_scenario(session, drawn), TierQuestion()).tiers
    stations, centres = ({one.id: one for _, one in tier} for tier in tiers[:2])
    assert "P1" not in stations, "it feeds markets alone"
    sizes = centres["P1"].sizes
    brought = list(settings.stock.brought)
    room = [{"glass": 20, "paper": 30}.get(material, 0) for material in brought]
    assert {(s.fixed, s.running, s.capacity) for s in sizes} == {(150_000, 700, tuple(room))}


@pytest.mark.parametrize("form", FORMS)
def test_sites_go_out_and_come_in_the_same(form, drawn, bring, edit, scenario_of, sqlite_record, settings, fleet, now):
    full = RENTED | {
        "materials": "glass=20; paper=30.5", "land": "approval", "land_m2": 12.25, "note": "=1+1", "ownership": "built",
        "build_yuan": 0.1, "land_yuan": 3, "name_en": "-North", "name": "'@城北",
    }  # fmt: skip
    bring(drawn, layer((crossing(1, 1), full), (crossing(2, 1), {"name": "b", "land": "no-building"})))
    edit(drawn, editing.put_community, "A-001")
    edit(drawn, editing.choose_sites, {"STA-01", "P1"}, {"STA-01": "large"})
    rows = [dict(row) for row in site_values(scenario_of(drawn))]
    file = written("sites", rows, form)
    assert bring(drawn, file) == 0, "what is there already stays as it is"
    with sqlite_record.write() as session:
        other = make(session, settings, fleet, "另一个", None, WHO, now).id
    assert bring(other, file) == 5
    assert [dict(row) for row in site_values(scenario_of(other))] == rows


def test_points_stand_beside_the_communities_or_instead_of_them(drawn, bring, sqlite_record, seen_of):
    rows = (
        (crossing(1, 1), {"code": "A-001", "name": "新", "people": 9000}),
        (crossing(2, 2), {"name": "投放点", "kg_week": 700, "kind": "环卫点", "operator": "市容"}),
    )
    before = seen_of(drawn)
    assert bring(drawn, layer(*rows), "points") == 2
    with sqlite_record.read() as session:
        scenario = the_scenario(session, drawn)
        beside, area = people_for(session, scenario), people_of(session)
        assert sorted(beside.codes) == sorted([*area.codes, "W2"])
        assert beside.people[beside.codes.index("A-001")] == 9000
        waste = beside.codes.index("W2")
        assert (beside.people[waste], beside.kg_a_week[waste]) == (0, 700)
        assert beside.towns[beside.town[waste]] == ("示例县", "示例镇")
        with pytest.raises(BadRequestError, match="counts points of its own"):
            same_people(session, scenario, _made(session, scenario, "空"))
    seen = seen_of(drawn)
    assert seen.worth.tonnes > before.worth.tonnes + 700 * 52 / 1000
    assert bring(drawn, layer(*rows), "points", beside=False) == 2
    seen = seen_of(drawn)
    assert list(seen.people.codes) == ["A-001", "W2"]
    assert seen.worth.people == 9000


def _made(session, scenario, name):
    """A scenario of the area's own communities, which is not kept."""
    from recycling.models import Scenario

    return Scenario(name=name, assumed=scenario.assumed, sites=[])


@pytest.mark.parametrize("form", FORMS)
def test_points_go_out_and_come_in_the_same(form, drawn, bring, sqlite_record, settings, fleet, now):
    note = {"operator": "市容", "note": "=2", "kind": "waste-point"}
    bring(drawn, layer((crossing(2, 2), {"code": "W-9", "name": "点", "kg_week": 70.5} | note)), "points")
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        rows = [dict(row) for row in point_values(session, scenario)]
        other = make(session, settings, fleet, "另一个", None, WHO, now).id
    assert bring(other, written("points", rows, form), "points", beside=False) == 5
    with sqlite_record.read() as session:
        one, two = (people_for(session, the_scenario(session, key)) for key in (drawn, other))
        assert one.same_as(two)
        assert (one.codes, one.depots, one.towns, one.names) == (two.codes, two.depots, two.towns, two.names)
        again = point_values(session, the_scenario(session, other))
    kept = [{name: row[name] for name in again[0] if name != "number" and name in row} for row in rows]
    assert [{name: row[name] for name in known} for row, known in zip(again, kept, strict=True)] == kept


def test_copies_count_the_same_points_and_dropping_them_counts_the_communities_again(
    drawn, bring, edit, sqlite_record, now
):
    bring(drawn, layer((crossing(2, 2), {"name": "a", "people": 10})), "points", beside=False)
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        twin = copy(session, scenario, "副本", WHO, now)
        same_people(session, scenario, twin)
        key = twin.id
    edit(drawn, keeping.drop_points)
    with sqlite_record.read() as session:
        assert people_for(session, the_scenario(session, drawn)) is people_of(session)
        assert people_for(session, the_scenario(session, key)).codes == ("W1",)


@pytest.mark.parametrize(
    ("cells", "where", "code"),
    [
        ({}, "people", "nothing-brought"),
        ({"people": "many"}, "people", "no-amount"),
        ({"people": 2e6}, "people", "too-many-people"),
        ({"people": 5, "kind": "moon"}, "kind", "unknown-choice"),
        ({"people": 5, "urban": "half"}, "urban", "unknown-choice"),
        ({"people": 5, "code": "B"}, "code", "code-twice"),
    ],
)
def test_each_wrong_point_is_told(drawn, draft, cells, where, code):
    sound = (crossing(1, 1), {"name": "a", "code": "B", "people": 1})
    assert draft(drawn, layer(sound, (crossing(2, 1), {"name": "b"} | cells)), "points") == [(2, where, code)]


@pytest.mark.parametrize("what", ["sites", "points"])
def test_what_lies_outside_is_taken_by_nobody_unless_it_is_left_out(what, drawn, draft, bring, sqlite_record, now):
    rows = ((crossing(1, 1), {"name": "a", "people": 5}), ((100.0, 20.0), {"name": "远方", "people": 5}))
    kept = draft(drawn, layer(*rows), what)
    with sqlite_record.read() as session:
        scenario = the_scenario(session, drawn)
        seen = keeping.preview(session, scenario, keeping.the_draft(session, scenario, kept, WHO, now))
    assert seen.outside == [(2, "远方")]
    with pytest.raises(BadRequestError, match="1 places lie outside the area, such as 远方"):
        bring(drawn, layer(*rows), what)
    assert bring(drawn, layer(*rows), what, leave=True) == 1
    if what == "points":
        with pytest.raises(BadRequestError, match="Nothing of this layer"):
            bring(drawn, layer(rows[1]), what, leave=True)


def test_what_no_road_leads_to_is_named_before_it_is_taken(
    drawn, draft, sqlite_record, settings, fleet, desk, day, now, off_the_road
):
    for what in ("sites", "points"):
        rows = ((crossing(1, 1), {"name": "a", "people": 5}), (off_the_road, {"name": "荒野", "people": 5}))
        kept = draft(drawn, layer(*rows), what)
        with sqlite_record.read() as session:
            scenario = the_scenario(session, drawn)
            found = keeping.the_draft(session, scenario, kept, WHO, now)
            seen = keeping.preview(session, scenario, found)
            assert seen.outside == []
            assert without_road(session, settings, fleet, desk, scenario, found, seen, day, 60) == ["荒野"]


@pytest.fixture
def off_the_road(sqlite_record):
    """A place inside the area that lies farther from all roads than a truck may stop."""
    from recycling import network

    with sqlite_record.read() as session:
        area = network.the_area(session)
        lon, lat = crossing(0, 0)
        for step in np.arange(0.004, 0.05, 0.001):
            if network.inside(area, lon - step, lat - step):
                return float(lon - step), float(lat - step)
    pytest.fail("the area ends at the last crossing")


def test_a_draft_is_seen_by_its_sender_alone_and_forgotten_after_a_day(drawn, draft, sqlite_record, now, settings):
    file = layer((crossing(1, 1), {"name": "a"}))
    first = draft(drawn, file)
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        with pytest.raises(NotFoundError, match="does not wait here any more"):
            keeping.the_draft(session, scenario, first, OTHER, now)
        old = keeping.the_draft(session, scenario, first, WHO, now)
        with pytest.raises(NotFoundError):
            keeping.the_draft(session, scenario, first, WHO, now + keeping.KEPT + timedelta(minutes=1))
        old.made_at = now - keeping.KEPT - timedelta(minutes=1)
    draft(drawn, file, who=OTHER)
    with sqlite_record.read() as session:
        assert session.get(keeping.ScenarioLayer, first) is None, "whatever is sent next clears away what is too old"


def test_a_layer_is_not_taken_over_what_somebody_changed_meanwhile(drawn, bring, edit, scenario_of):
    edit(drawn, editing.put_place, crossing(3, 3), "")
    with pytest.raises(ConflictError):
        bring(drawn, layer((crossing(1, 1), {"name": "a"})), version=1)
    assert len(scenario_of(drawn).sites) == 3
    assert Assumed(**scenario_of(drawn).assumed).stated_share == 1
