"""Groups in a browser: every page sound at both widths and in both languages; joining by the keyboard alone."""

from datetime import timedelta

import pytest
from serving import served
from soundness import EVERY_WIDTH, assert_sound

from recycling import clock
from recycling.accounts.actors import system
from recycling.booking import BookingRequest, Office, groups, open_days
from recycling.models import GroupMember
from web.app import create_app
from web.services import Services


@pytest.fixture
def place(sqlite_record, settings, catalogue, fleet, signed_in):
    """A server with a group of one household that needs two, and one that ended; base, both, a member, a sign-in."""
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    last = open_days(settings, now)[3]
    made = [
        groups.open_group(
            office,
            groups.GroupWish("A-001", f"荷叶街{n}号", last, "households", 2, last, "13:00-15:00"),
            f"group-test-{n}",
            now,
            system("test"),
        )
        for n in (1, 2)
    ]
    wish = BookingRequest(
        {"paper": 2, "fridge": 1}, "", None, None, "2单元501", 5, False, None, "", "王女士", "13800138000"
    )
    members = [groups.join(office, group.code, wish, "joins-of-the-test", now).member for group in made]
    groups.call_off(office, made[1].id, "重复", system("test"), now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    clerk = signed_in(app, "clerk", ["DEP-01"], at=now - timedelta(minutes=1))
    with served(app) as base:
        yield base, made, members, clerk.get_cookie("sign-in").value


@pytest.fixture
def look(chromium, place):
    """Return a function that opens a page; at the end none may have complained."""
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN", staff=False):
        base, token = place[0], place[3]
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=base)
        context.set_default_timeout(60_000)
        if staff:
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


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_group_pages_at_both_widths_and_languages(look, place, width, language):
    _, (gathers, ended), (member, gone), _ = place
    page = look(width, language)
    own = f"/g/{gathers.code}/{member.token}"
    for path in ("/g", f"/g/{gathers.code}?said=opened", f"/g/{ended.code}", own, f"/g/{ended.code}/{gone.token}"):
        page.goto(path)
        for part in page.locator("summary").all():
            if part.evaluate("e => !e.parentElement.open"):
                part.click()
        assert_sound(page)
    desk = look(width, language, staff=True)
    for path in ("/clerk/groups", f"/clerk/groups/{gathers.id}"):
        desk.goto(path)
        for part in desk.locator("summary").all():
            part.click()
        assert_sound(desk)


def test_a_neighbour_joins_with_the_keyboard_and_the_truck_is_booked(look, place, sqlite_record):
    _, (gathers, _), _, _ = place
    page, keys = look(360), None
    keys = page.keyboard
    page.goto("/g")
    page.locator("#code").focus()
    keys.type(gathers.code)
    keys.press("Enter")
    page.wait_for_url(f"**/g/{gathers.code}")
    for field, text in (("item-paper", "3"), ("address", "1单元201"), ("contact", "李先生"), ("phone", "13900139000")):
        page.locator(f"#{field}").focus()
        keys.press("Control+A")
        keys.type(text)
    keys.press("Enter")
    page.wait_for_url(f"**/g/{gathers.code}/*")
    assert page.locator('a[href^="/b/"]').count() == 1
    with sqlite_record.read() as session:
        members = session.query(GroupMember).filter(GroupMember.group_id == gathers.id).all()
    assert len(members) == 2
    assert all(member.booking_id for member in members)
