"""Moving, changing and repeating on pages: what was asked at booking is asked here too; bookings of two visits."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.booking import book, need_of_visits, offers, open_days
from recycling.booking.life import visits_of
from recycling.models import Booking, Slot

ENGLISH = {"Accept-Language": "en"}
LOAD = {"fridge": 1, "sofa": 2}
"""What never rides together."""


@pytest.fixture
def counter(office, sqlite_record, settings):
    """The counter of the record, with days enough to be far away from each other."""
    return office(sqlite_record)


@pytest.fixture
def twin(counter, wish, now, day):
    """A booking of paper, and one of the same number for which it is far too early to be a twin of it."""
    first = book(counter, wish(items={"paper": 2}, address="1栋"), "the-first-booking", now)
    second = book(counter, wish(items={"glass": 2}, address="2栋"), "the-second-booking", now)
    return first, second


@pytest.fixture
def two(counter, wish, now):
    """A booking of two visits."""
    made = book(counter, wish(items=LOAD, address="5栋"), "for-two-vehicles", now)
    with counter.database.read() as session:
        assert len(visits_of(session, made, lock=False)) == 2
    return made


def entries(page):
    """The entries of the page's own form, as a browser would send them."""
    text = page.text[page.text.index('<form method="post"') :]
    text = re.sub(r'<input type="(?:checkbox|radio)"(?![^>]*checked)[^>]*>', "", text)
    sent = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', text))
    return {name: value for name, value in sent.items() if not name.startswith("item-") or value not in ("", "0")}


def test_changing_into_the_same_as_an_open_booking_is_asked_about(client, twin):
    first, second = twin
    path = f"/b/{second.token}/amend"
    page = client.get(path, headers=ENGLISH)
    assert 'name="different"' not in page.text
    sent = entries(page) | {"item-paper": "1"}
    asked = client.post(path, data=sent, headers=ENGLISH)
    assert asked.status_code == 409
    assert first.reference in asked.text
    assert re.search(r'type="checkbox" name="different" value="yes"', asked.text)
    assert first.token not in asked.text
    assert client.post(path, data=sent | {"different": "yes"}).status_code == 303


def test_moving_near_the_same_is_asked_about_and_keeps_what_was_chosen(client, counter, wish, now, day, monkeypatch):
    rules = counter.settings.booking.model_copy(update={"duplicate_days": 1})
    monkeypatch.setattr(counter.settings, "__dict__", counter.settings.__dict__ | {"booking": rules})
    first = book(counter, wish(items={"paper": 2}), "the-first-booking", now)
    other = book(counter, wish(items={"paper": 2}, day=day + timedelta(days=5)), "the-second-booking", now)
    path, slot = f"/b/{other.token}/move", f"{day + timedelta(days=1)} 13:00-15:00"
    page = client.get(path, headers=ENGLISH)
    sent = entries(page) | {"slot": slot}
    asked = client.post(path, data=sent, headers=ENGLISH)
    assert asked.status_code == 409
    assert first.reference in asked.text
    assert re.search(rf'value="{slot}" checked', asked.text)
    assert 'name="different"' in asked.text
    assert client.post(path, data=sent | {"different": "yes"}).status_code == 303


def test_at_the_counter_it_is_asked_too(app, signed_in, counter, wish, now, day, monkeypatch):
    rules = counter.settings.booking.model_copy(update={"duplicate_days": 1})
    monkeypatch.setattr(counter.settings, "__dict__", counter.settings.__dict__ | {"booking": rules})
    book(counter, wish(items={"paper": 2}), "the-first-booking", now)
    other = book(counter, wish(items={"paper": 2}, day=day + timedelta(days=5)), "the-second-booking", now)
    clerk = signed_in(app, "clerk")
    path = f"/clerk/bookings/{other.id}"
    sent = entries(clerk.get(path, headers=ENGLISH)) | {"slot": f"{day} 13:00-15:00"}
    asked = clerk.post(f"{path}/move", data=sent, headers=ENGLISH)
    assert 'name="different"' in asked.text
    assert clerk.post(f"{path}/move", data=sent | {"different": "yes"}).status_code == 303


