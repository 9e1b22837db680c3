"""Windows that can be kept: what is offered, kept for a form, taken, and given back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from recycling.booking import (
    Need,
    Window,
    WindowFullError,
    book,
    keep,
    keep_window,
    let_go,
    need_of,
    offers,
    ranked,
    recount,
    recount_open,
    renew,
    ways,
)
from recycling.booking.capacity import make_rows, rooms
from recycling.booking.checks import need_of_wish
from recycling.booking.offers import seconds_of
from recycling.booking.workload import approach_seconds
from recycling.errors import ConflictError, NotFoundError, TooOftenError
from recycling.models import Call, Hold, Slot
from recycling.plane import metres_between


@pytest.fixture
def need():
    """A fridge's visit in the west of the town."""
    return Need("DEP-01", 107.476, 31.206, people=2, service=600, litres=1000)


def slots(database, **where):
    with database.read() as session:
        return {(s.service_day, s.window, s.people): (s.taken, s.capacity) for s in session.scalars(select(Slot))}


def taken(database, day, window="08:00-10:00"):
    found = slots(database)
    return tuple(found[day, window, crew][0] for crew in (1, 2))


# -- what is offered ---------------------------------------------------------------------------------------------------


def test_an_empty_week_offers_every_window_of_every_open_day(sqlite_record, office, need, now):
    with sqlite_record.read() as session:
        found = offers(session, office(sqlite_record), need, now)
    assert len(found) == 14 * 4
    assert found == sorted(found, key=lambda o: o.start)
    assert not any(o.near for o in found)
    assert slots(sqlite_record) == {}, "looking takes nothing and writes nothing"


def test_a_window_in_which_a_vehicle_is_near_costs_less_and_is_the_greenest(record, office, need, booked, now, day):
    booked(record, 1, lon=need.lon + 0.001, lat=need.lat, window="13:00-15:00")
    with record.read() as session:
        found = offers(session, office(record), need, now, [day])
    (near,) = (o for o in found if o.near)
    assert near.window.span == "13:00-15:00"
    assert near.greenest
    assert ranked(found)[0] == near
    far = found[0]
    assert (near.cost < far.cost, near.grams < far.grams, near.seconds < far.seconds) == (True, True, True)
    assert not far.greenest


def test_a_visit_for_two_is_not_offered_where_only_the_van_is_free(record, office, need, now, day):
    desk = office(record)
    with record.write() as session:
        make_rows(session, desk, "DEP-01", [day])
        session.execute(update(Slot).where(Slot.people == 2, Slot.window == "10:00-12:00").values(taken=Slot.capacity))
    with record.read() as session:
        two = {o.window.span for o in offers(session, desk, need, now, [day])}
        one = {o.window.span for o in offers(session, desk, replace(need, people=1), now, [day])}
    assert one - two == {"10:00-12:00"}


def test_more_people_than_any_crew_has_are_offered_nothing_but_other_ways(sqlite_record, office, need, now):
    desk = office(sqlite_record)
    with sqlite_record.read() as session:
        found = offers(session, desk, replace(need, people=3), now)
        out = ways(session, desk, need, found, now)
    assert found == []
    assert (out.windows, out.waiting, out.call_back) == ([], True, True)


def test_calls_take_of_the_window_in_which_they_stand(sqlite_record, office, need, settings, now, day, town):
    desk = office(sqlite_record)
    with sqlite_record.read() as session:
        before = rooms(session, desk, "DEP-01", [day])
    call = Call(
        depot_code="DEP-01",
        community_code="A-001",
        service_day=day,
        starts_at=settings.clock.at(day, settings.service.window_spans[0].start),
        dwell_minutes=60,
        expected_kg=1,
        expected_litres=1,
        lon=need.lon,
        lat=need.lat,
    )
    with sqlite_record.write() as session:
        session.add(call)
    with sqlite_record.read() as session:
        after = rooms(session, desk, "DEP-01", [day, day + timedelta(weeks=1)])
        out = ways(session, desk, need, [], now)
    lost = before[day, "08:00-10:00", 1].left - after[day, "08:00-10:00", 1].left
    home = town().sites[0]
    way = approach_seconds(settings.booking, metres_between((need.lon, need.lat), (home.lon, home.lat)))
    assert lost == 60 * 60 + way
    assert way > 0
    assert after[day, "10:00-12:00", 1].left == before[day, "10:00-12:00", 1].left
    week = day + timedelta(weeks=1)
    assert before[day, "08:00-10:00", 1].left - after[week, "08:00-10:00", 1].left == round(lost / 4), "to be expected"
    assert [c.community for c in out.calls] == ["社区A-001"]


