"""Contracts at phone and desk width, in both languages; one made with the keyboard alone, its dates seen before."""

import re
from datetime import timedelta

import pytest
from serving import served
from soundness import assert_sound

from recycling import clock
from recycling.models import Booking, Contract
from web.app import create_app
from web.services import Services


@pytest.fixture
def desk(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server of the test's own: its address, and a clerk's sign-in."""
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=clock.utc_now() - timedelta(minutes=1))
    with served(app) as base:
        yield base, clerk.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, desk):
    """Return a function that opens a page as the clerk; at the end none may have complained."""
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN"):
        base, token = desk
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_contract_is_made_with_the_keyboard_alone_and_its_dates_are_seen_before(look, settings, sqlite_record):
    page = look()
    keys, today = page.keyboard, settings.clock.today(clock.utc_now())
    first = today + timedelta(days=2)
    page.goto("/clerk/contracts")
    assert_sound(page)
    page.locator("main .btn-primary").focus()
    keys.press("Enter")
    page.wait_for_url("**/new")
    page.locator("#contact:focus").wait_for()
    keys.type("张老师")
    keys.press("Tab")
    keys.type("13800138000")
    keys.press("F4")
    keys.type("A-002")
    page.locator('#community-list [role="option"]').first.wait_for()
    keys.press("Enter")
    page.locator("#address:focus").wait_for()
    keys.type("实验小学")
    keys.press("F3")
    keys.type("paper 20")
    page.locator('#thing-list [role="option"]').first.wait_for()
    keys.press("Enter")
    page.locator("#things li").wait_for()
    page.locator(f'[name="weekday"][value="{first.weekday()}"]').focus()
    keys.press("Space")
    page.locator("#first_day").fill(first.isoformat())
    page.locator("#preview li").first.wait_for()
    assert page.locator("#preview li:not(.out)").count() == 10
    seen = page.locator("#preview .day").all_inner_texts()
    page.locator("#every").focus()
    with page.expect_response("**/dates?*every=2*"):
        keys.press("ArrowDown")
    page.locator("#preview .day").nth(1).get_by_text(seen[2], exact=True).wait_for()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert_sound(page)
    keys.press("F6")
    assert page.evaluate("document.activeElement.id") == "window"
    keys.press("F8")
    page.wait_for_url(re.compile(r"/clerk/contracts/[0-9a-f-]{36}$"))
    with sqlite_record.read() as session:
        made = session.query(Contract).one()
        booked = session.query(Booking).one()
    assert made.rule == f"FREQ=WEEKLY;INTERVAL=2;BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[first.weekday()]}"
    assert (booked.service_day, booked.channel) == (first, "contract")
    assert page.locator("h1").inner_text() == made.reference
    assert booked.reference in page.locator("main").inner_text()
    for width, language in ((360, "en"), (1280, "zh-CN")):
        shown = look(width, language)
        shown.goto(f"/clerk/contracts/{made.id}")
        for part in shown.locator("summary").all():
            part.click()
        assert_sound(shown)
        shown.goto(f"/clerk/contracts/{made.id}/change")
        shown.locator("#preview li").first.wait_for()
        assert_sound(shown)
        shown.goto("/clerk/contracts")
        assert made.reference in shown.locator("main").inner_text()
        assert_sound(shown)
