"""Quotes on their pages: written and sent by staff, accepted and declined by whoever holds the link."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, Quote


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk", ["DEP-01"])


@pytest.fixture
def hidden():
    """Return a function that reads a page's token and key."""
    return lambda of, path: dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', of.get(path).text))


@pytest.fixture
def entries(day):
    """Return a function that fills in the form of a quote."""

    def make(**changes):
        sound = {
            "scene": "office",
            "contact": "赵经理",
            "phone": "13800138000",
            "community": "社区A-001 · 示例镇",
            "address": "创业楼3层",
            "floor": "3",
            "valid_until": str(day),
            "line-0-item": "wardrobe",
            "line-0-pieces": "2",
            "line-0-price": "35.50",
            "line-0-payer": "they",
            "line-0-reason": "要拆",
            "line-1-item": "paper",
            "line-1-pieces": "3",
        }
        return {**sound, **changes}

    return make


@pytest.fixture
def posted(clerk, hidden, entries):
    """Return a function that sends the form of a quote."""

    def make(deed="send", path="/clerk/quotes/new", by=clerk, **changes):
        return by.post(path, data={**hidden(by, path), **entries(**changes), "deed": deed})

    return make


def rows(record, model):
    with record.read() as session:
        return session.scalars(select(model).order_by(model.created_at)).all()


def test_a_draft_is_saved_and_found_as_it_was_entered(clerk, posted, sqlite_record):
    answer = posted("save")
    assert answer.status_code == 303
    page = clerk.get(answer.location).text
    for value in ('value="35.50"', 'value="要拆"', 'value="创业楼3层"', 'name="line-3-item"'):
        assert value in page
    (quote,) = rows(sqlite_record, Quote)
    assert quote.state == "draft"
    assert clerk.get(f"/q/{quote.token}").status_code == 404
    assert quote.number in clerk.get("/clerk/quotes").text
    assert posted("send", answer.location, **{"line-1-pieces": "4"}).status_code == 303
    (quote,) = rows(sqlite_record, Quote)
    assert quote.state == "sent"


def test_a_customer_accepts_and_again_finds_the_booking(client, posted, hidden, token, sqlite_record, day):
    posted()
    (quote,) = rows(sqlite_record, Quote)
    path = f"/q/{quote.token}"
    shown = client.get(path)
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "¥\xa035.50" in shown.text
    assert f"{day} 08:00-10:00" in shown.text
    sent = {"csrf_token": token(path), "slot": f"{day} 08:00-10:00"}
    first = client.post(f"{path}/accept", data=sent)
    again = client.post(f"{path}/accept", data={**sent, "slot": f"{day} 13:00-15:00"})
    (made,) = rows(sqlite_record, Booking)
    assert first.location == again.location == f"/b/{made.token}"
    assert (made.scene, made.channel) == ("office", "clerk")
    assert f"/b/{made.token}" in client.get(path).text
    assert "/accept" not in client.get(path).text


def test_no_window_chosen_is_said(client, posted, token, sqlite_record):
    posted()
    (quote,) = rows(sqlite_record, Quote)
    answer = client.post(f"/q/{quote.token}/accept", data={"csrf_token": token(f"/q/{quote.token}"), "slot": "soon"})
    assert answer.status_code == 422
    assert rows(sqlite_record, Booking) == []


def test_declining_is_seen_by_staff(client, clerk, posted, token, sqlite_record):
    posted()
    (quote,) = rows(sqlite_record, Quote)
    path = f"/q/{quote.token}"
    data = {"csrf_token": token(path), "reason": "另找了一家"}
    assert client.post(f"{path}/decline", data=data).status_code == 303
    assert "/accept" not in client.get(path).text
    assert "另找了一家" in clerk.get(f"/clerk/quotes/{quote.id}").text
    assert client.post(f"{path}/accept", data={**data, "slot": ""}).status_code == 409


def test_the_old_link_leads_to_the_new_version_once_it_is_sent(client, clerk, posted, hidden, sqlite_record):
    posted()
    (old,) = rows(sqlite_record, Quote)
    token = hidden(clerk, f"/clerk/quotes/{old.id}")
    answer = clerk.post(f"/clerk/quotes/{old.id}/revise", data=token)
    assert answer.status_code == 303
    client.set_cookie("language", "en")
    shown = client.get(f"/q/{old.token}").text
    assert "we are writing a new one" in shown
    assert "/accept" not in shown
    posted("send", answer.location, minimum="500")
    new = next(q for q in rows(sqlite_record, Quote) if q.version == 2)
    assert f"/q/{new.token}" in client.get(f"/q/{old.token}").text
    assert "¥\xa0500.00" in client.get(f"/q/{new.token}").text


def test_a_line_in_words_is_asked_for_its_item(clerk, posted, sqlite_record):
    words = {"line-1-item": "", "line-1-words": "旧讲台", "line-1-kg": "100", "line-1-litres": "900"}
    words |= {"line-1-minutes": "20", "line-1-people": "2", "line-1-price": "10", "line-1-payer": "they"}
    answer = posted("send", **words)
    assert answer.status_code == 422
    assert 'id="fault-lines"' in answer.text
    (quote,) = rows(sqlite_record, Quote)
    assert quote.state == "draft"
    assert posted("send", f"/clerk/quotes/{quote.id}", **{**words, "line-1-item": "sofa"}).status_code == 303


def test_what_is_wrong_stands_beside_its_field(posted, sqlite_record):
    wrong = {"phone": "1", "community": "月球", "valid_until": "x", "minimum": "viel", "line-0-price": "abc"}
    answer = posted("save", **wrong)
    assert answer.status_code == 422
    for field in ("phone", "community", "valid_until", "minimum", "lines"):
        assert f'id="fault-{field}"' in answer.text, field
    assert 'value="abc"' in answer.text
    assert rows(sqlite_record, Quote) == []


def test_staff_of_another_depot_see_nothing(app, signed_in, clerk, posted, hidden, sqlite_record):
    posted()
    (quote,) = rows(sqlite_record, Quote)
    other = signed_in(app, "clerk", ["DEP-02"])
    assert quote.number not in other.get("/clerk/quotes").text
    path = f"/clerk/quotes/{quote.id}"
    token = hidden(other, "/clerk/quotes/new")
    assert other.get(path).status_code == 403
    assert other.post(path, data=token).status_code == 403
    assert other.post(f"{path}/revise", data=token).status_code == 403
    assert posted("save", by=other).status_code == 403
