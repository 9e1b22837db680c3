"""Handing a booking to a partner: who may have it, each step, and that it is never lost, doubled or oversold."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from partner_desk import (
    COMPANY,
    DISPATCHER,
    FRIDGE,
    PAPER,
    accepted,
    code_of,
    collected,
    offered,
    step,
    the_handover,
    with_partners,
)  # fmt: skip
from sqlalchemy import select, update

from recycling import dispatch, handing
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.booking import Window, amend, cancel, move, wish_of
from recycling.booking.capacity import rooms
from recycling.booking.stops import stops_in
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError, NotFoundError
from recycling.handing import CANNOT_COME, Booked
from recycling.models import Booking, Message, Plan, PlanRoute, PlanVisit

from .conftest import RESIDENT, fresh, history, local, traces, visits

LOAD = {"fridge": 12, "washer": 20}


def taken_seconds(desk, booking):
    with desk.database.read() as session:
        found = rooms(session, desk, booking.depot_code, [booking.service_day])
    return found[booking.service_day, booking.window, 1].taken


def to_do(desk, booking):
    """How many bookings our own plan of its day is made for."""
    with desk.database.read() as session:
        return len(dispatch.orders_of(session, booking.depot_code, booking.service_day).bookings)


def told(desk):
    with desk.database.read() as session:
        return set(session.scalars(select(Message.change)))


# -- who may have it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("company", "booking", "code"),
    [
        ({"weekdays": (5,)}, {}, "partner-day"),
        ({"licence_until": date(2026, 3, 4)}, {}, "partner-day"),
        ({"first": date(2026, 1, 1), "last": date(2026, 3, 4)}, {}, "partner-day"),
        ({"areas": ("B",)}, {}, "partner-place"),
        ({}, {"items": {"paper": 1, "glass": 1}}, "partner-things"),
        ({"hours": "09:00-18:00"}, {}, "partner-hours"),
        ({"hours": "08:00-09:30"}, {}, "partner-hours"),
        ({"notice_hours": 22}, {}, "partner-late"),
        ({"most_a_day": 1}, {}, "partner-full"),
    ],
)
def test_a_partner_that_cannot_keep_the_promise_is_not_asked(desk, taken, now, company, booking, code):
    with_partners(desk, **company)
    if code == "partner-full":
        offered(desk, taken(desk), now, "the-first-one")
    made = taken(desk, **booking)
    before = traces(desk)
    with pytest.raises(BadRequestError) as error:
        offered(desk, made, now)
    assert code_of(error) == code
    assert traces(desk) == before
    with desk.database.read() as session:
        found = handing.choices(session, desk, Booked(visits(desk, made)).facts, now)
    assert {choice.partner.code: choice.fault and choice.fault.code for choice in found}["scrap"] == code


def test_a_position_alone_counts_as_the_nearest_community(desk, taken, now):
    with_partners(desk, areas=("A-001",))
    places = ((107.4735, 31.2035), (107.4795, 31.2185))
    near, far = (taken(desk, community="", lon=lon, lat=lat) for lon, lat in places)
    assert offered(desk, near, now).state == "offered"
    with pytest.raises(BadRequestError) as error:
        offered(desk, far, now, "another-offer")
    assert code_of(error) == "partner-place"


def test_an_answer_is_due_before_the_day_is_planned(desk, taken, now):
    with_partners(desk, answer_hours=48)
    assert offered(desk, taken(desk), now).answer_by == local(desk, date(2026, 3, 4), "20:00")
    with_partners(desk, answer_hours=1)
    assert offered(desk, taken(desk), now, "another-offer").answer_by == now + timedelta(hours=1)


def test_no_partner_no_booking_no_right(ours, now):
    desk, booking = ours
    with pytest.raises(NotFoundError, match="Choose one of: scrap, other"):
        offered(desk, booking, now, partner="nobody")
    with pytest.raises(NotFoundError):
        handing.offer(desk, uuid.uuid4(), "scrap", "an-offer-1", DISPATCHER, now)
    elsewhere = Actor("person", "d-2", Role.DISPATCHER, frozenset({"DEP-02"}))
    for actor in (ANONYMOUS, elsewhere, COMPANY, RESIDENT):
        with pytest.raises(DomainError) as error:
            handing.offer(desk, booking.id, "scrap", "an-offer-1", actor, now)
        assert error.value.status in (401, 403)
    with pytest.raises(BadRequestError):
        handing.offer(desk, booking.id, "scrap", "short", DISPATCHER, now)


@pytest.mark.parametrize("state", ["planned", "on_the_way", "collected", "failed", "cancelled", "settled"])
def test_what_is_on_a_route_or_done_is_not_handed_over(desk, taken, bring, now, state):
    with_partners(desk)
    booking = bring(desk, taken(desk), state, now + timedelta(hours=23))
    with pytest.raises(ConflictError) as error:
        offered(desk, booking, now)
    assert code_of(error) == ("on-a-route" if state == "planned" else "wrong-state")
    if state == "planned":
        assert "Leave it out on the board" in str(error.value)


def on_a_route(desk, booking, now):
    """Let a plan in force have the booking on a route, although its state does not say so."""
    common = {"lon": booking.lon, "lat": booking.lat, "load_kg": 0, "load_litres": 0, "way": []}
    with desk.database.write() as session:
        plan = Plan(
            depot_code=booking.depot_code, service_day=booking.service_day, version=1, made_at=now, engine="hand",
            search_seconds=0, cost=0, roads="grid",
        )  # fmt: skip
        route = PlanRoute(
            number=1, plate="T-BOX-1", vehicle_type="box", capacity_kg=1, capacity_litres=1, starts_at=now, ends_at=now,
            load_kg=0, load_litres=0, distance=0, driving=0, cost=0, way_home=[],
        )  # fmt: skip
        route.visits.append(
            PlanVisit(
                position=0, booking_id=booking.id, arrives_at=now, begins_at=now, ends_at=now, collected_kg=0,
                collected_litres=0, **common,
            )
        )  # fmt: skip
        plan.routes.append(route)
        session.add(plan)


def test_a_booking_of_the_plan_in_force_is_neither_offered_nor_accepted(ours, now):
    desk, booking = ours
    made = offered(desk, booking, now)
    on_a_route(desk, booking, now)
    with pytest.raises(ConflictError) as error:
        step(desk, handing.accept, desk, desk.settings.partners.find("scrap"), made.id, COMPANY, now)
    assert code_of(error) == "on-our-route"
    step(desk, handing.withdraw, desk, made.id, "we go ourselves", DISPATCHER, now)
    with pytest.raises(ConflictError) as error:
        offered(desk, booking, now, "another-offer")
    assert code_of(error) == "on-a-route"


# -- the way of it -------------------------------------------------------------------------------------------------


def test_the_whole_way(ours, now):
    desk, booking = ours
    seconds = taken_seconds(desk, booking)
    assert (to_do(desk, booking), seconds > 0) == (1, True)
    made = offered(desk, booking, now)
    assert (to_do(desk, booking), taken_seconds(desk, booking)) == (0, seconds)  # while it may come back
    assert fresh(desk, booking).partner == "scrap"
    step(desk, handing.accept, desk, desk.settings.partners.find("scrap"), made.id, COMPANY, now)
    assert (to_do(desk, booking), taken_seconds(desk, booking)) == (0, 0)
    with desk.database.read() as session:
        assert stops_in(session, desk, Window("DEP-01", booking.service_day, booking.window)) == []
    assert (fresh(desk, booking).promise_start, fresh(desk, booking).state) == (booking.promise_start, "booked")
    done = collected(desk, made, now, PAPER, FRIDGE)
    assert (done.state, done.fen) == ("collected", -500 + 185 + 3000)
    after = fresh(desk, booking)
    assert (after.state, after.partner) == ("collected", "scrap")
    assert {"handed", "collected"} <= told(desk)
    assert [event.action for event in history(desk, booking)] == [
        "booking.made", "booking.offered", "booking.handed", "booking.collected",
    ]  # fmt: skip


def test_the_same_step_again_changes_nothing(ours, now):
    desk, booking = ours
    made = offered(desk, booking, now)
    assert offered(desk, booking, now + timedelta(minutes=5)).id == made.id
    partner = desk.settings.partners.find("scrap")
    step(desk, handing.accept, desk, partner, made.id, COMPANY, now)
    before = traces(desk)
    step(desk, handing.accept, desk, partner, made.id, COMPANY, now)
    assert traces(desk) == before
    done = collected(desk, made, now, PAPER)
    before = traces(desk)
    assert collected(desk, done, now, PAPER).fen == done.fen
    assert traces(desk) == before
    with pytest.raises(ConflictError) as error:
        collected(desk, done, now, replace(PAPER, grams=1))
    assert code_of(error) == "told-already"
    with pytest.raises(ConflictError) as error:
        offered(desk, booking, now, partner="other")
    assert code_of(error) == "key-used"


@pytest.mark.parametrize("how", ["declined", "lapsed", "withdrawn"])
def test_what_is_not_taken_is_ours_again_as_it_was(ours, now, how):
    desk, booking = ours
    seconds, before = taken_seconds(desk, booking), told(desk)
    made = offered(desk, booking, now)
    if how == "declined":
        partner = desk.settings.partners.find("scrap")
        for _ in range(2):
            step(desk, handing.decline, desk, partner, made.id, "no truck", COMPANY, now)
    elif how == "lapsed":
        assert handing.lapse_due(desk, made.answer_by - timedelta(seconds=1)) == 0
        assert [handing.lapse_due(desk, made.answer_by) for _ in range(2)] == [1, 0]
    else:
        for _ in range(2):
            step(desk, handing.withdraw, desk, made.id, "a mistake", DISPATCHER, now)
    assert the_handover(desk, made).state == how
    assert (to_do(desk, booking), taken_seconds(desk, booking), fresh(desk, booking).partner) == (1, seconds, "")
    assert told(desk) == before  # nothing changed for the resident
    with desk.database.read() as session:
        assert [one.handover.state for one in handing.of_depot(session, "DEP-01", now)] == [how]
    assert offered(desk, booking, now, "another-offer", "other").partner == "other"


def test_an_offer_that_is_over_cannot_be_accepted(ours, now):
    desk, booking = ours
    made, partner = offered(desk, booking, now), desk.settings.partners.find("scrap")
    with pytest.raises(ConflictError) as error:
        step(desk, handing.accept, desk, partner, made.id, COMPANY, made.answer_by)
    assert code_of(error) == "offer-over"
    handing.lapse_due(desk, made.answer_by)
    for function, more in ((handing.accept, ()), (handing.decline, ("late",))):
        with pytest.raises(ConflictError) as error:
            step(desk, function, desk, partner, made.id, *more, COMPANY, now)
        assert code_of(error) == "handover-over"


@pytest.mark.parametrize("how", ["withdrawn", CANNOT_COME])
def test_what_was_accepted_comes_back_with_its_room_and_the_resident_hears_of_it(ours, taken, now, how):
    desk, booking = ours
    seconds = taken_seconds(desk, booking)
    made = accepted(desk, booking, now)
    with desk.database.write() as session:  # the window is filled meanwhile, and the promise binds all the same
        from recycling.models import Slot

        session.execute(update(Slot).where(Slot.people == 1).values(capacity=0))
    if how == "withdrawn":
        step(desk, handing.withdraw, desk, made.id, "we pass there", DISPATCHER, now)
    else:
        partner = desk.settings.partners.find("scrap")
        for _ in range(2):
            step(desk, handing.not_collected, desk, partner, made.id, CANNOT_COME, COMPANY, now)
    assert (fresh(desk, booking).state, fresh(desk, booking).partner) == ("booked", "")
    assert (to_do(desk, booking), taken_seconds(desk, booking)) == (1, seconds)
    assert "handed_back" in told(desk)


def test_nobody_at_the_door_ends_the_visit_with_its_reason(ours, now):
    desk, booking = ours
    made, partner = accepted(desk, booking, now), desk.settings.partners.find("scrap")
    with pytest.raises(ConflictError) as error:
        step(desk, handing.not_collected, desk, partner, made.id, "absent", COMPANY, booking.promise_start)
    assert code_of(error) == "too-early"
    with pytest.raises(BadRequestError):
        step(desk, handing.not_collected, desk, partner, made.id, "bored", COMPANY, now)
    at = booking.promise_start + timedelta(minutes=10)
    for _ in range(2):
        step(desk, handing.not_collected, desk, partner, made.id, "absent", COMPANY, at)
    assert (fresh(desk, booking).state, fresh(desk, booking).reason) == ("failed", "absent")
    assert "failed" in told(desk)
    with pytest.raises(ConflictError) as error:
        collected(desk, made, now, PAPER)
    assert code_of(error) == "not-accepted"


# -- what residents still may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["offered", "accepted"])
@pytest.mark.parametrize("deed", ["move", "cancel"])
def test_a_resident_moves_or_cancels_and_the_partner_has_it_no_more(ours, now, state, deed):
    desk, booking = ours
    made = (offered if state == "offered" else accepted)(desk, booking, now)
    seen = fresh(desk, booking)
    if deed == "move":
        move(desk, seen, booking.service_day + timedelta(days=1), "13:00-15:00", RESIDENT, now)
    else:
        cancel(desk, seen, "we are away", RESIDENT, now)
    over = the_handover(desk, made)
    assert (over.state, over.reason) == ("withdrawn", "changed")
    after = fresh(desk, booking)
    assert (after.partner, after.state) == ("", "booked" if deed == "move" else "cancelled")
    assert taken_seconds(desk, booking) == 0
    assert to_do(desk, after) == (1 if deed == "move" else 0)
    if deed == "move":
        assert taken_seconds(desk, after) > 0


def test_other_things_end_an_offer_and_are_refused_after_it_was_accepted(ours, now):
    desk, booking = ours
    made = offered(desk, booking, now)
    more = replace(wish_of(booking), items={"paper": 30})
    amend(desk, fresh(desk, booking), replace(wish_of(booking), note="ring twice"), RESIDENT, now)
    assert the_handover(desk, made).state == "offered"
    amend(desk, fresh(desk, booking), more, RESIDENT, now)
    assert (the_handover(desk, made).state, fresh(desk, booking).partner) == ("withdrawn", "")
    made = accepted(desk, fresh(desk, booking), now, "another-offer")
    with pytest.raises(ConflictError) as error:
        amend(desk, fresh(desk, booking), replace(more, items={"paper": 2}), RESIDENT, now)
    assert code_of(error) == "handed-over"
    assert the_handover(desk, made).state == "accepted"


# -- what a partner sees -------------------------------------------------------------------------------------------


def test_a_partner_sees_whose_it_is_only_while_it_has_it(record, office, taken, now):
    desk = office(record)
    with_partners(desk)
    booking = taken(desk)
    made = offered(desk, booking, now)

    def door():
        with desk.database.read() as session:
            (one,) = handing.of_partner(session, "scrap", now)
            assert handing.of_partner(session, "other", now) == []
            with pytest.raises(NotFoundError):
                handing.handover_of(session, made.id, "other")
            return one.door

    def number():
        return step(desk, handing.shown_number, made.id, "scrap", COMPANY, now)

    assert door() is None
    with pytest.raises(ConflictError):
        number()
    partner = desk.settings.partners.find("scrap")
    step(desk, handing.accept, desk, partner, made.id, COMPANY, now)
    assert (door().contact, door().address) == ("王女士", "3栋2单元501")
    assert "*" in door().phone
    assert number() == booking.phone
    assert history(desk, booking)[-1].action == "caller.seen"
    collected(desk, made, now, PAPER)
    assert door() is None
    with pytest.raises(ConflictError):
        number()


def test_only_its_own_partner_may_do_anything(ours, now):
    desk, booking = ours
    made, other = offered(desk, booking, now), desk.settings.partners.find("other")
    calls = [
        lambda session, who: handing.accept(session, desk, other, made.id, who, now),
        lambda session, who: handing.decline(session, desk, other, made.id, "no", who, now),
        lambda session, who: handing.collected(session, desk, other, made.id, [PAPER], who, now),
        lambda session, who: handing.not_collected(session, desk, other, made.id, "absent", who, now),
        lambda session, who: handing.shown_number(session, made.id, "other", who, now),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            step(desk, call, COMPANY)
        with pytest.raises(ForbiddenError):
            step(desk, call, DISPATCHER)


# -- beside other things -----------------------------------------------------------------------------------------------


def test_two_visits_go_together(desk, taken, now):
    with_partners(desk)
    booking = taken(desk, items=LOAD)
    assert len(visits(desk, booking)) == 2
    made = accepted(desk, booking, now)
    assert [visit.partner for visit in visits(desk, booking)] == ["scrap"] * 2
    assert taken_seconds(desk, booking) == 0
    step(desk, handing.withdraw, desk, made.id, "we pass there", DISPATCHER, now)
    assert to_do(desk, booking) == 2
    again = accepted(desk, booking, now, "another-offer")
    collected(desk, again, now, replace(PAPER, grams=500_000))
    assert {visit.state for visit in visits(desk, booking)} == {"collected"}


def test_a_booking_says_nothing_of_a_partner_unless_it_is_handed(desk, taken, now):
    with desk.database.read() as session:
        assert session.scalar(select(Booking.partner).limit(1)) is None
    assert taken(desk).partner == ""


def test_a_plan_that_comes_into_force_leaves_what_a_partner_has(ours, now):
    desk, booking = ours
    made = accepted(desk, booking, now)
    on_a_route(desk, booking, booking.promise_start)
    with desk.database.write() as session:
        dispatch.note_bookings(session, desk.settings, session.scalars(select(Plan)).one(), now)
    assert (fresh(desk, booking).state, fresh(desk, booking).partner) == ("booked", "scrap")
    assert the_handover(desk, made).state == "accepted"
