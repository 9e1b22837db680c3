"""Whom calls reach, in a browser: asked, looked at by hours, found on the map; on every screen."""

from datetime import timedelta

import pytest
from made_timetables import draft
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from visitors import visitor

from recycling import clock
from web.app import create_app
from web.services import Services

MONDAYS = [("A-001", 0, 9 * 60, "T-BOX"), ("A-002", 0, 11 * 60, "T-BOX")]


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A server with a draft of two calls: its address and a planner's cookie."""
    now = clock.utc_now()
    with sqlite_record.write() as session:
        draft(session, MONDAYS, now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    planner = signed_in(app, "planner", at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, planner.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the planner; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]) as visit:
        yield visit


def ask(page):
    """Ask from the form as it stands, and wait for the map."""
    page.goto("/plan/reach")
    page.locator("main form .btn-primary").click()
    page.locator(".folium-map.roads-drawn").wait_for()


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(look, width, language):
    page = look(width, language)
    ask(page)
    assert_sound(page)
    page.locator("#hours a").nth(1).click()
    page.locator(".folium-map.roads-drawn").wait_for()
    assert_sound(page)
    page.goto("/plan/reach")
    assert_sound(page)


@pytest.mark.soak
def test_pages_in_the_dark(look):
    page = look(color_scheme="dark")
    ask(page)
    assert_sound(page)


def test_a_planner_asks_looks_at_hours_and_finds_a_point(look):
    page = look(language="en")
    page.goto("/plan/sites")
    page.get_by_role("link", name="Whom calls reach on foot").click()
    page.get_by_label("Further points").fill("1")
    page.get_by_label("Hours when people are at home").fill("08:00-10:00, 18:00-20:00")
    page.get_by_role("button", name="Show who is reached").click()
    page.locator(".folium-map.roads-drawn").wait_for()
    assert page.locator(".pin-reach-good").count() == 2, "on the map and in its key"
    further = page.locator(".pin-plate-pin .plate")
    assert further.inner_text() == "1"
    first = page.locator(".map-list tbody tr").first
    assert "社区A-002" in first.inner_text(), "the further point, 2,000 people, stands first"
    first.get_by_role("button").click()
    assert "chosen" in first.get_attribute("class")
    page.get_by_role("link", name="18:00–20:00").click()
    page.locator(".folium-map.roads-drawn").wait_for()
    assert page.locator(".leaflet-marker-pane .pin-reach-none").count() == 3
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV").click()
    assert loading.value.suggested_filename == "DEP-01-reach.csv"


def test_a_wrong_limit_is_said_beside_its_field(look):
    page = look(language="en", refused=True)
    page.goto("/plan/reach")
    page.get_by_label("Walk to a call, metres").fill("9000")
    page.get_by_role("button", name="Show who is reached").click()
    assert page.locator("#fault-metres").inner_text() == "Write a number from 100 to 5,000."
    assert page.get_by_label("Walk to a call, metres").input_value() == "9000"
