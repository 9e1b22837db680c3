"""Booking through the pages, and what stands on the booking's own page."""

import re

import pytest
from sqlalchemy import func, select

from recycling.models import Booking, Message


def count(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Booking))


def test_a_booking_is_taken_and_shown(client, form, sqlite_record):
    answer = client.post("/book", data=form())
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "08:00–10:00" in page.text
    assert "王女士" in page.text
    assert "13800138000" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert count(sqlite_record) == 1


@pytest.mark.parametrize(("crs", "east", "north"), [("wgs84", 0, 0), ("gcj02", 440, -240), ("bd09", 1060, 430)])
def test_a_position_is_kept_in_wgs84_whatever_the_phone_gives(client, form, sqlite_record, crs, east, north):
    """The shifts are those that Dazhou's maps are known to have, to some hundred metres."""
    client.post("/book", data=form(lon="107.485", lat="31.215", crs=crs))
    with sqlite_record.read() as session:
        kept = session.scalar(select(Booking))
    assert abs((107.485 - kept.lon) * 95_200 - east) < 120
    assert abs((31.215 - kept.lat) * 111_000 - north) < 120


def test_the_same_form_sent_twice_is_one_booking(client, form, sqlite_record):
    entries = form()
    first, second = client.post("/book", data=entries), client.post("/book", data=entries)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(sqlite_record) == 1


def test_the_same_form_with_other_entries_is_told(client, form, sqlite_record):
    entries = form()
    client.post("/book", data=entries)
    assert client.post("/book", data={**entries, "floor": "6"}).status_code == 409
    assert count(sqlite_record) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item-fridge": "0", "item-paper": "0"}, "items"),
        ({"item-fridge": "two"}, "items"),
        ({"item-unicorn": "1"}, "items"),
        ({"item-fridge": "-1"}, "items"),
        ({"community": "Atlantis"}, "community"),
        ({"community": ""}, "community"),
        ({"lon": "0", "lat": "0"}, "position"),
        ({"lon": "east", "lat": "31"}, "position"),
        ({"lon": "nan", "lat": "31.2"}, "position"),
        ({"lon": "107.48", "lat": "31.21", "crs": "mars"}, "position"),
        ({"day": "2026-03-03"}, "day"),
        ({"day": "2026-13-01"}, "day"),
        ({"day": ""}, "day"),
        ({"window": "03:00-05:00"}, "window"),
        ({"contact": " "}, "contact"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"address": ""}, "address"),
        ({"floor": "high"}, "floor"),
        ({"floor": "500"}, "floor"),
    ],
)
def test_wrong_entries_come_back_with_the_field_marked(client, form, sqlite_record, changes, field):
    answer = client.post("/book", data=form(**changes))
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text
    assert 'value="王女士"' in answer.text or "contact" in changes
    assert count(sqlite_record) == 0


def test_all_that_is_wrong_is_told_at_once(client, form):
    page = client.post("/book", data=form(phone="1", contact="", address="", community="Atlantis")).text
    for field in ("phone", "contact", "address", "community"):
        assert f'id="fault-{field}"' in page


def test_what_people_write_stays_text(client, form):
    evil = "<script>alert(1)</script>\"'&😀"
    answer = client.post("/book", data=form(contact=evil, address=evil, note=evil))
    page = client.get(answer.headers["Location"]).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    again = client.post("/book", data=form(contact=evil, phone="1", note=evil)).text
    assert "<script>alert" not in again


def test_places_answers_with_labels_and_positions(client):
    found = client.get("/places", query_string={"q": "社区A"}).json
    assert [p["label"] for p in found] == ["社区A-001 · 示例镇", "社区A-002 · 示例镇", "社区A-003 · 示例镇"]
    assert all(isinstance(p["lon"], float) for p in found)
    assert client.get("/places", query_string={"q": "%"}).json == []
    assert client.get("/places").json == []


def test_closed_days_are_not_offered(client):
    days = re.findall(r'<option value="(2026-\d\d-\d\d)"', client.get("/book").text)
    assert days[0] == "2026-03-05"
    assert len(days) == 14


@pytest.mark.parametrize(("page", "language"), [("zh_CN", "zh"), ("en", "en")])
def test_messages_are_in_the_language_of_the_page(client, form, sqlite_record, page, language):
    client.set_cookie("language", page)
    client.post("/book", data=form())
    with sqlite_record.read() as session:
        assert session.scalar(select(Booking.language)) == language
        assert session.scalar(select(Message.language)) == language


@pytest.mark.parametrize("deed", ["wait", "call-back"])
def test_a_form_with_a_fault_still_asks_for_what_it_was_sent_for(client, form, sqlite_record, deed):
    entries = form(phone="110x", deed=deed)
    answer = client.post("/waiting", data=entries)
    assert answer.status_code == 422
    page = answer.text
    assert re.search(r'<form method="post" action="([^"]+)" id="booking"', page).group(1) == "/waiting"
    assert f'<input type="hidden" name="deed" value="{deed}">' in page
    send = re.search(r'<button class="btn btn-primary send"([^>]*)>([^<]+)</button>', page)
    assert f'data-{deed}="{send.group(2)}"' in send.group(1), "it says what it will do"
    assert client.post("/waiting", data={**entries, "phone": "13800138000"}).headers["Location"].startswith("/w/")
    assert count(sqlite_record) == 0
