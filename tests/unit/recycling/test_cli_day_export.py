"""`recycling day export`: the routes of a planned day as files."""

import json
from xml.etree import ElementTree

import pypdfium2
import pytest
import time_machine
from made_plans import make_plan


@pytest.fixture
def planned(upgraded, network, booked, now):
    """A record with a plan of two bookings."""
    network(upgraded)
    with time_machine.travel(now, tick=False):
        first, second = booked(upgraded, 2)
        make_plan(upgraded, second, 1, before=(first,))
        yield first, second


def test_a_day_is_written_in_all_forms(run, planned, tmp_path):
    status, out, _ = run("day", "export", "DEP-01", "2026-03-05", "--out", tmp_path / "routes")
    names = [f"DEP-01-2026-03-05.{form}" for form in ("csv", "gpx", "geojson", "pdf")]
    assert (status, out.splitlines()) == (0, [f"written to {tmp_path / 'routes' / name}" for name in names])
    table = (tmp_path / "routes" / names[0]).read_text(encoding="utf-8-sig")
    assert "138****8000" in table
    assert "13800138000" not in table
    ElementTree.parse(tmp_path / "routes" / names[1])
    assert json.loads((tmp_path / "routes" / names[2]).read_text())["features"]


@pytest.mark.parametrize(("language", "said"), [("zh", "上门"), ("en", "Door pickup")])
def test_sheets_to_print_speak_the_language_and_mask_numbers(run, planned, tmp_path, language, said):
    words = ("day", "export", "DEP-01", "2026-03-05", "--out", tmp_path, "--form", "pdf", "--language", language)
    assert run(*words, "--route", 1)[0] == 0
    (path,) = tmp_path.glob("DEP-*")
    assert path.name == "DEP-01-2026-03-05-1.pdf"
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path.read_bytes()))
    assert said in text
    assert "138****8000" in text
    assert "13800138000" not in text


def test_one_route_in_one_form_and_in_english(run, planned, tmp_path):
    words = ("day", "export", "DEP-01", "2026-03-05", "--out", tmp_path, "--form", "gpx", "--language", "en")
    assert run(*words, "--route", 1)[0] == 0
    assert [path.name for path in tmp_path.glob("DEP-*")] == ["DEP-01-2026-03-05-1.gpx"]
    assert "Example DEP-01" in (tmp_path / "DEP-01-2026-03-05-1.gpx").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("DEP-01", "2026-03-06"), "no plan yet"),
        (("DEP-09", "2026-03-05"), "DEP-09"),
        (("DEP-01", "2026-03-05", "--route", 9), "no route 9"),
    ],
)
def test_what_is_not_there_is_told(run, planned, tmp_path, words, said):
    status, _, err = run("day", "export", *words, "--out", tmp_path / "none")
    assert (status, said in err) == (2, True), err
    assert not (tmp_path / "none").exists()
