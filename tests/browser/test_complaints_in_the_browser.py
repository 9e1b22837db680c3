"""A price is refused, another one taken under protest, a resident complains, and the counter answers."""

import os
from datetime import timedelta

import pytest
from serving import served
from soundness import assert_sound

from recycling import clock
from recycling.booking import life
from recycling.models import Booking
from web.app import create_app
from web.services import Services


@pytest.fixture
def pages(sqlite_record, booked, settings, catalogue, fleet, now, monkeypatch, signed_in):
    """A server of the pages in the middle of a window, a clerk's cookie, and two bookings on a route."""
    made = booked(sqlite_record, 2, items={"fridge": 1, "paper": 2})
    with sqlite_record.write() as session:
        for one in made:
            booking = session.get_one(Booking, one.id)
            life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    at = made[0].promise_start + timedelta(minutes=40)
    monkeypatch.setattr(clock, "utc_now", lambda: at)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    client = signed_in(app, "clerk", at=at)
    cookie = next(c for c in client._cookies.values() if "sign-in" in c.key)
    with served(app) as base:
        yield base, cookie, made


def shot(page, name):
    if folder := os.environ.get("COMPLAINT_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def weigh(desk, booking, protest):
    desk.goto(f"/clerk/scale?reference={booking.reference}")
    desk.fill("#yuan-0", "40")
    desk.fill('input[name="kg-0"]', "6.5")
    desk.check('input[name="pay_in"][value="yuan"]', force=True)
    desk.fill("#protest", protest)


@pytest.mark.parametrize(("width", "language"), [(360, "zh-CN"), (1280, "en")])
def test_from_the_scale_to_the_answer(screen, pages, width, language):
    size = {"viewport": {"width": width, "height": 800}, "locale": language}
    first, second = pages[2]
    desk, phone = screen(staff=True, **size), screen(**size)
    weigh(desk, first, "")
    desk.locator('button[name="refuse"]').press("Enter")
    desk.locator("#fault-protest").wait_for()
    assert_sound(desk)
    shot(desk, f"refusing-{width}")
    weigh(desk, first, "上次说好 60 元" if language == "zh-CN" else "I was promised 60")
    desk.locator('button[name="refuse"]').press("Enter")
    desk.locator(".facts").wait_for()
    assert_sound(desk)
    shot(desk, f"refused-{width}")
    phone.goto(f"/b/{first.token}")
    phone.locator("#refused-1").wait_for()
    assert_sound(phone)
    shot(phone, f"resident-refused-{width}")

    weigh(desk, second, "称重太轻" if language == "zh-CN" else "the scale stood askew")
    desk.locator("#protest").press("Enter")
    desk.locator(".bought").wait_for()
    assert_sound(desk)
    shot(desk, f"protested-{width}")
    phone.goto(f"/b/{second.token}")
    phone.locator(".complain summary", has_text="反映" if language == "zh-CN" else "not right").press("Enter")
    phone.locator('input[value="behaviour"]').check()
    phone.fill("#complaint", "楼道弄脏了，没有打扫。" if language == "zh-CN" else "The stairs were left dirty.")
    assert_sound(phone)
    shot(phone, f"complaining-{width}")
    phone.locator(".complain .btn-primary").press("Enter")
    phone.wait_for_url(f"**/b/{second.token}#complaints")
    assert_sound(phone)
    shot(phone, f"complained-{width}")

    desk.goto("/clerk")
    desk.locator('a[href="/clerk/complaints"]').press("Enter")
    desk.locator("ul.rows li").first.wait_for()
    assert desk.locator("ul.rows li").count() == 2
    assert_sound(desk)
    shot(desk, f"list-{width}")
    desk.locator("ul.rows a").first.press("Enter")
    desk.locator("#answer").wait_for()
    assert_sound(desk)
    shot(desk, f"proof-{width}")
    desk.fill("#answer", "已补差价。" if language == "zh-CN" else "We pay the difference.")
    desk.locator("#answer").press("Tab")
    desk.keyboard.press("Enter")
    desk.locator("#answer").wait_for(state="detached")
    assert_sound(desk)
    shot(desk, f"answered-{width}")
    desk.goto(f"/clerk/bookings/{second.id}")
    desk.locator("summary", has_text="登记投诉" if language == "zh-CN" else "Take down a complaint").press("Enter")
    assert_sound(desk)
    shot(desk, f"clerk-booking-{width}")
    phone.reload()
    phone.locator("#complaints small").nth(2).wait_for()
    assert_sound(phone)
    shot(phone, f"read-{width}")
