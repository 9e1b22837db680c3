"""Calendar files: hours, identity, changes, cancelling, reminders, and texts that try to break out."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from icalendar import Calendar
from trial_counts import so_many

from recycling.clock import ServiceClock
from recycling.exports.calendar import calendar_feed, calendar_of

CLOCK = ServiceClock(ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
URL = "https://x.example.cn/b/abcdefgh"
NASTY = [
    "3栋2单元501; DROP\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "a\\nb\\,c\\;d",
    'quotes " and : colons',
    "\u2028\u2029\u0085\x0b\x00",
    "\u202egnitsyrt\u202c",
    "很长的地址" * 40,
    "emoji 🛋️👨‍👩‍👧‍👦" * 20,
    "X-ALT-DESC;FMTTYPE=text/html:<script>alert(1)</script>",
]


def booking(**changes):
    sound = {
        "id": UUID(int=7),
        "version": 3,
        "state": "booked",
        "reference": "RXRRRJTW",
        "service_day": date(2026, 3, 5),
        "promise_start": datetime(2026, 3, 5, 0, tzinfo=UTC),
        "promise_end": datetime(2026, 3, 5, 2, tzinfo=UTC),
        "place": "荷叶街社区",
        "address": "3栋2单元501",
        "contact": "王女士",
        "phone": "+8613800138000",
        "moved_from_start": None,
        "moved_from_end": None,
    }
    return SimpleNamespace(**{**sound, **changes})


def events(data):
    return Calendar.from_ical(data).walk("VEVENT")


def test_the_promised_hours_in_the_depot_s_zone():
    data = calendar_of(booking(), URL, "zh_CN", CLOCK, NOW)
    (event,) = events(data)
    assert (event.start, event.end) == (booking().promise_start, booking().promise_end)
    assert b"DTSTART;TZID=Asia/Shanghai:20260305T080000\r\n" in data
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (f"{UUID(int=7)}@pickups.recycling", 3, "CONFIRMED")
    assert event["SUMMARY"] == "上门回收 RXRRRJTW"
    assert URL in event["DESCRIPTION"]
    assert event["URL"] == URL
    assert Calendar.from_ical(data)["METHOD"] == "PUBLISH"


def test_the_zone_is_described_in_the_file():
    (zone,) = Calendar.from_ical(calendar_of(booking(), URL, "zh", CLOCK, NOW)).walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    assert zone.to_tz().utcoffset(datetime.fromisoformat("2026-03-05T08:00")) == timedelta(hours=8)


@pytest.mark.parametrize(("hour", "before"), [(0, "-PT13H"), (7, "-PT20H")])
def test_a_reminder_on_the_evening_before(hour, before):
    start = datetime(2026, 3, 5, hour, tzinfo=UTC)
    data = calendar_of(booking(promise_start=start, promise_end=start + timedelta(hours=2)), URL, "en", CLOCK, NOW)
    (alarm,) = Calendar.from_ical(data).walk("VALARM")
    assert alarm["TRIGGER"].to_ical().decode() == before
    assert CLOCK.local(start + alarm["TRIGGER"].dt).strftime("%m-%d %H:%M") == "03-04 19:00"
    assert alarm["ACTION"] == "DISPLAY"
    assert "Tomorrow" in alarm["DESCRIPTION"]


def test_a_cancelled_booking_takes_its_entry_back():
    before, after = (
        events(calendar_of(b, URL, "zh", CLOCK, NOW))[0] for b in (booking(), booking(version=4, state="cancelled"))
    )
    data = calendar_of(booking(version=4, state="cancelled"), URL, "zh", CLOCK, NOW)
    assert Calendar.from_ical(data)["METHOD"] == "CANCEL"
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"
    assert Calendar.from_ical(data).walk("VALARM") == []


def test_a_feed_keeps_what_is_cancelled_and_is_never_a_cancelling_itself():
    both = [booking(), booking(id=UUID(int=8), state="cancelled", version=9)]
    data = calendar_feed(both, lambda b: f"{URL}/{b.id}", "zh", CLOCK, NOW)
    assert [e["STATUS"] for e in events(data)] == ["CONFIRMED", "CANCELLED"]
    assert len({e["UID"] for e in events(data)}) == 2
    assert Calendar.from_ical(data)["METHOD"] == "PUBLISH"
    assert len(Calendar.from_ical(data).walk("VTIMEZONE")) == 1


def test_an_empty_feed_is_a_calendar_too():
    data = calendar_feed([], lambda b: URL, "en", CLOCK, NOW)
    assert Calendar.from_ical(data).walk("VEVENT") == []


def test_neither_name_nor_number_of_the_resident_stands_in_it():
    data = calendar_of(booking(), URL, "zh", CLOCK, NOW).decode()
    unfolded = data.replace("\r\n ", "")
    assert "王女士" not in unfolded
    assert "13800138000" not in unfolded


def sound(data):
    """The rules that a reader goes by: CRLF, lines of 75 bytes, no control characters, one event."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e]", data.decode("utf-8").replace("\r\n", ""))
    names = {line.split(b":")[0].split(b";")[0] for line in data.replace(b"\r\n ", b"").split(b"\r\n") if line}
    assert names <= {n.encode() for n in KNOWN}
    return events(data)


KNOWN = {
    *("BEGIN", "END", "PRODID", "VERSION", "CALSCALE", "METHOD", "X-WR-CALNAME", "TZID", "TZNAME", "TZOFFSETFROM"),
    *("TZOFFSETTO", "DTSTART", "UID", "SEQUENCE", "DTSTAMP", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "URL"),
    *("STATUS", "TRANSP", "CLASS", "ACTION", "TRIGGER"),
}


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_stay_inside_their_line(text):
    (event,) = sound(calendar_of(booking(place=text, address=text, reference=text[:8]), URL, "zh", CLOCK, NOW))
    assert "evil" not in event["UID"]


@trials(max_examples=so_many(200), deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_stays_inside_its_line(address, reference):
    (event,) = sound(calendar_of(booking(address=address, reference=reference), URL, "zh", CLOCK, NOW))
    letters = [c for c in address if c.isalnum()]
    assert [c for c in str(event["LOCATION"]) if c.isalnum()][len("荷叶街社区") :] == letters


def test_a_text_that_is_not_made_plain_would_be_found_out(monkeypatch):
    """The control."""
    from recycling.exports import calendar

    monkeypatch.setattr(calendar, "plain", lambda text: text)
    with pytest.raises((AssertionError, ValueError)):
        sound(calendar_of(booking(address="\u202e\x00\x0b"), URL, "zh", CLOCK, NOW))
