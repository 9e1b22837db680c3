"""A day under way: what is done stays done, what is told stays told unless it pays, and the judge sees the whole."""

from dataclasses import replace

import pytest
from days import day, site, stop, truck
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from published import published_days
from trial_counts import so_many

from routing.check import check
from routing.errors import InputError
from routing.problem import Pair, Pause, TimeWindow
from routing.replan import Change, Disturbance, Moment, rest_of_day
from routing.schedule import plan_of
from routing.solve import LEFT_OUT, solve

QUICK = settings(max_examples=so_many(25), deadline=None, suppress_health_check=list(HealthCheck))


def faults(problem, plan):
    return [v for v in check(problem, plan) if v.rule != LEFT_OUT]


def begins(plan):
    return {v.id: (r.vehicle, v.start) for r in plan.routes for v in r.visits if v.kind == "stop"}


def _bent(now, old):
    """Whether a vehicle could not come home by its rules."""
    return now.id == old.id and (now.keeps_stock != old.keeps_stock or now.range != old.range)


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
    broken |= {v.id for v in rest.problem.vehicles for old in problem.vehicles if _bent(v, old)}
    excused = broken | ({""} if broken else set()) | (set(late[:1]) if "late" in happens else set())
    bad = [v for v in faults(rest.day, whole) if v.vehicle not in excused]
    assert not bad, (list(map(str, bad)), second, happens)
    event(" ".join(sorted(happens)))


# -- by hand -------------------------------------------------------------------------------------------------------

A, B, C = (stop(name, at, pickup=5, service=100) for name, at in (("a", 1), ("b", 2), ("c", 3)))
CENTRE = site("u", 4, duration=50)
VANS = (truck("v", km=100), truck("w", km=100, fixed=400))
ORDERS = [("v", [("stop", "a"), ("stop", "b"), ("stop", "c"), ("unload", "u")])]


def street(stops=(A, B, C), vehicles=VANS, orders=ORDERS, sites=(CENTRE,), **other):
    """Places ten minutes from each other. v is at a from 600 to 700, b to 1400, c to 2100, u to 2750, home at 5150."""
    problem = day(stops, vehicles, sites, **other)
    return problem, plan_of(problem, orders)


def rest_at(second, problem, plan, change=lambda moment: moment, **disturbance):
    return rest_of_day(problem, plan, change(Moment.of(problem, plan, second)), Disturbance(**disturbance))


def test_a_vehicle_begins_where_it_is_free_again():
    """At 1000 s v drives to b, which it finishes at 1400; then c, and what a and b gave is on board."""
    rest = rest_at(1_000, *street())
    van, other = rest.problem.vehicles
    assert (van.start, van.load, van.fixed_cost, van.shift.start) == (2, (10,), 0, 1_000)
    now = next(s for s in rest.problem.stops if s.id == "now: v")
    assert (now.location, now.windows, now.service) == (2, (TimeWindow(1_000, 1_000),), 400)
    assert other.fixed_cost == 400
    assert [v.id for r in rest.start.routes for v in r.visits] == ["now: v", "c", "u"]
    assert [v.start for r in rest.start.routes for v in r.visits] == [1_000, 2_000, 2_700]


def test_a_vehicle_is_out_and_another_takes_its_stops():
    """What v has collected stays on it; w leaves at once and unloads what it collects itself."""
    problem, plan = street()
    rest = rest_at(1_000, problem, plan, lambda m: m.broken_down("v"), vehicle_price=70)
    assert rest.stranded == ()
    inserted = rest.insertion()
    assert [(r.vehicle, [v.id for v in r.visits]) for r in inserted.routes] == [("w", ["b", "c", "u"])]
    assert inserted.prices == {"fixed": 400, "distance": 4_800, "hours": 4_800 + 250}
    whole = rest.whole(inserted)
    assert {v.vehicle for v in check(rest.day, whole)} == {"v", ""}
    changes = rest.compared(inserted).changes
    assert changes == (Change("b", "v", "w", 2_200 - 1_300), Change("c", "v", "w", 2_900 - 2_000))


