"""Timetables found beside all that there are, tables beside sums made anew, and what the judge says of wrong ones."""

from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.periodic.check import check_timetable, day_plan
from routing.periodic.engine import solve_timetable
from routing.periodic.least import fewest_vehicles
from routing.periodic.making import Clock, make_search, make_week
from routing.periodic.placing import look, put_point, visit
from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.periodic.simulate import overflow
from routing.periodic.timetable import Round, Timetable
from routing.problem import Matrix, Pause, TimeWindow, UnloadSite, Vehicle

ALL_DAY = (CallHour(TimeWindow(0, 90_000)),)
PLACES = 6  # depot, site, four points


def truck(name="v0", **other):
    given = {"capacity": (10,), "shift": TimeWindow(0, 20_000), "fixed_cost": 500, "cost_per_km": 0} | other
    given = {"start": 0, "end": 0, "profile": "road", "cost_per_hour": 3600} | given
    return Vehicle(id=name, type="truck", **given)


def point(number, days, load=4, hours=ALL_DAY, dwell=300, spread=()):
    return CallPoint(f"p{number}", 2 + number, tuple(DayPattern(d, (load,), dwell, spread) for d in days), hours)


ONE_TRUCK = (truck(),)


def problem(points, places, days=2, vehicles=ONE_TRUCK, **other):
    """Seconds are straight lines between places, so that no way over a third is shorter."""
    at = np.array(places, dtype=float)
    seconds = np.ceil(np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))).astype(np.int32)
    sites = (UnloadSite("u0", 1, TimeWindow(0, 90_000), 600),)
    return TimetableProblem(
        days, ("load",), tuple(points), tuple(vehicles), sites, {"road": Matrix(seconds, seconds * 10)}, **other
    )


@st.composite
def small(draw):
    """Two days, one or two trucks, up to four points at chance places with chance loads."""
    places = draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=PLACES, max_size=PLACES))
    count = draw(st.integers(1, 4))
    points = [
        point(k, draw(st.sampled_from([((0,), (1,)), ((0, 1),), ((1,),)])), draw(st.integers(1, 9)))
        for k in range(count)
    ]
    vehicles = [truck(f"v{k}") for k in range(draw(st.integers(1, 2)))]
    return problem(points, places, vehicles=vehicles)


def rounds_of(day, vehicle, order):
    """All ways to unload on an order of calls: after the last, and after any of the others."""
    for often in range(len(order)):
        for after in combinations(range(len(order) - 1), often):
            services = []
            for k, name in enumerate(order):
                services.append(("call", name))
                if k in after or k == len(order) - 1:
                    services.append(("unload", "u0"))
            yield Round(day, vehicle, tuple(services))


def cheapest_day(asked, day, names, chosen):
    """The least cost of a day's calls over all divisions among vehicles, orders and unloadings; None: impossible."""
    best = None
    vehicles = [vehicle.id for vehicle in asked.vehicles]
    for split in product(range(len(vehicles)), repeat=len(names)):
        total = 0
        for v, vehicle in enumerate(vehicles):
            mine = [name for name, where in zip(names, split, strict=True) if where == v]
            if not mine:
                continue
            costs = [
                cost
                for order in permutations(mine)
                for one in rounds_of(day, vehicle, order)
                if (cost := driven(asked, one, chosen)) is not None
            ]
            if not costs:
                break
            total += min(costs)
        else:
            best = total if best is None else min(best, total)
    return best


def driven(asked, one, chosen):
    """Cost of a round by the day's plan; None when it is overloaded or too long."""
    load, vehicle = 0, next(v for v in asked.vehicles if v.id == one.vehicle)
    for kind, name in one.services:
        load = 0 if kind == "unload" else load + next(p for p in asked.points if p.id == name).patterns[0].load[0]
        if load > vehicle.capacity[0]:
            return None
    mine = {name: chosen[name] for kind, name in one.services if kind == "call"}
    (route,) = day_plan(asked, Timetable(mine, (one,), 0), one.day).routes
    if route.end > vehicle.shift.end or route.driving < 0:
        return None
    price = route.driving * vehicle.cost_per_hour / 3600 + route.distance * vehicle.cost_per_km / 1000
    return vehicle.fixed_cost + price


def best_by_trying_all(asked):
    """The least cost of all timetables that leave nobody out; None when there is none."""
    best = None
    for choice in product(*(range(len(p.patterns)) for p in asked.points)):
        chosen = {p.id: (k, 0) for p, k in zip(asked.points, choice, strict=True)}
        days = [
            cheapest_day(asked, d, [p.id for p in asked.points if d in p.patterns[chosen[p.id][0]].days], chosen)
            for d in range(asked.days)
        ]
        if None not in days:
            best = sum(days) if best is None else min(best, sum(days))
    return best


