"""Whom calls reach on foot: how far, how often, at which hours; further points beside all choices; what is kept."""

import csv
import io
import json
from datetime import timedelta
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_timetables import WHO, draft
from sqlalchemy import select

from recycling.errors import BadRequestError, NotFoundError
from recycling.models import Community, ReachStudy, Site
from recycling.timetable import reach_kept
from recycling.timetable.further import further_points
from recycling.timetable.making import next_version
from recycling.timetable.reach import DETOUR, METRES_A_DEGREE, limits_of, reach_of

MONDAYS = [("A-001", 0, 9 * 60, "T-BOX"), ("A-002", 0, 11 * 60, "T-BOX"), ("A-003", 3, 17 * 60, "T-BOX")]


@pytest.fixture
def apart(sqlite_record):
    """The town's communities on one line northward, 99 m of walk from each to the next, without any station."""
    with sqlite_record.write() as session:
        for k, code in enumerate(("A-001", "A-002", "A-003")):
            place = session.get_one(Community, code)
            place.lat, place.lon, place.population = 31.0 + k * 99 / DETOUR / METRES_A_DEGREE, 107.0, 1000 * (k + 1)
        for site in session.scalars(select(Site).where(Site.kind == "station")):
            site.lon, site.lat = 100.0, 20.0
    return sqlite_record


def found_in(database, settings, visits, now, weeks=1, hours=None, **asked):
    with database.write() as session:
        version = next_version(session, "DEP-01")
        table = draft(session, visits, now, version, weeks=weeks) if visits else None
        limits = limits_of(settings, {"metres": 100} | asked, hours)
        return reach_of(session, "DEP-01", table, limits)


def nears(found):
    return {place.code: place.near for place in found.places}


def test_who_is_reached_near_when_and_farther_away(apart, settings, now):
    found = found_in(apart, settings, MONDAYS, now, metres=100)
    assert nears(found) == {"A-001": "good", "A-002": "good", "A-003": "good"}, "each is next to one at a good hour"
    by_code = {place.code: place for place in found.places}
    assert by_code["A-002"].hours == ((0, 540), (0, 660), (3, 1020))
    assert by_code["A-002"].spans == (0, 1)
    found = found_in(apart, settings, MONDAYS[1:2], now, metres=100)
    assert nears(found) == dict.fromkeys(("A-001", "A-002", "A-003"), "other"), "11:00 is no convenient hour"
    assert (found.good, found.reached, found.people) == (0, 6000, 6000)
    assert found.at(0, None) == 6000
    assert found.at(0, 0) == 0
    assert nears(found_in(apart, settings, MONDAYS[1:2], now, hours="10:30-11:30")) == dict.fromkeys(
        nears(found), "good"
    )


def test_a_walk_that_is_a_metre_too_far_counts_only_as_the_longer_one(apart, settings, now):
    with apart.write() as session:
        session.get_one(Community, "A-003").lat += 1.5 / DETOUR / METRES_A_DEGREE
    found = found_in(apart, settings, [("A-002", 0, 540, "T-BOX")], now)
    assert nears(found) == {"A-001": "good", "A-002": "good", "A-003": "walk"}
    assert (found.good, found.by_calls) == (3000, 6000)
    assert [town.share for town in found.towns] == [1.0]
    far = found_in(apart, settings, [("A-001", 0, 540, "T-BOX")], now, minutes=5)
    assert nears(far)["A-003"] == "walk", "202 m of 333"


def test_calls_that_are_too_seldom_reach_nobody(apart, settings, now):
    once_in_four = [("A-001", 0, 540, "T-BOX")]
    assert found_in(apart, settings, once_in_four, now, weeks=4).reached == 0
    assert found_in(apart, settings, once_in_four, now, weeks=4, calls=1).good == 3000
    mixed = [("A-001", 0, 540, "T-BOX"), ("A-001", 14, 660, "T-BOX")]
    found = found_in(apart, settings, mixed, now, weeks=4)
    assert nears(found)["A-001"] == "other", "two calls a month, but only one of them at a convenient hour"


