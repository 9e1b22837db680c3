"""What is old of shops' orders handed to partners: the delivery stays ours, nothing is fetched twice."""

import json
from datetime import timedelta

import pytest
from partner_desk import CASHIER, COMPANY, DISPATCHER, code_of, collected, companies, ordered, step, the_handover
from sqlalchemy import select

from recycling import deliveries, dispatch, handing, hooks, network
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, open_days
from recycling.booking.expected import expected_work
from recycling.deliveries import outcome
from recycling.errors import BadRequestError, ConflictError, DomainError, NotFoundError
from recycling.handing import CANNOT_COME, Weighed
from recycling.ledger import Account, balance
from recycling.models import Message, ShopEvent, TradeInOrder
from recycling.settings import load_settings
from routing.day import plan_day

OLD = Weighed(item="fridge", pieces=1, grams=55_000)
CREW = Actor("person", "crew", Role.DRIVER, every_depot=True)


@pytest.fixture
def desk(record, catalogue, fleet):
    made = load_settings(deliveries={"shops": {"Back": "return", "Mixed": "mixed"}})
    vars(made)["partners"] = companies(weekdays=(1, 2, 3, 4, 5, 6, 7), most_a_day=20)
    return Office(record, made, catalogue, fleet)


@pytest.fixture
def open_day(desk, now):
    return open_days(desk.settings, now)[0]


@pytest.fixture
def bring(desk, now, open_day):
    """Return a function that takes an order of a shop, changed as the test says, and tells what became of it."""

    def take(shop="Door", **changes):
        (state,) = ordered(desk, open_day, now, shop=shop, **changes)
        return state

    return take


@pytest.fixture
def given(desk, bring, now):
    """Return a function that takes an order and offers what is old of it."""

    def give(shop="Door", key="an-offer-1", partner="scrap"):
        if key == "an-offer-1":
            bring(shop)
        return handing.offer_order(desk, the_order(desk, shop).id, partner, key, DISPATCHER, now)

    return give


@pytest.fixture
def taken(desk, given, now):
    """Return a function that has it accepted, too."""

    def take(shop="Door", key="an-offer-1"):
        made = given(shop, key)
        return step(desk, handing.accept, desk, partner_of(desk), made.id, COMPANY, now)

    return take


def partner_of(desk, code="scrap"):
    return desk.settings.partners.find(code)


def the_order(desk, shop="Door"):
    with desk.database.read() as session:
        return session.scalars(select(TradeInOrder).where(TradeInOrder.retailer == shop)).one()


def said(order):
    """All that an order says, but what counts its changes."""
    columns = [c.key for c in TradeInOrder.__table__.columns if c.key not in ("version", "changed_at", "events")]
    return {name: getattr(order, name) for name in columns}


def stops(desk, day):
    with desk.database.read() as session:
        job = dispatch.day_job(session, desk.settings, desk.fleet, network.the_depot(session, "DEP-01"), day)
    return {stop.id[0]: stop for stop in job.stops}


def told(desk):
    with desk.database.read() as session:
        return set(session.scalars(select(Message.change)))


def work(desk, day):
    with desk.database.read() as session:
        return expected_work(session, desk, "DEP-01", [day])


