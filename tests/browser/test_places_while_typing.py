"""The field of a place in a browser: initials and keys, a tap, a town and its communities, and the counter."""

import re
import uuid

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import update

from recycling import clock
from recycling.models import Area, AuditEvent, Community, Waiting
from web.app import create_app
from web.services import Services

HILL, TOWN = "凤凰山社区 · 示例镇", "示例镇 · 示例县"
OPTIONS = '#community-list [role="option"]'


@pytest.fixture
def server(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server of the test's own with a community whose name can be typed in letters; its address and a sign-in."""
    with sqlite_record.write() as session:
        session.execute(update(Community).where(Community.code == "A-002").values(name="凤凰山社区"))
        session.execute(update(Area).values(edition=uuid.uuid4().hex))
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=clock.utc_now())
    with served(app) as base:
        yield base, clerk.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, server):
    """Return a function that opens a page; at the end none may have complained."""
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN", staff=False, **options):
        base, token = server
        context = chromium.new_context(
            viewport={"width": width, "height": 780}, locale=language, base_url=base, **options
        )
        context.set_default_timeout(60_000)
        if staff:
            context.add_cookies([{"name": "sign-in", "value": token, "url": base}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def at_the_place(page):
    """Open the booking form at its second step."""
    page.goto("/book")
    page.locator(".more-goods").first.evaluate("kinds => kinds.open = true")
    page.locator("li:has(#item-paper) .more").click()
    page.locator(".next").click()
    page.locator("#community").focus()


def test_initials_are_typed_and_the_place_is_chosen_with_keys(look):
    page = look()
    at_the_place(page)
    field, keys = page.locator("#community"), page.keyboard
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "false"
    keys.type("slz")
    page.locator(OPTIONS).nth(2).wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    first = field.get_attribute("aria-activedescendant")
    keys.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") != first
    assert page.locator('#community-list [aria-selected="true"]').count() == 1
    keys.press("Escape")
    page.locator("#community-list").wait_for(state="hidden")
    assert field.get_attribute("aria-activedescendant") is None
    field.fill("")
    keys.type("fhs")
    page.locator(OPTIONS, has_text=HILL).wait_for()
    keys.press("Enter")
    assert field.input_value() == HILL
    page.locator("#community-list").wait_for(state="hidden")
    assert page.locator("#address").is_visible(), "Enter took the place and went no further"
    page.fill("#address", "7栋101")
    page.locator(".next").click()
    page.locator("#offers .pill").first.wait_for()


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_the_open_list_is_sound(look, width, language):
    page = look(width, language)
    at_the_place(page)
    page.keyboard.type("shili")
    page.locator(OPTIONS).nth(2).wait_for()
    assert_sound(page)


def test_a_town_is_tapped_and_then_one_of_its_communities(look):
    page = look(360, has_touch=True, is_mobile=True)
    at_the_place(page)
    page.locator("#community").tap()
    page.keyboard.type("shili")
    page.locator(OPTIONS, has_text=TOWN).tap()
    page.locator(OPTIONS, has_text=TOWN).wait_for(state="detached")
    page.locator(OPTIONS, has_text=HILL).tap()
    assert page.locator("#community").input_value() == HILL
    page.locator("#community-list").wait_for(state="hidden")


def test_initials_that_are_sent_without_choosing_are_taken(look):
    page = look()
    at_the_place(page)
    page.keyboard.type("fhs")
    page.locator("#address").focus()
    page.locator("#community-list").wait_for(state="hidden")
    page.keyboard.type("7栋101")
    page.keyboard.press("Enter")
    page.locator("#offers .pill").first.wait_for()


def test_a_group_is_opened_where_initials_say(look):
    page = look(360, "en")
    page.goto("/g")
    page.locator("#community").focus()
    page.keyboard.type("fhs")
    page.locator(OPTIONS).first.wait_for()
    page.keyboard.press("Enter")
    assert page.locator("#community").input_value() == HILL
    assert_sound(page)


def test_the_counter_puts_on_the_waiting_list_with_the_keyboard(look, sqlite_record):
    page = look(staff=True)
    keys = page.keyboard
    page.goto("/clerk")
    page.locator("#who:focus").wait_for()
    keys.type("13700137999")
    keys.press("Enter")
    page.locator("#thing:focus").wait_for()
    keys.type("paper 2")
    keys.press("Enter")
    page.locator("#things li").wait_for()
    keys.press("F4")
    keys.type("fhs")
    keys.press("Enter")
    page.locator("#address:focus").wait_for()
    assert page.locator("#community").input_value() == HILL
    keys.type("7栋101")
    page.locator('[formaction="/clerk/waiting"]').focus()
    keys.press("Enter")
    page.locator("#fault-contact").wait_for()
    assert page.locator("#address").input_value() == "7栋101"
    page.fill("#contact", "李先生")
    page.locator('[formaction="/clerk/waiting"]').focus()
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/clerk\?waits="))
    page.locator('.said[role="status"]').wait_for()
    assert_sound(page)
    with sqlite_record.read() as session:
        (place,) = session.query(Waiting).all()
        assert session.query(AuditEvent).filter(AuditEvent.subject_id == str(place.id)).count() == 1


def test_what_is_typed_before_the_script_is_there_is_answered_too(look):
    page, held = look(staff=True, language="en"), []
    page.goto("/clerk")

    def hold(route):
        held.append(route)

    page.route("**/static/places.js*", hold)
    page.locator("#who").fill("13800138000")
    page.locator("#who").press("Enter")
    page.locator("#thing").focus()
    page.keyboard.type("paper")
    assert page.locator("#thing").get_attribute("role") is None, "the script waits"
    held[0].continue_()
    page.locator('#thing-list [role="option"]').first.wait_for()
    page.keyboard.press("Enter")
    page.locator("#things li").wait_for()
