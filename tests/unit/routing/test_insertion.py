"""Offers for a new stop: the same as trying every position in full, and plans that the judge accepts."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from days import day, line, site, stop, truck
from hypothesis import HealthCheck, event, given, settings
from laws import SETS
from published import Everywhere, published_days
from trial_counts import so_many

from routing.check import check
from routing.errors import InputError
from routing.insertion import Place, Places, Published, Ways, accepted
from routing.insertion.look import Trials, View
from routing.problem import Pair, Period, TimeWindow
from routing.schedule import plan_of
from routing.solve import LEFT_OUT
from routing.timing import build_route, excess

QUICK = settings(max_examples=so_many(15), deadline=None, suppress_health_check=list(HealthCheck))


def faults(problem, plan):
    return [v for v in check(problem, plan) if v.rule != LEFT_OUT]


def sound(published, offer):
    """The plan with the offer taken keeps every rule, and costs what the offer says."""
    plan = accepted(published, offer)
    assert faults(offer.problem, plan) == []
    terms = {*plan.prices, *published.plan.prices} - {"prizes"}
    assert offer.cost == sum(plan.prices.get(t, 0) - published.plan.prices.get(t, 0) for t in terms)
    old = {v.id: v.start for r in published.plan.routes for v in r.visits if v.kind == "stop"}
    new = {v.id: v.start for r in plan.routes for v in r.visits if v.kind == "stop"}
    assert offer.moves == {name: new[name] - old[name] for name in old if new[name] != old[name]}
    assert new[offer.stop] == offer.begin
    assert offer.window.start <= offer.begin <= offer.window.end
    windows = {s.id: s.windows for s in published.problem.stops}
    assert offer.broken == {
        name: new[name] - windows[name][-1].end for name in old if new[name] > windows[name][-1].end
    }


def found(offers):
    return {(o.vehicle, o.position): o.cost for o in offers}


def offers_are_all_there_are(given):
    """The same positions at the same cost as brute force finds, the cheapest first, and each can be accepted."""
    problem, plan, new = given
    published = Published(problem, plan)
    offers = published.offers(new)
    every = Everywhere(problem, plan, new)
    clean = every.clean()
    assert found(offers) == clean
    assert [o.cost for o in offers] == sorted(o.cost for o in offers)
    for offer in offers:
        assert not offer.broken
        sound(published, offer)
    if offers:
        assert [o.cost for o in published.offers(new, 2)] == [o.cost for o in offers[:2]]
    moving = published.offers(new, moving=True)
    assert moving[: len(offers)] == offers
    late = {place: fen for place, fen in every.moving().items() if place not in clean}
    assert found(moving[len(offers) :]) == late
    for offer in moving[len(offers) :]:
        assert offer.broken
        sound(published, offer)
    for window, offer in published.by_window(new).items():
        alone = found(published.offers(replace(new, windows=(window,))))
        assert (offer.cost if offer else None) == min(alone.values(), default=None)
    return f"{len(offers)} offers, {len(late)} that move"


@QUICK
@given(published_days())
def test_offers_are_all_there_are(given):
    event(offers_are_all_there_are(given))


@pytest.mark.parametrize("rules", SETS, ids=" ".join)
def test_offers_are_all_there_are_under_rules_together(rules):
    @settings(QUICK, max_examples=so_many(4))
    @given(published_days(rules=rules, always=rules))
    def law(given):
        event(offers_are_all_there_are(given))

    law()


# -- what is known beforehand --------------------------------------------------------------------------------------

CLOCK = ("windows", "crews", "pauses", "overtime", "closed", "periods", "releases", "longest", "profiles")


@QUICK
@given(published_days(rules=CLOCK, always=("pauses", "windows")))
def test_the_quick_look_knows_the_clock_and_the_price(given):
    """When a vehicle leaves and is home is what the schedule says, and so is the price where hours decide no metres."""
    problem, plan, new = given
    table = Published(problem, plan).table(loose=False)
    day = problem.with_stop(new)
    view = View(table, day, [new])
    rows = np.flatnonzero([new.takes(table.vehicles[v]) for v in table.vehicle])
    trials = Trials.plain(1, rows)
    fit, start, home = view.clock(trials)
    fen = view.fen(trials, home - start, home, ~fit)
    for k, row in enumerate(rows):
        segment, position = table.segments[table.segment[row]], table.position[row]
        order = [*segment.services[:position], new, *segment.services[position:]]
        e = excess(day, replace(segment.vehicle, max_duration=None), order)
        assert fit[k] == (not e.time and not e.unreachable)
        if fit[k]:
            event("in time")
            route = build_route(day, segment.vehicle, order)
            assert (start[k], home[k]) == (route.start, route.end)
            old = next((r.cost for r in plan.routes if r.vehicle == segment.vehicle.id), 0)
            assert fen[k] <= route.cost - old
            assert problem.periods or fen[k] == route.cost - old


# -- by hand -------------------------------------------------------------------------------------------------------

VAN = truck(km=100, hour=3600, grams_per_km=500)
A, B = stop("a", 2, pickup=5, windows=((0, 9_000),)), stop("b", 4, pickup=5, windows=((2_000, 3_000),))
CENTRE = site("u", 6)


def street(*stops, vehicles=(VAN,), order=(("stop", "a"), ("stop", "b"), ("unload", "u")), **other):
    """Ten places ten minutes from each other; a at 1200 s, b at 2400 s, the centre at 3600 s, home at 7200 s."""
    problem = day(stops, vehicles, [CENTRE], **other)
    return Published(problem, plan_of(problem, [("v", list(order))]))


def test_the_figures_of_an_offer():
    """Beyond the centre and back: two legs more, so 1200 s and 12 km; what is taken there is left at the centre."""
    published = street(A, B)
    best, *_ = published.offers(stop("c", 7, pickup=1, service=60, windows=((4_000, 5_000), (8_000, 9_000))))
    assert (best.vehicle, best.position) == ("v", 2)
    assert (best.seconds, best.metres, best.grams) == (1_260, 12_000, 6_000)
    assert best.prices == {"distance": 1_200, "hours": 1_260}
    assert best.cost == 2_460
    assert (best.begin, best.window) == (4_200, TimeWindow(4_000, 5_000))
    assert best.moves == {}


def test_stops_behind_are_told_later_times():
    published = street(A, replace(B, windows=((TimeWindow(2_000, 9_000)),)))
    offers = {o.position: o for o in published.offers(stop("c", 3, service=90))}
    assert offers[1].moves == {"b": 90}
    assert offers[0].moves == {"a": 600 + 600 + 90, "b": 600 + 600 + 90}
    assert offers[2].moves == offers[3].moves == {}


def test_a_promise_is_broken_only_if_asked():
    published = street(A, B)
    new = stop("c", 3, service=900, windows=((0, 3_500),))
    assert [o.position for o in published.offers(new)] == [2]
    late = [o for o in published.offers(new, moving=True) if o.broken]
    assert {o.position: o.broken for o in late} == {1: {"b": 300}, 0: {"b": 1_500}}
    problem = late[0].problem
    assert next(s for s in problem.stops if s.id == "b").windows == (TimeWindow(2_000, 3_300),)
    assert check(problem, accepted(published, late[0])) == []


def test_a_full_vehicle_unloads_before_or_after():
    """After b the vehicle is full: it must unload between, or take the stop after the centre and unload again."""
    published = street(A, B, vehicles=(truck(capacity=10),))
    offers = published.offers(stop("c", 3, pickup=4))
    orders = [[v.id for v in o.route.visits] for o in offers]
    assert orders[0] == ["a", "b", "u", "c", "u"]
    assert ["a", "u", "c", "b", "u"] not in orders  # b would be late
    assert ["c", "u", "a", "b", "u"] not in orders
    assert all(check(o.problem, accepted(published, o)) == [] for o in offers)


def test_an_unused_vehicle_is_one_position():
    published = street(A, B, vehicles=(VAN, truck("w", fixed=700)))
    offers = {(o.vehicle, o.position): o for o in published.offers(stop("c", 1, pickup=1))}
    only = offers["w", 0]
    assert [v.id for v in only.route.visits] == ["c", "u"]
    assert only.prices == {"fixed": 700, "hours": 7_200}
    assert [name for name, position in offers if name == "w"] == ["w"]


def test_a_closed_zone_a_skill_and_a_full_centre_leave_nothing():
    new = stop("c", 3, pickup=1)
    assert street(A, B).offers(new)
    assert not street(A, B).offers(replace(new, skills=frozenset({"crane"})))
    assert not street(A, B).offers(replace(new, forbidden=frozenset({"v"})))
    problem = day([A, B], [VAN], [replace(CENTRE, capacity=(10,))])
    full = Published(problem, plan_of(problem, [("v", [("stop", "a"), ("stop", "b"), ("unload", "u")])]))
    assert not full.offers(new)
    assert full.offers(replace(new, pickup=(0,), delivery=(1,)))


def test_the_cheapest_in_each_window():
    """Late in the day the vehicle goes out again; in the night it does not."""
    windows = ((0, 1_900), (3_000, 3_100), (80_000, 90_000))
    found = street(A, B).by_window(stop("c", 3, windows=windows))
    costs = [offer.cost if offer else None for offer in found.values()]
    assert list(found) == [TimeWindow(*w) for w in windows]
    assert costs == [0, 1_200 + 1_200, None]


def test_a_stop_that_was_left_out_can_be_offered_and_others_cannot():
    published = street(A, B, stop("c", 3))
    assert published.offers(stop("c", 3))[0].prices == {}
    assert check(published.problem, accepted(published, published.offers(stop("c", 3))[0])) == []
    with pytest.raises(InputError, match="planned already, on v"):
        published.offers(A)
    with pytest.raises(InputError, match=r"stop\.windows: there is none"):
        published.offers(replace(stop("d", 3), windows=()))
    pair = street(A, B, stop("c", 3, pickup=1), stop("d", 5, delivery=1), pairs=(Pair("c", "d"),))
    with pytest.raises(InputError, match="one of a pair"):
        pair.offers(stop("c", 3, pickup=1))
    (route,) = published.plan.routes
    route = replace(route, vehicle="nobody", visits=(replace(route.visits[0], id="z"),))
    with pytest.raises(InputError, match="has no nobody, z"):
        Published(published.problem, replace(published.plan, routes=(route,)))


def test_the_vehicle_announced_costs_nothing_more():
    published = street(A, B, vehicles=(VAN, truck("w", hour=0)))
    new = stop("c", 3, stays="v", stays_price=900)
    assert {o.vehicle: o.prices.get("moves", 0) for o in published.offers(new)} == {"v": 0, "w": 900}


# -- new places ----------------------------------------------------------------------------------------------------


def beside(at, away=60, places=10):
    """A place so many seconds beside one on the street."""
    seconds = (line(places)[at] + away).astype(np.int32)
    return Ways(seconds, seconds + 1, seconds * 10, seconds * 10 + 10)


def test_a_new_place_is_no_other_than_one_of_the_matrices():
    published = street(A, B)
    grown, at = Places(published.problem).add(Place({"road": beside(3)}))
    again = Published(grown, published.plan)
    new = stop("c", 0, service=60)
    for offer, other in zip(
        published.offers(new, place=Place({"road": beside(3)})), again.offers(replace(new, location=at)), strict=True
    ):
        assert offer == other


def test_places_do_not_disturb_each_other_and_nothing_is_copied_for_each():
    places = Places(street(A, B).problem)
    days = [places.add(Place({"road": beside(k % 10, k + 1)})) for k in range(100)]
    for k, (problem, at) in enumerate(days):
        assert problem.matrices["road"].durations[at, 2] == line(10)[k % 10, 2] + k + 2
        assert problem.matrices["road"].durations[2, at] == line(10)[k % 10, 2] + k + 1
    bases = {id(problem.matrices["road"].durations.base) for problem, _ in days}
    assert len(bases) == 2


def test_accepted_offers_follow_each_other():
    published = street(A, B)
    first = published.offers(stop("c0", 0, service=30), place=Place({"road": beside(7)}))[0]
    published = published.accepted(first)
    assert len(published.problem.matrices["road"].durations) == 11
    second = published.accepted(published.offers(stop("c1", 10, service=30))[0])
    assert check(second.problem, second.plan) == []
    assert sorted(v.id for r in second.plan.routes for v in r.visits) == ["a", "b", "c0", "c1", "u"]


def test_places_with_hours_need_ways_for_them():
    periods = (Period(TimeWindow(0, 1_000), {"road": day([], [VAN]).matrices["road"]}),)
    problem = street(A, B, periods=periods).problem
    with pytest.raises(InputError, match=r"periods\[0\]\['road'\]: is missing"):
        Places(problem).add(Place({"road": beside(3)}))
    with pytest.raises(InputError, match=r"ways\['road'\]: needs 10 ways each way"):
        Places(problem).add(Place({"road": beside(3, places=9)}, [{"road": beside(3)}]))
    grown, at = Places(problem).add(Place({"road": beside(3)}, [{"road": beside(4)}]))
    assert grown.periods[0].matrices["road"].durations[4, at] == 60


def test_the_web_process_loads_no_compiler():
    code = (
        "import sys, routing.insertion\nprint({'numba', 'ortools', 'scipy'} & {m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
