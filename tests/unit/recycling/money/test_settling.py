from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.ledger import balance
from recycling.models import LedgerEntry, Purchase, PurchaseLine
from recycling.money import books
from recycling.money.paying import pay
from recycling.money.pricing import WeighedLine, price
from recycling.money.settling import Evidence, correct, the_purchase

PAPER, METAL, FURNITURE = WeighedLine("paper", 2000), WeighedLine("metal", 1250), WeighedLine("furniture", 10_000)


def rows(database):
    with database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(m)) for m in (Purchase, PurchaseLine, LedgerEntry))


@pytest.fixture
def corrected(terms, now):
    """Return a function that corrects a purchase in a unit of its own."""

    def call(database, purchase, *lines, reason="the scale was wrong", key="a-correction-of-the-test"):
        with database.write() as session:
            return correct(session, terms, purchase.id, lines, reason, "lead", key, now).purchase

    return call


@pytest.fixture
def paid(now):
    """Return a function that records a payment in a unit of its own."""

    def call(database, purchase, fen, key="a-payment-of-the-test", method="cash"):
        with database.write() as session:
            return pay(session, purchase.id, fen, method, "", "driver", key, now)

    return call


# -- once, at the rates of the day ---------------------------------------------------------------------------------


def test_points_for_what_was_weighed(record, seller, settled, holds, now):
    who = seller(record)
    photo = Evidence("photo", "photos/1.jpg", "ab" * 32)
    made = settled(record, who, PAPER, METAL, protest="the scale shows less than mine", evidence=(photo,)).purchase
    with record.read() as session:
        found = the_purchase(session, made.id)
    assert (found.points, found.fen, found.value_fen, found.pay_in) == (45, 0, 450, "points")
    assert [(n.material, n.grams, n.rate, n.amount, n.goods_code) for n in found.lines] == [
        ("paper", 2000, 10, 20, "G1"),
        ("metal", 1250, 20, 25, "G2"),
    ]
    assert (found.person, found.protest, found.recorded_at) == ("clerk", "the scale shows less than mine", now)
    assert [(e.kind, e.place, e.sha256) for e in found.evidence] == [("photo", "photos/1.jpg", "ab" * 32)]
    assert holds(record, who) == (45, 0)
    assert holds(record, who, "fen") == (0, 0)


@pytest.mark.parametrize(("day", "fen"), [(date(2026, 2, 28), 120), (date(2026, 3, 1), 140)])
def test_the_rate_of_the_day_it_was_handed_over(sqlite_record, seller, settled, day, fen):
    assert settled(sqlite_record, seller(sqlite_record), PAPER, day=day, pay_in="yuan").purchase.fen == fen


def test_the_same_key_is_the_same_purchase(record, seller, settled, holds):
    who = seller(record)
    first, again = settled(record, who), settled(record, who)
    assert first.purchase.id == again.purchase.id
    assert first.year == again.year
    assert rows(record) == (1, 1, 1)
    with pytest.raises(ConflictError):
        settled(record, who, METAL)
    assert holds(record, who) == (20, 0)


def test_twins_that_meet_are_one_purchase(record, seller, settled, at_once, holds):
    who = seller(record)
    found = at_once(*(lambda: settled(record, who).purchase.id for _ in range(8)))
    assert len(set(found)) == 1, found
    assert rows(record) == (1, 1, 1)
    assert holds(record, who) == (20, 0)


def test_nothing_for_what_is_worth_nothing(sqlite_record, seller, settled, holds):
    who = seller(sqlite_record)
    made = settled(sqlite_record, who, WeighedLine("glass", 9000), pay_in="yuan").purchase
    assert made.fen == 0
    assert rows(sqlite_record) == (1, 1, 0)
    assert holds(sqlite_record, who, "fen") == (0, 0)


def test_a_price_agreed_at_the_scale(sqlite_record, seller, settled):
    who = seller(sqlite_record)
    fridge = WeighedLine("appliances", 55_000, pieces=1, agreed_fen=4500)
    made = settled(sqlite_record, who, fridge, PAPER, pay_in="yuan").purchase
    assert [(n.rate, n.agreed_fen, n.amount) for n in made.lines] == [(None, 4500, 4500), (70, None, 140)]
    made = settled(sqlite_record, who, fridge, key="another-hand-in").purchase
    assert (made.points, made.value_fen) == (450, 4500)


