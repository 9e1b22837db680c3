"""Getting on the waiting list from the booking form: what cannot be gives the form back with what was entered."""

import re

from sqlalchemy import func, select

from recycling.models import Waiting

ENGLISH = {"Accept-Language": "en"}


def test_a_number_that_staff_book_for_gets_its_form_back_and_may_ask_for_a_call(
    client, form, sqlite_record, monkeypatch
):
    monkeypatch.setattr("recycling.booking.no_shows.no_shows", lambda *_: 99)
    entries = form(deed="wait")
    answer = client.post("/waiting", data=entries, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Bookings for this number are taken by telephone" in answer.text
    assert 'id="fault-phone"' in answer.text
    assert 'value="王女士"' in answer.text
    assert re.search(r'name="key" value="([^"]+)"', answer.text).group(1) == entries["key"]
    asked = client.post("/waiting", data=entries | {"deed": "call-back"})
    assert asked.headers["Location"].startswith("/w/")


def test_a_form_sent_again_with_other_entries_comes_back_with_the_sentence(client, form, sqlite_record):
    entries = form(deed="wait")
    client.post("/waiting", data=entries)
    answer = client.post("/waiting", data=entries | {"floor": "6"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert "already been sent with other entries" in answer.text
    assert re.search(r'name="floor"[^>]*value="6"', answer.text)
    with sqlite_record.read() as session:
        assert session.scalar(select(func.count()).select_from(Waiting)) == 1
