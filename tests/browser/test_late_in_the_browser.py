"""A crew is late: the dispatcher says so with the keyboard, a resident moves away, another one asks the dispatcher."""

import os
from datetime import timedelta

import pytest
from made_plans import MINUTE, NINE, make_plan
from serving import served
from soundness import assert_sound

from recycling import clock
from recycling.holidays import Closed, Holidays
from recycling.models import Booking
from web.app import create_app
from web.services import Services

DAY = "/dispatch/DEP-01/2026-03-05"
AT = NINE + 10 * MINUTE


@pytest.fixture
def pages(sqlite_record, booked, settings, catalogue, fleet, now, monkeypatch, signed_in):
    """A server of the pages at ten past nine, a dispatcher's cookie, and two bookings on a route."""
    monkeypatch.setattr(clock, "utc_now", lambda: AT)
    made = booked(sqlite_record, 2)
    make_plan(sqlite_record, made[1], 1, begins=NINE + 40 * MINUTE, before=made[:1])
    with sqlite_record.write() as session:
        for booking in made:
            session.get(Booking, booking.id).state = "planned"
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    client = signed_in(app, "dispatcher", at=AT)
    cookie = next(c for c in client._cookies.values() if "sign-in" in c.key)
    with served(app) as base:
        yield base, cookie, made


def shot(page, name):
    if folder := os.environ.get("LATE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (360, "en")])
def test_a_late_crew_from_the_desk_to_the_door(screen, pages, width, language):
    size = {"viewport": {"width": width, "height": 800}, "locale": language}
    first, second = pages[2]
    desk, phone = screen(staff=True, **size), screen(**size)
    phone.goto(f"/b/{first.token}")
    phone.locator(".ask summary").press("Enter")
    phone.locator('.ask input[value="move"]').check()
    phone.fill("#ask-note", "18:00")
    phone.locator(".ask .btn-primary").press("Enter")
    phone.locator(".said").wait_for()
    assert_sound(phone)
    shot(phone, f"asked-{width}")

    desk.goto(DAY)
    desk.locator(".asked a").wait_for()
    desk.fill("#behind-1", "25")
    desk.locator("#behind-1").press("Enter")
    desk.locator(".said").wait_for()
    assert desk.locator("td small.late").count() == 2
    assert_sound(desk)
    shot(desk, f"behind-{width}")
    row = desk.locator(f'tr[data-reference="{second.reference}"]')
    row.locator('.word:has(input[name="at"]) summary').press("Enter")
    row.locator('input[name="at"]').fill("10:30")
    row.locator('input[name="at"]').press("Enter")
    desk.locator(f'tr[data-reference="{second.reference}"] small.late', has_text="10:30").wait_for()
    desk.goto("/clerk")
    desk.locator(f'a[href="/clerk/bookings/{first.id}"]').click()
    desk.locator("#answer").wait_for()
    assert_sound(desk)
    shot(desk, f"decide-{width}")

    phone.goto(f"/b/{second.token}")
    phone.locator(".lead.late").wait_for()
    assert_sound(phone)
    shot(phone, f"late-{width}")
    phone.locator(f'a[href="/b/{second.token}/move"]').click()
    slot = f"{second.service_day + timedelta(days=2)} 13:00-15:00"
    phone.locator(f'input[value="{slot}"]').check()
    phone.locator(".sum-actions .btn-primary").click()
    phone.wait_for_url(f"**/b/{second.token}")
    desk.goto(DAY)
    assert desk.locator(f'tr[data-reference="{second.reference}"] small.gone').count() == 1


@pytest.mark.parametrize(("width", "language"), [(360, "zh-CN"), (1280, "en")])
def test_a_closed_day_with_the_keyboard(screen, pages, settings, monkeypatch, width, language):
    storm = Closed(**{"from": pages[2][0].service_day, "zh": "暴雨", "en": "Storm"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(storm,)))
    desk = screen(staff=True, viewport={"width": width, "height": 800}, locale=language)
    desk.goto(DAY)
    desk.locator(f'a[href="{DAY}/closed"]').press("Enter")
    desk.locator("ul.rows li").first.wait_for()
    assert_sound(desk)
    desk.locator(f'form[action="{DAY}/closed"] button').press("Enter")
    button = desk.locator(f'form[action="{DAY}/closed/move"] button')
    button.wait_for()
    assert_sound(desk)
    shot(desk, f"closed-{width}")
    button.press("Enter")
    desk.locator(".said").wait_for()
    assert_sound(desk)
    shot(desk, f"cleared-{width}")