# -- keeping and taking ------------------------------------------------------------------------------------------------


def test_a_window_is_kept_renewed_and_goes_over_to_the_booking(record, office, wish, now, day):
    desk = office(record)
    request = wish()
    with record.read() as session:
        from recycling.booking.checks import checked

        need = need_of(desk, checked(session, desk, request, now))
        window = Window("DEP-01", day, "08:00-10:00")
        seconds = seconds_of(session, desk, need, window)
    with record.write() as session:
        keep(session, desk, "form-of-mine", need, window, seconds, now)
    assert taken(record, day) == (seconds, seconds)
    later = now + timedelta(minutes=9)
    with record.write() as session:
        assert renew(session, desk, "form-of-mine", later).until == later + timedelta(minutes=10)
    made = book(desk, request, "form-of-mine", later + timedelta(minutes=9))
    assert made.seconds == seconds, "the form's own hold is no neighbour that shortens the way"
    assert taken(record, day) == (made.seconds, made.seconds)
    with record.read() as session:
        assert session.scalars(select(Hold)).all() == []


def test_what_is_not_renewed_is_free_again_and_the_booking_takes_it_anew(record, office, wish, need, now, day):
    desk = office(record)
    with record.write() as session:
        keep(session, desk, "form-of-mine", need, Window("DEP-01", day, "08:00-10:00"), 900, now)
    after = now + timedelta(minutes=10)
    with pytest.raises(NotFoundError) as caught, record.write() as session:
        renew(session, desk, "form-of-mine", after)
    assert caught.value.faults[0].code == "hold-ended"
    made = book(desk, wish(), "form-of-mine", after)
    assert taken(record, day) == (made.seconds, made.seconds)


def test_a_form_that_is_never_sent_keeps_windows_for_an_hour_at_most(record, office, need, now, day):
    desk, there, other = office(record), Window("DEP-01", day, "08:00-10:00"), Window("DEP-01", day, "10:00-12:00")
    keep_window(desk, "form-of-mine", need, there, now)
    at, seen = now, []
    while at < now + timedelta(minutes=54):  # a click every nine minutes, now and then for the other window
        at += timedelta(minutes=9)
        if len(seen) % 3 == 2:
            keep_window(desk, "form-of-mine", need, other if len(seen) == 2 else there, at)
        with record.write() as session:
            seen.append(renew(session, desk, "form-of-mine", at))
    at += timedelta(minutes=9)
    with pytest.raises(NotFoundError) as caught, record.write() as session:
        renew(session, desk, "form-of-mine", at)
    assert caught.value.faults[0].code == "hold-ended"
    assert [kept.last for kept in seen] == [False] * 5 + [True]
    assert seen[-1].until == now + timedelta(minutes=60)
    with record.read() as session:
        assert len(offers(session, desk, need, at, [day])) == len(desk.settings.service.window_spans)
    assert keep_window(desk, "form-of-mine", need, there, at).until == at + timedelta(minutes=10), (
        "what is free is free"
    )


def test_so_many_windows_are_kept_from_one_address(record, office, need, now, day):
    desk, there = office(record), Window("DEP-01", day, "08:00-10:00")
    few = desk.settings.booking.model_copy(update={"most_kept_per_address": 2})
    desk = replace(desk, settings=desk.settings.model_copy(update={"booking": few}))
    small = replace(need, service=60, litres=1, kg=1)

    def keeps(number, at=now, origin="203.0.113.7"):
        return keep_window(desk, f"form-number-{number}", small, there, at, origin=origin)

    keeps(1), keeps(2)
    with pytest.raises(TooOftenError, match="You can book it all the same") as caught:
        keeps(3)
    assert (caught.value.faults[0].code, caught.value.faults[0].values["most"]) == ("too-many-kept", 2)
    assert keeps(2).origin == "203.0.113.7", "a form that keeps one goes on"
    assert keeps(3, origin="203.0.113.8").origin == "203.0.113.8"
    for number in range(4, 8):
        keeps(number, origin="")  # staff, and programs with a key
    assert keeps(9, now + timedelta(minutes=10)).until == now + timedelta(minutes=20)


