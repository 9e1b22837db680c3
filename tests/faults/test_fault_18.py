"""FAULT 18: a provider's report of delivery comes twice, late, out of order, or before we know that it was sent."""

import itertools

import pytest
from sqlalchemy import select

from recycling.models import Message
from recycling.notify import Answer, Outcome, receipt, sending, tell
from recycling.settings import load_settings

CHANNELS = ["sms", "post"]


@pytest.fixture
def settings():
    addresses = {"sms": "jsons://a.example/{phone}", "post": "jsons://b.example/{phone}"}
    return load_settings(messages={"channels": CHANNELS, "schemes": ["jsons"], "addresses": addresses})


@pytest.fixture
def report(record, settings, now):
    def one(state, message_id="provider-1", provider="sms"):
        with record.write() as session:
            return receipt(session, settings.messages, provider, message_id, state, now)

    return one


@pytest.fixture
def claimed(record, booked, settings, now):
    """A message that the channel sms is just taking."""
    (booking,) = booked(record, 1)
    with record.write() as session:
        tell(session, booking, "booked", now)
    return sending.claim(record, settings, CHANNELS, now)


@pytest.fixture
def sent(record, settings, claimed, now):
    sending.record(record, settings, CHANNELS, claimed, Answer(Outcome.SENT, "provider-1"), now)
    return claimed


def row(record):
    with record.read() as session:
        return session.scalar(select(Message))


def test_fault_18_a_report_that_comes_again_changes_nothing(record, sent, report):
    assert [report("delivered") for _ in range(4)] == [True, False, False, False]
    assert row(record).state == "delivered"


def test_fault_18_reports_at_once_are_one(record, sent, report, at_once):
    assert sorted(at_once(*[lambda: report("delivered")] * 6)) == [False] * 5 + [True]
    assert row(record).state == "delivered"


def test_fault_18_failed_after_delivered_changes_nothing(record, sent, report):
    report("delivered")
    assert not report("failed")
    assert row(record).state == "delivered"


def test_fault_18_failed_twice_passes_it_on_once(record, settings, sent, report, now):
    assert [report("failed"), report("failed")] == [True, False]
    after = row(record)
    assert (after.state, after.channel) == ("waiting", "post")
    again = sending.claim(record, settings, CHANNELS, now)
    sending.record(record, settings, CHANNELS, again, Answer(Outcome.SENT, "other-1"), now)
    assert not report("failed"), "the old channel's report is about an attempt that is over"
    assert row(record).state == "sent"
    assert report("failed", "other-1", "post")
    assert row(record).state == "unreached"


@pytest.mark.parametrize(("state", "becomes"), [("delivered", "delivered"), ("failed", "waiting")])
def test_fault_18_a_report_quicker_than_the_sender_counts(record, settings, claimed, report, now, state, becomes):
    assert report(state, claimed.id.hex)
    late = sending.record(record, settings, CHANNELS, claimed, Answer(Outcome.SENT, claimed.id.hex), now)
    assert late == "lost"
    assert row(record).state == becomes


def test_fault_18_any_order_of_any_reports_ends_well(record, settings, booked, now, report):
    """Every sequence of four: the message is delivered, or another channel has it; never both, never lost."""
    for number, order in enumerate(itertools.product(("delivered", "failed"), repeat=4)):
        with record.write() as session:
            for old in session.query(Message):
                session.delete(old)
        (booking,) = booked(record, 1, note=f"{number}")
        with record.write() as session:
            tell(session, booking, "booked", now)
        message = sending.claim(record, settings, CHANNELS, now)
        sending.record(record, settings, CHANNELS, message, Answer(Outcome.SENT, "provider-1"), now)
        changed = [report(state) for state in order]
        assert changed == [True, False, False, False]
        after = row(record)
        assert (after.state, after.channel) == {"delivered": ("delivered", "sms"), "failed": ("waiting", "post")}[
            order[0]
        ]


@pytest.mark.parametrize("message_id", ["", "provider-2", "x" * 5000, "'; DROP TABLE message; --"])
def test_fault_18_a_report_about_nothing_changes_nothing(record, sent, report, message_id):
    assert not report("delivered", message_id)
    assert not report("delivered", provider="post")
    assert row(record).state == "sent"


def test_fault_18_without_the_look_at_the_state_a_repeat_would_be_found_out(record, sent, settings, now):
    """The control: a report that is noted whatever was noted before undoes a delivery."""
    for state in ("delivered", "failed"):
        with record.write() as session:
            message = session.scalar(select(Message).where(Message.provider_id == "provider-1"))
            message.state = "delivered" if state == "delivered" else "waiting"
    assert row(record).state == "waiting"
