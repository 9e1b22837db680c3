"""Orders of shops at phone and desk width, in both languages: a file brought in, the week, one cancelled, events."""

import socket
from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select

from recycling import clock, deliveries
from recycling.accounts.actors import system
from recycling.booking import open_days
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import Account, ShopEvent
from web.app import create_app
from web.services import Services

HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "价格"]


@pytest.fixture
def shop(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server of the test's own, a sign-in of a shop, and the day after the first that is open."""
    now = clock.utc_now()
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    client = signed_in(app, "retailer", ["DEP-01"], at=now - timedelta(minutes=1))
    with sqlite_record.write() as session:
        session.get(Account, client.account).name = "示例家电"
    with served(app) as base:
        yield base, client.get_cookie("sign-in").value, open_days(settings, now)[1]


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_a_shop_brings_in_a_file_and_cancels_an_order(chromium, shop, tmp_path, width, language):
    base, token, day = shop
    cells = ["社区A-002 · 示例镇", "3栋501", "fridge", "fridge*1", day.isoformat(), "09:00-12:00", "3299"]
    file = tmp_path / "orders.csv"
    rows = [["SO-1", "王女士", "13800138000", *cells], ["=SO-2", "王女士", "1380", *cells]]
    file.write_bytes(csv_bytes(HEAD, rows))
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/orders?day={day}")
    assert_sound(page)
    page.locator("#file").set_input_files(file)
    page.locator('[name="mode"][value="good"]').check()
    page.locator('form[enctype="multipart/form-data"] .btn-primary').click()
    page.locator("section.said").wait_for()
    assert page.locator("tbody tr").count() == 1
    assert_sound(page)
    page.goto(f"/orders?day={day}")
    order = page.locator("ul.rows li")
    assert order.count() == 1
    order.locator("summary").press("Enter")
    order.locator('[name="reason"]').fill("sold out")
    assert_sound(page)
    order.locator(".btn-outline-danger").press("Enter")
    page.wait_for_url("**/orders?day=*")
    page.get_by_text("sold out").wait_for()
    context.close()
    assert complaints == []


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_a_shop_names_the_address_of_its_program(
    chromium, shop, sqlite_record, office, home, monkeypatch, width, language
):
    base, token, day = shop
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    looked_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: public if host == "shop.example" else looked_up(host, *a, **k)
    )
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/orders/events")
    assert_sound(page)
    page.locator("#url").fill("http://shop.example/")
    page.locator("form.entry .btn-primary").press("Enter")
    page.locator("#fault-url").wait_for()
    assert_sound(page)
    page.locator("#url").fill("https://shop.example/events")
    page.locator("form.entry .btn-primary").press("Enter")
    assert page.locator("code.secret").inner_text().startswith("rs_")
    assert_sound(page)
    cells = ["王女士", "13800138000", "社区A-002 · 示例镇", "3栋501", "fridge", "fridge*1"]
    rows = [[f"SO-2026-{n:08d}", *cells, day.isoformat(), "09:00-12:00", "3299"] for n in range(3)]
    deliveries.take_in(
        office(sqlite_record), read_table(csv_bytes(HEAD, rows)), "示例家电", system("test"), clock.utc_now()
    )
    with sqlite_record.write() as session:
        states = (("given-up", "refused", 503, 30), ("waiting", "no-answer", 0, 2), ("sent", "", 204, 1))
        for event, (state, error, status, attempts) in zip(session.scalars(select(ShopEvent)), states, strict=True):
            event.state, event.error, event.status, event.attempts = state, error, status, attempts
    page.goto("/orders/events")
    assert page.locator("ul.rows li").count() == 3
    assert_sound(page)
    page.locator('button[value="all"]').press("Enter")
    page.wait_for_url("**/orders/events")
    assert page.locator('button[value="all"]').count() == 0
    context.close()
    assert complaints == []
