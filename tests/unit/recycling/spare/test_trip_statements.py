"""What trips have collected on statements with their partner: closed once, to the fen, corrected on the next one."""

import json

import pytest
from carriers import STAFF
from sqlalchemy import select

from recycling import handing, hooks, spare
from recycling.accounts.actors import Actor, Role
from recycling.errors import BadRequestError, ConflictError
from recycling.handing import Weighed
from recycling.ledger import Account, balance
from recycling.ledger.trial import trial
from recycling.models import ShopEvent

pytestmark = pytest.mark.usefixtures("in_this_process")

CLERK = Actor("person", "c-1", Role.CLERK, frozenset({"DEP-01"}))
PROGRAM = Actor("key", "k-1", Role.PARTNER, scopes=frozenset({"handover.take"}))
CASHIER = Actor("person", "a-1", Role.ADMIN, every_depot=True)


@pytest.fixture
def done(accepted, record, office, on_the_day):
    """Two pieces of 21.5 kg of paper, for 2 yuan a visit, 0.5 a piece and 0.1 a kilogram: 5.15 yuan."""
    offer = accepted(ask_visit=2.0, ask_item=0.5, ask_kg=0.1)
    return spare.collected(office(record), offer.id, {"paper": 21.5}, 2, STAFF, on_the_day)


@pytest.fixture
def settle(record, office, day, on_the_day):
    def make(until=day):
        desk = office(record)
        with record.write() as session:
            carry = desk.settings.partners.find("carry")
            return handing.make_statement(session, carry, until, on_the_day.date(), CASHIER, on_the_day)

    return make


@pytest.fixture
def put_right(record, office, on_the_day):
    def make(offer, *lines, key="a-correction-1"):
        desk = office(record)
        asked = handing.ask_correction(desk, offer.id, lines, "weighed wet", key, CLERK, on_the_day)
        return handing.decide_correction(desk, asked.id, True, CASHIER, on_the_day)

    return make


def lines_of(record, number=None):
    with record.read() as session:
        if number is None:
            return handing.draft_lines(session, "carry")
        return handing.lines_of(session, handing.the_statement(session, "carry", number))


def owed(record):
    with record.read() as session:
        assert trial(session).sound
        return balance(session, Account("partner", "carry", "fen"))


def test_a_visit_stands_on_one_statement_and_is_paid(record, office, done, settle, on_the_day):
    (line,) = lines_of(record)
    assert (line.trip, line.material, line.pieces, line.grams, line.fen) == ("T-1", "paper", 2, 21_500, -515)
    made = settle()
    assert (made.number, made.pickups, made.fen) == (1, 1, -515)
    assert (lines_of(record, 1), lines_of(record)) == ([line], [])
    with pytest.raises(ConflictError) as error:
        settle()
    assert error.value.faults[0].code == "nothing-to-settle"
    with record.write() as session:
        carry = office(record).settings.partners.find("carry")
        handing.note_paid(session, carry, 1, "T-100", CASHIER, on_the_day)
    assert owed(record) == 0


def test_a_day_before_the_trip_does_not_hold_it(done, settle, day, now):
    with pytest.raises(ConflictError):
        settle(now.date())
    assert settle(day).pickups == 1


def test_what_is_not_closed_is_changed_itself(record, done, put_right, settle):
    made = put_right(done, Weighed(pieces=1), Weighed(material="paper", grams=10_000))
    assert (made.fen, made.carried) == (515 - 200 - 50 - 100, False)
    with record.read() as session:
        offer = spare.the_offer(session, done.id)
        assert (offer.collected, offer.pieces, offer.due) == ({"paper": 10.0}, 1, 350)
        assert balance(session, Account("partner", "carry", "paper g")) == 10_000
    assert (settle().fen, owed(record)) == (-350, 350)


def test_a_closed_statement_stays_and_the_next_has_the_difference(record, done, put_right, settle):
    settle()
    before = lines_of(record, 1)
    put_right(done, Weighed(pieces=2), Weighed(material="paper", grams=31_500))
    assert lines_of(record, 1) == before
    put_right(done, Weighed(pieces=2), Weighed(material="paper", grams=11_500), key="a-correction-2")
    assert sorted((n.grams, n.fen, n.trip, n.reason) for n in lines_of(record)) == [
        (-20_000, 200, "T-1", "weighed wet"),
        (10_000, -100, "T-1", "weighed wet"),
    ]
    made = settle()
    assert (made.number, made.pickups, made.fen) == (2, 2, 100)
    assert owed(record) == 415
    with record.read() as session:
        assert balance(session, Account("partner", "carry", "paper g")) == 11_500


def test_weights_that_a_trip_cannot_have(done, put_right):
    for lines in (
        [Weighed(pieces=2), Weighed(material="gold", grams=1000)],
        [Weighed(pieces=2)],
        [Weighed(pieces=2), Weighed(material="paper", grams=1001)],
        [Weighed(pieces=2), Weighed(material="paper", grams=21_500)],
    ):
        with pytest.raises(BadRequestError):
            put_right(done, *lines)


def test_its_program_is_told_each_step(record, office, accepted, put_right, settle, on_the_day, monkeypatch):
    monkeypatch.setattr("recycling.hooks.keeping.places_of", lambda *_: [])
    desk = office(record)
    with record.write() as session:
        hooks.register(session, desk.settings, "k" * 64, "partner:carry", "https://carry.example/", PROGRAM, on_the_day)
    offer = accepted(ask_visit=2.0)
    spare.collected(desk, offer.id, {"paper": 21.5}, 2, STAFF, on_the_day)
    put_right(offer, Weighed(pieces=2), Weighed(material="paper", grams=20_000))
    settle()
    with record.read() as session:
        events = session.scalars(select(ShopEvent).order_by(ShopEvent.sequence)).all()
    bodies = [json.loads(one.body) for one in events]
    kinds = ["offered", "accepted", "collected", "corrected", "settled"]
    assert [(body["sequence"], body["type"]) for body in bodies] == [
        (k, f"trip-offer.{kind}") for k, kind in enumerate(kinds, 1)
    ]
    assert {one.retailer for one in events} == {"partner:carry"}
    assert [body["trip_offer"]["pays_yuan"] for body in bodies] == [2.0] * 5
    assert {body["trip_offer"]["trip"] for body in bodies} == {"T-1"}
    assert not [word for word in ("13800138000", "王女士", "3栋") if word in str(bodies)]


@pytest.mark.parametrize("how", ["declined", "failed", "withdrawn"])
def test_its_program_hears_that_it_is_over(record, office, accepted, booked, on_the_day, now, monkeypatch, how):
    monkeypatch.setattr("recycling.hooks.keeping.places_of", lambda *_: [])
    desk = office(record)
    with record.write() as session:
        hooks.register(session, desk.settings, "k" * 64, "partner:carry", "https://carry.example/", PROGRAM, now)
    offer = accepted()
    if how == "declined":
        spare.decline(desk, offer.id, "no room", STAFF, now)
    elif how == "failed":
        spare.failed(desk, offer.id, "no-time", STAFF, on_the_day)
    else:
        with record.write() as session:
            spare.cancel(session, desk, spare.trip_of(session, offer.trip_id), "broken", STAFF, now)
    with record.read() as session:
        last = session.scalars(select(ShopEvent).order_by(ShopEvent.sequence.desc())).first()
    assert (last.kind, json.loads(last.body)["trip_offer"]["state"]) == (how, how)
