"""Photos on a booking's page and at the counter: with the keyboard, without scripts, at phone and desk width."""

import pytest
from camera import jpeg
from playwright.sync_api import expect
from serving import served
from soundness import assert_sound

from recycling import clock
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

PATIENCE = 120_000
"""Milliseconds that anything may take on a slow machine."""

expect.set_options(timeout=PATIENCE)
DECODED = "picture => picture.decode().then(() => picture.naturalWidth)"


@pytest.fixture
def place(sqlite_record, catalogue, fleet, booked, tmp_path, monkeypatch, signed_in):
    """A server of the test's own: its address, two bookings of two numbers, and a clerk's cookie."""
    rules = load_settings(photos={"folder": str(tmp_path / "photos")}, booking={"link_days": 3660})
    app = create_app(Services(sqlite_record, rules, catalogue, fleet))
    doors = booked(sqlite_record, 1, items={"sofa": 1, "fridge": 1}, phone="13800138000")
    doors += booked(sqlite_record, 1, phone="13700137000")
    clerk = signed_in(app, "clerk", at=clock.utc_now())
    with served(app) as base:
        yield base, doors, clerk.get_cookie("sign-in").value


@pytest.fixture
def files(tmp_path):
    made = []
    for number, colour in enumerate(((160, 60, 40), (40, 90, 160), (60, 140, 70))):
        path = tmp_path / f"IMG_{number}.jpg"
        path.write_bytes(jpeg(1200, 900, colour))
        made.append(str(path))
    return made


@pytest.mark.parametrize(("width", "language"), [(360, "zh-CN"), (1280, "en")])
def test_photos_are_added_looked_at_and_removed(chromium, place, files, width, language):
    base, (door, other), cookie = place
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale=language, base_url=base)
    context.set_default_timeout(PATIENCE)
    complaints = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"/b/{door.token}")
    page.locator("#files").set_input_files(files[:2])
    page.locator(".photos form[enctype] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#photos")
    assert page.locator(".pictures img").count() == 2
    for number in range(2):
        picture = page.locator(".pictures img").nth(number)
        picture.scroll_into_view_if_needed()
        assert picture.evaluate(DECODED) == 1200
    assert_sound(page)
    page.locator(".pictures button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pictures img")).to_have_count(1)
    page.locator('input[name="kind"][value="place"]').check()
    page.locator("#files").set_input_files(files[2])
    page.locator(".photos form[enctype] button").click()
    expect(page.locator(".pictures img")).to_have_count(2)
    page.goto(f"/b/{other.token}")
    page.locator("#files").set_input_files(files[1:])
    page.locator(".photos form[enctype] button").click()
    expect(page.locator(".pictures img")).to_have_count(2)
    context.add_cookies([{"name": "sign-in", "value": cookie, "url": base}])
    page.goto(f"/clerk/bookings/{door.id}")
    expect(page.locator(".pictures img")).to_have_count(2)
    assert page.locator(".pictures img").first.evaluate(DECODED) == 1200
    assert_sound(page)
    page.goto("/clerk")
    seen = page.locator('form[action*="/clerk/photos/"] button')
    assert seen.count() == 2
    assert_sound(page)
    seen.first.click()
    expect(seen).to_have_count(1)
    assert complaints == []
    context.close()


def test_a_photo_is_added_without_scripts_and_a_wrong_file_is_told(chromium, place, files, tmp_path):
    base, (door, _), _ = place
    context = chromium.new_context(
        viewport={"width": 360, "height": 800}, base_url=base, java_script_enabled=False, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/b/{door.token}")
    camera = page.locator("#camera")
    assert camera.is_visible()
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files(files[0])
    page.locator(".photos form[enctype] button").click()
    page.wait_for_url("**#photos")
    wrong = tmp_path / "list.jpg"
    wrong.write_text("no picture")
    page.locator("#files").set_input_files(str(wrong))
    page.locator(".photos form[enctype] button").click()
    page.locator(".photos .faults").wait_for()
    assert page.locator(".pictures img").count() == 1
    context.close()
