"""Stations and centres together in a browser: asked, followed, seen on the map, opened; a front; on every screen."""

from datetime import timedelta

import pytest
from made_tiers import FRONT, TIERS
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from visitors import visitor

from recycling import clock, network
from recycling.accounts.actors import system
from recycling.models import SiteSearch
from recycling.sites.scenarios import make
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services

WHO = system("test")


@pytest.fixture
def rules(settings, sqlite_record):
    """Settings whose markets stand where the town's centre does."""
    with sqlite_record.read() as session:
        centre = next(site for site in network.sites(session) if site.code == "CEN-01")
    tiers = settings.siting.tiers
    near = tuple(m.model_copy(update={"lon": centre.lon, "lat": centre.lat}) for m in tiers.markets)
    siting = settings.siting.model_copy(update={"tiers": tiers.model_copy(update={"markets": near})})
    return settings.model_copy(update={"siting": siting})


@pytest.fixture
def place(sqlite_record, rules, catalogue, fleet, signed_in, home):
    """A server with a scenario and two searches that have ended: its address, a planner's cookie, three keys."""
    now, desk = clock.utc_now(), WaysDesk()
    with sqlite_record.write() as session:
        scenario = make(session, rules, fleet, "现状", None, WHO, now)
        searches = [
            SiteSearch(
                scenario_id=scenario.id, kind=kind, asked=asked, answer=answer, state="done", asked_by="", asked_at=now
            )
            for kind, asked, answer in (
                ("tiers", {"best": "cost"}, TIERS),
                ("front", {"best": "cost", "against": "worst-town"}, FRONT),
            )
        ]
        session.add_all(searches)
        session.flush()
        keys = (scenario.id, *(one.id for one in searches))
    app = create_app(Services(sqlite_record, rules, catalogue, fleet, ways=desk))
    planner = signed_in(app, "planner", at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, planner.get_cookie("sign-in").value, *keys
    desk.close()


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the planner; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]) as visit:
        yield visit


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(look, place, width, language):
    page, (_, _, scenario, tiers, front) = look(width, language), place
    for path in (f"/{scenario}/tiers", f"/searches/{tiers}", f"/searches/{tiers}?year=2027", f"/searches/{front}"):
        page.goto(f"/plan/sites{path}")
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        if page.locator(".tier-map").count():
            page.locator(".folium-map[data-drawn]").wait_for()
            page.locator(".folium-map.roads-drawn").wait_for()
        assert_sound(page)


@pytest.mark.soak
def test_pages_in_the_dark(look, place):
    page, (_, _, scenario, tiers, front) = look(color_scheme="dark"), place
    for path in (f"/{scenario}/tiers", f"/searches/{tiers}", f"/searches/{front}"):
        page.goto(f"/plan/sites{path}")
        assert_sound(page)


def test_stations_and_centres_are_searched_followed_and_opened(look, place):
    page, key = look(language="en"), place[2]
    page.goto(f"/plan/sites/{key}")
    page.get_by_role("link", name="Stations and centres").click()
    page.get_by_label("Seconds at most").fill("20")
    page.locator("summary", has_text="Candidates").click()
    page.get_by_label("A point of the network is").select_option("community")
    page.get_by_role("button", name="Search for stations and centres").press("Enter")
    page.wait_for_url("**/searches/*")
    page.get_by_text("Proven: no other choice among these candidates is better.").wait_for()
    page.locator(".folium-map[data-drawn]").wait_for()
    assert page.locator(".tier-pin").count() >= 3
    assert page.locator(".tier-sites tbody tr").count() == page.locator(".tier-pin").count()
    page.get_by_role("button", name="Open its centres as a scenario").click()
    page.locator(".site-tiles").wait_for()
    assert "stations + centres, cost · 现状" in page.locator("h1").inner_text()


def test_a_point_of_a_front_is_opened_by_the_keyboard(look, place):
    page, front = look(360, "en"), place[4]
    page.goto(f"/plan/sites/searches/{front}")
    assert page.locator("svg[role=img] circle").count() == 3
    page.get_by_role("button", name="Open the centres of point 2 as a scenario").press("Enter")
    page.locator(".site-tiles").wait_for()
    assert "cost / worst-town 2 · 现状" in page.locator("h1").inner_text()


def test_what_is_wrong_is_told_where_it_stands(look, place):
    page, key = look(360, "en", refused=True), place[2]
    page.goto(f"/plan/sites/{key}/tiers")
    page.locator("summary", has_text="Years and money").click()
    page.get_by_label("Years to plan").fill("99")
    page.get_by_role("button", name="Search for stations and centres").click()
    page.get_by_text("Write a whole number from 1 to 15.").wait_for()
    assert page.get_by_label("Years to plan").get_attribute("aria-invalid") == "true"
    assert_sound(page)
