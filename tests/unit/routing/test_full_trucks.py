"""A truck that is full has no room left, whatever else lies in it; no load is made smaller by that."""

from hypothesis import given
from hypothesis import strategies as st

from routing.problem import Compartment, TimeWindow, Vehicle
from routing.running_day import filled

PLAIN = ("kg", "litres")
APART = ("kg", "litres", "kg glass", "litres glass", "kg paper", "litres paper")
AMOUNTS = st.integers(0, 3_000)


def vehicle(*capacity, compartments=()):
    return Vehicle(
        id="v", type="van", capacity=capacity, start=0, end=0, shift=TimeWindow(0, 36_000), pauses=(), profile="van",
        fixed_cost=0, cost_per_km=0, cost_per_hour=0, skills=frozenset(), compartments=compartments,
    )  # fmt: skip


SHARED = tuple(
    Compartment(frozenset(name for name in APART if name.partition(" ")[0] == unit), room)
    for unit, room in (("kg", 1_000), ("litres", 6_000))
)


def test_a_truck_of_two_dimensions_has_no_litre_left_and_weighs_what_it_did():
    assert filled(PLAIN, vehicle(1_000, 6_000), (120, 900), frozenset({"litres"})) == (120, 6_000)
    assert filled(PLAIN, vehicle(1_000, 6_000), (120, 900), frozenset()) == (120, 900)
    assert filled(PLAIN, vehicle(1_000, 6_000), (120, 900), frozenset({"bags"})) == (120, 900), "the day has no such"
    assert filled(PLAIN, vehicle(1_000, 6_000), (120, 7_000), frozenset({"litres"})) == (120, 7_000)


@given(load=st.tuples(*[AMOUNTS] * 6))
def test_what_is_told_apart_keeps_its_amount_and_the_rest_takes_what_that_leaves(load):
    truck = vehicle(*(1_000, 6_000) * 3, compartments=SHARED)
    full = filled(APART, truck, load, frozenset({"litres"}))
    litres = [k for k, name in enumerate(APART) if name.startswith("litres")]
    assert [full[k] for k in range(6) if k != 1] == [load[k] for k in range(6) if k != 1]
    assert sum(full[k] for k in litres) == max(6_000, sum(load[k] for k in litres))