@settings(max_examples=so_many(12))
@given(small())
def test_finds_the_best_of_all_timetables(asked):
    found = solve_timetable(asked, 10, iterations=400)
    assert check_timetable(asked, found) == []
    best = best_by_trying_all(asked)
    if best is None:
        assert len(found.chosen) < len(asked.points)
    else:
        assert found.cost == pytest.approx(best, abs=1)


@settings(max_examples=so_many(30))
@given(small(), st.randoms(use_true_random=False))
def test_what_a_visit_adds_is_what_its_route_then_costs_more(asked, random):
    week = make_week(asked)
    search = make_search(week, 1)
    nodes = list(range(len(week.place)))
    random.shuffle(nodes)
    for x in nodes:
        route = random.randrange(week.days * week.vehicles)
        answer = look(week, search, x, route)
        added = search.kept_cost[x, route, answer, 0]
        if not np.isfinite(added):
            continue
        at, before = search.kept_at[x, route, answer, 0], worth_of(week, search, search.slot[route])
        visit(week, search, x, route, at)
        assert worth_of(week, search, search.slot[route]) - before == pytest.approx(added, abs=1e-6)


def worth_of(week, search, slot):
    if search.length[slot] == 0:
        return 0.0
    late = max(0.0, search.ends[slot] - week.until[search.vehicle[slot]])
    return search.cost[slot] + late * search.told[0]


def test_a_seed_gives_the_same_timetable_again():
    asked = town()
    once, again, other = (solve_timetable(asked, 10, seed, iterations=200) for seed in (3, 3, 4))
    assert once == again
    assert check_timetable(asked, other) == []


def town(**other):
    """Twelve points on a circle, four days, each once or on every other day, two trucks."""
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    places = [(0, 0), (300, 0), *((1000 * np.cos(a), 1000 * np.sin(a)) for a in angles)]
    twice, once = ((0, 2), (1, 3)), ((0,), (1,), (2,), (3,))
    points = [point(k, once if k % 3 else twice, 3) for k in range(12)]
    return problem(points, places, days=4, vehicles=(truck("a"), truck("b")), **other)


def test_whom_no_vehicle_has_room_for_is_left_out_and_the_others_are_not():
    asked = town()
    heavy = replace(asked.points[0], patterns=(DayPattern((0,), (11,), 300),))
    asked = replace(asked, points=(heavy, *asked.points[1:]))
    found = solve_timetable(asked, 10, iterations=300)
    assert set(found.chosen) == {p.id for p in asked.points[1:]}
    assert check_timetable(asked, found) == []


def test_room_is_kept_for_what_may_be_brought():
    """Loads of 3 with a deviation of 1: with two deviations on top, three of them need 9 + 2 * 1.73 of 12."""
    points = [point(k, ((0,),), 3, spread=(1.0,)) for k in range(4)]
    places = [(0, 0), (5000, 0), (100, 0), (110, 0), (120, 0), (130, 0)]
    asked = problem(points, places, days=1, vehicles=(truck(capacity=(12,), shift=TimeWindow(0, 50_000)),))
    full = solve_timetable(asked, 10, iterations=200)
    sure = solve_timetable(replace(asked, surety=2.0), 10, iterations=200)
    unloads = [sum(kind == "unload" for kind, _ in found.rounds[0].services) for found in (full, sure)]
    assert unloads == [1, 2]
    assert check_timetable(replace(asked, surety=2.0), sure) == []
    assert "no room for what may be brought in load" in {
        f.rule for f in check_timetable(replace(asked, surety=2.0), full)
    }


