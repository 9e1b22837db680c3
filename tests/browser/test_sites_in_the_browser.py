"""The planner's map in a browser: places put, dragged and taken away, told at once; by keyboard; on paper; compared."""

import re
from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select
from town_streets import crossing
from visitors import visitor

from recycling import clock
from recycling.accounts.actors import system
from recycling.models import Scenario, SiteSearch
from recycling.sites.editing import choose_sites, put_place
from recycling.sites.scenarios import copy, make, the_scenario
from recycling.sites.searching import ask
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services

WHO = system("test")


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A server with two scenarios, one of them with a place of its own; its address, a planner's cookie, two paths."""
    now, desk = clock.utc_now(), WaysDesk()
    with sqlite_record.write() as session:
        first = make(session, settings, fleet, "现状", None, WHO, now)
        second = copy(session, first, "北区", WHO, now)
        choose_sites(session, second, 1, {"CEN-01", "STA-01"}, {}, WHO, now)
        put_place(session, second, 2, crossing(8, 7), "东北角", WHO, now)
        search = ask(session, second, {"model": "p-median", "count": 1}, WHO, now)
        search.state, search.answer, search.made_id = "done", ANSWER, first.id
        keys = (first.id, second.id, search.id)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=desk))
    planner = signed_in(app, "planner", at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, planner.get_cookie("sign-in").value, *keys
    desk.close()


ANSWER = {
    "value": 6500.0 * 120, "bound": 6500.0 * 119, "gap": 0.008, "proven": False, "people": 6500.0, "candidates": 3,
    "opened": [["STA-01", "示例STA-01"]],
    "second": {"value": 6500.0 * 130, "proven": False, "opened": [["A-001", "示例镇"]], "closed": [], "worse": 0.08},
}  # fmt: skip


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the planner; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]) as visit:
        yield visit


@pytest.fixture
def sites_of(sqlite_record):
    def read(key):
        with sqlite_record.read() as session:
            return {row.code: row for row in the_scenario(session, key).sites}

    return read


def opened(page, key):
    """Open a scenario's page, and wait until its figures and its map are there."""
    page.goto(f"/plan/sites/{key}")
    page.locator(".site-tiles").wait_for()
    page.locator(".folium-map[data-drawn]").wait_for()
    page.locator(".folium-map.roads-drawn").wait_for()


def drawn(page, times):
    page.locator(f'.folium-map[data-drawn="{times}"]').wait_for()


def so_often(page):
    return int(page.locator(".folium-map").get_attribute("data-drawn"))


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(look, place, width, language):
    page, (_, _, first, second, search) = look(width, language), place
    opened(page, second)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    assert_sound(page)
    for path in (
        "", f"/compare?a={first}&b={second}", f"/{second}/search", f"/searches/{search}", f"/{second}/report",
        f"/{second}/cut", f"/{second}/cut?lon=107.4745&lat=31.2",
        f"/{second}/markets", f"/{second}/places/P1",
    ):  # fmt: skip
        page.goto(f"/plan/sites{path}")
        assert_sound(page)


@pytest.mark.soak
def test_pages_in_the_dark(look, place):
    page, (_, _, first, second, search) = look(color_scheme="dark"), place
    opened(page, second)
    assert_sound(page)
    for path in ("", f"/compare?a={first}&b={second}", f"/{second}/search", f"/searches/{search}", f"/{second}/report"):
        page.goto(f"/plan/sites{path}")
        assert_sound(page)


def test_communities_are_coloured_by_minutes_and_by_site_again(look, place):
    page = look(language="en")
    opened(page, place[3])
    count = so_often(page)
    by_site = page.locator(".leaflet-communities-pane canvas").screenshot()
    page.get_by_role("button", name="Colour by minutes").click()
    drawn(page, count + 1)
    assert page.get_by_text("up to 15 minutes").first.is_visible()
    assert not page.get_by_text("Open site with its number").is_visible()
    assert page.locator(".leaflet-communities-pane canvas").screenshot() != by_site
    page.get_by_role("button", name="Colour by minutes").click()
    drawn(page, count + 2)
    assert page.get_by_text("Open site with its number").is_visible()


def test_a_click_on_the_map_of_markets_fills_in_where_one_is(look, place, sqlite_record):
    page, key = look(language="en"), place[2]
    page.goto(f"/plan/sites/{key}/markets")
    page.locator(".folium-map[data-drawn]").wait_for()
    x, y = centre(page.locator(".folium-map"))
    page.mouse.click(x, y)
    page.get_by_label("Its name", exact=True).fill("河西市场")
    page.get_by_label("Paper and cardboard: yuan a tonne").fill("310")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("河西市场").first.wait_for()
    with sqlite_record.read() as session:
        made = the_scenario(session, key).markets[-1]
    assert (made.name, made.facts) == ("河西市场", {"prices": {"paper": 310.0}})


def test_a_place_is_put_by_a_click_dragged_and_taken_away(look, place, sites_of):
    page, key = look(language="en"), place[2]
    opened(page, key)
    before = page.locator(".tile").first.inner_text()
    page.get_by_role("button", name="Put a place on the map").click()
    x, y = centre(page.locator(".site-closed"))  # STA-01: a crossing of streets
    count = so_often(page)
    page.mouse.click(x + 2, y + 2)
    drawn(page, count + 1)
    page.get_by_role("checkbox", name="Own place 1").wait_for()
    assert sites_of(key)["P1"].is_open
    assert page.locator(".tile").first.inner_text() != before
    start = sites_of(key)["P1"]
    x, y = centre(page.locator(".site-own"))
    count = so_often(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 10, steps=5)
    page.mouse.move(x + 60, y - 10, steps=5)
    page.mouse.up()
    drawn(page, count + 1)
    moved = sites_of(key)["P1"]
    assert moved.lon > start.lon
    page.get_by_role("button", name="Take away Own place 1").click()
    page.get_by_role("checkbox", name="Own place 1").wait_for(state="detached")
    assert "P1" not in sites_of(key)
    page.reload()
    assert "no difference" in page.locator(".tile").first.inner_text()