def test_what_is_kept_until_a_moment_of_its_own_is_kept_until_then(record, office, need, now, day):
    desk, there, until = office(record), Window("DEP-01", day, "08:00-10:00"), now + timedelta(hours=2)
    keep_window(desk, "somebody-waits", need, there, now, until)
    with record.write() as session:
        assert renew(session, desk, "somebody-waits", now + timedelta(minutes=90)).until == until


def kept_for(database):
    with database.read() as session:
        return [(hold.seconds, hold.bonus) for hold in session.scalars(select(Hold))]


def test_keeping_the_same_window_again_takes_the_same(record, office, need, now, day):
    desk, there = office(record), Window("DEP-01", day, "08:00-10:00")
    keep_window(desk, "form-of-mine", need, there, now)
    first = kept_for(record)
    keep_window(desk, "form-of-mine", need, there, now)
    assert kept_for(record) == first


def test_things_that_are_added_to_a_window_that_is_kept_do_not_eat_its_way(record, office, wish, now, day):
    desk, there = office(record), Window("DEP-01", day, "08:00-10:00")
    few, more = wish(items={"paper": 1}), wish(items={"paper": 1, "fridge": 1})
    with record.read() as session:
        few_need, more_need = (need_of_wish(session, desk, request, now) for request in (few, more))
        whole = seconds_of(session, desk, more_need, there)
    keep_window(desk, "form-of-mine", replace(few_need, people=more_need.people), there, now)
    assert book(desk, more, "form-of-mine", now).seconds == whole


def test_a_window_is_on_offer_to_the_form_that_keeps_the_last_of_it_and_not_near_by_that(
    record, office, need, now, day
):
    desk, there = office(record), Window("DEP-01", day, "08:00-10:00")
    keep_window(desk, "form-of-mine", need, there, now)
    with record.write() as session:
        session.execute(update(Slot).where(Slot.window == there.span).values(capacity=Slot.taken))
    with record.read() as session:
        mine, others = (
            {o.window.span: o for o in offers(session, desk, need, now, [day], owner)} for owner in ("form-of-mine", "")
        )
    assert there.span not in others
    assert (mine[there.span].near, mine[there.span].greenest) == (False, False)


def test_a_booking_that_is_moved_is_no_neighbour_of_itself_and_leaves_its_room(record, office, wish, now, day):
    desk = office(record)
    made = book(desk, wish(), "form-of-mine", now)
    with record.write() as session:
        session.execute(update(Slot).where(Slot.window == made.window).values(capacity=Slot.taken))
    with record.read() as session:
        found = {o.window.span: o for o in offers(session, desk, need_of(desk, made), now, [day], but=made.id)}
    assert not found[made.window].near
    assert not any(offer.near for offer in found.values())


def test_one_form_keeps_one_window(record, office, need, now, day):
    desk = office(record)
    for span in ("08:00-10:00", "10:00-12:00", "10:00-12:00"):
        with record.write() as session:
            keep(session, desk, "form-of-mine", need, Window("DEP-01", day, span), 900, now)
    assert (taken(record, day), taken(record, day, "10:00-12:00")) == ((0, 0), (900, 900))
    with record.write() as session:
        let_go(session, "form-of-mine")
    assert taken(record, day, "10:00-12:00") == (0, 0)


def test_a_full_window_leaves_what_was_kept_before(record, office, need, now, day):
    desk = office(record)
    with record.write() as session:
        keep(session, desk, "form-of-mine", need, Window("DEP-01", day, "08:00-10:00"), 900, now)
        session.execute(update(Slot).where(Slot.window == "10:00-12:00").values(taken=Slot.capacity))
    with pytest.raises(WindowFullError), record.write() as session:
        keep(session, desk, "form-of-mine", need, Window("DEP-01", day, "10:00-12:00"), 900, now)
    assert taken(record, day) == (900, 900)


def test_a_smaller_fleet_never_takes_back_what_was_promised(record, office, need, now, day, fleet):
    desk = office(record)
    with record.write() as session:
        keep(session, desk, "form-of-mine", need, Window("DEP-01", day, "08:00-10:00"), 900, now)
    none = replace(desk, fleet=fleet.model_copy(update={"fleets": fleet.fleets[1:]}))
    with record.write() as session:
        recount(session, none, "DEP-01", day)
    found = slots(record)
    assert found[day, "08:00-10:00", 1] == (900, round(7200 * desk.settings.booking.fill))
    with record.write() as session:
        recount(session, desk, "DEP-01", day)
    assert slots(record)[day, "08:00-10:00", 1] == (900, round(2 * 7200 * desk.settings.booking.fill))


