"""The robust choice against every choice of sites and sizes in every case, and the judge's word on each answer."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from brute import choices, problems, transport, worth_of
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.siting.check import check_siting
from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size
from routing.siting.robust.cases import ELSEWHERE, Case, built, shares_of, with_elsewhere, with_factors
from routing.siting.robust.choose import robust


def every(cases, aim):
    """Return what each choice of sites and sizes costs in each case, infinity where it cannot be."""
    problem = cases[0].problem
    found = {}
    for chosen in choices(problem, aim):
        names = [problem.candidates[j].id for j in chosen]
        if aim.kind == "p-median":
            worths = [worth_of(case.problem, aim, chosen) for case in cases]
            found[tuple(names)] = np.array([np.inf if w is None else w for w in worths], dtype=float)
            continue
        for sizes in product(*(problem.candidates[j].sizes for j in chosen)):
            if aim.budget is not None and sum(size.investment for size in sizes) > aim.budget:
                continue
            values = []
            for case in cases:
                moved = [transport(case.problem, m, chosen, sizes) for m in range(len(problem.materials))]
                values.append(np.inf if None in moved else sum(size.fixed for size in sizes) + sum(moved))
            found[tuple(zip(names, (s.name for s in sizes), strict=True))] = np.array(values)
    return found


@st.composite
def futures(draw, problem):
    """Return one to three cases of a problem, with factors for each point and material."""
    count, materials = len(problem.points), len(problem.materials)
    cases = []
    for number in range(draw(st.integers(1, 3))):
        people = np.array([draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])) for _ in range(count)])
        tonnes = [[draw(st.sampled_from([0.0, 0.5, 1.0, 1.5])) for _ in range(materials)] for _ in range(count)]
        factors = np.array(tonnes).reshape(count, materials)
        cases.append(Case(f"case {number}", draw(st.integers(1, 5)), with_factors(problem, people, factors)))
    return cases


@pytest.mark.parametrize("kind", ["cost", "p-median"])
@examples(max_examples=so_many(60))
@given(data=st.data())
def test_both_choices_are_the_best_of_all_and_proven(kind, data):
    problem = data.draw(problems())
    kept = sum(c.status == "kept" for c in problem.candidates)
    most = data.draw(st.integers(max(1, kept), len(problem.candidates)))
    budget = data.draw(st.one_of(st.none(), st.integers(0, 40))) if kind == "cost" else None
    aim = Aim(kind, most, budget=budget)
    cases = data.draw(futures(problem))
    values = every(cases, aim)
    sound = [row for row in values.values() if np.isfinite(row).all()]
    if not sound:
        with pytest.raises(InputError):
            robust(cases, aim)
        return
    found = robust(cases, aim)
    optima = np.min(list(values.values()), axis=0)
    assert [c.values[k] for k, c in enumerate(found.alone)] == pytest.approx(list(optima), abs=1e-6)
    shares = shares_of(cases)
    assert found.by_cost.expected == pytest.approx(min(row @ shares for row in sound), abs=1e-6)
    assert found.by_regret.worst == pytest.approx(min((row - optima).max() for row in sound), abs=1e-6)
    assert found.cost_proven
    assert found.regret_proven
    for choice in (found.by_cost, found.by_regret):
        assert choice.expected == pytest.approx(float(choice.values @ shares))
        for case, answer, value in zip(cases, found.answers(choice), choice.values, strict=True):
            assert check_siting(case.problem, answer) == []
            assert answer.value == pytest.approx(value, abs=1e-6)
    assert found.price >= -1e-6
    assert found.saved >= -1e-6


def ends(tonnes=(10.0, 10.0), rooms=(30.0, 30.0), fixed=100.0):
    """Two towns 100 apart, each a candidate."""
    seconds = np.array([[0, 100], [100, 0]], np.int32)
    return SitingProblem(
        tuple(DemandPoint(f"T{i}", 10, (t,)) for i, t in enumerate(tonnes)),
        tuple(Candidate(f"S{j}", (Size("", fixed, 0.0, (room,), 1.0),)) for j, room in enumerate(rooms)),
        seconds,
        seconds.astype(float),
        ("glass",),
    )


def grown(problem, name, weight, *factors):
    return Case(name, weight, with_factors(problem, np.array(factors), np.array(factors)[:, None]))


def test_what_robustness_costs_and_saves_is_told():
    problem = ends(fixed=0.0)
    cases = [grown(problem, "left", 9, 2.0, 0.1), grown(problem, "right", 1, 0.1, 2.0)]
    found = robust(cases, Aim("cost", 1))
    assert dict(found.by_cost.opened) == {"S0": ""}
    assert found.by_cost.values == pytest.approx([100, 2000])
    assert (found.price, found.saved) == pytest.approx((0, 0))  # with one site either choice may be regretted as much
    middle = replace(
        problem,
        candidates=(*problem.candidates, Candidate("M", (Size("", 0.0, 0.0, (30.0,), 1.0),))),
        seconds=np.hstack([problem.seconds, [[50], [50]]]).astype(np.int32),
        costs=np.hstack([problem.costs, [[50.0], [50.0]]]),
    )
    cases = [grown(middle, "left", 9, 2.0, 0.1), grown(middle, "right", 1, 0.1, 2.0)]
    found = robust(cases, Aim("cost", 1))
    assert dict(found.by_regret.opened) == {"M": ""}
    assert found.by_regret.regrets == pytest.approx([950, 950])
    assert found.by_cost.regrets == pytest.approx([0, 1900])
    assert (found.price, found.saved) == pytest.approx((1050 - 290, 950))


def test_what_finds_no_room_goes_elsewhere_at_its_price():
    problem = ends(rooms=(20.0, 20.0))
    with pytest.raises(InputError, match=r"In the scenario much: 2 sites take at most 40 t"):
        robust([grown(problem, "now", 1, 1.0, 1.0), grown(problem, "much", 1, 3.0, 3.0)], Aim("cost"))
    away = with_elsewhere(problem, 6.0)
    cases = [grown(away, "now", 1, 1.0, 1.0), grown(away, "much", 1, 3.0, 3.0)]
    found = robust(cases, Aim("cost", 2))
    assert ELSEWHERE in found.by_cost.opened
    assert built(found.by_cost.opened) == {}  # a hundred for a site is more than six for each tonne
    dear = with_elsewhere(problem, 70.0)
    found = robust([grown(dear, "now", 1, 1.0, 1.0), grown(dear, "much", 1, 3.0, 3.0)], Aim("cost", 2))
    assert built(found.by_cost.opened) == {"S0": "", "S1": ""}
    assert found.by_cost.values == pytest.approx([200, 200 + 20 * 70])


def test_a_choice_that_lacks_room_in_a_case_is_told_as_such():
    problem = ends(rooms=(20.0, 20.0))
    found = robust([grown(problem, "now", 1, 0.9, 0.9), grown(problem, "much", 1, 2.0, 2.0)], Aim("cost"))
    now = found.alone[0]
    assert len(now.opened) == 2 or not np.isfinite(now.values[1])
    assert built(found.by_regret.opened) == {"S0": "", "S1": ""}


@pytest.mark.parametrize("looks", [0, 5, 40])
def test_a_search_that_is_stopped_has_bounds_that_hold(looks):
    chance = np.random.default_rng(8)
    seconds = chance.integers(1, 4000, (40, 14)).astype(np.int32)
    tonnes = chance.integers(1, 50, 40)
    problem = SitingProblem(
        tuple(DemandPoint(str(i), float(t), (float(t),)) for i, t in enumerate(tonnes)),
        tuple(Candidate(str(j), (Size("", 40_000.0, 0.0, (400.0,), 1.0),)) for j in range(14)),
        seconds,
        seconds.astype(float),
        ("all",),
    )
    half = np.where(np.arange(40) < 20, 1.0, 0.0)
    cases = [grown(problem, "east", 1, *(0.5 + half)), grown(problem, "west", 2, *(1.5 - half))]
    whole = robust(cases, Aim("cost"), 60)
    assert whole.cost_proven
    assert whole.regret_proven
    asked = iter(range(10**6))
    hurried = robust(cases, Aim("cost"), 60, lambda: next(asked) >= looks)
    assert hurried.cost_bound <= whole.by_cost.expected + 1e-6 <= hurried.by_cost.expected + 1e-3
    true = [w.values[k] for k, w in enumerate(whole.alone)]
    assert (hurried.alone_bounds <= np.array(true) + 1e-6).all()
    assert hurried.regret_bound <= whole.by_regret.worst + 1e-6
    assert (hurried.by_regret.values - true).max() >= whole.by_regret.worst - 1e-6
    scale = hurried.by_cost.expected
    assert hurried.regret_gap * scale >= (hurried.by_regret.values - true).max() - whole.by_regret.worst - 1e-3


def test_what_cannot_be_weighed_is_refused():
    problem = ends()
    one = grown(problem, "now", 1, 1.0, 1.0)
    for cases, aim, words in (
        ([one], Aim("cover", 1), "cover has no robust choice"),
        ([], Aim("cost"), "no scenario"),
        ([one, one], Aim("cost"), "Two scenarios are called now"),
        ([one, replace(one, name="b", weight=0)], Aim("cost"), "The weight of b is 0"),
    ):
        with pytest.raises(InputError, match=words):
            robust(cases, aim)
    with pytest.raises(ValueError, match="other points"):
        robust([one, Case("b", 1, with_elsewhere(problem, 1.0))], Aim("cost"))