class TestTheWay:
    @pytest.mark.parametrize("shop", ["Door", "Mixed", "Back"])
    def test_the_delivery_stays_ours_and_what_is_old_is_fetched_in_our_place(self, desk, given, open_day, now, shop):
        made = given(shop)
        order = the_order(desk, shop)
        assert (made.promise_start, made.promise_end) == (order.fetch_start, order.fetch_end)
        assert made.promise_start >= order.promise_end
        assert (order.partner, order.fetch_state, order.away_since) == ("scrap", "open", None)
        ours = stops(desk, open_day)
        assert (set(ours), ours["t"].pickup) == ({"t"}, (0, 0))
        assert all(ours["t"].delivery)
        step(desk, handing.accept, desk, partner_of(desk), made.id, COMPANY, now)
        assert stops(desk, open_day).keys() == {"t"}
        done = collected(desk, made, now, OLD)
        assert (done.state, done.fen) == ("collected", -500 + 3000)
        order = the_order(desk, shop)
        assert (order.state, order.fetch_state, order.partner) == ("open", "fetched", "scrap")
        assert told(desk) >= {"order_taken", "order_fetch_handed"}

    def test_kilograms_and_money_are_in_the_ledger_once_and_on_a_statement(self, desk, taken, now):
        made = taken()
        for _ in range(2):
            collected(desk, made, now, OLD)
        day = made.service_day
        with desk.database.read() as session:
            assert balance(session, Account("partner", "scrap", "appliances g")) == 55_000
            assert balance(session, Account("partner", "scrap", "fen")) == -2500
        found = step(desk, handing.make_statement, partner_of(desk), day, day, CASHIER, now)
        with desk.database.read() as session:
            assert {line.reference for line in handing.lines_of(session, found)} == {"SO-1"}
        assert (found.fen, the_handover(desk, made).state) == (2500, "settled")

    def test_room_that_a_partner_has_taken_on_is_free_for_others(self, desk, bring, given, open_day, now):
        bring("Mixed")
        before = work(desk, open_day)
        made = given("Mixed", "an-offer-2")
        assert work(desk, open_day) == before, "while it may come back"
        step(desk, handing.accept, desk, partner_of(desk), made.id, COMPANY, now)
        after = work(desk, open_day)
        assert after != before
        step(desk, handing.withdraw, desk, made.id, "a mistake", DISPATCHER, now)
        assert work(desk, open_day) == before

    def test_who_and_where_is_shown_while_the_partner_has_it(self, desk, given, now):
        made = given()

        def door():
            with desk.database.read() as session:
                (one,) = handing.of_partner(session, "scrap", now)
                return one.door

        assert door() is None
        step(desk, handing.accept, desk, partner_of(desk), made.id, COMPANY, now)
        assert (door().contact, door().address) == ("王女士", "3栋501")
        assert step(desk, handing.shown_number, made.id, "scrap", COMPANY, now).endswith("13800138000")
        collected(desk, made, now, OLD)
        assert door() is None


class TestBack:
    @pytest.mark.parametrize("how", ["declined", "lapsed", "withdrawn"])
    @pytest.mark.parametrize("shop", ["Door", "Back"])
    def test_what_is_not_taken_is_ours_again_as_it_was(self, desk, bring, given, open_day, now, shop, how):
        bring(shop)
        before, plan = said(the_order(desk, shop)), stops(desk, open_day)
        made = given(shop, "an-offer-2")
        assert said(the_order(desk, shop)) != before
        if how == "declined":
            step(desk, handing.decline, desk, partner_of(desk), made.id, "no truck", COMPANY, now)
        elif how == "lapsed":
            assert handing.lapse_due(desk, made.answer_by) == 1
        else:
            step(desk, handing.withdraw, desk, made.id, "a mistake", DISPATCHER, now)
        assert said(the_order(desk, shop)) == before
        assert stops(desk, open_day) == plan
        assert "order_fetch_handed" not in told(desk)
        with desk.database.read() as session:
            (one,) = handing.of_depot(session, "DEP-01", now)
        assert (one.came_back, one.reference, one.shop, handing.tally([one])) == (True, "SO-1", shop, (0, 0, 1))
        assert given(shop, "an-offer-3", "other").partner == "other"

    @pytest.mark.parametrize("how", ["withdrawn", CANNOT_COME, "no_access"])
    @pytest.mark.parametrize("shop", ["Door", "Mixed"])
    def test_what_was_accepted_comes_back_in_its_hours_and_is_planned(self, desk, taken, open_day, now, shop, how):
        made = taken(shop)
        if how == "withdrawn":
            step(desk, handing.withdraw, desk, made.id, "we pass there", DISPATCHER, now)
        else:
            step(desk, handing.not_collected, desk, partner_of(desk), made.id, how, COMPANY, now)
        order = the_order(desk, shop)
        assert (order.partner, order.fetch_state, order.fetch_start) == ("", "open", made.promise_start)
        assert stops(desk, open_day).keys() == {"t", "f"}
        assert told(desk) >= {"order_fetch_handed", "order_fetch_handed_back"}
        with desk.database.read() as session:
            (one,) = handing.of_depot(session, "DEP-01", now)
            job = dispatch.day_job(session, desk.settings, desk.fleet, network.the_depot(session, "DEP-01"), open_day)
        assert one.came_back
        result = plan_day(job)
        assert result.plan.unserved == ()

    def test_a_customer_who_keeps_it_ends_it_without_a_voucher(self, desk, taken, now):
        made = taken()
        step(desk, handing.not_collected, desk, partner_of(desk), made.id, "old-kept", COMPANY, now)
        order = the_order(desk)
        assert (order.fetch_state, order.fetch_reason) == ("failed", "old-kept")
        with desk.database.read() as session:
            (one,) = handing.of_depot(session, "DEP-01", now)
        assert not one.came_back

    def test_nobody_is_absent_before_the_hours(self, desk, taken, now):
        made = taken()
        with pytest.raises(ConflictError) as error:
            step(desk, handing.not_collected, desk, partner_of(desk), made.id, "absent", COMPANY, now)
        assert code_of(error) == "too-early"
        with pytest.raises(BadRequestError):  # what is said of a booking alone
            step(desk, handing.not_collected, desk, partner_of(desk), made.id, "refused", COMPANY, now)