def test_goods_on_board_a_vehicle_that_is_out_are_stranded():
    problem, plan = street((A, B, replace(C, delivery=(3,))))
    rest = rest_at(1_000, problem, plan, lambda m: m.broken_down("v"))
    assert [(u.stop, u.reason, u.values) for u in rest.stranded] == [("c", "stranded", {"vehicle": "v"})]
    whole = rest.whole(rest.insertion())
    assert [(u.stop, u.reason) for u in whole.unserved] == [("c", "stranded")]
    assert begins(whole)["b"][0] == "w"


def test_goods_on_board_come_only_with_their_vehicle():
    """c is brought by v, which has it on board; a delivery that is new cannot be, for v is away from the depot."""
    problem, plan = street((A, B, replace(C, delivery=(3,))))
    new = stop("d", 5, delivery=1)
    rest = rest_at(1_000, problem, plan, lambda m: replace(m, new=(new,)))
    told = {s.id: s for s in rest.problem.stops}
    assert told["c"].vehicles == {"v"}
    assert told["d"].release == 1_001
    served = begins(rest.insertion())
    assert served["c"][0] == "v"
    assert served["d"] == ("w", 1_001 + 3_000)
    assert faults(rest.day, rest.whole(rest.insertion())) == []


def test_a_pair_that_is_collected_leaves_its_drop():
    problem, plan = street((A, B, replace(C, pickup=(0,), delivery=(5,))), pairs=(Pair("a", "c"),))
    rest = rest_at(1_000, problem, plan)
    assert rest.problem.pairs == ()
    assert rest.problem.vehicles[0].load == (5,)
    assert rest.start.routes[0].load == (10,)
    assert faults(rest.day, rest.whole(rest.start)) == []
    out = rest_at(1_000, problem, plan, lambda m: m.broken_down("v"))
    assert [u.stop for u in out.stranded] == ["c"]


def test_a_centre_is_closed_and_the_next_one_takes_all():
    problem, plan = street(sites=(CENTRE, site("far", 7, duration=50)))
    rest = rest_at(1_000, problem, plan, lambda m: replace(m, closed=frozenset({"u"})))
    whole = rest.whole(rest.insertion())
    assert [v.id for v in whole.routes[0].visits] == ["a", "b", "c", "far"]
    assert whole.routes[0].end == plan.routes[0].end + 2 * 3 * 600
    assert rest.compared(rest.insertion()).cost == 3_600 + 3_600  # an hour, and 36 km
    assert faults(rest.day, whole) == []


def test_what_a_centre_has_got_it_does_not_take_again():
    orders = [("v", [("stop", "a"), ("unload", "u"), ("stop", "b"), ("stop", "c"), ("unload", "u")])]
    problem, plan = street(sites=(replace(CENTRE, capacity=(15,)),), orders=orders)
    rest = rest_at(2_500, problem, plan)
    assert [v.id for v in rest.moment.vehicles["v"].visits] == ["a", "u"]
    assert rest.problem.unload_sites[0].capacity == (10,)
    assert rest.problem.vehicles[0].load == (0,)


def test_a_driver_is_late_and_a_promise_goes_to_another():
    """v is done with b at 2000 instead of 1400; c's window ends at 2500, which w keeps."""
    problem, plan = street((A, B, replace(C, windows=(TimeWindow(0, 2_900),))))
    on_time = rest_at(1_000, problem, plan, lambda m: m.late("v", 300))
    assert begins(on_time.insertion())["c"] == ("v", 2_300)
    late = rest_at(1_000, problem, plan, lambda m: m.late("v", 1_300))
    whole = late.whole(late.insertion())
    assert begins(whole)["b"] == ("v", 1_300 + 1_300)
    assert begins(whole)["c"] == ("w", 2_800)
    assert late.compared(late.insertion()).other_vehicle == (Change("c", "v", "w", 800),)
    assert {v.service for v in check(late.day, whole)} <= {""}


def test_breaks_had_are_not_had_twice_and_others_are():
    vans = (truck("v", pause=(500, 1_000, 60)), truck("w", pause=(500, 1_000, 60)))
    problem, plan = street(vehicles=vans)
    before, after = rest_at(300, problem, plan), rest_at(1_200, problem, plan)
    assert len(plan.routes[0].rests) == 1
    assert before.problem.vehicles[0].pauses == (Pause(TimeWindow(700, 1_000), 60),)
    assert after.problem.vehicles[0].pauses == ()
    for rest in (before, after):
        assert faults(rest.day, rest.whole(rest.start)) == []
        assert len(rest.whole(rest.start).routes[0].rests) == 1


