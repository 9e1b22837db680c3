"""Handing a booking to a partner: who may have it, each step, and that it is never lost, doubled or oversold."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from partner_desk import CASHIER, CLERK, COMPANY, DISPATCHER, accepted, collected, offered, with_partners
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from recycling import dispatch, handing
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.booking import Window, amend, cancel, move, wish_of
from recycling.booking.capacity import rooms
from recycling.booking.stops import stops_in
from recycling.catalogue import load_catalogue
from recycling.counter.weighing import Weighing, weigh_in
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError, NotFoundError
from recycling.handing import CANNOT_COME, Weighed
from recycling.ledger import Account, balance
from recycling.models import Booking, Handover, LedgerEntry, Message, Plan, PlanRoute, PlanVisit, PurchaseLine
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms

from .conftest import RESIDENT, fresh, history, local, traces, visits

PAPER = Weighed(material="paper", grams=12_345)
LOAD = {"fridge": 12, "washer": 20}
FRIDGE = Weighed(item="fridge", pieces=1, grams=55_000, serials=("ab 12 34",))


@pytest.fixture
def ours(both, taken, now):
    """A booking in the town, which the partners can take."""
    with_partners(both)
    return both, taken(both)


def code_of(error):
    return error.value.faults[0].code


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


def the_handover(desk, handover):
    with desk.database.read() as session:
        return session.get_one(Handover, handover.id)


def step(desk, function, *arguments):
    with desk.database.write() as session:
        return function(session, *arguments)


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
        found = handing.choices(session, desk, visits(desk, made), now)
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


def test_the_kilograms_and_the_money_are_in_the_ledger_once(ours, now):
    desk, booking = ours
    made = accepted(desk, booking, now)
    for _ in range(2):
        collected(desk, made, now, PAPER, FRIDGE)
    with desk.database.read() as session:
        assert balance(session, Account("partner", "scrap", "paper g")) == 12_345
        assert balance(session, Account("collected", "A-001", "appliances g")) == -55_000
        assert balance(session, Account("partner", "scrap", "fen")) == -2685  # it owes us
        assert balance(session, Account("handed", "", "fen")) == 2685
        assert len(session.scalars(select(LedgerEntry.id)).all()) == 2
        assert session.scalars(select(PurchaseLine)).all() == []


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
            step(desk, handing.decline, partner, made.id, "no truck", COMPANY, now)
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
        arguments = (desk, partner, made.id) if function is handing.accept else (partner, made.id, *more)
        with pytest.raises(ConflictError) as error:
            step(desk, function, *arguments, COMPANY, now)
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


# -- what is weighed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "where", "code"),
    [
        (Weighed(), "lines.0", "material-or-item"),
        (Weighed(material="paper", item="fridge", grams=1), "lines.0", "material-or-item"),
        (Weighed(material="paper", grams=0), "lines.0.kg", "bad-weight"),
        (Weighed(material="paper", grams=5_000_001), "lines.0.kg", "bad-weight"),
        (Weighed(material="gold", grams=1), "lines.0.material", "unknown-material"),
        (Weighed(material="paper", pieces=1, grams=1), "lines.0", "pieces-of-material"),
        (Weighed(item="ufo", pieces=1, grams=1), "lines.0.item", "unknown-item"),
        (Weighed(item="fridge", pieces=0, grams=1), "lines.0.pieces", "bad-pieces"),
        (Weighed(item="fridge", pieces=100, grams=1), "lines.0.pieces", "bad-pieces"),
        (replace(FRIDGE, serials=("A1B", "A1C")), "lines.0.serials", "serials"),
        (replace(FRIDGE, serials=("冰",)), "lines.0.serials", "bad-serial"),
        (replace(FRIDGE, pieces=2, serials=("A1B", "a 1b")), "lines", "serial-twice"),
        (Weighed(item="laptop", pieces=1, grams=900), "lines.0.serials", "serials"),
    ],
)
def test_each_wrong_weight_is_told_with_its_place_and_nothing_is_kept(desk, taken, now, line, where, code):
    with_partners(desk)
    made = accepted(desk, taken(desk), now)
    before = traces(desk)
    with pytest.raises(BadRequestError) as error:
        collected(desk, made, now, line)
    assert (where, code) in [(fault.where, fault.code) for fault in error.value.faults]
    assert traces(desk) == before


def test_how_many_lines_and_when(desk, taken, now):
    with_partners(desk)
    made, partner = accepted(desk, taken(desk), now), desk.settings.partners.find("scrap")
    for lines in ([], [PAPER] * 41):
        with pytest.raises(BadRequestError, match="1 to 40 lines"):
            collected(desk, made, now, *lines)
    with pytest.raises(ConflictError) as error:
        step(desk, handing.collected, desk, partner, made.id, [PAPER], COMPANY, made.promise_start - timedelta(1))
    assert code_of(error) == "too-early"


def test_a_serial_number_that_came_before_is_shown_to_staff(desk, taken, now):
    with_partners(desk)
    for number in (1, 2):
        collected(desk, accepted(desk, taken(desk), now, f"an-offer-{number}"), now, FRIDGE)
    with desk.database.read() as session:
        assert [one.doubted for one in handing.of_depot(session, "DEP-01", now)] == [("AB1234",), ("AB1234",)]
        assert [one.doubted for one in handing.of_partner(session, "scrap", now)] == [(), ()]


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
        lambda session, who: handing.decline(session, other, made.id, "no", who, now),
        lambda session, who: handing.collected(session, desk, other, made.id, [PAPER], who, now),
        lambda session, who: handing.not_collected(session, desk, other, made.id, "absent", who, now),
        lambda session, who: handing.shown_number(session, made.id, "other", who, now),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            step(desk, call, COMPANY)
        with pytest.raises(ForbiddenError):
            step(desk, call, DISPATCHER)


# -- two at once ---------------------------------------------------------------------------------------------------


def test_two_dispatchers_hand_it_over_at_once_and_one_does(ours, now, at_once):
    desk, booking = ours
    answers = at_once(
        *(
            lambda n=n, p=p: offered(desk, booking, now, f"an-offer-{n}", p)
            for n, p in enumerate(("scrap", "other") * 2)
        )
    )
    made = [answer for answer in answers if isinstance(answer, Handover)]
    refused = [answer.faults[0].code for answer in answers if isinstance(answer, ConflictError)]
    assert (len(made), refused) == (1, ["handed-already"] * 3)
    assert fresh(desk, booking).partner == made[0].partner


def test_the_same_form_sent_at_once_is_one_offer(ours, now, at_once):
    desk, booking = ours
    answers = at_once(*[lambda: offered(desk, booking, now)] * 4)
    assert len({answer.id for answer in answers}) == 1


def test_the_database_itself_keeps_two_from_having_it(ours, now):
    """The belt: without the guard of `offer`, the unique index refuses the second."""
    desk, booking = ours
    made = offered(desk, booking, now)
    twin = {c.key: getattr(made, c.key) for c in Handover.__table__.columns if c.key not in ("id", "idempotency_key")}
    with pytest.raises(IntegrityError), desk.database.write() as session:
        session.add(Handover(idempotency_key="another-offer", **twin))


@pytest.mark.parametrize("other", ["lapse", "withdraw", "cancel"])
def test_accepting_and_something_else_at_once_leave_one_truth(ours, now, at_once, other):
    desk, booking = ours
    made, partner, seen = offered(desk, booking, now), desk.settings.partners.find("scrap"), fresh(desk, booking)
    against = {
        "lapse": lambda: handing.lapse_due(desk, made.answer_by),
        "withdraw": lambda: step(desk, handing.withdraw, desk, made.id, "no", DISPATCHER, now),
        "cancel": lambda: cancel(desk, seen, "away", RESIDENT, now),
    }
    at_once(lambda: step(desk, handing.accept, desk, partner, made.id, COMPANY, now), against[other])
    state, after = the_handover(desk, made).state, fresh(desk, booking)
    assert (after.partner == "scrap") is (state == "accepted")
    assert (taken_seconds(desk, after) > 0) is (state != "accepted" and after.state == "booked")


def test_the_last_place_of_a_partners_day_is_given_once(both, taken, now, at_once):
    with_partners(both, most_a_day=1)
    made = [taken(both) for _ in range(3)]
    answers = at_once(*(lambda n=n, b=b: offered(both, b, now, f"an-offer-{n}") for n, b in enumerate(made)))
    assert sorted(type(answer).__name__ for answer in answers) == ["BadRequestError", "BadRequestError", "Handover"]


# -- statements ----------------------------------------------------------------------------------------------------


def test_a_statement_holds_each_pickup_once_and_its_lines_sum_to_it(both, taken, now):
    partner, made = with_partners(both), []
    for number, lines in enumerate(([PAPER, FRIDGE], [replace(PAPER, grams=33)])):
        made.append(collected(both, accepted(both, taken(both), now, f"an-offer-{number}"), now, *lines))
    today = made[0].service_day
    with pytest.raises(BadRequestError):
        step(both, handing.make_statement, partner, today + timedelta(1), today, CASHIER, now)
    with pytest.raises(ConflictError):
        step(both, handing.make_statement, partner, today - timedelta(1), today, CASHIER, now)
    first = step(both, handing.make_statement, partner, today, today, CASHIER, now)
    assert (first.number, first.pickups, first.fen) == (1, 2, 2685 - 500)
    with both.database.read() as session:
        lines = handing.lines_of(session, first)
        assert sum(line.fen for line in lines) == first.fen
        assert {line.handover for line in lines} == {one.id for one in made}
        assert handing.to_settle(session, "scrap") == (0, 0)
    assert {the_handover(both, one).state for one in made} == {"settled"}
    with pytest.raises(ConflictError) as error:
        step(both, handing.make_statement, partner, today, today, CASHIER, now)
    assert code_of(error) == "nothing-to-settle"
    for _ in range(2):
        step(both, handing.note_paid, partner, 1, "T-1", CASHIER, now)
    with pytest.raises(ConflictError) as error:
        step(both, handing.note_paid, partner, 1, "T-2", CASHIER, now)
    assert code_of(error) == "paid-already"
    with both.database.read() as session:
        assert balance(session, Account("partner", "scrap", "fen")) == 0
        assert balance(session, Account("paid", "bank", "fen")) == -first.fen  # money that came in


def test_two_statements_at_once_do_not_share_a_pickup(both, taken, now, at_once):
    partner = with_partners(both)
    done = collected(both, accepted(both, taken(both), now), now, PAPER)
    call = [lambda: step(both, handing.make_statement, partner, done.service_day, done.service_day, CASHIER, now)] * 3
    answers = at_once(*call)
    assert [type(a).__name__ for a in answers].count("PartnerSettlement") == 1


def test_statements_need_a_right_a_number_and_a_transfer(desk, now):
    partner = with_partners(desk)
    for actor in (DISPATCHER, COMPANY):
        with pytest.raises(ForbiddenError):
            step(desk, handing.make_statement, partner, now.date(), now.date(), actor, now)
        with pytest.raises(ForbiddenError):
            step(desk, handing.note_paid, partner, 1, "T-1", actor, now)
    with pytest.raises(NotFoundError):
        step(desk, handing.note_paid, partner, 1, "T-1", CASHIER, now)
    with pytest.raises(BadRequestError):
        step(desk, handing.note_paid, partner, 1, " ", CLERK, now)


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


def test_what_the_resident_gets_is_settled_at_the_counter_and_no_kilogram_counts_twice(ours, now):
    desk, booking = ours
    collected(desk, accepted(desk, booking, now), now, PAPER)
    weighing = Weighing("", booking.reference, (WeighedLine("paper", 12_345),), "points", booking.service_day)
    at = booking.promise_end
    weigh_in(desk, load_terms(load_catalogue()), weighing, CASHIER, "a-weighing-1", at)
    assert fresh(desk, booking).state == "settled"
    with desk.database.read() as session:
        assert balance(session, Account("collected", "A-001", "paper g")) == -12_345
        assert balance(session, Account("partner", "scrap", "paper g")) == 12_345
