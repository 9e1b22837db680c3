"""The scale: a booking or a walk-in becomes a purchase, once, with a receipt."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from judges.slots import faults_of
from sqlalchemy import func, select

from recycling.booking import life
from recycling.ledger import balance
from recycling.ledger.trial import trial
from recycling.models import Booking, Message, Purchase, Seller
from recycling.money import books

NEXT_DAY = datetime(2026, 3, 5, 0, 30, tzinfo=UTC)  # 08:30 at the depot, in the first window


@pytest.fixture
def client(app, signed_in):
    """A clerk at the counter, on the day after."""
    with time_machine.travel(NEXT_DAY, tick=False):
        yield signed_in(app, "clerk", at=NEXT_DAY)


@pytest.fixture
def weighs(client):
    """Return a function that sends the form of the scale, changed where the test says."""

    def call(again=None, **changes):
        page = client.get("/clerk/scale").text
        hidden = again or dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
        sound = {"material-0": "metal", "kg-0": "2,5", "day": "2026-03-05", "pay_in": "points"}
        return client.post("/clerk/scale", data={**hidden, **sound, **changes}), hidden

    return call


@pytest.fixture
def visited(sqlite_record, booked, now, day):
    """A booking whose window has begun, on a route."""
    (made,) = booked(sqlite_record, 1)
    with sqlite_record.write() as session:
        booking = session.get_one(Booking, made.id)
        life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    return made


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def state(database, booking):
    with database.read() as session:
        return session.get_one(Booking, booking.id).state


def test_what_was_collected_is_bought_and_the_booking_settled(sqlite_record, client, weighs, visited):
    answer, sent = weighs(reference=visited.reference.lower(), **{"material-1": "paper", "kg-1": "0.25"})
    assert answer.status_code == 303
    receipt = client.get(answer.location).text
    assert "2.500" in receipt
    assert "0.250" in receipt
    assert state(sqlite_record, visited) == "settled"
    with sqlite_record.read() as session:
        bought = session.scalars(select(Purchase)).one()
        assert bought.source == f"booking:{visited.reference}"
        assert balance(session, books.holding(bought.seller_id, "points")) == bought.points > 0
        assert session.get_one(Seller, bought.seller_id).phone == visited.phone
        said = set(session.scalars(select(Message.change)))
    assert {"collected", "settled"} <= said
    assert faults_of(sqlite_record) == []
    again, _ = weighs(again=sent, reference=visited.reference.lower(), **{"material-1": "paper", "kg-1": "0.25"})
    assert again.location == answer.location
    assert count(sqlite_record, Purchase) == 1


def test_nobody_settles_a_booking_twice(sqlite_record, weighs, visited):
    assert weighs(reference=visited.reference)[0].status_code == 303
    answer, _ = weighs(reference=visited.reference)
    assert answer.status_code == 409
    assert count(sqlite_record, Purchase) == 1


def test_somebody_walks_in(sqlite_record, client, weighs):
    answer, _ = weighs(phone="139 0013 9000", pay_in="yuan", **{"kg-0": "10", "estimated-0": "yes"})
    assert "¥" in client.get(answer.location).text
    with sqlite_record.read() as session:
        bought = session.scalars(select(Purchase)).one()
        assert (bought.pay_in, bought.source) == ("yuan", "station:counter")
        assert [(n.material, n.grams, n.estimated) for n in bought.lines] == [("metal", 10_000, True)]
        assert trial(session).sound


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kg-0": "viel"}, "row-0"),
        ({"kg-0": "-2"}, "row-0"),
        ({"kg-0": "0.0001"}, "row-0"),
        ({"kg-0": "NaN"}, "row-0"),
        ({"kg-0": "1e99"}, "row-0"),
        ({"material-0": ""}, "row-0"),
        ({"material-0": "gold"}, "row-0"),
        ({"kg-0": ""}, "form"),
        ({"kg-0": "", "material-3": "metal", "kg-3": "999999"}, "row-3"),
        ({"day": "soon"}, "day"),
        ({"day": "2026-03-06"}, "day"),
        ({"phone": "12"}, "phone"),
        ({"phone": " "}, "reference"),
        ({"reference": "NOSUCHXX"}, "reference"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_entered(sqlite_record, weighs, wrong, field):
    answer, _ = weighs(**{"phone": "13900139000", "protest": "称重太轻", **wrong})
    assert answer.status_code in (400, 422)
    assert f'id="fault-{field}"' in answer.text
    assert "称重太轻" in answer.text
    assert count(sqlite_record, Purchase) == 0


def test_a_visit_that_is_still_to_come_is_not_settled(sqlite_record, weighs, booked):
    (made,) = booked(sqlite_record, 1, window="15:00-17:00")
    answer, _ = weighs(reference=made.reference)
    assert answer.status_code == 409
    assert state(sqlite_record, made) == "booked"
    assert count(sqlite_record, Purchase) == 0


def test_too_many_kilograms_are_said_in_the_reader_s_words(weighs):
    answer, _ = weighs(phone="13900139000", **{"kg-0": "999999"})
    assert re.search(r"一次称重 [一-鿿]+ 999999 公斤不合理。最多可填 50000 公斤。", answer.text)
