"""FAULT 19: the provider is away for an hour, then takes 30 s for everything, then fails. Nobody is forgotten.

The provider is a real HTTP server; the hours are those of a clock that the test moves.
"""

import random
from collections import Counter
from datetime import timedelta

import pytest
from gateway import Gateway
from sqlalchemy import delete, select

from recycling.models import Message
from recycling.notify import Outcome, channels_of, load_texts, retry, send_due, tell, unreached
from recycling.notify.channels import AppriseChannel
from recycling.settings import load_settings

PEOPLE = 12


@pytest.fixture
def gateways():
    made = []

    def make():
        made.append(Gateway())
        return made[-1]

    yield make
    for gateway in made:
        gateway.stop()


def outage_settings(addresses):
    return load_settings(
        messages={
            "channels": list(addresses),
            "addresses": addresses,
            "schemes": ["json"],
            "local_gateways": True,
            "timeout_seconds": 0.2,
        }
    )


class Day:
    """Rounds of sending, some minutes apart."""

    def __init__(self, record, settings, now):
        self.record, self.settings, self.moment = record, settings, now
        self.texts, self.channels = load_texts(settings), channels_of(settings)
        self.tally = Counter()

    def go_on(self, minutes, step=1):
        for _ in range(0, minutes, step):
            self.tally += send_due(
                self.record, self.settings, self.texts, self.channels, lambda: self.moment, random.Random(1)
            )
            self.moment += timedelta(minutes=step)

    def states(self):
        with self.record.read() as session:
            return Counter(session.scalars(select(Message.state)))


@pytest.fixture
def messages(record, booked, now):
    made = booked(record, PEOPLE)
    with record.write() as session:
        session.execute(delete(Message))  # those that booking itself wrote
        for number, booking in enumerate(made):
            tell(session, booking, "booked", now, phones=[f"+86138{number:08d}"])
    return made


def test_fault_19_an_hour_away_then_slow_then_failing_and_each_message_arrives(record, messages, gateways, now):
    gateway = gateways()
    day = Day(record, outage_settings({"sms": f"json://127.0.0.1:{gateway.port}/?:to={{phone}}&:id={{id}}"}), now)
    gateway.server.socket.close()  # away: whoever calls is refused
    day.channels = {"sms": AppriseChannel("sms", f"json://127.0.0.1:1/{'{phone}'}", 0.2, local=True)}
    day.go_on(60, 2)
    assert day.states() == {"waiting": PEOPLE}

    back = gateways()
    day.channels = {"sms": AppriseChannel("sms", back.address, 0.2, local=True)}
    back.mode = "slow"
    day.go_on(10)
    assert day.states() == {"waiting": PEOPLE}
    tried_slow = {r["id"] for r in back.requests}
    assert tried_slow, "it was tried"

    back.mode = 503
    day.go_on(10)
    assert day.states() == {"waiting": PEOPLE}

    back.mode = "ok"
    back.requests.clear()
    day.go_on(40, 4)
    assert day.states() == {"sent": PEOPLE}
    assert len(back.accepted) == PEOPLE
    assert max(Counter(r["id"] for r in back.requests).values()) == 1, "none twice once it works again"


def test_fault_19_a_channel_that_is_down_is_not_asked_for_each_message(record, messages, gateways, now):
    gateway = gateways()
    gateway.mode = 503
    day = Day(record, outage_settings({"sms": gateway.address}), now)
    day.go_on(1)
    assert len(gateway.requests) == 3
    with record.read() as session:
        assert sum(session.scalars(select(Message.attempts))) == 3


def test_fault_19_another_channel_takes_over_within_minutes(record, messages, gateways, now):
    down, up = gateways(), gateways()
    down.mode = 500
    day = Day(record, outage_settings({"sms": down.address, "post": up.address}), now)
    day.go_on(14)
    assert up.requests == []
    day.go_on(4)
    assert day.states() == {"sent": PEOPLE}
    assert len(up.accepted) == len(up.requests) == PEOPLE


def test_fault_19_when_nothing_works_the_office_gets_a_list_to_call(record, messages, gateways, now):
    down = gateways()
    down.mode = 500
    day = Day(record, outage_settings({"sms": down.address}), now)
    day.go_on(30, 3)
    with record.read() as session:
        listed = unreached(session, day.settings, day.moment)
    assert listed
    assert not any(u.final for u in listed), "still being tried"
    day.go_on(6 * 60, 10)
    assert day.states() == {"unreached": PEOPLE}
    with record.read() as session:
        assert len(unreached(session, day.settings, day.moment)) == PEOPLE

    down.mode = "ok"
    with record.write() as session:
        assert retry(session, day.moment) == PEOPLE
    day.go_on(1)
    assert day.states() == {"sent": PEOPLE}


def test_fault_19_with_one_attempt_only_they_would_be_lost(record, messages, gateways, now, monkeypatch):
    """The control: a sender that does not try again forgets people, and the test sees it."""
    down = gateways()
    settings = outage_settings({"sms": down.address})
    hasty = settings.model_copy(update={"messages": settings.messages.model_copy(update={"most_attempts": 1})})
    day = Day(record, hasty, now)
    down.mode = 500
    day.go_on(30)
    down.mode = "ok"
    day.go_on(60, 5)
    assert day.states()["unreached"] > 0
    assert day.states()["sent"] < PEOPLE


def test_fault_19_slow_is_cut_off(gateways):
    gateway = gateways()
    gateway.mode = "slow"
    channel = AppriseChannel("sms", gateway.address, 0.2, local=True)
    assert channel.send("+8613800138000", "x", "1").outcome is Outcome.UNKNOWN
    assert not gateway.released.is_set(), "the provider is still thinking, and nobody waits for it"
