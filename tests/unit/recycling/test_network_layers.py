import json
import shutil

import pytest
from sqlalchemy import func, select

from recycling import network as layers
from recycling.errors import ConfigurationError, NotFoundError
from recycling.models import Area, Community, Site


@pytest.fixture
def geo(home):
    """The home's own copy of the shipped layers."""
    (home / "data").unlink()
    source = layers.home().parent  # the temporary folder; the checkout is found by the package
    assert source.is_dir()
    checkout = layers.Path(layers.__file__).resolve().parents[1]
    keep = ("*.py", "making", "sources", "__pycache__")
    shutil.copytree(checkout / "data", home / "data", ignore=shutil.ignore_patterns(*keep))
    return home / "data" / "geo"


def fault_of():
    with pytest.raises(ConfigurationError) as caught:
        layers.shipped_network()
    (fault,) = caught.value.faults
    return fault.code, str(fault)


def test_shipped_layers_fit_together():
    data = layers.shipped_network()
    depots = {s.code for s in data.sites if s.kind == "depot"}
    assert {c.depot_code for c in data.communities} <= depots
    assert sum(s.kind == "comprehensive" for s in data.sites) >= 2
    assert all(layers.inside(data.area, s.lon, s.lat) for s in data.sites)
    assert all(layers.inside(data.area, c.lon, c.lat) for c in data.communities[::50])
    assert data.area.notice == {"zh": "演示路网(合成)，不可用于导航", "en": "demonstration roads, not for navigation"}
    assert layers.roads_path(data.area).is_file()


def test_shipped_layers_go_into_both_databases(database):
    data = layers.shipped_network()
    sites, communities = len(data.sites), len(data.communities)
    with database.write() as session:
        layers.store(session, data)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == sites
        assert session.scalar(select(func.count()).select_from(Community)) == communities
        area = layers.the_area(session)
        assert layers.inside(area, area.lon, area.lat)
        assert [d.code for d in layers.depots(session)] == sorted(s.code for s in layers.depots(session))


def test_a_second_network_is_refused_by_the_database(record, town):
    with pytest.raises(Exception, match=r"UNIQUE|duplicate"), record.write() as session:
        layers.store(session, town())
    with record.read() as session:
        assert session.scalar(select(func.count()).select_from(Area)) == 1


def test_depots_by_code(record):
    with record.read() as session:
        assert [d.code for d in layers.depots(session)] == ["DEP-01", "DEP-02"]
        assert layers.the_depot(session, "DEP-02").name_en == "Example DEP-02"
        with pytest.raises(NotFoundError, match=r"no depot CEN-01\. Choose one of: DEP-01, DEP-02"):
            layers.the_depot(session, "CEN-01")


def test_no_network_says_what_to_run(sqlite_database):
    with sqlite_database.read() as session, pytest.raises(NotFoundError, match="recycling network load"):
        layers.the_area(session)


def test_a_missing_layer(geo):
    (geo / "towns.geojson").unlink()
    assert fault_of() == ("layer-missing", "The layer towns.geojson is not there. Run: python data/geo/build.py")


@pytest.mark.parametrize("file", ["communities.geojson", "depots.geojson", "roads.gpkg"])
def test_a_changed_layer(geo, file):
    layers.shipped_network()  # the control: unchanged it is read
    with (geo / file).open("ab") as layer:
        layer.write(b" ")
    code, text = fault_of()
    assert code == "layer-changed"
    assert file in text


@pytest.mark.parametrize("content", ["", "{", '{"city": ', "\xff"])
def test_a_damaged_manifest(geo, content):
    (geo / "manifest.json").write_bytes(content.encode("latin-1"))
    code, text = fault_of()
    assert code == "layer-changed"
    assert "manifest.json" in text


def test_a_missing_manifest(geo):
    (geo / "manifest.json").unlink()
    assert fault_of()[0] == "layer-missing"


def test_the_outline_has_holes_and_parts_as_drawn():
    data = layers.shipped_network()
    counties = json.loads((layers.home() / "data" / "geo" / "counties.geojson").read_text(encoding="utf-8"))
    assert len(data.area.outline["coordinates"]) >= len(counties["features"])
    assert not layers.inside(data.area, 0.0, 0.0)
