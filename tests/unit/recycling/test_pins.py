"""Pins that cannot be right: far from the community, or shifted as a wrong datum shifts them."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from trial_counts import so_many

from recycling.models import Community, PinAnswer
from recycling.pins import (
    AT_COMMUNITY,
    DOOR,
    FAR,
    SYSTEMS,
    address_key,
    believed_metres,
    doubt,
    known_doors,
    remember_answer,
    remembered_answer,
    settle_pin,
)
from recycling.plane import metres_between
from routing.errors import InputError
from routing.roads.crs import from_wgs84, to_wgs84

LAW = settings(deadline=None, max_examples=so_many(60))
PHONE, ADDRESS = "+8613800138000", "3栋2单元501"
PAIRS = list(itertools.permutations(SYSTEMS, 2))
places = st.tuples(st.floats(106.6, 108.6), st.floats(30.3, 32.3))


def at(place, **changes):
    lon, lat = place
    told = {"code": "A", "name": "凤凰山社区", "town": "镇", "county": "县", "urban": True, "population": 1}
    return Community(**told, lon=lon, lat=lat, status="real", depot_code="D", **changes)


def moved(place, metres, bearing):
    east, north = metres * math.sin(bearing), metres * math.cos(bearing)
    return place[0] + east / 111_320 / math.cos(math.radians(place[1])), place[1] + north / 111_320


def misread(place, sent, truly):
    """A place that was measured in one system and taken for another."""
    return tuple(to_wgs84(from_wgs84([place], truly), sent)[0].tolist())


# -- the law -----------------------------------------------------------------------------------------------------


@LAW
@given(places, st.sampled_from(PAIRS))
def test_every_mistake_of_a_datum_is_recognised_and_mended(place, pair):
    sent, truly = pair
    found = doubt(*misread(place, sent, truly), at(place))
    assert (found.kind, found.sent, found.truly) == ("datum", sent, truly)
    assert metres_between((found.lon, found.lat), place) < 1
    assert 300 < found.metres < 1400


@LAW
@given(places, st.sampled_from(PAIRS), st.floats(0, 1500), st.floats(0, 7))
def test_a_door_that_was_known_gives_it_away_wherever_it_lies(community, pair, metres, bearing):
    door = moved(community, metres, bearing)
    found = doubt(*misread(door, *pair), at(community), doors=[door])
    if found:  # unless the wrong pin lies where another door or the community's own mistake would
        assert found.kind == "datum"
    nothing = doubt(*misread(door, *pair), None, doors=[door])
    assert (nothing.sent, nothing.truly) == pair
    assert metres_between((nothing.lon, nothing.lat), door) < 1


@LAW
@given(places, st.floats(0, 250), st.floats(0, 7))
def test_a_pin_near_its_community_is_believed(place, metres, bearing):
    assert doubt(*moved(place, metres, bearing), at(place)) is None


@LAW
@given(places, st.floats(0, DOOR - 1), st.floats(0, 7), st.floats(0, 20_000))
def test_a_pin_at_a_known_door_is_believed_however_far_it_is(place, metres, bearing, away):
    door = moved(place, away, bearing)
    assert doubt(*moved(door, metres, 2 * bearing), at(place), doors=[door]) is None


@LAW
@given(places, st.floats(FAR + 1500, 20_000), st.floats(0, 7))
def test_a_pin_far_away_is_asked_about(place, metres, bearing):
    found = doubt(*moved(place, metres, bearing), at(place))
    assert (found.kind, found.lon, found.community) == ("far", None, "凤凰山社区")
    assert found.metres == pytest.approx(metres, rel=0.005)


@LAW
@given(places, st.floats(0, 2000), st.floats(0, 7))
def test_few_honest_pins_are_asked_about(place, metres, bearing):
    """A doubt inside the believed distance is only ever that of a datum, and its mended place is the community's."""
    found = doubt(*moved(place, metres, bearing), at(place), far=2100)
    if found:
        assert found.kind == "datum"
        assert metres_between((found.lon, found.lat), place) <= AT_COMMUNITY + 1


