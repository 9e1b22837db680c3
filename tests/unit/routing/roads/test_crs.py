import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from routing.errors import InputError
from routing.roads.crs import CRS, from_wgs84, to_wgs84

GEOD = Geod(ellps="WGS84")
dazhou = st.lists(st.tuples(st.floats(106.6, 108.6), st.floats(30.3, 32.4)), min_size=1, max_size=20)


def apart(a, b):
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


@given(dazhou)
@pytest.mark.parametrize("crs", CRS)
def test_there_and_back(crs, points):
    points = np.array(points)
    assert apart(to_wgs84(from_wgs84(points, crs), crs), points).max() < 0.01
    assert apart(from_wgs84(to_wgs84(points, crs), crs), points).max() < 0.01


def test_shifts_in_dazhou():
    """Size of the shifts as measured with published packages: 493 m and 1,120 m in the median, east and south."""
    rng = np.random.default_rng(1)
    points = rng.uniform((106.6, 30.3), (108.6, 32.4), (2000, 2))
    for crs, median, most in (("gcj02", 493, 525), ("bd09", 1120, 1167)):
        shift = apart(points, from_wgs84(points, crs))
        assert np.median(shift) == pytest.approx(median, abs=5)
        assert shift.max() < most + 1
    moved = from_wgs84(points, "gcj02") - points
    assert (moved[:, 0] > 0).all()
    assert (moved[:, 1] < 0).all()


def test_known_point():
    """Tiananmen as published with the formula: WGS 84 116.404, 39.915 becomes 116.41024, 39.91640."""
    assert from_wgs84([[116.404, 39.915]], "gcj02")[0] == pytest.approx(
        [116.41024449916938, 39.91640428150164], abs=1e-9
    )


@pytest.mark.parametrize("crs", CRS)
def test_outside_china_nothing_moves(crs):
    points = np.array([[1.5, 42.5], [-73.9, 40.7], [140.0, 35.0], [107.0, -5.0]])
    assert from_wgs84(points, crs) == pytest.approx(points, abs=0)
    assert to_wgs84(points, crs) == pytest.approx(points, abs=0)


def test_input_is_not_changed():
    points = np.array([[107.5, 31.2]])
    to_wgs84(points, "bd09")
    assert points.tolist() == [[107.5, 31.2]]


def test_empty():
    assert to_wgs84([], "gcj02").shape == (0, 2)


@pytest.mark.parametrize("call", [to_wgs84, from_wgs84])
def test_wrong_words_and_shapes(call):
    with pytest.raises(InputError) as caught:
        call([[107.5, 31.2]], "GCJ-02")
    assert caught.value.code == "unknown-crs"
    assert "GCJ-02" in str(caught.value)
    with pytest.raises(InputError):
        call([107.5, 31.2, 3.0], "gcj02")
