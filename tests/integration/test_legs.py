"""Driven legs over real extracts, judged against the raw files; and proof that the judge finds what is wrong."""

import numpy as np
import pytest
from judges.legs import TRUCK, drive, town

from routing.roads.network import RoadNetwork

LEGS = 300


@pytest.fixture(
    scope="module",
    params=["monaco.osm.pbf", "helsinki-centre.osm.pbf", "andorra-2025-01-19.osm.pbf"],
    ids=["Monaco", "Helsinki", "Andorra"],
)
def place(request, tmp_path_factory):
    return town(request.param, tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("profile", [None, TRUCK], ids=["anybody", "truck"])
def test_legs(place, profile):
    seen = drive(place, LEGS, profile)
    assert list(seen.kept.values()) == []
    assert seen.legs > 0.99 * LEGS
    assert seen.pieces > 20 * LEGS


def drop_rules(edges):
    edges.attrs["rules"] = []


def open_one_ways(edges):
    edges["kmh_fwd"] = np.where(edges["kmh_fwd"] == 0, edges["kmh_bwd"], edges["kmh_fwd"])
    edges["kmh_bwd"] = np.where(edges["kmh_bwd"] == 0, edges["kmh_fwd"], edges["kmh_bwd"])


def drop_access(edges):
    edges["access"] = None


def drop_limits(edges):
    edges[["maxheight", "maxweight", "maxwidth", "maxlength"]] = np.nan


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (drop_rules, "forbidden turn"),
        (open_one_ways, "against one-way"),
        (drop_access, "through traffic"),
        (drop_limits, "too big"),
    ],
)
def test_judge_finds_what_the_engine_is_not_told(place, change, kind):
    edges = place.layer.copy()
    edges.attrs = dict(place.layer.attrs)
    change(edges)
    seen = drive(place, LEGS // 3, TRUCK, network=RoadNetwork.from_edges(edges))
    assert seen.kinds[kind] > 0