@pytest.mark.parametrize(
    ("lines", "changes", "codes"),
    [
        ((WeighedLine("paper", 0),), {}, {"bad-weight"}),
        ((WeighedLine("paper", -5),), {}, {"bad-weight"}),
        ((WeighedLine("paper", 2.5),), {}, {"bad-weight"}),
        ((WeighedLine("paper", 10**30),), {}, {"bad-weight"}),
        ((WeighedLine("paper", 10, pieces=-1),), {}, {"bad-pieces"}),
        ((WeighedLine("unicorn\x00", 10),), {}, {"no-rate"}),
        ((WeighedLine("furniture", 10),), {}, {"no-rate"}),
        ((WeighedLine("paper", 10, agreed_fen=10**9),), {}, {"bad-price"}),
        ((WeighedLine("paper", 10, agreed_fen=-1),), {}, {"fee-in-points"}),
        ((WeighedLine("paper", 0), WeighedLine("gold", 1)), {}, {"bad-weight", "no-rate"}),
        ((WeighedLine("paper", 10),) * 51, {}, {"too-many-lines"}),
        ((), {"lines": ()}, {"no-lines"}),
        ((), {"day": date(2026, 3, 5)}, {"future-day"}),
        ((), {"day": date(2025, 12, 31)}, {"no-rates"}),
        ((), {"person": " "}, {"no-person"}),
        ((), {"key": "short"}, {"bad-key"}),
    ],
)
def test_wrong_entries(sqlite_record, seller, settled, lines, changes, codes):
    who = seller(sqlite_record)
    with pytest.raises(BadRequestError) as caught:
        settled(sqlite_record, who, *lines, **changes)
    assert {f.code for f in caught.value.faults} == codes
    assert all("%(" not in str(f) for f in caught.value.faults)
    assert rows(sqlite_record) == (0, 0, 0)


def test_an_unknown_seller(sqlite_record, settled, seller):
    with pytest.raises(NotFoundError):
        settled(sqlite_record, type(seller(sqlite_record))(int=1))


weighed = st.lists(
    st.builds(
        WeighedLine,
        st.sampled_from(["paper", "plastic", "metal", "glass"]),
        st.integers(1, 50_000_000),
        st.just(0),
        st.none() | st.integers(0, 10_000_000),
    ),
    min_size=1,
    max_size=20,
)


@given(weighed, st.sampled_from(["points", "yuan"]))
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sum_of_the_lines_is_the_whole(terms, lines, pay_in):
    found = price(terms, lines, pay_in, date(2026, 3, 4))
    rates = terms.rates_on(date(2026, 3, 4))
    by_kg = rates.points_per_kg if pay_in == "points" else rates.fen_per_kg
    times = rates.points_per_yuan * 10 if pay_in == "points" else 1000
    thousandths = sum(n.grams * by_kg[n.material] if n.agreed_fen is None else n.agreed_fen * times for n in lines)
    assert sum(found.amounts) == found.total == (2 * thousandths + 1000) // 2000
    assert found.value_fen == (found.total if pay_in == "yuan" else found.total * 10)


# -- money ---------------------------------------------------------------------------------------------------------


def test_yuan_are_owed_until_they_are_paid(record, seller, settled, paid, holds):
    who = seller(record)
    made = settled(record, who, PAPER, METAL, pay_in="yuan").purchase
    assert holds(record, who, "fen") == (390, 0)
    with pytest.raises(BadRequestError) as caught:
        paid(record, made, 391)
    assert caught.value.faults[0].code == "too-much"
    assert "3.90" in str(caught.value.faults[0])
    first = paid(record, made, 300)
    assert paid(record, made, 300).id == first.id
    with pytest.raises(ConflictError):
        paid(record, made, 301)
    paid(record, made, 90, "the-rest-of-it", "wechat")
    assert holds(record, who, "fen") == (0, 0)
    with record.read() as session:
        assert balance(session, books.paid("cash")) == 300
        assert balance(session, books.paid("wechat")) == 90
        assert balance(session, books.goods("fen")) == -390
        assert [(p.fen, p.method) for p in the_purchase(session, made.id).payments] == [(300, "cash"), (90, "wechat")]


