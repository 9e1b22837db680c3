"""The map of truck calls and the live place of a truck: drawn, by keyboard, without a script, with a phone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select

from recycling import clock
from recycling.models import Call, TruckPosition
from recycling.whereabouts import snapped
from web.app import create_app
from web.services import Services

PLACE = {"longitude": 107.480123, "latitude": 31.207321}
NEXT = re.compile(r"(Call now|Next call)")
SEEN = re.compile(r"^The truck was seen about \S+ k?m away at \d\d:\d\d\.$")
HIDE = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true })"


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A server with calls of the box truck today around this moment; its address, day and a driver's cookie."""
    now = clock.utc_now()
    day = settings.clock.today(now)
    with sqlite_record.write() as session:
        for code, minutes, plate, state in (
            ("A-001", -10, "T-BOX", "planned"), ("A-002", 70, "T-BOX", "planned"), ("A-003", 30, "T-VAN", "cancelled"),
        ):  # fmt: skip
            # of today whatever the hour: the round runs into the night where the test does
            session.add(
                Call(
                    depot_code="DEP-01", community_code=code, service_day=day, plate=plate, state=state,
                    starts_at=now + timedelta(minutes=minutes), dwell_minutes=60, expected_kg=10, expected_litres=100,
                    lon=107.473 + minutes / 20000, lat=31.203, reason="rain" if state == "cancelled" else "",
                )
            )  # fmt: skip
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    driver = signed_in(app, "driver", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, day, driver.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page; at the end none may have complained or asked elsewhere."""
    contexts, complaints, (base, _, cookie) = [], [], place

    def make(width=1280, language="en", driver=False, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=language, base_url=base, **options
        )
        context.set_default_timeout(60_000)
        if driver:
            context.add_cookies([{"name": "sign-in", "value": cookie, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith((base, "data:")) else complaints.append(one.url))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_the_pages_are_sound_at_every_width_and_language(look, place, width, language):
    _, day, _ = place
    page = look(width, language)
    for path in ("/calls/map", "/calls/map?community=A-002", "/calls/A-002", "/calls/map?day=2020-01-01"):
        page.goto(path)
        if "map" in path:
            page.locator("a.call-pin").first.wait_for()
        assert_sound(page)
    crew = look(width, language, driver=True)
    crew.goto(f"/crew/T-BOX/{day}")
    assert_sound(crew)


def test_pins_and_list_lead_to_the_same_places(look):
    page = look()
    page.goto("/calls/map")
    page.locator("a.call-pin").first.wait_for()
    assert page.locator("a.call-pin").count() == 2, "the cancelled one is no pin"
    assert "rain" in page.locator(".gone").inner_text()
    link = page.locator('.map-list a[href="/calls/A-002"]')
    page.locator("nav.tabs a").last.focus()
    for _ in range(40):
        if link.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.matches('a.call-pin')")
    page.locator(".leaflet-overlay-pane path, .leaflet-overlay-pane canvas").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/A-002")
    page.goto("/calls/map")
    page.locator('a.call-pin[href="/calls/A-001"]').click()
    page.wait_for_url("**/calls/A-001")


def test_without_a_script_the_list_says_it_all(look):
    page = look(java_script_enabled=False)
    page.goto("/calls/map?community=A-002")
    assert not page.locator(".map-frame").is_visible()
    assert page.locator(".map-list .rows a").count() == 3


def test_a_driver_shows_the_truck_and_residents_see_it(look, place, sqlite_record):
    _, day, _ = place
    crew = look(360, driver=True, geolocation=PLACE, permissions=["geolocation"])
    sent = []
    crew.on("request", lambda one: sent.append(one.post_data) if one.url.endswith("/live/place") else None)
    crew.goto(f"/crew/T-BOX/{day}")
    crew.get_by_role("switch").press("Enter")
    expect(crew.locator("#live-said")).to_contain_text("Residents see the square of 100 m")
    cell = snapped(PLACE["longitude"], PLACE["latitude"])
    (body,) = sent
    lon, lat = (float(part.partition("=")[2]) for part in body.split("&"))
    assert (lon, lat) == pytest.approx(cell.centre, abs=1e-9), "the exact place does not leave the phone"
    with sqlite_record.read() as session:
        kept = session.scalars(select(TruckPosition)).one()
    assert (kept.grid_row, kept.grid_column) == (cell.row, cell.column)

    page = look()
    page.goto("/calls/map")
    expect(page.locator("#trucks li")).to_contain_text("Truck BOX was in the marked square")
    assert NEXT.search(page.locator("#trucks li").inner_text())
    expect(page.locator(".truck-sign .plate")).to_have_text("BOX")
    page.goto("/calls/A-002")
    expect(page.locator("#truck-seen")).to_have_text(SEEN)

    crew.get_by_role("switch").click()
    expect(crew.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    page.reload()
    expect(page.locator("#truck-seen")).to_have_text("")


def test_a_page_renews_what_it_says_and_rests_while_it_is_hidden(look, place):
    page = look()
    page.clock.install()
    asked = []
    truck = {"truck": "BOX", "cell": [[107.48, 31.2]] * 4, "hour": "09:12", "left": 300, "metres": 600, "call": None}
    answers = [[truck], [], [{**truck, "hour": "09:13", "metres": 1200}]]
    page.route(
        "**/calls/trucks.json*",
        lambda route: (asked.append(1), route.fulfill(json={"trucks": answers[min(len(asked), 3) - 1]})),
    )
    page.goto("/calls/A-002")
    line = page.locator("#truck-seen")
    expect(line).to_have_text("The truck was seen about 600 m away at 09:12.")
    page.clock.run_for(30_000)
    expect(line).to_have_text("")
    page.evaluate(HIDE % "true")
    page.clock.run_for(120_000)
    assert len(asked) == 2
    page.evaluate((HIDE % "false") + "; document.dispatchEvent(new Event('visibilitychange'))")
    expect(line).to_have_text("The truck was seen about 1.2 km away at 09:13.")
    page.unroute("**/calls/trucks.json*")
    page.route("**/calls/trucks.json*", lambda route: (asked.append(1), route.abort()))
    page.clock.run_for(240_000)
    expect(line).not_to_have_text("")
    page.clock.run_for(90_000)
    expect(line).to_have_text("")
    page.clock.run_for(3_600_000)
    expect(line).to_have_text("Load the page again to see where the truck is.")
    before = len(asked)
    page.clock.run_for(300_000)
    assert len(asked) == before


@pytest.mark.parametrize(("allowed", "offline"), [(False, False), (True, True)])
def test_the_phone_says_why_it_does_not_send(look, place, allowed, offline):
    _, day, _ = place
    options = {"geolocation": PLACE, "permissions": ["geolocation"]} if allowed else {"permissions": []}
    crew = look(360, driver=True, **options)
    if offline:
        crew.route("**/live/place", lambda route: route.abort())
    crew.goto(f"/crew/T-BOX/{day}")
    crew.get_by_role("switch").click()
    said = "no network" if offline else "the browser may not know where you are"
    expect(crew.locator("#live-said")).to_contain_text(said)
