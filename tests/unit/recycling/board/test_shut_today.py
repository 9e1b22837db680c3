"""What is out or closed on a day stays so whenever that day is searched anew, on both kinds of database."""

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling import dispatch, network
from recycling.models import Plan, Site
from recycling.road_changes import ClosureRule, close
from recycling.settings import home
from recycling.shut_today import Shut, shut_on, without_shut
from recycling.unload_places import unload_places

HAPPENED = {"what": {"kind": "closed"}, "out": ["T-VAN"], "closed": {"CEN-01": ""}, "known": {}}


@pytest.fixture
def job_now(record, settings, fleet, day):
    """Return a function that states the day as it would be searched."""

    def state(**said):
        with record.read() as session:
            return dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day, **said)

    return state


def test_a_day_with_nothing_shut_is_whole(planned, job_now, record, day):
    job = job_now()
    assert {vehicle.id for vehicle in job.vehicles} == {"T-BOX", "T-VAN"}
    assert "CEN-01" in {site.id for site in job.unload_sites}
    with record.read() as session:
        assert shut_on(session, "DEP-01", day).kept() == {}


def test_what_is_shut_is_not_searched_with_unless_it_is_asked_for(planned, changed_plan, job_now):
    changed_plan(HAPPENED)
    job = job_now()
    assert {vehicle.id for vehicle in job.vehicles} == {"T-BOX"}
    assert "CEN-01" not in {site.id for site in job.unload_sites}
    assert len(job.stops) == 3
    whole = job_now(with_shut=True)
    assert {vehicle.id for vehicle in whole.vehicles} == {"T-BOX", "T-VAN"}
    assert "CEN-01" in {site.id for site in whole.unload_sites}


def test_a_centre_that_opens_later_takes_nothing_before(planned, changed_plan, job_now):
    before = {site.id: site.hours for site in job_now().unload_sites}["CEN-01"]
    changed_plan({"closed": {"CEN-01": "10:30"}})
    hours = {site.id: site.hours for site in job_now().unload_sites}["CEN-01"]
    assert (hours.start, hours.end) == (10 * 3600 + 1800, before.end)
    assert before.start < hours.start


def test_calls_of_a_vehicle_that_is_out_may_be_driven_to_by_any(planned, job_now):
    from dataclasses import replace

    job = job_now()
    bound = replace(job.stops[0], vehicles=frozenset({"T-VAN"}))
    either = replace(job.stops[1], vehicles=frozenset({"T-VAN", "T-BOX"}))
    left = without_shut(replace(job, stops=(bound, either)), Shut(frozenset({"T-VAN"})))
    assert [stop.vehicles for stop in left.stops] == [None, frozenset({"T-BOX"})]


def test_a_new_plan_of_the_day_keeps_what_is_shut_and_drops_what_it_answered(
    planned, changed_plan, record, settings, fleet, day, at
):
    with record.write() as session:
        second = session.get_one(Site, "CEN-02")
        second.kind = "comprehensive"
    changed_plan(HAPPENED)
    plan_of_day(record, settings, fleet, day, at(9))
    with record.read() as session:
        plan = session.scalars(select(Plan).order_by(Plan.version.desc())).first()
        used = {visit.site_code for route in plan.routes for visit in route.visits} - {None}
        assert plan.version == 2
        assert plan.happened == {"out": ["T-VAN"], "closed": {"CEN-01": ""}}
        assert used == {"CEN-02"}
        assert {route.plate for route in plan.routes} == {"T-BOX"}
        assert "CEN-01" in {site.code for site in unload_places(session, network.the_depot(session, "DEP-01")).sites}


def test_a_road_that_is_closed_now_is_closed_for_every_search(planned, changed_plan, job_now, monkeypatch, tmp_path):
    monkeypatch.setenv("RECYCLING_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    assert home() == tmp_path
    assert job_now().changes == ()
    close("grid", ClosureRule(name="flood", near=((107.48, 31.21),), hours=("09:00-12:00",)))
    assert [change.name for change in job_now().changes] == ["flood"]
    changed_plan(HAPPENED)
    assert [change.name for change in job_now(with_shut=True).changes] == ["flood"]
