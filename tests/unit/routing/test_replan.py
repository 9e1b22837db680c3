"""A day under way: what is done stays done, what is told stays told unless it pays, and the judge sees the whole."""

from dataclasses import replace

import pytest
from days import day, site, stop, truck
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from published import published_days

from routing.check import check
from routing.errors import InputError
from routing.plan import Plan
from routing.problem import Pair, Pause, TimeWindow
from routing.replan import Change, Disturbance, Moment, rest_of_day
from routing.schedule import plan_of
from routing.solve import LEFT_OUT, solve

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def faults(problem, plan):
    return [v for v in check(problem, plan) if v.rule != LEFT_OUT]


def begins(plan):
    return {v.id: (r.vehicle, v.start) for r in plan.routes for v in r.visits if v.kind == "stop"}


# -- laws ----------------------------------------------------------------------------------------------------------


@QUICK
@given(published_days(), st.integers(0, 500))
def test_a_day_that_goes_as_planned_stays_as_it_is(given, second):
    problem, plan, _ = given
    rest = rest_of_day(problem, plan, Moment.of(problem, plan, second), Disturbance(1_000, 10, 0))
    assert faults(rest.problem, rest.start) == []
    assert not {u.stop for u in rest.start.unserved} & set(begins(plan))
    whole = rest.whole(rest.start)
    assert faults(rest.day, whole) == []
    for route in plan.routes:
        now = next(r for r in whole.routes if r.vehicle == route.vehicle)
        assert [(v.id, v.start) for v in now.visits if v.kind == "stop"] == [
            (v.id, v.start) for v in route.visits if v.kind == "stop"
        ]
    assert rest.compared(rest.start).changes == ()
    assert rest.start.prices.get("moves", 0) == rest.start.prices.get("wishes", 0) == 0
    event(f"{sum(bool(s.visits) for s in rest.moment.vehicles.values())} vehicles under way")


@QUICK
@given(published_days(), st.integers(0, 300), st.data())
def test_whatever_happens_nothing_done_is_undone(given, second, data):
    problem, plan, new = given
    moment = Moment.of(problem, plan, second)
    happens = data.draw(st.sets(st.sampled_from(["out", "closed", "cancelled", "new", "late"])))
    if "cancelled" in happens:
        moment = replace(moment, cancelled=frozenset(s.id for s in problem.stops[:1]))
    if "closed" in happens:
        moment = replace(moment, closed=frozenset(u.id for u in problem.unload_sites[:1]))
    if "new" in happens:
        moment = replace(moment, new=(new,))
    out = sorted(moment.vehicles)[:1]
    for name in out if "out" in happens else ():
        moment = moment.broken_down(name)
    late = [name for name in sorted(moment.vehicles) if name not in out or "out" not in happens]
    for name in late[:1] if "late" in happens else ():
        moment = moment.late(name, 20)
    rest = rest_of_day(problem, plan, moment, Disturbance(50, 5, 10))
    inserted = rest.insertion()
    assert faults(rest.problem, inserted) == []
    if not any(s.required for s in problem.stops) and not new.required:
        assert inserted.cost <= rest.start.cost
    whole = rest.whole(inserted)
    past = {
        name: [(v.kind, v.id, v.start, v.end) for v in standing.visits] for name, standing in moment.vehicles.items()
    }
    for name, visits in past.items():
        route = next(r for r in whole.routes if r.vehicle == name)
        assert [(v.kind, v.id, v.start, v.end) for v in route.visits][: len(visits)] == visits
    broken = {name for name, s in moment.vehicles.items() if s.out}
    excused = broken | ({""} if broken else set()) | (set(late[:1]) if "late" in happens else set())
    bad = [v for v in faults(rest.day, whole) if v.vehicle not in excused]
    assert not bad, (list(map(str, bad)), second, happens)
    event(" ".join(sorted(happens)))
