"""A given choice of sites, driven: its year from its days, what a way is in routes, and differences with noise."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from routing.errors import InputError
from routing.problem import Matrix, Stop, TimeWindow, UnloadSite, Vehicle
from routing.siting.answer import Flow, SitingAnswer
from routing.siting.located.given import Given, difference, driven_year
from routing.siting.located.rounds import PROFILE, RoundDay, drive
from routing.siting.located.search import Effort
from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size

DAY = TimeWindow(0, 40_000)
EFFORT = Effort(iterations=60)


def given(site=(30.0, 0.0), days=3, share=100.0):
    """Six homes along a line, a site, a depot at the origin; kilometres on a plane."""
    homes = [(10.0 + i, float(i % 3)) for i in range(6)]
    places = np.array([(0.0, 0.0), *homes, site])
    km = np.abs(places[:, None] - places[None]).sum(axis=2)
    matrix = Matrix((km * 60).astype(np.int32), (km * 1000).astype(np.int32))
    tonnes = share * days * 0.2
    costs = 2 * km[1:7, 7:] * 300 / 0.8
    problem = SitingProblem(
        tuple(DemandPoint(f"P{i}", 10.0, (tonnes,)) for i in range(6)),
        (Candidate("S", (Size("", 5000.0),), "kept"),),
        (km[1:7, 7:] * 60).astype(np.int32),
        costs,
        ("all",),
    )
    flows = tuple(Flow(f"P{i}", "S", "all", 1.0) for i in range(6))
    parts = {"fixed": 5000.0, "running": 0.0, "transport": float(tonnes * costs.sum())}
    answer = SitingAnswer(Aim("cost"), {"S": ""}, flows, sum(parts.values()), sum(parts.values()), parts)
    chance = np.random.default_rng(1)
    rounds = []
    for number in range(days):
        kg = np.maximum(10, chance.normal(200, 40, 6)).astype(int)
        stops = tuple(Stop(f"P{i}/{number}", 1 + i, (DAY,), 300, (0,), (int(kg[i]),), 10_000_000) for i in range(6))
        trucks = tuple(Vehicle(f"V{n}", "t", (800,), 0, 0, DAY, PROFILE, 2000, 100, 200) for n in range(3))
        unloads = {"S": UnloadSite("S", 7, DAY, 300)}
        points = tuple(f"P{i}" for i in range(6))
        rounds.append(RoundDay("D", number, ("kg",), stops, points, trucks, unloads, matrix, share, 400))
    return Given(problem, answer, rounds, {"D": frozenset(f"P{i}" for i in range(6))})


def year_of(choice, **more):
    with ThreadPoolExecutor(1) as threads:
        return driven_year(choice, threads, EFFORT, **more)


def test_a_year_is_the_sum_of_its_days_plans():
    choice = given()
    found = year_of(choice)
    plans = [drive(day.problem(frozenset({("S", None)})), 60, 1, day.lot) for day in choice.days]
    assert found.rounds == pytest.approx(
        sum(day.share * plan.cost for day, plan in zip(choice.days, plans, strict=True))
    )
    assert found.year.metres == pytest.approx(sum(100.0 * plan.metres for plan in plans))
    assert found.year.trucks == pytest.approx(np.mean([plan.trucks for plan in plans]))
    assert found.year.hired == pytest.approx(sum(100.0 * plan.trucks * 2000 for plan in plans))
    assert found.year.taken == {"S": pytest.approx(1.0)}
    assert found.year.depots == {"D": pytest.approx(found.rounds)}
    assert found.rounds == pytest.approx(found.slope * found.ways + found.base)


def test_a_site_out_of_the_way_is_dearer_on_the_same_days_by_more_than_the_noise():
    near, far = year_of(given((12.0, 1.0))), year_of(given((60.0, 20.0)))
    dearer, noise = difference(near.year.days, far.year.days)
    assert dearer == pytest.approx(far.rounds - near.rounds)
    assert dearer > noise > 0
    assert difference(near.year.days, near.year.days) == (0.0, 0.0)


def test_it_can_be_stopped_and_says_how_far_it_is():
    heard = []
    assert year_of(given(), told=lambda done, of: heard.append((done, of))) is not None
    assert heard[-1] == (3, 3)
    assert year_of(given(), stopped=lambda: True) is None


def test_one_day_is_too_few():
    with pytest.raises(InputError, match="One day tells nothing about the noise"):
        year_of(given(days=1))
