"""Sending: once, in order of need, in peace at night, and around what fails."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from recycling.models import Message, MessageConsent
from recycling.notify import Answer, Outcome, consent, load_texts, retry, sending, settle, tell, unreached
from recycling.notify.quiet import awake_time, is_quiet
from recycling.settings import load_settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def bookings(record, booked, now):
    """Three bookings, each with a message that waits."""
    made = booked(record, 3)
    with record.write() as session:
        for number, booking in enumerate(made):
            tell(session, booking, "booked", now, phones=[f"+861380013800{number}"])
    return made


def test_each_message_leaves_once(record, bookings, round_of, channels, watch):
    assert round_of(record) == {"sent": 3}
    assert round_of(record) == {}
    assert len(channels["sms"].sent) == 3
    assert channels["post"].tried == []
    phone, text = channels["sms"].sent[0]
    assert phone == "+8613800138000"
    assert "3月5日周四 08:00–10:00" in text
    assert bookings[0].token in text


def test_two_senders_never_have_the_same_message(record, bookings, told, watch, at_once):
    def take():
        found = []
        while (message := sending.claim(record, told, ["sms"], watch())) is not None:
            found.append(message.id)
        return found

    taken = at_once(*[take] * 4)
    assert sorted(Counter(m for found in taken for m in found).values()) == [1, 1, 1]


def test_a_message_whose_sender_is_lost_leaves_later_and_the_lost_one_has_no_say(record, bookings, told, watch, rows):
    lost = sending.claim(record, told, ["sms"], watch())
    watch.on(minutes=10)
    while (found := sending.claim(record, told, ["sms"], watch())).id != lost.id:
        pass
    assert found.fence == lost.fence + 1
    assert sending.record(record, told, ["sms"], lost, Answer(Outcome.REFUSED), watch()) == "lost"
    assert sending.record(record, told, ["sms"], found, Answer(Outcome.SENT, "1"), watch()) == "sent"
    assert [m.state for m in rows(record, id=lost.id)] == ["sent"]


def test_it_waits_longer_after_each_failure_and_never_exactly_as_long(record, bookings, told, watch, rows):
    waits = []
    for number in range(8):
        message = sending.claim(record, told, ["sms"], watch())
        sending.record(record, told, ["sms"], message, Answer(Outcome.FAILED), watch(), random.Random(number))
        (row,) = rows(record, id=message.id)
        waits.append((row.due_at - watch()).total_seconds())
        with record.write() as session:  # only this one is looked at
            for other in session.query(Message).filter(Message.id != message.id):
                session.delete(other)
        watch.moment = row.due_at
    for number, wait in enumerate(waits):
        longest = min(1800, 30 * 2**number)
        assert longest / 2 <= wait < longest
    assert len({round(w / min(1800, 30 * 2**n), 6) for n, w in enumerate(waits)}) == len(waits)


def test_the_next_channel_takes_over_after_a_while(record, bookings, round_of, channels, watch, rows):
    channels["sms"].always = Outcome.FAILED
    for _ in range(14):
        round_of(record)
        watch.on(minutes=1)
    assert channels["post"].tried == []
    for _ in range(8):
        round_of(record)
        watch.on(minutes=1)
    assert len(channels["post"].sent) == 3
    assert {(m.state, m.channel) for m in rows(record)} == {("sent", "post")}


def test_a_number_that_is_refused_goes_to_the_next_channel_at_once(record, bookings, round_of, channels, rows):
    channels["sms"].says["+8613800138001"] = Outcome.REFUSED
    round_of(record)
    assert [p for p, _ in channels["post"].sent] == ["+8613800138001"]
    assert {m.state for m in rows(record)} == {"sent"}


def test_whom_no_channel_reaches_is_listed_until_somebody_has_called(record, bookings, round_of, channels, watch, told):
    for channel in channels.values():
        channel.says["+8613800138001"] = Outcome.REFUSED
    round_of(record)
    with record.read() as session:
        (found,) = unreached(session, told, watch())
    assert found.final
    assert found.message.phone == "+8613800138001"
    with record.write() as session:
        settle(session, found.message.id, "clerk 3")
    with record.read() as session:
        assert unreached(session, told, watch()) == []
    with record.write() as session:
        assert retry(session, watch()) == 0


def test_tried_again_by_hand_it_begins_with_the_first_channel(record, bookings, round_of, channels, watch):
    for channel in channels.values():
        channel.always = Outcome.REFUSED
    round_of(record)
    channels["sms"].always = None
    with record.write() as session:
        assert retry(session, watch()) == 3
    assert round_of(record) == {"sent": 3}
    assert len(channels["sms"].sent) == 3


def test_given_up_after_hours(record, bookings, round_of, channels, watch, rows):
    for channel in channels.values():
        channel.always = Outcome.FAILED
    for _ in range(24 * 4):
        round_of(record)
        watch.on(minutes=5)
    assert {m.state for m in rows(record)} == {"unreached"}


def test_a_night_does_not_count_as_trying(record, booked, now, round_of, channels, watch, rows):
    """Written after the quiet hours began, tried for the first time in the morning, it is not given up at once."""
    (booking,) = booked(record, 1)
    watch.moment = now + 12 * HOUR  # 22:00
    with record.write() as session:
        tell(session, booking, "booked", watch())
    channels["sms"].always = channels["post"].always = Outcome.FAILED
    watch.on(hours=10, minutes=1)
    round_of(record)
    (message,) = rows(record)
    assert (message.state, message.attempts) == ("waiting", 1)


@pytest.mark.parametrize(
    ("hour", "quiet"), [("21:29", False), ("21:30", True), ("03:00", True), ("07:59", True), ("08:00", False)]
)
def test_quiet_hours(settings, hour, quiet):
    assert is_quiet(settings, datetime.fromisoformat(f"2026-03-05T{hour}+08:00")) is quiet


def test_quiet_hours_within_a_day(settings):
    noon = load_settings(messages={"quiet_from": "12:00", "quiet_until": "14:00"})
    start = datetime.fromisoformat("2026-03-05T11:30+08:00")
    assert is_quiet(noon, start + HOUR)
    assert not is_quiet(noon, start)
    assert awake_time(noon, start, start + 3 * HOUR) == HOUR
    assert awake_time(settings, start, start + 24 * HOUR) == timedelta(hours=13.5)
    assert awake_time(settings, start, start - HOUR) == timedelta(0)


def test_at_night_only_a_crew_on_its_way_is_told(record, booked, now, round_of, channels, watch):
    (booking,) = booked(record, 1)
    watch.moment = now + 21 * HOUR + 40 * MINUTE  # 07:40
    with record.write() as session:
        tell(session, booking, "amended", watch(), pieces=3)
        tell(
            session,
            booking,
            "on_the_way",
            watch(),
            first=booking.promise_start,
            last=booking.promise_start + HOUR,
        )
    assert round_of(record) == {"sent": 1}
    assert "已在路上" in channels["sms"].sent[0][1]
    watch.on(minutes=20)
    assert round_of(record) == {"sent": 1}


def test_what_is_of_no_use_any_more_is_not_sent(record, booked, now, round_of, channels, watch, rows):
    (booking,) = booked(record, 1)
    with record.write() as session:
        tell(session, booking, "planned_window", now, first=booking.promise_start, last=booking.promise_end)
    watch.moment = booking.promise_end
    round_of(record)
    assert channels["sms"].tried == []
    assert [m.state for m in rows(record)] == ["expired"]


def test_news_that_grew_old_while_it_was_sent_is_not_tried_again(record, booked, now, told, watch, rows):
    (booking,) = booked(record, 1)
    with record.write() as session:
        tell(session, booking, "moved", now)
    message = sending.claim(record, told, ["sms"], watch())
    booking.version += 1
    with record.write() as session:
        tell(session, booking, "moved", now)
    assert sending.record(record, told, ["sms"], message, Answer(Outcome.FAILED), watch()) == "outdated"
    assert sorted(m.state for m in rows(record)) == ["outdated", "waiting"]


def test_old_news_whose_sender_is_lost_is_closed(record, booked, now, told, watch, round_of, rows):
    (booking,) = booked(record, 1)
    with record.write() as session:
        tell(session, booking, "moved", now)
    sending.claim(record, told, ["sms"], watch())
    booking.version += 1
    with record.write() as session:
        tell(session, booking, "cancelled", now)
    watch.on(minutes=10)
    assert round_of(record) == {"sent": 1}
    assert sorted((m.change, m.state) for m in rows(record)) == [("cancelled", "sent"), ("moved", "outdated")]


def test_a_channel_that_asks_each_time_carries_no_more_than_was_agreed(record, bookings, channels, watch, round_of):
    asking = load_settings(
        messages={
            "channels": ["sms", "post"],
            "schemes": ["jsons"],
            "addresses": {"sms": "jsons://a.example/{phone}", "post": "jsons://b.example/{phone}"},
            "one_time": ["sms"],
        }
    )
    with record.write() as session:
        consent(session, bookings[0].id, "sms", "confirm")
        consent(session, bookings[1].id, "sms", "confirm", 2)
        consent(session, bookings[1].id, "sms", "result")
        bookings[0].version += 1
        tell(session, bookings[0], "cancelled", watch(), phones=["+8613800138000"])
    channels["sms"].says["+8613800138001"] = Outcome.FAILED
    round_of(record, asking)
    assert [p for p, _ in channels["sms"].sent] == ["+8613800138000"]
    assert [p for p, _ in channels["post"].sent] == ["+8613800138002"]
    with record.read() as session:
        left = {(r.booking_id, r.template): r.remaining for r in session.query(MessageConsent)}
    assert left == {
        (bookings[0].id, "confirm"): 0,
        (bookings[1].id, "confirm"): 2,  # not sent, so not used up
        (bookings[1].id, "result"): 1,
    }


def test_a_second_message_on_one_consent_goes_another_way(record, bookings, channels, watch, round_of, told):
    asking = told.model_copy(update={"messages": told.messages.model_copy(update={"one_time": ("sms",)})})
    with record.write() as session:
        consent(session, bookings[0].id, "sms", "confirm")
    round_of(record, asking)
    bookings[0].version += 1
    with record.write() as session:
        tell(session, bookings[0], "moved", watch(), phones=["+8613800138000"])
    round_of(record, asking)
    assert [p for p, _ in channels["sms"].sent] == ["+8613800138000"]
    assert [p for p, _ in channels["post"].sent].count("+8613800138000") == 1


def test_without_an_answer_the_consent_counts_as_used(record, bookings, channels, watch, round_of, told):
    asking = told.model_copy(update={"messages": told.messages.model_copy(update={"one_time": ("sms",)})})
    with record.write() as session:
        consent(session, bookings[0].id, "sms", "confirm")
    channels["sms"].always = Outcome.UNKNOWN
    round_of(record, asking)
    watch.on(minutes=2)
    round_of(record, asking)
    assert channels["sms"].tried == ["+8613800138000"]
    assert len(channels["post"].sent) == 3


def test_a_text_that_cannot_be_filled_in_stops_nobody_else(record, bookings, channels, round_of, rows):
    with record.write() as session:
        session.query(Message).filter_by(phone="+8613800138000").update({"change": "of another version"})
    round_of(record)
    assert sorted(m.state for m in rows(record)) == ["sent", "sent", "waiting"]


def test_a_channel_that_is_no_longer_there_gives_way_to_the_first(record, bookings, channels, round_of):
    with record.write() as session:
        session.query(Message).update({"channel": "pigeons"})
    assert round_of(record) == {"sent": 3}
    assert len(channels["sms"].sent) == 3


def test_a_message_that_kills_its_sender_each_time_is_given_up(record, bookings, told, watch, rows):
    few = told.model_copy(update={"messages": told.messages.model_copy(update={"most_attempts": 4})})
    found = []
    for _ in range(30):
        found.append(sending.claim(record, few, ["sms"], watch()))
        watch.on(minutes=5)
    assert {m.state for m in rows(record)} == {"unreached"}
    assert max(m.fence for m in found if m) == 4


def test_texts_of_every_kind_reach_a_phone(record, booked, now, told, rows):
    (booking,) = booked(record, 1)
    texts = load_texts(told)
    start = booking.promise_start
    with record.write() as session:
        tell(session, booking, "failed", now, reason="absent", language="en")
        tell(session, booking, "collected", now, kg=38)
        tell(session, booking, "planned_window", now, first=start, last=start + 90 * MINUTE, language="zh_CN")
    said = {m.change: texts.say(m.change, m.language, m.figures, "/x") for m in rows(record)}
    where = "http://127.0.0.1:8000/x"
    who = booking.reference
    assert said == {
        "failed": f"Dazhou Recycling: We could not collect {who}: nobody answered the door. Choose a new time: {where}",
        "collected": f"【达州回收】已上门收走38公斤（{who}）。明细与结算：{where}",
        "planned_window": f"【达州回收】3月5日周四上门回收（{who}）预计08:00到09:30到达，请留人。看进度：{where}",
    }
