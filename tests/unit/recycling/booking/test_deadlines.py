"""Until when: an operator's words, on the depot's clock, on days that are not as long as others."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recycling.clock import ServiceClock
from recycling.deadlines import Deadline, Grace

SHANGHAI, BERLIN = (ServiceClock(ZoneInfo(zone)) for zone in ("Asia/Shanghai", "Europe/Berlin"))


def moment(text, day, clock=SHANGHAI, start="08:00", end="10:00"):
    from recycling.clock import parse_hour

    begins, ends = (clock.at(day, parse_hour(hour)) for hour in (start, end))
    return clock.local(Deadline.parse(text).moment(clock, day, begins, ends)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("20:00 the day before", "03-04 20:00"),
        ("  20:00  The Day Before ", "03-04 20:00"),
        ("18:30 2 days before", "03-03 18:30"),
        ("00:00 the day before", "03-04 00:00"),
        ("2 hours before the window", "03-05 06:00"),
        ("1 hour before the window", "03-05 07:00"),
        ("90 minutes before the window", "03-05 06:30"),
        ("the window begins", "03-05 08:00"),
        ("the crew is on its way", "03-05 10:00"),
    ],
)
def test_words_that_are_understood(text, told):
    assert moment(text, date(2026, 3, 5)) == told


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "24:00 the day before", "8:00 the day before", "2 hours", "-1 hours before the window", "20:00"],
)
def test_words_that_are_not(text):
    with pytest.raises(ValueError, match=r"20:00 the day before|hour"):
        Deadline.parse(text)


@pytest.mark.parametrize(
    ("text", "day", "told"),
    [
        ("20:00 the day before", date(2028, 3, 1), "02-29 20:00"),
        ("20:00 the day before", date(2028, 2, 29), "02-28 20:00"),
        ("20:00 the day before", date(2026, 3, 1), "02-28 20:00"),
        ("20:00 2 days before", date(2027, 1, 1), "12-30 20:00"),
    ],
)
def test_leap_days_and_ends_of_months(text, day, told):
    assert moment(text, day) == told


def test_hours_before_the_window_are_hours_that_pass_when_the_clock_changes():
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert moment("3 hours before the window", spring, BERLIN, "04:00") == "03-29 00:00"
    assert moment("3 hours before the window", autumn, BERLIN, "04:00") == "10-25 02:00"
    assert moment("20:00 the day before", spring, BERLIN) == "03-28 20:00"
    assert moment("02:30 the day before", date(2026, 3, 30), BERLIN) == "03-29 03:30", "an hour that is skipped"


@pytest.mark.parametrize("state", ["booked", "planned", "on_the_way"])
def test_it_has_passed_at_its_moment_and_once_the_crew_is_on_its_way(state):
    rule, day = Deadline.parse("the crew is on its way"), date(2026, 3, 5)
    start, end = (datetime(2026, 3, 5, hour, tzinfo=ZoneInfo("Asia/Shanghai")) for hour in (8, 10))
    early = rule.passed(SHANGHAI, day, start, end, state, start - timedelta(days=1))
    assert early == (state == "on_the_way")
    assert not rule.passed(SHANGHAI, day, start, end, "planned", end - timedelta(seconds=1))
    assert rule.passed(SHANGHAI, day, start, end, "planned", end)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("48 hours after", "03-07 21:30"),
        ("1 hour after", "03-05 22:30"),
        ("30  Minutes after", "03-05 22:00"),
        ("7 days after", "03-12 21:30"),
        ("23:00 the same day", "03-05 23:00"),
        ("20:00 the same day", "03-05 20:00"),
        ("20:00 the day after", "03-06 20:00"),
        ("00:00 3 days after", "03-08 00:00"),
        ("never", "03-05 21:30"),
    ],
)
def test_a_time_to_take_something_back_in(text, told):
    done = datetime(2026, 3, 5, 21, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert SHANGHAI.local(Grace.parse(text).until(SHANGHAI, done)).strftime("%m-%d %H:%M") == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            (text, "48 hours after; 30 minutes after")
            for text in ("", "soon", "48", "-1 hours after", "2 hours before")
        ),
        ("24:00 the day after", "hour"),
        ("61 days after", "longer than 60 days"),
        ("99999 hours after", "longer than 60 days"),
        ("20:00 61 days after", "longer than 60 days"),
    ],
)
def test_words_that_are_no_time_to_take_something_back_in(text, said):
    with pytest.raises(ValueError, match=said):
        Grace.parse(text)
