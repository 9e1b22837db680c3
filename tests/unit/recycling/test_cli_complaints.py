"""`recycling complaints`: listing what waits for an answer, and answering it."""

import pytest
import time_machine
from sqlalchemy import select

from recycling import complaints
from recycling.accounts.rights import link_to
from recycling.models import Booking, Complaint, Message


@pytest.fixture
def complained(upgraded, network, office, booked, now):
    """A record in the home of the test with a complaint three days old; the clock stands there."""
    network(upgraded)
    (booking,) = booked(upgraded, 1)
    with upgraded.write() as session:
        found = session.get(Booking, booking.id)
        found.state, found.ended_at = "collected", booking.promise_end
    with time_machine.travel(booking.promise_end, tick=False):
        made = complaints.complain(
            office(upgraded), booking, "price", "太轻", "a-form-of-it", link_to(booking), booking.promise_end
        )
    with time_machine.travel(booking.promise_end.replace(day=booking.promise_end.day + 3), tick=False):
        yield made, booking


def test_the_list_says_number_age_kind_booking_and_words(run, complained):
    made, booking = complained
    status, out, _ = run("complaints", "list")
    assert status == 0
    assert out.splitlines()[0] == f"{made.id.hex}   3 d price {booking.reference} (resident) 太轻"
    assert "1 open" in out
    assert "1 accepted, 0 refused (0.0%)" in out
    assert "0 open" in run("complaints", "list", "--depot", "DEP-02")[1] or run("complaints", "list", "--depot", "X")[0]
    assert run("complaints", "list", "--depot", "NOWHERE")[0] == 2


def test_an_answer_closes_it_and_is_told(run, complained, upgraded):
    made, _ = complained
    status, out, _ = run("complaints", "answer", made.id.hex, "已补差价")
    assert (status, "told" in out) == (0, True)
    with upgraded.read() as session:
        assert session.get(Complaint, made.id).answer == "已补差价"
        assert session.scalars(select(Message.change)).all() == ["complaint_answered"]
    status, _, err = run("complaints", "answer", made.id.hex, "another one")
    assert status == 2
    assert "meanwhile" in err
    assert run("complaints", "list")[1].startswith("0 open")


def test_a_number_of_nothing_is_said(run, complained):
    status, _, err = run("complaints", "answer", complained[1].id.hex, "x")
    assert status == 2
    assert "no complaint of this number" in err
