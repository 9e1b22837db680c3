"""Bookings as iCalendar (RFC 5545): the promised hours, changed and cancelled in place by UID and SEQUENCE."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event, Timezone, vDuration

from recycling.clock import ServiceClock
from recycling.models import Booking

REMINDER = time(19, 0)
"""Local hour of the reminder on the evening before."""

WORDS = {
    "zh": {
        "name": "上门回收",
        "summary": "上门回收 {reference}",
        "cancelled": "已取消：上门回收 {reference}",
        "body": "师傅在这个时间段内到门口开始。查看、改时间或取消：{url}",
        "gone": "这次上门已取消，我们不会上门。{url}",
        "moved": "原定{day} {hours}，因停运（{why}）改到这个时间。",
        "alarm": "明天上门回收 {reference}",
    },
    "en": {
        "name": "Recycling pickups",
        "summary": "Recycling pickup {reference}",
        "cancelled": "Cancelled: recycling pickup {reference}",
        "body": "The crew begins at your door between these hours. See, move or cancel: {url}",
        "gone": "This pickup is cancelled; nobody will come. {url}",
        "moved": "Moved from {day} {hours}: nobody drives on that day ({why}).",
        "alarm": "Tomorrow: recycling pickup {reference}",
    },
}


def calendar_of(booking: Booking, url: str, language: str, clock: ServiceClock, now: datetime) -> bytes:
    """Return one booking as a calendar file; a cancelled one takes the entry out of the calendar that has it.

    Parameters
    ----------
    url
        The booking's own page, in full.
    language
        ``zh`` or ``en``; ``zh_CN`` is ``zh``.
    now
        When the file is made (DTSTAMP).
    """
    method = "CANCEL" if booking.state == "cancelled" else "PUBLISH"
    calendar = empty_calendar(_words(language)["name"], clock, booking.service_day, method)
    calendar.add_component(_event(booking, url, language, clock, now))
    return bytes(calendar.to_ical())


def calendar_feed(
    bookings: Iterable[Booking], url_of: Callable[[Booking], str], language: str, clock: ServiceClock, now: datetime
) -> bytes:
    """Return bookings as a feed to subscribe to. Cancelled ones stay in it as cancelled, so that calendars notice."""
    bookings = list(bookings)
    first = min((b.service_day for b in bookings), default=clock.today(now))
    calendar = empty_feed(_words(language)["name"], clock, first)
    for booking in bookings:
        calendar.add_component(_event(booking, url_of(booking), language, clock, now))
    return bytes(calendar.to_ical())


def empty_feed(name: str, clock: ServiceClock, first: date) -> Calendar:
    """Return a calendar that programs fetch anew every four hours."""
    calendar = empty_calendar(name, clock, first, "PUBLISH")
    calendar.add("refresh-interval", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    return calendar


def empty_calendar(name: str, clock: ServiceClock, first: date, method: str) -> Calendar:
    """Return a calendar without events, with the time zone around a first day."""
    calendar = Calendar()
    calendar.add("prodid", "-//Recycling//Pickups//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add("x-wr-calname", name)
    zone = Timezone.from_tzid(
        clock.zone.key, first_date=date(first.year - 1, 1, 1), last_date=date(first.year + 2, 1, 1)
    )
    zone.pop("COMMENT", None)
    calendar.add_component(zone)
    return calendar


def _event(booking: Booking, url: str, language: str, clock: ServiceClock, now: datetime) -> Event:
    words, cancelled = _words(language), booking.state == "cancelled"
    start, end = clock.local(booking.promise_start), clock.local(booking.promise_end)
    event = Event()
    event.add("uid", f"{booking.id}@pickups.recycling")
    event.add("sequence", booking.version)
    event.add("dtstamp", now)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", words["cancelled" if cancelled else "summary"].format(reference=plain(booking.reference)))
    said = [words["gone" if cancelled else "body"].format(url=plain(url))]
    if booking.moved_from_start is not None and booking.moved_from_end is not None and not cancelled:
        first, last = clock.local(booking.moved_from_start), clock.local(booking.moved_from_end)
        hours, why = f"{first:%H:%M}–{last:%H:%M}", plain(booking.why_moved(language))
        said.insert(0, words["moved"].format(day=f"{first:%Y-%m-%d}", hours=hours, why=why))
    event.add("description", " ".join(said))
    event.add("location", plain(f"{booking.place} {booking.address}"))
    event.add("url", plain(url))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    if not cancelled:
        evening = datetime.combine(start.date() - timedelta(days=1), REMINDER, tzinfo=clock.zone)
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", words["alarm"].format(reference=plain(booking.reference)))
        alarm.add("trigger", vDuration(evening - start))
        event.add_component(alarm)
    return event


def _words(language: str) -> dict[str, str]:
    return WORDS["zh" if language.startswith("zh") else "en"]


def plain(text: str) -> str:
    """Return the text without what ends a line or cannot be seen; the format's own characters are escaped later.

    A backslash becomes a slash: calendars read one before an N as the end of a line, however it is escaped.
    """
    text = text.replace("\\", "/")
    kept = (c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " " for c in text)
    return " ".join("".join(kept).split())
