"""What a centre takes in a day is kept by the day's plan, shared with others, and named where it is too little."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recycling import dispatch, network
from recycling.figures import the_plan, why
from recycling.models import Site
from recycling.site_capacity import ANY_LITRES, brought_by_others, kg_a_day
from routing.check import check
from routing.day import plan_day, stated


@pytest.fixture
def job_of(sqlite_record, settings, fleet, day):
    """Return a function that states the day with so many tonnes that the sorting centre takes."""

    def call(tonnes, depot="DEP-01"):
        with sqlite_record.write() as session:
            session.get_one(Site, "CEN-01").tonnes_per_day = tonnes
        with sqlite_record.read() as session:
            return dispatch.day_job(session, settings, fleet, network.the_depot(session, depot), day)

    return call


def capacities(job):
    return [site.capacity for site in job.unload_sites]


def brought(job):
    return sum(stop.pickup[0] for stop in job.stops)


def test_a_bound_is_there_where_the_day_comes_near_it(sqlite_record, booked, job_of):
    booked(sqlite_record, 3)
    kg = brought(job_of(0))
    assert kg > 0
    assert capacities(job_of(0)) == [None], "nobody has said what it takes"
    assert capacities(job_of(60)) == [None], "far away from it the day has no rule more than before"
    tonnes = 1.5 * kg / 1000
    assert capacities(job_of(tonnes)) == [(round(1.5 * kg), ANY_LITRES)]


def test_a_plan_brings_no_more_than_the_centre_takes_and_says_which_is_full(
    sqlite_record, booked, job_of, settings, day, now
):
    booked(sqlite_record, 4)
    each = brought(job_of(0)) // 4
    job = job_of(2.5 * each / 1000)
    result = plan_day(job)
    assert len(result.plan.unserved) == 2
    assert check(stated(job).problem, result.plan) == []
    open_ended = plan_day(replace(job, unload_sites=tuple(replace(s, capacity=None) for s in job.unload_sites)))
    assert open_ended.plan.unserved == ()
    assert any("site gets too much" in fault.rule for fault in check(stated(job).problem, open_ended.plan))
    with sqlite_record.write() as session:
        dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
    with sqlite_record.read() as session:
        left = the_plan(session, "DEP-01", day).left_out
    assert {one.reason for one in left} == {"site-full"}
    assert {one.figures["over"] for one in left} == {3 * each - round(2.5 * each)}
    for one in left:
        sentences = why(one.reason, one.figures, "")
        assert sentences[0].endswith("would bring CEN-01 more than it takes in a day.")
        assert sentences[1] == f"That is {one.figures['over'] / 1000:.2f} t too much for CEN-01."


def test_what_other_depots_bring_is_not_there_any_more(sqlite_record, booked, job_of, settings, day, now):
    booked(sqlite_record, 2)
    job = job_of(0)
    result = plan_day(job)
    with sqlite_record.write() as session:
        dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
    with sqlite_record.read() as session:
        assert brought_by_others(session, "DEP-02", day) == {"CEN-01": brought(job)}
        assert brought_by_others(session, "DEP-01", day) == {}


def test_of_goods_told_apart_each_has_its_share(sqlite_record, booked, job_of):
    with sqlite_record.write() as session:
        session.get_one(Site, "CEN-01").materials = "paper,plastic,metal,glass,textiles,furniture"
        session.get_one(Site, "CEN-02").materials = "appliances,batteries,paper"
        session.get_one(Site, "CEN-02").tonnes_per_day = 0
    booked(sqlite_record, 1, items={"fridge": 1, "paper": 3})
    job = job_of(0.001)
    bound = next(site.capacity for site in job.unload_sites if site.id == "CEN-01")
    assert sum(bound[::2]) <= 1
    assert set(bound[1::2]) == {ANY_LITRES}


def test_the_shipped_centres_say_what_they_take(sqlite_record):
    layer = json.loads(Path("data/geo/centres.geojson").read_text(encoding="utf-8"))
    tonnes = [f["properties"]["tonnes_per_day"] for f in layer["features"]]
    assert all(kg_a_day(Site(tonnes_per_day=one)) == round(one * 1000) for one in tonnes if one)
    assert kg_a_day(Site(tonnes_per_day=0)) is None
