"""The stock of trucks in a browser: crew, dispatcher, centre and everybody, at every width, by keyboard."""

from datetime import timedelta

import pytest
from made_timetables import of_the_town
from serving import served
from soundness import EVERY_WIDTH, assert_sound

from recycling import clock
from recycling.accounts.actors import Actor, Role
from recycling.models import Call
from recycling.stock import collect, load_of, the_vehicle
from recycling.stock.correcting import ask
from recycling.stock.differences import Scale, weigh_in
from recycling.stock.movements import HAND_IN, Deed
from web.app import create_app
from web.services import Services

CREW = Actor("person", "crew", Role.DRIVER)


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A server with a truck at its call, full of paper; its address, the cookie of an administrator, and the day."""
    now = clock.utc_now()
    today = settings.clock.today(now)
    of_the_town(sqlite_record, settings, now - timedelta(days=14))
    trucks = {plate: the_vehicle(fleet, plate) for plate in ("T-BOX", "T-VAN")}
    with sqlite_record.write() as session:
        for code, minutes in (("A-001", -20), ("A-002", 120), ("A-003", 240)):
            start = now + timedelta(minutes=minutes)
            session.add(
                Call(
                    depot_code="DEP-01", community_code=code, service_day=today, starts_at=start, dwell_minutes=60,
                    expected_kg=250, expected_litres=5000, lon=107.48, lat=31.21, plate="T-BOX",
                )
            )  # fmt: skip
        for plate, grams in (("T-BOX", {"paper": 540_000, "plastic": 40_000}), ("T-VAN", {"glass": 90_000})):
            loads = [load_of(settings.stock, m, g) for m, g in grams.items()]
            deed = Deed(f"a-load-of-{plate}", "crew", now - timedelta(hours=2))
            collect(session, trucks[plate], loads, "A-001", HAND_IN, deed, "R")
        ask(session, trucks["T-BOX"], "paper", -1500, "scale was out", CREW, "a-correction", now)
        scale = Scale("CEN-01", {"glass": 60_000, "textiles": 1000})
        deed = Deed("a-weigh-in", "centre", now - timedelta(hours=1))
        key = weigh_in(session, settings.stock, trucks["T-VAN"], scale, today, deed).id
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    desk = signed_in(app, "admin", at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, desk.get_cookie("sign-in").value, today, key


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page as staff; at the end none may have complained."""
    contexts, complaints, (base, token, _, _) = [], [], place

    def make(width=1280, language="zh-CN", **options):
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, locale=language, base_url=base, **options)
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


def pages_of(day, key):
    truck = f"/crew/T-BOX/{day}"
    crew = ("/crew", truck, f"{truck}/hand-in", f"{truck}/unload", f"{truck}/book")
    centre = ("/centre", "/centre/trucks/T-BOX", f"/centre/weigh-ins/{key}")
    return (*crew, *centre, f"/dispatch/DEP-01/{day}/fill", "/dispatch/low-value", "/calls/A-001", "/calls")


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_of_the_stock_at_every_width_and_language(look, place, width, language):
    page, (_, _, day, key) = look(width, language), place
    for path in pages_of(day, key):
        assert page.goto(path).status == 200, path
        assert_sound(page)


def test_a_crew_takes_in_by_keyboard_alone(look, place):
    page, (_, _, day, _) = look(360, "en"), place
    page.goto(f"/crew/T-BOX/{day}/hand-in")
    page.locator("#who").focus()
    page.keyboard.type("13800138000")
    page.locator('[name="material-0"]').focus()
    page.keyboard.type("Gl")
    page.keyboard.press("Tab")
    page.keyboard.type("3.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt/*")
    assert_sound(page)
    assert "3.500" in page.locator("table.bought").inner_text()
    page.goto(f"/crew/T-BOX/{day}")
    assert "Glass 3.5\N{NO-BREAK SPACE}kg" in page.locator("table.fill").inner_text()
