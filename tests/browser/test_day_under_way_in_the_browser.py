"""A day under way in a browser: a vehicle breaks down, the proposal is looked at and accepted."""

import os
from datetime import UTC, datetime

import pytest
from made_plans import plan_of_day
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select
from visitors import visitor

from recycling.board.desk import BoardDesk
from recycling.models import Plan
from web.app import create_app
from web.services import Services

NINE = datetime(2026, 3, 5, 1, tzinfo=UTC)  # 09:00 at the depot


@pytest.fixture
def place(sqlite_record, booked, settings, catalogue, fleet, signed_in, day, now, monkeypatch):
    """A server with a day of six bookings that is being driven: its address, a dispatcher's cookie, the day's path."""
    booked(sqlite_record, 6)
    plan_of_day(sqlite_record, settings, fleet, day, now)
    desk = BoardDesk(settings, fleet)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, board=desk))
    monkeypatch.setattr("recycling.clock.utc_now", lambda: NINE)
    dispatcher = signed_in(app, "dispatcher", at=NINE)
    with served(app) as base:
        yield base, dispatcher.get_cookie("sign-in").value, f"/dispatch/DEP-01/{day}"
    desk.close()


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the dispatcher; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]) as visit:
        yield visit


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_a_breakdown_is_said_looked_at_and_accepted(look, place, sqlite_record, width, language):
    page = look(width=width, language=language)
    page.goto(place[2])
    page.locator('nav.tabs a[href$="/under-way"]').click()
    page.locator("form select[name=vehicle]").first.wait_for()
    assert_sound(page)
    shots = os.environ.get("UNDER_SHOTS")
    if shots:
        page.screenshot(path=f"{shots}/page-{width}-{language}.png", full_page=True)
    with sqlite_record.read() as session:
        plate = session.scalars(select(Plan)).one().routes[0].plate
    page.locator("form select[name=vehicle]").first.select_option(plate)
    page.locator("form button.btn-primary").first.click()
    page.locator('button[value="accept"]').wait_for()
    assert_sound(page)
    if shots:
        page.screenshot(path=f"{shots}/proposal-{width}-{language}.png", full_page=True)
    page.locator('button[value="accept"]').click()
    page.wait_for_url(lambda address: address.endswith(place[2]))
    with sqlite_record.read() as session:
        newest = session.scalars(select(Plan).order_by(Plan.version.desc())).first()
        assert (newest.version, newest.draft, newest.happened["out"]) == (2, False, [plate])
