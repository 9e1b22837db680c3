"""What a partner weighs of a pickup, and what it comes to: checked, in the ledger once, settled by statements."""

from dataclasses import replace
from datetime import timedelta

import pytest
from partner_desk import (
    CASHIER,
    CLERK,
    COMPANY,
    DISPATCHER,
    FRIDGE,
    PAPER,
    accepted,
    code_of,
    collected,
    step,
    the_handover,
    with_partners,
)  # fmt: skip
from sqlalchemy import select

from recycling import handing
from recycling.catalogue import load_catalogue
from recycling.counter.weighing import Weighing, weigh_in
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.handing import Weighed
from recycling.ledger import Account, balance
from recycling.models import LedgerEntry, PurchaseLine
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms

from .conftest import fresh, traces


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
