"""One choice for good and bad years, and sites with their rounds, in a browser: asked, followed, seen, opened."""

import pytest
from made_choices import LOCATED, ROBUST, ROBUST_ASKED
from planning import map_drawn, open_all, planning
from soundness import assert_sound
from visitors import visitor

WIDTHS = [(360, "en"), (1280, "zh-CN")]


@pytest.fixture
def room(sqlite_record, settings, catalogue, fleet, signed_in, home):
    """A planner's room with an answer of each of the two kinds."""
    ended = (("robust", ROBUST_ASKED, ROBUST), ("located", {}, LOCATED))
    with planning(sqlite_record, settings, catalogue, fleet, signed_in, *ended) as found:
        yield found


@pytest.fixture
def look(chromium, room):
    """Return a function that opens pages as the planner; at the end none may have complained or asked elsewhere."""
    with visitor(chromium, room.base, room.token) as visit:
        yield visit


@pytest.mark.parametrize(("width", "language"), WIDTHS)
def test_pages_at_every_width(look, room, width, language):
    page = look(width, language)
    for path in (f"/{room.scenario}/robust", f"/{room.scenario}/located"):
        page.goto(f"/plan/sites{path}")
        open_all(page)
        assert_sound(page)
    for key in room.searches:
        page.goto(f"/plan/sites/searches/{key}")
        map_drawn(page)
        open_all(page)
        assert_sound(page)


@pytest.mark.parametrize(("width", "language"), WIDTHS)
def test_one_choice_is_asked_by_keyboard_followed_and_opened(look, room, width, language):
    page, english = look(width, language), language == "en"
    page.goto(f"/plan/sites/{room.scenario}")
    page.get_by_role("link", name="Good and bad years" if english else "丰年与歉年").press("Enter")
    page.locator("[name=name-1]").wait_for()
    for k in (3, 4):  # two scenarios are enough
        for field in ("name", "weight", "percent"):
            page.locator(f"[name={field}-{k}]").fill("")
    page.locator("[name=own-2]").fill("Glass=150" if english else "玻璃=150")
    page.locator("[name=seconds]").fill("9")
    page.locator("[name=seconds]").press("Enter")
    page.wait_for_url("**/searches/*")
    map_drawn(page)
    assert page.locator(".tier-pin").count() >= 1
    rows = page.locator("table.choice-table tbody tr")
    assert rows.count() == 4
    first = rows.nth(0).get_by_role("link")
    name = first.inner_text()
    first.click()
    page.wait_for_url("**choice=1")
    map_drawn(page)
    assert name in page.locator(".tier-map h2").inner_text()
    assert rows.nth(0).get_by_role("link").count() == 0
    rows.nth(3).get_by_role("button").press("Enter")
    page.locator(".site-tiles").wait_for()
    assert "robust, cost 4 · 现状" in page.locator("h1").inner_text()


def test_sites_are_searched_with_their_rounds_and_opened(look, room):
    page = look(360, "en")
    page.goto(f"/plan/sites/{room.scenario}/located")
    page.get_by_label("Days that are driven").fill("2")
    page.locator("summary", has_text="How long is searched").press("Enter")
    for name, number in (("answers", 2), ("turns", 1), ("iterations", 20), ("seconds", 9)):
        page.locator(f"[name={name}]").fill(str(number))
    page.locator("summary", has_text="Candidates").click()
    page.get_by_label("A point of the network is").select_option("community")
    page.get_by_label("Towns as candidates").fill("0")
    page.get_by_role("button", name="Search for sites with their rounds").press("Enter")
    page.wait_for_url("**/searches/*")
    map_drawn(page)
    assert page.locator("table.choice-table tbody tr").count() == 2
    page.get_by_role("link", name="Show choice 2 on the map").press("Enter")
    page.wait_for_url("**choice=2")
    assert page.locator(".tier-map h2").inner_text() == "Choice 2"
    page.get_by_role("button", name="Open choice 2 as a scenario").click()
    page.locator(".site-tiles").wait_for()
    assert "sites + rounds 2 · 现状" in page.locator("h1").inner_text()


def test_what_is_wrong_is_told_where_it_stands(look, room):
    page = look(360, "en", refused=True)
    page.goto(f"/plan/sites/{room.scenario}/robust")
    page.get_by_label("Weight of scenario 2").fill("0")
    page.get_by_role("button", name="Search for one choice").click()
    page.get_by_text("Write a weight above 0, such as 20.").wait_for()
    assert page.get_by_label("Weight of scenario 2").get_attribute("aria-invalid") == "true"
    assert_sound(page)
