"""The page of a booking's progress in a browser: accessible at each width, in both languages, and it renews itself."""

import threading
from datetime import timedelta

import pytest
from made_plans import NINE, make_plan
from soundness import assert_sound

from recycling import clock
from recycling.models import Booking
from recycling.tracking import link
from web.app import create_app
from web.services import Services

PATIENCE = 120_000


@pytest.fixture
def pages(sqlite_record, booked, settings, catalogue, fleet, now, monkeypatch):
    """A server of the pages at 20 minutes to nine, and the paths of links in each state."""
    from waitress.server import create_server

    moment = NINE - timedelta(minutes=20)
    monkeypatch.setattr(clock, "utc_now", lambda: moment)
    first, mine, replanned, done = booked(sqlite_record, 4)
    make_plan(sqlite_record, mine, 1, before=[first])
    app = create_app(Services(sqlite_record, settings, catalogue, fleet))
    change(sqlite_record, mine, state="on_the_way")
    change(sqlite_record, done, state="collected", ended_at=moment)
    paths = {
        "on the way": link(mine, 1, app.secret_key, now, settings, opens_booking=True),
        "planned anew": link(replanned, 7, app.secret_key, now, settings),
        "ended": link(done, 1, app.secret_key, now, settings),
    }
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}", paths, first, mine
    server.close()
    thread.join(60)


def change(record, booking, **values):
    with record.write() as session:
        for name, value in values.items():
            setattr(session.get(Booking, booking.id), name, value)


@pytest.fixture
def phone(chromium, pages):
    contexts = []

    def make(**options):
        chosen = {"viewport": {"width": 360, "height": 780}, "locale": "zh-CN", **options}
        contexts.append(chromium.new_context(base_url=pages[0], **chosen))
        contexts[-1].set_default_timeout(PATIENCE)
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("options", [{"locale": "zh-CN"}, {"locale": "en"}, {"color_scheme": "dark"}])
def test_each_state_is_sound(phone, pages, width, options):
    page = phone(viewport={"width": width, "height": 780}, **options)
    for path in pages[1].values():
        page.goto(path)
        assert_sound(page)


def test_it_renews_itself_and_ends(phone, pages, sqlite_record):
    _, paths, first, mine = pages
    page = phone()
    page.goto(paths["on the way"])
    page.get_by_text("您前面还有 1 站").wait_for()
    change(sqlite_record, first, state="collected", ended_at=NINE)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("下一站就是您").wait_for()
    change(sqlite_record, mine, state="collected", ended_at=NINE)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("物品已收走").wait_for()


def test_31_following_a_link_on_the_page_tells_nobody_its_address(phone, pages):
    page = phone()
    page.goto(pages[1]["on the way"])
    told = []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.get_by_role("link", name="查看或修改预约").click()
    page.wait_for_url("**/b/*")
    assert told
    assert not any("/t/" in referer for referer in told)
