"""What needs two trucks: one booking with two visits that are held, moved and cancelled together."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from trial_counts import so_many

from recycling.booking import Window, WindowFullError, book, cancel, keep, life, move, need_of, offers
from recycling.booking.checks import checked, need_of_wish
from recycling.booking.legs import loads_of
from recycling.booking.visits import visit_seconds
from recycling.errors import ConflictError
from recycling.fleet import DepotFleet, Fleet
from recycling.models import BookingLine, Hold, Slot

from .conftest import CREW, RESIDENT, fresh, history, one_step, traces, visits

MANY = {"fridge": 12, "washer": 20}


def test_each_visit_fits_the_truck_and_all_of_it_is_there(both, taken):
    booking = taken(both, items=MANY)
    legs = visits(both, booking)
    box = both.fleet.types["box"]
    assert len(legs) == 2
    assert [leg.leg_of for leg in legs] == [None, booking.id]
    assert legs[0].id == booking.id
    pieces = Counter()
    for leg in legs:
        assert sum(line.litres * line.pieces for line in leg.lines) <= box.litres
        assert sum(line.kg * line.pieces for line in leg.lines) <= box.kg
        pieces.update({line.item: line.pieces for line in leg.lines})
        assert [e.action for e in history(both, leg)] == ["booking.made"]
    assert pieces == MANY
    assert len({leg.reference for leg in legs}) == len({leg.token for leg in legs}) == 2


def test_both_are_offered_kept_and_taken_together(both, wish, now, day):
    request = wish(items=MANY)
    with both.database.read() as session:
        need = need_of(both, checked(session, both, request, now))
        found = offers(session, both, need, now, [day])
    assert need.visits == 2
    offer = next(o for o in found if o.window.span == "08:00-10:00")
    with both.database.write() as session:
        keep(session, both, "a-big-clear-out", need, offer.window, offer.seconds, now)
        session.execute(update(Slot).values(capacity=Slot.taken))
    made = book(both, request, "a-big-clear-out", now)
    assert sum(leg.seconds for leg in visits(both, made)) == offer.seconds
    assert book(both, request, "a-big-clear-out", now).id == made.id


def test_there_is_room_for_both_or_for_none(both, wish, taken, now, day):
    small = taken(both)
    with both.database.write() as session:
        session.execute(update(Slot).values(capacity=Slot.taken + 2000))
    before = traces(both)
    with pytest.raises(WindowFullError):
        book(both, wish(items=MANY), "a-big-clear-out", now)
    assert traces(both) == before
    assert fresh(both, small).state == "booked"


def test_both_are_moved_and_cancelled_together(both, taken, now, day):
    booking = taken(both, items=MANY)
    second = visits(both, booking)[1]
    move(both, second, day + timedelta(days=1), "13:00-15:00", RESIDENT, now)
    legs = visits(both, booking)
    assert {(leg.service_day, leg.window) for leg in legs} == {(day + timedelta(days=1), "13:00-15:00")}
    assert [leg.version for leg in legs] == [2, 2]
    assert cancel(both, legs[1], "", RESIDENT, now).id == booking.id
    assert [leg.state for leg in visits(both, booking)] == ["cancelled"] * 2
    before = traces(both)
    cancel(both, booking, "", RESIDENT, now)
    assert traces(both) == before


def test_both_are_moved_or_none(both, taken, now, day):
    booking = taken(both, items=MANY)
    taken(both, window="13:00-15:00")
    with both.database.write() as session:
        session.execute(update(Slot).where(Slot.window == "13:00-15:00").values(capacity=Slot.taken + 2000))
    before = traces(both)
    with pytest.raises(WindowFullError):
        move(both, booking, day, "13:00-15:00", RESIDENT, now)
    assert traces(both) == before


def test_a_crew_that_is_on_its_way_to_one_binds_both(both, taken, now):
    booking = taken(both, items=MANY)
    with both.database.write() as session:
        one_step(session, visits_of_both(session, booking)[1], "on_the_way", now)
    before = traces(both)
    for call in (
        lambda: cancel(both, booking, "", RESIDENT, now),
        lambda: move(both, booking, booking.service_day, "13:00-15:00", RESIDENT, now),
        lambda: move(both, booking, booking.service_day, "13:00-15:00", CREW, now),
    ):
        with pytest.raises(ConflictError) as caught:
            call()
        assert caught.value.faults[0].code == "wrong-state"
    assert traces(both) == before


def test_what_was_made_of_it_stays_when_the_rest_is_moved_or_cancelled(both, taken, now, day):
    booking = taken(both, items=MANY)
    with both.database.write() as session:
        one_step(session, visits_of_both(session, booking)[0], "collected", now)
    seen = visits(both, booking)
    move(both, seen[1], day + timedelta(days=1), "13:00-15:00", RESIDENT, now)
    cancel(both, booking, "", RESIDENT, now)
    cancel(both, booking, "", RESIDENT, now)
    assert [(v.state, v.window) for v in visits(both, booking)] == [
        ("collected", "08:00-10:00"),
        ("cancelled", "13:00-15:00"),
    ]


def visits_of_both(session, booking):
    from recycling.booking import life

    return life.visits_of(session, booking)


def test_a_hold_that_two_tabs_made_is_given_back_whole(both, wish, taken, now, day):
    """Two requests of one form at once may both have kept a window; the booking takes over one and leaves none."""
    request = wish(items={"paper": 2})
    with both.database.read() as session:
        need = need_of(both, checked(session, both, request, now))
    window = Window("DEP-01", day, "08:00-10:00")
    for owner in ("the-form-of-mine", "the-form-of-mine?"):
        with both.database.write() as session:
            keep(session, both, owner, need, window, 900, now)
    with both.database.write() as session:
        session.execute(update(Hold).values(owner="the-form-of-mine"))
    made = book(both, request, "the-form-of-mine", now)
    assert made.seconds == 900
    with both.database.read() as session:
        row = select(Slot).where(Slot.window == "08:00-10:00", Slot.people == 1)
        assert session.scalars(row).one().taken == 900


SIZES = st.tuples(st.integers(1, 400), st.integers(1, 20_000), st.integers(1, 99))


@hypothesis_settings(
    max_examples=so_many(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(SIZES, min_size=1, max_size=6))
def test_every_piece_is_in_one_visit_and_a_visit_is_more_than_a_truck_only_for_one_piece(office, sizes):
    desk = office(None)
    box, codes = desk.fleet.types["box"], list(desk.catalogue.items)
    lines = [
        BookingLine(item=codes[n], kg=kg, litres=litres, pieces=pieces, people=1)
        for n, (kg, litres, pieces) in enumerate(sizes)
    ]
    loads = loads_of(desk, "DEP-01", lines)
    assert sum((Counter({line.item: n}) for load in loads for line, n in load), Counter()) == Counter(
        {line.item: line.pieces for line in lines}
    )
    for load in loads:
        fits = sum(line.kg * n for line, n in load) <= box.kg and sum(line.litres * n for line, n in load) <= box.litres
        assert fits or [n for _, n in load] == [1]


def test_a_depot_without_vehicles_splits_nothing(office):
    desk = replace(office(None), fleet=Fleet(types={}, fleets=()))
    lines = [BookingLine(item="fridge", kg=55, litres=1000, pieces=99, people=2)]
    assert loads_of(desk, "DEP-01", lines) == [[(lines[0], 99)]]


def test_the_truck_with_crew_enough_is_the_measure(office, fleet):
    desk = office(None)
    van = fleet.types["van"].model_copy(update={"litres": 90_000, "kg": 9000})
    desk = replace(
        desk,
        fleet=Fleet(
            types={**fleet.types, "van": van},
            fleets=(
                DepotFleet(depot="DEP-01", type="box", plates=("T-BOX",)),
                DepotFleet(depot="DEP-01", type="van", plates=("T-VAN",)),
            ),
        ),
    )
    two = [BookingLine(item="fridge", kg=55, litres=1000, pieces=20, people=2)]
    one = [BookingLine(item="paper", kg=5, litres=1000, pieces=20, people=1)]
    assert [len(loads_of(desk, "DEP-01", lines)) for lines in (two, one)] == [2, 1]


@pytest.mark.parametrize("scene", ["home", "school", "renovation"])
def test_rooms_that_are_cleared_take_of_a_window_what_they_take(desk, taken, wish, now, scene):
    """Twenty tables from a third floor are 80 minutes of one person's work."""
    asked = {"items": {"table": 20}, "floor": 3, "lift": False, "scene": scene}
    booking = taken(desk, **asked)
    with desk.database.read() as session:
        visits = life.visits_of(session, booking, lock=False)
        need = need_of_wish(session, desk, wish(**asked), now)
    rules, at_door = desk.settings.visit, [visit_seconds(desk.settings, visit) for visit in visits]
    work = 60 * 80 / max(visit.people for visit in visits)
    assert sum(at_door) == need.service <= sum(visit.seconds for visit in visits)
    if scene == "home":
        assert at_door == [60 * rules.longest_minutes] * len(visits)
    else:
        assert need.service == pytest.approx(work + 60 * rules.parking_minutes * len(visits), abs=len(visits))
