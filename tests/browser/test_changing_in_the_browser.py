"""Moving, changing and taking an offer where the same is booked already, at phone and desk width in both languages."""

from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound

from recycling import clock
from recycling.booking import BookingRequest, Office, book, offer_what_is_free, open_days, wait
from web.app import create_app
from web.services import Services

LOAD = {"fridge": 1, "sofa": 2}
"""What never rides together."""


@pytest.fixture
def shown(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server of the test's own with bookings and an offer; its address, their links, and a clerk's sign-in."""
    rules = settings.booking.model_copy(update={"duplicate_days": 1})
    settings = settings.model_copy(update={"booking": rules})
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    days = open_days(settings, now)

    def wish(**changes):
        sound = {"items": {"paper": 2}, "community": "A-001", "lon": None, "lat": None, "address": "3栋2单元501"}
        sound |= {"floor": 5, "lift": False, "day": days[1], "window": "08:00-10:00", "contact": "王女士"}
        return BookingRequest(**{**sound, "phone": "13800138000", **changes})

    first = book(office, wish(), "the-first-booking", now)
    other = book(office, wish(day=days[5]), "the-second-booking", now)
    two = book(office, wish(items=LOAD, phone="13700137000", address="9栋"), "for-two-vehicles", now)
    place = wait(office, wish(items={"paper": 1}), days[2], "a-place-of-mine", now)
    assert offer_what_is_free(office, now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, first, other, two, place, days, clerk.get_cookie("sign-in").value


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_what_looks_the_same_is_asked_about_and_then_done(chromium, shown, width, language):
    base, first, other, two, place, days, token = shown
    complaints = []
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"/b/{other.token}/move")
    page.locator(f'input[value="{days[1]} 13:00-15:00"]').check(force=True)
    page.locator("form.offers button.btn-primary").click()
    page.locator(".faults").wait_for()
    assert first.reference in page.locator(".faults").inner_text()
    assert page.locator(f'input[value="{days[1]} 13:00-15:00"]').is_checked(), "what was chosen stays chosen"
    assert_sound(page)
    page.locator('[name="different"]').check()
    page.locator("form.offers button.btn-primary").click()
    page.wait_for_url(f"**/b/{other.token}")

    page.goto(f"/b/{two.token}")
    page.locator(f'a[href="/b/{two.token}/amend"]').click()
    page.wait_for_url("**/amend")
    page.locator("#note").fill("后门")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # the bar with the buttons lies on what is above it
    assert_sound(page)
    page.locator("form button.btn-primary").click()
    page.wait_for_url(f"**/b/{two.token}")

    page.goto(f"/w/{place.token}")
    page.locator(".deeds button.btn-primary").click()
    page.locator(".faults").wait_for()
    assert_sound(page)
    page.locator('[name="different"]').check()
    page.locator(".deeds button.btn-primary").click()
    page.wait_for_url("**/b/*")

    context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
    page.goto(f"/clerk/bookings/{two.id}")
    assert "2/2" in page.locator("dl.facts").first.inner_text()
    assert_sound(page)
    context.close()
    assert complaints == []
