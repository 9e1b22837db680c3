"""What was said at booking can be mended on the booking's page: place, mark, way in, kind of place, order, language."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, PinAnswer

ENGLISH = {"Accept-Language": "en"}
HERE, THERE = "社区A-001 · 示例镇", "社区A-002 · 示例镇"


@pytest.fixture
def made(sqlite_record, booked):
    """Booked at the middle of its community, without a mark."""
    return booked(sqlite_record, 1, community="A-001", lon=None, lat=None)[0]


def entries(client, path):
    """What a browser would send of the page that changes a booking, if nothing was touched."""
    page = client.get(path, headers=ENGLISH)
    text = page.text[page.text.index('<form method="post" action="' + path) :]
    boxes = re.sub(r'<input type="checkbox"(?![^>]*checked)[^>]*>', "", text)
    sent = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', boxes))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
        sent[name] = re.search(r'value="([^"]+)"[^>]* selected', options).group(1)
    return {k: v for k, v in sent.items() if not k.startswith("item-") or v != "0"} | {
        "note": re.search(r'name="note"[^>]*>([^<]*)<', text).group(1)
    }


def read(record, made):
    with record.read() as session:
        return session.get_one(Booking, made.id)


@pytest.mark.parametrize("role", ["", "clerk"])
def test_a_page_that_nobody_touched_changes_nothing(client, app, signed_in, made, sqlite_record, role):
    who, path = client, f"/b/{made.token}/amend"
    if role:
        who, path = signed_in(app, role), f"/clerk/bookings/{made.id}/amend"
    sent = entries(who, path)
    assert (sent["community"], sent["lon"], sent["lat"]) == (HERE, "", "")
    assert ("phone" in sent) is bool(role), "who holds the link is not shown the number"
    assert who.post(path, data=sent).status_code == 303
    assert read(sqlite_record, made).version == made.version


def test_a_resident_mends_all_that_the_form_asked(client, made, sqlite_record):
    path = f"/b/{made.token}/amend"
    change = {
        "community": THERE,
        "scene": "shop",
        "standing": "gate",
        "height_limit": "3.2",
        "trade_in": "HX-2026-7",
        "language": "en",
    }
    assert client.post(path, data=entries(client, path) | change).status_code == 303
    now = read(sqlite_record, made)
    assert (now.community_code, now.place) == ("A-002", "社区A-002")
    assert (now.lon, now.lat) != (made.lon, made.lat), "unmarked it stands in the middle of the new community"
    kept = (now.scene, now.standing, now.height_limit, now.trade_in, now.language)
    assert kept == ("shop", "gate", 3.2, "HX-2026-7", "en")
    assert "HX-2026-7" in client.get(f"/b/{made.token}").text
    assert entries(client, path)["height_limit"] == "3.2"
    again = client.get(f"/b/{made.token}/again").text
    assert re.search(r'name="height_limit"[^>]* value="3.2"', again)
    assert "HX-2026-7" not in again, "the same again belongs to no order of before"


def test_a_mark_is_kept_shown_and_taken_away_again(client, made, sqlite_record):
    path = f"/b/{made.token}/amend"
    marked = {"lon": f"{made.lon + 0.0007:.6f}", "lat": f"{made.lat:.6f}"}
    client.post(path, data=entries(client, path) | marked)
    assert read(sqlite_record, made).lon == pytest.approx(made.lon + 0.0007, abs=1e-6)
    assert float(entries(client, path)["lon"]) == float(marked["lon"])
    client.post(path, data=entries(client, path) | {"lon": "", "lat": ""})
    assert (read(sqlite_record, made).lon, read(sqlite_record, made).lat) == (made.lon, made.lat)


def test_a_doubtful_mark_is_asked_about_once(client, made, sqlite_record):
    path = f"/b/{made.token}/amend"
    far = {"lon": f"{made.lon + 0.03:.6f}", "lat": f"{made.lat:.6f}"}
    asked = client.post(path, data=entries(client, path) | far, headers=ENGLISH)
    assert asked.status_code == 422
    assert 'name="pin" value="given"' in asked.text
    assert '<details class="door more-fields" open' in asked.text
    assert client.post(path, data=entries(client, path) | far | {"pin": "given"}).status_code == 303
    with sqlite_record.read() as session:
        assert session.scalar(select(PinAnswer.lon)) == pytest.approx(float(far["lon"]))
    answer = client.post(path, data=entries(client, path) | {"note": "后门", "address": "另一栋2单元"})
    assert answer.status_code == 303, "a mark that stays is not asked about again"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"height_limit": "0.4"}, "A way in of 0.4 m is not possible."),
        ({"height_limit": "low"}, "low is no height in metres"),
        ({"scene": "moon"}, "moon is not one of the choices"),
        ({"community": "no such place", "lon": "107.48", "lat": "31.2"}, "We do not know this community."),
        ({"lon": "10", "lat": "10"}, "This place is outside"),
        ({"trade_in": "x" * 41}, "longer than 40 characters"),
    ],
)
def test_what_is_wrong_is_told_as_at_booking_and_changes_nothing(client, made, sqlite_record, change, said):
    path = f"/b/{made.token}/amend"
    answer = client.post(path, data=entries(client, path) | change, headers=ENGLISH)
    assert answer.status_code == 422
    assert said in answer.text
    assert read(sqlite_record, made).version == made.version


def test_only_staff_change_the_number(client, app, signed_in, made, sqlite_record):
    path = f"/b/{made.token}/amend"
    client.post(path, data=entries(client, path) | {"phone": "13700137000", "note": "x"})
    assert read(sqlite_record, made).phone == made.phone
    clerk, path = signed_in(app, "clerk"), f"/clerk/bookings/{made.id}/amend"
    assert clerk.post(path, data=entries(clerk, path) | {"phone": "13700137000"}).status_code == 303
    assert read(sqlite_record, made).phone == "+8613700137000"


def test_the_form_takes_the_number_of_a_trade_in_order(client, form, sqlite_record):
    assert client.post("/book", data=form(trade_in="HX-1")).status_code == 303
    with sqlite_record.read() as session:
        assert session.scalar(select(Booking.trade_in)) == "HX-1"
    answer = client.post("/book", data=form(trade_in="x" * 41), headers=ENGLISH)
    assert "longer than 40 characters" in answer.text
