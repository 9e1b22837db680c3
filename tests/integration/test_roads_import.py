"""Real extracts become layers that route."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from routing.roads.layer import layer_facts, read_layer
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.osm import import_extract
from routing.roads.snap import snap

EXTRACTS = Path(__file__).resolve().parents[2].parent / "shared" / "osm"


@pytest.mark.parametrize(
    ("file", "junctions", "share"),
    [
        ("monaco.osm.pbf", 2280, 0.87),
        ("liechtenstein-2015-07-27.osm.pbf", 3443, 0.88),
        ("andorra-2025-01-19.osm.pbf", 4736, 0.98),
        ("helsinki-centre.osm.pbf", 952, 0.87),
        ("valhalla-ny-access-restriction.osm.pbf", 200, 0.85),
        ("valhalla-nh-access-restriction.osm.pbf", 109, 1.0),
    ],
)
def test_import(file, junctions, share, tmp_path):
    if not (EXTRACTS / file).is_file():
        pytest.skip(f"{file} is not here: put it into ../shared/osm beside the repository")
    facts, report = import_extract(EXTRACTS / file, "town", tmp_path)
    layer = read_layer(tmp_path / "town.gpkg")
    assert layer_facts(tmp_path / "town.gpkg") == facts
    assert (len(layer), facts.junctions) == (report.edges, junctions) == (facts.edges, report.junctions)
    assert facts.largest_part_share >= share
    assert report.ways_read == report.ways_kept + sum(report.skipped.values())
    assert report.restrictions_read == report.restrictions_kept + sum(report.restrictions_skipped.values())
    assert layer.attrs["repaired"] == {}
    assert len({rule.relation for rule in layer.attrs["rules"]}) == report.restrictions_kept
    assert facts.km == pytest.approx(sum(report.km_by_class.values()), abs=0.02)

    network = RoadNetwork.from_layer(tmp_path / "town.gpkg")
    assert report.small_parts_km <= network.left_out_km + 0.001  # restrictions and private ways part some more
    assert network.left_out_km < report.small_parts_km + 0.05 * facts.km
    rng = np.random.default_rng(3)
    on = rng.choice(np.flatnonzero(network.usable), 20)
    points = shapely.line_interpolate_point(network.geometry[on], rng.random(20), normalized=True)
    snapped = snap(network.weighting(), shapely.get_coordinates(points))
    assert snapped.ok.all()
    assert (matrix(network.weighting(), snapped).durations >= 0).all()
