"""A mark on the map instead of a village: whose round it waits for, and where the crew comes to."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from recycling import rounds
from recycling.accounts.actors import system
from recycling.errors import BadRequestError
from recycling.models import Booking, Community, RoundPlace
from recycling.rounds.marked import NEAR, with_village

WISH = rounds.RoundWish("东线", ("A-001",), every_days=1, quorum=1, latest_days=8)
DEGREE = 111_320.0


@pytest.fixture
def village(sqlite_record):
    """The first village of the town, all others far away from it."""
    with sqlite_record.write() as session:
        for other in session.scalars(select(Community).where(Community.code != "A-001")):
            other.lat -= 1.0
    with sqlite_record.read() as session:
        return session.get(Community, "A-001")


@pytest.fixture
def marks(wish, village):
    """Return a function that makes a wish with a mark so many metres north of the village, and no name."""

    def make(metres=200.0, **changes):
        sound = {"items": {"paper": 2}, "community": "", "lon": village.lon, "lat": village.lat + metres / DEGREE}
        return wish(**{**sound, "day": None, "window": "", **changes})

    return make


def named(database, request):
    with database.read() as session:
        return with_village(session, request)


def test_a_mark_belongs_to_the_nearest_village_and_stays_where_it_is(sqlite_record, marks, village):
    asked = marks(pin="")
    found = named(sqlite_record, asked)
    assert (found.community, found.pin) == ("A-001", "given")
    assert (found.lon, found.lat) == (asked.lon, asked.lat)
    assert named(sqlite_record, marks(NEAR - 5)).community == "A-001"
    assert named(sqlite_record, marks(NEAR + 5)).community == ""


def test_who_names_a_village_or_has_no_sound_mark_is_left_alone(sqlite_record, marks):
    for asked in (
        marks(community="A-002"),
        marks(lon=None, lat=None),
        marks(lon=float("nan")),
        marks(lat=91.0),
        marks(crs="mars"),
    ):
        assert named(sqlite_record, asked) is asked


def test_a_mark_of_a_chinese_map_is_read_as_such(sqlite_record, marks, village):
    from routing.roads.crs import from_wgs84

    ((lon, lat),) = from_wgs84([(village.lon, village.lat)], "gcj02").tolist()
    assert named(sqlite_record, marks(lon=lon, lat=lat, crs="gcj02")).community == "A-001"


def test_who_marks_the_map_waits_for_the_round_and_is_fetched_at_the_mark(sqlite_record, office, marks, village, now):
    desk = office(sqlite_record)
    made = rounds.make_round(desk, WISH, "the-round-of-tests", system("tests"), now)
    asked = marks(300.0)
    place = rounds.wait_for_round(desk, asked, "marked-in-the-test", now)
    assert (place.round_id, place.community_code) == (made.id, "A-001")
    assert rounds.wait_for_round(desk, asked, "marked-in-the-test", now).id == place.id, "the same form again"
    rounds.tend_round(desk, made.id, now)
    with sqlite_record.read() as session:
        assert session.get(RoundPlace, place.id).state == "placed"
        (booking,) = session.scalars(select(Booking)).all()
    assert (booking.community_code, booking.lat) == ("A-001", pytest.approx(asked.lat))


def test_a_mark_far_from_every_village_is_told_that_no_round_serves_it(sqlite_record, office, marks, now):
    desk = office(sqlite_record)
    rounds.make_round(desk, replace(WISH, quorum=3), "the-round-of-tests", system("tests"), now)
    with pytest.raises(BadRequestError):
        rounds.wait_for_round(desk, marks(NEAR + 200), "marked-in-the-test", now)
