"""Truck calls as iCalendar (RFC 5545): to the minute, moved and cancelled in place by UID and SEQUENCE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from icalendar import Alarm, Event

from recycling.clock import ServiceClock
from recycling.exports.calendar import empty_feed, plain
from recycling.models import Call

REMINDER = timedelta(hours=-2)
"""How long before a call its reminder is due."""

WORDS = {
    "zh": {
        "name": "回收车",
        "summary": "回收车到{place}",
        "cancelled": "已取消：回收车不到{place}",
        "moved": "原定{when}，已改时间。",
        "why": "原因：{reason}。",
        "timetable": "时刻表调整",
        "alarm": "两小时后回收车到{place}",
    },
    "en": {
        "name": "Recycling truck",
        "summary": "Recycling truck at {place}",
        "cancelled": "Cancelled: no recycling truck at {place}",
        "moved": "Moved from {when}.",
        "why": "Why: {reason}.",
        "timetable": "a new timetable",
        "alarm": "In two hours: recycling truck at {place}",
    },
}


def call_feed(
    calls: Sequence[Call], url_of: Callable[[Call], str], language: str, clock: ServiceClock, now: datetime
) -> bytes:
    """Return calls as a feed to subscribe to.

    A call keeps its UID whatever becomes of it and SEQUENCE counts its changes, so that a calendar changes the entry
    that it has; one that is cancelled stays in the feed as cancelled.
    """
    words = WORDS["zh" if language.startswith("zh") else "en"]
    first = min((call.service_day for call in calls), default=clock.today(now))
    calendar = empty_feed(words["name"], clock, first)
    for call in calls:
        calendar.add_component(_event(call, url_of(call), language, clock, now))
    return bytes(calendar.to_ical())


def reason_text(call: Call, language: str) -> str:
    """Return why a call is cancelled, in the language if the reason has it; one that a new timetable took says that."""
    words = WORDS["zh" if language.startswith("zh") else "en"]
    if call.reason == "timetable":
        return words["timetable"]
    return call.reason if language.startswith("zh") else call.reason_en or call.reason


def _event(call: Call, url: str, language: str, clock: ServiceClock, now: datetime) -> Event:
    words = WORDS["zh" if language.startswith("zh") else "en"]
    place, cancelled = plain(call.community.name), call.state == "cancelled"
    event = Event()
    event.add("uid", f"{call.mark or call.id}@calls.recycling")
    event.add("sequence", call.changes)
    event.add("dtstamp", now)
    event.add("dtstart", clock.local(call.starts_at))
    event.add("dtend", clock.local(call.ends_at))
    event.add("summary", words["cancelled" if cancelled else "summary"].format(place=place))
    said = []
    if call.moved_from is not None:
        said.append(words["moved"].format(when=f"{clock.local(call.moved_from):%Y-%m-%d %H:%M}"))
    if cancelled:
        said.append(words["why"].format(reason=plain(reason_text(call, language))))
    event.add("description", " ".join([*said, plain(url)]))
    event.add("location", plain(f"{call.community.town} {call.community.name}"))
    event.add("geo", (round(call.lat, 6), round(call.lon, 6)))
    event.add("url", plain(url))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if not cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", words["alarm"].format(place=place))
        alarm.add("trigger", REMINDER)
        event.add_component(alarm)
    return event
