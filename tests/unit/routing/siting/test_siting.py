"""Every model of siting against trying all choices, and the judge's word on each answer."""

from dataclasses import replace

import numpy as np
import pytest
from brute import best, problems
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.siting import branching
from routing.siting.asking import without_far
from routing.siting.check import check_siting
from routing.siting.mending import with_more
from routing.siting.optimise import evaluate, optimise, runner_up
from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size

KINDS = ("p-median", "p-centre", "cover", "set-cover", "cost")


def assert_best(problem, aim):
    """Hold an answer and its runner-up, or the refusal, against all choices."""
    expected = best(problem, aim)
    if expected is None:
        with pytest.raises(InputError):
            optimise(problem, aim)
        return
    answer = optimise(problem, aim)
    assert check_siting(problem, answer) == []
    assert answer.value == pytest.approx(expected, abs=1e-6)
    assert answer.proven
    second = runner_up(problem, answer)
    other = best(problem, aim, [set(answer.opened)])
    assert (second is None) == (other is None)
    if second is not None:
        assert set(second.opened) != set(answer.opened)
        assert check_siting(problem, second) == []
        assert second.value == pytest.approx(other, abs=1e-6)
        assert second.proven


@pytest.mark.parametrize("kind", KINDS)
@examples(max_examples=so_many(20))
@given(data=st.data())
def test_the_best_answers_come_one_after_the_other_each_once(kind, data):
    problem = data.draw(problems())
    kept = sum(c.status == "kept" for c in problem.candidates)
    aim = Aim(kind, data.draw(st.integers(max(1, kept), len(problem.candidates))), data.draw(st.integers(3, 20)))
    known = []
    while (expected := best(problem, aim, [set(opened) for opened in known])) is not None:
        answer = optimise(problem, aim, without=known)
        assert answer.value == pytest.approx(expected, abs=1e-6)
        assert answer.proven
        assert check_siting(problem, answer) == []
        assert set(answer.opened) not in [set(opened) for opened in known]
        known.append(answer.opened)
    with pytest.raises(InputError):
        optimise(problem, aim, without=known)


@pytest.mark.parametrize("kind", KINDS)
@examples(max_examples=so_many(40))
@given(data=st.data())
def test_every_model_finds_the_best_of_all_choices(kind, data):
    problem = data.draw(problems())
    sites = len(problem.candidates)
    kept = sum(c.status == "kept" for c in problem.candidates)
    most = data.draw(st.integers(max(1, kept), sites))
    if kind in ("set-cover", "cost") and data.draw(st.booleans()):
        most = None
    budget = data.draw(st.one_of(st.none(), st.integers(0, 40))) if kind == "cost" else None
    assert_best(problem, Aim(kind, most, data.draw(st.integers(3, 20)), budget))


@examples(max_examples=so_many(40))
@given(data=st.data())
def test_quick_answers_to_large_choices_prove_the_same_cost(data):
    problem = data.draw(problems())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(branching, "MANY", 0)
        assert_best(problem, Aim("cost", budget=data.draw(st.one_of(st.none(), st.integers(0, 40)))))


def line(rooms=(10.0, 10.0), tonnes=(4.0, 4.0, 4.0), **changes):
    """Three villages on a road, and sites at its ends."""
    seconds = np.array([[0, 200], [100, 100], [200, 0]], np.int32)
    return replace(
        SitingProblem(
            tuple(DemandPoint(f"P{i}", 10, (t,)) for i, t in enumerate(tonnes)),
            tuple(Candidate(f"C{j}", (Size("", 100.0, 1.0, (room,)),)) for j, room in enumerate(rooms)),
            seconds,
            seconds.astype(float),
            ("glass",),
        ),
        **changes,
    )


