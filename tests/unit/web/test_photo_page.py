"""Adding photos on a booking's page, and where staff see them."""

import io
import re

import pytest
from camera import jpeg

from web.app import create_app
from web.services import Services


@pytest.fixture
def app(sqlite_record, catalogue, fleet, at_now, tmp_path):
    from recycling.settings import load_settings

    rules = load_settings(planning={"seconds": 0.1}, photos={"folder": str(tmp_path / "photos")})
    return create_app(Services(sqlite_record, rules, catalogue, fleet))


@pytest.fixture
def door(sqlite_record, booked):
    (made,) = booked(sqlite_record, 1, items={"sofa": 1, "fridge": 1})
    return made


@pytest.fixture
def add(client, token):
    """Return a function that sends photos with the form of a booking's page."""

    def make(booking, *data, **fields):
        files = [(io.BytesIO(one), "photo.jpg") for one in data] or [(io.BytesIO(b""), "")]
        sent = {"csrf_token": token(f"/b/{booking.token}"), "kind": "item", "photos": files, **fields}
        return client.post(f"/b/{booking.token}/photos", data=sent, headers={"Accept-Language": "en"})

    return make


def english(client, path):
    return client.get(path, headers={"Accept-Language": "en"}).text


def pictures(client, booking):
    return re.findall(r'alt="([^"]+)"', english(client, f"/b/{booking.token}"))


def test_photos_stand_on_the_page_with_what_they_show(client, add, door):
    answer = add(door, jpeg(), jpeg(colour=(1, 2, 3)))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/b/{door.token}#photos")
    add(door, jpeg(colour=(9, 9, 9)), kind="place")
    assert sorted(name.split(": ")[1] for name in pictures(client, door)) == ["the place", "the things", "the things"]


def test_the_page_says_of_which_things_a_photo_is_asked_for(client, door, catalogue):
    page = english(client, f"/b/{door.token}")
    for code in ("sofa", "fridge"):
        assert catalogue.items[code].photo in ("may", "must")
        assert catalogue.items[code].en in page.split('id="photos"')[1]


def test_sound_ones_are_kept_when_others_are_not(client, add, door):
    answer = add(door, jpeg(), b"<html>", jpeg(colour=(1, 2, 3)))
    assert answer.status_code == 422
    assert "<p>Photo 2: This is no picture that we can read." in answer.text
    assert len(pictures(client, door)) == 2


def test_more_than_four_are_told_and_then_there_is_no_form(client, add, door):
    answer = add(door, *[jpeg(colour=(10 * n, 2, 3)) for n in range(5)])
    assert answer.status_code == 409
    assert answer.text.count("A booking may have 4 photos. Remove one first.") == 1
    assert len(pictures(client, door)) == 4
    assert 'type="file"' not in english(client, f"/b/{door.token}")


def test_nothing_chosen_is_told(add, door):
    answer = add(door)
    assert answer.status_code == 422
    assert "<p>Choose a photo first." in answer.text


def test_a_booking_that_is_over_shows_what_it_has_and_takes_no_more(client, add, door, token):
    add(door, jpeg())
    client.post(f"/b/{door.token}/cancel", data={"csrf_token": token()})
    page = english(client, f"/b/{door.token}")
    assert ('type="file"' in page, len(pictures(client, door))) == (False, 1)
    assert "This booking is over." in add(door, jpeg(colour=(1, 2, 3))).text


def test_staff_see_how_many_photos_a_visit_has_and_whose_photo_turns_up_twice(
    app, add, door, booked, sqlite_record, signed_in, day, settings, fleet, now
):
    from recycling import dispatch, network
    from routing.day import plan_day

    (other,) = booked(sqlite_record, 1, phone="13700137000")
    add(door, jpeg(), jpeg(colour=(1, 2, 3)))
    add(other, jpeg())
    with sqlite_record.read() as session:
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, "DEP-01"), day)
    result = plan_day(job)
    with sqlite_record.write() as session:
        dispatch.store_plan(session, settings, "DEP-01", day, job, result, now)
    dispatcher, manager = signed_in(app, "dispatcher"), signed_in(app, "manager")
    plan = english(dispatcher, f"/dispatch/DEP-01/{day}")
    assert f'<a href="/clerk/bookings/{door.id}">2 photos</a>' in plan
    assert f'<a href="/clerk/bookings/{other.id}">1 photo</a>' in plan
    assert "<small>2 photos</small>" in english(manager, f"/dispatch/DEP-01/{day}")
    desk = english(dispatcher, "/clerk")
    assert "The same photo twice (1)" in desk
    assert door.reference in desk
    seen = re.search(r'action="(/clerk/photos/[0-9a-f-]+/seen)"', desk).group(1)
    form = re.search(r'name="csrf_token" value="([^"]+)"', desk).group(1)
    assert dispatcher.post(seen, data={"csrf_token": form}).status_code == 303
    assert "The same photo twice" not in english(dispatcher, "/clerk")