def test_payments_that_meet_never_pay_more_than_is_owed(record, seller, settled, paid, holds, at_once):
    who = seller(record)
    made = settled(record, who, pay_in="yuan").purchase
    found = at_once(*(lambda n=n: paid(record, made, 140, f"payment-number-{n}") for n in range(4)))
    assert sorted(type(f).__name__ for f in found) == ["BadRequestError"] * 3 + ["PurchasePayment"]
    assert holds(record, who, "fen") == (0, 0)


def test_a_fee_is_owed_until_it_is_paid(record, seller, settled, paid, holds):
    who = seller(record)
    made = settled(record, who, FURNITURE, pay_in="yuan").purchase
    assert (made.fen, made.value_fen) == (-300, 0)
    assert holds(record, who, "fen") == (0, -300)
    with pytest.raises(BadRequestError):
        paid(record, made, -301)
    paid(record, made, -200)
    assert holds(record, who, "fen") == (0, -100)


def test_a_basket_of_both_signs_is_netted(sqlite_record, seller, settled, holds):
    who = seller(sqlite_record)
    made = settled(sqlite_record, who, FURNITURE, WeighedLine("metal", 2000), pay_in="yuan").purchase
    assert (made.fen, [n.amount for n in made.lines]) == (100, [-300, 400])
    assert holds(sqlite_record, who, "fen") == (100, 0)


def test_the_next_hand_in_pays_what_is_owed_first(sqlite_record, seller, settled, holds):
    who = seller(sqlite_record)
    settled(sqlite_record, who, FURNITURE, pay_in="yuan")
    settled(sqlite_record, who, METAL, pay_in="yuan", key="another-hand-in")
    assert holds(sqlite_record, who, "fen") == (0, -50)
    settled(sqlite_record, who, METAL, pay_in="yuan", key="a-third-hand-in")
    assert holds(sqlite_record, who, "fen") == (200, 0)


@pytest.mark.parametrize(
    ("fen", "method", "code"), [(0, "cash", "bad-amount"), (1.5, "cash", "bad-amount"), (1, "gold", "bad-method")]
)
def test_wrong_payments(sqlite_record, seller, settled, paid, fen, method, code):
    made = settled(sqlite_record, seller(sqlite_record), pay_in="yuan").purchase
    with pytest.raises(BadRequestError) as caught:
        paid(sqlite_record, made, fen, method=method)
    assert caught.value.faults[0].code == code


# -- corrections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pay_in", ["points", "yuan"])
@pytest.mark.parametrize("grams", [1, 1999, 2000, 2001, 50_000])
def test_a_correction_leaves_what_would_have_been(sqlite_record, seller, settled, corrected, holds, pay_in, grams):
    who, other = seller(sqlite_record), seller(sqlite_record, "13900139000")
    made = settled(sqlite_record, who, PAPER, pay_in=pay_in).purchase
    new = corrected(sqlite_record, made, WeighedLine("paper", grams))
    settled(sqlite_record, other, WeighedLine("paper", grams), pay_in=pay_in, key="the-right-one")
    unit = books.UNITS[pay_in]
    assert holds(sqlite_record, who, unit) == holds(sqlite_record, other, unit)
    assert (new.corrects, new.reason, new.day, new.source) == (made.id, "the scale was wrong", made.day, made.source)


def test_a_correction_uses_the_rates_of_its_day(sqlite_record, seller, settled, corrected):
    made = settled(sqlite_record, seller(sqlite_record), PAPER, day=date(2026, 2, 28), pay_in="yuan").purchase
    assert corrected(sqlite_record, made, WeighedLine("paper", 1000)).fen == 60


