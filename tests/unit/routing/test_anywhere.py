"""Vehicles without a depot at the beginning or the end of their day, by every engine."""

from dataclasses import replace

import pytest
from days import day, line, matrix, site, stop, truck

from routing.anywhere import with_anywhere
from routing.check import check
from routing.solve import portfolio, solve


@pytest.mark.parametrize("engine", ["ruin", "ortools"])
@pytest.mark.parametrize(("start", "end", "steps"), [(0, 0, 16), (0, 10, 8), (10, 0, 14), (10, 10, 6)])
def test_a_day_begins_or_ends_wherever_the_vehicle_is(monkeypatch, engine, start, end, steps):
    """Stops at the second and eighth of ten places in a row; what is collected is unloaded at the eighth."""
    monkeypatch.setattr(portfolio, "ENGINES", [e for e in portfolio.ENGINES if e.name == engine])
    problem = day([stop("a", 2, pickup=1), stop("b", 8, pickup=1)], [truck()], [site("u", 8)])
    problem = replace(
        problem,
        vehicles=(truck(start=start, end=end),),
        matrices={name: with_anywhere(ways) for name, ways in problem.matrices.items()},
    )
    plan = solve(problem, 1.0)
    assert check(problem, plan) == []
    (route,) = plan.routes
    step = problem.matrices["road"].durations[0, 1]
    assert route.end - route.start == route.driving == steps * step


def test_the_ways_between_all_others_stay():
    ways = matrix(line(4))
    wider = with_anywhere(ways)
    assert (wider.durations[:-1, :-1] == ways.durations).all()
    assert (wider.distances[:-1, :-1] == ways.distances).all()
    assert not wider.durations[-1].any()
    assert not wider.distances[:, -1].any()
