"""`recycling roads`: each subcommand as an operator uses it, on a small town of real form."""

import csv
import json
import shutil
import xml.etree.ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from recycling.cli import main

WEST, SOUTH, STEP = 107.470, 31.200, 0.003  # the grid of the fixture road_layer


def corner(column, row):
    return round(WEST + column * STEP, 6), round(SOUTH + row * STEP, 6)


@pytest.fixture
def town(home, road_layer):
    """The grid of streets as an imported layer called town."""
    folder = home / "var" / "roads"
    folder.mkdir(parents=True)
    for file in road_layer.parent.glob(f"{road_layer.stem}.*"):
        if file.is_file():
            shutil.copy(file, folder / f"town{file.suffix}")
    return folder / "town.gpkg"


@pytest.fixture
def run(town):
    def call(*words):
        result = CliRunner().invoke(main, ["roads", *map(str, words)], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result.exit_code, result.stdout, result.stderr

    return call


def at(column, row, off=0.0):
    lon, lat = corner(column, row)
    return f"{lon + off:.6f},{lat + off:.6f}"


def test_info(run):
    status, out, _ = run("info", "town")
    assert status == 0
    for words in ("144 edges between 81 junctions", "largest connected part: 100.0%", "honesty: 144 edges synthetic"):
        assert words in out
    assert "demonstration roads, not for navigation" in out


def test_info_names_closures(run):
    run("close", "town", "works", "--edge", 3)
    assert "Closure: works" in run("info", "town")[1]


def test_the_shipped_layer_has_a_name(home):
    result = CliRunner().invoke(main, ["roads", "info", "dazhou"])
    assert result.exit_code == 0
    assert "7528 edges" in result.stdout


def test_an_unknown_layer(run):
    status, _, err = run("info", "nowhere")
    assert status == 2
    assert "There are: town." in err


def test_route(run, tmp_path):
    status, out, _ = run("route", "town", at(0, 0), at(2, 0), "--out", tmp_path / "way.svg")
    assert status == 0
    assert "in all" in out
    assert "not for navigation" in out
    drawn = xml.etree.ElementTree.parse(tmp_path / "way.svg").getroot()
    assert drawn.tag.endswith("svg")
    text = (tmp_path / "way.svg").read_text(encoding="utf-8")
    assert "演示路网" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_route_as_geojson(run, tmp_path):
    assert run("route", "town", at(0, 0), at(2, 0), "--out", tmp_path / "way.geojson")[0] == 0
    found = json.loads((tmp_path / "way.geojson").read_text(encoding="utf-8"))
    assert found["geometry"]["type"] == "LineString"
    assert found["properties"]["notice"]["en"] == "demonstration roads, not for navigation"


def total(out):
    return int(out.splitlines()[-2].split(" m ")[0])


def test_closing_a_street_makes_the_way_longer_until_it_is_opened(run):
    before = total(run("route", "town", at(0, 0), at(2, 0))[1])
    middle = f"{(corner(1, 0)[0] + corner(2, 0)[0]) / 2:.6f},{corner(1, 0)[1]:.6f}"
    status, out, _ = run("close", "town", "works", "--at", middle, "--reason", "pipes")
    assert status == 0
    assert "Closed 'works': 1 edges" in out
    assert total(run("route", "town", at(0, 0), at(2, 0))[1]) > before + 300
    assert run("open", "town", "works")[:2] == (0, "Open again: 'works'.\n")
    assert total(run("route", "town", at(0, 0), at(2, 0))[1]) == before


def test_closing_an_area(run, tmp_path):
    """Every street that touches the outline: the four around one crossing."""
    lon, lat = corner(4, 4)
    ring = [[lon + x * 0.0005, lat + y * 0.0005] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    outline = tmp_path / "works.geojson"
    outline.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    status, out, _ = run("close", "town", "works", "--area", outline)
    assert status == 0
    assert "Closed 'works': 4 edges" in out
    outline.unlink()  # the outline is kept with the closure
    assert "Closure: works" in run("info", "town")[1]
    assert total(run("route", "town", at(3, 4), at(5, 4))[1]) > 1000


def test_a_closure_holds_on_its_days_and_hours(run):
    middle = f"{(corner(1, 0)[0] + corner(2, 0)[0]) / 2:.6f},{corner(1, 0)[1]:.6f}"
    run(
        "close",
        "town",
        "works",
        "--at",
        middle,
        "--first",
        "2026-12-01",
        "--last",
        "2026-12-02",
        "--hours",
        "07:00-09:00",
    )
    ways = {
        when: total(run("route", "town", at(0, 0), at(2, 0), "--at", when)[1])
        for when in ("2026-11-30 08:00", "2026-12-01 06:59", "2026-12-01 07:00", "2026-12-02T08:59", "2026-12-02 09:00")
    }
    free = ways["2026-11-30 08:00"]
    assert [metres > free for metres in ways.values()] == [False, False, True, True, False]


def test_a_place_in_another_system(run):
    from routing.roads.crs import from_wgs84

    lon, lat = from_wgs84([corner(2, 0)], "bd09")[0]
    plain = run("route", "town", at(0, 0), at(2, 0))[1]
    gcj = from_wgs84([corner(0, 0)], "bd09")[0]
    assert total(run("route", "town", f"{gcj[0]},{gcj[1]}", f"{lon},{lat}", "--crs", "bd09")[1]) == pytest.approx(
        total(plain), abs=1
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("route", "town", "31.2,107.5", "107.47,31.2"), "in degrees; longitude comes first"),
        (("route", "town", "a,b", "107.47,31.2"), "is not LON,LAT"),
        (("route", "town", "1,1", "107.47,31.2"), "a position has no road"),
        (("route", "town", "107.47,31.2", "107.473,31.2", "--vehicle", "tank"), "Choose one of: van, box"),
        (("route", "town", "107.47,31.2", "107.473,31.2", "--at", "noon"), "does not match the formats"),
        (("route", "town", "107.47,31.2", "107.473,31.2", "--crs", "utm"), "Say wgs84, gcj02"),
        (("route", "town", "107.47,31.2", "107.473,31.2", "--out", "way.png"), ".svg or .geojson"),
        (("close", "town", "works"), "say which roads"),
        (("close", "town", "works", "--road", "无名路"), "has no road '无名路'"),
        (("close", "town", "works", "--edge", 3, "--hours", "late"), "not a span"),
        (("close", "town", "works", "--area", "no.geojson"), "cannot be read"),
        (("open", "town", "works"), "There is no closure 'works'"),
        (("matrix", "town", "no.csv", "--out", "out.csv"), "no.csv cannot be read"),
        (("import", "x.osm.pbf", "--name", "dazhou"), "Choose another name"),
    ],
)
def test_what_is_wrong_is_told(run, home, words, told):
    status, _, err = run(*words)
    assert status == 2
    assert told in err
    assert not (home / "var" / "roads" / "town.closures.json").exists()


