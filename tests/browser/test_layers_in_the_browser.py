"""Layers in and out in a browser: a file is read, what is wrong told, what is sound seen and taken, and taken away."""

import json

import pytest
from planning import open_all, planning
from soundness import assert_sound
from sqlalchemy import select
from town_streets import crossing
from visitors import visitor

from recycling.models import ScenarioLayer
from recycling.sites.scenarios import the_scenario

WIDTHS = [(360, "en"), (1280, "zh-CN")]


@pytest.fixture
def room(sqlite_record, settings, catalogue, fleet, signed_in, home):
    with planning(sqlite_record, settings, catalogue, fleet, signed_in) as found:
        yield found


@pytest.fixture
def look(chromium, room):
    """Return a function that opens pages as the planner; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, room.base, room.token) as visit:
        yield visit


def layer(*places):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": list(at)}}
        for name, at in places
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def chosen(page, name, data):
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/geo+json", "buffer": data})


@pytest.mark.parametrize(("width", "language"), WIDTHS)
def test_a_layer_is_read_seen_taken_and_taken_away(look, room, width, language):
    page, english = look(width, language, refused=True), language == "en"
    page.goto(f"/plan/sites/{room.scenario}/layers")
    open_all(page)
    assert_sound(page)
    read = page.get_by_role("button", name="Read the file" if english else "读取文件")
    chosen(page, "北.geojson", "名称,经度,纬度\n城北,107.4,31.2\n".encode())
    read.press("Enter")
    page.get_by_text("inside it seems to be a table" if english else "看起来是表格").wait_for()
    assert page.locator("#file").get_attribute("aria-invalid") == "true"
    chosen(page, "北.geojson", layer(("城北", crossing(1, 1)), ("远", (100.0, 20.0))))
    read.click()
    page.locator("[name=leave]").wait_for()
    assert_sound(page)
    page.locator("[name=leave]").press("Space")
    page.locator("[name=deed][value=take]").press("Enter")
    page.wait_for_url(f"**/{room.scenario}")
    assert "城北" in page.locator(".site-work").inner_text()
    page.goto(f"/plan/sites/{room.scenario}/layers")
    with page.expect_download() as sent:
        page.get_by_role("link", name="GeoJSON", exact=True).first.click()
    taken = json.loads(sent.value.path().read_text(encoding="utf-8"))
    assert "城北" in {one["properties"]["name"] for one in taken["features"]}


def test_a_layer_that_is_not_wanted_is_forgotten(look, room, sqlite_record):
    page = look(language="en")
    page.goto(f"/plan/sites/{room.scenario}/layers")
    chosen(page, "north.geojson", layer(("North", crossing(2, 2))))
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Forget it").press("Enter")
    page.locator("#file").wait_for()
    with sqlite_record.read() as session:
        assert session.scalars(select(ScenarioLayer)).all() == []
        assert "North" not in {row.name for row in the_scenario(session, room.scenario).sites}