def test_how_many_honest_pins_are_asked_about():
    """Of doors spread evenly within 1,200 m of their community about one in fifty."""
    place = (107.5, 31.2)
    rings = [(r, k) for r in range(50, 1201, 50) for k in range(r // 10)]
    asked = sum(doubt(*moved(place, r, 2 * math.pi * k / (r // 10)), at(place)) is not None for r, k in rings)
    assert 0 < asked < len(rings) / 40


# -- single cases ------------------------------------------------------------------------------------------------


def test_the_limit_is_that_of_the_community():
    pin = moved((107.5, 31.2), 2500, 1)
    assert doubt(*pin, at((107.5, 31.2))).kind == "far"
    assert doubt(*pin, at((107.5, 31.2)), far=2600) is None
    assert doubt(*moved((107.5, 31.2), 1990, 1), at((107.5, 31.2))) is None


def test_a_far_pin_that_a_datum_explains_is_mended():
    place, door = (107.5, 31.2), moved((107.5, 31.2), 1000, math.atan2(1045, 410))
    found = doubt(*misread(door, "wgs84", "bd09"), at(place))
    assert (found.kind, found.truly) == ("datum", "bd09")
    assert metres_between((found.lon, found.lat), door) < 1


def test_only_mistakes_about_what_was_declared_are_thought_of():
    place = (107.5, 31.2)
    pin = misread(place, "wgs84", "gcj02")
    assert doubt(*pin, at(place), sent="wgs84").truly == "gcj02"
    assert doubt(*pin, at(place), sent="bd09") is None


def test_without_anything_to_compare_with_there_is_no_doubt():
    assert doubt(107.5, 31.2, None) is None
    with pytest.raises(InputError):
        doubt(math.nan, 31.2, at((107.5, 31.2)))


def test_what_people_are_asked():
    place = (107.5, 31.2)
    shifted = doubt(*misread(place, "wgs84", "gcj02"), at(place)).fault()
    assert (shifted.where, shifted.code) == ("position", "pin-shifted")
    assert "as if a position in GCJ-02 (Amap, WeChat) had been sent as WGS 84 (GPS, OSM)" in str(shifted)
    far = doubt(*moved(place, 5000, 1), at(place)).fault()
    assert (far.where, far.code) == ("position", "pin-far")
    assert "The mark is 5.0 km from 凤凰山社区." in str(far)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3栋2单元501", " 3 栋2单元-501 ", True),
        ("３栋２单元５０１", "3栋2单元501", True),
        ("A座1203", "a座1203", True),
        ("3栋2单元501", "3栋2单元502", False),
    ],
)
def test_addresses_that_are_the_same(one, other, same):
    assert (address_key(one) == address_key(other)) is same


# -- asked once --------------------------------------------------------------------------------------------------


@pytest.fixture
def home_of(record):
    """The community A-001 of the town, and a wrong pin of its place: GCJ-02 that was sent as WGS 84."""
    with record.read() as session:
        community = session.get(Community, "A-001")
    return community, misread((community.lon, community.lat), "wgs84", "gcj02")


def settle(record, pin, community, phone=PHONE, address=ADDRESS):
    with record.read() as session:
        return settle_pin(session, *pin, community, phone, address)


def answer(record, community, given, agreed, now, phone=PHONE):
    with record.write() as session:
        remember_answer(session, phone, community.code, ADDRESS, given, agreed, now)


def test_a_shifted_pin_is_asked_about_once_and_then_moved(record, home_of, now):
    community, pin = home_of
    asked = settle(record, pin, community)
    assert (asked.lon, asked.lat, asked.fixed) == (*pin, False)
    assert asked.doubt.truly == "gcj02"
    answer(record, community, pin, (asked.doubt.lon, asked.doubt.lat), now)
    again = settle(record, moved(pin, 20, 1), community, address="3 栋 2单元501")
    assert (again.lon, again.lat, again.doubt, again.fixed) == (asked.doubt.lon, asked.doubt.lat, None, True)
    right = settle(record, (asked.doubt.lon, asked.doubt.lat), community)
    assert (right.doubt, right.fixed) == (None, False)


def test_a_pin_that_was_right_is_not_asked_about_again(record, home_of, now):
    community, pin = home_of
    answer(record, community, pin, pin, now)
    again = settle(record, moved(pin, 10, 2), community)
    assert (again.doubt, again.fixed) == (None, False)
    assert (again.lon, again.lat) == moved(pin, 10, 2)


def test_an_answer_holds_for_one_person_one_community_and_one_address(record, home_of, now):
    community, pin = home_of
    answer(record, community, pin, pin, now)
    with record.read() as session:
        assert remembered_answer(session, PHONE, "A-002", ADDRESS) is None
        assert remembered_answer(session, PHONE, "A-001", " 3栋2单元501").lon == pin[0]
    assert settle(record, pin, community, phone="+8613900139000").doubt
    assert settle(record, pin, community, address="4栋").doubt
    assert settle(record, misread((community.lon, community.lat), "gcj02", "bd09"), community).doubt


def test_a_later_answer_takes_the_place_of_an_earlier_one(record, home_of, now):
    community, pin = home_of
    answer(record, community, pin, pin, now)
    answer(record, community, pin, (community.lon, community.lat), now)
    assert settle(record, pin, community).fixed
    with record.read() as session:
        assert session.scalar(select(func.count()).select_from(PinAnswer)) == 1


def test_the_door_of_an_earlier_booking_is_known(record, booked, home_of):
    community, _ = home_of
    door = moved((community.lon, community.lat), 700, 2)
    booked(record, 1, address=ADDRESS, lon=door[0], lat=door[1], community="A-001")
    with record.read() as session:
        assert known_doors(session, PHONE, "A-001", "3栋 2单元 501") == [pytest.approx(door)]
        assert (
            known_doors(session, PHONE, "A-001", "4栋")
            == known_doors(session, "+8613900139000", "A-001", ADDRESS)
            == []
        )
        assert known_doors(session, PHONE, "", ADDRESS) == []
    assert settle(record, door, community) == settle(record, door, community)
    found = settle(record, misread(door, "wgs84", "bd09"), community).doubt
    assert found.truly == "bd09"
    assert metres_between((found.lon, found.lat), door) < 1


def test_a_far_pin_names_the_community_where_it_lies(record, home_of):
    community, _ = home_of
    with record.read() as session:
        far = believed_metres(session, community)
        there = session.get(Community, "B-001")
        distances = sorted(
            metres_between((community.lon, community.lat), (c.lon, c.lat))
            for c in session.scalars(select(Community))
            if c.code != "A-001"
        )
    assert far == max(FAR, distances[2])
    beyond = settle(record, moved((there.lon, there.lat), 3 * far, math.pi / 4), community).doubt
    assert (beyond.kind, beyond.nearest) == ("far", "社区B-001 · 示例镇")
    assert "社区B-001 · 示例镇" in str(beyond.fault())


def test_where_communities_lie_close_two_kilometres_are_believed(record, home_of):
    community, _ = home_of
    with record.write() as session:
        for number, other in enumerate(session.scalars(select(Community).where(Community.code != "A-001"))):
            other.lon, other.lat = moved((community.lon, community.lat), 300 + 10 * number, number)
    with record.read() as session:
        assert believed_metres(session, community) == FAR
