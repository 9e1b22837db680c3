"""A dispatcher's day under way in a browser: a truck is out, the map is looked at, an order comes, it is accepted."""

import os
from datetime import UTC, datetime

import pytest
from made_plans import plan_of_day
from playwright.sync_api import expect
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import delete, select
from visitors import visitor

from recycling.board.comparing import newest_version
from recycling.board.desk import BoardDesk
from recycling.models import Booking, Message, Plan
from recycling.stop_names import stop_of
from web.app import create_app
from web.services import Services

NINE = datetime(2026, 3, 5, 1, tzinfo=UTC)  # 09:00 at the depot
WORDS = {
    "en": ("came since this proposal", "another vehicle", "As published", "taken in"),
    "zh-CN": ("又来了", "换了车", "原来", "新收进"),
}


@pytest.fixture(scope="module")
def desk_of(fleet):
    """One process for all tests of this file."""
    made = {}

    def desk(settings):
        return made.setdefault("desk", BoardDesk(settings, fleet))

    yield desk
    for one in made.values():
        one.close()


@pytest.fixture
def place(sqlite_record, booked, settings, catalogue, fleet, signed_in, day, now, monkeypatch, desk_of):
    """A server with a day of six bookings that is being driven: its address, cookies by role, the day's path."""
    for number, window in enumerate(("08:00-10:00", "10:00-12:00", "13:00-15:00")):
        booked(sqlite_record, 2, window=window, address=f"{number}栋", phone=f"1380013800{number}")
    plan_of_day(sqlite_record, settings, fleet, day, now)
    with sqlite_record.write() as session:
        session.execute(delete(Message))
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, board=desk_of(settings)))
    monkeypatch.setattr("recycling.clock.utc_now", lambda: NINE)
    people = {
        role: signed_in(app, role, at=NINE, phone=f"1390013900{k}").get_cookie("sign-in").value
        for k, role in enumerate(("dispatcher", "driver"))
    }
    with served(app) as base:
        yield base, people, f"/dispatch/DEP-01/{day}"


@pytest.fixture
def look(chromium, place):
    """Return a function that opens pages as the dispatcher; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, place[0], place[1]["dispatcher"]) as visit:
        yield visit


@pytest.fixture
def drive(chromium, place):
    """Return a function that opens pages as a driver."""
    with visitor(chromium, place[0], place[1]["driver"]) as visit:
        yield visit


def stops_of(record, day):
    """The stops of each vehicle in the plan in force, and that plan's version."""
    with record.read() as session:
        plan = newest_version(session, "DEP-01", day)
        return plan.version, {r.plate: [stop_of(v) for v in r.visits if not v.site_code] for r in plan.routes}


def shot(page, name):
    if os.environ.get("UNDER_SHOTS"):
        page.screenshot(path=f"{os.environ['UNDER_SHOTS']}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_a_truck_is_out_and_the_rest_of_the_day_is_mended(
    look, drive, place, sqlite_record, booked, day, width, language
):
    came, another, published, taken = WORDS[language]
    _, before = stops_of(sqlite_record, day)
    plate = max(before, key=lambda name: len(before[name]))
    page = look(width=width, language=language)
    page.goto(place[2])
    page.locator('nav.tabs a[href$="/under-way"]').click()
    page.locator("form select[name=vehicle]").first.wait_for()
    assert_sound(page)
    shot(page, f"page-{width}-{language}")

    # the truck is out: a proposal, on the map and in the list beside it
    page.locator("form select[name=vehicle]").first.select_option(plate)
    page.locator("form button.btn-primary").first.click()
    page.locator(".proposal-map.routes-drawn").wait_for()
    assert_sound(page)
    shot(page, f"proposal-{width}-{language}")
    rows = page.locator(".map-list tr[data-stop]")
    told_elsewhere = rows.filter(has_text=another).count()
    assert told_elsewhere == page.locator(".pin-fate-vehicle").count() > 0, "the map and the list say the same"
    assert page.locator(".pin-plate-pin").count() == page.locator(".route-keys .plate").count() == 2
    rows.first.locator(".find").click()
    expect(rows.first).to_have_class("chosen")
    page.get_by_role("button", name=published, exact=True).click()
    expect(page.locator('.map-shows [value="before"]')).to_have_attribute("aria-pressed", "true")

    # an order comes while it is looked at: it is said, and taken in with one press
    (new,) = booked(sqlite_record, 1, window="15:00-17:00", address="9栋9单元909", phone="13800138009")
    page.reload()
    page.locator(".new").filter(has_text=came).wait_for()
    assert new.reference in page.locator(".new").filter(has_text=came).inner_text()
    page.locator(".new form button").click()
    page.locator(".proposal-map.routes-drawn").wait_for()
    page.locator(".map-list tr[data-stop]").filter(has_text=new.reference).filter(has_text=taken).wait_for()
    assert page.locator(".pin-fate-new").count() == 1
    assert_sound(page)
    shot(page, f"asked-again-{width}-{language}")
    assert stops_of(sqlite_record, day)[0] == 1, "nothing is in force before it is accepted"

    # accepted: in force once, the crews' pages are others, residents hear of it once
    page.locator('button[value="accept"]').click()
    page.wait_for_url(lambda address: address.endswith(place[2]))
    version, after = stops_of(sqlite_record, day)
    assert version > 1
    everywhere = [stop for stops in after.values() for stop in stops]
    with sqlite_record.read() as session:
        plan = newest_version(session, "DEP-01", day)
        left = [stop_of(one) for one in plan.left_out]
        assert plan.happened["out"] == [plate]
        assert sorted((*everywhere, *left)) == sorted(
            [stop for stops in before.values() for stop in stops] + [f"b:{new.id}"]
        )
        reference = {f"b:{b.id}": b.reference for b in session.scalars(select(Booking))}
        told = [m.booking_id for m in session.scalars(select(Message)) if m.change != "booked"]
        assert len(told) == len(set(told)), "nobody is told twice"
        assert new.id in told, "the new order has its hours"
        assert len(session.scalars(select(Plan).where(Plan.draft.is_(True))).all()) == 0
    crew = drive(width=width, language=language)
    for name, stops in after.items():
        crew.goto(f"/crew/{name.replace('/', '%2F')}/{day}")
        shown = crew.locator("main").inner_text()
        for stop in everywhere:
            assert (reference[stop] in shown) == (stop in stops), (name, stop)
