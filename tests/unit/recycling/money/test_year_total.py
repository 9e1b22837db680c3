from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recycling.errors import BadRequestError
from recycling.models import Seller
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import declare, identify
from recycling.money.settling import correct
from recycling.money.year_total import Sale, first_day_of_year, fullest_year, judged, last_day_of_year, year_total

LEAP = date(2028, 2, 29)
days = st.dates(date(2026, 12, 1), date(2030, 4, 1))


def whole_days(first, last):
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


# -- twelve months -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 3, 4), date(2027, 3, 3)),
        (date(2027, 2, 28), date(2028, 2, 27)),
        (date(2027, 3, 1), LEAP),
        (date(2028, 2, 28), date(2029, 2, 27)),
        (LEAP, date(2029, 2, 28)),
        (date(2028, 3, 1), date(2029, 2, 28)),
    ],
)
def test_where_twelve_months_end(first, last):
    assert last_day_of_year(first) == last


@hypothesis_settings(deadline=None)
@given(days)
@example(LEAP)
@example(date(2028, 2, 28))
@example(date(2028, 3, 1))
@example(date(2029, 2, 28))
def test_the_earliest_day_whose_twelve_months_reach_a_day(day):
    reaching = [d for d in whole_days(day - timedelta(days=370), day) if last_day_of_year(d) >= day]
    assert first_day_of_year(day) == min(reaching)


@hypothesis_settings(deadline=None)
@given(days)
def test_twelve_months_never_end_earlier_when_they_begin_later(day):
    assert last_day_of_year(day) <= last_day_of_year(day + timedelta(days=1))


def slowly(sales, day):
    """Every span of twelve months that holds the day, one by one."""
    return max(
        sum(s.fen for s in sales if s.first <= last_day_of_year(first) and s.last >= first)
        for first in whole_days(day - timedelta(days=370), day)
        if last_day_of_year(first) >= day
    )


@st.composite
def sales(draw):
    made = []
    for fen in draw(st.lists(st.integers(1, 10**9), max_size=12)):
        first = draw(days)
        long = draw(st.booleans())
        first = first.replace(day=1) if long else first
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if long else first
        made.append(Sale(first, last, fen))
    return made


@hypothesis_settings(deadline=None)
@given(sales(), days)
@example([Sale(date(2027, 2, 28), date(2027, 2, 28), 1), Sale(LEAP, LEAP, 2)], LEAP)
@example([Sale(date(2027, 3, 1), date(2027, 3, 1), 1), Sale(LEAP, LEAP, 2)], LEAP)
@example([Sale(LEAP, LEAP, 1), Sale(date(2029, 2, 28), date(2029, 2, 28), 2)], LEAP)
@example([Sale(LEAP, LEAP, 1), Sale(date(2029, 3, 1), date(2029, 3, 1), 2)], LEAP)
def test_the_total_equals_brute_force(known, day):
    assert fullest_year(known, day) == slowly(known, day)


def test_on_the_same_date_a_year_later_it_has_fallen_out():
    first = Sale(date(2026, 3, 4), date(2026, 3, 4), 100)
    assert fullest_year([first, Sale(date(2027, 3, 3), date(2027, 3, 3), 10)], date(2027, 3, 3)) == 110
    assert fullest_year([first, Sale(date(2027, 3, 4), date(2027, 3, 4), 10)], date(2027, 3, 4)) == 10


@pytest.mark.parametrize(
    ("fen", "percent", "told", "over"),
    [
        (0, 0, 0, False),
        (299_999_999, 59, 0, False),
        (300_000_000, 60, 60, False),
        (399_999_999, 79, 60, False),
        (400_000_000, 80, 80, False),
        (474_999_999, 94, 80, False),
        (475_000_000, 95, 95, False),
        (499_999_999, 99, 95, False),
        (500_000_000, 100, 100, False),
        (500_000_001, 100, 100, True),
    ],
)
def test_shares_of_the_limit_that_are_told(terms, fen, percent, told, over):
    found = judged(terms, fen, date(2026, 3, 4))
    assert (found.percent, found.told, found.over) == (percent, told, over)


def test_before_the_first_limit_there_is_none(terms):
    found = judged(terms, 10**12, date(2024, 4, 28))
    assert (found.limit_fen, found.told, found.over) == (None, 0, False)
    assert judged(terms, 10**12, date(2024, 4, 29)).over


# -- in the record -------------------------------------------------------------------------------------------------


def agreed(fen):
    return WeighedLine("metal", 1_000_000, agreed_fen=fen)


