"""Who is kept first on a day on which not all can be served any more, on both kinds of database."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from recycling.board.ranking import CLASSES, MOST_DAYS, Rank, in_order, kept, of_plan, prizes_of, ranks_of
from recycling.board.situation import orders_on
from recycling.models import Booking, Plan, TradeInOrder


def test_each_class_comes_before_the_next_however_long_that_has_waited():
    first = [whys[0] for whys in CLASSES]
    for better, worse in pairwise(first):
        assert Rank(better).worth > 2 * Rank(worse, 10 * MOST_DAYS).worth
        assert Rank(better, 1).worth > Rank(better).worth
    assert {Rank(why).worth for why in CLASSES[0]} == {Rank("missed").worth}, "whom we let down is one class"


def test_those_who_wait_longest_stand_in_front_and_the_unknown_at_the_end():
    ranks = {"b:new": Rank("other"), "b:old": Rank("other", 9), "t:one": Rank("delivery"), "b:bad": Rank("missed")}
    assert in_order({*ranks, "c:none"}, ranks) == ["b:bad", "t:one", "b:old", "b:new", "c:none"]
    assert of_plan({"ranks": kept(ranks, ["b:old", "b:gone"])}) == {"b:old": Rank("other", 9)}
    assert of_plan({}) == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "other"),
        ({"first": True}, "missed"),
        ({"moved_from_start": "at"}, "moved"),
        ({"late_told_at": "at"}, "late"),
        ({"item": "fridge"}, "hazard"),
    ],
)
def test_the_class_of_a_booking_and_its_days(record, planned, settings, at, changes, why):
    key = planned[0].id
    with record.write() as session:
        booking = session.get_one(Booking, key)
        booking.created_at = at(9) - timedelta(days=4)
        for name, value in changes.items():
            if name == "item":
                booking.lines[0].item = value
            else:
                setattr(booking, name, at(8) if value == "at" else value)
    with record.read() as session:
        orders = orders_on(session, session.scalars(select(Plan)).one())
        ranks = ranks_of(settings, orders, (), at(10))
    assert ranks[f"b:{key}"] == Rank(why, 4)
    prizes = prizes_of(settings, ranks)
    others = [prizes[stop] for stop in prizes if stop != f"b:{key}"]
    assert all(prizes[f"b:{key}"] > other for other in others)
    assert min(others) >= settings.planning.prize_booking


def test_second_visits_and_what_brings_something_new(record, second_visit, settings, at):
    stop = f"f:{second_visit}"
    with record.write() as session:
        session.get_one(TradeInOrder, second_visit).fetch_state = "open"
    with record.read() as session:
        orders = orders_on(session, session.scalars(select(Plan)).one())
        assert ranks_of(settings, orders, (), at(10))[stop].why == "hazard", "its refrigerant"
        assert ranks_of(settings, orders, (stop,), at(10))[stop].why == "again"
        assert ranks_of(settings, orders, (), at(10))[f"t:{second_visit}"].why == "delivery"