class TestTheShop:
    def test_the_same_row_again_changes_nothing(self, desk, bring, taken):
        taken()
        before = said(the_order(desk))
        assert bring() == "known"
        assert said(the_order(desk)) == before

    @pytest.mark.parametrize("state", ["offered", "accepted"])
    @pytest.mark.parametrize("shop", ["Door", "Mixed"])
    def test_another_door_or_hour_takes_it_from_the_partner(self, desk, bring, given, taken, shop, state):
        made = (given if state == "offered" else taken)(shop)
        assert bring(shop, 时段="08:00-11:00") == "changed"
        order, here = the_order(desk, shop), the_handover(desk, made)
        assert (here.state, here.reason, order.partner, order.away_since) == ("withdrawn", "changed", "", None)
        assert (order.fetch_start is None) == (shop == "Door" and state == "offered")
        assert order.fetching == (order.fetch_start is not None)

    def test_a_new_name_leaves_it_with_the_partner(self, desk, bring, taken):
        made = taken()
        assert bring(收货人="李先生") == "changed"
        assert (the_handover(desk, made).state, the_order(desk).partner) == ("accepted", "scrap")

    @pytest.mark.parametrize("state", ["offered", "accepted"])
    def test_a_cancelled_order_is_nobodys(self, desk, given, taken, now, state):
        made = (given if state == "offered" else taken)()
        with desk.database.write() as session:
            order = deliveries.the_order(session, "Door", "SO-1", lock=True)
            deliveries.cancel(session, desk, order, "changed their mind", DISPATCHER, now)
        order = the_order(desk)
        assert (the_handover(desk, made).state, order.partner, order.state) == ("withdrawn", "", "cancelled")
        assert not order.fetching
        with pytest.raises(ConflictError) as error:
            collected(desk, made, now, OLD)
        assert code_of(error) == "not-accepted"

    def test_its_program_and_page_hear_of_the_partner(self, desk, given, bring, now, monkeypatch):
        monkeypatch.setattr("recycling.hooks.keeping.places_of", lambda *_: [])
        with desk.database.write() as session:
            hooks.register(session, desk.settings, "k" * 64, "Door", "https://shop.example/events", CASHIER, now)
        made = given()
        kinds = events(desk)
        assert [kind for kind, _ in kinds] == ["order.taken"], "an offer is no news for the shop"
        step(desk, handing.accept, desk, partner_of(desk), made.id, COMPANY, now)
        (_, (kind, fetch)) = events(desk)
        assert (kind, fetch["state"], fetch["by"]) == ("order.fetch_handed", "handed", "scrap")
        with desk.database.read() as session:
            order = deliveries.the_order(session, "Door", "SO-1")
            assert deliveries.standing_of(session, [order])[order.id].fetch_state == "handed"
        step(desk, handing.withdraw, desk, made.id, "we pass there", DISPATCHER, now)
        assert events(desk)[-1][0] == "order.fetch_handed_back"
        assert events(desk)[-1][1]["state"] == "open"
        again = given("Door", "an-offer-2")
        step(desk, handing.accept, desk, partner_of(desk), again.id, COMPANY, now)
        collected(desk, again, now, OLD)
        assert [kind for kind, _ in events(desk)][-2:] == ["order.fetch_handed", "order.fetched"]
        assert events(desk)[-1][1]["by"] == "scrap"


