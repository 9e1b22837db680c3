"""Points for a window in which a vehicle is nearby: offered, kept, promised, moved, given once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, Window, book, keep_window, life, move, need_of, offers
from recycling.counter import Weighing, weigh_in
from recycling.ledger import balance
from recycling.models import Booking, Purchase
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms
from recycling.settings import load_settings

CLERK = Actor("person", "clerk", role=Role.CLERK, every_depot=True)
KEY = "a-form-with-points"


@pytest.fixture
def desk(sqlite_record, catalogue, fleet, booked):
    """An office that gives ten points a yuan, with a vehicle in the last window of the day."""
    booked(sqlite_record, 1, window="15:00-17:00", lon=107.479, lat=31.209)
    settings = load_settings(booking={"incentive_points_per_yuan": 10, "incentive_most": 40})
    return Office(sqlite_record, settings, catalogue, fleet)


@pytest.fixture
def near(wish):
    return wish(items={"paper": 1}, lon=107.4791, lat=31.2091, window="15:00-17:00", phone="13900139000")


def points_of(desk, wanted, now, day):
    from recycling.booking.checks import need_of_wish

    with desk.database.read() as session:
        need = need_of_wish(session, desk, wanted, now)
        return {o.window.span: o.points for o in offers(session, desk, need, now, [day])}


def test_a_window_with_a_vehicle_nearby_is_worth_points_up_to_the_most(desk, near, now, day):
    found = points_of(desk, near, now, day)
    assert 0 < found["15:00-17:00"] <= 40
    assert {found[span] for span in found if span != "15:00-17:00"} == {0}


def test_none_are_given_unless_the_operator_says_so(desk, near, now, day, settings):
    plain = Office(desk.database, settings, desk.catalogue, desk.fleet)
    assert set(points_of(plain, near, now, day).values()) == {0}
    assert book(plain, near, KEY, now).bonus == 0


def test_what_was_offered_is_promised_whatever_happens_to_the_neighbour(desk, near, now, day):
    offered = points_of(desk, near, now, day)["15:00-17:00"]
    with desk.database.read() as session:
        neighbour = session.scalars(select(Booking)).one()
        from recycling.booking.checks import need_of_wish

        need = need_of_wish(session, desk, near, now)
    keep_window(desk, KEY, need, Window("DEP-01", day, "15:00-17:00"), now)
    move(desk, neighbour, day, "08:00-10:00", CLERK, now)
    assert book(desk, near, KEY, now).bonus == offered > 0


def test_another_window_has_its_own_points(desk, near, now, day):
    made = book(desk, near, KEY, now)
    assert made.bonus > 0
    assert move(desk, made, day, "08:00-10:00", CLERK, now).bonus == 0


def test_they_are_given_once_when_the_things_are_weighed_in(desk, near, now, day, catalogue):
    made = book(desk, near, KEY, now)
    there = datetime(2026, 3, 5, 8, tzinfo=UTC)  # 16:00 at the depot
    with desk.database.write() as session:
        booking = session.get_one(Booking, made.id)
        life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    weighing = Weighing("", made.reference, (WeighedLine("metal", 2_000),), "points", day)
    for _ in range(2):
        weigh_in(desk, load_terms(catalogue), weighing, CLERK, "weighed-once", there)
    with desk.database.read() as session:
        bought = session.scalars(select(Purchase)).one()
        assert balance(session, books.holding(bought.seller_id, "points")) == bought.points + made.bonus
        assert balance(session, books.rewards()) == -made.bonus
        assert need_of(desk, made).depot == "DEP-01"