def test_booking_the_same_again_asks_as_booking_does(client, twin):
    first, _ = twin
    page = client.get(f"/b/{first.token}/again", headers=ENGLISH).text
    assert 'name="different"' not in page


def test_a_program_says_that_it_is_another_one(client, twin):
    second = twin[1]
    path = f"/api/v1/bookings/{second.token}"
    change = {"items": {"glass": 1, "paper": 1}}
    asked = client.patch(path, json=change, headers={"If-Match": "*"})
    assert (asked.status_code, asked.json["code"]) == (409, "duplicate")
    assert client.patch(path, json=change | {"different": True}, headers={"If-Match": "*"}).status_code == 200


def test_a_booking_of_two_visits_is_changed_on_its_page_and_at_the_counter(app, client, signed_in, two, sqlite_record):
    page = client.get(f"/b/{two.token}", headers=ENGLISH).text
    assert f"/b/{two.token}/amend" in page
    path = f"/b/{two.token}/amend"
    sent = entries(client.get(path, headers=ENGLISH))
    assert client.post(path, data=sent | {"note": "ring twice"}).status_code == 303
    clerk = signed_in(app, "clerk")
    path = f"/clerk/bookings/{two.id}"
    shown = clerk.get(path, headers=ENGLISH).text
    assert "1/2" in shown
    assert "2/2" in shown
    sent = entries(clerk.get(f"{path}/amend", headers=ENGLISH))
    assert clerk.post(f"{path}/amend", data=sent | {"contact": "李", "note": "ring twice"}).status_code == 303
    with sqlite_record.read() as session:
        found = session.scalars(select(Booking)).all()
    assert [(one.note, one.contact) for one in found] == [("ring twice", "李")] * 2


def test_a_program_changes_a_booking_of_two_visits_and_keeps_what_it_does_not_name(client, two, counter):
    path = f"/api/v1/bookings/{two.token}"
    before = client.get(path).json
    assert before["visits"] == 2
    said = client.patch(path, json={"note": "ring twice"}, headers={"If-Match": "*"})
    assert said.status_code == 200, said.text
    assert (said.json["visits"], said.json["items"], said.json["note"]) == (2, before["items"], "ring twice")
    one = client.patch(path, json={"items": {"paper": 1}}, headers={"If-Match": "*"}).json
    assert (one["visits"], one["items"]) == (1, [{"item": "paper", "pieces": 1}])


def test_all_visits_are_repeated(client, two):
    page = client.get(f"/b/{two.token}/again", headers=ENGLISH).text
    for item, pieces in LOAD.items():
        assert re.search(rf'name="item-{item}"[^>]*value="{pieces}"', page), item


def test_the_windows_to_move_to_are_those_for_all_visits(client, two, counter, sqlite_record, now):
    with sqlite_record.write() as session:
        for number, slot in enumerate(session.scalars(select(Slot).order_by(Slot.service_day, Slot.window))):
            slot.capacity = slot.taken + 600 * number  # in some there is room for one of the visits alone
    with sqlite_record.read() as session:
        visits, days = visits_of(session, two, lock=False), open_days(counter.settings, now)
        all_, one = (
            {
                f"{offer.window.day} {offer.window.span}"
                for offer in offers(session, counter, need_of_visits(counter, some), now, days, but=two.id)
            }
            for some in (visits, visits[:1])
        )
    text = client.get(f"/b/{two.token}/move").text
    assert set(re.findall(r'name="slot" required value="([^"]+)"', text)) == all_ < one


def test_whoever_takes_an_offer_for_the_same_is_asked_on_its_page(client, twin, counter, wish, now, day):
    from recycling.booking import offer_what_is_free, wait

    place = wait(counter, wish(items={"paper": 1}, different=False), day, "a-place-of-mine", now)
    assert offer_what_is_free(counter, now)
    token = entries(client.get(f"/w/{place.token}", headers=ENGLISH))
    asked = client.post(f"/w/{place.token}/accept", data=token, headers=ENGLISH)
    assert asked.status_code == 409
    assert twin[0].reference in asked.text
    assert 'name="different"' in asked.text
    done = client.post(f"/w/{place.token}/accept", data=token | {"different": "yes"})
    assert (done.status_code, done.headers["Location"].startswith("/b/")) == (303, True)
