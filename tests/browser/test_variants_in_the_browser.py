"""Many variants of a scenario in a browser: asked, followed, read as a table, taken away."""

import csv
import io

import pytest
from planning import planning
from soundness import assert_sound
from visitors import visitor

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


@pytest.mark.parametrize(("width", "language"), WIDTHS)
def test_variants_are_asked_by_keyboard_followed_and_taken_away(look, room, width, language):
    page, english = look(width, language), language == "en"
    page.goto(f"/plan/sites/{room.scenario}")
    page.get_by_role("link", name="Many variants" if english else "多变体计算").press("Enter")
    page.locator("#demand").wait_for()
    assert_sound(page)
    page.locator("#demand").fill("80，130")
    page.locator("[name=each]").press("Space")
    page.locator("#fuel").fill("100 120")
    page.locator("#fuel").press("Enter")
    page.wait_for_url("**/searches/*")
    page.locator("table.variants").wait_for()
    assert page.locator("table.variants tbody tr").count() == 4
    assert_sound(page)
    with page.expect_download() as sent:
        page.get_by_role("link", name="CSV", exact=True).click()
    lines = list(csv.DictReader(io.StringIO(sent.value.path().read_text(encoding="utf-8-sig"))))
    assert {(one["demand_percent"], one["fuel_percent"]) for one in lines} == {
        ("80", "100"), ("80", "120"), ("130", "100"), ("130", "120"),
    }  # fmt: skip


def test_what_is_wrong_is_told_where_it_stands(look, room):
    page = look(360, "en", refused=True)
    page.goto(f"/plan/sites/{room.scenario}/sweep")
    page.locator("#demand").fill("much")
    page.get_by_role("button", name="Evaluate all variants").click()
    page.get_by_text("Write percents as whole numbers with commas").wait_for()
    assert page.locator("#demand").get_attribute("aria-invalid") == "true"
    assert_sound(page)
