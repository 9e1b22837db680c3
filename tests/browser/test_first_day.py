"""The whole slice as its people use it: book on a phone, plan at the desk, find the visit on schedule and map."""

import re
import sqlite3
import time
from contextlib import closing

import pytest
from filling import book, onward, reference_of, what, when, where, whom
from soundness import assert_sound

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_booking_made_in_the_browser_is_on_tomorrows_route_and_map(person, site, tmp_path):
    phone = person(width=360)
    day = site.day_path.rpartition("/")[2]
    too_large = book(phone, day, contact="王先生", phone="13900139000")
    with closing(sqlite3.connect(site.record)) as record, record:  # as if it had been larger than anybody knew
        find = "(SELECT id FROM booking WHERE reference = ?)"
        record.execute(f"UPDATE booking_line SET litres = 20000 WHERE booking_id = {find}", (too_large,))
        # after the cut-off the server plans the other depots by itself; nobody here waits for them
        record.execute("DELETE FROM plan_run WHERE asked_by = 'schedule' AND state = 'queued'")
    reference, booked = book(phone, day), phone.url
    assert phone.locator(".states .done").count() == 1

    desk = person(role="dispatcher")
    desk.goto(site.day_path)
    assert "2" in desk.locator(".new").inner_text()
    assert desk.locator(f'[data-reference="{reference}"]').count() == 0
    desk.locator(".plan").click()
    desk.locator("[data-run]").wait_for()
    desk.locator("[data-run]").wait_for(state="detached", timeout=600_000)
    # What is planned again is a draft, until it is published on the board.
    desk.locator('.new a[href*="/board"]').click()
    desk.locator('button[value="publish"]').click()
    desk.wait_for_url(re.compile(site.day_path + "$"))

    visit = desk.locator(f'tr[data-reference="{reference}"]')
    visit.or_(desk.locator(f"#left-{reference}")).wait_for(state="attached")  # the page comes anew when planning ends
    assert visit.count() == 1
    begins = re.search(r"\d\d:\d\d", visit.locator(".time").first.text_content()).group(0)
    assert "15:00" <= begins <= "17:00"
    assert "二马路社区" in visit.text_content()
    assert "138****8000" in visit.text_content()
    assert desk.locator(".new").count() == 0

    desk.locator(".left-out details").evaluate("list => list.open = true")  # closed where many are left out
    card = desk.locator(f"#left-{too_large}")
    assert "16000" in card.locator(".reason").inner_text(), "what the largest vehicle holds"
    assert card.locator(".remedy").first.is_visible()
    assert "¥" in card.locator(".remedy").first.inner_text()
    pocket = person(width=360, role="dispatcher")
    for view in ("/map", ""):
        pocket.goto(site.day_path + view)
        assert pocket.get_by_text(too_large).count() == 1
        assert_sound(pocket)

    desk.get_by_role("link", name="地图").click()
    desk.locator(".roads-drawn").wait_for()
    sign = desk.locator(f'.pin-booking[title*="{reference}"]')
    assert sign.count() == 1
    assert begins in sign.get_attribute("title")
    assert "演示路网(合成)，不可用于导航" in desk.locator(".map-notice").inner_text()
    row = desk.locator(f'.map-list tr[data-reference="{reference}"]')
    row.locator(".find").click()
    assert sign.is_visible()
    picture = desk.screenshot(path=tmp_path / "map.png")
    assert picture.startswith(PNG)
    assert len(picture) > 50_000, "an empty map is much smaller"

    phone.goto(booked)
    assert phone.locator(".states .done").count() == 2


def test_a_chosen_route_stands_alone(person, site):
    page = person(role="dispatcher")
    page.goto(site.day_path + "/map")
    button = page.locator('.route-keys button[data-route="2"]')
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    shown = page.locator(".map-list tbody tr:visible")
    assert shown.count() > 0
    assert {row.get_attribute("data-route") for row in shown.all()} == {"2"}
    page.locator('.route-keys button[data-route="all"]').click()
    assert page.locator(".map-list tbody tr:visible").count() > shown.count() or shown.count() > 100


