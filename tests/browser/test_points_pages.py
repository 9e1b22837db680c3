"""The pages of points at phone, tablet and desk width, in both languages, empty and full."""

from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, RULES_OF_LOOKS, assert_sound
from sqlalchemy import update

from recycling import clock
from recycling.accounts.actors import system
from recycling.counter import AgreedThing, Weighing, weigh_in
from recycling.models import Booking
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, correct, settle
from recycling.money.terms import load_terms
from recycling.money.vouchers import redeem
from web.app import create_app
from web.points import statement_token
from web.services import Services


@pytest.fixture
def station(sqlite_record, settings, catalogue, fleet, signed_in, booked, office):
    """A server of the test's own with one holder of many entries and one of none; its address and their pages."""
    now, terms = clock.utc_now(), load_terms(catalogue)
    today = settings.clock.today(now)
    with sqlite_record.write() as session:
        rich, poor = (seller_of_phone(session, phone, now) for phone in ("13800138000", "13900139000"))
        for number in range(12):
            lines = (WeighedLine("metal", 3_000 + 130 * number), WeighedLine("paper", 900))
            hand_in = HandIn(rich.id, "station:STA-01", today, lines, "points", "clerk")
            key, moment = f"points-of-the-test-{number}", now - timedelta(minutes=60 - number)
            made = settle(session, terms, hand_in, key, moment, today).purchase
        correct(
            session, terms, made.id, lines[:1], "秤盘上多放了一袋 / a bag too many", "lead", "a-correction-of-it", now
        )
        fridge = (WeighedLine("appliances", 55_000, 1, 4550),)
        settle(session, terms, HandIn(rich.id, "x", today, fridge, "yuan", "clerk"), "a-fridge-for-yuan", now, today)
        redeem(session, terms, rich.id, "soap", 2, "clerk", "a-redemption-of-the-test", now, today, settings.clock)
    settled, waits = booked(sqlite_record, 2, items={"fridge": 1, "paper": 2, "small-batteries": 1})
    with sqlite_record.write() as session:
        first, last = now - timedelta(hours=3), now - timedelta(hours=1)
        promise = {"promise_start": first, "promise_end": last, "working_start": first, "working_end": last}
        session.execute(update(Booking).values(state="collected", ended_at=now, service_day=today, **promise))
    fridge_and_paper = Weighing(
        "", settled.reference, (WeighedLine("paper", 3_250),), "yuan", today,
        things=(
            AgreedThing("fridge", 1, 0, 1250, "压缩机已拆 / without its compressor"),
            AgreedThing("small-batteries", 1),
        ),
    )  # fmt: skip
    desk = office(sqlite_record)
    weighed = weigh_in(desk, terms, fridge_and_paper, system("test"), "a-weighing-of-the-test", now).purchase
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", at=now - timedelta(minutes=1)).get_cookie("sign-in").value
    with app.app_context():
        links = [statement_token(one) for one in (rich, poor)]
    pages = {
        "statement": f"/points/{links[0]}?first={today - timedelta(days=9)}",
        "money": f"/points/{links[0]}?unit=fen",
        "nothing": f"/points/{links[1]}",
        "clerk": "/clerk/points",
        "desk": f"/clerk/points/{rich.id}",
        "poor": f"/clerk/points/{poor.id}",
        "scale": f"/clerk/scale?reference={waits.reference}",
        "receipt": f"/clerk/scale/{weighed.id}",
        "purchase": f"/clerk/purchases/{weighed.id}",
        "seller": f"/clerk/sellers/{rich.id}",
        "booking": f"/b/{settled.token}",
    }
    with served(app) as base:
        yield base, pages, clerk


@pytest.fixture
def look(chromium, station):
    """Return a function that opens a page of the station as somebody."""
    contexts = []

    def make(width=1280, language="zh-CN", **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=language, base_url=station[0], **options
        )
        context.set_default_timeout(120_000)
        context.add_cookies([{"name": "sign-in", "value": station[2], "url": station[0]}])
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(look, station, width, language):
    page = look(width, language)
    for path in station[1].values():
        page.goto(path)
        assert_sound(page)


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"width": 360}])
@pytest.mark.soak
def test_pages_in_the_dark_and_in_large_type(look, station, options):
    page = look(**options)
    page.goto("/clerk/points")
    if "width" in options:
        page.get_by_role("button", name="大字").click()
        assert "letters-large" in page.locator("html").get_attribute("class")
    for path in station[1].values():
        page.goto(path)
        assert_sound(page, RULES_OF_LOOKS)


def test_a_clerk_redeems_with_the_keyboard_alone_and_takes_it_back(look, station):
    page = look()
    page.goto("/clerk/points")
    page.keyboard.type("138 0013 8000")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clerk/points/*")
    before = page.locator("h1").inner_text()
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.locator("p.new").wait_for()
    assert "可降解垃圾袋" in page.locator("p.new").inner_text()
    assert page.locator("h1").inner_text() != before
    page.get_by_role("button", name="退回").first.click()
    page.locator("p.new").wait_for()
    assert page.locator("h1").inner_text() == before