class TestMatrix:
    @pytest.fixture
    def points(self, tmp_path):
        path = tmp_path / "points.csv"
        rows = [("id", "lon", "lat"), *((f"P{k}", *corner(k, k)) for k in range(3)), ("far", 1.0, 1.0)]
        path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8-sig")
        return path

    def test_as_csv(self, run, points, tmp_path):
        status, out, err = run("matrix", "town", points, "--out", tmp_path / "out.csv")
        assert status == 0
        assert "without a road: far: outside-area" in err
        assert "4 x 4, 0 pairs without a way" in out
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 16
        assert next(r for r in rows if r["from"] == "far" and r["to"] == "P0")["seconds"] == ""
        there = [int(r["seconds"]) for r in rows if r["from"] == "P0" and r["to"].startswith("P")]
        assert there == sorted(there)
        assert there[0] == 0

    def test_as_arrays_to_other_points(self, run, points, tmp_path):
        goals = {
            "type": "FeatureCollection",
            "features": [
                {"geometry": {"type": "Point", "coordinates": list(corner(4, 4))}, "properties": {"name": "hub"}}
            ],
        }
        (tmp_path / "goals.geojson").write_text(json.dumps(goals), encoding="utf-8")
        assert run("matrix", "town", points, "--to", tmp_path / "goals.geojson", "--out", tmp_path / "o.npz")[0] == 0
        found = np.load(tmp_path / "o.npz")
        assert found["durations"].shape == (4, 1)
        assert (found["durations"][:3] > 0).all()
        assert found["targets"].tolist() == ["hub"]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "must name lon and lat"),
            ("x,y\n1,2\n", "has the columns x, y"),
            ("lon,lat\n", "holds no position"),
            ("lon,lat\n107,31\n107,\n", "line 3"),
            ("lon,lat\n31,107\n", "line 2: 31, 107 is not a longitude"),
            ('{"features": [{"geometry": {"type": "LineString", "coordinates": [[1, 2]]}}]}', "feature 1"),
            ('{"features": 3}', "no GeoJSON collection"),
        ],
    )
    def test_wrong_points(self, run, tmp_path, text, told):
        (tmp_path / "p.csv").write_text(text, encoding="utf-8")
        status, _, err = run("matrix", "town", tmp_path / "p.csv", "--out", tmp_path / "out.csv")
        assert status == 2
        assert told in err
        assert not (tmp_path / "out.csv").exists()
