import numpy as np
import pytest
from toy import FILES

from benchmarks.cases import draw, read_cases, sizes, then, write_cases
from benchmarks.dimacs import files_of, read
from routing.errors import InputError


@pytest.fixture
def arcs(toy):
    return read(files_of(toy() / FILES[0]))


def test_sizes():
    assert sizes("200, 1000,50000x200") == [(200, 200), (1000, 1000), (50000, 200)]


@pytest.mark.parametrize("text", ["", "ten", "0", "5x", "-3", "2.5", "20000", "200000x1000", "5,,6"])
def test_sizes_that_cannot_be(text):
    with pytest.raises(InputError, match="--points"):
        sizes(text)


def test_the_same_seed_draws_the_same(arcs):
    one, same, other = (draw(arcs, [(10, 10), (4, 7)], seed, None) for seed in (1, 1, 2))
    for a, b in zip(one, same, strict=True):
        assert a.name == b.name
        np.testing.assert_array_equal(a.sources, b.sources)
        np.testing.assert_array_equal(a.closed, b.closed)
    assert not np.array_equal(one[0].sources, other[0].sources)


def test_what_is_drawn(arcs):
    cases = {case.name: case for case in draw(arcs, [(10, 10), (4, 7), (5, 5)], 1, None)}
    assert list(cases) == ["matrix 5x5", "matrix 4x7", "matrix 10x10", "paths 1000", "closure 1"]
    assert cases["matrix 10x10"].square
    assert len(np.unique(cases["matrix 10x10"].sources)) == 10
    np.testing.assert_array_equal(cases["matrix 10x10"].sources[:5], cases["matrix 5x5"].sources)
    assert cases["matrix 4x7"].sources.shape == (4,)
    assert cases["matrix 4x7"].targets.shape == (7,)
    assert len(cases["paths 1000"].sources) == 1000, "drawn again when there are too few"
    closed = cases["closure 1"].closed
    assert len(closed) == 2, "there and back"
    assert {*arcs.tail[closed]} == {*arcs.head[closed]}
    assert then(cases["closure 1"]) == "closure 1, then 30x30"


def test_only_places_to_stop_at(arcs):
    stops = np.array([3, 4, 8])
    for case in draw(arcs, [(3, 3)], 1, stops):
        assert set(case.sources) <= set(stops)


def test_junctions_that_share_their_place_are_left_out(toy):
    network = read(files_of(toy() / FILES[0]))
    network.lonlat[7] = network.lonlat[20]
    assert not {7, 20} & {node for case in draw(network, [(28, 28)], 1, None) for node in case.sources.tolist()}


def test_no_way_there_and_back(arcs):
    with pytest.raises(InputError, match="no two junctions"):
        draw(arcs, [(3, 3)], 1, np.array([5]))


def test_written_and_read(arcs, tmp_path):
    cases = draw(arcs, [(4, 7)], 1, None)
    write_cases(cases, tmp_path / "cases.npz")
    for a, b in zip(cases, read_cases(tmp_path / "cases.npz"), strict=True):
        assert (a.name, a.kind) == (b.name, b.kind)
        for part in ("sources", "targets", "closed"):
            np.testing.assert_array_equal(getattr(a, part), getattr(b, part))
