"""The dispatcher's board in a browser: chosen, dragged, judged, kept in a draft, undone, compared, published."""

import re
from datetime import timedelta

import pytest
from made_plans import plan_of_day
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select
from visitors import visitor

from recycling import clock
from recycling.board.desk import BoardDesk
from recycling.models import Booking, LeftOut, Plan, PlanEdit
from web.app import create_app
from web.services import Services


@pytest.fixture
def now():
    return clock.utc_now()


@pytest.fixture
def day(settings, now):
    """A day on which somebody drives and that is open at whatever hour this runs: tomorrow closes in the evening."""
    day = settings.clock.today(now) + timedelta(days=2)
    while settings.holidays.on(day):
        day += timedelta(days=1)
    return day


@pytest.fixture(scope="module")
def desk(fleet):
    from recycling.settings import load_settings

    made = BoardDesk(load_settings(), fleet)
    yield made
    made.close()


@pytest.fixture
def place(sqlite_record, booked, settings, catalogue, fleet, signed_in, day, now, desk):
    """A server with a planned day of ten bookings: its address, a dispatcher's cookie, the path of the day."""
    booked(sqlite_record, 10)
    plan_of_day(sqlite_record, settings, fleet, day, now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, board=desk))
    dispatcher = signed_in(app, "dispatcher", at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, dispatcher.get_cookie("sign-in").value, f"/dispatch/DEP-01/{day}"


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the dispatcher; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]) as visit:
        yield visit


@pytest.fixture
def read(sqlite_record):
    """Return a function that reads what a query finds."""

    def found(query):
        with sqlite_record.read() as session:
            return session.scalars(query).all()

    return found


def answered(page, deed):
    """Do something and wait for the answer that it asks for."""
    with page.expect_response(lambda answer: "/board/answer" in answer.url):
        deed()
    page.locator("#panel .answer p").first.wait_for()
    return page.locator("#panel .answer").first.inner_text()


def test_a_visit_is_left_out_and_put_back_by_keyboard_undone_and_published(look, place, read):
    page, path = look(language="en"), place[2]
    page.goto(path)
    page.get_by_role("link", name="Board").click()
    page.wait_for_selector(".day-board.drawn")
    first = page.locator(".lane [data-stop]").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel form[data-ask]")
    assert page.evaluate("document.activeElement.tagName") == "H2", "who reads by ear hears what is chosen"
    stop = first.get_attribute("data-stop")
    leave = page.locator("#panel details").filter(has_text="Leave it out")
    leave.locator("summary").press("Enter")
    leave.get_by_label("Reason").fill("the gate is closed")
    leave.get_by_role("button", name="Do it").press("Enter")
    page.wait_for_url(re.compile("version=2"))
    assert "Draft 2" in page.locator(".draft-head").inner_text()
    assert "Left out by hand: the gate is closed" in page.locator(".off").inner_text()
    assert [one.reason for one in read(select(LeftOut))] == ["by-hand"]
    assert page.locator(f'.lane [data-stop="{stop}"]').count() == 0
    page.get_by_role("button", name="Undo the last change").press("Enter")
    page.wait_for_selector(f'.lane [data-stop="{stop}"]')
    assert read(select(PlanEdit)) == []
    page.locator(f'.lane [data-stop="{stop}"]').click()
    page.wait_for_selector("#panel form[data-ask]")
    page.locator("#panel details").filter(has_text="Lock it").locator("summary").press("Enter")
    page.locator("#panel details").filter(has_text="Lock it").get_by_role("button", name="Do it").click()
    page.wait_for_url(re.compile("stop="))
    assert "🔒" in page.locator(f'.lane [data-stop="{stop}"]').inner_text()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(path + "$"))
    assert "Version 2" in page.locator(".version").inner_text()
    assert [(plan.version, plan.draft) for plan in read(select(Plan).order_by(Plan.version))] == [
        (1, False),
        (2, False),
    ]
    assert {booking.state for booking in read(select(Booking))} == {"planned"}


