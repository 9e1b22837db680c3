"""Village rounds in a browser: every page sound at both widths and in both languages; waiting for one from the form."""

from datetime import timedelta

import pytest
from filling import onward, what, whom
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from visitors import visitor

from recycling import clock, rounds
from recycling.accounts.actors import system
from recycling.booking import BookingRequest, Office
from recycling.deliveries import OrderWish
from web.app import create_app
from web.services import Services

WISH = rounds.RoundWish("东线", ("A-001",), every_days=2, quorum=4, latest_days=10)


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server with a round for which a household and a shop's order wait; base, round, household, a sign-in."""
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    found = rounds.make_round(office, WISH, "the-round-of-tests", system("test"), now)
    wish = BookingRequest(
        {"paper": 2, "fridge": 1}, "A-001", None, None, "3组5号", 1, False, None, "", "王女士", "13800138000"
    )
    waits = rounds.wait_for_round(office, wish, "waits-in-the-test", now)
    order = OrderWish("SO-1", "李女士", "13900139000", "A-001", None, None, "3组9号", 1, False, "fridge", None, "")
    with sqlite_record.write() as session:
        rounds.wait_with_order(session, office, order, "家电城", system("test"), now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    dispatcher = signed_in(app, "dispatcher", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, found, waits, dispatcher.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page; at the end none may have complained."""
    with visitor(chromium, place[0], place[3], always=False) as visit:
        yield visit


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_round_pages_at_both_widths_and_languages(look, place, width, language):
    _, found, waits, _ = place
    page = look(width, language)
    page.goto(f"/rounds/at/{waits.token}")
    assert_sound(page)
    desk = look(width, language, staff=True)
    for path in ("", "/new", f"/{found.id}", f"/{found.id}/change"):
        desk.goto(f"/clerk/rounds{path}")
        assert_sound(desk)
    desk.goto("/orders")
    assert_sound(desk)


def test_somebody_with_a_phone_waits_for_the_round_of_the_village(look, place):
    page = look(360, "en")
    what(page)
    onward(page)
    page.fill("#community", "社区A-001 · 示例镇")
    page.fill("#address", "3组7号")
    onward(page)
    page.get_by_text("so far 2 orders").wait_for()
    page.locator("#wait-round").click()
    whom(page, "赵先生", "13700137000")
    assert page.locator(".send").inner_text() == "Wait for the village round"
    page.locator(".send").click()
    page.wait_for_url("**/rounds/at/*")
    assert page.get_by_text("So far: 3 of 4 orders").is_visible()
    page.get_by_role("button", name="Wait no longer").click()
    page.get_by_role("heading", name="You wait no longer").wait_for()


def test_where_no_round_goes_the_form_does_not_offer_to_wait_for_one(look, place):
    page = look(360, "en")
    what(page)
    onward(page)
    page.fill("#community", "社区A-002 · 示例镇")
    page.fill("#address", "3组7号")
    onward(page)
    page.locator("#offers fieldset, #offers .lead").first.wait_for()
    assert page.locator("#wait-round").is_hidden()
