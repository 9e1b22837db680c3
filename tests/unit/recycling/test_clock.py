from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.clock import ServiceClock, Span, parse_hour, utc_now

SHANGHAI, BERLIN = ServiceClock(ZoneInfo("Asia/Shanghai")), ServiceClock(ZoneInfo("Europe/Berlin"))
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_now_is_aware_and_utc():
    assert utc_now().utcoffset() == timedelta(0)


def test_shanghai_is_eight_hours_ahead_all_year():
    for month in range(1, 13):
        assert SHANGHAI.at(date(2026, month, 1), time(8)) == utc(2026, month, 1, 0)
    assert SHANGHAI.today(utc(2026, 3, 4, 15, 59, 59)) == date(2026, 3, 4)
    assert SHANGHAI.today(utc(2026, 3, 4, 16)) == date(2026, 3, 5)


def test_leap_day():
    assert SHANGHAI.today(utc(2028, 2, 28, 16)) == date(2028, 2, 29)
    assert SHANGHAI.today(utc(2028, 2, 29, 16)) == date(2028, 3, 1)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (PLAIN, 24), (AUTUMN, 25)])
def test_a_day_has_the_hours_that_really_pass(day, hours):
    length = BERLIN.midnight(day + timedelta(days=1)) - BERLIN.midnight(day)
    assert length == timedelta(hours=hours)
    noon = BERLIN.at(day, time(12))
    assert BERLIN.second_of_day(day, noon) == (hours - 12) * 3600
    assert BERLIN.moment(day, (hours - 12) * 3600) == noon
    assert BERLIN.local(noon).time() == time(12)


def test_an_hour_that_the_clock_skips_is_moved_on():
    assert BERLIN.at(SPRING, time(2, 30)) == utc(2026, 3, 29, 1, 30)
    assert BERLIN.local(BERLIN.at(SPRING, time(2, 30))).time() == time(3, 30)


def test_an_hour_that_comes_twice_is_its_first_one():
    assert BERLIN.at(AUTUMN, time(2, 30)) == utc(2026, 10, 25, 0, 30)


@given(
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.integers(0, 86_399),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"]),
)
def test_second_and_moment_are_each_other_s_inverse(day, second, zone):
    clock = ServiceClock(ZoneInfo(zone))
    assert clock.second_of_day(day, clock.moment(day, second)) == second
    assert clock.today(clock.midnight(day)) == day
    assert clock.today(clock.midnight(day) - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(("text", "hour"), [("00:00", time(0)), ("08:30", time(8, 30)), ("23:59", time(23, 59))])
def test_hour(text, hour):
    assert parse_hour(text) == hour


@pytest.mark.parametrize(
    "text", ["", "8:30", "24:00", "12:60", "08.30", "08:3o", "+8:30", "-0:30", " 8:30", "08:30 ", "٠٨:٣٠", "08:30:00"]
)
def test_no_hour(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_hour(text)


def test_span():
    span = Span.parse("08:00 - 10:30")
    assert (span.start, span.end, str(span)) == (time(8), time(10, 30), "08:00-10:30")


@pytest.mark.parametrize("text", ["", "08:00", "08:00-", "-10:00", "10:00-08:00", "08:00-08:00", "08:00-09:00-10:00"])
def test_no_span(text):
    with pytest.raises(ValueError, match=r".+"):
        Span.parse(text)
