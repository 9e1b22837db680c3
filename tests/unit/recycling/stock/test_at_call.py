"""What people bring to a truck, and what is settled at the scale, is on board in the same unit."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from made_plans import NINE, make_plan
from sqlalchemy import func, select

from recycling.accounts.actors import Actor, Role
from recycling.booking import life
from recycling.counter import AgreedThing, Brought, RightLine, Weighing, hand_in, put_right, weigh_in
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.ledger import balance, balances
from recycling.models import Booking, LedgerEntry, Purchase, Seller, StockSerial
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.review import review
from recycling.money.settling import the_purchase
from recycling.money.terms import load_terms
from recycling.stock.differences import Scale
from recycling.stock.differences import weigh_in as weigh_truck_in

CREW = Actor("person", "crew", Role.DRIVER, frozenset({"DEP-01"}))
ADMIN = Actor("person", "lead", Role.ADMIN, every_depot=True)
PAPER = (WeighedLine("paper", 12_000),)
KEY = "a-hand-in-at-a-call"


@pytest.fixture
def terms(catalogue):
    return load_terms(catalogue)


@pytest.fixture
def brings(office, terms, now):
    """Return a function that hands 12 kg of paper in at a call of the truck at A-001, changed where the test says."""

    def call(database, key=KEY, actor=CREW, by=None, at=now, **changes):
        sound = Brought("T-BOX", "13800138000", "A-001", PAPER, "points")
        return hand_in(office(database), by or terms, replace(sound, **changes), actor, key, at).purchase

    return call


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def held(database, kind):
    with database.read() as session:
        return {key: v for key, v in balances(session, kind).items() if key[1].endswith(" g")}


def code_of(caught):
    return caught.value.faults[0].code


def test_a_hand_in_is_bought_and_on_board(record, brings, on_board):
    bought = brings(record)
    assert on_board(record) == {"paper": 12_000}
    assert held(record, "collected") == {("A-001", "paper g"): -12_000}
    assert (bought.source, bought.points) == ("call:A-001", 12 * 60)
    with record.read() as session:
        assert balance(session, books.holding(bought.seller_id, "points")) == 720


def test_a_double_tap_is_one_entry(record, brings, on_board, at_once):
    found = at_once(*(lambda: brings(record).id for _ in range(8)))
    assert len(set(found)) == 1, found
    assert on_board(record) == {"paper": 12_000}
    with pytest.raises(ConflictError):
        brings(record, lines=(WeighedLine("paper", 1),))


def test_a_double_tap_of_somebody_unknown_is_one_entry_too(record, brings, on_board, at_once):
    found = at_once(*(lambda: brings(record, who="", pay_in="yuan").id for _ in range(8)))
    assert len(set(found)) == 1, found
    assert on_board(record) == {"paper": 12_000}
    assert count(record, Seller) == 1


def test_somebody_unknown_is_paid_in_cash_at_once(record, brings):
    bought = brings(record, who=" ", pay_in="yuan")
    assert bought.fen == 12 * 60
    with record.read() as session:
        assert session.get_one(Seller, bought.seller_id).phone is None
        assert balance(session, books.holding(bought.seller_id, "fen")) == 0
        assert balance(session, books.paid("cash")) == 720
        assert [p.method for p in the_purchase(session, bought.id).payments] == ["cash"]
    with pytest.raises(BadRequestError) as caught:
        brings(record, who="", pay_in="points", key="another-hand-in")
    assert code_of(caught) == "points-for-nobody"


def test_somebody_is_known_by_an_earlier_receipt_or_a_booking(record, brings, booked):
    first = brings(record, who="", pay_in="yuan")
    assert brings(record, who=first.reference.lower(), key="the-next-hand-in").seller_id == first.seller_id
    (made,) = booked(record, 1)
    later = brings(record, who=made.reference, key="by-a-booking")
    assert later.seller_id == brings(record, key="by-the-phone", who=made.phone).seller_id
    with pytest.raises(BadRequestError) as caught:
        brings(record, who="NOBODY22", key="by-no-receipt")
    assert code_of(caught) == "no-receipt"


def test_low_value_things_are_taken_for_nothing_where_there_is_no_rate(record, brings, terms, on_board):
    rates = terms.rates[0]
    poor = {m: v for m, v in rates.fen_per_kg.items() if m != "textiles"}
    without = terms.model_copy(update={"rates": (rates.model_copy(update={"fen_per_kg": poor}),)})
    bought = brings(record, by=without, who="", pay_in="yuan", lines=(WeighedLine("textiles", 3000),))
    assert (bought.fen, bought.lines[0].amount) == (0, 0)
    assert on_board(record) == {"textiles": 3000}
    no_metal = {m: v for m, v in rates.fen_per_kg.items() if m != "metal"}
    bare = terms.model_copy(update={"rates": (rates.model_copy(update={"fen_per_kg": no_metal}),)})
    with pytest.raises(BadRequestError) as caught:
        brings(record, by=bare, pay_in="yuan", lines=(WeighedLine("metal", 1),), key="metal-has-no-rate")
    assert code_of(caught) == "no-rate"


def test_what_does_not_go_on_board_is_not_bought(record, brings, on_board):
    heavy = (WeighedLine("metal", 900_000), WeighedLine("glass", 901_000))
    with pytest.raises(BadRequestError) as caught:
        brings(record, lines=heavy, fits=True)
    assert code_of(caught) == "overloaded"
    with pytest.raises(BadRequestError) as caught:
        brings(record, lines=(WeighedLine("paper", 560_000),))
    assert code_of(caught) == "compartment-full"
    assert (count(record, Purchase), count(record, LedgerEntry), on_board(record)) == (0, 0, {})
    brings(record, lines=(WeighedLine("paper", 560_000),), fits=True)
    assert on_board(record) == {"paper": 560_000}


def test_only_a_crew_of_the_depot_loads_a_truck(record, brings):
    for actor in (
        Actor("person", "x", Role.DRIVER, frozenset({"DEP-02"})),
        Actor("person", "x", Role.RESIDENT),
        Actor("person", "x", Role.MANAGER, every_depot=True),
    ):
        with pytest.raises(ForbiddenError):
            brings(record, actor=actor)
    for nowhere in ({"plate": "T-NONE"}, {"community": "Z-999"}):
        with pytest.raises(NotFoundError):
            brings(record, **nowhere)
    assert count(record, Purchase) == 0


def test_the_same_serial_twice_goes_to_the_review(record, brings, terms, now):
    def fridge(key, text):
        things = (AgreedThing("fridge", 1, fen=None, why="as the catalogue says"),)
        things = (replace(things[0], fen=3000),)
        return brings(record, key=key, pay_in="yuan", lines=(), things=things, serials={text: "fridge"})

    first, second = fridge("the-first-time", "SN 12-ab"), fridge("the-second-time", "sn12-AB")
    assert count(record, StockSerial) == 2
    with record.read() as session:
        found = [s for s in review(session, terms, date(2026, 3, 1), date(2026, 3, 31)) if s.kind == "same-serial"]
    assert [(s.references, s.figure) for s in found] == [((first.reference, second.reference), "SN12-AB")]
    with pytest.raises(BadRequestError) as caught:
        fridge("no-serial", "¿")
    assert code_of(caught) == "bad-serial"


# -- at the scale --------------------------------------------------------------------------------------------------


@pytest.fixture
def visited(record, booked, now):
    """A booking on the truck's route of its day."""
    (made,) = booked(record, 1)
    make_plan(record, made, 1)
    with record.write() as session:
        booking = session.get_one(Booking, made.id)
        life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    return made


