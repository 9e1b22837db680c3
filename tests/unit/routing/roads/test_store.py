"""A network is built once, kept beside its layer, opened again, and built anew when the layer is another."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from routing.errors import InputError
from routing.roads import building, store
from routing.roads.facts import describe
from routing.roads.layer import write_layer
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.snap import snap
from routing.roads.trips import paths

from .towns import METRE, no, random_town, table

CROSS = {0: (0, 0), 1: (-100, 0), 2: (100, 0), 3: (0, 100)}
STREETS = [(1, 0, 36, 36, {"name": "一号路"}), (0, 2, 36, 0), (2, 3, 36, 36), (0, 3, 36, 36, {"hgv": "no"})]


@pytest.fixture
def layer(tmp_path):
    path = tmp_path / "town.gpkg"
    edges = table(STREETS, CROSS, [no(+0.0, +3)])
    write_layer(edges, path, describe(edges, name="town"), rules=edges.attrs["rules"])
    return path


@pytest.fixture
def built(monkeypatch):
    """Counts how often a network is built."""
    count = []
    real = building._from_table
    monkeypatch.setattr(building, "_from_table", lambda *a: count.append(1) or real(*a))
    return count


def answers(network):
    weighting = network.weighting()
    snapped = snap(weighting, np.array([(-50, 0), (50, 5), (0, 70)]) * METRE)
    found = matrix(weighting, snapped)
    return found.durations.tolist(), found.distances.tolist(), [p.tolist() for p in paths(weighting, snapped, [(0, 2)])]


def test_opened_again_it_answers_the_same(layer, built):
    first, again = RoadNetwork.from_layer(layer), RoadNetwork.from_layer(layer)
    assert len(built) == 1
    assert answers(first) == answers(again) == answers(RoadNetwork.from_edges(table(STREETS, CROSS, [no(+0.0, +3)])))
    assert (again.facts, again.rules, again.names) == (first.facts, first.rules, first.names)
    assert again.street(0) == "一号路"
    assert isinstance(again.graph.bans, tuple)


def test_large_arrays_are_mapped_and_the_file_stays(tmp_path):
    rng = np.random.default_rng(1)
    RoadNetwork.from_edges(random_town(rng, side=40, rules=0, local=0, one_way=0)).save(tmp_path / "n")
    network = RoadNetwork.open(tmp_path / "n")
    lonlat = network.shapes.lonlat
    assert isinstance(lonlat.base, np.memmap)
    before = (tmp_path / "n" / "network" / "shape_lonlat.npy").read_bytes()
    lonlat[:] = 0
    assert (tmp_path / "n" / "network" / "shape_lonlat.npy").read_bytes() == before


def test_another_layer_is_built_anew_and_the_old_network_goes(layer, built):
    RoadNetwork.from_layer(layer)
    (old,) = (layer.with_suffix(".network")).iterdir()
    edges = table(STREETS[:3], CROSS)
    write_layer(edges, layer, describe(edges, name="town"))
    network = RoadNetwork.from_layer(layer)
    assert (len(built), len(network.u), network.rules) == (2, 3, [])
    (new,) = (layer.with_suffix(".network")).iterdir()
    assert old.name != new.name


@pytest.mark.parametrize("harm", ["cut", "gone", "no-words", "words", "empty"])
def test_a_network_that_is_not_whole_is_built_anew(layer, built, harm):
    expected = answers(RoadNetwork.from_layer(layer))
    (place,) = layer.with_suffix(".network").iterdir()
    if harm == "cut":
        with (place / "seconds.npy").open("r+b") as file:
            file.truncate(100)
    elif harm == "gone":
        (place / "seconds.npy").unlink()
    elif harm == "no-words":
        (place / "words.json").unlink()
    elif harm == "words":
        (place / "words.json").write_text('{"arrays": ', encoding="utf-8")
    else:
        shutil.rmtree(place)
        place.mkdir()
    assert answers(RoadNetwork.from_layer(layer)) == expected
    assert answers(RoadNetwork.from_layer(layer)) == expected
    assert len(built) == 2


def test_a_folder_that_cannot_be_written(layer, built, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.np, "save", full)
    assert answers(RoadNetwork.from_layer(layer)) == answers(RoadNetwork.from_layer(layer))
    assert len(built) == 2
    assert list(layer.with_suffix(".network").iterdir()) == []


def test_builders_at_the_same_time_leave_one_whole_network(layer):
    """Four processes open a new layer at once; all answer, and what they leave is whole."""
    code = (
        "import sys; from pathlib import Path; from routing.roads.network import RoadNetwork;"
        "n = RoadNetwork.from_layer(Path(sys.argv[1])); print(len(n.u))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(layer)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [p.communicate()[0].strip() for p in running] == ["4"] * 4
    (place,) = layer.with_suffix(".network").iterdir()
    assert store.read(place.parent, place.name) is not None


def test_opening_what_is_not_there(tmp_path):
    with pytest.raises(InputError) as caught:
        RoadNetwork.open(tmp_path)
    assert caught.value.code == "network-missing"


def test_opening_another_format(tmp_path, monkeypatch):
    RoadNetwork.from_edges(table(STREETS, CROSS)).save(tmp_path / "n")
    monkeypatch.setattr(store, "FORMAT", "other")
    with pytest.raises(InputError):
        RoadNetwork.open(tmp_path / "n")


def test_no_draft_is_left(layer):
    RoadNetwork.from_layer(layer)
    assert not [name for name in os.listdir(layer.with_suffix(".network")) if name.startswith(".")]
