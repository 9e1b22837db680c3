"""Days on which nobody drives: the shipped file, what an operator can write wrong, and what leaves such days out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from recycling.booking import Window, book, offers, open_days, recount_open
from recycling.booking.again import report_until
from recycling.booking.capacity import Share, WindowFullError, shift
from recycling.booking.checks import need_of_wish
from recycling.errors import BadRequestError, ConfigurationError
from recycling.holidays import Closed, Holidays
from recycling.settings import load_settings


@pytest.fixture
def written(home):
    """Return a function that writes the file anew and gives the settings that read it."""

    def write(text):
        (home / "config" / "holidays.toml").write_text(text, encoding="utf-8")
        return load_settings(planning={"seconds": 0.1})

    return write


def span(first, last, *working):
    return Closed.model_validate({"from": first, "to": last, "zh": "节", "en": "Feast", "working": working})


def test_the_shipped_file_holds_the_notice_for_2026_and_nothing_that_was_not_announced():
    shipped = load_settings().holidays
    lengths = {str(c): (c.first.isoformat(), len(c.days), [d.isoformat() for d in c.working]) for c in shipped.closed}
    assert lengths == {
        "New Year's Day": ("2026-01-01", 3, ["2026-01-04"]),
        "Spring Festival": ("2026-02-15", 9, ["2026-02-14", "2026-02-28"]),
        "Qingming Festival": ("2026-04-04", 3, []),
        "Labour Day": ("2026-05-01", 5, ["2026-05-09"]),
        "Dragon Boat Festival": ("2026-06-19", 3, []),
        "Mid-Autumn Festival": ("2026-09-25", 3, []),
        "National Day": ("2026-10-01", 7, ["2026-09-20", "2026-10-10"]),
    }
    assert "国务院办公厅" in shipped.announced[2026]
    assert {d.year for c in shipped.closed for d in c.days} == {year for year in (2026, 2027) if shipped.known(year)}


def test_working_days_know_the_days_that_are_worked_for_a_holiday():
    shipped = load_settings().holidays
    assert [shipped.is_working(date(2026, 2, d)) for d in (13, 14, 15, 21, 23, 24, 28)] == [
        True, True, False, False, False, True, True,
    ]  # fmt: skip
    assert shipped.working_day(date(2026, 10, 1), -1) == date(2026, 9, 30)
    assert shipped.working_day(date(2026, 10, 1), 1) == date(2026, 10, 8)
    assert shipped.working_day(date(2026, 2, 17), -1) == date(2026, 2, 14)
    assert shipped.on(date(2026, 10, 7)).text("zh_CN") == "国庆节"
    assert shipped.on(date(2026, 10, 8)) is None


ONE = '[[closed]]\nfrom = 2026-10-01\nto = 2026-10-07\nzh = "国庆节"\nen = "National Day"\n'


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (ONE.replace("2026-10-07", "2026-09-07"), 3, "2026-09-07 is before 2026-10-01"),
        (ONE.replace("2026-10-07", "2027-10-07"), 3, "more than 31 days"),
        (ONE + ONE, 7, "2026-10-01 stands here already, as National Day"),
        (ONE + "working = [2026-10-03]\n", 6, "nobody drives on 2026-10-03"),
        (ONE + "working = [2026-10-09]\n", 6, "2026-10-09 is a working day anyway"),
        (ONE + "working = [2026-10-10, 2026-10-10]\n", 6, "2026-10-10 stands here already"),
        (ONE.replace("from = 2026-10-01", 'from = "1 October"'), 2, "closed.0.from cannot be '1 October'"),
        (ONE.replace("zh =", "cn ="), 4, "the key closed.0.cn is unknown"),
        (ONE.replace('en = "National Day"', 'en = ""'), 5, "closed.0.en cannot be ''"),
        (ONE.replace('en = "National Day"', 'en = "国庆节"'), 5, "write the English name in Latin letters"),
        (ONE.replace('en = "National Day"', 'en = "National Day 国庆节"'), 5, "Chinese signs belong into zh"),
        (ONE.replace('en = "National Day"', f'en = "{"x" * 41}"'), 5, "at most 40 characters"),
        (
            ONE + ONE.replace("2026-10", "2026-11").replace('en = "National Day"', "en = 7"),
            10,
            "closed.1.en cannot be 7",
        ),
        ("[announced]\nsoon = 'x'\n", 2, "announced.soon"),
    ],
)
def test_what_is_wrong_is_refused_at_the_start_with_its_line(written, text, line, what):
    with pytest.raises(ConfigurationError) as caught:
        written(text)
    said = str(caught.value)
    assert f"config/holidays.toml:{line}:" in said
    assert what in said


def test_a_reason_may_have_no_english_name(written):
    closed = written(ONE.replace('en = "National Day"\n', "")).holidays.on(date(2026, 10, 3))
    assert (closed.text("zh_CN"), closed.text("en"), str(closed)) == ("国庆节", "国庆节", "国庆节")
    closed = written(ONE).holidays.on(date(2026, 10, 3))
    assert (closed.text("zh_CN"), closed.text("en"), str(closed)) == ("国庆节", "National Day", "National Day")


def test_a_file_that_is_not_there_is_named(home):
    (home / "config" / "holidays.toml").unlink()
    with pytest.raises(ConfigurationError, match=r"config/holidays\.toml is not there"):
        load_settings()
    (home / "own.toml").write_text(ONE, encoding="utf-8")
    assert load_settings(service={"holidays": "own.toml"}).holidays.on(date(2026, 10, 3))


def test_days_of_a_holiday_are_not_open(settings):
    before = datetime(2026, 2, 9, tzinfo=UTC)
    assert [d.isoformat() for d in open_days(settings, before)] == [f"2026-02-{d}" for d in (10, 11, 12, 13, 14)]


def test_nothing_can_be_booked_or_kept_on_a_holiday(sqlite_record, office, wish, written):
    settings = written(ONE.replace("2026-10-01", "2026-03-06").replace("2026-10-07", "2026-03-09"))
    desk, now = office(sqlite_record), datetime(2026, 3, 4, 2, tzinfo=UTC)
    asked = wish(day=date(2026, 3, 6))
    earlier = book(desk, wish(day=date(2026, 3, 7)), "before-it-was-known", now)  # under the file of before
    closed = type(desk)(sqlite_record, settings, desk.catalogue, desk.fleet)
    with pytest.raises(BadRequestError) as caught:
        book(closed, asked, "on-the-holiday", now)
    (fault,) = caught.value.faults
    assert (fault.code, fault.where, fault.values["day"]) == ("no-service", "day", date(2026, 3, 10))
    assert "National Day" in str(fault)
    with sqlite_record.read() as session:
        need = need_of_wish(session, closed, asked, now)
        days = [date(2026, 3, 5) + timedelta(days=k) for k in range(7)]
        for found in (offers(session, closed, need, now), offers(session, closed, need, now, days)):
            assert {o.window.day for o in found} & set(days) == {date(2026, 3, d) for d in (5, 10, 11)}
    assert recount_open(closed, now) == [("DEP-01", date(2026, 3, 7))]  # its rows were written by the booking
    for day in (6, 7):
        there = Window("DEP-01", date(2026, 3, day), "08:00-10:00")
        with pytest.raises(WindowFullError), sqlite_record.write() as session:
            shift(session, closed, [], [Share(there, 1, 1)])
    assert earlier.service_day == date(2026, 3, 7)  # what was promised before stands


def test_two_working_days_to_report_a_missed_visit_do_not_count_a_holiday(sqlite_record, office, wish, now):
    desk = office(sqlite_record)
    made = book(desk, wish(), "missed-or-not", now)
    made.service_day = date(2026, 2, 13)  # a Friday; the Saturday is worked, then nine days nobody works
    assert report_until(desk, made) == desk.clock.midnight(date(2026, 2, 25))
    made.service_day = date(2026, 3, 13)
    assert report_until(desk, made) == desk.clock.midnight(date(2026, 3, 18))


def test_overlapping_spans_and_their_working_days_are_looked_at_across_the_file():
    with pytest.raises(ValueError, match="nobody drives on 2026-10-10"):
        Holidays(closed=(span("2026-10-01", "2026-10-07", date(2026, 10, 10)), span("2026-10-10", None)))
