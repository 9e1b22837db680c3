"""A day on a street whose middle piece has a detour, when that piece is shut for some hours."""

from dataclasses import replace
from datetime import date

import pytest
from days import stop, truck
from streets import write_streets

from routing import day as day_of_roads
from routing.check import check
from routing.day import DayJob, plan_day
from routing.roads.changes import ClassSpeeds, Closure, DrivingBan, Vehicles, When, Where
from routing.roads.profile import VehicleProfile

H = 3600
SOLVE = day_of_roads.solve
CORNERS = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 0.5), (2, 0.5)]
STREETS = [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (5, 2)]
MIDDLE = (0.015, 0.0)
DEPOT, A, B = range(3)
PLACES = [(0.001, 0), (0.025, 0), (0.029, 0)]
MORNING = Closure("works", Where(near=(MIDDLE,)), When(((9 * H, 11 * H),)))
THROUGH, AROUND = 2 * 0.024 * 111_319.5, 2 * (0.024 * 111_319.5 + 0.01 * 110_574.3)  # metres there and back


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    return write_streets(tmp_path_factory.mktemp("roads") / "detour.gpkg", CORNERS, STREETS)


@pytest.fixture
def problems(monkeypatch):
    """The problems that are solved."""
    seen = []

    def solve(problem, *given, guarded):
        seen.append(problem)
        return SOLVE(problem, *given, guarded=guarded)

    monkeypatch.setattr(day_of_roads, "solve", solve)
    return seen


def job(streets, *stops, changes=(MORNING,), shift=(8 * H, 17 * H), profiles=("van",)):
    return DayJob(
        roads=streets,
        positions=PLACES,
        dimensions=("kg",),
        stops=stops,
        vehicles=tuple(truck(f"v{k}", km=100, shift=shift, profile=p) for k, p in enumerate(profiles)),
        unload_sites=(),
        profiles={"van": VehicleProfile("van", height=2.0), "lorry": VehicleProfile("lorry", height=2.0, weight=9)},
        snap_metres=300.0,
        seconds=0.1,
        seed=1,
        day=date(2026, 11, 24),
        changes=changes,
    )


def at(hour, minutes=10):
    return stop("a", A, ((hour * H, hour * H + minutes * 60),), service=60)


def only_route(job):
    result = plan_day(job)
    (route,) = result.plan.routes
    return route, result.ways[route.vehicle]


def test_the_road_is_driven_but_for_the_hours_in_which_it_is_closed(streets, problems):
    route, ways = only_route(job(streets, at(14)))
    assert route.distance == pytest.approx(THROUGH, abs=4)
    assert all(lat == pytest.approx(0, abs=1e-6) for way in ways for _, lat in way)
    route, ways = only_route(job(streets, at(10)))
    assert route.distance == pytest.approx(AROUND, abs=4)
    assert all(max(lat for _, lat in way) == pytest.approx(0.005, abs=1e-6) for way in ways)
    for problem in problems:
        plan = SOLVE(problem, 0.1)
        assert plan.unserved == ()
        assert check(problem, plan) == []


def test_each_leg_is_drawn_as_it_is_driven(streets):
    """Out at once, around the works, and home after a long service through what is open again."""
    route, (out, home) = only_route(job(streets, replace(at(10), service=2 * H)))
    assert max(lat for _, lat in out) == pytest.approx(0.005, abs=1e-6)
    assert max(lat for _, lat in home) == pytest.approx(0, abs=1e-6)
    assert route.distance == pytest.approx((THROUGH + AROUND) / 2, abs=4)


def test_nobody_is_on_a_road_when_it_closes(streets):
    """From the depot to the works' far end are 190 seconds; who sets out a minute before nine goes around."""
    late = stop("a", A, ((9 * H - 60, 9 * H + 600),))
    _, (out, _) = only_route(job(streets, late, shift=(9 * H - 60, 17 * H)))
    assert max(lat for _, lat in out) == pytest.approx(0.005, abs=1e-6)
    early = stop("a", A, ((9 * H - 600, 9 * H - 300),))
    _, (out, _) = only_route(job(streets, early, shift=(9 * H - 900, 17 * H)))
    assert max(lat for _, lat in out) == pytest.approx(0, abs=1e-6)


def test_a_ban_at_rush_hour_holds_for_whom_it_binds_and_when(streets, problems):
    ban = DrivingBan("rush", Where(near=(MIDDLE,)), When(((7 * H, 9 * H),)), Vehicles(from_weight=4.5))
    asked = job(streets, at(8, 30), changes=(ban,), profiles=("lorry",))
    assert only_route(asked)[0].distance == pytest.approx(AROUND, abs=4)
    assert only_route(replace(asked, stops=(at(14),)))[0].distance == pytest.approx(THROUGH, abs=4)
    vans = replace(asked, vehicles=(replace(asked.vehicles[0], profile="van"),))
    assert only_route(vans)[0].distance == pytest.approx(THROUGH, abs=4)
    assert [len(problem.periods) for problem in problems] == [1, 1, 0]


def test_slow_hours_have_times_of_their_own(streets):
    peak = ClassSpeeds("peak", (("residential", 0.5),), When(((10 * H, 11 * H),)))
    slow, free = (only_route(job(streets, at(hour, 5), changes=(peak,)))[0] for hour in (10, 14))
    assert slow.driving > 1.4 * free.driving  # there at full speed before ten, or slowly after it; home slowly
    assert slow.distance == free.distance


def test_what_holds_all_through_the_shift_makes_no_periods(streets, problems):
    """Nor does what holds at night only."""
    plan_day(job(streets, at(14), changes=(replace(MORNING, when=When()),)))
    plan_day(job(streets, at(14), changes=(replace(MORNING, when=When(((0, 7 * H), (20 * H, 24 * H)))),)))
    plan_day(job(streets, at(14), changes=()))
    assert [problem.periods for problem in problems] == [(), (), ()]
    closed, night, free = (problem.matrices["van"].distances[DEPOT, A] for problem in problems)
    assert closed > night == free


def test_hours_of_overtime_have_their_changes(streets, problems):
    evening = replace(MORNING, when=When(((16 * H, 24 * H),)))
    asked = job(streets, at(14), changes=(evening,), shift=(8 * H, 15 * H))
    plan_day(asked)
    plan_day(replace(asked, vehicles=(replace(asked.vehicles[0], overtime=2 * H),)))
    assert [len(problem.periods) for problem in problems] == [0, 1]
    assert problems[1].periods[0].hours.end >= 24 * H
