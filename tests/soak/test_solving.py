"""Very many drawn days under every rule, planned and judged; SOAK_DAYS says how many of each kind in all."""

import os
from collections import Counter

import pytest
from days import rich_days
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
