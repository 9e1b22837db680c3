"""Handing over on the pages: the counter offers, the partner answers and weighs, staff settle."""

import re
from datetime import timedelta

import pytest
import time_machine
from partner_desk import companies, ordered
from sqlalchemy import select

from recycling.booking import open_days
from recycling.models import Account, ApiKey, Booking, Handover, TradeInOrder
from web.app import create_app
from web.services import KEY, Services


@pytest.fixture
def town_app(sqlite_record, settings, catalogue, fleet, today):
    vars(settings)["partners"] = companies()
    return create_app(Services(sqlite_record, settings, catalogue, fleet))


@pytest.fixture
def desk(town_app, signed_in):
    return signed_in(town_app, "dispatcher", ["DEP-01"])


@pytest.fixture
def company(town_app, signed_in, sqlite_record):
    client = signed_in(town_app, "partner", [])
    with sqlite_record.write() as session:
        session.get_one(Account, client.account).login = "scrap-desk"
    return client


@pytest.fixture
def today(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)


def send(client, page, path, **entered):
    return client.post(path, data={"csrf_token": token_of(client.get(page)), **entered})


def the_one(record):
    with record.read() as session:
        return session.scalars(select(Handover)).one()


@pytest.fixture
def offered(desk, booked, sqlite_record):
    (booking,) = booked(sqlite_record, 1)
    page = f"/clerk/bookings/{booking.id}"
    shown = desk.get(page).text
    key = re.search(r'name="key" value="(offer-[^"]+)"', shown).group(1)
    answer = send(desk, page, f"/handovers/offer/{booking.id}", partner="scrap", key=key)
    assert answer.status_code == 303, answer.text
    return booking


def test_the_whole_way_on_pages(desk, company, offered, sqlite_record, today, town_app, signed_in, now):
    one, door = the_one(sqlite_record), offered.address
    for page in ("/handovers", f"/clerk/bookings/{offered.id}", "/dispatch/DEP-01/2026-03-05"):
        assert ("示例回收站" if page != "/dispatch/DEP-01/2026-03-05" else "合作") in desk.get(page).text
    mine = company.get("/partner").text
    assert "王女士" not in mine
    assert door not in mine
    assert send(company, "/partner", f"/partner/{one.id}", word="accept").status_code == 303
    mine = company.get("/partner").text
    assert "王女士" in mine
    assert door in mine
    assert offered.phone not in mine
    assert offered.phone in send(company, "/partner", f"/partner/{one.id}", word="number").text
    assert "示例回收站" in town_app.test_client().get(f"/b/{offered.token}").text
    today.move_to(offered.promise_start + timedelta(minutes=5))
    company = again(company, town_app, signed_in, sqlite_record)
    entered = {"word": "collected", "item-i01": "paper", "pieces-i01": "2", "kg-i01": "12,5", "kg-m0": ""}
    assert send(company, "/partner", f"/partner/{one.id}", **entered).status_code == 303
    assert the_one(sqlite_record).fen == -500 + 188
    assert "王女士" not in company.get("/partner").text
    with sqlite_record.read() as session:
        assert session.get_one(Booking, offered.id).state == "collected"
    clerk = signed_in(town_app, "clerk", ["DEP-01"], at=offered.promise_start)
    answer = send(clerk, "/handovers/statements", "/handovers/statements", partner="scrap", last="2026-03-05")
    assert answer.location == "/handovers/statements/scrap/1"
    assert "¥ 3.12" in clerk.get(answer.location).text.replace("\xa0", " ")
    assert "-3.12" in company.get("/partner/statements/1").text
    table = company.get("/partner/statements/1.csv").text.splitlines()
    assert sum(round(float(row.split(",")[6]) * 100) for row in table[1:]) == -312
    assert clerk.get("/handovers/statements/scrap/1.xlsx").status_code == 200
    paid = send(clerk, answer.location, f"{answer.location}/paid", reference="T-1")
    assert paid.status_code == 303
    assert "T-1" in clerk.get(answer.location).text
    other = send(clerk, "/handovers/statements", f"{answer.location}/paid", reference="T-2")
    assert other.status_code == 409


def again(client, app, signed_in, record):
    """Sign in anew after hours."""
    from recycling import clock

    other = signed_in(app, "partner", [], at=clock.utc_now())
    with record.write() as session:
        session.get_one(Account, other.account).login = "scrap-yard"
    return other


def test_declining_and_taking_back_bring_it_back(desk, company, offered, sqlite_record):
    one = the_one(sqlite_record)
    assert send(company, "/partner", f"/partner/{one.id}", word="decline", reason="").status_code == 422
    assert send(company, "/partner", f"/partner/{one.id}", word="decline", reason="no truck").status_code == 303
    assert "no truck" in desk.get("/handovers").text
    late = send(company, "/partner", f"/partner/{one.id}", word="accept")
    assert late.status_code == 409
    assert send(desk, "/handovers", f"/handovers/{one.id}/withdraw", reason="x").status_code == 409


