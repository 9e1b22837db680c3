"""A partner's trip at phone and desk width, in both languages: announced, looked for, accepted, given back, paid."""

from datetime import timedelta

import pytest
import time_machine
from admitting import admit
from serving import served
from soundness import EVERY_WIDTH, assert_sound
from sqlalchemy import select
from visitors import visitor

from recycling import clock, spare
from recycling.booking import open_days
from recycling.models import SpareOffer
from recycling.partner_companies import Partners
from web.app import create_app
from web.services import Services


@pytest.fixture
def settings(settings):
    """The first partner of the file collects paper in the town too."""
    first, *_ = settings.partners.partner
    mine = first.model_copy(
        update={"areas": ("A-",), "materials": ("paper", "appliances"), "weekdays": tuple(range(1, 8))}
    )
    vars(settings)["partners"] = Partners(partner=(mine,))
    return settings


@pytest.fixture
def pages(sqlite_record, settings, catalogue, fleet, signed_in, office, wish):
    """A server of the test's own with two pickups of a day that is open, and sign-ins of a partner and a dispatcher."""
    from recycling.booking import book

    now = clock.utc_now()
    day = open_days(settings, now)[1]
    for number, lonlat in enumerate(((107.473, 31.203), (107.476, 31.206))):
        wanted = wish(items={"paper": 2}, lon=lonlat[0], lat=lonlat[1], day=day, window="10:00-12:00")
        book(office(sqlite_record), wanted, f"a-key-of-the-test-{number}", now, "demo")
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    before = now - timedelta(minutes=1)
    own = admit(sqlite_record, settings, signed_in(app, "partner", at=before), "example-appliances")
    partner = own.get_cookie("sign-in").value
    staff = signed_in(app, "dispatcher", ["DEP-01"], phone="13900139001", at=before).get_cookie("sign-in").value
    with served(app) as base:
        yield base, partner, staff, day


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_a_trip_from_its_announcement_to_its_statement(chromium, pages, sqlite_record, office, width, language):
    base, partner, staff, day = pages
    with visitor(chromium, base, partner) as as_partner, visitor(chromium, base, staff) as as_staff:
        page = as_partner(width, language, refused=True)
        page.goto("/trips")
        assert_sound(page)
        page.locator('a[href="/trips/new"]').click()
        page.wait_for_url("**/trips/new")
        assert_sound(page)
        for name, text in (
            ("id", "T-1"),
            ("start", "社区A-001"),
            ("kg", "300"),
            ("litres", "2000"),
            ("ask_visit", "2"),
        ):
            page.locator(f"#{name}").fill(text)
        page.locator("#day").fill(day.isoformat())
        page.locator("#window").fill("08:00-18:00")
        page.locator("#places").fill("社区A-002")
        page.locator("#detour").fill("60")
        page.locator("main .btn-primary").press("Enter")
        page.locator(".faults").wait_for()  # nothing that it may carry
        assert_sound(page)
        page.locator('[name="materials"][value="paper"]').check()
        page.locator("#drops").select_option("CEN-01")
        page.locator("main .btn-primary").press("Enter")
        page.locator("ol li").first.wait_for()
        assert_sound(page)
        trip = page.url

        desk = as_staff(width, language)
        desk.goto(trip)
        desk.locator('form[action$="/look"] button').press("Enter")
        desk.locator('form[action$="/answer"] li').first.wait_for()
        assert desk.locator('form[action$="/answer"] li').count() == 2
        assert_sound(desk)

        page.goto(trip)
        assert "王女士" not in page.content()
        page.locator('[name="offer"]').last.uncheck()
        assert_sound(page)
        page.locator('button[value="accept"]').press("Enter")
        page.get_by_text("王女士").first.wait_for()
        page.locator('form[action$="/number"] button').press("Enter")
        page.get_by_text("13800138000").wait_for()
        assert_sound(page)

        with sqlite_record.read() as session:
            taken = session.scalars(select(SpareOffer).where(SpareOffer.state == "accepted")).one()
        later = taken.begins_at + timedelta(hours=1)
        with time_machine.travel(later):
            from recycling.accounts.actors import system

            spare.collected(office(sqlite_record), taken.id, {"paper": 21.5}, None, system("test"), later)
        page.goto(trip)
        page.get_by_text("21.5 kg").first.wait_for()
        assert_sound(page)
        page.goto(f"/trips/statement?day={day}")
        page.locator("tbody tr").wait_for()
        assert_sound(page)
        desk.goto(f"/trips?day={day}")
        assert desk.locator(".tile").count() == 5
        assert_sound(desk)
