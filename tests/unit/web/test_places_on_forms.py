"""Places that somebody used before, and the question about a doubtful mark, on the forms of residents and clerks."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, Community
from routing.roads.crs import from_wgs84

ENGLISH = {"Accept-Language": "en"}


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def test_a_signed_in_resident_sees_own_places_and_nobody_else_does(app, client, signed_in, booked, sqlite_record):
    (made,) = booked(sqlite_record, 1, phone="13800138000")
    mine = signed_in(app, "resident", phone="13800138000").get("/book").text
    button = re.search(r"<button[^>]*data-community=[^>]*>", mine).group(0)
    assert f'data-address="{made.address}"' in button
    assert f'data-lon="{made.lon}"' in button
    for other in (client, signed_in(app, "resident", phone="13700137000"), signed_in(app, "clerk")):
        assert made.address not in other.get("/book").text


@pytest.fixture
def shifted(sqlite_record, booked):
    """A wish whose mark lies as if a Chinese map's position of its community had been read as one of GPS."""
    (made,) = booked(sqlite_record, 1)
    with sqlite_record.read() as session:
        named = session.scalars(select(Community).order_by(Community.population.desc())).first()
    ((lon, lat),) = from_wgs84([(named.lon, named.lat)], "gcj02").tolist()
    return {
        "item-microwave": "1",
        "community": f"{named.name} · {named.town}",
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "address": "1栋1号",
        "floor": "1",
        "contact": "赵",
        "phone": "13500135000",
        "key": "a-doubtful-mark",
    }, made


@pytest.mark.parametrize("desk", [False, True])
def test_a_doubtful_mark_is_asked_about_once(app, client, signed_in, sqlite_record, shifted, desk):
    wish, made = shifted
    day, span = made.service_day.isoformat(), made.window
    who = signed_in(app, "clerk") if desk else client
    path = "/clerk/book" if desk else "/book"
    token = token_of(who.get("/clerk" if desk else "/book").text)
    wish |= {"csrf_token": token} | ({"slot": f"{day} {span}"} if desk else {"day": day, "window": span})
    asked = who.post(path, data=wish, headers=ENGLISH)
    assert asked.status_code == 422
    assert 'name="pin" value="given"' in asked.text
    taken = who.post(path, data=wish | {"pin": "given"}, headers=ENGLISH)
    assert taken.status_code == 303, taken.text
    with sqlite_record.read() as session:
        first = session.scalar(select(Booking).where(Booking.phone == "+8613500135000"))
    assert (first.lon, first.lat) == pytest.approx((float(wish["lon"]), float(wish["lat"])))
    again = who.post(path, data=wish | {"key": "another-doubtful", "different": "yes"}, headers=ENGLISH)
    assert again.status_code == 303, "the same door is not asked about again"
