"""The link to a booking opens that booking alone, ends some time after the visit, and can be taken back."""

import re
from datetime import timedelta

import pytest
import time_machine
from made_plans import make_plan
from sqlalchemy import select

from recycling.accounts.actors import Actor, Role
from recycling.booking import renew_link
from recycling.errors import ConflictError
from recycling.models import AuditEvent, Booking, Message
from recycling.tracking import link


@pytest.fixture
def made(sqlite_record, booked):
    return booked(sqlite_record, 1)[0]


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk")


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


@pytest.mark.parametrize(("days", "status"), [(90, 200), (91, 410)])
def test_point_31_it_ends_days_after_the_visit(client, made, days, status):
    noon = made.promise_start + timedelta(days=days, hours=3)
    with time_machine.travel(noon, tick=False):
        for path in (f"/b/{made.token}", f"/b/{made.token}/move", f"/api/v1/bookings/{made.token}"):
            assert client.get(path).status_code == status, path


def test_point_31_a_clerk_takes_it_back_and_the_resident_gets_a_new_one(
    app, clerk, client, made, sqlite_record, now, settings
):
    make_plan(sqlite_record, made, 1)
    followed = link(made, 1, app.secret_key, now, settings)
    assert client.get(followed).status_code == 200
    page = clerk.get(f"/clerk/bookings/{made.id}").text
    answer = clerk.post(f"/clerk/bookings/{made.id}/link", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    for path in (f"/b/{made.token}", f"/b/{made.token}/calendar.ics", followed):
        assert client.get(path).status_code == 404, path
    with sqlite_record.read() as session:
        new = session.get_one(Booking, made.id)
        (message,) = session.scalars(select(Message).where(Message.change == "new_link"))
        actions = session.scalars(
            select(AuditEvent.action).where(AuditEvent.subject_id == str(made.id)).order_by(AuditEvent.number)
        ).all()
    assert client.get(f"/b/{new.token}").status_code == 200
    assert message.link == f"/b/{new.token}"
    assert actions[-1] == "booking.new_link"
    assert new.version == len(actions)


def test_point_32_the_calendar_tells_of_one_booking_and_goes_with_the_link(client, booked, sqlite_record, office, now):
    (first,) = booked(sqlite_record, 1)
    (second,) = booked(sqlite_record, 1, address="9栋909", phone="13700137000")
    feed = client.get(f"/b/{first.token}/calendar.ics")
    text = feed.text.replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 1
    assert first.reference in text
    for secret in (second.reference, second.address, second.token, first.phone, second.phone):
        assert secret not in text, secret
    assert "no-store" in feed.headers["Cache-Control"]
    renew_link(office(sqlite_record), first, Actor("person", "clerk", role=Role.CLERK, every_depot=True), now)
    assert client.get(f"/b/{first.token}/calendar.ics").status_code == 404


def test_point_31_two_at_once_give_one_new_link(made, sqlite_record, office, now):
    actor = Actor("person", "clerk", role=Role.CLERK, every_depot=True)
    desk = office(sqlite_record)
    renewed = renew_link(desk, made, actor, now)
    with pytest.raises(ConflictError):
        renew_link(desk, made, actor, now)  # with what was looked at before
    with sqlite_record.read() as session:
        assert session.get_one(Booking, made.id).token == renewed.token != made.token


def test_point_32_the_feed_tells_of_ones_own_pickups_and_can_be_taken_back(
    app, client, signed_in, booked, sqlite_record
):
    mine = booked(sqlite_record, 2, phone="13800138000")
    (other,) = booked(sqlite_record, 1, phone="13700137000", address="9栋909")
    me = signed_in(app, "resident", phone="13800138000")

    def renew(deed):
        form = token_of(me.get("/my/bookings").text)
        assert me.post("/my/calendar", data={"csrf_token": form, "deed": deed}).status_code == 303
        return re.search(r"/my/calendar/[\w-]+\.ics", me.get("/my/bookings").text)

    path = renew("renew").group(0)
    feed = client.get(path)
    text = feed.text.replace("\r\n ", "")
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert text.count("BEGIN:VEVENT") == 2
    assert all(one.reference in text for one in mine)
    for secret in (other.reference, other.address, other.token, "13800138000", "13700137000"):
        assert secret not in text, secret
    assert renew("renew").group(0) != path
    assert client.get(path).status_code == 404
    assert renew("end") is None
