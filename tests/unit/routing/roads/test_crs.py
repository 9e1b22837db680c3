import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod

from routing.errors import InputError
from routing.roads.crs import BOX, CRS, from_wgs84, positions, to_wgs84

GEOD = Geod(ellps="WGS84")
WEST, SOUTH, EAST, NORTH = BOX
MOVED = ("gcj02", "bd09")

PUBLISHED = [
    # WGS 84, GCJ-02, BD-09 by prcoords 1.0.2 (PyPI): wgs_gcj and wgs_bd
    ((107.468, 31.209), (107.4726552818994, 31.206853652735976), (107.47923583541531, 31.21260142420629)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164), (116.41662724378733, 39.922699552216216)),
    ((121.4737, 31.2304), (121.47822305927693, 31.22845773757727), (121.484781468503, 31.234310593689997)),
    ((114.0579, 22.5431), (114.06301399856547, 22.54038281422246), (114.06956398703267, 22.546041559073544)),
    ((87.6168, 43.8256), (87.61964994946926, 43.82680539311119), (87.62609977081571, 43.83294979479328)),
    ((106.5516, 29.563), (106.55531764979986, 29.560151273667472), (106.56174823404533, 29.566465989291594)),
    ((126.535, 45.8038), (126.54104035015793, 45.80578152514843), (126.54765921413988, 45.81139582294028)),
    ((110.1999, 20.0444), (110.20419241529164, 20.042285643336523), (110.21073544518579, 20.048062383498145)),
]


def apart(a, b):
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


def spread(n, seed=1):
    return np.random.default_rng(seed).uniform((WEST, SOUTH), (EAST, NORTH), (n, 2))


def along_the_edge(side, within, n=2000):
    """Points on one side of the box and up to so many degrees from it, inwards if positive; the first 100 on it."""
    points = spread(n, seed=side)
    off = np.r_[np.zeros(100), np.random.default_rng(side).uniform(min(within, 0), max(within, 0), n - 100)]
    axis = side % 2
    points[:, axis] = (WEST, SOUTH, EAST, NORTH)[side] + (off if side < 2 else -off)
    return points


@pytest.mark.parametrize("crs", CRS)
@given(st.lists(st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH)), min_size=1, max_size=20))
@example([(WEST, SOUTH), (WEST, NORTH), (EAST, SOUTH), (EAST, NORTH), (105.0, 35.0), (105.0, 31.2), (107.5, 35.0)])
def test_there_and_back(crs, points):
    points = np.array(points)
    assert apart(to_wgs84(from_wgs84(points, crs), crs), points).max() < 1e-5


@pytest.mark.parametrize("crs", MOVED)
@given(st.lists(st.tuples(st.floats(WEST + 0.02, EAST - 0.02), st.floats(SOUTH + 0.02, NORTH - 0.02)), min_size=1))
def test_back_and_there(crs, points):
    """From the other system, where each place is the place of some point: everywhere but in a seam at the edge."""
    points = np.array(points)
    assert apart(from_wgs84(to_wgs84(points, crs), crs), points).max() < 1e-5


@pytest.mark.parametrize("crs", MOVED)
@pytest.mark.parametrize("side", range(4))
def test_there_and_back_where_points_are_moved_across_the_edge(crs, side):
    points = along_the_edge(side, 0.02)
    moved = from_wgs84(points, crs)
    outside = ((moved < (WEST, SOUTH)) | (moved > (EAST, NORTH))).any(axis=1)
    assert apart(to_wgs84(moved, crs), points).max() < 1e-5
    if side > 1:  # east and north, the way the shift goes
        assert outside.sum() > 100


@pytest.mark.parametrize("crs", MOVED)
def test_two_points_at_one_place_give_the_one_in_the_box(crs):
    """Beyond the edge points stay; where one from inside comes to lie too, that one is meant."""
    inside = np.array([[EAST - 0.0001, 31.0]])
    place = from_wgs84(inside, crs)
    assert place[0, 0] > EAST
    assert from_wgs84(place, crs) == pytest.approx(place, abs=0)
    assert apart(to_wgs84(place, crs), inside).max() < 1e-5


