import math

import pytest

from routing.roads.osm import tags as osm_tags


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        (" 50 ", 50),
        ("50 km/h", 50),
        ("30 mph", 48),
        ("30mph", 48),
        ("60;40", 40),
        ("walk", 6),
        ("none", None),
        ("CN:urban", None),
        ("RU:rural", None),
        ("signals", None),
        ("0", None),
        ("fast", None),
        ("", None),
        (None, None),
    ],
)
def test_speed(text, kmh):
    assert osm_tags.speed_kmh(text) == kmh


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("3.8", 3.8),
        ("3,8", 3.8),
        ("3.8 m", 3.8),
        ("3.8m", 3.8),
        ("380 cm", 3.8),
        ("12'6\"", 3.81),
        ("12' 6\"", 3.81),
        ("12′6″", 3.81),
        ("12'", 3.6576),
        ("12 ft", 3.6576),
        ("12 ft 6 in", 3.81),
        ("4.5;4.2", 4.2),
    ],
)
def test_metres(text, metres):
    assert osm_tags.metres(text) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [("3.5", 3.5), ("3.5 t", 3.5), ("3.5t", 3.5), ("7500 kg", 7.5), ("10000 lbs", 4.5359), ("5 st", 4.5359)],
)
def test_tonnes(text, tonnes):
    assert osm_tags.tonnes(text) == pytest.approx(tonnes, abs=1e-4)


@pytest.mark.parametrize("text", ["default", "none", "unsigned", "below_default", "", None, "0", "-3", "4 parsecs"])
def test_no_limit(text):
    assert math.isnan(osm_tags.metres(text))
    assert math.isnan(osm_tags.tonnes(text))


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({}, 0),
        ({"oneway": "yes"}, 1),
        ({"oneway": "1"}, 1),
        ({"oneway": "true"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "reverse"}, -1),
        ({"oneway": "no"}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "circular"}, 1),
        ({"junction": "roundabout", "oneway": "no"}, 0),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, 0),
        ({"highway": "motorway_link"}, 0),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, 0),
    ],
)
def test_direction(tags, direction):
    assert osm_tags.direction({"highway": "residential", **tags}) == direction


@pytest.mark.parametrize(
    ("tags", "speeds"),
    [
        ({"highway": "residential"}, (25, 25, False)),
        ({"highway": "primary", "maxspeed": "70"}, (70, 70, True)),
        ({"highway": "primary", "maxspeed": "CN:rural"}, (50, 50, False)),
        ({"highway": "primary", "maxspeed": "60", "maxspeed:backward": "40"}, (60, 40, True)),
        ({"highway": "primary", "maxspeed:forward": "30"}, (30, 50, True)),
        ({"highway": "primary", "oneway": "yes"}, (50, 0, False)),
        ({"highway": "primary", "oneway": "-1", "maxspeed": "30"}, (0, 30, True)),
        ({"highway": "motorway", "maxspeed": "120"}, (100, 0, True)),
        ({"highway": "motorway", "maxspeed": "none"}, (80, 0, False)),
        ({"highway": "track"}, (10, 10, False)),
    ],
)
def test_speeds(tags, speeds):
    assert osm_tags.speeds(tags) == speeds


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential"},
        {"highway": "residential", "access": "destination"},
        {"highway": "residential", "access": "no", "motor_vehicle": "yes"},
        {"highway": "residential", "access": "private", "vehicle": "destination"},
        {"highway": "service"},
        {"highway": "service", "service": "parking_aisle"},
        {"highway": "service", "service": "driveway", "access": "customers"},
    ],
)
def test_let_in(tags):
    assert osm_tags.why_not(tags) is None


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "footway"}, "not-for-motor-vehicles"),
        ({"highway": "track"}, "not-for-motor-vehicles"),
        ({"highway": "construction"}, "not-for-motor-vehicles"),
        ({"highway": "residential", "access": "no"}, "not-for-motor-vehicles"),
        ({"highway": "residential", "access": "private"}, "not-for-motor-vehicles"),
        ({"highway": "residential", "vehicle": "no"}, "not-for-motor-vehicles"),
        ({"highway": "residential", "access": "yes", "motor_vehicle": "no"}, "not-for-motor-vehicles"),
        (
            {"highway": "service", "service": "driveway", "access": "private", "motor_vehicle": "yes"},
            "not-for-motor-vehicles",
        ),
        ({"highway": "service", "area": "yes"}, "area"),
        ({"highway": "primary", "oneway": "reversible"}, "reversible"),
    ],
)
def test_kept_out(tags, reason):
    assert osm_tags.why_not(tags) == reason


def test_tracks_on_request():
    assert osm_tags.why_not({"highway": "track"}, tracks=True) is None


@pytest.mark.parametrize(
    ("tags", "sides"),
    [
        ({}, (True, True)),
        ({"motor_vehicle:backward": "no"}, (True, False)),
        ({"vehicle:forward": "private"}, (False, True)),
        ({"vehicle:backward": "no", "motor_vehicle:backward": "yes"}, (True, True)),
        ({"motor_vehicle:backward": "destination"}, (True, True)),
        ({"access:backward": "no", "oneway": "-1"}, (False, False)),
        ({"motor_vehicle:forward": "no", "oneway:motor_vehicle": "yes"}, (False, False)),
        ({"access:forward": "no", "access:backward": "permit"}, (False, False)),
    ],
)
def test_sides(tags, sides):
    road = {"highway": "residential", **tags}
    assert osm_tags.open_sides(road) == sides
    assert tuple(kmh > 0 for kmh in osm_tags.speeds(road)[:2]) == sides
    assert osm_tags.why_not(road) == (None if any(sides) else "not-for-motor-vehicles")


@pytest.mark.parametrize(
    ("tags", "limits"),
    [
        ({"maxweightrating:hgv": "3.5"}, (None, 3.5, None)),
        ({"maxweight": "none", "maxgcweight": "7.5"}, (None, 7.5, None)),
        ({"maxweight": "10", "maxweight:hgv": "5"}, (None, 10, None)),
        ({"maxwidth:physical": "2.1"}, (None, None, 2.1)),
        ({"maxwidth": "2.3", "maxwidth:physical": "2.1", "maxheight:physical": "3"}, (3, None, 2.3)),
    ],
)
def test_limits_that_stand_in(tags, limits):
    found = osm_tags.limits(tags)[:3]
    assert [None if math.isnan(number) else number for number in found] == list(limits)