def test_a_wrong_number_comes_back_with_everything_else_kept(person):
    page = person(width=360, expected_status={422})
    page.goto("/book")
    page.locator(".next").click()
    assert page.locator("#lack").inner_text(), "a thing must be chosen first"
    page.locator(".more-goods").first.evaluate("kinds => kinds.open = true")
    page.locator("li:has(#item-laptop) .more").click()
    page.locator(".next").click()
    assert not page.locator("#lack").inner_text()
    page.locator(".next").click()
    assert page.locator("#lack").inner_text(), "a place must be entered first"
    page.fill("#community", "二马路社区 · 东城街道")
    page.fill("#address", "1栋")
    page.locator(".next").click()
    page.locator("#offers .pill").first.wait_for()
    page.locator(".next").click()
    assert page.locator("#lack").inner_text(), "a window must be chosen first"
    page.locator("#offers .pill").first.click()
    page.locator(".next").click()
    page.fill("#contact", "王先生")
    page.fill("#phone", "110x")
    page.locator(".send").click()
    page.locator("#fault-phone").wait_for()
    assert page.locator("#phone").get_attribute("aria-invalid") == "true"
    assert page.locator("#contact").input_value() == "王先生"
    assert page.locator("#item-laptop").input_value() == "1"
    assert page.locator("#phone").is_visible(), "the step with the fault is the one that is shown"
    page.fill("#phone", "0818-2123456")
    page.locator(".send").click()
    page.wait_for_url("**/b/*")


def test_the_form_works_by_keyboard_alone(person):
    page = person()
    page.goto("/book")
    keys = page.keyboard
    page.locator(".more-goods").first.evaluate("kinds => kinds.open = true")
    page.locator("#item-printer").focus()
    keys.type("1")
    keys.press("Enter")
    page.locator("#community").focus()
    keys.type("二马路社区 · 东城街道")
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "address":
            break
    keys.type("9栋101")
    keys.press("Enter")
    page.locator('input[name="offer"]').first.focus()
    keys.press("ArrowDown")
    hours = page.locator("#offers .pill:has(:checked)").inner_text()[:11]
    keys.press("Enter")
    page.locator("#contact").focus()
    keys.type("Ann Lee")
    keys.press("Tab")
    keys.type("13500135000")
    keys.press("Enter")
    page.locator(".faults, .states").first.wait_for()
    assert page.locator(".faults").all_inner_texts() == []
    page.wait_for_url("**/b/*")
    assert hours in page.locator("h1").inner_text()


def test_the_form_works_without_scripts(person):
    page = person(width=360, java_script_enabled=False)
    page.goto("/book")
    page.fill("#item-paper", "3")
    page.fill("#community", "二马路社区 · 东城街道")
    page.fill("#address", "5栋")
    page.fill("#contact", "赵女士")
    page.fill("#phone", "13700137000")
    page.locator("#phone").press("Enter")
    page.wait_for_url("**/b/*")


def test_two_taps_on_send_make_one_booking(person, site):
    """Somebody who never opened another page books within a minute; after the place it takes six taps."""
    began = time.monotonic()
    page, day = person(width=360), site.day_path.rpartition("/")[2]
    what(page)
    onward(page)
    where(page, "周")
    page.evaluate("taps = 0; addEventListener('click', (event) => (taps += event.detail > 0), true)")
    onward(page)
    when(page, day, "15:00-17:00")
    onward(page)
    for field in ("#contact", "#phone"):
        page.locator(field).click()
    whom(page, "周先生", "13600136000")
    taps = page.evaluate("taps")
    page.locator(".send").dblclick()
    page.wait_for_url("**/b/*")
    assert time.monotonic() - began < 60
    assert taps + 1 <= 6
    with closing(sqlite3.connect(site.record)) as record:
        made = record.execute("SELECT reference FROM booking WHERE phone = '+8613600136000'").fetchall()
    assert made == [(reference_of(page),)]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_first_page_tells_what_can_be_done(person, language):
    page = person(language=language)
    page.goto("/")
    assert page.locator(".door").count() == 5, (
        "booking, truck calls, groups, dispatch, and in the demonstration the roles to try"
    )
    word = {"zh-CN": "预约上门回收", "en": "Book a pickup at my door"}[language]
    assert word in page.locator(".door.first").inner_text()
