"""Networks of several tiers against trying all choices, and the judge's word on each answer."""

from dataclasses import replace

import numpy as np
import pytest
from chains import best, chains
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from routing.errors import InputError
from routing.siting.chain import model
from routing.siting.chain.check import check_chain
from routing.siting.chain.front import front
from routing.siting.chain.optimise import optimise_chain
from routing.siting.chain.problem import MEASURES, ChainAim


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
@examples(max_examples=25)
@given(data=st.data())
def test_every_measure_finds_the_best_of_all_choices(measure, data):
    chain = data.draw(chains())
    assert_best(chain, ChainAim(measure, data.draw(st.integers(3, 20))))


@examples(max_examples=60)
@given(data=st.data())
def test_limits_on_other_measures_are_kept(data):
    chain = data.draw(chains())
    measure = data.draw(st.sampled_from(["cost", "carbon"]))
    bound = data.draw(st.sampled_from([m for m in MEASURES if m != measure]))
    aim = ChainAim(measure, data.draw(st.integers(3, 20)), {bound: data.draw(st.integers(0, 120))})
    assert_best(chain, aim)


@examples(max_examples=60)
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


@examples(max_examples=25)
@given(data=st.data())
def test_far_ways_that_a_first_try_leaves_out_come_in_where_they_are_better(data):
    chain = data.draw(chains())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "NEAREST", 1)
        assert_best(chain, ChainAim(data.draw(st.sampled_from(MEASURES)), 9))


def beaten(chain, aim, second, point):
    """Tell whether some choice is better than a point in one measure and not worse in the other."""
    slack = 1e-3
    limits = {second: point.second if second == "within" else point.second + 1e-6}
    if best(chain, replace(aim, limits=limits)) < point.first - slack:
        return True
    value = best(chain, replace(aim, best=second, limits={aim.best: point.first + 1e-6}))
    return value > point.second + slack if second == "within" else value < point.second - slack


@pytest.mark.parametrize("second", ["within", "carbon", "worst-town"])
@examples(max_examples=10, phases=(Phase.explicit, Phase.generate))
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
    assert found.points[-1].second == pytest.approx(best(chain, replace(aim, best=second)), abs=1e-4)


@examples(max_examples=15)
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