def test_the_day_of_a_driver_counts_from_when_it_began():
    vans = (truck("v", max_duration=6_000, shift=(0, 5_000), overtime=500), VANS[1])
    problem, plan = street(vehicles=vans)
    van = rest_at(1_000, problem, plan).problem.vehicles[0]
    assert (van.max_duration, van.shift, van.overtime) == (5_000, TimeWindow(1_000, 5_000), 500)
    late = rest_at(1_000, problem, plan, lambda m: m.late("v", 9_000)).problem.vehicles[0]
    assert late.overtime == 1_400 + 9_000 - 5_000 + 600 * 2 + 50 + 600 * 2 + 2_400 - 1_200
    gone = rest_at(5_100, problem, plan).problem.vehicles
    assert [v.id for v in gone] == ["w"]


def test_cancelled_goods_still_take_room():
    problem, plan = street((A, B, replace(C, delivery=(30,))))
    rest = rest_at(1_000, problem, plan, lambda m: replace(m, cancelled=frozenset({"c"})))
    assert rest.problem.vehicles[0].capacity == (70,)
    assert [v.id for v in rest.start.routes[0].visits] == ["now: v", "u"]


def test_another_vehicle_and_another_hour_have_their_price():
    problem, plan = street()
    rest = rest_at(1_000, problem, plan, lambda m: m.broken_down("v"), vehicle_price=70, minute_price=6, tolerance=300)
    told = {s.id: s for s in rest.problem.stops}
    assert (told["c"].wishes, told["c"].wish_price) == ((TimeWindow(1_700, 2_300),), 360)
    assert told["c"].stays == ""  # nobody else can be meant when the vehicle is out
    assert rest.insertion().prices["wishes"] == 2 * (900 - 300) // 60 * 6


def test_solving_begins_from_the_published_plan_and_is_no_worse_than_insertion():
    problem, plan = street()
    rest = rest_at(1_000, problem, plan, lambda m: replace(m, new=(stop("d", 2, pickup=1), stop("e", 9, pickup=1))))
    found = rest.replan(iterations=200)
    assert found.cost <= rest.insertion().cost
    assert faults(rest.problem, found) == []
    assert faults(rest.day, rest.whole(found)) == []
    assert set(begins(rest.whole(found))) == {"a", "b", "c", "d", "e"}


def test_moments_come_and_go_as_json():
    problem, plan = street()
    moment = replace(Moment.of(problem, plan, 1_000).late("v", 60), new=(stop("d", 5),), closed=frozenset({"u"}))
    assert Moment.from_json(moment.to_json()) == moment


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: replace(m, closed=frozenset({"nowhere"})), "names nowhere, which the day"),
        (lambda m: replace(m, new=(A,)), "stop a is done already"),
        (lambda m: replace(m, new=(replace(C, id="d", location=99),)), "99 is no row"),
        (lambda m: m.late("w", 5), "vehicle w has not left its depot at second 1000"),
    ],
)
def test_a_moment_of_another_day(change, words):
    with pytest.raises(InputError, match=words):
        rest_at(1_000, *street(), change)


def test_a_search_begins_from_a_plan():
    problem, plan = street()
    found = solve(problem, iterations=1, start=plan)
    assert [(r.vehicle, r.visits) for r in found.routes] == [(r.vehicle, r.visits) for r in plan.routes]


def test_insertion_that_would_take_too_long_is_given_up_and_the_engine_puts_in_the_rest():
    """After the first stop the clock says an hour; both are served in the end."""
    problem, plan = street()
    more = tuple(stop(name, at, pickup=5) for name, at in (("d", 5), ("e", 6)))
    rest = rest_at(1_000, problem, plan, lambda m: replace(m, new=more))
    clock = iter(range(0, 36_000, 3_600))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("routing.replan.whole.time.monotonic", lambda: next(clock))
        some = rest._inserting(until=100)
    assert [u.stop for u in some.unserved] == ["e"]
    assert faults(rest.problem, some) == []
    assert rest.replan(0.3).unserved == rest.insertion().unserved == ()
