import subprocess
import sys

import pytest

from routing.errors import InputError
from routing.roads.network import RoadNetwork, VehicleProfile
from routing.roads.osm import import_extract, read_extract

ROAD = {"highway": "residential"}


def test_from_layer_equals_from_edges(write_osm, tmp_path):
    path = write_osm(([1, 2, 3], ROAD), ([2, 12], ROAD))
    facts, _ = import_extract(path, "tiny", tmp_path)
    network = RoadNetwork.from_layer(tmp_path / "tiny.gpkg")
    other = RoadNetwork.from_edges(read_extract(path)[0])
    assert network.facts == facts
    assert (network.notice, network.bbox, network.left_out_km) == (None, facts.bbox, 0.0)
    assert network.seconds_fwd.tolist() == other.seconds_fwd.tolist()
    assert network.junction.tolist() == [1, 2, 3, 12]


def test_speeds_become_seconds(write_osm):
    network = RoadNetwork.from_edges(
        read_extract(write_osm(([1, 2], {**ROAD, "maxspeed": "36", "oneway": "yes"}), ([2, 12, 1], ROAD)))[0]
    )
    assert network.seconds_fwd[0] == pytest.approx(11.132, abs=1e-3)  # 111.32 m at 10 m/s
    assert network.seconds_bwd[0] == float("inf")


@pytest.mark.parametrize(
    ("tags", "profile", "open_"),
    [
        ({"maxheight": "3.0"}, VehicleProfile("t", height=3.1), False),
        ({"maxheight": "3.1"}, VehicleProfile("t", height=3.1), True),
        ({"maxweight": "3.5"}, VehicleProfile("t", weight=4.5), False),
        ({"maxwidth": "2"}, VehicleProfile("t", width=2.2), False),
        ({"maxlength": "6"}, VehicleProfile("t", length=7), False),
        ({"maxlength": "6"}, VehicleProfile("t", width=7), True),
        ({"hgv": "no"}, VehicleProfile("t", hgv=True), False),
        ({"hgv": "no"}, VehicleProfile("t"), True),
        ({"hgv": "destination"}, VehicleProfile("t", hgv=True), True),
        ({}, VehicleProfile("t", height=4, weight=30, hgv=True), True),
    ],
)
def test_limits_close_roads(write_osm, tags, profile, open_):
    network = RoadNetwork.from_edges(read_extract(write_osm(([1, 2], {**ROAD, **tags}), ([2, 3], ROAD)))[0])
    assert network.allowed_for(profile).tolist() == [open_, True]
    assert network.usable_by(profile).tolist() == [open_, True]
    assert network.allowed_for(None).all()


def test_one_way_into_a_dead_end_is_left_out(write_osm):
    network = RoadNetwork.from_edges(read_extract(write_osm(([1, 2, 3], ROAD), ([3, 4], {**ROAD, "oneway": "yes"})))[0])
    assert network.usable.tolist() == [True, False]
    assert network.left_out_km == pytest.approx(0.111, abs=1e-3)


def test_no_usable_road(write_osm):
    edges, _ = read_extract(write_osm(([1, 2], {**ROAD, "oneway": "yes", "maxheight": "2"})))
    with pytest.raises(InputError) as caught:
        RoadNetwork.from_edges(edges)
    assert caught.value.code == "no-usable-roads"
    edges["kmh_bwd"] = 20
    network = RoadNetwork.from_edges(edges)
    with pytest.raises(InputError, match="by giant"):
        network.usable_by(VehicleProfile("giant", height=9))


def test_importing_the_package_is_light():
    heavy = ["geopandas", "pandas", "scipy", "shapely", "osmium", "pyogrio", "pyproj"]
    code = "import sys, routing.roads, routing.roads.layer, routing.roads.matrix, routing.roads.osm;"
    code += f"print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
