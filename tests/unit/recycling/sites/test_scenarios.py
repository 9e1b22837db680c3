"""Scenarios in the record: made, copied, renamed, changed, deleted; every change counted, judged and audited."""

import math

import pytest
from sqlalchemy import select
from town_streets import crossing

from recycling import audit
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import Scenario, ScenarioSite
from recycling.sites import editing
from recycling.sites.assumed import Assumed
from recycling.sites.scenarios import MOST, copy, delete, make, named, rename, scenarios, the_scenario

WHO = system("test")


def of(scenario, code):
    return next(row for row in scenario.sites if row.code == code)


def test_a_scenario_begins_as_the_network_stands(record, settings, fleet, now):
    with record.write() as session:
        key = make(session, settings, fleet, "  现状  今年 ", None, WHO, now).id
    with record.read() as session:
        found = the_scenario(session, key)
        assert (found.name, found.version, found.depot_code) == ("现状 今年", 1, None)
        assert [(r.code, r.kind, r.size, r.is_open) for r in found.sites] == [
            ("CEN-01", "standing", "standing", True),
            ("STA-01", "station", "small", False),
        ]
        assumed = Assumed(**found.assumed)
        assert assumed.capacity("CEN-01", "standing") == 10.0 * settings.siting.working_days
        assert assumed.capacity("STA-01", "large") == 4000
        assert [e.action for e in audit.events(session, "scenario", key)] == ["scenario.made"]


def test_sites_are_opened_closed_and_sized(drawn, edit, scenario_of, sqlite_record):
    edit(drawn, editing.choose_sites, {"STA-01"}, {"STA-01": "large"})
    found = scenario_of(drawn)
    assert [(r.code, r.is_open, r.size) for r in found.sites] == [
        ("CEN-01", False, "standing"),
        ("STA-01", True, "large"),
    ]
    assert found.version == 2
    edit(drawn, editing.choose_sites, {"STA-01"}, {"STA-01": "large", "CEN-01": "small"})
    assert scenario_of(drawn).version == 2, "nothing changed: a standing centre keeps its size"
    with sqlite_record.read() as session:
        last = audit.events(session, "scenario", drawn)[-1]
    assert last.before["CEN-01"] == {"open": True, "size": "standing"}
    assert last.after["STA-01"] == {"open": True, "size": "large"}


def test_own_places_are_put_moved_named_and_taken_away(drawn, edit, scenario_of):
    assert edit(drawn, editing.put_place, crossing(1, 1), "").code == "P1"
    assert edit(drawn, editing.put_place, crossing(2, 1), "城北").code == "P2"
    edit(drawn, editing.move_place, "P1", crossing(5, 5), " 新址 ")
    found = scenario_of(drawn)
    assert [(r.code, r.kind, r.name, (r.lon, r.lat), r.is_open) for r in found.sites[2:]] == [
        ("P1", "own", "新址", crossing(5, 5), True),
        ("P2", "own", "城北", crossing(2, 1), True),
    ]
    edit(drawn, editing.take_away, "P2")
    assert edit(drawn, editing.put_place, crossing(3, 1), "").name == "自选点2"
    assert edit(drawn, editing.put_community, "A-002").name == "示例镇 社区A-002"


def test_a_centre_is_tried_elsewhere(drawn, edit, scenario_of):
    new = edit(drawn, editing.try_elsewhere, "CEN-01")
    found = scenario_of(drawn)
    assert (new.code, new.name, new.size, new.is_open) == ("P1", "示例CEN-01 · 1", "large", True)
    assert not of(found, "CEN-01").is_open
    assert (of(found, "P1").lon, of(found, "P1").lat) == (of(found, "CEN-01").lon, of(found, "CEN-01").lat)
    assert edit(drawn, editing.try_elsewhere, "STA-01").size == "small"


WRONG = [
    (editing.try_elsewhere, ("P9",), NotFoundError, "no-such-site"),
    (editing.choose_sites, ({"CEN-99"}, {}), NotFoundError, "no-such-site"),
    (editing.choose_sites, (set(), {"STA-01": "huge"}), BadRequestError, "no-size"),
    (editing.put_place, ((0.0, 0.0), ""), BadRequestError, "outside"),
    (editing.put_place, ((math.nan, 31.2), ""), BadRequestError, "outside"),
    (editing.put_place, (crossing(1, 1), "x" * 61), BadRequestError, "bad-place-name"),
    (editing.put_community, ("A-999",), BadRequestError, "unknown-community"),
    (editing.move_place, ("CEN-01", crossing(1, 1), ""), BadRequestError, "not-own"),
    (editing.move_place, ("P9", crossing(1, 1), ""), NotFoundError, "no-such-site"),
    (editing.take_away, ("STA-01",), BadRequestError, "site-stands"),
    (editing.take_away, ("P9",), NotFoundError, "no-such-site"),
    (rename, ("",), BadRequestError, "bad-name"),
    (rename, ("x" * 61,), BadRequestError, "bad-name"),
]


@pytest.mark.parametrize(("function", "values", "error", "code"), WRONG)
def test_what_cannot_be_done_is_told_and_changes_nothing(drawn, edit, scenario_of, function, values, error, code):
    with pytest.raises(error) as told:
        edit(drawn, function, *values)
    assert told.value.faults[0].code == code
    found = scenario_of(drawn)
    assert (found.version, len(found.sites), found.name) == (1, 2, "现状")


def test_a_community_is_a_site_once(drawn, edit):
    edit(drawn, editing.put_community, "A-001")
    with pytest.raises(BadRequestError) as told:
        edit(drawn, editing.put_community, "A-001")
    assert told.value.faults[0].code == "site-there"