def test_what_does_not_fit_the_nearest_is_shared_out():
    answer = optimise(line(rooms=(6.0, 10.0)), Aim("cost"))
    assert answer.value == pytest.approx(200 + 12 + 4 * 100)
    taken = {site: sum(f.share * 4 for f in answer.flows if f.site == site) for site in ("C0", "C1")}
    assert taken["C0"] <= 6 + 1e-9
    assert answer.parts == pytest.approx({"fixed": 200, "running": 12, "transport": 400})


def test_too_little_room_names_the_material_and_how_much():
    with pytest.raises(InputError, match=r"2 sites take at most 9 t of glass a year, 3.0 t less than the 12 t"):
        optimise(line(rooms=(4.0, 5.0)), Aim("cost"))
    with pytest.raises(InputError, match=r"1 sites take at most 10 t of glass a year, 2.0 t less"):
        optimise(line(), Aim("cost", 1))


def test_places_without_a_way_are_named():
    ways = np.array([[0, 200], [-1, -1], [200, 0]], np.int32)
    with pytest.raises(InputError, match="No road leads from 1 places to any site: P1"):
        optimise(line(seconds=ways), Aim("p-median", 1))
    with pytest.raises(InputError, match="to any site that takes glass: P1"):
        optimise(line(costs=ways.astype(float)), Aim("cost"))


def test_more_sites_than_candidates_says_how_many_are_missing():
    with pytest.raises(InputError, match=r"5 sites cannot be chosen: there are 2 candidates.* 3 more"):
        optimise(line(), Aim("p-median", 5))
    with pytest.raises(InputError, match="cannot be chosen"):
        optimise(line(), Aim("cover", 0))


def test_more_kept_than_asked_for_is_refused():
    kept = tuple(replace(c, status="kept") for c in line().candidates)
    with pytest.raises(InputError, match="2 sites stay, 1 more than the 1"):
        optimise(line(candidates=kept), Aim("p-median", 1))


def test_out_of_reach_and_too_few_sites_are_told():
    with pytest.raises(InputError, match=r"within 1\.0 minutes of 1 places: P1"):
        optimise(line(), Aim("set-cover", within=60))
    with pytest.raises(InputError, match=r"2 sites are needed .*, 1 more than the 1 allowed"):
        optimise(line(), Aim("set-cover", 1, within=100))


def test_a_budget_below_what_stays_says_by_how_much():
    kept = tuple(replace(c, status="kept", sizes=(replace(c.sizes[0], investment=7.0),)) for c in line().candidates)
    with pytest.raises(InputError, match="The sites that stay take 14, 4 more than the budget of 10"):
        optimise(line(candidates=kept), Aim("cost", budget=10.0))


def test_given_sites_are_worth_what_the_best_answer_says_of_them():
    problem = line()
    answer = optimise(problem, Aim("p-median", 1))
    assert evaluate(problem, Aim("p-median", 1), answer.opened).value == answer.value
    both = evaluate(problem, Aim("p-median", 1), {"C0": "", "C1": ""})
    assert both.value == 10 * 100
    with pytest.raises(InputError, match="There is no candidate C7"):
        evaluate(problem, Aim("p-median", 1), {"C7": ""})


def test_a_search_without_time_still_gives_a_bound_that_holds():
    chance = np.random.default_rng(5)
    seconds = chance.integers(1, 4000, (50, 25)).astype(np.int32)
    problem = SitingProblem(
        tuple(DemandPoint(str(i), float(chance.integers(1, 50))) for i in range(50)),
        tuple(Candidate(str(j)) for j in range(25)),
        seconds,
        seconds.astype(float),
    )
    hurried, proven = optimise(problem, Aim("p-median", 6), 0.05), optimise(problem, Aim("p-median", 6), 120)
    assert proven.proven
    assert hurried.bound <= proven.value + 1e-6 <= hurried.value + 1e-3
    assert check_siting(problem, hurried) == []


