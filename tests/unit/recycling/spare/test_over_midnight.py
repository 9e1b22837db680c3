"""Trips that go on over midnight: their hours, those of their places, and when they unload."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from carriers import STAFF
from sqlalchemy import select, update

from recycling import spare
from recycling.errors import BadRequestError
from recycling.models import Site, SpareOffer
from recycling.spare.hours import moments_of, place_hours, unloading
from recycling.spare.wish import PlaceWish

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def clock(settings):
    return settings.clock


def said(clock, day, moments):
    """Moments as days after `day` and local hours."""
    return [((clock.local(one).date() - day).days, f"{clock.local(one):%H:%M}") for one in moments]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("09:00-17:00", [(0, "09:00"), (0, "17:00")]),
        ("20:00-02:00", [(0, "20:00"), (1, "02:00")]),
        ("20:00-00:00", [(0, "20:00"), (1, "00:00")]),
        ("00:30-00:10", [(0, "00:30"), (1, "00:10")]),
    ],
)
def test_hours(clock, day, text, wanted):
    assert said(clock, day, moments_of(clock, day, text)) == wanted


@pytest.mark.parametrize("text", ["", "20:00", "20:00-20:00", "24:00-02:00", "8-9", "20:00~02:00"])
def test_what_is_no_hours(clock, day, text):
    with pytest.raises(ValueError, match="hour"):
        moments_of(clock, day, text)


@pytest.mark.parametrize(
    ("trip", "place", "wanted"),
    [
        ("20:00-02:00", "", [(0, "20:00"), (1, "02:00")]),
        ("20:00-02:00", "21:00-22:00", [(0, "21:00"), (0, "22:00")]),
        ("20:00-02:00", "23:30-00:30", [(0, "23:30"), (1, "00:30")]),
        ("20:00-02:00", "00:30-01:30", [(1, "00:30"), (1, "01:30")]),
        ("20:00-02:00", "19:00-21:00", [(0, "19:00"), (0, "21:00")]),
        ("09:00-17:00", "08:00-09:00", [(0, "08:00"), (0, "09:00")]),
    ],
)
def test_hours_of_a_place(clock, day, trip, place, wanted):
    assert said(clock, day, place_hours(clock, day, place, *moments_of(clock, day, trip))) == wanted


@pytest.mark.parametrize(
    ("opens", "closes", "trip", "wanted"),
    [
        ("08:00", "18:00", "09:00-17:00", (8, 17.5)),
        ("08:00", "18:00", "16:00-02:00", (8, 17.5)),
        ("08:00", "18:00", "17:30-10:00", (32, 41.5)),
        ("00:00", "23:59", "20:00-02:00", (0, 47 + 29 / 60)),
    ],
)
def test_it_unloads_while_the_site_is_open(clock, day, opens, closes, trip, wanted):
    site = SimpleNamespace(opens=opens, closes=closes, unload_minutes=30)
    window = unloading(clock, day, site, *moments_of(clock, day, trip))
    assert (window.start / 3600, window.end / 3600) == pytest.approx(wanted)


def test_it_takes_what_is_promised_for_its_day_and_goes_on(record, office, booked, announce, clock, day, now):
    booked(record, 2, window="15:00-17:00")
    late = PlaceWish("A-003", window="00:30-01:00", minutes=10)
    trip = announce(record, window="15:00-01:30", places=(late,), most=5)
    assert said(clock, day, (trip.starts_at, trip.ends_at)) == [(0, "15:00"), (1, "01:30")]
    assert spare.look(office(record), "DEP-01", day, now).trouble == ""
    with record.read() as session:
        offers = session.scalars(select(SpareOffer)).all()
        (found,) = spare.trips_between(session, day, day)
    assert (len(offers), found.trouble) == (2, "")
    assert all(trip.starts_at <= one.begins_at <= trip.ends_at for one in offers)
    spare.accept(office(record), offers[0].id, STAFF, now)
    night = trip.ends_at + timedelta(minutes=5)
    assert spare.collected(office(record), offers[0].id, {"paper": 3}, 1, STAFF, night).state == "collected"


@pytest.mark.parametrize(
    ("window", "offers"),
    [
        ("16:30-01:30", 1),  # its promise is over ten minutes before five
        ("16:52-01:30", 0),
        ("22:00-12:00", 0),  # those hours are over when it begins, and the next morning's are not these
        ("23:00-18:30", 0),
    ],
)
def test_a_promise_is_kept_on_its_own_day_however_long_the_trip_goes_on(
    record, office, booked, announce, settings, day, now, window, offers
):
    made = booked(record, 1, window="15:00-17:00")
    morning = booked(record, 1, window="10:00-12:00", phone="13800138011", address="7栋")
    announce(record, window=window, places=(), most=5)
    assert spare.look(office(record), "DEP-01", day, now).offers == offers
    with record.read() as session:
        found = session.scalars(select(SpareOffer)).all()
    assert {one.booking_id for one in found} <= {made[0].id}, morning
    slack = timedelta(minutes=settings.planning.promise_slack_minutes)
    for one in found:
        assert made[0].promise_start <= one.begins_at <= made[0].promise_end - slack


def test_a_trip_of_the_evening_before_is_not_offered_the_next_morning_for_its_own_day(
    record, office, booked, announce, day, now
):
    """What is promised for the day on which it ends is planned with that day, and offered to trips that begin then."""
    next_day = day + timedelta(days=1)
    booked(record, 1, day=next_day, window="10:00-12:00")
    announce(record, window="21:00-12:00", places=(), most=5)
    for looked_at in (day, next_day):
        assert spare.look(office(record), "DEP-01", looked_at, now).offers == 0
    announce(record, external="of-the-day-itself", day=next_day, window="08:00-12:00", places=(), most=5)
    assert spare.look(office(record), "DEP-01", next_day, now).offers == 1


def test_a_site_that_is_closed_by_then_takes_nothing(record, office, booked, announce, day, now):
    booked(record, 1, window="15:00-17:00")
    with record.write() as session:
        session.execute(update(Site).where(Site.code == "CEN-01").values(opens="08:00", closes="12:00"))
    announce(record, window="15:00-01:30", places=())
    assert spare.look(office(record), "DEP-01", day, now).offers == 0


def test_a_trip_has_an_hour_at_least(record, office, announce):
    for window in ("23:30-00:10", "20:00-20:00"):
        with pytest.raises(BadRequestError) as error:
            announce(record, window=window)
        assert error.value.faults[0].where == "window"
