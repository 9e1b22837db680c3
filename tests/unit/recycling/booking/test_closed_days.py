"""A day that is closed: each booking is shown the next window, moved with one message, or left with a reason."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from icalendar import Calendar
from sqlalchemy import select, update
from structlog.testing import capture_logs

from recycling import clock
from recycling.booking import asked, book, cancel, move
from recycling.booking.closed_days import closed_days, let_go, move_all, propose, proposed, standing_on_closed
from recycling.cli import main
from recycling.errors import ConflictError
from recycling.exports.calendar import calendar_of
from recycling.holidays import Closed, Holidays
from recycling.jobs import tell_closed
from recycling.models import Booking, Hold, Message, Slot
from recycling.notify import load_texts

from .conftest import CLERK, RESIDENT, fresh, history


def close(monkeypatch, desk, *days: date, english: str | None = "Storm"):
    """Close days for a counter."""
    spans = tuple(Closed(**{"from": day, "zh": "暴雨", "en": english}) for day in days)
    monkeypatch.setitem(vars(desk.settings), "holidays", Holidays(closed=spans))


def moved_messages(desk):
    with desk.database.read() as session:
        return session.scalars(select(Message).where(Message.change == "moved_closed")).all()


def test_an_open_day_is_refused(desk, taken, now, day):
    taken(desk)
    with pytest.raises(ConflictError) as caught:
        propose(desk, "DEP-01", day, now)
    assert caught.value.faults[0].code == "day-open"


def test_each_gets_the_next_window_and_one_message(both, taken, now, day, monkeypatch):
    first, second = taken(both), taken(both, window="15:00-17:00", address="2栋")
    elsewhere = taken(both, day=day + timedelta(days=3), address="3栋")
    close(monkeypatch, both, day)
    assert closed_days(both, now) == [day]
    found = propose(both, "DEP-01", day, now)
    next_day = day + timedelta(days=1)
    assert {p.booking.id for p in found} == {first.id, second.id}
    assert {(p.there.day, p.there.span) for p in found} == {(next_day, "08:00-10:00")}
    again = proposed(both, "DEP-01", day, now)
    assert [(p.booking.id, p.there) for p in again] == [(p.booking.id, p.there) for p in found]
    for _ in range(2):  # once more changes nothing
        moved = move_all(both, found, CLERK, now)
        assert (moved.asked, moved.moved, moved.left) == (2, 2, {})
        assert len(moved_messages(both)) == 2
    assert {fresh(both, b).service_day for b in (first, second)} == {next_day}
    assert fresh(both, elsewhere).version == 1
    assert history(both, first)[-1].after["why"] == "停运 / nobody drives: 暴雨 / Storm"
    with both.database.read() as session:
        assert session.scalars(select(Hold)).all() == []
    assert closed_days(both, now) == []


def test_a_holiday_entered_over_bookings_is_counted_by_depot_and_told_in_the_log(desk, taken, now, day, monkeypatch):
    taken(desk), taken(desk, window="15:00-17:00", address="2栋")
    gone = taken(desk, day=day + timedelta(days=2), address="3栋")
    cancel(desk, gone, "", RESIDENT, now)
    taken(desk, day=day + timedelta(days=1), address="4栋")
    close(monkeypatch, desk, day, day + timedelta(days=2))
    with desk.database.read() as session:
        assert standing_on_closed(session, desk, now) == {("DEP-01", day): 2}
        assert standing_on_closed(session, desk, now + timedelta(days=2)) == {}
    with capture_logs() as said:
        tell_closed(desk, now)
    assert [(one["day"], one["bookings"]) for one in said] == [(day.isoformat(), 2)]


@pytest.mark.parametrize(
    ("language", "english", "said"),
    [
        ("zh", "Storm", "3月5日周四停运（暴雨），原定08:00–10:00的上门回收"),
        ("en", "Storm", "Nobody drives on Thu 5 Mar (Storm): your pickup"),
        ("en", None, "Nobody drives on Thu 5 Mar (closed day): your pickup"),
    ],
)
def test_residents_read_why_and_from_where(desk, taken, now, day, monkeypatch, language, english, said):
    booking = taken(desk, language=language)
    close(monkeypatch, desk, day, english=english)
    move_all(desk, propose(desk, "DEP-01", day, now), CLERK, now)
    (message,) = moved_messages(desk)
    text = load_texts(desk.settings).say(message.change, message.language, message.figures, message.link)
    assert said in text
    assert ("改到3月6日周五 08:00–10:00" if language == "zh" else "now on Fri 6 Mar, 08:00-10:00") in text
    moved = fresh(desk, booking)
    assert (moved.moved_from_start, moved.moved_from_end) == (booking.promise_start, booking.promise_end)
    assert (moved.why_moved("zh_CN"), moved.why_moved("en")) == ("暴雨", english or "暴雨")
    for spoken, words in (
        ("zh_CN", "原定2026-03-05 08:00–10:00，因停运（暴雨）改到这个时间。"),
        ("en", f"Moved from 2026-03-05 08:00–10:00: nobody drives on that day ({english or '暴雨'})."),
    ):
        file = Calendar.from_ical(calendar_of(moved, "https://x.example.cn/b/1", spoken, desk.clock, now))
        (event,) = file.walk("VEVENT")
        assert words in event["description"]


def test_of_a_booking_that_is_moved_on_the_closed_day_is_said_no_more(desk, taken, now, day, monkeypatch):
    booking = taken(desk)
    close(monkeypatch, desk, day)
    move_all(desk, propose(desk, "DEP-01", day, now), CLERK, now)
    move(desk, fresh(desk, booking), day + timedelta(days=4), "08:00-10:00", RESIDENT, now)
    moved = fresh(desk, booking)
    assert (moved.moved_from_start, moved.moved_from_end, moved.closed_zh, moved.closed_en) == (None, None, "", "")
    with desk.database.read() as session:
        told = session.scalars(select(Message).where(Message.booking_id == booking.id)).all()
    assert {m.change: m.state for m in told} == {"booked": "outdated", "moved_closed": "outdated", "moved": "waiting"}


def test_whom_staff_move_by_hand_is_told_why_and_who_moves_it_alone_is_not(desk, taken, now, day, monkeypatch):
    by_staff, alone, elsewhere = (taken(desk, address=f"{n}栋") for n in range(3))
    close(monkeypatch, desk, day)
    there = (day + timedelta(days=1), "15:00-17:00")
    move(desk, by_staff, *there, CLERK, now)
    move(desk, alone, *there, RESIDENT, now)
    close(monkeypatch, desk)
    move(desk, elsewhere, *there, CLERK, now)
    assert [fresh(desk, b).closed_zh for b in (by_staff, alone, elsewhere)] == ["暴雨", "", ""]
    assert [m.booking_id for m in moved_messages(desk)] == [by_staff.id]


def test_a_preview_takes_room_for_all_and_gives_it_back(desk, taken, now, day, monkeypatch):
    bookings = [taken(desk, address=f"{n}栋") for n in range(3)]
    close(monkeypatch, desk, day)
    let_go(desk, propose(desk, "DEP-01", day, now))  # makes the slots of the next day
    next_day = day + timedelta(days=1)
    with desk.database.write() as session:  # one fits into the first window, and the others into the one after it
        first = (Slot.service_day == next_day) & (Slot.window == "08:00-10:00")
        session.execute(update(Slot).where(first).values(capacity=round(bookings[0].seconds * 1.2)))
    shown = propose(desk, "DEP-01", day, now)
    again = propose(desk, "DEP-01", day, now)
    assert [(p.booking.id, p.there) for p in again] == [(p.booking.id, p.there) for p in shown]
    assert [p.there.span for p in shown] == ["08:00-10:00", "10:00-12:00", "10:00-12:00"]
    let_go(desk, again)
    with desk.database.read() as session:
        assert session.scalars(select(Hold)).all() == []
    assert all(p.there is None for p in proposed(desk, "DEP-01", day, now))
    assert {fresh(desk, b).service_day for b in bookings} == {day}


def test_for_whom_no_window_is_free_the_dispatcher_finds_one(desk, taken, now, day, monkeypatch):
    left = taken(desk)
    horizon = [day + timedelta(days=k) for k in range(desk.settings.service.horizon_days + 1)]
    close(monkeypatch, desk, *horizon)
    found = propose(desk, "DEP-01", day, now)
    for _ in range(2):
        moved = move_all(desk, found, CLERK, now)
        assert (moved.asked, moved.moved, moved.left) == (1, 0, {"no_window": 1})
    with desk.database.read() as session:
        ((wish, about),) = asked.all_open(session, "DEP-01")
    assert (about.id, wish.wish, wish.ours) == (left.id, "move", True)
    assert moved_messages(desk) == []


def test_what_was_changed_meanwhile_is_left_as_it_is(desk, taken, now, day, monkeypatch):
    kept, gone = taken(desk), taken(desk, address="2栋")
    close(monkeypatch, desk, day)
    found = propose(desk, "DEP-01", day, now)
    cancel(desk, gone, "", RESIDENT, now)
    moved = move_all(desk, found, CLERK, now)
    assert (moved.asked, moved.moved, moved.left) == (2, 1, {"changed": 1})
    assert fresh(desk, gone).state == "cancelled"
    assert fresh(desk, kept).service_day == day + timedelta(days=1)
    let_go(desk, found)


def test_a_booking_of_two_visits_is_moved_whole(desk, now, wish, day, monkeypatch):
    made = book(desk, wish(items={"sofa": 20}), "many-sofas-key", now)
    with desk.database.read() as session:
        legs = session.scalars(select(Booking).where(Booking.leg_of == made.id)).all()
    assert legs, "the things fit one truck, so this shows nothing"
    close(monkeypatch, desk, day)
    (proposal,) = found = propose(desk, "DEP-01", day, now)
    assert move_all(desk, found, CLERK, now).moved == 1
    with desk.database.read() as session:
        days = session.scalars(select(Booking.service_day)).all()
    assert set(days) == {proposal.there.day}
    assert len(moved_messages(desk)) == 1


def test_the_command_shows_asks_and_counts(desk, taken, now, day, monkeypatch):
    booking = taken(desk)
    monkeypatch.setattr("recycling.cli_bookings.the_office", lambda: desk)
    monkeypatch.setattr(clock, "utc_now", lambda: now)
    refused = CliRunner().invoke(main, ["bookings", "clear", str(day)])
    assert refused.exit_code == 2
    assert "is a day of service" in refused.output
    assert "Nothing stands" in CliRunner().invoke(main, ["bookings", "clear"]).output
    close(monkeypatch, desk, day)
    for words in (["--dry-run"], []):
        shown = CliRunner().invoke(main, ["bookings", "clear", *words], input="n\n")
        assert f"{booking.reference}  {day} 08:00-10:00 -> {day + timedelta(days=1)} 08:00-10:00" in shown.output
        assert "Nothing was moved." in shown.output
    assert fresh(desk, booking).service_day == day
    done = CliRunner().invoke(main, ["bookings", "clear", str(day), "--depot", "DEP-01", "--yes"])
    assert "asked 1, moved 1, left 0" in done.output
    assert done.exit_code == 0, done.output


def test_the_command_says_that_a_route_is_behind(desk, taken, bring, now, monkeypatch):
    from made_plans import MINUTE, NINE, make_plan

    booking = bring(desk, taken(desk), "planned", now)
    make_plan(desk.database, booking, 1)
    monkeypatch.setattr("recycling.cli_bookings.the_office", lambda: desk)
    monkeypatch.setattr(clock, "utc_now", lambda: NINE - 30 * MINUTE)
    words = ["bookings", "behind", "T-BOX", "55"]
    assert "say of which depot" in CliRunner().invoke(main, words).output
    for counts in ("told 1, already told 0", "told 0, already told 1"):
        done = CliRunner().invoke(main, [*words, "--depot", "DEP-01"])
        assert f"asked 1, {counts}, in time 0" in done.output
