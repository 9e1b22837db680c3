"""Two years of a contract's dates against lists written by hand, with the holidays as they were announced."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.booking.contracts import Rule, Schedule, coming, dates_of, occasions
from recycling.holidays import Closed, Holidays

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)


def closed(first, last, name, *working):
    return Closed.model_validate({"from": first, "to": last, "zh": name, "en": name, "working": working})


HOLIDAYS = Holidays(
    closed=(
        closed("2025-01-01", "2025-01-01", "New Year"),
        closed("2025-01-28", "2025-02-04", "Spring Festival", "2025-01-26", "2025-02-08"),
        closed("2025-04-04", "2025-04-06", "Qingming"),
        closed("2025-05-01", "2025-05-05", "Labour Day", "2025-04-27"),
        closed("2025-05-31", "2025-06-02", "Dragon Boat"),
        closed("2025-10-01", "2025-10-08", "National Day", "2025-09-28", "2025-10-11"),
        closed("2026-01-01", "2026-01-03", "New Year", "2026-01-04"),
        closed("2026-02-15", "2026-02-23", "Spring Festival", "2026-02-14", "2026-02-28"),
        closed("2026-04-04", "2026-04-06", "Qingming"),
        closed("2026-05-01", "2026-05-05", "Labour Day", "2026-05-09"),
        closed("2026-06-19", "2026-06-21", "Dragon Boat"),
        closed("2026-09-25", "2026-09-27", "Mid-Autumn"),
        closed("2026-10-01", "2026-10-07", "National Day", "2026-09-20", "2026-10-10"),
    )
)

THURSDAYS_OR_AFTER = """
2025  1: 2 9 16 23          2: 5 6 13 20 27      3: 6 13 20 27      4: 3 10 17 24       5: 6 8 15 22 29
      6: 5 12 19 26         7: 3 10 17 24 31     8: 7 14 21 28      9: 4 11 18 25      10: 9 16 23 30
     11: 6 13 20 27        12: 4 11 18 25
2026  1: 4 8 15 22 29       2: 5 12 24 26        3: 5 12 19 26      4: 2 9 16 23 30     5: 7 14 21 28
      6: 4 11 18 25         7: 2 9 16 23 30      8: 6 13 20 27      9: 3 10 17 24      10: 8 15 22 29
     11: 5 12 19 26        12: 3 10 17 24 31
"""
SECOND_MONDAYS_OR_BEFORE = """
2025  1: 6 20 27            2: 17                3: 3 17 31         4: 14 28            5: 12 26
      6: 9 23               7: 7 21              8: 4 18            9: 1 15 29         10: 13 27
     11: 10 24             12: 8 22
2026  1: 5 19               2: 2 14              3: 2 16 30         4: 13 27            5: 11 25
      6: 8 22               7: 6 20              8: 3 17 31         9: 14 28           10: 12 26
     11: 9 23              12: 7 21
