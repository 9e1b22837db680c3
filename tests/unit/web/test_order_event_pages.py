"""The page of events: a shop's own address and secret, what did not come through, and who may do what with it."""

import re
import socket

import pytest
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select
from time_machine import travel

from recycling import deliveries
from recycling.accounts.actors import system
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import Account, ShopEvent, ShopHook, TradeInOrder

PAGE, TRUCK = "/orders/events", "/crew/T-BOX/2026-03-05"
ENGLISH = {"Accept-Language": "en"}
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "日期", "时段"]
AT = NINE + 10 * MINUTE


@pytest.fixture(autouse=True)
def names(monkeypatch, home):
    """Names lead to a public place, those that begin with "inside" to a private one."""

    def lookup(host, port, *_, **__):
        place = "10.0.0.1" if host.startswith("inside") else "93.184.215.14"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
def shop(app, signed_in, sqlite_record):
    client = signed_in(app, "retailer", ["DEP-01"])
    with sqlite_record.write() as session:
        session.get(Account, client.account).name = "Shop"
    return client


@pytest.fixture
def ordered(sqlite_record, office, now):
    def take(number, shop="Shop"):
        cells = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "2026-03-05", "09:00-12:00"]
        lines = read_table(csv_bytes(HEAD, [[f"SO-{number}", *cells]]))
        deliveries.take_in(office(sqlite_record), lines, shop, system("test"), now)
        with sqlite_record.read() as session:
            return deliveries.the_order(session, shop, f"SO-{number}")

    return take


def hidden(client, path=PAGE):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text).group(1)


def send(client, path=PAGE, **entries):
    return client.post(path, data={"csrf_token": hidden(client), **entries}, headers=ENGLISH)


def named(client, url="https://shop.example/events", **more):
    return send(client, f"{PAGE}/address", url=url, **more)


def test_a_shop_names_its_address_and_sees_the_secret_once(shop, sqlite_record):
    answer = named(shop)
    secret = re.search(r"rs_[0-9a-f]{64}", answer.text).group()
    assert "The secret of Shop" in answer.text
    page = shop.get(PAGE, headers=ENGLISH)
    assert secret not in page.text
    assert "https://shop.example/events" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert named(shop, "https://shop.example/other").status_code == 303, "a new address keeps its secret"
    renewed = send(shop, f"{PAGE}/address", word="secret")
    assert re.search(r"rs_[0-9a-f]{64}", renewed.text).group() != secret
    assert send(shop, f"{PAGE}/address", word="remove").status_code == 303
    with sqlite_record.read() as session:
        assert not session.scalars(select(ShopHook)).all()
    assert send(shop, f"{PAGE}/address", word="secret").status_code == 404


@pytest.mark.parametrize(
    ("url", "said"),
    [("http://shop.example/", "Begin the address with https://"), ("https://inside.example/", "private network")],
)
def test_an_address_that_cannot_be_stands_with_its_fault(shop, url, said):
    answer = named(shop, url)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{url}"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_test_is_sent_once_at_a_time(shop):
    named(shop)
    assert send(shop, f"{PAGE}/address", word="test").status_code == 303
    assert "a test" in shop.get(PAGE, headers=ENGLISH).text
    again = send(shop, f"{PAGE}/address", word="test")
    assert (again.status_code, "A test is on its way already" in again.text) == (409, True)


@pytest.fixture
def given_up(shop, ordered, sqlite_record):
    """An event of the shop that was given up."""
    named(shop)
    ordered(1)
    with sqlite_record.write() as session:
        event = session.scalars(select(ShopEvent)).one()
        event.state, event.error, event.status, event.attempts = "given-up", "refused", 500, 30
        return event.id


def state_of(record, key):
    with record.read() as session:
        return session.get(ShopEvent, key).state


@pytest.mark.parametrize("who", ["shop", "dispatcher"])
@pytest.mark.parametrize(("word", "state"), [("again", "waiting"), ("pass", "passed"), ("all", "waiting")])
def test_what_was_given_up_is_sent_again_or_passed_over(
    app, shop, signed_in, given_up, sqlite_record, who, word, state
):
    client = shop if who == "shop" else signed_in(app, "dispatcher", ["DEP-01"])
    page = client.get(PAGE, headers=ENGLISH).text
    assert "the program refused it (500)" in page
    assert "SO-1" in page
    assert send(client, event=given_up.hex, word=word).status_code == 303
    assert state_of(sqlite_record, given_up) == state


def test_nobody_else_reaches_a_shops_events(app, signed_in, given_up, sqlite_record):
    other_shop = signed_in(app, "retailer", ["DEP-01"])
    elsewhere = signed_in(app, "dispatcher", ["DEP-02"])
    for client in (other_shop, elsewhere):
        assert "SO-1" not in client.get(PAGE).text
        for word in ("again", "pass"):
            assert send(client, event=given_up.hex, word=word).status_code == 404
        assert send(client, word="all").status_code == 303
    assert send(other_shop, event="none", word="again").status_code == 404
    assert state_of(sqlite_record, given_up) == "given-up"


def test_staff_see_where_events_go_but_not_the_whole_address(app, signed_in, shop):
    named(shop, "https://shop.example/events?token=abc")
    dispatcher = signed_in(app, "dispatcher", ["DEP-01"])
    page = dispatcher.get(PAGE, headers=ENGLISH).text
    assert "shop.example" in page
    assert "token=abc" not in page
    assert named(dispatcher, sender="Shop").status_code == 403


def test_a_crew_sets_off_to_a_delivery_and_takes_it_back(app, signed_in, ordered, sqlite_record):
    order = ordered(1)
    make_plan(sqlite_record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")

    def set_off():
        with sqlite_record.read() as session:
            return session.get(TradeInOrder, order.id).set_off_at

    with travel(AT, tick=False):
        crew = signed_in(app, "driver", ["DEP-01"], at=AT)
        fields = {"csrf_token": hidden(crew, TRUCK), "order": order.id}
        page = crew.post(f"{TRUCK}/order", data={**fields, "word": "set_off"}, headers=ENGLISH).text
        assert "SO-1: the crew is on its way" in page
        assert "on the way</small>" in page
        assert set_off() == AT
        undo = re.search(r'name="order" value="([^"]+)"><button class="quiet" name="word" value="turned_back"', page)
        back = crew.post(f"{TRUCK}/order", data={**fields, "order": undo.group(1), "word": "turned_back"})
        assert back.status_code == 200
        assert set_off() is None
        crew.post(f"{TRUCK}/order", data={**fields, "word": "set_off"})
    with travel(AT + 2 * MINUTE, tick=False):
        late = crew.post(f"{TRUCK}/order", data={**fields, "word": "turned_back"}, headers=ENGLISH)
        assert (late.status_code, "has been told" in late.text) == (409, True)
        done = crew.post(f"{TRUCK}/order", data={**fields, "word": "delivered"}, headers=ENGLISH)
        assert "SO-1: delivered." in done.text


def test_a_shop_sees_that_its_order_is_on_the_way(app, signed_in, shop, ordered, sqlite_record):
    order = ordered(1)
    make_plan(sqlite_record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    with sqlite_record.write() as session:
        session.get(TradeInOrder, order.id).set_off_at = AT
    page = shop.get("/orders?day=2026-03-05", headers=ENGLISH).text
    assert "on the way</span> about 09:20" in page