def test_a_dragged_visit_is_judged_where_it_is_held_and_kept_where_it_is_dropped(look, place, read):
    page, path = look(language="en"), place[2]
    page.goto(path + "/board")
    page.wait_for_selector(".day-board.drawn")
    lane = page.locator(".lane").filter(has=page.locator("[data-stop]")).first
    bars = lane.locator("[data-stop]")
    order = [bar.get_attribute("data-stop") for bar in bars.all()]
    page.wait_for_selector(".board-map.routes-drawn")
    moved, target = bars.nth(0), bars.nth(2)
    here, there = moved.bounding_box(), target.bounding_box()
    page.mouse.move(here["x"] + 6, here["y"] + 12)
    page.mouse.down()
    page.mouse.move(here["x"] + 14, here["y"] + 14, steps=3)
    page.wait_for_selector("#panel form[data-ask]")
    page.mouse.move(there["x"] + there["width"] + 2, there["y"] + 12, steps=6)
    page.wait_for_selector(".track.fits, .track.breaks")
    said = page.locator("#panel .answer").first.inner_text()
    assert "This can be driven." in said
    page.mouse.up()
    assert page.evaluate("document.activeElement.value") == "keep"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("version=2"))
    now = [bar.get_attribute("data-stop") for bar in page.locator(".lane [data-stop]").all()]
    assert now[:3] == [order[1], order[2], order[0]]
    (edit,) = read(select(PlanEdit))
    assert (edit.asked["kind"], edit.asked["stop"]) == ("move", order[0])


def test_what_breaks_a_promise_cannot_be_kept_and_says_by_how_much(look, place, sqlite_record):
    page, path = look(language="en", refused=True), place[2]
    with sqlite_record.write() as session:
        for booking in session.scalars(select(Booking)).all()[:1]:
            booking.promise_start += timedelta(hours=6)
            booking.promise_end += timedelta(hours=6)
            booking.working_start, booking.working_end = booking.promise_start, booking.promise_end
            late = f"b:{booking.id}"
    page.goto(path + "/board")
    page.wait_for_selector(".day-board.drawn")
    page.locator(f'.lane [data-stop="{late}"]').click()
    page.wait_for_selector("#panel form[data-ask]")
    form = page.locator("#panel form[data-ask]").first
    said = answered(page, lambda: (form.get_by_label("Hour").fill("07:30"), form.get_by_label("Hour").blur()))
    assert re.search(r"begins \d+ min outside the hours", said)
    assert form.get_by_role("button", name="Do it").is_disabled()


def test_a_second_dispatcher_sees_the_difference_and_does_it_again(look, place, signed_in, read):
    page, path = look(language="en", refused=True), place[2]
    page.goto(path + "/board")
    page.wait_for_selector(".day-board.drawn")
    stops = [bar.get_attribute("data-stop") for bar in page.locator(".lane [data-stop]").all()]
    for number, stop in enumerate(stops[:2], 1):  # two drafts of the same person stand for two persons'
        page.goto(f"{path}/board?version=1&stop={stop}")
        leave = page.locator("#panel details").filter(has_text="Leave it out")
        leave.locator("summary").click()
        leave.get_by_label("Reason").fill(f"reason {number}")
        leave.get_by_role("button", name="Do it").click()
        page.wait_for_url(re.compile(f"version={number + 1}"))
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(path + "$"))
    page.goto(f"{path}/board?version=2")
    assert "Another plan came into force" in page.locator(".draft-head").inner_text()
    assert page.get_by_role("button", name="Publish", exact=True).count() == 0
    page.get_by_role("link", name="Look at the difference").click()
    page.wait_for_selector("#difference")
    assert "2 visits are at another hour" in page.inner_text("main") or "visits are at another" in page.inner_text(
        "main"
    )
    page.go_back()
    page.get_by_role("button", name="Do my changes again").click()
    page.wait_for_url(re.compile("version=4"))
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(path + "$"))
    reasons = [left.figures["why"] for left in read(select(LeftOut).join(Plan).where(Plan.version == 4))]
    assert sorted(reasons) == ["reason 1", "reason 2"]


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_the_pages_are_sound(look, place, width, language):
    page, path = look(width=width, language=language), place[2]
    page.goto(path + "/board")
    page.wait_for_selector(".board-map.routes-drawn")
    page.locator(".lane [data-stop]").first.click()
    page.wait_for_selector("#panel form[data-ask]")
    assert_sound(page)
    page.locator(".lane-name").first.click()
    page.wait_for_selector("#panel form[data-ask]")
    assert_sound(page)
    page.goto(path + "/board/versions")
    assert_sound(page)
