"""What is old of a shop's order on its way to a partner, and its weights put right, as each of them sees it."""

from datetime import date, timedelta

import pytest
from partner_desk import companies, ordered
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select, update

from recycling import clock
from recycling.booking import open_days
from recycling.models import Account, Handover, TradeInOrder
from web.app import create_app
from web.services import Services

ALWAYS = {"weekdays": (1, 2, 3, 4, 5, 6, 7), "licence_until": date(2099, 12, 31)}


@pytest.fixture
def scene(sqlite_record, settings, catalogue, fleet, signed_in, office):
    """A server of the test's own, the sign-ins of two clerks, a dispatcher and a partner, and an order."""
    vars(settings)["partners"] = companies(**ALWAYS)
    now = clock.utc_now()
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    at = now - timedelta(minutes=1)
    staff = [
        signed_in(app, role, ["DEP-01"], phone=f"1390013900{number}", at=at)
        for number, role in enumerate(("dispatcher", "clerk", "clerk"))
    ]
    company = signed_in(app, "partner", [], at=at)
    with sqlite_record.write() as session:
        session.get_one(Account, company.account).login = "scrap-desk"
    day = open_days(settings, now)[1]
    assert ordered(office(sqlite_record), day, now, shop="百货大楼") == ["taken"]
    with served(app) as base:
        yield base, [client.get_cookie("sign-in").value for client in (*staff, company)], day


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_from_the_list_of_orders_to_a_correction(chromium, scene, sqlite_record, width, language):
    base, cookies, day = scene
    complaints = []

    def page_of(cookie):
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "sign-in", "value": cookie, "url": base}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    desk, clerk, other, partner = map(page_of, cookies)
    desk.goto(f"/orders?day={day}")
    assert_sound(desk)
    desk.locator('main a[href^="/handovers/order/"]').click()
    desk.locator("input[value=scrap]").check()
    assert_sound(desk)
    desk.locator("main .btn-primary").click()
    desk.locator("#handed").wait_for()
    assert_sound(desk)
    partner.goto("/partner")
    assert "3栋501" not in partner.content()
    partner.locator("#offers ~ ul .btn-primary").click()
    partner.get_by_text("3栋501").wait_for()
    assert_sound(partner)
    desk.goto(f"/orders?day={day}")
    assert_sound(desk)
    with sqlite_record.write() as session:  # the promised hours begin
        session.execute(update(Handover).values(promise_start=clock.utc_now() - timedelta(minutes=5)))
    partner.goto("/partner")
    partner.locator("#todo ~ ul summary").first.press("Enter")
    partner.locator('[name="kg-i01"]').fill("65")
    partner.locator('form:has([name="kg-i01"]) .btn-primary').click()
    partner.wait_for_url("**/partner#h-*")
    partner.goto("/partner/statements/draft")
    assert_sound(partner)
    with sqlite_record.write() as session:
        assert session.scalars(select(TradeInOrder.fetch_state)).one() == "fetched"
        session.execute(update(Handover).values(service_day=date(2026, 1, 5)))
    clerk.goto("/handovers/statements/scrap/draft")
    assert_sound(clerk)
    clerk.locator('tbody a[href^="/handovers/corrections/"]').first.click()
    clerk.locator('[name="kg-w01"]').fill("56")
    clerk.locator("main .btn-primary").click()
    assert clerk.locator("#reason:invalid").count() == 1  # why is asked
    assert_sound(clerk)
    clerk.locator("#reason").fill("误把两单记在一起")
    clerk.locator("main .btn-primary").click()
    clerk.locator("#corrections").wait_for()
    assert_sound(clerk)
    assert clerk.locator('button[value="make"]').count() == 0
    other.goto("/handovers/statements")
    assert_sound(other)
    other.locator('button[value="make"]').click()
    other.wait_for_url("**/statements#corrections")
    assert other.locator('button[value="make"]').count() == 0
    other.goto("/handovers/statements/scrap/draft")
    assert "56.000" in other.content()
    assert complaints == []
    for page in (desk, clerk, other, partner):
        page.context.close()
