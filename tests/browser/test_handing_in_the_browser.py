"""A booking's whole way to a partner recycler: offered at the counter, accepted, weighed, settled, as each sees it."""

from datetime import date, timedelta

import pytest
from partner_desk import companies
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select, update

from recycling import clock
from recycling.booking import book, open_days
from recycling.models import Account, Booking, Handover
from web.app import create_app
from web.services import Services

ALWAYS = {"weekdays": (1, 2, 3, 4, 5, 6, 7), "licence_until": date(2099, 12, 31)}


@pytest.fixture
def scene(sqlite_record, settings, catalogue, fleet, signed_in, office, wish):
    """A server of the test's own, the sign-ins of a clerk and a partner, and a booking."""
    vars(settings)["partners"] = companies(**ALWAYS)
    now = clock.utc_now()
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    at = now - timedelta(minutes=1)
    clerk, company = signed_in(app, "clerk", ["DEP-01"], at=at), signed_in(app, "partner", [], at=at)
    with sqlite_record.write() as session:
        session.get(Account, company.account).login = "scrap-desk"
    day = open_days(settings, now)[1]
    booking = book(office(sqlite_record), wish(day=day, window="10:00-12:00"), "a-booking-1", now)
    cookies = [client.get_cookie("sign-in").value for client in (clerk, company)]
    with served(app) as base:
        yield base, *cookies, booking


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_from_the_counter_to_the_statement(chromium, scene, sqlite_record, width, language):
    base, clerk, company, booking = scene
    complaints = []

    def page_of(cookie):
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        if cookie:
            context.add_cookies([{"name": "sign-in", "value": cookie, "url": base}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    desk, partner, resident = page_of(clerk), page_of(company), page_of("")
    desk.goto(f"/clerk/bookings/{booking.id}")
    desk.locator("details:has(input[value=scrap]) summary").press("Enter")
    assert_sound(desk)
    desk.locator("input[value=scrap]").check()
    desk.locator("details:has(input[value=scrap]) .btn-primary").click()
    desk.locator("#handed").wait_for()
    assert_sound(desk)
    partner.goto("/partner")
    assert booking.address not in partner.content()
    assert_sound(partner)
    partner.locator("#offers ~ ul .btn-primary").click()
    partner.get_by_text(booking.address).wait_for()
    partner.locator('form:has([value="number"]) button').click()
    partner.get_by_text(booking.phone).wait_for()
    assert_sound(partner)
    resident.goto(f"/b/{booking.token}")
    resident.locator('.lead a[href^="tel:"]').wait_for()
    assert_sound(resident)
    with sqlite_record.write() as session:  # the promised hours begin
        session.execute(update(Handover).values(promise_start=clock.utc_now() - timedelta(minutes=5)))
    partner.goto("/partner")
    partner.locator("#todo ~ ul summary").first.press("Enter")
    partner.locator('[name="kg-i01"]').fill("55")
    partner.locator('[name="kg-i02"]').fill("many")
    partner.locator('form:has([name="kg-i01"]) .btn-primary').click()
    partner.locator('fieldset [role="alert"]').wait_for()
    assert partner.locator('[name="kg-i01"]').input_value() == "55"
    assert_sound(partner)
    partner.locator('[name="kg-i02"]').fill("7.5")
    partner.locator('form:has([name="kg-i01"]) .btn-primary').click()
    partner.wait_for_url("**/partner#h-*")
    assert booking.address not in partner.content()
    with sqlite_record.write() as session:
        assert session.scalar(select(Booking.state).where(Booking.id == booking.id)) == "collected"
        session.execute(update(Handover).values(service_day=date(2026, 1, 5)))
    desk.goto("/handovers")
    assert_sound(desk)
    desk.goto("/handovers/statements")
    assert_sound(desk)
    desk.locator(".btn-primary").first.click()
    desk.locator("tfoot").wait_for()
    assert "26.13" in desk.locator("tfoot").inner_text()  # 30.00 for the fridge, 1.13 for the paper, less 5.00
    assert_sound(desk)
    partner.goto("/partner/statements/1")
    assert "26.13" in partner.locator("tfoot").inner_text()
    assert_sound(partner)
    for page in (desk, partner, resident):
        page.context.close()
    assert complaints == []
