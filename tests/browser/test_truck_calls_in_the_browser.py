"""Truck calls in a browser: everybody's pages, the poster on paper, and the dispatcher's timetable by keyboard."""

import re
from datetime import timedelta

import pytest
from made_timetables import of_the_town
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select
from visitors import visitor

from recycling import clock
from recycling.models import Call, Timetable
from recycling.timetable.finding import find_roads
from web.app import create_app
from web.services import Services

BASE = "/dispatch/DEP-01/timetable"
SHEET = re.compile(rb"/Type\s*/Page\b")
PUBLIC = ("/", "/calls", "/calls?q=A-00", "/calls?q=nowhere", "/calls/A-001", "/calls/A-001/poster", "/calls/A-003")
STAFF = (
    BASE, f"{BASE}?version=2", f"{BASE}?version=1&day=0", f"{BASE}?version=1&day=1", f"{BASE}/calls",
    f"{BASE}/2/board", f"{BASE}/1/board",
)  # fmt: skip


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A server with a timetable in force, a draft, calls cancelled and moved; its address, a dispatcher's cookie."""
    now = clock.utc_now()
    of_the_town(sqlite_record, settings, now - timedelta(days=7))
    find_roads(sqlite_record, settings, fleet, "DEP-01", 2, now)
    with sqlite_record.write() as session:
        ahead = session.scalars(select(Call).where(Call.starts_at > now).order_by(Call.starts_at)).all()
        for community in ("A-001", "A-002"):
            call = next(call for call in ahead if call.community_code == community and call.state == "planned")
            call.moved_from, call.starts_at = call.starts_at, call.starts_at + timedelta(minutes=90)
        call = next(call for call in ahead if call.community_code == "A-003")
        call.state, call.reason = "cancelled", "暴雨,道路积水 / heavy rain, streets under water"
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    desk = signed_in(app, "dispatcher", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, desk.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, *place, always=False) as visit:
        yield visit


