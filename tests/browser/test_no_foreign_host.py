"""Pages of the counter and of links with the network blocked: nothing is asked of a foreign host, and nothing lacks."""

from datetime import timedelta

import pytest
from camera import jpeg
from playwright.sync_api import Error
from serving import served

from recycling import clock, photos
from recycling.accounts.actors import Actor, Role, system
from recycling.accounts.rights import link_to
from recycling.booking import Office, groups, open_days, quotes, wait
from recycling.money.sellers import seller_of_phone
from recycling.settings import load_settings
from recycling.tracking import link
from web.app import create_app
from web.points import statement_token
from web.services import Services

CLERK = Actor("person", "clerk-1", Role.CLERK, frozenset({"DEP-01"}))
PAGES = {
    "counter": ["/clerk", "/clerk/scale", "/clerk/import", "/clerk/bookings/{booking}"],
    "points": ["/clerk/points", "/clerk/points/{seller}", "/clerk/sellers/{seller}", "/points/{statement}"],
    "contract": ["/clerk/contracts", "/clerk/contracts/new"],
    "group": ["/g", "/g/{code}", "/g/{code}/{member}", "/clerk/groups", "/clerk/groups/{group}"],
    "quote": ["/q/{quote}", "/clerk/quotes", "/clerk/quotes/new"],
    "photo": ["/b/{token}", "/b/{token}/move", "/b/{token}/amend", "/w/{waits}", "{progress}"],
}
LACKING = """() => [
  ...[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src),
  ...[...document.querySelectorAll('link[rel="stylesheet"]')].filter(link => !link.sheet).map(link => link.href),
]"""


@pytest.fixture
def place(sqlite_record, catalogue, fleet, booked, wish, tmp_path, signed_in):
    """A server with one of everything: its address, what opens the pages, and a clerk's cookie."""
    settings = load_settings(photos={"folder": str(tmp_path / "photos")}, booking={"link_days": 3660})
    now, office = clock.utc_now(), Office(sqlite_record, settings, catalogue, fleet)
    days = open_days(settings, now)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    (door,) = booked(sqlite_record, 1, items={"sofa": 1})
    photos.add(sqlite_record, settings, door, "item", jpeg(400, 300), link_to(door), now)
    waits = wait(office, wish(phone="13700137000", day=days[1]), days[2], "waits-of-the-test", now)
    group = groups.open_group(
        office,
        groups.GroupWish("A-001", "荷叶街1号", days[3], "households", 9),
        "group-of-the-test",
        now,
        system("test"),
    )
    request = wish(phone="13600136000", address="101", community="", day=None, window="")
    member = groups.join(office, group.code, request, "joins-of-the-test", now).member
    lines = [quotes.QuoteDraftLine("sofa", pieces=2)]
    draft = quotes.QuoteDraft(
        scene="school", community="A-001", address="朝阳小学", contact="陈老师", phone="13800138000",
        valid_until=days[3], lines=lines,
    )  # fmt: skip
    quote = quotes.send_quote(office, quotes.save_quote(office, draft, "quote-of-the-test", CLERK, now).id, CLERK, now)
    with sqlite_record.write() as session:
        seller = seller_of_phone(session, "13800138000", now)
    with app.app_context():
        statement = statement_token(seller)
    opens = {
        "booking": door.id, "token": door.token, "waits": waits.token, "group": group.id, "code": group.code,
        "member": member.token, "quote": quote.token, "seller": seller.id, "statement": statement,
        "progress": link(door, 1, app.secret_key, now, settings),
    }  # fmt: skip
    cookie = signed_in(app, "clerk", ["DEP-01"], at=now - timedelta(minutes=1)).get_cookie("sign-in").value
    with served(app) as base:
        yield base, opens, cookie


@pytest.mark.parametrize("kind", PAGES)
def test_with_the_network_blocked_every_page_is_whole(chromium, place, kind):
    base, opens, cookie = place
    asked, failed, said = [], [], []
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=base)
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "sign-in", "value": cookie, "url": base}])

    def gate(route):
        if route.request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    page = context.new_page()
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES[kind]:
        page.goto(path.format(**opens))
        page.wait_for_load_state("networkidle")
        for picture in page.locator("img").all():
            picture.scroll_into_view_if_needed()
            picture.evaluate("picture => picture.decode()")
        assert page.evaluate(LACKING) == [], path
    assert (asked, failed, said) == ([], [], [])
    with pytest.raises(Error):  # the control: what a page would ask elsewhere is seen, and does not get out
        page.goto("https://tiles.example/1/2/3.png")
    assert asked == ["https://tiles.example/1/2/3.png"]
    context.close()