def test_two_who_change_the_same_version_do_not_overwrite_each_other(drawn, edit, scenario_of):
    edit(drawn, editing.choose_sites, {"CEN-01", "STA-01"}, {}, version=1)
    for function, values in (
        (editing.choose_sites, (set(), {})),
        (editing.put_place, (crossing(1, 1), "")),
        (rename, ("x",)),
    ):
        with pytest.raises(ConflictError):
            edit(drawn, function, *values, version=1)
    assert of(scenario_of(drawn), "STA-01").is_open


def test_at_once_only_one_of_two_wins(record, settings, fleet, now, at_once):
    with record.write() as session:
        key = make(session, settings, fleet, "x", None, WHO, now).id

    def put(place):
        def call():
            with record.write() as session:
                editing.put_place(session, the_scenario(session, key), 1, place, "", WHO, now)

        return call

    results = at_once(put(crossing(1, 1)), put(crossing(2, 2)))
    assert sorted(type(r).__name__ for r in results) == ["ConflictError", "NoneType"]


def test_names_are_unique_and_copies_get_a_number(drawn, settings, fleet, sqlite_record, now):
    with sqlite_record.write() as session:
        with pytest.raises(BadRequestError) as told:
            make(session, settings, fleet, "现状", None, WHO, now)
        assert told.value.faults[0].code == "name-taken"
        first = copy(session, the_scenario(session, drawn), "", WHO, now)
        second = copy(session, first, "", WHO, now)
        assert [one.name for one in (first, second)] == ["现状 (2)", "现状 (3)"]
        assert [r.code for r in second.sites] == ["CEN-01", "STA-01"]
        with pytest.raises(BadRequestError):
            rename(session, second, 1, "现状", WHO, now)
        assert {one.name for one in scenarios(session)} == {"现状", "现状 (2)", "现状 (3)"}


def test_two_who_send_the_same_form_at_once_make_one_copy(record, settings, fleet, now, at_once):
    with record.write() as session:
        drawn = make(session, settings, fleet, "x", None, WHO, now).id

    def send():
        with record.write() as session:
            return copy(session, the_scenario(session, drawn), "", WHO, now, "form-twice-1").id

    assert len(set(at_once(*[send] * 4))) == 1
    with record.read() as session:
        assert len(scenarios(session)) == 2


def test_a_deleted_scenario_is_gone_and_remembered(drawn, sqlite_record, now):
    with sqlite_record.write() as session:
        delete(session, the_scenario(session, drawn), WHO, now)
    with sqlite_record.read() as session:
        assert session.scalars(select(ScenarioSite)).all() == []
        with pytest.raises(NotFoundError):
            the_scenario(session, drawn)
        with pytest.raises(NotFoundError):
            named(session, "现状")
        assert [e.action for e in audit.events(session, "scenario", drawn)] == ["scenario.made", "scenario.deleted"]


def test_the_record_keeps_only_so_many(drawn, settings, fleet, sqlite_record, now):
    with sqlite_record.write() as session:
        for number in range(MOST - 1):
            session.add(Scenario(name=f"n{number}", assumed={}, made_at=now, made_by="", changed_at=now))
        session.flush()
        with pytest.raises(BadRequestError) as told:
            make(session, settings, fleet, "one more", None, WHO, now)
    assert told.value.faults[0].code == "too-many-scenarios"


def assume(record, settings, fleet, key, now, **asked):
    with record.write() as session:
        scenario = the_scenario(session, key)
        editing.assume(session, settings, fleet, scenario, scenario.version, asked, WHO, now)
        return Assumed(**scenario.assumed)


def test_assumptions_stay_as_they_were_until_they_are_taken_anew(drawn, settings, fleet, sqlite_record, now):
    dearer = settings.model_copy(update={"siting": settings.siting.model_copy(update={"yuan_a_tonne": 999})})
    found = assume(sqlite_record, dearer, fleet, drawn, now, reach_minutes=30, demand_percent=130)
    assert (found.reach_minutes, found.demand_percent, found.yuan_a_tonne) == (30, 130, settings.siting.yuan_a_tonne)
    found = assume(sqlite_record, dearer, fleet, drawn, now, anew=True)
    assert (found.reach_minutes, found.demand_percent, found.yuan_a_tonne) == (30, 130, 999)
    van = assume(sqlite_record, settings, fleet, drawn, now, vehicle="van")
    assert (van.vehicle, van.cost_per_km) == ("van", fleet.types["van"].cost_per_km)
    assert van.load_tonnes < found.load_tonnes


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"reach_minutes": 0}, "reach_minutes"),
        ({"demand_percent": 1001}, "demand_percent"),
        ({"vehicle": "x"}, "vehicle"),
    ],
)
def test_assumptions_out_of_range_are_refused(drawn, settings, fleet, sqlite_record, now, scenario_of, asked, where):
    with pytest.raises(BadRequestError) as told:
        assume(sqlite_record, settings, fleet, drawn, now, **asked)
    assert told.value.faults[0].where == where
    assert scenario_of(drawn).version == 1


def test_a_size_that_is_gone_is_named(drawn, settings, fleet, sqlite_record, now):
    large = settings.siting.sizes[1:]
    other = settings.model_copy(update={"siting": settings.siting.model_copy(update={"sizes": large})})
    with pytest.raises(BadRequestError, match="has the size small"):
        assume(sqlite_record, other, fleet, drawn, now, anew=True)
