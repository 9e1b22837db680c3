"""FAULT 20: a message that always fails, one way or another, stops no other."""

import itertools
import random
from collections import Counter
from datetime import timedelta

import pytest
from gateway import Gateway
from sqlalchemy import select, update

from recycling.models import Message
from recycling.notify import channels_of, load_texts, send_due, tell, unreached
from recycling.settings import load_settings

PEOPLE = 12
POISON = "+8613800000000"


@pytest.fixture
def gateway():
    made = Gateway()
    yield made
    made.stop()


@pytest.fixture
def settings(gateway):
    return load_settings(
        messages={
            "channels": ["sms"],
            "addresses": {"sms": gateway.address},
            "schemes": ["json"],
            "local_gateways": True,
            "timeout_seconds": 2,
        }
    )


@pytest.fixture
def messages(record, booked, now):
    """The poison is the oldest of all, so that it is always taken first."""
    made = booked(record, PEOPLE)
    with record.write() as session:
        tell(session, made[0], "booked", now - timedelta(minutes=1), phones=[POISON])
        for number, booking in enumerate(made[1:], 1):
            tell(session, booking, "booked", now, phones=[f"+86138{number:08d}"])


class Raising:
    """A channel that falls over one receiver."""

    def __init__(self, channel):
        self.channel = channel

    def send(self, phone, text, number):
        if phone == POISON:
            raise RecursionError("no library expected this")
        return self.channel.send(phone, text, number)


def spoil(kind, record, gateway, channels):
    """Make the first message one that always fails."""
    if kind == "refused":
        gateway.refuses.add(POISON)
    elif kind == "raises":
        channels["sms"] = Raising(channels["sms"])
    else:
        changes = {
            "unknown change": {"change": "gone"},
            "figures are missing": {"figures": {}},
            "figures are no moments": {"figures": {"reference": "R", "start": "soon", "end": "later"}},
            "figures are of another shape": {"figures": [1, 2]},
        }[kind]
        with record.write() as session:
            session.execute(update(Message).where(Message.phone == POISON).values(**changes))


KINDS = [
    "refused",
    "raises",
    "unknown change",
    "figures are missing",
    "figures are no moments",
    "figures are of another shape",
]


@pytest.mark.parametrize("kind_of_poison", KINDS)
def test_fault_20_all_others_are_sent_in_the_first_round(record, messages, gateway, settings, now, kind_of_poison):
    channels, texts = dict(channels_of(settings)), load_texts(settings)
    spoil(kind_of_poison, record, gateway, channels)
    for number in range(8 * 6):
        moments = itertools.repeat(now + number * timedelta(minutes=10))
        send_due(record, settings, texts, channels, lambda m=moments: next(m), random.Random(1))
        assert len(gateway.accepted) == PEOPLE - 1
    assert len(gateway.accepted) == PEOPLE - 1
    with record.read() as session:
        states = Counter(session.scalars(select(Message.state)))
        (listed,) = unreached(session, settings, now)
    assert states == {"sent": PEOPLE - 1, "unreached": 1}
    assert (listed.message.phone, listed.final) == (POISON, True)


def test_fault_20_a_poison_for_each_of_many_does_not_make_the_channel_rest_for_the_others(
    record, booked, gateway, settings, now
):
    """Refused numbers say nothing of the channel: three in a row, and the next person is still told."""
    made = booked(record, 10)
    with record.write() as session:
        for number, booking in enumerate(made):
            phone = f"+86138{number:08d}"
            tell(session, booking, "booked", now + timedelta(seconds=number), phones=[phone])
            if number < 8:
                gateway.refuses.add(phone)
    later = now + timedelta(minutes=1)
    send_due(record, settings, load_texts(settings), channels_of(settings), lambda: later)
    assert len(gateway.accepted) == 2


def test_fault_20_without_isolation_the_others_would_wait(record, messages, gateway, settings, now, monkeypatch):
    """The control: where a fault of one message ends the round, nobody behind it is told."""
    from recycling.notify import sending

    channels = {"sms": Raising(channels_of(settings)["sms"])}
    monkeypatch.setattr(sending, "attempt", lambda channel, phone, text, number: channel.send(phone, text, number))
    with pytest.raises(RecursionError):
        send_due(record, settings, load_texts(settings), channels, lambda: now)
    assert gateway.accepted == {}
