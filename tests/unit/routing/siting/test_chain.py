"""Networks of several tiers against trying all choices, and the judge's word on each answer."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from chains import best, chains
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.siting.chain import parts
from routing.siting.chain.changes import cheapest_changes
from routing.siting.chain.check import check_chain
from routing.siting.chain.front import front
from routing.siting.chain.model import made
from routing.siting.chain.optimise import optimise_chain, search_chain
from routing.siting.chain.problem import MEASURES, Chain, ChainAim, Tier, Year
from routing.siting.chain.solving import Sifting
from routing.siting.problem import Candidate, DemandPoint, Size


def assert_best(chain, aim):
    """Hold an answer, or the refusal, against all choices."""
    expected = best(chain, aim)
    if expected is None:
        with pytest.raises(InputError):
            optimise_chain(chain, aim)
        return None
    answer = optimise_chain(chain, aim)
    assert check_chain(chain, answer) == []
    assert answer.value == pytest.approx(expected, abs=1e-5)
    assert answer.proven
    return answer


@pytest.mark.parametrize("measure", MEASURES)
@examples(max_examples=so_many(25))
@given(data=st.data())
def test_every_measure_finds_the_best_of_all_choices(measure, data):
    chain = data.draw(chains())
    assert_best(chain, ChainAim(measure, data.draw(st.integers(3, 20))))


@examples(max_examples=so_many(60))
@given(data=st.data())
def test_limits_on_other_measures_are_kept(data):
    chain = data.draw(chains())
    measure = data.draw(st.sampled_from(["cost", "carbon"]))
    bound = data.draw(st.sampled_from([m for m in MEASURES if m != measure]))
    aim = ChainAim(measure, data.draw(st.integers(3, 20)), {bound: data.draw(st.integers(0, 120))})
    assert_best(chain, aim)


@examples(max_examples=so_many(60))
@given(data=st.data())
def test_years_open_what_their_budgets_allow_and_keep_it(data):
    chain = data.draw(chains(years=2))
    tiers = tuple(replace(tier, sites=tier.sites[:2], costs=tier.costs[:, :2]) for tier in chain.tiers[:1])
    chain = replace(
        chain,
        tiers=(replace(tiers[0], carbon=chain.tiers[0].carbon[:, :2]),),
        seconds=np.ascontiguousarray(chain.seconds[:, :2]),
    )
    assert_best(chain, ChainAim(data.draw(st.sampled_from(["cost", "within", "worst-town"])), 9))


@examples(max_examples=so_many(25))
@given(data=st.data())
def test_far_ways_that_a_first_try_leaves_out_come_in_where_they_are_better(data):
    chain = data.draw(chains())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "NEAREST", 1)
        assert_best(chain, ChainAim(data.draw(st.sampled_from(MEASURES)), 9))


@examples(max_examples=so_many(40))
@given(data=st.data())
def test_no_answer_costs_less_than_what_its_openings_need(data):
    chain = data.draw(chains(years=data.draw(st.integers(1, 2))))
    measure = data.draw(st.sampled_from(["cost", "carbon"]))
    bound = data.draw(st.sampled_from([{}, {"within": data.draw(st.integers(0, 15))}]))
    aim = ChainAim(measure, 9, bound)
    if best(chain, aim) is None:
        return
    sifting = Sifting(made(chain, aim), measure, 20)
    sifting.run()
    for y, opened in enumerate(sifting.model.opens):
        for n, (sizes, columns) in enumerate(zip(sifting.model.sizes, opened, strict=True)):
            for (j, size), column in zip(sizes, columns, strict=True):
                number = chain.tiers[n].sites[j].sizes.index(size)
                value = best(chain, aim, lambda plan, k=(y, n, j, number): plan[k[0]][k[1]].get(k[2]) == k[3])
                need = sifting.needs[column] * sifting.scale
                assert need <= (float("inf") if value is None else value) + 1e-4


@examples(max_examples=so_many(40))
@given(data=st.data())
def test_no_answer_to_another_limit_costs_less_than_the_line_through_a_bound(data):
    chain = data.draw(chains())
    limited = data.draw(st.sampled_from(["carbon", "within", "driving"]))
    aim = ChainAim("cost", 9, {limited: data.draw(st.integers(0, 120))})
    if best(chain, aim) is None:
        return
    sifting = Sifting(made(chain, aim), "cost", 20)
    sifting.run()
    for line in sifting.lines.values():
        for limit in range(0, 121, 15):
            value = best(chain, replace(aim, limits={limited: limit}))
            assert line.at(limit) <= (float("inf") if value is None else value) + 1e-3


def test_what_a_far_way_costs_at_its_site_is_not_counted_twice(monkeypatch):
    monkeypatch.setattr(parts, "NEAREST", 1)
    market = Tier("markets", (Candidate("M", (Size(),), "kept"),), np.zeros((2, 1)))
    chain = Chain(
        (DemandPoint("P", 0, (1.0,)),),
        (
            Tier("stations", (Candidate("A0", (Size("", 0.0, 3.0),)), Candidate("A1")), np.array([[1.0, 0.0]])),
            Tier(
                "centres",
                (Candidate("B0", (Size("", 2.0, 3.0),)), Candidate("B1")),
                np.array([[0.0, 0.0], [0.0, -1.0]]),
            ),
            market,
        ),
        np.array([[1, 0]], np.int32),
        ("glass",),
    )
    answer = optimise_chain(chain, ChainAim())
    assert check_chain(chain, answer) == []
    assert (answer.value, answer.bound) == (4.0, 4.0)  # A1 is nearer, but leads to B0 alone


def beaten(chain, aim, second, point):
    """Tell whether some choice is better than a point in one measure and not worse in the other."""
    slack = 1e-3
    limits = {second: point.second if second == "within" else point.second + 1e-6}
    if best(chain, replace(aim, limits=limits)) < point.first - slack:
        return True
    value = best(chain, replace(aim, best=second, limits={aim.best: point.first + 1e-6}))
    if value is None:  # somebody has no way at this price, nor with any other choice
        return False
    return value > point.second + slack if second == "within" else value < point.second - slack


@pytest.mark.parametrize("second", ["within", "carbon", "worst-town"])
@examples(max_examples=so_many(10), phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_no_choice_beats_a_point_of_the_front(second, data):
    chain, aim = data.draw(chains()), ChainAim("cost", 9)
    if best(chain, aim) is None or best(chain, replace(aim, best=second)) is None:
        with pytest.raises(InputError):
            front(chain, aim, second)
        return
    found = front(chain, aim, second, 5)
    assert 1 <= len(found.points) <= 5
    for point in found.points:
        assert check_chain(chain, point.answer) == []
        assert point.proven
        assert not beaten(chain, aim, second, point)
    assert found.points[-1].second == pytest.approx(best(chain, replace(aim, best=second)), rel=1e-5, abs=1e-4)


@examples(max_examples=so_many(15))
@given(data=st.data())
def test_a_complete_front_of_people_leaves_no_point_out(data):
    chain, aim = data.draw(chains()), ChainAim("cost", 9)
    if best(chain, aim) is None:
        return
    found = front(chain, aim, "within", 30)
    assert found.complete
    for people in range(1, int(found.points[-1].second) + 1):
        least = best(chain, replace(aim, limits={"within": people}))
        assert min(p.first for p in found.points if p.second >= people) == pytest.approx(least, abs=1e-4)


def valley(stations=("new", "new"), most=None, budget=None, room=20.0, years=1):
    """Two villages, a station at each, one centre, one market; 10 t of glass and 10 t of paper from each village."""
    seconds = np.array([[60, 600], [600, 60]], np.int32)
    sizes = (Size("", 100.0, 1.0, (room,), 50.0),)
    return Chain(
        (DemandPoint("east", 5, (10.0, 10.0)), DemandPoint("west", 5, (10.0, 10.0))),
        (
            Tier(
                "stations",
                tuple(Candidate(f"A{j}", sizes, status) for j, status in enumerate(stations)),
                np.where(seconds < 0, -1.0, seconds / 60.0),
                np.ones((2, 2)),
                most=most,
                together=True,
            ),
            Tier("centres", (Candidate("B", (Size("", 10.0),)),), np.ones((2, 1)), np.ones((2, 1))),
        ),
        seconds,
        ("paper", "glass"),
        ("E", "W"),
        years=tuple(Year(f"{2027 + y}", 1.0 + y, budget) for y in range(years)),
    )


def test_a_network_costs_what_its_parts_cost():
    answer = optimise_chain(valley(), ChainAim())
    assert answer.opened == (({"A0": "", "A1": ""}, {"B": ""}),)
    assert answer.parts == pytest.approx({"fixed": 210.0, "running": 40.0, "transport": 80.0, "fees": 0.0})
    assert answer.measures["worst-town"] == 60


def test_missing_room_is_told_by_material_and_tonnes():
    with pytest.raises(InputError, match=r"2 sites of stations take at most 30 t of paper and glass in 2027, 10.0 t"):
        optimise_chain(valley(room=15.0), ChainAim())


def test_a_material_that_nobody_passes_on_is_told_with_its_places():
    chain = valley()
    centre = replace(chain.tiers[1], sites=(Candidate("B", (Size("", 10.0, 0.0, (100.0, 0.0)),)),))
    with pytest.raises(
        InputError, match=r"2 places to any site of centres that takes glass and passes it on: east, west"
    ):
        optimise_chain(replace(chain, tiers=(chain.tiers[0], centre)), ChainAim())


def test_rules_that_only_clash_together_are_told_with_the_least_change_of_each():
    chain, aim = valley(most=1, room=100.0), ChainAim("cost", limits={"worst-town": 300})
    found = {change.kind: change for change in cheapest_changes(chain, aim)}
    assert found["most:0"].amount == 2
    assert found["worst-town"].amount == pytest.approx(600)
    assert "room" not in found
    with pytest.raises(InputError, match=r"2 sites of stations instead of 1; 10.0 minutes for the worst-served town"):
        optimise_chain(chain, aim)
    assert optimise_chain(replace(chain, tiers=(replace(chain.tiers[0], most=2), chain.tiers[1])), aim).proven


def test_a_budget_that_is_too_small_is_told_with_the_one_that_would_do_and_the_room_that_is_missing():
    found = {change.kind: change for change in cheapest_changes(valley(budget=60.0), ChainAim())}
    assert found["budget"].amount == pytest.approx(100)
    assert found["room"].amount == pytest.approx(20)
    assert "20.0 t of paper and glass at A" in found["room"].words


def test_a_search_that_is_stopped_keeps_the_best_so_far():
    chain = valley()
    answer = optimise_chain(chain, ChainAim(), stopped=lambda: True)
    assert check_chain(chain, answer) == []
    assert answer.bound <= 330 + 1e-6 <= answer.value + 1e-3


def test_the_judge_sees_what_an_answer_breaks():
    chain = valley(room=20.0)
    answer = optimise_chain(chain, ChainAim())

    def rules(found):
        return {fault.rule for fault in check_chain(chain, found)}

    assert "not all of it goes somewhere" in rules(replace(answer, flows=answer.flows[1:]))
    crowded = tuple(replace(f, site="A0") if f.tier == 0 else replace(f, source="A0") for f in answer.flows)
    assert "more than its capacity" in rules(replace(answer, flows=crowded))
    assert "better than its own bound" in rules(replace(answer, bound=answer.value + 1))
    assert "value is not what it says" in rules(replace(answer, value=answer.value + 1))
    assert "goes to what is not open" in rules(replace(answer, opened=(({"A0": ""}, {"B": ""}),)))
    limited = replace(answer.aim, limits={"worst-town": 30})
    assert "worst-town breaks its limit" in rules(replace(answer, aim=limited))


def test_a_front_that_is_stopped_keeps_its_points():
    chain, looks = valley(room=100.0), count()
    near = replace(chain.tiers[0], costs=chain.tiers[0].costs / 10)  # one station is cheaper, two are nearer
    chain = replace(chain, tiers=(near, chain.tiers[1]))
    whole = front(chain, ChainAim("cost"), "driving", 6)
    assert len(whole.points) > 1
    some = front(chain, ChainAim("cost"), "driving", 6, stopped=lambda: next(looks) > 8)
    assert 1 <= len(some.points) <= len(whole.points)
    assert not some.complete
    for point in some.points:
        assert check_chain(chain, point.answer) == []


def test_points_that_time_does_not_allow_are_left_out_and_the_end_stays_as_it_was_found(monkeypatch):
    chain, aim = valley(room=100.0), ChainAim("cost")
    near = replace(chain.tiers[0], costs=chain.tiers[0].costs / 10)  # one station is cheaper, two are nearer
    chain = replace(chain, tiers=(near, chain.tiers[1]))
    whole = front(chain, aim, "driving", 6)
    real = search_chain

    def slow(given, asked, *rest, **known):
        if asked.best == "cost" and "driving" in asked.limits:
            raise InputError("no-time", "No time.")
        return real(given, asked, *rest, **known)

    monkeypatch.setattr("routing.siting.chain.front.search_chain", slow)
    found = front(chain, aim, "driving", 6)
    assert not found.complete
    assert [point.proven for point in found.points] == [True, False]
    begin, end = found.points
    assert end.second == pytest.approx(whole.points[-1].second)
    assert end.first >= whole.points[-1].first - 1e-6
    assert end.bound == pytest.approx(begin.bound)
    assert check_chain(chain, end.answer) == []
