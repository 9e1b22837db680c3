"""The grid that positions are put on: squares of about 100 m, the same for everybody."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.plane import metres_between
from recycling.whereabouts import snapped

PLACES = {"lon": st.floats(-179.9, 179.9), "lat": st.floats(-70, 70)}


@given(**PLACES)
def test_a_position_lies_in_its_square_and_the_middle_in_the_same(lon, lat):
    cell = snapped(lon, lat)
    (west, south), (east, _), (_, north), _ = cell.corners
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    assert snapped(*cell.centre) == cell


@given(**PLACES)
def test_squares_are_about_100_metres_wide_and_high(lon, lat):
    south_west, south_east, _, north_west = snapped(lon, lat).corners
    assert metres_between(south_west, south_east) == pytest.approx(100, abs=1)
    assert metres_between(south_west, north_west) == pytest.approx(100, abs=1)


@given(**PLACES, metres=st.floats(0, 30), turn=st.floats(0, 2 * math.pi))
def test_near_places_are_not_told_apart_by_more_than_neighbouring_squares(lon, lat, metres, turn):
    east = metres * math.cos(turn) / (111_320 * math.cos(math.radians(lat)))
    north = metres * math.sin(turn) / 111_320
    one, other = snapped(lon, lat), snapped(lon + east, lat + north)
    assert abs(one.row - other.row) <= 1
    assert metres_between(one.centre, other.centre) < 200


@pytest.mark.parametrize(
    ("lon", "lat"), [(181, 0), (0, 86), (0, -86), (float("nan"), 31), (107, float("nan")), (float("inf"), 31)]
)
def test_what_is_no_position_has_no_square(lon, lat):
    with pytest.raises(ValueError, match="no position"):
        snapped(lon, lat)
