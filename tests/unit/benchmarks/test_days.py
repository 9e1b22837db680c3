"""Made-up days: sound, of every rule, the same again, and planned nearly whole."""

import pytest

from benchmarks.days import DIMENSIONS, FEWEST, everyday_day
from benchmarks.days.rules import WITHOUT, without
from routing.bounds import bounds
from routing.check import check
from routing.solve.finish import complete
from routing.solve.portfolio import FEATURES, features_of

DAY = everyday_day(60)
ALONG = {"breaks": {"several breaks"}}
"""Rules that go with another one."""


@pytest.mark.parametrize("stops", [FEWEST, 75, 130])
@pytest.mark.parametrize("seed", [1, 2])
def test_days_use_every_rule_and_have_the_stops_that_were_asked_for(stops, seed):
    day = everyday_day(stops, seed)
    assert len(day.stops) == stops
    assert features_of(day) == set(FEATURES)
    assert any(u.charges for u in day.unload_sites)
    assert any(len(s.windows) > 1 for s in day.stops)
    assert all((m.durations >= 0).all() for m in day.matrices.values())
    assert all((period.matrices[name].durations >= 0).all() for period in day.periods for name in period.matrices)


def test_fleets_and_days_grow():
    assert len(everyday_day(300).vehicles) > len(everyday_day(150).vehicles) > len(everyday_day(FEWEST).vehicles)


def test_the_same_seed_gives_the_same_day():
    assert everyday_day(60).to_json() == DAY.to_json()
    assert everyday_day(60, 2).to_json() != DAY.to_json()


def test_a_smaller_day_is_refused():
    with pytest.raises(ValueError, match=f"{FEWEST} stops at least"):
        everyday_day(FEWEST - 1)


def test_traffic_is_slower_in_the_morning_and_the_evening():
    usual = DAY.matrices["van"].durations.sum()
    busy = [period.matrices["van"].durations.sum() for period in DAY.periods]
    assert len(busy) == 3
    assert min(busy) > 1.02 * usual


def test_nearly_all_can_be_served():
    """By insertion alone; a search serves more."""
    day = everyday_day(50, 2)
    plan = complete(day, [])
    assert check(day, plan) == []
    assert len(plan.unserved) <= len(day.stops) // 20


@pytest.mark.parametrize("rule", WITHOUT)
def test_a_day_without_a_rule(rule):
    """Nothing else is gone; a site that takes nothing is still there without partial unloading."""
    rest = features_of(without(DAY, rule))
    gone = {rule, *ALONG.get(rule, ())} & set(FEATURES)
    assert rest == set(FEATURES) - (gone if rule != "partial sites" else set())


def test_the_day_itself_without_nothing():
    assert without(DAY, "") is DAY


def test_vehicles_have_few_bounds():
    """Sums of loads that other bounds imply would cost the search time."""
    assert max(len(bounds(v, DIMENSIONS)) for v in DAY.vehicles) == len(DIMENSIONS) + 2
