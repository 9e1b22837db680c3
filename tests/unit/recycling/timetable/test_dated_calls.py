"""Versions in force, dated calls laid out, moved and cancelled, and what calendars and files say of them."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from recycling import audit
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.exports.call_calendar import call_feed
from recycling.holidays import Holidays
from recycling.jobs import lay_out_calls
from recycling.models import Call, Timetable, TimetableVisit
from recycling.timetable.calls import cancel_call, lay_out, move_call, next_calls, restore_call
from recycling.timetable.compare import compared
from recycling.timetable.open_data import open_data
from recycling.timetable.versions import cycle_day, in_force, publish, the_timetable, withdraw

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)  # a Wednesday, 10:00 in Dazhou
MONDAY = date(2026, 3, 9)
WHO = system("test")


def draft(session, version, visits, weeks=1):
    """A draft of (community, day, minute) visits by one vehicle."""
    table = Timetable(
        depot_code="DEP-01", version=version, weeks=weeks, made_at=NOW, made_by="test", fen_a_week=1000, left_out=0
    )
    for position, (community, day, minute) in enumerate(visits):
        table.visits.append(
            TimetableVisit(
                community_code=community,
                day=day,
                plate="T-BOX",
                position=position,
                start_minute=minute,
                dwell_minutes=60,
                expected_kg=100,
                expected_litres=2900,
            )
        )
    session.add(table)
    session.flush()
    return table


@pytest.fixture
def codes(record):
    """Codes of the town's communities."""
    from recycling.models import Community

    with record.read() as session:
        return list(session.scalars(select(Community.code).order_by(Community.code)))