def test_what_is_wrong_stands_at_its_row_and_what_was_typed_stays(
    company, offered, sqlite_record, today, town_app, signed_in
):
    one = the_one(sqlite_record)
    send(company, "/partner", f"/partner/{one.id}", word="accept")
    today.move_to(offered.promise_start + timedelta(minutes=5))
    company = again(company, town_app, signed_in, sqlite_record)
    page = send(company, "/partner", f"/partner/{one.id}", word="collected", **{
        "item-i01": "paper", "pieces-i01": "2", "kg-i01": "many", "material-m0": "gold", "kg-m0": "7.25",
    })  # fmt: skip
    assert page.status_code == 422
    assert page.text.count('role="alert"') == 2
    assert 'value="many"' in page.text
    assert 'value="7.25"' in page.text
    none = send(company, "/partner", f"/partner/{one.id}", word="collected")
    assert none.status_code == 422
    nowhere = send(company, "/partner", f"/partner/{one.id}", word="failed", reason="bored")
    assert nowhere.status_code == 422
    assert send(company, "/partner", f"/partner/{one.id}", word="failed", reason="refused").status_code == 303


def test_a_partner_that_cannot_is_refused_with_the_reason(desk, booked, sqlite_record, settings):
    vars(settings)["partners"] = companies(areas=("B",))
    (booking,) = booked(sqlite_record, 1)
    page = f"/clerk/bookings/{booking.id}"
    assert "disabled" in desk.get(page).text
    answer = send(desk, page, f"/handovers/offer/{booking.id}", partner="scrap", key="offer-by-hand")
    assert answer.status_code == 422


def test_an_account_of_no_partner_is_told_so(town_app, signed_in):
    client = signed_in(town_app, "partner", [])
    assert client.get("/partner").status_code == 404


def test_the_address_of_a_partners_program(company, sqlite_record, settings, monkeypatch):
    from recycling.hooks import keeping

    monkeypatch.setattr(keeping, "places_of", lambda address, local: ["192.0.2.1"])
    assert send(company, "/partner", "/partner/events", url="http://plain.example").status_code == 422
    page = send(company, "/partner", "/partner/events", url="https://scrap.example/hook")
    assert re.search(r"rs_[0-9a-f]{64}", page.text)
    assert "rs_" not in company.get("/partner").text
    assert "scrap.example" in company.get("/partner").text
    for word, status in (("test", 303), ("test", 409), ("again", 303), ("remove", 303), ("remove", 404)):
        assert send(company, "/partner", "/partner/events", word=word).status_code == status, word
    with sqlite_record.read() as session:
        assert session.query(ApiKey).count() == 0


class TestOldThingsOfOrders:
    """A dispatcher hands what is old of a shop's order over; the shop sees who comes, the partner whose it is."""

    @pytest.fixture
    def order(self, town_app, sqlite_record, now):
        office = town_app.extensions[KEY].office
        assert ordered(office, open_days(office.settings, now)[0], now) == ["taken"]
        with sqlite_record.read() as session:
            return session.scalars(select(TradeInOrder)).one()

    def hand(self, desk, order):
        page = f"/handovers/order/{order.id}"
        key = re.search(r'name="key" value="(offer-[^"]+)"', desk.get(page).text).group(1)
        return send(desk, page, page, key=key, partner="scrap")

    def test_from_the_list_to_the_partner_and_back(self, desk, company, order, sqlite_record):
        listed = desk.get(f"/orders?day={order.service_day}")
        assert f"/handovers/order/{order.id}" in listed.text
        assert self.hand(desk, order).status_code == 303
        made = the_one(sqlite_record)
        assert f"/handovers/{made.id}/withdraw" in desk.get(f"/handovers/order/{order.id}").text
        assert "3栋501" not in company.get("/partner").text
        assert send(company, "/partner", f"/partner/{made.id}", word="accept").status_code == 303
        shown = company.get("/partner").text
        assert "3栋501" in shown
        assert 'value="old-kept"' in shown
        assert "SO-1" in desk.get("/handovers").text
        assert send(company, "/partner", f"/partner/{made.id}", word="failed", reason="cannot-come").status_code == 303
        back = desk.get(f"/orders?day={order.service_day}").text
        assert re.search("Came back, and is ours again|已退回，改由我们收取", back)
        assert desk.get(f"/handovers/order/{order.id}").text.count('name="partner"') == 2

    def test_the_shop_sees_who_comes_once_the_partner_has_accepted(
        self, town_app, signed_in, desk, company, order, sqlite_record
    ):
        shop = signed_in(town_app, "retailer", ["DEP-01"])
        with sqlite_record.write() as session:
            session.get_one(Account, shop.account).name = "Door"
        self.hand(desk, order)
        page = f"/orders?day={order.service_day}"
        assert "示例回收站" not in shop.get(page).text
        made = the_one(sqlite_record)
        send(company, "/partner", f"/partner/{made.id}", word="accept")
        assert "示例回收站" in shop.get(page).text
        assert "/handovers/" not in shop.get(page).text

    def test_what_is_wrong_is_said_on_the_page(self, desk, order):
        page = f"/handovers/order/{order.id}"
        sent = send(desk, page, page, key="short", partner="scrap")
        self.hand(desk, order)
        again = send(desk, page, page, key="another-offer-1", partner="other")
        assert (sent.status_code, again.status_code) == (422, 409)
        assert 'role="alert"' in again.text

    def test_a_clerk_of_another_depot_sees_nothing(self, town_app, signed_in, order):
        other = signed_in(town_app, "dispatcher", [])
        assert other.get(f"/handovers/order/{order.id}").status_code == 403
