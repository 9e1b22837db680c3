"""A day on a road layer of one street with a side street that is too low for the box truck."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from days import site, stop, truck
from streets import GEOD, write_streets

from routing.day import DayJob, _alike, plan_day
from routing.errors import InputError
from routing.problem import TimeWindow
from routing.roads.changes import Closure, DrivingBan, Vehicles, When, Where
from routing.roads.facts import NOTICE
from routing.roads.network import RoadNetwork
from routing.roads.own_engine import OwnEngine, RoadServer
from routing.roads.profile import VehicleProfile

DAY = date(2026, 11, 24)
BOX, VAN = VehicleProfile("box", height=3.5, hgv=True), VehicleProfile("van", height=2.0)
CORNERS = [(0, 0), (1, 0), (2, 0), (3, 0), (2, 1)]
STREETS = [(0, 1), (1, 2), (2, 3), (2, 4)]  # the last one is the low side street
DEPOT, A, B, CENTRE, SIDE, FIELD = range(6)
PLACES = [(0.001, 0), (0.009, 0), (0.021, 0), (0.029, 0), (0.02, 0.008), (0.01, 0.005)]  # the field: 553 m off


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    """Return a function that writes the layer with a status and gives its path."""
    folder = tmp_path_factory.mktemp("roads")

    def write(status):
        return write_streets(folder / f"{status}.gpkg", CORNERS, STREETS, status, [np.nan, np.nan, np.nan, 2.5])

    return write


@pytest.fixture(scope="module")
def streets(layers):
    return layers("synthetic")


@pytest.fixture
def job(streets):
    """Two stops, a box truck and a centre, all on the street."""
    return DayJob(
        roads=streets,
        positions=PLACES,
        dimensions=("kg",),
        stops=(stop("a", A, service=60, pickup=5), stop("b", B, service=60, delivery=5)),
        vehicles=(truck("v", km=100, profile="box"),),
        unload_sites=(site("u", CENTRE, duration=60),),
        profiles={"box": BOX, "van": VAN},
        snap_metres=300.0,
        seconds=0.1,
        seed=1,
    )


def metres(way):
    lon, lat = zip(*way, strict=True)
    return float(sum(GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]))


def test_one_way_a_leg_and_each_along_the_roads(job):
    result = plan_day(job)
    (route,) = result.plan.routes
    where = {"a": A, "b": B, "u": CENTRE}
    assert {v.id for v in route.visits} == {"a", "b", "u"}
    places = [DEPOT, *(where[v.id] for v in route.visits), DEPOT]
    ways = result.ways["v"]
    assert len(ways) == len(route.visits) + 1
    for way, here, there in zip(ways, places, places[1:], strict=False):
        assert way[0] == pytest.approx(PLACES[here], abs=1e-6)
        assert way[-1] == pytest.approx(PLACES[there], abs=1e-6)
        assert all(lat == pytest.approx(0, abs=1e-6) for _, lat in way)
    assert sum(map(metres, ways)) == pytest.approx(route.distance, abs=2 * len(ways))
    assert route.distance == pytest.approx(2 * 0.028 * 111_319.5, abs=2 * len(ways))
    assert route.driving == pytest.approx(route.distance / 10, abs=len(ways))


def test_way_to_the_side_street_turns_at_the_crossing(job):
    van = truck("v", profile="van")
    result = plan_day(replace(job, stops=(stop("side", SIDE),), vehicles=(van,)))
    out, back = result.ways["v"]
    assert (out[0], out[-1]) == (PLACES[DEPOT], PLACES[SIDE])
    assert (0.02, 0.0) in out
    assert metres(out) == pytest.approx(0.019 * 111_319.5 + 0.008 * 110_574.3, abs=1)
    assert back == out[::-1]


def test_stop_without_a_road_is_left_out_with_its_metres(job):
    field = stop("field", FIELD, prize=777)
    without, result = plan_day(job), plan_day(replace(job, stops=(*job.stops, field)))
    (left,) = result.plan.unserved
    assert (left.stop, left.reason, dict(left.values)) == ("field", "no-road", {"metres": 553})
    assert result.plan.cost == without.plan.cost + 777
    assert plan_day(replace(job, stops=(*job.stops, field), snap_metres=600.0)).plan.unserved == ()


def test_road_that_only_some_vehicles_may_use(job):
    side = replace(job, stops=(stop("side", SIDE),))
    both = replace(side, vehicles=(*job.vehicles, truck("w", profile="van")))
    assert [r.vehicle for r in plan_day(both).plan.routes] == ["w"]
    (left,) = plan_day(side).plan.unserved
    assert (left.reason, left.values["metres"]) == ("no-road", 885)


@pytest.mark.parametrize("which", ["start", "end"])
def test_depot_without_a_road_is_named(job, which):
    lost = replace(job.vehicles[0], **{which: FIELD})
    with pytest.raises(InputError, match=r"depot of v is 553 m .* 300 m") as caught:
        plan_day(replace(job, vehicles=(lost,)))
    assert caught.value.code == "site-off-road"


def test_depot_on_a_road_that_its_vehicle_may_not_use(job):
    low = {"start": SIDE, "end": SIDE}
    with pytest.raises(InputError, match="depot of v is 885 m"):
        plan_day(replace(job, vehicles=(replace(job.vehicles[0], **low),)))
    assert plan_day(replace(job, stops=(), vehicles=(truck("v", profile="van", **low),))).plan.routes == ()


def test_site_without_a_road_is_named(job):
    with pytest.raises(InputError, match="site u is 553 m") as caught:
        plan_day(replace(job, unload_sites=(site("u", FIELD),)))
    assert caught.value.code == "site-off-road"


def test_vehicle_without_a_profile_is_refused(job):
    with pytest.raises(InputError, match="profile tram, ") as caught:
        plan_day(replace(job, vehicles=(truck("v", profile="tram"),)))
    assert caught.value.code == "no-profile"


def test_unsound_day_is_refused_with_its_path(job):
    with pytest.raises(InputError, match=r"stops\[0\].location: 6 is no row"):
        plan_day(replace(job, stops=(stop("a", 6),)))
    with pytest.raises(InputError, match=r"vehicles\[0\].start: 9 is no row"):
        plan_day(replace(job, vehicles=(truck("v", profile="box", start=9),)))


def test_missing_layer_is_named(job, tmp_path):
    with pytest.raises(InputError, match=r"no road layer nowhere\.gpkg"):
        plan_day(replace(job, roads=str(tmp_path / "nowhere.gpkg")))


def test_notice_of_the_roads_is_carried(job, layers):
    assert plan_day(job).plan.notice == NOTICE
    assert plan_day(replace(job, roads=layers("real"))).plan.notice is None


def test_day_without_vehicles(job):
    result = plan_day(replace(job, vehicles=(), profiles={}, stops=(*job.stops, stop("field", FIELD))))
    assert {u.stop: u.reason for u in result.plan.unserved} == {
        "a": "no-vehicle",
        "b": "no-vehicle",
        "field": "no-road",
    }
    assert result.ways == {}


def test_day_without_stops(job):
    result = plan_day(replace(job, stops=()))
    assert (result.plan.routes, result.plan.unserved, result.plan.cost, result.ways) == ((), (), 0, {})


def test_progress_begins_with_the_roads_and_ends_with_the_plan(job):
    said = []
    result = plan_day(job, lambda share, cost: said.append((share, cost)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert said[0] == (0.025, None)
    assert said[-1] == (1.0, result.plan.cost)


def test_a_closure_of_the_day_is_kept(job):
    """The side street is closed: its stop has no road within 300 m; on another day, or at night, it has."""
    closed = Closure("works", Where(near=(PLACES[SIDE],)), When(first=DAY, last=DAY))
    side = replace(job, stops=(stop("side", SIDE),), vehicles=(truck("v", profile="van"),), day=DAY, changes=(closed,))
    assert [u.reason for u in plan_day(side).plan.unserved] == ["no-road"]
    assert plan_day(replace(side, day=DAY + timedelta(1))).plan.unserved == ()
    night = replace(closed, when=When(((0, 60),)))
    shift = TimeWindow(3600, 80_000)
    later = replace(side, changes=(night,), vehicles=(replace(side.vehicles[0], shift=shift),))
    assert plan_day(later).plan.unserved == ()


def test_a_closure_of_some_minutes_is_waited_for(job):
    """The side street is shut from 2:00 to 2:01, and its stop is served before or after."""
    closed = Closure("market", Where(near=(PLACES[SIDE],)), When(((7200, 7260),)))
    side = replace(job, stops=(stop("side", SIDE),), vehicles=(truck("v", profile="van"),), changes=(closed,))
    assert plan_day(side).plan.unserved == ()
    at_two = replace(side, stops=(stop("side", SIDE, ((7200, 7230),), service=10),))
    (route,) = plan_day(at_two).plan.routes
    (visit,) = route.visits
    assert visit.arrival < 7200 < visit.end < 7260 <= route.end - route.driving // 2


def test_vehicles_differ_by_their_plates_and_share_what_they_can(job):
    """Of three vans one is bound by a ban on odd numbers; the two others share a matrix."""
    ban = DrivingBan("odd", Where(near=(PLACES[SIDE],)), vehicles=Vehicles(parity="odd"))
    vans = {f"van {n}": replace(VAN, plate=f"川S0000{n}") for n in (1, 2, 4)}
    trucks = tuple(truck(f"v{name[-1]}", profile=name) for name in vans)
    asked = replace(job, stops=(stop("side", SIDE),), vehicles=trucks, profiles=vans, day=DAY, changes=(ban,))
    weighed, known = _alike(asked, vans)
    assert [v.profile for v in known.vehicles] == ["van 1", "van 2", "van 2"]
    assert set(weighed) == {"van 1", "van 2"}
    (route,) = plan_day(asked).plan.routes
    assert route.vehicle != "v1"
    assert [u.reason for u in plan_day(replace(asked, vehicles=trucks[:1])).plan.unserved] == ["no-road"]


def test_a_rule_about_roads_that_are_not_there_is_named(job):
    with pytest.raises(InputError, match="'works'"):
        plan_day(replace(job, changes=(Closure("works", Where(roads=("无名路",))),)))


def test_a_routing_server_answers_instead_of_the_layer(job, monkeypatch, tmp_path):
    """Whatever implements the interface; here our own network behind it, so that the plan must be the same."""
    network = RoadNetwork.from_layer(Path(job.roads))
    asked = []

    def engine(server, snap_metres, changes):
        asked.append((server, snap_metres, changes))
        return OwnEngine(network, max_distance=snap_metres)

    monkeypatch.setattr("routing.roads.own_engine.server_engine", engine)
    server = RoadServer("osrm", "http://localhost:5000")
    remote = plan_day(replace(job, roads=str(tmp_path / "nowhere.gpkg"), server=server))
    assert asked == [(server, 300.0, ())]
    assert remote.ways == plan_day(job).ways
    assert remote.plan.notice is None


def test_a_server_that_is_down_is_named(job):
    with pytest.raises(InputError, match="OSRM"):
        plan_day(replace(job, server=RoadServer("osrm", "http://localhost:9")))
