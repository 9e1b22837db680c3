"""A resident mends place and mark of a booking on the map; the forms say which things will need a photo."""

import os

import pytest
from serving import served
from soundness import assert_sound

from recycling import clock
from recycling.models import Booking
from web.app import create_app
from web.services import Services


@pytest.fixture
def pages(sqlite_record, booked, settings, catalogue, fleet, now, monkeypatch, signed_in):
    """A server of the pages, a clerk's cookie, and a booking without a mark on the map."""
    made = booked(sqlite_record, 1, community="A-001", lon=None, lat=None)
    monkeypatch.setattr(clock, "utc_now", lambda: now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    client = signed_in(app, "clerk", at=now)
    cookie = next(c for c in client._cookies.values() if "sign-in" in c.key)
    with served(app) as base:
        yield base, cookie, made


def shot(page, name):
    if folder := os.environ.get("AMEND_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "language"), [(360, "en"), (1280, "zh-CN")])
def test_the_door_is_marked_on_the_map(screen, pages, sqlite_record, width, language):
    (made,) = pages[2]
    page = screen(viewport={"width": width, "height": 800}, locale=language)
    page.goto(f"/b/{made.token}/amend")
    assert_sound(page)
    page.locator("details.door summary").press("Enter")
    page.locator("#pick-map .leaflet-pane").first.wait_for(state="attached")
    page.locator("#pick-here").press("Enter")
    page.locator("#pick-clear").wait_for()
    assert_sound(page)
    page.fill("#height_limit", "3.2")
    page.select_option("#scene", "office")
    shot(page, f"amend-{width}")
    page.locator(".sum-actions .btn-primary").press("Enter")
    page.wait_for_url(f"**/b/{made.token}")
    with sqlite_record.read() as session:
        found = session.get_one(Booking, made.id)
        assert (found.scene, found.height_limit) == ("office", 3.2)
        assert (found.lon, found.lat) != (made.lon, made.lat)
        assert found.community_code == "A-001"


@pytest.mark.parametrize(("width", "language"), [(360, "zh-CN"), (1280, "en")])
def test_what_needs_a_photo_is_said_when_it_is_chosen(screen, pages, catalogue, width, language):
    code = next(code for code, item in catalogue.items.items() if item.photo == "must" and item.common)
    size = {"viewport": {"width": width, "height": 800}, "locale": language}
    page = screen(**size)
    page.goto("/book")
    said = page.locator(f"li:has(#item-{code}) .photo")
    assert not said.is_visible()
    page.locator(f"li:has(#item-{code}) .more").press("Enter")
    said.wait_for()
    assert_sound(page)
    shot(page, f"photo-{width}")
    page.locator("button.next").press("Enter")
    shot(page, f"place-{width}")
    desk = screen(staff=True, **size)
    desk.goto("/clerk")
    desk.fill("#who", "13800138000")
    desk.locator("#who").press("Enter")
    desk.locator("#thing").press_sequentially(code)
    desk.locator("#thing-list li").first.wait_for()
    desk.locator("#thing").press("Enter")
    desk.locator("#things .photo").wait_for()
    assert_sound(desk)
    shot(desk, f"desk-{width}")