def test_a_fleet_without_a_crew_of_two_takes_nothing_for_two_any_more(record, office, wish, now, day, fleet):
    desk = office(record)
    made = book(desk, wish(), "a-booking-for-two", now)
    none = replace(desk, fleet=fleet.model_copy(update={"fleets": fleet.fleets[1:]}))
    with record.write() as session:
        recount(session, none, "DEP-01", day)
    assert slots(record)[day, "08:00-10:00", 2] == (made.seconds, made.seconds)
    assert slots(record)[day, "10:00-12:00", 2] == (0, 0)
    for span in ("08:00-10:00", "10:00-12:00"):
        with pytest.raises(ConflictError) as caught:
            book(none, wish(window=span, floor=1), f"another-for-two-{span}", now)
        assert caught.value.faults[0].code == "no-vehicle"


def test_a_larger_crew_and_another_window_have_their_rows_from_then_on(record, office, wish, now, day, fleet):
    desk = office(record)
    book(desk, wish(), "a-booking-for-two", now)
    three = fleet.types["box"].model_copy(update={"crew": 3})
    service = desk.settings.service.model_copy(update={"windows": (*desk.settings.service.windows, "18:00-20:00")})
    wider = replace(
        desk,
        fleet=fleet.model_copy(update={"types": {**fleet.types, "box": three}}),
        settings=desk.settings.model_copy(update={"service": service}),
    )
    with record.write() as session:
        make_rows(session, wider, "DEP-01", [day])
    found = slots(record)
    seconds = round(7200 * desk.settings.booking.fill)
    assert found[day, "08:00-10:00", 3] == (0, seconds)
    assert found[day, "18:00-20:00", 1] == (0, 2 * seconds)
    assert found[day, "08:00-10:00", 2][0] > 0
    with record.read() as session:
        need = Need("DEP-01", 107.476, 31.206, people=3, service=600, litres=1000)
        assert len(offers(session, wider, need, now, [day, day + timedelta(days=1)])) == 10


def test_what_a_form_keeps_is_on_offer_to_that_form_alone_and_to_all_when_its_time_is_over(
    record, office, need, now, day
):
    desk = office(record)
    with record.write() as session:
        keep(session, desk, "form-of-mine", need, Window("DEP-01", day, "08:00-10:00"), 3000, now)
        session.execute(update(Slot).values(capacity=Slot.taken))

    def found(owner, at):
        with record.read() as session:
            return [(o.window.span, o.near) for o in offers(session, desk, need, at, [day], owner)]

    assert found("form-of-mine", now) == [("08:00-10:00", False)]
    assert found("another-form", now) == []
    assert [span for span, _ in found("another-form", now + timedelta(minutes=10))] == ["08:00-10:00"]
    assert slots(record)[day, "08:00-10:00", 1][0] == 3000, "looking gives nothing back"


def test_deliveries_that_come_in_later_take_of_what_can_still_be_promised(record, office, wish, now, day, settings):
    desk = office(record)
    book(desk, wish(items={"paper": 2}), "a-booking-for-one", now)
    before = slots(record)
    assert recount_open(desk, now) == []
    call = Call(
        depot_code="DEP-01",
        community_code="A-001",
        service_day=day,
        starts_at=settings.clock.at(day, settings.service.window_spans[1].start),
        dwell_minutes=60,
        expected_kg=1,
        expected_litres=1,
        lon=107.476,
        lat=31.206,
    )
    with record.write() as session:
        session.add(call)
    assert recount_open(desk, now) == [("DEP-01", day)]
    after = slots(record)
    assert after[day, "10:00-12:00", 1][1] < before[day, "10:00-12:00", 1][1]
    assert after[day, "08:00-10:00", 1] == before[day, "08:00-10:00", 1]
    assert recount_open(desk, now) == []
    with record.write() as session:
        session.delete(session.get_one(Call, call.id))
    assert recount_open(desk, now) == [("DEP-01", day)]
    assert slots(record) == before
