"""The search itself: what it must never do, on drawn days and on days where it once did."""

import numpy as np
from days import day, rich_days, site, stop, truck
from hypothesis import event, given, settings
from laws import every_plan_is_sound, nothing_is_written_outside
from trial_counts import so_many

from routing.problem import Pair
from routing.schedule import orders_of, plan_of
from routing.solve import faults_of
from routing.solve.finish import complete
from routing.solve.ruin import compiled, engine


@settings(deadline=None, max_examples=so_many(60))
@given(rich_days())
def test_nothing_is_written_outside(problem):
    event(nothing_is_written_outside(problem))


def test_the_first_plan_tells_how_far_it_is_and_ends_when_told(monkeypatch):
    """Told to end at the first word, before any round; what is put in so far is kept."""
    monkeypatch.setattr(engine, "ROUND", 0.0)
    problem = day([stop(f"s{k}", 1 + k % 8) for k in range(300)], [truck(f"v{k}") for k in range(3)])
    told = []

    def tell(share, cost):
        told.append((share, cost))
        return len(told) == 20

    orders = compiled(problem).named(engine.search(compiled(problem), 60.0, tell=tell))
    assert len(told) == 20
    assert all(0 <= share < 1 and cost == np.inf for share, cost in told)
    assert 0 < sum(len(order) for _, order in orders) < 300
    assert faults_of(problem, plan_of(problem, orders)) == []


def test_an_insertion_that_did_not_fit_after_all_is_undone():
    """A driver who may be out for no time at all, and stops at the same door that need waiting for."""
    spans = [(0, 200), (0, 1), (0, 200), (0, 1), (2, 3)]
    stops = [stop(f"s{k}", 1 + k, [span], prize=k // 4) for k, span in enumerate(spans)]
    problem = day(stops, [truck(capacity=0, shift=(0, 50), pause=(0, 0, 0), max_duration=0)], [], np.zeros((6, 6), int))
    nothing_is_written_outside(problem)
    every_plan_is_sound(problem)


def test_who_begins_the_day_full_unloads_before_all_else():
    """As after a night with yesterday's goods on board."""
    stops, van = [stop("a", 1, pickup=60), stop("b", 2, pickup=40)], truck(capacity=100, load=(70,))
    problem = day(stops, [van], [site("far", 9), site("near", 3)])
    for orders in (
        compiled(problem).named(engine.search(compiled(problem), 1.0, iterations=200)),
        filled_plainly(problem),
    ):
        assert faults_of(problem, plan_of(problem, orders)) == []
        assert {key for _, order in orders for key in order if key[0] == "stop"} == {("stop", "a"), ("stop", "b")}
        assert orders[0][1][0] == ("unload", "near")


def filled_plainly(problem):
    return orders_of(complete(problem, [], loops=False))


def test_what_sites_get_is_counted_over_all_changes():
    """Two stops give three together, the one site that is open takes two."""
    seconds = np.zeros((6, 6), int)
    seconds[[1, 2, 4]] = [1, 0, 0, 1, 0, 1]
    seconds[[1, 2, 4], 0] = 1
    seconds[4, 4] = 0
    stops = [stop("a", 1, prize=226), stop("b", 2, pickup=2, prize=3), stop("c", 3, pickup=1, prize=1)]
    sites = [site("shut", 4, (0, 1), capacity=(0,)), site("open", 5, capacity=(2,))]
    breaks = {"shift": (0, 50), "pause": (0, 0, 0)}
    every_plan_is_sound(day(stops, [truck("v", 12, km=1, **breaks), truck("w", 0, **breaks)], sites, seconds))


def test_with_a_stop_goes_the_mate_of_whoever_belongs_to_it():
    """Both pairs have a stop that must be on the same vehicle as the other's, one of them before its fellow."""
    together = {"together": "x"}
    stops = [
        stop("s0", 2, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0),
        stop("s1", 3, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0),
        stop("s2", 4, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0, **together),
        stop("s3", 5, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0),
        stop("s4", 6, [(0, 400)], pickup=(1, 0), delivery=(0, 0), prize=1, **together),
        stop("s5", 7, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0, required=True),
        stop("s6", 8, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=1, **together),
        stop("s7", 9, [(0, 400)], pickup=(0, 0), delivery=(0, 0), prize=0, **together),
    ]
    fleet = [
        truck("v0", (0, 0), (0, 50), load=(0, 0), grams_per_km=1),
        truck("v1", (0, 0), (0, 50), grams_per_km=1),
        truck("v2", (1, 0), (0, 50), keeps_stock=True),
    ]
    pairs = (Pair("s1", "s4"), Pair("s7", "s5"))
    nowhere = np.zeros((10, 10), int)
    every_plan_is_sound(day(stops, fleet, [], nowhere, dimensions=("kg", "litres"), pairs=pairs, carbon_price=1))


def test_what_is_collected_where_a_pair_is_dropped_gets_a_last_unload():
    """A vehicle with nothing else to do had no site after it, and the pair was left out."""
    stops = [stop("a", 1, pickup=3), stop("b", 2, delivery=3, pickup=2)]
    problem = day(stops, [truck("v")], [site("u", 3), site("w", 4)], pairs=(Pair("a", "b"),))
    orders = compiled(problem).named(engine.search(compiled(problem), 0.5))
    ((_, order),) = orders
    assert [name for _, name in order[:2]] == ["a", "b"]
    assert [kind for kind, _ in order] == ["stop", "stop", "unload"]
    assert faults_of(problem, plan_of(problem, orders)) == []
