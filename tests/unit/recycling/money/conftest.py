"""Sellers, and short ways to settle, redeem and look at balances."""

import pytest
from example_terms import CLOCK, TERMS, TODAY

from recycling.ledger import balance
from recycling.ledger.trial import trial
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, settle
from recycling.money.terms import Terms
from recycling.money.vouchers import redeem


@pytest.fixture(scope="session")
def terms():
    return Terms.model_validate(TERMS)


@pytest.fixture
def terms_with():
    """Return a function that makes the terms with one table changed."""

    def make(**changes):
        return Terms.model_validate({**TERMS, **changes})

    return make


@pytest.fixture
def seller(now):
    """Return a function that makes a seller by phone and gives the key."""

    def make(database, phone="13800138000"):
        with database.write() as session:
            return seller_of_phone(session, phone, now).id

    return make


@pytest.fixture
def hand_in():
    """Return a function that makes a hand-in of two kilograms of paper, changed where the test says."""

    def make(seller_id, *lines, **changes):
        sound = {
            "seller_id": seller_id,
            "source": "station:STA-01",
            "day": TODAY,
            "lines": lines or (WeighedLine("paper", 2000),),
            "pay_in": "points",
            "person": "clerk",
        }
        return HandIn(**{**sound, **changes})

    return make


@pytest.fixture
def settled(terms, hand_in, now):
    """Return a function that settles a hand-in in a unit of its own."""

    def call(database, seller_id, *lines, key="a-hand-in-of-the-test", today=TODAY, by=None, **changes):
        with database.write() as session:
            return settle(session, by or terms, hand_in(seller_id, *lines, **changes), key, now, today)

    return call


@pytest.fixture
def redeemed(terms, now):
    """Return a function that redeems in a unit of its own."""

    def call(database, seller_id, pieces=1, code="bag", key="a-redemption-of-the-test", at=now, today=TODAY, by=None):
        with database.write() as session:
            return redeem(session, by or terms, seller_id, code, pieces, "clerk", key, at, today, CLOCK)

    return call


@pytest.fixture
def holds():
    """Return a function that tells what a seller holds and owes of a unit; the ledger is sound at every look."""

    def look(database, seller_id, unit="points"):
        with database.read() as session:
            assert trial(session).sound
            return balance(session, books.holding(seller_id, unit)), balance(session, books.owing(seller_id, unit))

    return look