def test_stations_alone(apart, settings, now):
    with apart.write() as session:
        station = session.scalars(select(Site).where(Site.kind == "station")).first()
        station.lon, station.lat = 107.0, 31.0
    found = found_in(apart, settings, None, now, minutes=5)
    assert nears(found) == dict.fromkeys(("A-001", "A-002", "A-003"), "walk")
    assert (found.reached, found.by_calls, found.good) == (6000, 0, 0)
    assert [found.places[p.position].code for p in found.further] == ["A-002"]
    assert found.further[0].adds == found.most == 6000


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=7),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_no_choice_of_further_points_reaches_more_than_is_said(people, count, rng):
    many = len(people)
    served = [rng.random() < 0.2 for _ in people]
    near = np.array([[i == j or rng.random() < 0.3 for j in range(many)] for i in range(many)])
    chosen, most = further_points(people, served, near, count)

    def reached(points):
        return sum(p for j, p in enumerate(people) if served[j] or any(near[i, j] for i in points))

    best = max(reached(points) for k in range(count + 1) for points in combinations(range(many), min(k, many)))
    got = reached([one.position for one in chosen])
    assert got == reached([]) + sum(one.adds for one in chosen)
    assert got <= best <= most
    assert all(a.adds >= b.adds for a, b in pairwise(chosen))


@pytest.mark.parametrize(
    ("asked", "hours", "field"),
    [
        ({"metres": 99}, None, "metres"),
        ({"minutes": 61}, None, "minutes"),
        ({"calls": 0}, None, "calls"),
        ({"further": 51}, None, "further"),
        ({}, "", "convenient"),
        ({}, "8-10", "convenient"),
        ({}, "10:00-08:00", "convenient"),
        ({}, ",".join(f"{h:02d}:00-{h:02d}:30" for h in range(8, 15)), "convenient"),
    ],
)
def test_limits_out_of_bounds_are_refused_at_their_field(settings, asked, hours, field):
    with pytest.raises(BadRequestError) as refused:
        limits_of(settings, asked, hours)
    assert [fault.where for fault in refused.value.faults] == [field]


def test_hours_may_be_written_in_chinese(settings):
    assert limits_of(settings, {}, "18：00–20：00，08:00-09:00").convenient == ("08:00-09:00", "18:00-20:00")


def asked_for(database, settings, now, form="reach-form-1", version=1):
    with database.write() as session:
        row = reach_kept.ask(session, "DEP-01", version, limits_of(settings, {}), WHO, now, form)
        return row.id


def test_an_answer_is_kept_as_it_was_and_made_once(apart, settings, now):
    with apart.write() as session:
        draft(session, MONDAYS, now)
    key = asked_for(apart, settings, now)
    assert asked_for(apart, settings, now) == key
    assert asked_for(apart, settings, now, "reach-form-2") != key
    with apart.write() as session:
        was = reach_of(session, "DEP-01", None, limits_of(settings, {}))
        session.get_one(Community, "A-001").population = 9
    with apart.read() as session:
        assert len(reach_kept.studies(session)) == 2
        kept = reach_kept.reach_in(reach_kept.the_study(session, key))
    assert kept.people == was.people == 6000
    assert kept.good == 6000


def test_the_newest_of_each_depot_stay(apart, settings, now, monkeypatch):
    monkeypatch.setattr(reach_kept, "KEPT", 2)
    keys = [asked_for(apart, settings, now + timedelta(minutes=k), f"reach-form-{k}", None) for k in range(4)]
    with apart.read() as session:
        assert set(session.scalars(select(ReachStudy.id))) == set(keys[2:])
        with pytest.raises(NotFoundError, match="no such answer any more"):
            reach_kept.the_study(session, keys[0])


def test_files_say_how_each_is_reached(apart, settings, now):
    with apart.write() as session:
        draft(session, MONDAYS[:1], now)
        row = reach_kept.ask(session, "DEP-01", 1, limits_of(settings, {"metres": 100}), WHO, now, "reach-form-1")
        found = reach_kept.reach_in(row)
        layer = json.loads(json.dumps(reach_kept.geojson(row, found, {"zh": "合成", "en": "synthetic"})))
    rows = {r["community"]: r for r in csv.DictReader(io.StringIO(reach_kept.table(found).decode("utf-8-sig")))}
    assert rows["A-001"]["reached"] == rows["A-002"]["reached"] == "good"
    assert (rows["A-001"]["hours"], rows["A-003"]["reached"], rows["A-003"]["hours"]) == ("Mon 09:00", "walk", "")
    assert (rows["A-002"]["further"], rows["A-003"]["further"], rows["A-003"]["adds"]) == ("1", "", "")
    assert rows["A-002"]["adds"] == "3000"
    assert layer["notice"]["en"] == "synthetic"
    assert layer["version"] == 1
    assert {f["properties"]["code"]: f["properties"]["reached"] for f in layer["features"]}["A-003"] == "walk"
    assert layer["features"][0]["geometry"]["coordinates"] == [107.0, 31.0]