@pytest.mark.parametrize("looks", [0, 1, 3])
def test_a_search_that_is_told_to_stop_gives_the_best_so_far(looks):
    chance = np.random.default_rng(6)
    seconds = chance.integers(1, 4000, (60, 30)).astype(np.int32)
    problem = SitingProblem(
        tuple(DemandPoint(str(i), float(chance.integers(1, 50))) for i in range(60)),
        tuple(Candidate(str(j)) for j in range(30)),
        seconds,
        seconds.astype(float),
    )
    asked = iter(range(1000))
    stopped = optimise(problem, Aim("p-median", 6), 120, stopped=lambda: next(asked) >= looks)
    proven = optimise(problem, Aim("p-median", 6), 120)
    assert check_siting(problem, stopped) == []
    assert stopped.bound <= proven.value + 1e-6 <= stopped.value + 1e-3
    assert next(asked) <= looks + 5, "it goes on after it was told"


@pytest.mark.parametrize("kind", ["p-centre", "cover", "set-cover"])
def test_coverage_that_is_stopped_at_once_has_a_sound_answer(kind):
    rng = np.random.default_rng(4)
    places, sites = rng.random((300, 2)), rng.random((120, 2))
    seconds = (1000 * np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1))).astype(np.int32)
    problem = SitingProblem(
        tuple(DemandPoint(f"P{i}", float(rng.integers(1, 9))) for i in range(300)),
        tuple(Candidate(f"C{j}") for j in range(120)),
        seconds,
        seconds.astype(float),
    )
    aim = Aim(kind, None if kind == "set-cover" else 9, 200)
    answer = optimise(problem, aim, 120, stopped=lambda: True)
    assert check_siting(problem, answer) == []
    assert not answer.proven
    better = optimise(problem, aim, 5)
    assert (better.value >= answer.value) if kind == "cover" else (better.value <= answer.value)
    assert (answer.bound >= better.value) if kind == "cover" else (answer.bound <= better.value)


def test_places_that_no_candidate_is_near_can_be_left_out():
    problem = line()
    aim = Aim("set-cover", within=50)
    with pytest.raises(InputError, match="No candidate is within"):
        optimise(problem, aim)
    left, lost = without_far(problem, aim)
    assert lost == (1,)
    answer = optimise(left, aim)
    assert check_siting(left, answer) == []
    assert answer.value == 2


def two_villages(room=10.0):
    """Two villages of 10 t each, and two sites of which one alone has too little room."""
    return SitingProblem(
        tuple(DemandPoint(name, 5, (10.0,)) for name in ("east", "west")),
        tuple(
            Candidate(name, (Size("small", 20.0, 0.0, (room,), 5.0), Size("large", 90.0, 0.0, (4 * room,), 50.0)))
            for name in ("A", "B")
        ),
        np.array([[60, 600], [600, 60]], np.int32),
        np.array([[1.0, 10.0], [10.0, 1.0]]),
        ("glass",),
    )


def test_rules_that_only_clash_together_are_told_with_the_least_change_of_each():
    with pytest.raises(InputError) as told:
        optimise(two_villages(), Aim("cost", most=1, budget=20.0))
    kinds = {change.kind: change for change in told.value.values["changes"]}
    assert kinds["budget"].amount == pytest.approx(50)
    assert kinds["sites"].amount == 2
    assert kinds["room"].amount == pytest.approx(10)
    for words in ("a budget of 50 instead of 20", "2 sites instead of 1", "room for 10.0 t more (10.0 t of glass"):
        assert words in str(told.value)
    for aim in (Aim("cost", most=1, budget=50.0), Aim("cost", most=2, budget=20.0)):
        assert optimise(two_villages(), aim).proven


def test_what_to_open_besides_is_the_cheapest_that_keeps_what_was_asked_for():
    more = with_more(two_villages(), {"A": "small"}, 10)
    assert more is not None
    assert more.opened == {"A": "small", "B": "small"}
    assert more.value == pytest.approx(40 + 20)
    assert with_more(two_villages(room=1.0), {"A": "small"}, 10) is None