@pytest.mark.parametrize("crs", MOVED)
def test_the_seam_at_lon_105(crs):
    """The formula has a square root there, with an infinite slope."""
    lon = 105 + np.r_[0, 10.0 ** np.arange(-15, 0), -(10.0 ** np.arange(-15, 0))]
    points = np.column_stack([lon, np.full(len(lon), 31.2)])
    assert apart(to_wgs84(from_wgs84(points, crs), crs), points).max() < 1e-5


@pytest.mark.parametrize("crs", MOVED)
def test_one_by_one_is_as_all_together(crs):
    points = np.concatenate([spread(50), along_the_edge(2, 0.01)[:50], [[1.5, 42.5]]])
    for convert in (from_wgs84, to_wgs84):
        together = convert(points, crs)
        assert together == pytest.approx(np.concatenate([convert([point], crs) for point in points]), abs=1e-12)


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


@pytest.mark.parametrize(("wgs", "gcj", "bd"), PUBLISHED)
def test_known_points(wgs, gcj, bd):
    assert from_wgs84([wgs], "gcj02")[0] == pytest.approx(gcj, abs=1e-9)
    assert from_wgs84([wgs], "bd09")[0] == pytest.approx(bd, abs=1e-9)
    assert to_wgs84([gcj], "gcj02")[0] == pytest.approx(wgs, abs=1e-9)
    assert to_wgs84([bd], "bd09")[0] == pytest.approx(wgs, abs=1e-9)


@pytest.mark.parametrize("crs", CRS)
def test_outside_the_box_nothing_moves(crs):
    points = np.array([[1.5, 42.5], [-73.9, 40.7], [140.0, 35.0], [107.0, -5.0], [0, 90], [-180, -90]])
    points = np.concatenate([points, *(along_the_edge(side, -3)[100:] for side in range(4))])
    inside = ((points >= (WEST, SOUTH)) & (points <= (EAST, NORTH))).all(axis=1)
    assert not inside.any()
    assert from_wgs84(points, crs) == pytest.approx(points, abs=0)
    far = np.concatenate([points[:6], *(along_the_edge(side, -3)[100:] + (side - 1.5) for side in (0, 3))])
    far = far[((far < (WEST - 0.1, SOUTH - 0.1)) | (far > (EAST + 0.1, NORTH + 0.1))).any(axis=1)]
    assert len(far) > 1000
    assert to_wgs84(far, crs) == pytest.approx(far, abs=0)


@pytest.mark.parametrize("crs", CRS)
@pytest.mark.parametrize("convert", [to_wgs84, from_wgs84])
def test_input_is_neither_changed_nor_shared(convert, crs):
    points = np.array([[107.5, 31.2]])
    convert(points, crs)[:] = 0
    assert points.tolist() == [[107.5, 31.2]]


def test_empty():
    assert to_wgs84([], "gcj02").shape == (0, 2)
    assert from_wgs84(np.empty((0, 2)), "bd09").shape == (0, 2)


@pytest.mark.parametrize("call", [to_wgs84, from_wgs84])
def test_wrong_words_and_shapes(call):
    with pytest.raises(InputError) as caught:
        call([[107.5, 31.2]], "GCJ-02")
    assert caught.value.code == "unknown-crs"
    assert "GCJ-02" in str(caught.value)
    for shape in (
        [107.5, 31.2, 3.0],
        [[107.5, 31.2, 3.0]],
        107.5,
        [[[107.5, 31.2]]],
        [["east", "north"]],
        [[1], [1, 2]],
    ):
        with pytest.raises(InputError) as caught:
            call(shape, "gcj02")
        assert caught.value.code == "bad-positions"


@pytest.mark.parametrize(
    "bad", [(float("nan"), 31.2), (107.5, float("nan")), (float("inf"), 31.2), (-181.0, 31.2), (31.2, 107.5)]
)
def test_what_is_no_position_is_refused_by_its_number(bad):
    for call in (positions, lambda points: to_wgs84(points, "bd09"), lambda points: from_wgs84(points, "wgs84")):
        with pytest.raises(InputError, match=r"Position 2 is .*Give longitude, then latitude") as caught:
            call([(107.5, 31.2), bad, bad])
        assert caught.value.code == "bad-positions"
