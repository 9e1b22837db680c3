"""A holder's statement behind a link, and the clerk's page to redeem."""

import csv
import io
import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine

from recycling.catalogue import load_catalogue
from recycling.ledger import balance
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import revoke_links, seller_of_phone
from recycling.money.settling import HandIn, settle
from recycling.money.terms import load_terms
from web.points import statement_token

TODAY = date(2026, 3, 4)


@pytest.fixture
def client(app, signed_in):
    """A clerk at the counter."""
    return signed_in(app, "clerk")


@pytest.fixture
def holder(sqlite_record, now):
    """Whoever is reached under 13800138000, with 1,800 points for ten kilograms of metal."""
    terms = load_terms(load_catalogue())
    with sqlite_record.write() as session:
        seller = seller_of_phone(session, "13800138000", now)
        hand_in = HandIn(seller.id, "x", TODAY, (WeighedLine("metal", 10_000),), "points", "clerk")
        settle(session, terms, hand_in, "points-of-the-test", now, TODAY)
    return seller


@pytest.fixture
def link(app, holder):
    with app.app_context():
        return statement_token(holder)


@pytest.fixture
def redeems(client, holder):
    """Return a function that sends the clerk's form, changed where the test says."""

    def call(**changes):
        page = client.get(f"/clerk/points/{holder.id}").text
        hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
        return client.post(f"/clerk/points/{holder.id}", data={**hidden, "voucher": "bag", "pieces": "2", **changes})

    return call


def points(database, seller):
    with database.read() as session:
        return balance(session, books.holding(seller.id, "points"))


# -- the holder ----------------------------------------------------------------------------------------------------


def test_a_statement(client, link, redeems):
    redeems()
    page = client.get(f"/points/{link}", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "138****8000" in page.text
    assert "13800138000" not in page.text
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert "1,200 points" in said
    assert "Handed in" in said
    assert "+1,800" in said
    assert "−600" in said


def test_the_same_as_a_table(client, link, redeems):
    redeems()
    answer = client.get(f"/points/{link}/statement.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="points-2026-03-01-2026-03-04.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [(r["kind"], r["balance"]) for r in rows][::3] == [("opening", "0"), ("closing", "1200")]
    assert sorted(r["amount"] for r in rows) == ["", "", "-600", "1800"]


@pytest.mark.parametrize(
    ("query", "opening", "closing"),
    [
        ("?first=2026-03-05&last=2026-03-06", "1800", "1800"),
        ("?first=2026-02-01&last=2026-03-03", "0", "0"),
        ("?first=2026-03-04&last=2026-03-04", "0", "1800"),
        ("?first=2026-03-06&last=2026-03-01", "0", "1800"),
        ("?unit=fen", "0", "0"),
        ("?unit=gold&first=yesterday&last=9999-99-99", "0", "1800"),
        ("?first=0001-01-01&last=9999-12-31", "0", "1800"),
    ],
)
def test_the_days_that_are_asked_for(client, link, query, opening, closing):
    assert client.get(f"/points/{link}{query}").status_code == 200
    text = client.get(f"/points/{link}/statement.csv{query}").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert (rows[0]["balance"], rows[-1]["balance"]) == (opening, closing)


def test_links_that_open_nothing(app, client, link, holder, sqlite_record, now):
    assert client.get(f"/points/{link}").status_code == 200
    with app.app_context():
        from web.points import _signer

        foreign = _signer().dumps([uuid.uuid4().hex, 1])
        odd = [_signer().dumps(x) for x in (None, [1, 2], ["x", 1], [holder.id.hex], {"a": 1})]
    for wrong in ("x", link[:-2], link + "x", foreign, *odd):
        assert client.get(f"/points/{wrong}").status_code == 404, wrong
    with time_machine.travel(now + timedelta(days=90, minutes=1), tick=False):
        assert client.get(f"/points/{link}").status_code == 404
    with sqlite_record.write() as session:
        revoke_links(session, holder.id)
    assert client.get(f"/points/{link}").status_code == 404
    assert client.get(f"/points/{link}/statement.csv").status_code == 404


# -- the clerk -----------------------------------------------------------------------------------------------------


def test_a_holder_is_found_by_telephone(client, token, holder):
    form = {"csrf_token": token("/clerk/points"), "phone": "138 0013 8000"}
    answer = client.post("/clerk/points", data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/clerk/points/{holder.id}"
    assert client.post("/clerk/points", data={**form, "phone": "13900139000"}).status_code == 404
    wrong = client.post("/clerk/points", data={**form, "phone": "<b>12"})
    assert wrong.status_code == 422
    assert 'id="fault-phone"' in wrong.text
    assert 'value="&lt;b&gt;12"' in wrong.text


def test_points_are_redeemed_and_taken_back(client, redeems, holder, sqlite_record):
    answer = redeems()
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert points(sqlite_record, holder) == 1200
    action = re.search(r'action="(/clerk/redemptions/[^"]+/cancel)"', page).group(1)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    for _ in range(2):
        assert client.post(action, data={"csrf_token": csrf}).status_code == 303
        assert points(sqlite_record, holder) == 1800


def test_the_same_form_sent_twice_redeems_once(redeems, holder, sqlite_record):
    key = str(uuid.uuid4())
    assert redeems(key=key).headers["Location"] == redeems(key=key).headers["Location"]
    assert points(sqlite_record, holder) == 1200
    assert redeems(key=key, pieces="3").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pieces": "0"}, "pieces"),
        ({"pieces": "many"}, "pieces"),
        ({"pieces": "7"}, "pieces"),
        ({"pieces": "9" * 40}, "pieces"),
        ({"voucher": "car"}, "voucher"),
        ({"voucher": ""}, "voucher"),
        ({"key": "x"}, "form"),
    ],
)
def test_wrong_entries_come_back(redeems, holder, sqlite_record, changes, field):
    answer = redeems(**changes)
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text
    assert points(sqlite_record, holder) == 1800


def test_nobody(client):
    assert client.get(f"/clerk/points/{uuid.uuid4()}").status_code == 404
    assert client.get("/clerk/points/x").status_code == 404


def test_without_its_token_no_form_is_taken(client, holder, sqlite_record):
    assert client.post(f"/clerk/points/{holder.id}", data={"voucher": "bag", "pieces": "1"}).status_code == 400
    assert points(sqlite_record, holder) == 1800