def events(desk):
    with desk.database.read() as session:
        found = session.scalars(select(ShopEvent).order_by(ShopEvent.sequence)).all()
    bodies = [json.loads(one.body) for one in found]
    return [(body["type"], body["order"]["fetch"]) for body in bodies]


class TestAtTheDoor:
    """The crew that delivers says what became of the new thing, or that the old one is kept."""

    @pytest.fixture
    def planned(self, desk, now, open_day):
        def plan():
            with desk.database.write() as session:
                depot = network.the_depot(session, "DEP-01")
                job = dispatch.day_job(session, desk.settings, desk.fleet, depot, open_day)
                row = dispatch.store_plan(session, desk.settings, "DEP-01", open_day, job, plan_day(job), now)
                return next(route.plate for route in row.routes for v in route.visits if v.order_id)

        return plan

    @pytest.mark.parametrize("deed", ["not brought", "old kept"])
    def test_the_partner_does_not_come_in_vain(self, desk, taken, planned, open_day, deed):
        made, plate = taken(), planned()
        at = made.promise_start - timedelta(hours=1)
        if deed == "not brought":
            step(desk, outcome.not_delivered, desk, the_order(desk).id, plate, "damaged", CREW, at)
        else:
            step(desk, outcome.delivered, desk, the_order(desk).id, plate, "old-kept", CREW, at)
        assert (the_handover(desk, made).state, the_order(desk).fetching) == ("withdrawn", False)
        assert stops(desk, open_day) == {}

    def test_what_is_on_a_route_is_left_out_first(self, desk, bring, given, planned):
        bring()
        planned()
        with pytest.raises(ConflictError) as error:
            given("Door", "an-offer-2")
        assert code_of(error) == "on-a-route"

    def test_an_offer_that_lapses_after_the_day_was_planned_leaves_a_visit_of_its_own(
        self, desk, given, planned, open_day
    ):
        """The truck was loaded for a delivery that takes nothing back."""
        made = given()
        planned()
        handing.lapse_due(desk, made.answer_by)
        order = the_order(desk)
        assert (order.fetching, order.partner) == (True, "")
        assert "order_fetch" in told(desk), "the customer hears of the second visit"
        assert stops(desk, open_day).keys() == {"t", "f"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"旧物": ""}, "nothing-to-fetch"),
        ({"时段": "15:00-18:00"}, "no-hours-to-fetch"),
    ],
)
def test_what_cannot_be_handed_over(desk, bring, given, changes, code):
    bring(**changes)
    before = said(the_order(desk))
    with pytest.raises(DomainError) as error:
        given("Door", "an-offer-2")
    assert (code_of(error), said(the_order(desk))) == (code, before)


def test_one_partner_has_it_and_rights_are_asked(desk, given, now):
    made = given()
    again = handing.offer_order(desk, the_order(desk).id, "scrap", "an-offer-1", DISPATCHER, now)
    assert again.id == made.id
    with pytest.raises(ConflictError) as error:
        given("Door", "an-offer-2", "other")
    assert code_of(error) == "handed-already"
    with pytest.raises(NotFoundError):
        step(desk, handing.accept, desk, partner_of(desk, "other"), made.id, COMPANY, now)
    elsewhere = Actor("person", "d-2", Role.DISPATCHER, frozenset({"DEP-02"}))
    with pytest.raises(DomainError) as error:
        handing.offer_order(desk, the_order(desk).id, "other", "an-offer-3", elsewhere, now)
    assert error.value.status == 403


def test_who_can_be_asked_is_told_without_changing_the_order(desk, bring, now):
    bring()
    before = said(the_order(desk))
    with desk.database.read() as session:
        order = deliveries.the_order(session, "Door", "SO-1")
        found = handing.choices_of_order(session, desk, order, now)
    assert [choice.partner.code for choice in found if choice.fault is None] == ["scrap", "other"]
    assert said(the_order(desk)) == before
