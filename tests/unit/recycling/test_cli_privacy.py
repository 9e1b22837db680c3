"""`recycling privacy`: what is due, erasing it, and erasing somebody who asks."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from recycling.models import Booking


@pytest.fixture
def ended(upgraded, network, booked, now):
    """A cancelled booking in the record; the clock stands 200 days later."""
    network(upgraded)
    (booking,) = booked(upgraded, 1)
    with upgraded.write() as session:
        row = session.get(Booking, booking.id)
        row.state, row.ended_at = "cancelled", now
    with time_machine.travel(now + timedelta(days=200), tick=False):
        yield upgraded


NOTHING = (
    "0 bookings, 0 orders, 0 households of groups, 0 quotes, 0 waiting places, 0 answers about pins,"
    " 0 places of village rounds, 0 numbers told of truck calls\n"
)


def test_what_is_due_is_said_and_erased(run, ended):
    one = NOTHING.replace("0 bookings", "1 bookings")
    assert run("privacy", "due")[:2] == (0, one)
    assert run("privacy", "run")[:2] == (0, one)
    assert run("privacy", "run")[:2] == (0, NOTHING)
    with ended.read() as session:
        assert session.scalar(select(Booking.phone)) == ""


def test_somebody_who_asks(run, ended):
    assert run("privacy", "erase", "13800138000")[1] == NOTHING.replace("0 bookings", "1 bookings")
    assert run("privacy", "erase", "13800138000")[:2] == (0, NOTHING)
    status, _, err = run("privacy", "erase", "12")
    assert (status, "is not a telephone number" in err) == (2, True)


def test_what_has_not_ended_is_kept_and_said(run, upgraded, network, booked):
    network(upgraded)
    booked(upgraded, 1)
    status, out, _ = run("privacy", "erase", "13800138000")
    assert (status, out) == (1, f"{NOTHING}1 have not ended yet and are kept: cancel them first.\n")