def test_every_call_begins_at_its_hour_and_no_break_falls_into_it():
    hours = tuple(CallHour(TimeWindow(h * 3600, h * 3600), 0 if h != 8 else 900) for h in (8, 9, 11, 14))
    points = [point(k, ((0, 1),), 2, hours, dwell=3600) for k in range(3)]
    vehicle = truck(shift=TimeWindow(7 * 3600, 18 * 3600), pauses=(Pause(TimeWindow(41_400, 46_800), 3600),))
    asked = problem(points, [(0, 0), (50, 0), (100, 0), (200, 0), (300, 0), (0, 0)], vehicles=(vehicle,))
    found = solve_timetable(asked, 10, iterations=300)
    assert check_timetable(asked, found) == []
    assert sorted(hours[h].window.start // 3600 for _, h in found.chosen.values()) in ([9, 11, 14], [9, 14, 14])


def test_it_begins_from_a_timetable_and_keeps_it_when_nothing_is_better():
    asked = town()
    good = solve_timetable(asked, 10, iterations=2000)
    again = solve_timetable(asked, 10, seed=9, iterations=1, start=good)
    assert again.cost == good.cost
    assert again.chosen == good.chosen


def test_it_can_be_stopped():
    told = []

    def tell(share, cost, out):
        told.append((share, cost, out))
        return True

    found = solve_timetable(town(), 60, tell=tell)
    assert len(told) == 1
    assert check_timetable(town(), found) == []


def wrong(found, **changes):
    return replace(found, **changes)


def test_the_judge_names_what_is_wrong():
    asked = town()
    found = solve_timetable(asked, 10, iterations=300)
    rules = {
        "cost is not what it says": wrong(found, cost=found.cost - 500),
        "visits more than its pattern has": wrong(found, rounds=found.rounds[1:]),
        "visited, though it has no days": wrong(found, chosen={k: v for k, v in found.chosen.items() if k != "p1"}),
        "used twice": wrong(found, rounds=(*found.rounds, replace(found.rounds[0], services=()))),
    }
    for rule, timetable in rules.items():
        assert rule in {fault.rule for fault in check_timetable(asked, timetable)}


def test_the_judge_asks_the_day_s_judge():
    asked = town()
    found = solve_timetable(asked, 10, iterations=300)
    short = replace(asked, vehicles=tuple(replace(v, shift=TimeWindow(0, 2000)) for v in asked.vehicles))
    assert check_timetable(short, found)
    assert {fault.day for fault in check_timetable(short, found)} <= {0, 1, 2, 3}


def test_a_clock_without_breaks():
    clock = Clock([(100, 50)])
    assert [clock.working(s) for s in (0, 100, 120, 150, 200)] == [0, 100, 100, 100, 150]
    assert clock.window(0, 500, 30) == (0, 70)
    assert clock.window(90, 500, 30) == (100, 450)
    assert clock.window(80, 100, 30) is None or clock.window(80, 100, 30) == (100, 50)


def test_put_point_says_when_there_is_nowhere():
    asked = problem([point(0, ((0,),), 11)], [(0, 0)] * PLACES)
    week = make_week(asked)
    assert not put_point(week, make_search(week, 1), 0, 0.0)


def test_trips_are_as_seldom_too_full_as_they_were_planned():
    """Loads of 3 with a deviation of 1 in vehicles for 12: four fill one to the brim, three seldom overflow it."""
    points = [point(k, ((0,),), 3, spread=(1.0,)) for k in range(4)]
    places = [(0, 0), (5000, 0), (100, 0), (110, 0), (120, 0), (130, 0)]
    asked = problem(points, places, days=1, vehicles=(truck(capacity=(12,), shift=TimeWindow(0, 50_000)),))
    calls = [("call", f"p{k}") for k in range(4)]
    chosen = {f"p{k}": (0, 0) for k in range(4)}
    brim = Timetable(chosen, (Round(0, "v0", (*calls, ("unload", "u0"))),), 0)
    apart = Timetable(chosen, (Round(0, "v0", (*calls[:3], ("unload", "u0"), calls[3], ("unload", "u0"))),), 0)
    assert 0.4 < overflow(asked, brim, 4000).worst < 0.6
    assert overflow(asked, apart, 4000).worst < 0.08
    assert overflow(asked, apart, 4000).trips == pytest.approx(overflow(asked, apart, 4000).worst / 2, abs=0.01)
    certain = replace(asked, points=tuple(point(k, ((0,),), 3) for k in range(4)))
    assert overflow(certain, brim).trips == 0


def test_fewer_vehicles_than_the_least_leave_somebody_out():
    """Four visits of 3,000 s in shifts of 7,000 s on one day: two vehicles at least, and two do."""
    day = {"shift": TimeWindow(0, 7000), "capacity": (99,)}
    points = [point(k, ((0,),), dwell=3000) for k in range(4)]
    asked = problem(points, [(0, 0), (10, 0), (20, 0), (30, 0), (40, 0), (50, 0)], days=1, vehicles=(truck(**day),))
    assert fewest_vehicles(asked) == 2
    assert len(solve_timetable(asked, 10, iterations=100).chosen) == 2
    enough = replace(asked, vehicles=tuple(truck(f"v{k}", **day) for k in range(2)))
    assert len(solve_timetable(enough, 10, iterations=100).chosen) == 4
