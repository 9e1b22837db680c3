"""Each thing goes to a site that takes it: what centres take is what their materials say, and a plan keeps to it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recycling import dispatch, network
from recycling.figures import plan_figures, the_plan, words_of
from recycling.models import Site, TradeInOrder
from recycling.unload_places import in_all, unload_places
from routing.check import check
from routing.day import plan_day, stated
from routing.planned_day import NewStop, fitting
from routing.problem import Stop, TimeWindow

OWN = "appliances+batteries"
DIMENSIONS = ("kg", "litres", f"kg {OWN}", f"litres {OWN}")


@pytest.fixture
def separate(sqlite_record):
    """A town whose sorting centre takes no appliances: those go to the other one, which takes nothing else."""
    with sqlite_record.write() as session:
        session.get(Site, "CEN-01").materials = "paper,plastic,metal,glass,textiles,furniture"
        session.get(Site, "CEN-02").materials = "appliances,batteries"
    return sqlite_record


@pytest.fixture
def orders(separate, booked, day):
    """Two pickups of paper, one of paper and a fridge, and a delivery that takes a fridge back."""
    booked(separate, 2)
    booked(separate, 1, items={"fridge": 1, "paper": 3}, window="13:00-15:00")
    start = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with separate.write() as session:
        session.add(
            TradeInOrder(
                retailer="Shop", external_id="SO-1", depot_code="DEP-01", service_day=day, promise_start=start,
                promise_end=start + timedelta(hours=2), place="A-003", lon=107.491, lat=31.206, floor=1, lift=False,
                new_item="fridge", new_kg=64, new_litres=1150, old_item="fridge", old_kg=55, old_litres=1000,
                old_items=[["fridge", 1]], people=2, minutes=12.0,
            )
        )  # fmt: skip
    return separate


@pytest.fixture
def job(orders, settings, fleet, day):
    with orders.read() as session:
        return dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)


def places(record, **options):
    with record.read() as session:
        return unload_places(session, network.the_depot(session, "DEP-01"), **options)


def test_where_centres_take_everything_a_day_knows_kilograms_and_litres_alone(sqlite_record):
    found = places(sqlite_record)
    assert (found.dimensions, found.groups) == (("kg", "litres"), {})
    assert [(site.code, found.takes(site)) for site in found.sites] == [("CEN-01", None)]


def test_the_shipped_centres_take_everything():
    """So that the demonstration's days are what they were."""
    layer = json.loads(Path("data/geo/centres.geojson").read_text(encoding="utf-8"))
    sites = [feature["properties"] for feature in layer["features"]]
    known = {material for site in sites for material in site["materials"].split(",")}
    whole = [site for site in sites if site["kind"] == "comprehensive"]
    assert whole
    assert all(set(site["materials"].split(",")) == known for site in whole)


def test_what_a_centre_lacks_is_a_load_of_its_own(separate):
    found = places(separate)
    assert found.dimensions == DIMENSIONS
    assert {site.code: found.takes(site) for site in found.sites} == {
        "CEN-01": frozenset(DIMENSIONS[:2]),
        "CEN-02": frozenset(DIMENSIONS[2:]),
    }
    assert places(separate, by_material=False).groups == {}


def test_goods_are_told_apart_and_vehicles_hold_no_more_than_before(job, catalogue):
    fridge, paper = catalogue.items["fridge"], catalogue.items["paper"]
    loads = sorted(stop.pickup for stop in job.stops)
    assert loads == sorted(
        [
            (2 * paper.kg, 2 * paper.litres, 0, 0),
            (2 * paper.kg, 2 * paper.litres, 0, 0),
            (3 * paper.kg, 3 * paper.litres, fridge.kg, fridge.litres),
            (0, 0, 55, 1000),
        ]
    )
    assert [stop.delivery for stop in job.stops if any(stop.delivery)] == [(64, 1150, 0, 0)]
    box = next(vehicle for vehicle in job.vehicles if vehicle.type == "box")
    assert {(tuple(sorted(c.dimensions)), c.capacity) for c in box.compartments} == {
        (("kg", f"kg {OWN}"), 1800),
        (("litres", f"litres {OWN}"), 16000),
    }


def test_a_plan_brings_each_thing_where_it_is_taken(job, orders, settings, day, now):
    result = plan_day(job)
    assert result.plan.unserved == ()
    assert check(stated(job).problem, result.plan) == []
    visited = {visit.id for route in result.plan.routes for visit in route.visits if visit.kind == "unload"}
    assert visited == {"CEN-01", "CEN-02"}
    with orders.write() as session:
        dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
    with orders.read() as session:
        row = the_plan(session, "DEP-01", day)
    figures = plan_figures(row)
    collected = [in_all(stop.pickup) for stop in job.stops]
    assert (figures.kg, figures.litres) == tuple(map(sum, zip(*collected, strict=True)))
    for route, solved in zip(row.routes, sorted(result.plan.routes, key=lambda r: (r.start, r.vehicle)), strict=True):
        assert [(v.load_kg, v.load_litres) for v in route.visits] == [in_all(v.load) for v in solved.visits]


def test_a_plan_that_brought_a_fridge_to_the_wrong_centre_would_be_found_out(job):
    """The control: the same day, of which the sorting centre takes everything, breaks the rule of this one."""
    open_sites = tuple(
        replace(site, takes=None) if site.id == "CEN-01" else replace(site, takes=frozenset())
        for site in job.unload_sites
    )
    plan = plan_day(replace(job, unload_sites=open_sites)).plan
    assert plan.unserved == ()
    assert check(stated(job).problem, plan) != []


def test_nobody_takes_batteries(separate, settings, fleet, day, booked):
    """What no site takes is of no load of its own, and rides with the rest."""
    with separate.write() as session:
        session.get(Site, "CEN-02").materials = "appliances"
    assert list(places(separate).groups) == ["appliances"]


def test_a_stop_that_comes_later_has_loads_of_all_kinds(job):
    new = NewStop(Stop("h:1", 0, (TimeWindow(0, 1),), 0, (0, 0), (5, 60), prize=0), (107.5, 31.2))
    assert fitting(job, new).stop.pickup == (5, 60, 0, 0)
    assert fitting(job, fitting(job, new)).stop.pickup == (5, 60, 0, 0)


def test_words_name_the_unit_of_a_load():
    assert words_of({"dimension": f"litres {OWN}"})["dimension"] == "litres"
    assert words_of({"dimension": "kg"})["dimension"] == "kg"