"""
FIRST_MONDAYS_OR_AFTER = """
2025  1: 6   2: 5   3: 3   4: 7   5: 6   6: 3   7: 7   8: 4   9: 1  10: 9  11: 3  12: 1
2026  1: 5   2: 2   3: 2   4: 7   5: 6   6: 1   7: 6   8: 3   9: 7  10: 8  11: 2  12: 7
"""
FIRST_MONDAYS_OR_BEFORE = """
2025  1: 6 27   3: 3   4: 7 30   5: 30   7: 7   8: 4   9: 1 30  11: 3  12: 1
2026  1: 5   2: 2   3: 2   4: 3 30   6: 1   7: 6   8: 3   9: 7 30  11: 2  12: 7
"""
THE_31ST_OR_NOTHING = """
2025  3: 31   7: 31   8: 31  10: 31  12: 31
2026  1: 31   3: 31   5: 31   7: 31   8: 31  10: 31  12: 31
"""


def by_hand(text):
    days, year, month = [], 0, 0
    for word in text.split():
        if word.endswith(":"):
            month = int(word[:-1])
        elif len(word) == 4:
            year = int(word)
        else:
            days.append(date(year, month, int(word)))
    return days


@pytest.mark.parametrize(
    ("rule", "on_holiday", "listed"),
    [
        ("FREQ=WEEKLY;BYDAY=TH", "after", THURSDAYS_OR_AFTER),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "before", SECOND_MONDAYS_OR_BEFORE),
        ("FREQ=MONTHLY;BYDAY=1MO", "after", FIRST_MONDAYS_OR_AFTER),
        ("FREQ=MONTHLY;BYDAY=1MO", "before", FIRST_MONDAYS_OR_BEFORE),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "skip", THE_31ST_OR_NOTHING),
    ],
)
def test_two_years_of_dates(rule, on_holiday, listed):
    schedule = Schedule(Rule.parse(rule), date(2025, 1, 1), None, on_holiday)
    assert dates_of(schedule, HOLIDAYS, FIRST, LAST) == by_hand(listed)


def test_no_date_twice_when_a_shift_falls_on_another():
    schedule = Schedule(Rule.parse("FREQ=WEEKLY;BYDAY=MO,TU,WE,FR"), date(2026, 2, 1), None, "after")
    found = occasions(schedule, HOLIDAYS, date(2026, 2, 13), date(2026, 2, 25))
    assert [o.day for o in found if o.day] == [date(2026, 2, d) for d in (13, 24, 25)]
    joined = {o.rule_day.day: o.joined.day for o in found if o.joined}
    assert joined == dict.fromkeys((16, 17, 18, 20, 23), 24)
    assert {str(o.holiday) for o in found if o.joined} == {"Spring Festival"}


def test_dates_on_the_list_are_left_out_with_their_reason_and_take_no_shift():
    skips = {date(2026, 2, 24): "stock-taking", date(2026, 3, 3): "closed"}
    schedule = Schedule(Rule.parse("FREQ=WEEKLY;BYDAY=TU"), date(2026, 2, 10), None, "after", skips)
    found = occasions(schedule, HOLIDAYS, date(2026, 2, 10), date(2026, 3, 10))
    assert [(o.rule_day.isoformat()[5:], o.day is not None, o.reason) for o in found] == [
        ("02-10", True, ""),
        ("02-17", False, "stock-taking"),
        ("02-24", False, "stock-taking"),
        ("03-03", False, "closed"),
        ("03-10", True, ""),
    ]


@pytest.mark.parametrize(
    ("on_holiday", "first", "last"), [("before", "2026-02-16", None), ("after", "2026-02-01", "2026-02-20")]
)
def test_a_shift_stays_within_the_contract(on_holiday, first, last):
    days = date.fromisoformat(first), date.fromisoformat(last) if last else None
    schedule = Schedule(Rule.parse("FREQ=WEEKLY;BYDAY=MO"), *days, on_holiday)
    (left,) = occasions(schedule, HOLIDAYS, date(2026, 2, 15), date(2026, 2, 20))
    assert (left.day, str(left.holiday)) == (None, "Spring Festival")


def test_the_next_ten_are_shown_with_what_falls_out_between():
    schedule = Schedule(Rule.parse("FREQ=MONTHLY;BYMONTHDAY=1"), date(2026, 1, 1), None, "skip")
    shown = coming(schedule, HOLIDAYS, date(2026, 1, 1), 10)
    assert sum(o.day is not None for o in shown) == 10
    assert [o.rule_day.month for o in shown if o.day is None] == [1, 5, 10]
    assert len(coming(Schedule(schedule.rule, date(2026, 1, 1), date(2026, 3, 1)), HOLIDAYS, date(2026, 1, 1), 10)) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("freq=weekly;byday=th,mo", "FREQ=WEEKLY;BYDAY=MO,TH"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=4;BYDAY=SU"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15,1,-1", "FREQ=MONTHLY;BYMONTHDAY=-1,1,15"),
    ],
)
def test_rules_that_make_sense_are_kept_in_one_spelling(text, plain):
    assert str(Rule.parse(text)) == plain
    assert Rule.parse(plain) == Rule.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "BYDAY=MO", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYDAY=MO;", "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260101", "FREQ=WEEKLY;BYDAY=MO;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=13", "FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=1",
        "FREQ=WEEKLY;FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO\nRDATE:20260101", "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=5MO", "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYMONTHDAY=1",
    ],
)  # fmt: skip
def test_other_rules_are_refused_with_examples(text):
    with pytest.raises(ValueError, match="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"):
        Rule.parse(text)


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
rules = st.one_of(
    st.builds(
        lambda n, d: Rule(n, weekdays=tuple(sorted(d))), st.integers(1, 4), st.sets(st.integers(0, 6), min_size=1)
    ),
    st.builds(lambda n, w: Rule(nth=((n, w),)), st.sampled_from((1, 2, 3, 4, -1)), st.integers(0, 6)),
    st.builds(lambda d: Rule(month_days=(d,)), st.sampled_from((1, 15, 29, 31, -1))),
)


@given(
    rule=rules,
    first=days,
    on_holiday=st.sampled_from(("skip", "before", "after")),
    skipped=st.sets(days, max_size=5),
    cut=days,
)
def test_laws_of_dates(rule, first, on_holiday, skipped, cut):
    schedule = Schedule(rule, first, None, on_holiday, dict.fromkeys(skipped, "x"))
    found = dates_of(schedule, HOLIDAYS, FIRST, LAST)
    assert found == sorted(set(found))
    assert all(HOLIDAYS.on(day) is None and day >= first and day not in skipped for day in found)
    parts = dates_of(schedule, HOLIDAYS, FIRST, cut) + dates_of(schedule, HOLIDAYS, cut + timedelta(days=1), LAST)
    assert parts == found  # the same dates whichever piece of the calendar is looked at
    named = {o.rule_day for o in occasions(schedule, HOLIDAYS, FIRST, LAST)}
    if rule.nth:
        ((n, weekday),) = rule.nth
        assert all(day.weekday() == weekday for day in named)
        assert all(_nth(day) == n or n == -1 for day in named)


def _nth(day):
    return sum(1 for d in range(1, day.day + 1) if calendar.weekday(day.year, day.month, d) == day.weekday())
