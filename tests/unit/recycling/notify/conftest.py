"""Messages on a clock that the test moves, through channels that do what the test says."""

import random
from collections import defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.models import Message
from recycling.notify import Answer, Outcome, load_texts, send_due
from recycling.settings import load_settings


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment

    def on(self, **spans):
        self.moment += timedelta(**spans)
        return self.moment


class Recorder:
    """A channel that keeps what it is given; ``says`` decides, by phone, how it answers."""

    def __init__(self):
        self.sent, self.tried, self.says = [], [], defaultdict(lambda: Outcome.SENT)
        self.always = None

    def send(self, phone, text, number):
        self.tried.append(phone)
        outcome = self.always or self.says[phone]
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is Outcome.SENT:
            self.sent.append((phone, text))
            return Answer(outcome, f"p-{number}")
        return Answer(outcome, error="as the test says")


@pytest.fixture
def watch(now):
    return Watch(now)


@pytest.fixture
def told():
    """Settings with two channels, of which the second takes over after a quarter of an hour."""
    return load_settings(
        messages={
            "channels": ["sms", "post"],
            "schemes": ["jsons"],
            "addresses": {"sms": "jsons://a.example/{phone}", "post": "jsons://b.example/{phone}"},
        }
    )


@pytest.fixture
def channels():
    return {"sms": Recorder(), "post": Recorder()}


@pytest.fixture
def round_of(told, channels, watch):
    """Return a function that sends what is due on a record, once, and gives the tally."""
    texts = load_texts(told)

    def go(record, settings=told, through=channels):
        return send_due(record, settings, texts, through, watch, random.Random(1))

    return go


def messages(record, **where):
    with record.read() as session:
        return list(session.scalars(select(Message).filter_by(**where).order_by(Message.created_at, Message.change)))


@pytest.fixture
def rows():
    return messages