AFTER = NINE + timedelta(hours=3)


@pytest.fixture
def settles(office, terms):
    def call(database, made, key="the-scale-of-a-booking", at=AFTER, lines=PAPER):
        weighing = Weighing("", made.reference if made else "", lines, "points", date(2026, 3, 5))
        if made is None:
            weighing = replace(weighing, phone="13800138000", station="STA-01")
        return weigh_in(office(database), terms, weighing, ADMIN, key, at).purchase

    return call


def test_a_settled_booking_is_on_its_vehicle(record, visited, settles, on_board):
    first = settles(record, visited)
    assert settles(record, visited).id == first.id
    assert on_board(record) == {"paper": 12_000}
    assert held(record, "collected") == {(visited.community_code or "", "paper g"): -12_000}


def test_where_settling_fails_nothing_is_on_board(record, visited, settles, on_board):
    with pytest.raises(ConflictError):
        settles(record, visited, at=NINE - timedelta(days=1) + timedelta(hours=20))
    assert on_board(record) == {}
    assert count(record, LedgerEntry) == 0


def test_what_the_centre_found_already_goes_against_the_differences(
    record, visited, settles, on_board, truck, rules, deed
):
    scale = Scale("CEN-01", {"paper": 12_000})
    with record.write() as session:
        weigh_truck_in(session, rules, truck, scale, date(2026, 3, 5), deed(at=NINE + timedelta(hours=1)))
    assert held(record, "difference") == {("T-BOX", "paper g"): -12_000}
    settles(record, visited)
    assert on_board(record) == {}
    assert held(record, "difference") == {}


def test_a_walk_in_lies_at_its_station(record, settles, on_board):
    settles(record, None)
    assert held(record, "elsewhere") == {("STA-01", "paper g"): 12_000}
    assert on_board(record) == {}


@pytest.mark.parametrize("grams", [5000, 20_000])
def test_a_purchase_that_is_put_right_takes_the_stock_with_it(
    record, office, terms, visited, settles, on_board, unloaded, grams
):
    bought = settles(record, visited)

    def right(old, weight, key):
        lines = [RightLine(0, WeighedLine("paper", weight))] if weight else []
        return put_right(office(record), terms, old.id, lines, "misread", ADMIN, key, AFTER).purchase

    new = right(bought, grams, "put-it-right-1")
    assert right(bought, grams, "put-it-right-1").id == new.id
    assert on_board(record) == {"paper": grams}
    last = right(new, 0, "put-it-right-2")
    assert on_board(record) == {}
    assert held(record, "collected") == {}
    assert last.lines == []


def test_what_is_put_right_after_it_left_changes_the_differences(
    record, office, terms, visited, settles, on_board, unloaded
):
    bought = settles(record, visited)
    unloaded(record)
    lines = [RightLine(0, WeighedLine("paper", 5000))]
    put_right(office(record), terms, bought.id, lines, "misread", ADMIN, "put-it-right", AFTER)
    assert on_board(record) == {}
    assert held(record, "difference") == {("T-BOX", "paper g"): -7000}
    assert held(record, "collected") == {(visited.community_code or "", "paper g"): -5000}