def test_a_place_far_from_roads_jumps_back_and_is_told(look, place, sites_of):
    page, key = look(language="en", refused=True), place[3]
    opened(page, key)
    before = sites_of(key)["P1"]
    page.evaluate("siteMaps[0].setZoom(siteMaps[0].getZoom() - 2, { animate: false })")  # room beside the streets
    x, y = centre(page.locator(".site-own"))
    count = so_often(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60, steps=5)
    page.mouse.move(x, y - 100, steps=5)
    page.mouse.up()
    page.locator("#site-faults").wait_for()
    drawn(page, count + 1)
    assert re.search("leads here within 300 metres|outside the area", page.locator("#site-faults").inner_text())
    assert (sites_of(key)["P1"].lon, sites_of(key)["P1"].lat) == (before.lon, before.lat)
    assert_sound(page)


def test_with_the_keyboard_sites_are_opened_and_a_place_is_moved(look, place, sites_of):
    page, key = look(360, "en"), place[3]
    opened(page, key)
    count = so_often(page)
    page.get_by_role("checkbox", name="Example CEN-01").press("Space")
    drawn(page, count + 1)
    assert not sites_of(key)["CEN-01"].is_open
    assert page.evaluate("document.activeElement.id") == "open-CEN-01", "the focus stays where it was"
    page.locator("#by-numbers summary").press("Enter")
    lon, lat = crossing(1, 1)
    page.get_by_label("Longitude").fill(str(lon))
    page.get_by_label("Latitude").fill(str(lat))
    count = so_often(page)
    page.get_by_role("button", name="Move the place").press("Enter")
    drawn(page, count + 1)
    assert (sites_of(key)["P1"].lon, sites_of(key)["P1"].lat) == (lon, lat)
    assert page.locator("[data-part=said]").get_attribute("role") == "status"
    assert "yuan a year" in page.locator("[data-part=said]").inner_text()


def test_without_scripts_the_same_is_done_by_forms(look, place, sites_of):
    page, key = look(language="en", java_script_enabled=False), place[3]
    page.goto(f"/plan/sites/{key}")
    page.get_by_role("checkbox", name="Example CEN-01").uncheck()
    page.get_by_role("button", name="Open and close these").click()
    assert not sites_of(key)["CEN-01"].is_open
    page.get_by_role("button", name="Take away 东北角").click()
    assert "P1" not in sites_of(key)
    page.goto(f"/plan/sites/{key}")
    assert "Cost a year" in page.locator(".site-tiles").inner_text()


def test_a_road_is_cut_by_a_click(look, place):
    page, key = look(language="en"), place[3]
    page.goto(f"/plan/sites/{key}/cut")
    page.locator(".folium-map[data-drawn]").wait_for()
    x, y = centre(page.locator(".folium-map"))
    page.mouse.click(x, y)
    assert page.get_by_label("Longitude").input_value().startswith("107.4")
    assert page.locator(".cut-pin").count() == 1
    lon, lat = crossing(3, 4)
    page.get_by_label("Longitude").fill(str(lon + 0.0015))
    page.get_by_label("Latitude").fill(str(lat))
    page.get_by_role("button", name="Show it with this road cut").click()
    page.locator(".tornado").wait_for()
    assert "is cut" in page.locator("h1").inner_text()
    assert_sound(page)


def test_two_maps_move_together(look, place):
    page, (_, _, first, second, *_) = look(), place
    page.goto(f"/plan/sites/compare?a={first}&b={second}")
    page.locator(".folium-map[data-drawn]").nth(1).wait_for()
    page.evaluate("siteMaps[0].setView([31.21, 107.48], 15, { animate: false })")
    views = page.evaluate("siteMaps.map(map => [map.getZoom(), map.getCenter().lat, map.getCenter().lng])")
    assert views[0] == pytest.approx(views[1])
    assert page.locator(".site-open, .site-own").count() == 4


def test_the_report_on_paper_carries_the_notice(look, place):
    page, key = look(language="en"), place[3]
    page.goto(f"/plan/sites/{key}/report")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert page.locator(".site-report .notice").is_visible()
    assert [drawn.is_visible() for drawn in page.locator(".site-report svg[role=img]").all()] == [True, True]
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_better_sites_are_searched_followed_and_opened(look, place, sqlite_record):
    page, key = look(language="en"), place[2]
    page.goto(f"/plan/sites/{key}/search")
    page.get_by_label("Number of sites").fill("1")
    page.get_by_label("Seconds at most").fill("5")
    page.get_by_role("button", name="Search for the best sites").press("Enter")
    page.wait_for_url("**/searches/*")
    page.get_by_text("Proven: no choice among the 3 candidates is better.").wait_for()
    assert "The runner-up" in page.locator("main").inner_text()
    page.get_by_role("link", name="Open the scenario").click()
    page.locator(".site-tiles").wait_for()
    with sqlite_record.read() as session:
        made = session.scalar(select(Scenario).where(Scenario.name == "p-median 1 · 现状"))
        assert [row.code for row in made.sites if row.is_open] == ["STA-01"]
        assert {row.state for row in session.scalars(select(SiteSearch))} == {"done"}
