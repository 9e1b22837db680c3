"""Quotes in a browser: every page sound at both widths and in both languages; accepting by the keyboard alone."""

from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound

from recycling import clock
from recycling.accounts.actors import system
from recycling.booking import Office, open_days, quotes
from recycling.booking.quotes import QuoteDraft, QuoteDraftLine
from recycling.models import Booking
from web.app import create_app
from web.services import Services

STAFF = system("test")


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server with a sent quote and a draft; its address, both quotes, and a clerk's sign-in."""
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    lines = [
        QuoteDraftLine("wardrobe", pieces=2, price=-3550, reason="要拆"),
        QuoteDraftLine("sofa", "讲台和旧展板一批", 2, 120, 2000, 40, 2, -2000),
    ]
    draft = QuoteDraft(
        "school", "A-001", "朝阳小学", "陈老师", "13800138000", open_days(settings, now)[5], lines, minimum=30_000
    )
    sent, kept = (quotes.save_quote(office, draft, f"quote-of-test-{n}", STAFF, now) for n in (1, 2))
    quotes.send_quote(office, sent.id, STAFF, now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, sent, kept, clerk.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page as the clerk; at the end none may have complained."""
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN"):
        base, _, _, token = place
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_quote_pages_at_both_widths_and_languages(look, place, width, language):
    _, sent, kept, _ = place
    page = look(width, language)
    for path in ("/clerk/quotes", f"/clerk/quotes/{kept.id}", f"/clerk/quotes/{sent.id}", f"/q/{sent.token}"):
        page.goto(path)
        for part in page.locator("summary").all():
            if part.evaluate("e => !e.parentElement.open"):
                part.click()
        assert_sound(page)


def test_a_customer_accepts_with_the_keyboard(look, place, sqlite_record):
    _, sent, _, _ = place
    page = look(360)
    page.goto(f"/q/{sent.token}")
    page.locator('[name="slot"]').first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/b/*")
    with sqlite_record.read() as session:
        made = session.query(Booking).one()
        assert made.scene == "school"
        assert {(line.item, line.price_high) for line in made.lines} == {("wardrobe", -3550), ("sofa", -2000)}
