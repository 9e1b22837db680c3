"""The book of a truck is put right by two people."""

import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from recycling.accounts.actors import Actor, Role
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.models import LedgerEntry, StockCorrection
from recycling.stock.correcting import ask, decide, waiting_corrections

DRIVER, LEAD = Actor("person", "driver", Role.DRIVER), Actor("person", "lead", Role.DISPATCHER)


@pytest.fixture
def asked(truck, now):
    def call(database, grams, material="paper", reason="the scale was out", key="a-correction-1", actor=DRIVER):
        with database.write() as session:
            return ask(session, truck, material, grams, reason, actor, key, now)

    return call


@pytest.fixture
def decided(truck, rules, now):
    def call(database, key, yes=True, actor=LEAD):
        with database.write() as session:
            return decide(session, rules, truck, key, yes, actor, now)

    return call


@pytest.mark.parametrize("grams", [2500, -2500])
def test_nothing_moves_before_a_second_person_says_yes(record, brought, asked, decided, on_board, grams):
    brought(record, paper=10)
    one = asked(record, grams)
    assert asked(record, grams).id == one.id
    assert on_board(record) == {"paper": 10_000}
    with pytest.raises(ForbiddenError) as caught:
        decided(record, one.id, actor=DRIVER)
    assert caught.value.faults[0].code == "second-person"
    for _ in range(2):
        assert decided(record, one.id).state == "made"
    assert on_board(record) == {"paper": 10_000 + grams}
    with record.read() as session:
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "stock-correction")).one()
        assert (entry.person, entry.reason) == ("lead", "the scale was out (driver)")
        assert waiting_corrections(session, "T-BOX") == []
    with pytest.raises(ConflictError):
        decided(record, one.id, yes=False)


def test_what_is_refused_moves_nothing(record, brought, asked, decided, on_board):
    brought(record, paper=10)
    one = asked(record, 500)
    with record.read() as session:
        assert [c.id for c in waiting_corrections(session, "T-BOX")] == [one.id]
    assert decided(record, one.id, yes=False).state == "refused"
    assert on_board(record) == {"paper": 10_000}


def test_less_than_nothing_is_refused_when_asked_and_when_decided(record, brought, asked, decided, unloaded, on_board):
    brought(record, paper=10)
    with pytest.raises(BadRequestError):
        asked(record, -10_001)
    one = asked(record, -8000)
    unloaded(record, {"paper": 5000})
    with pytest.raises(BadRequestError):
        decided(record, one.id)
    assert on_board(record) == {"paper": 5000}
    with record.read() as session:
        assert session.get(StockCorrection, one.id).state == "asked"


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"grams": 0}, {"grams": 1.5}, {"key": "x"}, {"actor": Actor("anonymous")}]
)
def test_a_wish_that_says_too_little(sqlite_record, asked, changes):
    with pytest.raises(BadRequestError):
        asked(sqlite_record, **{"grams": 5, **changes})


def test_a_key_stands_for_one_wish(sqlite_record, asked, decided):
    asked(sqlite_record, 5)
    with pytest.raises(ConflictError):
        asked(sqlite_record, 6)
    with pytest.raises(NotFoundError):
        decided(sqlite_record, uuid.uuid4())


def test_the_database_itself_wants_a_second_person(record, asked):
    asked(record, 5)
    with pytest.raises(IntegrityError), record.write() as session:
        session.execute(text("UPDATE stock_correction SET state = 'made', decided_by = asked_by"))


def test_two_who_decide_at_once_make_it_once(record, brought, asked, decided, at_once, on_board):
    brought(record, paper=10)
    one = asked(record, -4000)
    others = [Actor("person", f"lead-{n}", Role.DISPATCHER) for n in range(6)]
    at_once(*(lambda a=a: decided(record, one.id, actor=a) for a in others))
    assert on_board(record) == {"paper": 6000}