@pytest.fixture
def calling(record, settings, codes):
    """A timetable in force from Monday: the first community on Mondays at 9, the second on Thursdays at 14."""
    with record.write() as session:
        table = draft(session, 1, [(codes[0], 0, 540), (codes[1], 3, 840)])
        publish(session, settings, table, MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    return record


def all_calls(database):
    with database.read() as session:
        return session.scalars(select(Call).where(Call.mark.is_not(None)).order_by(Call.starts_at)).all()


def test_a_published_timetable_lays_its_calls_out_for_the_season(calling, settings, codes):
    calls = all_calls(calling)
    last = settings.clock.today(NOW) + timedelta(weeks=settings.timetable.weeks_ahead)
    mondays = [c for c in calls if c.community_code == codes[0]]
    assert [c.service_day for c in mondays] == [
        MONDAY + timedelta(weeks=k) for k in range(20) if MONDAY + timedelta(weeks=k) <= last
    ]
    assert {f"{settings.clock.local(c.starts_at):%a %H:%M}" for c in calls} == {"Mon 09:00", "Thu 14:00"}


def test_laying_out_again_changes_nothing(calling, settings):
    before = [(c.id, c.starts_at, c.changes) for c in all_calls(calling)]
    with calling.write() as session:
        done = lay_out(session, settings, "DEP-01", NOW)
    assert (done.made, done.moved, done.cancelled, done.kept) == (0, 0, 0, len(before))
    assert [(c.id, c.starts_at, c.changes) for c in all_calls(calling)] == before


def test_a_later_version_moves_cancels_and_makes_calls_from_its_day_on(calling, settings, codes):
    first = MONDAY + timedelta(weeks=2)
    with calling.write() as session:
        table = draft(session, 2, [(codes[0], 0, 600), (codes[2], 1, 540)])
        publish(session, settings, table, first, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    calls = all_calls(calling)
    before = [c for c in calls if c.service_day < first]
    assert all(c.state == "planned" and c.moved_from is None and c.changes == 0 for c in before)
    moved = [c for c in calls if c.service_day >= first and c.community_code == codes[0]]
    assert {f"{settings.clock.local(c.moved_from):%H:%M}-{settings.clock.local(c.starts_at):%H:%M}" for c in moved} == {
        "09:00-10:00"
    }
    gone = [c for c in calls if c.service_day >= first and c.community_code == codes[1]]
    assert {(c.state, c.reason) for c in gone} == {("cancelled", "timetable")}
    assert any(c.community_code == codes[2] for c in calls)


def test_withdrawing_brings_the_version_before_back(calling, settings, codes):
    before = [(c.mark, c.starts_at, c.state, c.reason, c.moved_from) for c in all_calls(calling)]
    with calling.write() as session:
        table = draft(session, 2, [(codes[0], 0, 600)])
        publish(session, settings, table, MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
        withdraw(session, table, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
        assert in_force(session, "DEP-01", MONDAY).version == 1
    assert [(c.mark, c.starts_at, c.state, c.reason, c.moved_from) for c in all_calls(calling)] == before


def test_on_a_holiday_the_call_is_there_as_cancelled(record, settings, codes, monkeypatch):
    closed = Holidays.model_validate({"closed": [{"from": MONDAY, "zh": "清明节", "en": "Qingming"}]})
    monkeypatch.setitem(settings.__dict__, "holidays", closed)
    with record.write() as session:
        publish(session, settings, draft(session, 1, [(codes[0], 0, 540)]), MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    first, second, *_ = all_calls(record)
    assert (first.service_day, first.state, first.reason) == (MONDAY, "cancelled", "清明节")
    assert second.state == "planned"


@pytest.mark.parametrize(
    ("english", "language", "said"),
    [("Qingming", "en", "Why: Qingming."), ("Qingming", "zh", "原因：清明节。"), (None, "en", "Why: 清明节.")],
)
def test_feeds_say_why_in_their_language(record, settings, codes, monkeypatch, english, language, said):
    closed = Holidays.model_validate({"closed": [{"from": MONDAY, "zh": "清明节", "en": english}]})
    monkeypatch.setitem(settings.__dict__, "holidays", closed)
    with record.write() as session:
        publish(session, settings, draft(session, 1, [(codes[0], 0, 540)]), MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    with record.read() as session:
        found = next_calls(session, NOW, [codes[0]])
        feed = call_feed(found, lambda call: "https://x.example.cn/calls/c", language, settings.clock, NOW)
        row = json.loads(open_data(settings, found, "json"))["calls"][0]
    event = next(e for e in Calendar.from_ical(feed).walk("VEVENT") if e["status"] == "CANCELLED")
    assert said in event["description"]
    assert (row["reason"], row["reason_en"]) == ("清明节", english or "")


def test_a_reason_that_gets_another_name_is_said_anew_and_what_people_said_stays(record, settings, codes, monkeypatch):
    def close(english):
        closed = Holidays.model_validate({"closed": [{"from": MONDAY, "zh": "清明节", "en": english}]})
        monkeypatch.setitem(settings.__dict__, "holidays", closed)
        with record.write() as session:
            lay_out(session, settings, "DEP-01", NOW)
        return all_calls(record)

    with record.write() as session:
        publish(session, settings, draft(session, 1, [(codes[0], 0, 540), (codes[1], 0, 700)]), MONDAY, WHO, NOW)
    first, other, *_ = close(None)
    assert (first.reason, first.reason_en, first.changes) == ("清明节", "", 0)
    with record.write() as session:
        restore_call(session, session.get(Call, other.id), WHO, NOW)
        cancel_call(session, session.get(Call, other.id), "road works", WHO, NOW)
    for _ in range(2):  # twice changes nothing
        first, other, *_ = close("Qingming")
        assert (first.reason, first.reason_en, first.changes) == ("清明节", "Qingming", 1)
        assert (other.reason, other.reason_en) == ("road works", "")


def test_a_call_moved_by_hand_says_from_when_and_stays_whatever_a_timetable_says(calling, settings, codes):
    call = all_calls(calling)[0]
    start = call.starts_at + timedelta(days=1, hours=2)
    with calling.write() as session:
        found = session.get(Call, call.id)
        move_call(session, settings, found, start, "", WHO, NOW)
        assert (found.moved_from, found.changes) == (call.starts_at, 1)
        move_call(session, settings, found, start + timedelta(hours=1), "", WHO, NOW)
        assert found.moved_from == call.starts_at
        publish(session, settings, draft(session, 2, [(codes[0], 0, 600)]), MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
        assert found.starts_at == start + timedelta(hours=1)
        assert [e.action for e in audit.events(session, "call", call.id)] == ["call.moved", "call.moved"]
        move_call(session, settings, found, call.starts_at, "", WHO, NOW)
        assert found.moved_from is None


def test_a_call_is_cancelled_with_its_reason_and_can_take_place_after_all(calling):
    call = all_calls(calling)[0]
    with calling.write() as session:
        found = session.get(Call, call.id)
        with pytest.raises(BadRequestError, match="Say why"):
            cancel_call(session, found, "  ", WHO, NOW)
        cancel_call(session, found, "道路 施工", WHO, NOW)
        cancel_call(session, found, "道路 施工", WHO, NOW)
        assert (found.state, found.reason, found.changes) == ("cancelled", "道路 施工", 1)
        restore_call(session, found, WHO, NOW)
        assert (found.state, found.reason, found.changes) == ("planned", "", 2)


def test_what_is_over_or_closed_or_cancelled_is_not_moved(calling, settings, monkeypatch):
    call = all_calls(calling)[0]
    later = call.starts_at + timedelta(minutes=1)
    with calling.write() as session:
        found = session.get(Call, call.id)
        with pytest.raises(BadRequestError, match="is over"):
            move_call(session, settings, found, NOW - timedelta(hours=1), "", WHO, NOW)
        with pytest.raises(ConflictError, match="begun or is over"):
            move_call(session, settings, found, later, "", WHO, later)
        closed = Holidays.model_validate({"closed": [{"from": MONDAY, "zh": "清明节", "en": "Qingming"}]})
        with monkeypatch.context() as patch:
            patch.setitem(settings.__dict__, "holidays", closed)
            with pytest.raises(BadRequestError, match="Qingming"):
                move_call(session, settings, found, later, "", WHO, NOW)
        cancel_call(session, found, "storm", WHO, NOW)
        with pytest.raises(ConflictError, match="cancelled"):
            move_call(session, settings, found, later, "", WHO, NOW)


def test_only_a_draft_is_published_and_only_for_a_day_ahead(calling, settings, codes):
    with calling.write() as session:
        with pytest.raises(NotFoundError, match="version 7"):
            the_timetable(session, "DEP-01", 7)
        with pytest.raises(BadRequestError, match="2026-03-05"):
            publish(session, settings, draft(session, 2, [(codes[0], 0, 600)]), date(2026, 3, 4), WHO, NOW)
        first = the_timetable(session, "DEP-01", 1)
        assert publish(session, settings, first, MONDAY, WHO, NOW) is first
        with pytest.raises(ConflictError, match="published"):
            publish(session, settings, first, MONDAY + timedelta(days=1), WHO, NOW)


def test_cycles_of_weeks_are_counted_on(record, settings, codes):
    with record.write() as session:
        table = draft(session, 1, [(codes[0], 0, 540), (codes[1], 7, 540)], weeks=2)
        assert [cycle_day(table, MONDAY + timedelta(days=k)) for k in (0, 6, 7, 13, 14)] in (
            [0, 6, 7, 13, 0],
            [7, 13, 0, 6, 7],
        )
        publish(session, settings, table, MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    days = {c.community_code: c.service_day for c in reversed(all_calls(record))}
    assert abs((days[codes[0]] - days[codes[1]]).days) == 7


def test_the_calendar_changes_its_entries_in_place(calling, settings, codes):
    def feed():
        with calling.read() as session:
            found = next_calls(session, NOW, [codes[0]])
            text = call_feed(found, lambda call: "https://x.example.cn/calls/c", "en", settings.clock, NOW)
        return {str(e["uid"]): e for e in Calendar.from_ical(text).walk("VEVENT")}

    before = feed()
    moved, cancelled = all_calls(calling)[0], [c for c in all_calls(calling) if c.community_code == codes[0]][1]
    with calling.write() as session:
        start = moved.starts_at + timedelta(hours=3)
        move_call(session, settings, session.get(Call, moved.id), start, "", WHO, NOW)
        cancel_call(session, session.get(Call, cancelled.id), "storm", WHO, NOW)
    after = feed()
    assert before.keys() == after.keys()
    first, second = (f"{c.mark}@calls.recycling" for c in (moved, cancelled))
    assert (before[first]["sequence"], after[first]["sequence"]) == (0, 1)
    assert after[first]["dtstart"].dt == moved.starts_at + timedelta(hours=3)
    assert after[first]["dtstart"].dt.utcoffset() == timedelta(hours=8)
    assert after[first]["dtend"].dt - after[first]["dtstart"].dt == timedelta(hours=1)
    assert "Moved from 2026-03-09 09:00" in after[first]["description"]
    assert (after[second]["status"], after[second]["sequence"]) == ("CANCELLED", 1)
    assert "storm" in after[second]["description"]
    assert not after[second].walk("VALARM")


def test_calls_as_open_data(calling, settings, codes):
    with calling.read() as session:
        found = next_calls(session, NOW)
        rows = list(csv.DictReader(io.StringIO(open_data(settings, found, "csv").decode("utf-8-sig"))))
        as_json = json.loads(open_data(settings, found, "json"))["calls"]
        features = json.loads(open_data(settings, found, "geojson"))["features"]
    assert len(rows) == len(as_json) == len(features) == len(found)
    assert rows[0]["starts"] == as_json[0]["starts"] == "2026-03-09T09:00:00+08:00"
    assert features[0]["geometry"]["coordinates"] == [as_json[0]["lon"], as_json[0]["lat"]]
    assert features[0]["properties"]["community"] == codes[0]


def test_two_versions_compared(record, codes):
    with record.write() as session:
        one = draft(session, 1, [(codes[0], 0, 540), (codes[1], 3, 840)])
        other = draft(session, 2, [(codes[0], 0, 540), (codes[1], 4, 840), (codes[2], 1, 600)])
        found = compared(one, other)
    assert found.same == 1
    assert [(c.community, c.before, c.after) for c in found.changed] == [
        (codes[1], ((3, 840),), ((4, 840),)),
        (codes[2], (), ((1, 600),)),
    ]


def test_by_the_clock_the_season_goes_on_and_new_holidays_are_kept(calling, settings, monkeypatch):
    before = all_calls(calling)
    closed = Holidays.model_validate({"closed": [{"from": MONDAY, "zh": "暴雨", "en": "Storm"}]})
    monkeypatch.setitem(settings.__dict__, "holidays", closed)
    lay_out_calls(calling, settings, NOW + timedelta(weeks=1, days=-3))
    after = all_calls(calling)
    assert len(after) > len(before)
    first = next(c for c in after if c.service_day == MONDAY)
    assert (first.state, first.reason, first.changes) == ("cancelled", "暴雨", 1)
