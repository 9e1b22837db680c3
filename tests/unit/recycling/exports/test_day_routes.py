"""A day's routes for other programs: in order, on the earth, without persons, and opened by nothing as a formula."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from made_sheets import DAY, DEPOT, made_schedule

from recycling.clock import ServiceClock
from recycling.exports.day_routes import GPX, HEAD, chosen, day_geojson, day_gpx, table_rows
from recycling.exports.tables import csv_bytes

NAMES = {"fridge": "冰箱", "washer": "洗衣机", "paper": "书报"}.get
ORDER = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "metadata": ["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"],
    "wpt": [
        *("ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type", "fix"),
        *("sat", "hdop", "vdop", "pdop", "ageofdgpsdata", "dgpsid", "extensions"),
    ],
    "trk": ["name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"],
    "trkseg": ["trkpt", "extensions"],
}
"""What may stand in what, in this order: the schema of GPX 1.1 (topografix.com/GPX/1/1/gpx.xsd)."""
PERSONAL = ("王女士", "李先生", "138", "139", "3栋2单元501", "门禁")


@pytest.fixture
def clock(settings) -> ServiceClock:
    return settings.clock


def bare(element):
    return element.tag.removeprefix(f"{{{GPX}}}")


def faults_of_gpx(data):
    """What the schema forbids in a file."""
    root = ElementTree.fromstring(data)
    found = []
    if (bare(root), root.get("version"), bool(root.get("creator"))) != ("gpx", "1.1", True):
        found.append("root")
    for element in root.iter():
        name = bare(element)
        if name in ("wpt", "trkpt") and not (
            abs(float(element.get("lat"))) <= 90 and abs(float(element.get("lon"))) <= 180
        ):
            found.append("off the earth")
        order = ORDER["wpt" if name == "trkpt" else name] if len(element) else []
        places = [order.index(bare(child)) if bare(child) in order else -1 for child in element]
        if -1 in places or places != sorted(places):
            found.append(f"children of {name}: {[bare(child) for child in element]}")
    return found


def gpx_of(schedule, clock, language="zh"):
    return day_gpx(schedule, schedule.routes, DEPOT, clock, NAMES, language)


def test_a_gpx_file_keeps_to_its_schema(clock):
    data = gpx_of(made_schedule(), clock)
    assert faults_of_gpx(data) == []
    turned = data.replace(b"<name>", b"<x>").replace(b"</name>", b"</x>")
    assert faults_of_gpx(turned), "the control: another element in a waypoint is found"
    swapped = data.replace(b"<type>depot</type>", b"<type>depot</type><name>late</name>")
    assert faults_of_gpx(swapped), "the control: an element at a wrong place is found"


def test_a_gpx_file_has_the_stops_in_order_and_the_whole_way(clock):
    root = ElementTree.fromstring(gpx_of(made_schedule(), clock))
    space = {"g": GPX}
    names = [one.findtext("g:name", namespaces=space) for one in root.findall("g:wpt", space)]
    assert names == ["示例车场", "1-01 凤凰社区", "1-02 朝阳社区", "1-03 荷叶社区", "1-04 示例分拣中心"]
    (track,) = root.findall("g:trk", space)
    assert track.findtext("g:name", namespaces=space) == "1 川S示A01"
    segments = track.findall("g:trkseg", space)
    assert len(segments) == 5, "a way to each stop, and home"
    ends = [[(p.get("lon"), p.get("lat")) for p in s][-1] for s in segments]
    assert ends[0] == ("107.470000", "31.200000")
    assert ends[-1] == ("107.482000", "31.212000")
    said = root.findall("g:wpt", space)[1].findtext("g:desc", namespaces=space)
    assert said == "08:00-08:20 | (08:00-10:00) | AB12CD34 | 冰箱 ×1; 书报 ×2"
    assert root.findtext("g:metadata/g:time", namespaces=space) == "2026-03-04T12:00:00Z"


def test_what_xml_cannot_write_is_left_out(clock):
    data = gpx_of(made_schedule(plate="A\x00\x1b\ufffe<&>\ud800B"), clock)
    root = ElementTree.fromstring(data)
    assert root.findtext(f"{{{GPX}}}trk/{{{GPX}}}name") == "1 A <&> B"


def test_geojson_has_a_line_a_route_and_its_stops_in_order(clock):
    schedule = made_schedule()
    drawn = json.loads(json.dumps(day_geojson(schedule, schedule.routes, DEPOT, clock, NAMES, "zh"), allow_nan=False))
    assert drawn["properties"] == {
        "depot": "DEP-01", "day": str(DAY), "plan_version": 3, "notice": "演示路网",
    }  # fmt: skip
    depot, route, *stops = drawn["features"]
    assert (depot["properties"]["kind"], depot["geometry"]["coordinates"]) == ("depot", [107.482, 31.212])
    assert (route["geometry"]["type"], len(route["geometry"]["coordinates"])) == ("MultiLineString", 5)
    assert route["properties"] == {
        "kind": "route", "route": 1, "plate": "川S示A01", "vehicle_type": "box", "stops": 3,
        "starts": "2026-03-05 07:50", "ends": "2026-03-05 13:00", "km": 12.3,
    }  # fmt: skip
    assert [(s["properties"]["stop"], s["properties"]["kind"]) for s in stops] == [
        (1, "booking"), (2, "take-back"), (3, "call"), (4, "unload"),
    ]  # fmt: skip
    assert stops[1]["properties"]["takes_back"] == "洗衣机 ×1"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_drawn_says_nothing_of_persons(clock, language):
    schedule = made_schedule()
    drawn = json.dumps(day_geojson(schedule, schedule.routes, DEPOT, clock, NAMES, language), ensure_ascii=False)
    for text in (drawn, gpx_of(schedule, clock, language).decode()):
        assert "凤凰社区" in text
        assert ("演示路网" if language == "zh" else "demonstration") in text
        assert [word for word in PERSONAL if word in text] == []


def test_the_table_has_all_that_a_crew_needs_with_masked_numbers(clock):
    schedule = made_schedule()
    rows = [dict(zip(HEAD, row, strict=True)) for row in table_rows(schedule, schedule.routes, clock, NAMES, "zh")]
    assert [row["stop"] for row in rows] == [1, 2, 3, 4]
    first = rows[0]
    assert (first["phone"], first["address"], first["contact"]) == ("138****8000", "3栋2单元501", "王女士")
    assert (first["promised_from"], first["promised_to"]) == ("2026-03-05 08:00", "2026-03-05 10:00")
    assert (first["begins"], first["ends"]) == ("2026-03-05 08:00", "2026-03-05 08:20")
    assert (first["floor"], first["lift"], first["way_in_m"], first["note"]) == (5, "no", 2.2, "门禁 12#")
    assert (rows[1]["things"], rows[1]["takes_back"]) == ("洗衣机 ×1", "洗衣机 ×1")
    assert [row["load_percent"] for row in rows] == [6, 12, 19, 0]
    assert rows[3]["promised_from"] == ""


@pytest.mark.parametrize("said", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", " =1"])
def test_no_cell_is_a_formula(clock, said):
    schedule = made_schedule(address=said, contact=said)
    data = csv_bytes(HEAD, table_rows(schedule, schedule.routes, clock, NAMES, "zh"))
    (row, *_) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert row["address"].startswith("'")
    assert row["contact"].startswith("'")


def test_one_route_alone():
    schedule = made_schedule(number=4)
    assert chosen(schedule, None) == schedule.routes
    assert chosen(schedule, 4) == schedule.routes
    assert chosen(schedule, 1) == ()
