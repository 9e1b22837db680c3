"""The link to a booking's progress: what it shows, to whom, and for how long; and the band of arrival."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from made_plans import NINE, make_plan
from trial_counts import so_many

from recycling import tracking
from recycling.errors import DomainError, GoneError, NotFoundError
from recycling.models import Booking
from recycling.models.booking import ENDED
from recycling.settings import load_settings
from recycling.tracking import Band, arrival_band, link

SECRET = "a-secret-of-the-site"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Visit:
    begins_at: datetime


# -- the band ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return load_settings(tracking={"minutes_before": 15, "minutes_after": 25})


@pytest.mark.parametrize(
    ("begins", "now", "first", "last"),
    [
        (0, -60, -15, 25),
        (2, -60, -15, 30),
        (4, -60, -15, 30),
        (5, -60, -10, 30),
        (0, -16, -15, 25),
        (0, -15, None, 25),
        (0, 24, None, 25),
        (0, 25, None, None),
        (0, 500, None, None),
    ],
)
def test_band(shipped, begins, now, first, last):
    def moment(minutes):
        return None if minutes is None else NINE + minutes * MINUTE

    band = arrival_band(Visit(moment(begins)), moment(now), shipped)
    assert band == Band(moment(first), moment(last))
    assert band.now is (first is None)


def test_the_band_does_not_begin_before_the_promise(shipped):
    assert arrival_band(Visit(NINE), NINE - HOUR, shipped, NINE).first == NINE
    assert arrival_band(Visit(NINE), NINE - 2 * HOUR, shipped, NINE + HOUR) == Band(NINE + HOUR, NINE + HOUR)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - its bounds are naive


@trials(max_examples=so_many(300), deadline=None)
@given(moments, moments, st.integers(0, 120), st.integers(0, 240), st.none() | moments)
def test_never_a_time_in_the_past_nor_an_end_before_its_beginning(begins, now, before, after, earliest):
    class Given:
        class tracking:
            minutes_before, minutes_after = before, after

    band = arrival_band(Visit(begins), now, Given, earliest)
    assert all(moment > now for moment in (band.first, band.last) if moment)
    assert band.first is None or band.first <= band.last


# -- the link ------------------------------------------------------------------------------------------------------


@pytest.fixture
def bookings(record, booked):
    return booked(record, 4)


@pytest.fixture
def booking(bookings):
    return bookings[3]


@pytest.fixture
def shown(record, settings, now):
    def open_(path, at=now, secret=SECRET):
        with record.read() as session:
            return tracking.progress(session, path.removeprefix("/t/"), secret, settings, at)

    return open_


def change(record, booking, **values):
    if "state" in values:
        ended = values["state"] in ENDED
        values = {**values, "ended_at": booking.promise_end if ended else None, "reason": "other" if ended else ""}
    with record.write() as session:
        row = session.get(Booking, booking.id)
        for name, value in values.items():
            setattr(row, name, value)


def test_it_shows_the_band_the_promise_and_nothing_of_people(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    found = shown(link(booking, 1, SECRET, now, settings))
    assert found.band == Band(NINE - 15 * MINUTE, NINE + 25 * MINUTE)
    assert (found.state, found.replanned, found.stops_before, found.booking_token) == ("planned", False, None, "")
    assert (found.promise_start, found.promise_end) == (booking.promise_start, booking.promise_end)
    for secret in (booking.phone, booking.contact, booking.address, booking.token, "T-BOX"):
        assert secret not in repr(found)


def test_it_is_short_enough_for_a_text_message(booking, settings, now):
    path = link(booking, 1, SECRET, now, settings)
    assert len(path) <= len("/t/") + 60
    assert booking.reference not in path


def test_stops_before(record, bookings, booking, settings, now, shown):
    make_plan(record, booking, 1, before=bookings[:3])
    path = link(booking, 1, SECRET, now, settings)
    assert shown(path).stops_before is None, "nobody is on the way yet"
    change(record, booking, state="on_the_way")
    counts = [shown(path).stops_before]
    for earlier, state in zip(bookings, ("collected", "failed", "cancelled"), strict=False):
        change(record, earlier, state=state)
        counts.append(shown(path).stops_before)
    assert counts == [3, 2, 1, 0]


def test_it_expires(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    path = link(booking, 1, SECRET, now, settings)
    assert shown(path, now + 48 * HOUR - timedelta(seconds=1))
    with pytest.raises(GoneError):
        shown(path, now + 48 * HOUR)


@pytest.mark.parametrize("state", ["collected", "failed", "cancelled", "settled"])
def test_it_ends_when_the_booking_is_done(record, booking, settings, now, shown, state):
    make_plan(record, booking, 1)
    path = link(booking, 1, SECRET, now, settings)
    change(record, booking, state=state)
    with pytest.raises(GoneError) as caught:
        shown(path)
    assert caught.value.faults[0].code == f"link-{state}"


def test_it_can_be_taken_back(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    old = link(booking, 1, SECRET, now, settings)
    change(record, booking, link_round=booking.link_round + 1)
    with pytest.raises(NotFoundError):
        shown(old)
    booking.link_round += 1
    assert shown(link(booking, 1, SECRET, now, settings)).state == "planned"


def test_after_planning_anew_it_names_no_hours_and_no_crew(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    path = link(booking, 1, SECRET, now, settings)
    make_plan(record, booking, 2, begins=NINE + HOUR, plate="T-VAN")
    change(record, booking, state="on_the_way")
    found = shown(path)
    assert (found.replanned, found.band, found.stops_before, found.state) == (True, None, None, "booked")
    assert found.booking_token == ""
    fresh = shown(link(booking, 2, SECRET, now, settings))
    assert fresh.band.first == NINE + 45 * MINUTE


def test_it_leads_on_to_the_booking_only_where_that_was_meant(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    assert shown(link(booking, 1, SECRET, now, settings, opens_booking=True)).booking_token == booking.token
    assert shown(link(booking, 1, SECRET, now, settings)).booking_token == ""


def test_it_does_not_outlive_a_move_to_a_day_with_the_same_version(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    path = link(booking, 1, SECRET, now, settings)
    change(record, booking, service_day=booking.service_day + timedelta(days=1))
    booking.service_day += timedelta(days=1)
    make_plan(record, booking, 1, begins=NINE + 24 * HOUR)
    assert shown(path).replanned


def test_without_a_visit_in_the_plan_it_names_no_hours(record, bookings, booking, settings, now, shown):
    make_plan(record, bookings[0], 1)
    assert shown(link(booking, 1, SECRET, now, settings)).replanned


def test_a_link_of_one_booking_opens_no_other(record, bookings, settings, now, shown):
    make_plan(record, bookings[0], 1, before=bookings[1:3])
    paths = [link(b, 1, SECRET, now, settings) for b in bookings[:3]]
    assert [shown(p).reference for p in paths] == [b.reference for b in bookings[:3]]


def test_every_changed_letter_is_noticed(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    path = link(booking, 1, SECRET, now, settings)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last_of_part = {path.index("."), len(path) - 1}  # its last bits carry nothing
    for place in range(len("/t/"), len(path)):
        if path[place] == "." or place in last_of_part or place + 1 in last_of_part:
            continue
        other = letters[(letters.index(path[place]) + 1) % 64]
        with pytest.raises(NotFoundError):
            shown(path[:place] + other + path[place + 1 :])


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 5000, "é.ü", "\x00", "AAAA.AAAA", "%2e%2e/"])
def test_what_is_no_token_is_not_found(shown, token):
    with pytest.raises(NotFoundError):
        shown(f"/t/{token}")


def test_another_site_s_secret_opens_nothing(record, booking, settings, now, shown):
    make_plan(record, booking, 1)
    with pytest.raises(DomainError):
        shown(link(booking, 1, "another-secret", now, settings))
