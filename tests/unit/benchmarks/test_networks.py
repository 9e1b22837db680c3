import pytest
from toy import FILES

from benchmarks.networks import find
from routing.errors import InputError


def names(sources):
    return [source.name for source in sources]


def test_a_folder_holds_each_network_once(toy):
    folder = toy()
    (folder / "big.osm.pbf").write_bytes(b"x" * 90_000)
    (folder / "small.gpkg").write_bytes(b"x")
    (folder / "notes.txt").write_text("not a network")
    assert names(find([folder])) == ["small", "TOY", "big"]
    assert names(find([folder, folder / FILES[1], folder / FILES[2]])) == ["small", "TOY", "big"]


def test_what_kind(toy):
    folder = toy()
    (folder / "a.osm.pbf").touch()
    (folder / "b.gpkg").touch()
    a, b, arcs = find([folder])
    assert a.extract.name == "a.osm.pbf"
    assert b.layer.name == "b.gpkg"
    assert arcs.arcs.times.name == FILES[0]


@pytest.mark.parametrize(("limit", "chosen"), [(1, "c"), (2, "ae"), (3, "ace"), (5, "abcde"), (9, "abcde")])
def test_limit_spreads_over_sizes(tmp_path, limit, chosen):
    for i, name in enumerate("abcde"):
        (tmp_path / f"{name}.osm.pbf").write_bytes(b"x" * 10**i)
    assert names(find([tmp_path], limit)) == list(chosen)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match=r"no file or folder .*absent\.osm\.pbf"):
        find([tmp_path / "absent.osm.pbf"])


def test_empty_folder(tmp_path):
    with pytest.raises(InputError, match="has no road networks"):
        find([tmp_path])


def test_no_network(tmp_path):
    (tmp_path / "roads.csv").touch()
    with pytest.raises(InputError, match=r"roads\.csv is no road network"):
        find([tmp_path / "roads.csv"])
