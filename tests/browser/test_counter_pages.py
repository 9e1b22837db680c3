"""The counter and the import at phone and desk width, in both languages; a booking with the keyboard alone."""

import re
from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound

from recycling import clock
from recycling.booking import BookingRequest, Office, book, open_days, wait
from recycling.exports.tables import csv_bytes
from recycling.models import AuditEvent, Booking, Call, Community
from web.app import create_app
from web.services import Services

HEAD = ["编号", "联系人", "电话", "社区", "地址", "物品"]
SENT = [
    ["N-1", "王女士", "13800138000", "社区A-002 · 示例镇", "1栋101", "paper*2"],
    ["=N-2", "王女士", "1380", "社区A-002 · 示例镇", "2栋101", "dragon*1"],
]


@pytest.fixture
def counter(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server of the test's own with one caller and one who waits for a call; its address, record and a sign-in."""
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    days = open_days(settings, now)
    wish = BookingRequest(
        {"paper": 2}, "A-001", None, None, "3栋2单元501", 5, False, days[1], "08:00-10:00", "王女士", "13800138000"
    )
    made = book(office, wish, "counter-of-the-test", now)
    wait(office, BookingRequest(**{**wish.__dict__, "phone": "13700137000"}), days[2], "waits-of-test", now, True)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, made, clerk.get_cookie("sign-in").value, str(clerk.account)


@pytest.fixture
def look(chromium, counter):
    """Return a function that opens a page as the clerk; at the end none may have complained."""
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN"):
        base, _, token, _ = counter
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def call(page, who):
    page.goto("/clerk")
    page.locator("#who:focus").wait_for()  # what is typed sooner goes nowhere
    page.keyboard.type(who)
    page.keyboard.press("Enter")
    page.locator("#thing:focus, .find:focus, .faults, .fault").first.wait_for()
    page.wait_for_load_state()  # before the page's script is there, keys do nothing


def paper_from_the_saved_place(page):
    """Enter the known caller's paper at the place that is saved, in the first window."""
    call(page, "13800138000")
    page.keyboard.type("paper")
    page.locator('#thing-list [role="option"]').first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("F4")
    page.keyboard.press("Enter")
    page.locator('[name="slot"]:focus').wait_for()
    page.keyboard.press("1")
    page.locator("#kept:not(:empty)").wait_for()


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_both_widths_and_languages(look, counter, tmp_path, width, language):
    page, made = look(width, language), counter[1]
    page.goto("/clerk")
    assert_sound(page)
    call(page, "8000")
    page.locator("#thing").focus()
    page.keyboard.type("bx")
    page.locator('#thing-list [role="option"]').first.wait_for()
    assert_sound(page)
    page.goto(f"/clerk/bookings/{made.id}")
    for part in page.locator("summary").all():
        part.click()
    assert_sound(page)
    page.goto("/clerk/scale")
    assert_sound(page)
    page.locator('[name="kg-0"]').fill("much")
    page.locator("form .btn-primary").last.click()
    page.locator("#fault-row-0").wait_for()
    assert_sound(page)
    page.locator("#phone").fill("13700137000")
    page.locator('[name="material-0"]').select_option("metal")
    page.locator('[name="kg-0"]').fill("2.5")
    page.locator('[name="kg-0"]').press("Enter")
    page.wait_for_url("**/clerk/scale/*")
    assert_sound(page)
    page.goto("/clerk/import")
    assert_sound(page)
    file = tmp_path / "sent.csv"
    file.write_bytes(csv_bytes(HEAD, SENT))
    page.locator("#sender").fill("shop")
    page.locator("#file").set_input_files(file)
    page.locator("form .btn-primary").click()
    page.locator("section.said").wait_for()
    assert page.locator("tbody tr").count() == 2
    assert_sound(page)


def test_a_clerk_books_with_the_keyboard_alone(look, counter, sqlite_record):
    page = look()
    keys = page.keyboard
    call(page, "13700137999")
    assert page.evaluate("document.activeElement.id") == "thing"
    keys.type("bx 2")
    page.locator('#thing-list [role="option"]').first.wait_for()
    keys.press("Enter")
    page.locator("#things li").wait_for()
    keys.press("F4")
    keys.type("A-002")
    page.locator('#community-list [role="option"]').first.wait_for()
    keys.press("Enter")
    page.locator("#address:focus").wait_for()
    keys.type("7栋101")
    keys.press("F6")
    page.locator('[name="slot"]:focus').wait_for()
    keys.press("2")
    page.locator("#kept:not(:empty)").wait_for()
    keys.press("F7")
    keys.type("李先生")
    keys.press("F8")
    page.wait_for_url("**/clerk/bookings/*")
    shown = re.sub(r"\s", "", page.locator("h1").inner_text())
    with sqlite_record.read() as session:
        made = session.query(Booking).filter(Booking.phone == "+8613700137999").one()
        event = session.query(AuditEvent).filter(AuditEvent.subject_id == str(made.id)).one()
        pieces = [line.pieces for line in made.lines]
    assert (shown, made.channel, made.address, made.community_code) == (made.reference, "clerk", "7栋101", "A-002")
    assert (event.actor_id, event.actor_role) == (counter[3], "clerk")
    assert pieces == [2]
    keys.press("F2")
    page.wait_for_url("**/clerk")
    assert page.evaluate("document.activeElement.id") == "who"


def test_two_vehicles_and_a_call_are_said_before_one_books_and_a_tick_is_booked(look, counter, sqlite_record, settings):
    first = open_days(settings, clock.utc_now())[0]
    with sqlite_record.write() as session:
        place = session.get_one(Community, "A-002")
        session.add(
            Call(
                depot_code=place.depot_code, community_code="A-002", service_day=first, dwell_minutes=60,
                starts_at=settings.clock.at(first, settings.service.window_spans[1].start),
                expected_kg=1, expected_litres=1, lon=place.lon, lat=place.lat,
            )
        )  # fmt: skip
    page = look(360, "en")
    keys = page.keyboard
    call(page, "13700137999")
    for code in ("air-conditioner", "sofa"):
        keys.type(code)
        page.locator('#thing-list [role="option"]').first.wait_for()
        keys.press("Enter")
        page.locator(f'[name="item-{code}"]').wait_for()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    keys.press("F4")
    keys.type("A-002")
    page.locator('#community-list [role="option"]').first.wait_for()
    keys.press("Enter")
    page.locator("#address:focus").wait_for()
    keys.type("7-101")
    keys.press("F6")
    page.locator('[name="slot"]:focus').wait_for()
    assert page.locator("#visits li").count() == 2
    assert "in the same community" in page.locator("#calls li").first.inner_text()
    assert_sound(page)
    keys.press("1")
    page.locator("#kept:not(:empty)").wait_for()
    keys.press("F7")
    keys.type("Mr Li")
    keys.press("F8")
    page.wait_for_url("**/clerk/bookings/*")
    with sqlite_record.read() as session:
        visits = session.query(Booking).filter(Booking.phone == "+8613700137999").all()
        apart = {line.item: line.dismantle for visit in visits for line in visit.lines}
    assert len(visits) == 2
    assert apart == {"air-conditioner": True, "sofa": False}


def test_a_digit_that_is_quicker_than_the_windows_chooses_one(look, counter):
    page = look()
    paper_from_the_saved_place(page)
    floor = page.input_value("#floor")
    page.locator("#floor").focus()
    held = []

    def hold(route):
        held.append(route)

    page.route("**/clerk/windows*", hold)
    page.keyboard.press("F6")
    page.keyboard.press("2")
    page.wait_for_timeout(100)
    held[0].continue_()
    page.locator('[name="slot"]:focus').wait_for()
    assert page.input_value("#floor") == floor
    assert page.locator('[name="slot"]').nth(1).is_checked()


def test_the_same_again_is_shown_before_it_is_saved(look, counter, sqlite_record):
    page, made = look(), counter[1]
    paper_from_the_saved_place(page)
    assert made.reference in page.locator(".counter-side").inner_text()
    page.keyboard.press("F8")
    page.locator(".faults").wait_for()
    assert made.reference in page.locator(".faults a").inner_text()
    with sqlite_record.read() as session:
        assert session.query(Booking).count() == 1
    assert made.reference in page.locator(".counter-side").inner_text(), "the caller's history stays"
    assert page.locator('[name="slot"]:checked').count() == 1, "the window that was chosen, whatever comes anew"
    page.locator('input[type="checkbox"][name="different"]').check()
    page.keyboard.press("F8")
    page.wait_for_url("**/clerk/bookings/*")


def test_a_window_stays_chosen_while_windows_cannot_be_loaded(look, counter):
    """F8 may be pressed again before the windows have come anew."""
    page = look()
    paper_from_the_saved_place(page)
    page.route("**/clerk/windows*", lambda route: route.abort())
    page.keyboard.press("F8")
    page.locator(".faults").wait_for()
    page.wait_for_load_state()  # before the page's script is there, a key does nothing
    page.locator('input[type="checkbox"][name="different"]').check()
    page.keyboard.press("F8")
    page.wait_for_url("**/clerk/bookings/*")
