"""Twenty forms sent fifty times at once by browsers to two real servers: twenty bookings, a thousand equal answers."""

import threading
from collections import Counter

import pytest
from sqlalchemy import func, select

from benchmarks.hammering.browsers import Browser, entries, serving
from benchmarks.hammering.people import requests
from benchmarks.hammering.records import multiplied
from recycling import network
from recycling.booking import Office
from recycling.models import AuditEvent, Booking, BookingLine, Message
from recycling.settings import load_settings

FORMS, TIMES, SERVERS = 20, 50, 2

pytestmark = pytest.mark.soak


@pytest.fixture
def servers(database, catalogue, tmp_path):
    """Two servers over one record with the shipped network, and forms for it."""
    fleet = multiplied(2)
    with database.write() as session:
        network.store(session, network.shipped_network())
    wishes = requests(Office(database, load_settings(), catalogue, fleet), FORMS, 1)
    url = database.engine.url.render_as_string(hide_password=False)
    with serving(url, fleet, SERVERS, tmp_path) as ports:
        yield ports, wishes


def test_forms_sent_fifty_times_at_once_are_one_booking_each(database, servers, capsys):
    ports, wishes = servers
    browsers = [Browser(ports[number % len(ports)]) for number in range(TIMES)]
    for browser in browsers:
        browser.open_form()
    gate, seen, faults = threading.Barrier(TIMES), [], []

    def send(browser):
        try:
            for number, wish in enumerate(wishes):
                gate.wait(300)  # so that all send the same form at the same moment
                form = {**entries(wish), "csrf_token": browser.token, "key": f"the-form-{number:04d}"}
                status, _, leads = browser.ask("POST", "/book", form)
                seen.append((number, status, leads))
        except BaseException as fault:
            faults.append(fault)
            gate.abort()

    threads = [threading.Thread(target=send, args=(browser,), daemon=True) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert faults == []
    answers = Counter(seen)
    with capsys.disabled():
        print(f"\n{database.engine.dialect.name}: {len(seen)} posts over HTTP, {len(answers)} different answers")
    with database.read() as session:
        tokens = {f"/b/{token}" for token in session.scalars(select(Booking.token).where(Booking.leg_of.is_(None)))}
        made = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "booking.made"))
        visits = session.scalar(select(func.count()).select_from(Booking))
        told = session.scalar(select(func.count()).select_from(Message).where(Message.change == "booked"))
        lines = session.scalar(select(func.count()).select_from(BookingLine))
    assert len(tokens) == FORMS
    assert (made, told) == (visits, FORMS)
    assert lines >= visits
    assert sorted(answers.values()) == [TIMES] * FORMS
    assert {status for _, status, _ in answers} == {303}
    assert {leads.partition("?")[0] for _, _, leads in answers} == tokens