def opened(page, path):
    """Open a page and everything that is folded on it."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    if "day=0" in path:
        page.locator(".call-pin").first.wait_for()


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(look, width, language):
    everybody, desk = look(width, language), look(width, language, staff=True)
    for page, paths in ((everybody, PUBLIC), (desk, STAFF)):
        for path in paths:
            opened(page, path)
            assert_sound(page)


@pytest.mark.soak
def test_pages_in_the_dark_and_in_large_type(look):
    dark, desk = look(color_scheme="dark"), look(staff=True, color_scheme="dark")
    for page, paths in ((dark, PUBLIC), (desk, STAFF)):
        for path in paths:
            opened(page, path)
            assert_sound(page)
    large = look(360)
    large.goto("/calls")
    large.get_by_role("button", name="大字").click()
    for path in PUBLIC:
        opened(large, path)
        assert_sound(large)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("scheme", "letters"), [("light", "normal"), ("dark", "large")])
def test_the_poster_is_one_sheet_of_paper(look, place, language, scheme, letters):
    page = look(1280, language, color_scheme=scheme)
    page.context.add_cookies([{"name": "letters", "value": letters, "url": place[0]}])
    page.goto("/calls/A-002/poster")
    assert len(SHEET.findall(page.pdf(format="A4"))) == 1
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert not page.locator(".no-print").is_visible()
    assert page.locator(".poster-code svg").is_visible()
    page.goto("/calls")
    assert page.locator("footer.bottom .notice").is_visible(), "other pages keep the notice on paper"


def test_a_person_finds_a_community_with_the_keyboard(look):
    page = look(360)
    page.goto("/calls")
    page.locator("#q").focus()
    page.keyboard.type("shequ a-001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls?q=*")
    link = page.locator('.rows a[href="/calls/A-001"]')
    while not link.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/A-001")
    assert page.locator("h1").inner_text() == "社区A-001"


def test_the_dispatcher_moves_and_cancels_a_call_with_the_keyboard(look, sqlite_record):
    page = look(1280, "en", staff=True, refused=True)
    page.goto(f"{BASE}/calls")
    row = page.locator("li[id]:not(.gone)").last
    name = row.get_attribute("id")
    row = page.locator(f"#{name}")
    row.locator("summary").press("Enter")
    row.locator('input[name="hour"]').fill("15:10")
    row.locator('input[name="hour"]').press("Enter")
    page.wait_for_url(f"**/calls#{name}")
    assert "15:10" in row.inner_text()
    assert "Moved from" in row.inner_text()
    row.locator("summary").press("Enter")
    row.locator('input[name="reason"]').focus()
    page.keyboard.type("   ")
    page.keyboard.press("Enter")
    page.locator(".faults").wait_for()
    assert row.locator("details").evaluate("one => one.open")
    assert_sound(page)
    page.locator(".faults a").press("Enter")
    row.locator('input[name="reason"]').fill("flat tyre")
    row.locator('input[name="reason"]').press("Enter")
    page.wait_for_url(f"**/calls#{name}")
    assert "flat tyre" in row.inner_text()
    with sqlite_record.read() as session:
        call = session.scalars(select(Call).where(Call.reason == "flat tyre")).one()
    assert (call.state, call.changes, call.by_hand) == ("cancelled", 2, True)


def test_map_and_list_of_a_day_show_the_same_choice(look):
    page = look(staff=True)
    opened(page, f"{BASE}?version=1&day=0")
    rows = page.locator(".map-list tbody tr")
    assert rows.count() == page.locator(".call-pin").count() == 3
    page.locator('.route-keys button[data-route="2"]').press("Enter")
    assert [row.is_visible() for row in rows.all()] == [False, False, True]
    page.locator(".find:visible").press("Enter")
    assert "chosen" in rows.last.get_attribute("class")
    page.locator('.tabs a[href*="day=3"]').press("Enter")
    page.wait_for_url("**day=3*")
    assert page.locator(".map-list tbody tr").count() == 1


def visits(record, version=2):
    with record.read() as session:
        table = session.scalar(select(Timetable).where(Timetable.depot_code == "DEP-01", Timetable.version == version))
        return {(v.community_code, v.day, v.start_minute, v.plate) for v in table.visits}


def test_a_call_is_dragged_to_another_day_and_hour_and_kept(look, sqlite_record):
    desk = look(language="en", staff=True)
    desk.goto(f"{BASE}/2/board")
    keep = desk.get_by_role("button", name="Keep the move")
    assert keep.is_disabled()
    call = desk.locator(".board:not([hidden]) .call", has_text="A-001")
    call.hover()
    desk.mouse.down()
    desk.locator('[data-show="3"]').hover()
    desk.locator('[data-show="3"]').hover()  # a browser says that a thing is dragged over another when it moves there
    target = desk.locator('.board[data-day="3"] td[data-plate="T-VAN"][data-hour="10:00"]')
    target.hover()
    target.hover()
    desk.get_by_text("This can be driven.").wait_for()
    assert "fits" in target.get_attribute("class")
    desk.mouse.up()
    keep.click()
    desk.get_by_text("was moved; version 2 has it").wait_for()
    assert ("A-001", 3, 600, "T-VAN") in visits(sqlite_record)


def test_a_call_is_moved_with_the_keyboard_and_what_it_breaks_is_read_out(look, sqlite_record):
    desk = look(language="en", staff=True)
    desk.goto(f"{BASE}/2/board")
    before = visits(sqlite_record)
    desk.locator(".board:not([hidden]) .call", has_text="A-001").focus()
    desk.keyboard.press("Enter")
    assert desk.get_by_label("Community").input_value() == "A-001"
    desk.get_by_label("Hour").focus()
    desk.keyboard.type("11:00")
    desk.get_by_text("min after 11:00").wait_for()
    assert desk.locator(".answer").get_attribute("aria-live") == "polite"
    assert desk.get_by_role("button", name="Keep the move").is_disabled()
    assert visits(sqlite_record) == before
    desk.get_by_label("Vehicle").select_option("T-VAN")
    desk.get_by_text("This can be driven.").wait_for()
    desk.get_by_role("button", name="Keep the move").focus()
    desk.keyboard.press("Enter")
    desk.get_by_text("was moved").wait_for()
    assert ("A-001", 0, 660, "T-VAN") in visits(sqlite_record)
