"""Partners' trips: what they are given is feasible by the independent judge, and saves us more than it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from days import day, line, site, stop, truck
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.check import check
from routing.plain_day import plain_plan
from routing.problem import Compartment
from routing.schedule import orders_of, plan_of
from routing.spare.matching import Asked, TripDay, matched
from routing.spare.savings import OurDay

HOUR = 3600


def ours(stops, vehicles=None, **other):
    """Our own day: a truck at 0 that costs one fen a second and 1000 for leaving, a centre at 1."""
    problem = day(stops, vehicles or [truck(fixed=1000)], [site("centre", 1)], line(12), **other)
    return OurDay(problem, plain_plan(problem))


def trip(places, stops, capacity=100, sites=None, asks=None, detour=HOUR, longer=10 * HOUR, most=10, **vehicle):
    """A partner's trip from 0 to its places and home, with a drop at 9."""
    own = [replace(p, required=True) for p in places]
    drops = [site("drop", 9)] if sites is None else sites
    car = truck("partner", capacity, **{"start": 8, "end": 9, **vehicle})
    dimensions = tuple(f"d{k}" for k in range(len(own[0].pickup if own else stops[0].pickup)))
    problem = day([*own, *stops], [car], drops, line(12), dimensions)
    prices = {s.id: 0 for s in stops} if asks is None else asks
    return TripDay(problem, [p.id for p in places], Asked(prices, detour, longer, most))


def given_to(our, least_gain=1, **trips):
    return {name: [m.stop for m in answer.matches] for name, answer in matched(our, trips, least_gain).items()}


class TestWhatIsGiven:
    def test_the_stop_on_the_way_is_given(self):
        near, far = stop("near", 7, pickup=10), stop("far", 2, pickup=10)
        going = trip([stop("own", 6)], [near, far], detour=600)
        assert given_to(ours([near, far]), t=going) == {"t": ["near"]}

    def test_the_promise_is_kept(self):
        late = stop("late", 7, windows=((8 * HOUR, 9 * HOUR),), pickup=10)
        going = trip([stop("own", 6)], [late], shift=(0, 7 * HOUR))
        assert given_to(ours([late]), t=going) == {"t": []}

    def test_the_places_of_the_trip_are_reached_in_their_hours(self):
        slow = stop("slow", 7, pickup=10, service=HOUR)
        own = stop("own", 6, windows=((0, 1500),))
        (answer,) = matched(ours([slow]), {"t": trip([own], [slow])}, 1).values()
        assert [m.stop for m in answer.matches] == ["slow"]
        order = [v.id for v in answer.route.visits]
        assert order.index("own") < order.index("slow")
        assert answer.route.visits[0].start <= 1500

    def test_room_that_a_place_frees_is_used_after_it_only(self):
        heavy = stop("heavy", 7, pickup=60)
        own = stop("own", 6, delivery=80)
        (answer,) = matched(ours([heavy]), {"t": trip([own], [heavy], capacity=100)}, 1).values()
        assert [v.id for v in answer.route.visits] == ["own", "heavy", "drop"]

    def test_what_has_no_room_at_some_door_is_not_given(self):
        big = stop("big", 7, pickup=60)
        going = trip([stop("own", 6)], [big], capacity=50)
        assert given_to(ours([big]), t=going) == {"t": []}

    def test_a_compartment_that_is_full_takes_no_more(self):
        """The closed box of a kind holds 10 of the 100, and there is no time to unload in between."""
        hold, box = Compartment(frozenset({"d0"}), 90), Compartment(frozenset({"d1"}), 10)
        both = Compartment(frozenset({"d0", "d1"}), 100)
        first, second = (stop(name, at, pickup=(0, 8), delivery=(0, 0)) for name, at in (("first", 7), ("second", 6)))
        our = day([first, second], [truck(capacity=(100, 100), fixed=1)], [site("centre", 1)], line(12), ("d0", "d1"))
        given = {}
        for name, parts in (("divided", (hold, box)), ("one hold", (both,))):
            going = trip([], [first, second], capacity=(100, 100), compartments=parts, longer=2500)
            given[name] = len(given_to(OurDay(our, plain_plan(our)), t=going)["t"])
        assert given == {"divided": 1, "one hold": 2}

    def test_without_a_drop_that_takes_it_nothing_is_given(self):
        thing = stop("thing", 7, pickup=(0, 10), delivery=(0, 0))
        our = day([thing], [truck(capacity=(100, 100))], [site("centre", 1)], line(12), ("d0", "d1"))
        drop = site("drop", 9, takes=frozenset({"d0"}))
        going = trip([], [thing], capacity=(100, 100), sites=[drop])
        assert given_to(OurDay(our, plain_plan(our)), t=going) == {"t": []}

    def test_a_skill_that_its_people_lack(self):
        hard = stop("hard", 7, pickup=10, skills={"dismantle"})
        our = ours([hard], [truck(fixed=1000, skills={"dismantle"})])
        assert given_to(our, t=trip([], [hard])) == {"t": []}

    def test_a_stop_is_never_given_to_two_trips(self):
        stops = [stop(f"s{k}", 5 + k, pickup=10) for k in range(3)]
        found = given_to(ours(stops), a=trip([], stops), b=trip([], stops))
        assert sorted(found["a"] + found["b"]) == ["s0", "s1", "s2"]

    def test_the_trip_that_asks_less_gets_it(self):
        one = stop("one", 7, pickup=10)
        dear, cheap = trip([], [one], asks={"one": 500}), trip([], [one], asks={"one": 100})
        assert given_to(ours([one]), dear=dear, cheap=cheap) == {"dear": [], "cheap": ["one"]}

    def test_what_asks_more_than_it_saves_stays_ours(self):
        one = stop("one", 7, pickup=10)
        assert given_to(ours([one]), t=trip([], [one], asks={"one": 10**6})) == {"t": []}

    def test_no_more_stops_than_it_takes(self):
        stops = [stop(f"s{k}", 5 + k, pickup=10) for k in range(3)]
        assert len(given_to(ours(stops), t=trip([], stops, most=2))["t"]) == 2

    def test_all_together_make_it_no_longer_than_it_may_become(self):
        stops = [stop(f"s{k}", 10, pickup=10) for k in range(1)] + [stop("back", 7, pickup=10)]
        going = trip([], stops, longer=1200)
        assert len(given_to(ours(stops), t=going)["t"]) == 1

    def test_a_trip_that_cannot_be_driven_says_where(self):
        own = stop("own", 6, windows=((0, 60),))
        one = stop("one", 7, pickup=10)
        (answer,) = matched(ours([one]), {"t": trip([own], [one])}, 1).values()
        assert answer.matches == ()
        assert answer.at == "own"
        assert answer.amount == 2 * 600 - 60