@pytest.fixture
def sells(settled):
    """Return a function that settles a price in fen on a day, in parts that one line can have."""

    def call(database, seller_id, fen, day=date(2026, 3, 4), tag=""):
        parts = [10_000_000] * (fen // 10_000_000) + [fen % 10_000_000]
        lines = [agreed(p) for p in parts if p]
        made = None
        for number in range(0, len(lines), 50):
            key = f"sale-{seller_id}-{day}-{fen}-{number}{tag}"
            some = lines[number : number + 50]
            made = settled(database, seller_id, *some, key=key, day=day, today=date(2030, 1, 1), pay_in="yuan")
        return made

    return call


def total(database, terms, seller_id, day):
    with database.read() as session:
        return year_total(session, terms, session.get(Seller, seller_id), day)


def test_up_to_the_limit_and_not_a_fen_more(record, terms, seller, sells, holds):
    who = seller(record)
    made = sells(record, who, 500_000_000)
    assert (made.year.told, made.year.percent) == (100, 100)
    with pytest.raises(BadRequestError) as caught:
        sells(record, who, 1)
    assert caught.value.faults[0].code == "seller-limit"
    assert "5,000,000.01" in str(caught.value.faults[0])
    assert holds(record, who, "fen") == (500_000_000, 0)
    assert sells(record, who, 1, date(2027, 3, 4)).year.fen == 1
    with pytest.raises(BadRequestError):
        sells(record, who, 1, date(2027, 3, 3))  # entered late: that day lies in the full twelve months
    assert total(record, terms, who, date(2026, 12, 31)).fen == 500_000_000


def test_a_late_entry_fills_the_months_after_it_too(sqlite_record, seller, sells):
    """Each span ending on the late day would hold little; the one that ends half a year later is full."""
    who = seller(sqlite_record)
    sells(sqlite_record, who, 400_000_000, date(2026, 9, 1))
    assert sells(sqlite_record, who, 100_000_000, date(2026, 3, 4)).year.fen == 500_000_000
    with pytest.raises(BadRequestError):
        sells(sqlite_record, who, 1, date(2026, 3, 4), tag="more")


def test_a_leap_day(sqlite_record, seller, sells):
    who = seller(sqlite_record)
    sells(sqlite_record, who, 500_000_000, LEAP)
    with pytest.raises(BadRequestError):
        sells(sqlite_record, who, 1, date(2029, 2, 28))
    assert sells(sqlite_record, who, 1, date(2029, 3, 1)).year.fen == 1


def test_what_was_sold_elsewhere_counts_and_the_newest_word_holds(record, terms, seller, sells, now):
    who = seller(record)
    with record.write() as session:
        declare(session, who, date(2026, 2, 17), 400_000_000, "clerk", now)
    assert sells(record, who, 100_000_000).year.fen == 500_000_000
    with pytest.raises(BadRequestError):
        sells(record, who, 1)
    with record.write() as session:
        declare(session, who, date(2026, 2, 1), 100_000_000, "clerk", now)
    assert sells(record, who, 1).year.fen == 200_000_001
    # February 2026 is met by every span that holds a day until 27 February 2027
    assert total(record, terms, who, date(2027, 2, 27)).fen == 200_000_001
    assert total(record, terms, who, date(2027, 3, 3)).fen == 100_000_001
    with pytest.raises(BadRequestError), record.write() as session:
        declare(session, who, date(2026, 2, 1), -1, "clerk", now)


def test_one_person_behind_two_telephones_counts_once(record, terms, seller, sells, now):
    one, two = seller(record), seller(record, "13900139000")
    sells(record, one, 300_000_000)
    sells(record, two, 200_000_000)
    with record.write() as session:
        for who in (one, two):
            identify(session, who, "natural_person", "王某", "11010519491231002X", b"0" * 32, date(2026, 3, 4))
    assert total(record, terms, one, date(2026, 3, 4)).fen == 500_000_000
    with pytest.raises(BadRequestError):
        sells(record, two, 1)


def test_who_registers_as_a_business_has_no_limit(sqlite_record, seller, sells):
    who = seller(sqlite_record)
    sells(sqlite_record, who, 500_000_000)
    with sqlite_record.write() as session:
        identify(session, who, "sole_trader", "王某回收站", "", b"0" * 32, date(2026, 3, 4))
    assert sells(sqlite_record, who, 100).purchase.seller_kind == "sole_trader"


def test_points_count_by_what_they_are_worth(sqlite_record, seller, settled):
    who = seller(sqlite_record)
    made = settled(sqlite_record, who, WeighedLine("paper", 10_000))
    assert (made.purchase.points, made.purchase.value_fen, made.year.fen) == (100, 1000, 1000)


def test_a_correction_counts_instead_of_what_it_corrects(record, terms, seller, sells, now):
    who = seller(record)
    made = sells(record, who, 10_000_000)
    with record.write() as session:
        key = "a-correction-of-the-test"
        found = correct(session, terms, made.purchase.id, [agreed(4_000_000)], "scale", "clerk", key, now)
    assert found.year.fen == 4_000_000
    assert total(record, terms, who, date(2026, 3, 4)).fen == 4_000_000


def test_two_at_once_do_not_pass_the_limit_together(record, seller, sells, at_once):
    who = seller(record)
    sells(record, who, 490_000_000)
    found = at_once(*(lambda n=n: sells(record, who, 10_000_000, tag=f"-{n}") for n in range(4)))
    assert sorted(type(f).__name__ for f in found) == ["BadRequestError"] * 3 + ["Settled"]
