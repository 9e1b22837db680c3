"""Putting a caller on the waiting list: the clerk stays at the counter, and the audit log knows who did it."""

import re
import uuid

import pytest
from sqlalchemy import select

from recycling.models import AuditEvent, Waiting

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk", ["DEP-01"])


@pytest.fixture
def entries(clerk, form):
    """What the counter sends for a caller without a window."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
    made = form(csrf_token=token, phone="13700137000")
    return {name: text for name, text in made.items() if name not in ("day", "window")}


def places(record):
    with record.read() as session:
        return session.scalars(select(Waiting)).all()


def test_the_clerk_stays_at_the_counter_and_reads_until_when_the_caller_waits(clerk, entries, sqlite_record):
    answer = clerk.post("/clerk/waiting", data=entries)
    (place,) = places(sqlite_record)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/clerk?waits={place.id}"
    assert (place.phone, place.depot_code, place.call_back, place.state) == (
        "+8613700137000", "DEP-01", False, "waiting"
    )  # fmt: skip
    page = clerk.get(answer.headers["Location"], headers=ENGLISH).text
    assert re.search(r'role="status">137\*+7000 is on the waiting list until', page)
    with sqlite_record.read() as session:
        event = session.scalar(select(AuditEvent).where(AuditEvent.subject_id == str(place.id)))
    assert (event.action, event.actor_id, event.actor_role) == ("waiting.made", str(clerk.account), "clerk")


def test_sent_twice_it_is_one_place_and_with_other_entries_it_is_told(clerk, entries, sqlite_record):
    first, second = (clerk.post("/clerk/waiting", data=entries) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    other = clerk.post("/clerk/waiting", data=entries | {"floor": "6"}, headers=ENGLISH)
    assert other.status_code == 409
    assert "already been sent with other entries" in other.text
    assert len(places(sqlite_record)) == 1


def test_faults_give_the_counter_s_form_back(clerk, entries, sqlite_record):
    slot = "2026-03-06 08:00-10:00"
    answer = clerk.post("/clerk/waiting", data=entries | {"contact": "", "slot": slot, "rough": "yes"})
    assert answer.status_code == 422
    assert 'id="counter"' in answer.text
    assert 'id="fault-contact"' in answer.text
    assert f'data-chosen="{slot}"' in answer.text
    assert 'value="3栋2单元501"' in answer.text
    assert re.search(r'name="rough" value="yes" checked', answer.text)
    assert places(sqlite_record) == []


def test_what_is_only_roughly_known_is_said_to_the_crew(clerk, entries, sqlite_record):
    clerk.post("/clerk/waiting", data=entries | {"rough": "yes", "note": "blue door"})
    (place,) = places(sqlite_record)
    assert place.wish["note"].endswith("call first. blue door")


def test_a_place_of_another_depot_is_refused_in_the_form(clerk, entries, sqlite_record):
    answer = clerk.post("/clerk/waiting", data=entries | {"community": "B-001"}, headers=ENGLISH)
    assert answer.status_code == 403
    assert 'id="fault-community"' in answer.text
    assert "DEP-02" in answer.text
    assert places(sqlite_record) == []


def test_a_number_that_staff_book_for_is_said_in_the_form(clerk, entries, sqlite_record, monkeypatch):
    monkeypatch.setattr("recycling.booking.no_shows.no_shows", lambda *_: 99)
    answer = clerk.post("/clerk/waiting", data=entries)
    assert answer.status_code == 409
    assert 'id="fault-phone"' in answer.text
    assert places(sqlite_record) == []


def test_whoever_waited_for_a_call_leaves_that_list(client, clerk, entries, form, sqlite_record):
    client.post("/waiting", data=form(phone="13700137000", deed="call-back"))
    (asked,) = places(sqlite_record)
    clerk.post("/clerk/waiting", data=entries | {"waiting": str(asked.id)})
    states = {place.call_back: place.state for place in places(sqlite_record)}
    assert states == {True: "withdrawn", False: "waiting"}


@pytest.mark.parametrize("key", ["nothing", str(uuid.UUID(int=7))])
def test_a_key_that_says_nothing_shows_the_counter(clerk, key):
    answer = clerk.get(f"/clerk?waits={key}", headers=ENGLISH)
    assert answer.status_code == 200
    assert "is on the waiting list" not in answer.text


def test_the_counter_s_button_is_the_counter_s_own(clerk, entries):
    page = clerk.post("/clerk/waiting", data=entries | {"contact": ""}).text
    assert re.search(r'formaction="([^"]+)"', page).group(1) == "/clerk/waiting"
