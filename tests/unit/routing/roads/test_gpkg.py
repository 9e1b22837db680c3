"""The file that we write is a GeoPackage to other programs."""

import sqlite3
from contextlib import closing

import geopandas
import pytest
import shapely

from routing.roads.facts import describe
from routing.roads.layer import COLUMNS, write_layer
from routing.roads.osm import import_extract, read_extract


@pytest.fixture
def layer(extracts, tmp_path):
    import_extract(extracts / "monaco.osm.pbf", "town", tmp_path)
    return tmp_path / "town.gpkg"


def tables(path, sql):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_rows_and_geometry_are_those_that_gdal_writes(extracts, layer, tmp_path):
    edges, _ = read_extract(extracts / "monaco.osm.pbf")
    edges.to_file(tmp_path / "gdal.gpkg", layer="edges", driver="GPKG", index=False)
    sql = f"SELECT fid, geom, {', '.join(COLUMNS)} FROM edges"
    assert tables(layer, sql) == tables(tmp_path / "gdal.gpkg", sql)
    write_layer(edges, tmp_path / "ours.gpkg", describe(edges, name="ours"))
    assert tables(tmp_path / "ours.gpkg", sql) == tables(layer, sql)


def test_catalogue_is_that_of_gdal(extracts, layer, tmp_path):
    edges, _ = read_extract(extracts / "monaco.osm.pbf")
    edges.to_file(tmp_path / "gdal.gpkg", layer="edges", driver="GPKG", index=False)
    for sql in (
        "SELECT data_type, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents WHERE table_name = 'edges'",
        "SELECT * FROM gpkg_geometry_columns",
        "SELECT * FROM gpkg_extensions",
        "SELECT srs_id, organization, definition FROM gpkg_spatial_ref_sys",
        "SELECT name FROM sqlite_master WHERE name LIKE 'rtree%' ORDER BY 1",
        "PRAGMA application_id",
    ):
        assert tables(layer, sql) == tables(tmp_path / "gdal.gpkg", sql), sql
    assert tables(layer, "PRAGMA integrity_check") == [("ok",)]
    assert tables(layer, "PRAGMA foreign_key_check") == []


def test_spatial_index_finds_what_lies_in_a_box(layer):
    whole = geopandas.read_file(layer, layer="edges")
    box = (7.42, 43.735, 7.425, 43.74)
    found = geopandas.read_file(layer, layer="edges", bbox=box)
    near = tables(
        layer,
        f"SELECT count(*) FROM rtree_edges_geom WHERE maxx >= {box[0]} AND minx <= {box[2]}"
        f" AND maxy >= {box[1]} AND miny <= {box[3]}",
    )[0][0]
    assert sorted(found["edge_id"]) == sorted(whole.loc[whole.intersects(shapely.box(*box)), "edge_id"])
    assert 0 < len(found) <= near < len(whole)


def test_index_follows_an_edit(layer):
    """As QGIS does it: the triggers call functions that the editing program brings along."""
    with closing(sqlite3.connect(layer)) as database:
        for name, value in (("ST_MinX", 1.0), ("ST_MaxX", 2.0), ("ST_MinY", 3.0), ("ST_MaxY", 4.0), ("ST_IsEmpty", 0)):
            database.create_function(name, 1, lambda _, value=value: value)

        def box(fid):
            return database.execute(
                "SELECT minx, maxx, miny, maxy FROM rtree_edges_geom WHERE id = ?", (fid,)
            ).fetchall()

        assert box(1) != [(1.0, 2.0, 3.0, 4.0)]
        database.execute("UPDATE edges SET geom = geom WHERE fid = 1")
        assert box(1) == [(1.0, 2.0, 3.0, 4.0)]
        database.execute("UPDATE edges SET fid = 999999 WHERE fid = 1")
        assert (box(1), box(999999)) == ([], [(1.0, 2.0, 3.0, 4.0)])
        database.execute("UPDATE edges SET geom = NULL WHERE fid = 999999")
        assert box(999999) == []
        database.execute("UPDATE edges SET geom = (SELECT geom FROM edges WHERE fid = 2) WHERE fid = 999999")
        assert box(999999) == [(1.0, 2.0, 3.0, 4.0)]
        database.execute("INSERT INTO edges (geom) SELECT geom FROM edges WHERE fid = 2")
        assert len(box(1000000)) == 1
        database.execute("DELETE FROM edges WHERE fid = 1000000")
        assert box(1000000) == []
