"""A breakdown in a made-up day, planned anew by our engine and by insertion."""

from benchmarks.replan import INSERTION, OURS, case, compared
from routing.check import check


def test_a_vehicle_is_out_new_stops_come_and_both_plans_are_judged():
    found = case(20, 1, 36_000, 2, 0.5, 1, 1)
    assert check(found.problem, found.plan) == []
    (out,) = (name for name, standing in found.moment.vehicles.items() if standing.out)
    assert all(v.end <= 36_000 for v in found.moment.vehicles[out].visits)
    assert len(found.moment.new) == 2
    assert not {s.id for s in found.moment.new} & {s.id for s in found.problem.stops}
    ours, insertion = compared(found, 1, 20, 0.5, 1, 1)
    assert (ours.engine, insertion.engine) == (OURS, INSERTION)
    assert ours.valid
    assert insertion.valid
    assert ours.left == insertion.left > 2
    assert (ours.required, ours.ratio) == (insertion.required, ours.cost / insertion.cost)
    assert insertion.ratio is None
    assert ours.cost <= insertion.cost