def test_what_was_spent_already_becomes_a_debt(record, seller, settled, redeemed, corrected, holds):
    who = seller(record)
    made = settled(record, who, WeighedLine("paper", 4000)).purchase
    redeemed(record, who)
    assert holds(record, who) == (10, 0)
    corrected(record, made)
    assert holds(record, who) == (0, -30)
    with pytest.raises(BadRequestError):
        redeemed(record, who, key="one-more-of-them")
    settled(record, who, WeighedLine("paper", 5000), key="another-hand-in")
    assert holds(record, who) == (20, 0)


def test_cash_that_was_paid_already_becomes_a_debt(record, seller, settled, paid, corrected, holds):
    who = seller(record)
    made = settled(record, who, pay_in="yuan").purchase
    paid(record, made, 140)
    new = corrected(record, made, WeighedLine("paper", 1000))
    assert holds(record, who, "fen") == (0, -70)
    paid(record, new, -70, "money-that-came-back")
    assert holds(record, who, "fen") == (0, 0)


def test_a_fee_that_was_paid_and_is_corrected_is_paid_back(record, seller, settled, paid, corrected, holds):
    who = seller(record)
    made = settled(record, who, FURNITURE, pay_in="yuan").purchase
    paid(record, made, -300)
    new = corrected(record, made, WeighedLine("furniture", 4000))
    assert holds(record, who, "fen") == (180, 0)
    paid(record, new, 180, "money-paid-back")
    assert holds(record, who, "fen") == (0, 0)


def test_a_purchase_is_corrected_once_and_its_correction_again(record, seller, settled, corrected, holds):
    who = seller(record)
    made = settled(record, who).purchase
    first = corrected(record, made, METAL)
    assert corrected(record, made, METAL).id == first.id
    with pytest.raises(ConflictError) as caught:
        corrected(record, made, METAL, key="another-correction")
    assert caught.value.faults[0].code == "corrected"
    corrected(record, first, key="a-third-correction")
    assert holds(record, who) == (0, 0)


def test_corrections_that_meet_are_one(record, seller, settled, corrected, holds, at_once):
    who = seller(record)
    made = settled(record, who).purchase
    found = at_once(*(lambda n=n: corrected(record, made, METAL, key=f"correction-number-{n}") for n in range(4)))
    assert sorted(type(f).__name__ for f in found) == ["ConflictError"] * 3 + ["Purchase"]
    assert holds(record, who) == (25, 0)


def test_a_correction_says_why(sqlite_record, seller, settled, corrected):
    made = settled(sqlite_record, seller(sqlite_record)).purchase
    with pytest.raises(BadRequestError):
        corrected(sqlite_record, made, METAL, reason=" ")


def test_a_seller_over_the_limit_can_be_corrected_downwards(sqlite_record, seller, settled, corrected, terms_with):
    """The limit may have been lowered, or two sellers turned out to be one."""
    who = seller(sqlite_record)
    wide = terms_with(seller_limits=[{"valid_from": date(2024, 1, 1), "yuan": 10**9, "warn_percent": [60]}])
    first = settled(sqlite_record, who, *[WeighedLine("metal", 1, agreed_fen=10_000_000)] * 50, pay_in="yuan", by=wide)
    made = settled(sqlite_record, who, METAL, pay_in="yuan", key="one-too-many", by=wide).purchase
    assert first.year.fen == 500_000_000
    with pytest.raises(BadRequestError):
        corrected(sqlite_record, made, WeighedLine("metal", 1300))
    assert corrected(sqlite_record, made, WeighedLine("metal", 1200)).fen == 240


# -- the belt ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE purchase SET fen = 1",
        "DELETE FROM purchase",
        "UPDATE purchase_line SET grams = 1",
        "DELETE FROM purchase_line",
        "UPDATE purchase_evidence SET sha256 = ''",
        "DELETE FROM purchase_evidence",
        "UPDATE purchase_payment SET fen = 1",
        "DELETE FROM purchase_payment",
    ],
)
def test_the_database_refuses_to_change_a_purchase(record, seller, settled, paid, statement):
    made = settled(record, seller(record), pay_in="yuan", evidence=(Evidence("photo", "1.jpg"),)).purchase
    paid(record, made, 140)
    with pytest.raises(IntegrityError), record.write() as session:
        session.execute(text(statement))