class TestWhatIsSaved:
    def test_an_only_stop_saves_the_whole_route(self):
        our = ours([stop("one", 5, pickup=10)])
        assert our.saving("one").fen == 1000 + 10 * 600

    def test_a_stop_left_out_saves_its_prize(self):
        our = ours([stop("one", 5, pickup=1000, prize=777)])
        saving = our.saving("one")
        assert (saving.fen, saving.left_out) == (777, True)

    def test_an_unknown_stop_saves_nothing(self):
        assert ours([stop("one", 5, pickup=10)]).saving("other") is None

    @settings(max_examples=so_many(40), deadline=None)
    @given(st.lists(st.tuples(st.integers(1, 11), st.integers(1, 30)), min_size=1, max_size=6), st.data())
    def test_savings_one_after_the_other_sum_to_what_the_day_costs_less(self, drawn, data):
        stops = [stop(f"s{k}", at, pickup=units) for k, (at, units) in enumerate(drawn)]
        problem = day(stops, [truck(fixed=1000)], [site("centre", 1)], line(12))
        plan = plain_plan(problem)
        our, total = OurDay(problem, plan), 0
        for name in data.draw(st.permutations([s.id for s in stops])):
            total += our.saving(name).fen
            our.take(name)
        assert total == plan.cost


@settings(max_examples=so_many(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 11), st.integers(1, 60), st.integers(0, 20)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 11), st.integers(0, 40)), max_size=3),
    st.integers(40, 120),
)
def test_whatever_is_given_passes_the_judge_and_pays(drawn, own, capacity):
    """The judge shares no code with the search; every place of the trip is served, and each match gains."""
    stops = [
        stop(f"s{k}", at, windows=((hour * 900, hour * 900 + 2 * HOUR),), pickup=units, service=300)
        for k, (at, units, hour) in enumerate(drawn)
    ]
    places = [stop(f"p{k}", at, delivery=min(units, capacity // 4)) for k, (at, units) in enumerate(own)]
    going = trip(places, stops, capacity=capacity, asks={s.id: 200 for s in stops}, detour=1800)
    (answer,) = matched(ours(stops), {"t": going}, 1).values()
    if answer.route is None:
        assert not answer.matches
        return
    order = [(answer.route.vehicle, [(v.kind, v.id) for v in answer.route.visits])]
    plan = plan_of(going.problem, order)
    assert check(going.problem, plan) == []
    served = {v.id for v in answer.route.visits if v.kind == "stop"}
    assert served == {p.id for p in places} | {m.stop for m in answer.matches}
    for match in answer.matches:
        assert match.saves > match.asks
        assert match.detour <= 1800
        promise = next(s for s in stops if s.id == match.stop).windows[0]
        assert promise.start <= match.begin <= promise.end


def test_the_judge_is_asked_before_anything_is_given(monkeypatch):
    """Control: a search that puts a stop where it breaks a promise is not believed."""
    one = stop("one", 7, pickup=10)
    going = trip([], [one])
    monkeypatch.setattr("routing.spare.matching.TripDay.judged", lambda self: False)
    (answer,) = matched(ours([one]), {"t": going}, 1).values()
    assert (answer.matches, answer.trouble) == ((), "not-judged")


@pytest.mark.parametrize("vehicles", [1, 2])
def test_taking_a_stop_leaves_the_others_where_they_are(vehicles):
    stops = [stop(f"s{k}", 2 + k, pickup=10) for k in range(5)]
    problem = day(stops, [truck(f"v{k}", 30) for k in range(vehicles)], [site("centre", 1)], line(12))
    plan = plain_plan(problem)
    our = OurDay(problem, plan)
    before = {s.id: our.vehicle_of(s.id) for s in stops[1:]}
    our.take("s0")
    assert {s.id: our.vehicle_of(s.id) for s in stops[1:]} == before
    assert orders_of(plan) == orders_of(plain_plan(problem))
