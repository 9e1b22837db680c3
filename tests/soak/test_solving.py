"""Very many drawn days under every rule, planned and judged; SOAK_DAYS says how many of each kind in all."""

import os
from collections import Counter

import pytest
from days import days, rich_days
from exact.bounds import no_plan_of_the_engine_is_cheaper, the_bound_is_true
from hypothesis import HealthCheck, given, settings
from laws import (
    CLOCK,
    SETS,
    every_plan_is_sound,
    excess_agrees_with_check,
    no_schedule_is_better,
    nothing_is_written_outside,
    rich_orders,
    walk_agrees_with_excess,
)
from reasons import every_change_lets_the_stop_be_served, every_reason_is_true, every_stop_left_out_has_a_reason

DAYS = int(os.environ.get("SOAK_DAYS", "20000"))
RULES = [(), *SETS]
"""Any rules, and rules that have to do with each other."""

pytestmark = pytest.mark.soak


def hold(law, drawn, share=1.0):
    """Try a law on many days; say how often which answer came."""
    seen = Counter()

    @settings(
        deadline=None,
        max_examples=max(1, int(DAYS * share)),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def trial(example):
        said = law(example)
        seen.update([said] if isinstance(said, str) else said)

    trial()
    return seen


@pytest.fixture(params=RULES, ids=lambda rules: "+".join(rules) or "any rules")
def rules(request):
    return request.param


@pytest.fixture
def shown(capsys):
    def show(seen):
        with capsys.disabled():
            print(f"\n{dict(seen.most_common())}")

    return show


def test_excess_agrees_with_check(rules, shown):
    shown(hold(excess_agrees_with_check, rich_orders(always=rules), 1 / len(RULES)))


def test_walk_agrees_with_excess(rules, shown):
    shown(hold(walk_agrees_with_excess, rich_orders(always=rules), 1 / len(RULES)))


def test_no_schedule_is_better(shown):
    some = rich_orders(stops=(1, 4), vehicles=(1, 1), sites=(0, 2), last=24, rules=CLOCK, always=["pauses"])
    shown(hold(no_schedule_is_better, some, 0.25))


@pytest.mark.parametrize("cores", [1, 2])
def test_every_plan_is_sound(rules, cores, shown):
    def law(problem):
        return every_plan_is_sound(problem, cores)

    shown(hold(law, rich_days(always=rules), 0.1 / len(RULES)))


def test_nothing_is_written_outside(rules, shown):
    shown(hold(nothing_is_written_outside, rich_days(always=rules), 0.1 / len(RULES)))


def test_every_reason_is_true(shown):
    shown(hold(every_reason_is_true, days(stops=(1, 6), vehicles=(1, 2)), 0.2))


def test_every_stop_left_out_has_a_reason(rules, shown):
    shown(hold(every_stop_left_out_has_a_reason, rich_days(always=rules), 0.2 / len(RULES)))


SMALL = {"vehicles": (1, 2), "sites": (0, 2)}


def test_every_change_lets_the_stop_be_served(rules, shown):
    shown(hold(every_change_lets_the_stop_be_served, rich_days(stops=(2, 5), **SMALL, always=rules), 0.1 / len(RULES)))


def test_no_plan_costs_less_than_the_bound(rules, shown):
    shown(hold(the_bound_is_true, rich_days(stops=(1, 3), **SMALL, always=rules), 0.1 / len(RULES)))


def test_no_plan_of_the_engine_is_cheaper_than_the_bound(rules, shown):
    some = rich_days(stops=(4, 6), vehicles=(1, 3), sites=(0, 2), always=rules)
    shown(hold(no_plan_of_the_engine_is_cheaper, some, 0.05 / len(RULES)))
