"""A past day in a browser: what is to be mended, the planning as it goes, the plan with its map, and forgetting it."""

from soundness import assert_sound

from recycling.exports.tables import csv_bytes

HEAD = ["编号", "经度", "纬度", "物品", "时段", "车辆", "顺序", "到达"]
DOORS = [(107.4738, 31.2062), (107.4611, 31.2040), (107.4951, 31.2153), (107.4804, 31.1957)]


def table(*rows):
    return {"name": "day.csv", "mimeType": "text/csv", "buffer": csv_bytes(HEAD, rows)}


def driven():
    return table(
        *(
            [f"v{k}", *map(str, at), "纸箱*2", "08:00-10:00", "川S示A01", str(k), f"08:{10 + 9 * k}"]
            for k, at in enumerate(DOORS)
        )
    )


def test_a_past_day_is_mended_planned_and_forgotten(person):
    """On a telephone in English and on a desk in Chinese: the same person's day, which is planned once."""
    pages = [
        person(width=width, language=language, role="dispatcher", expected_status={422})
        for width, language in ((360, "en"), (1280, "zh-CN"))
    ]
    for page in pages:
        page.goto("/replay")
        page.set_input_files("#file", table(["v1", "200", "31", "dragon", "9-12", "", "", "25:00"]))
        page.locator("main form .btn-primary").click()
        page.locator(".faults").wait_for()
        assert page.locator("table.statement tbody tr").count() == 4
        assert_sound(page)

    asking, following = pages
    asking.set_input_files("#file", driven())
    asking.locator("main form .btn-primary").click()
    asking.locator(".running, .map-frame").first.wait_for()
    following.goto(asking.url)
    following.locator(".running, .map-frame").first.wait_for()
    for page in pages:
        assert_sound(page)

    for page in pages:
        page.locator(".map-frame .leaflet-marker-pane .pin-booking").first.wait_for(timeout=300_000, state="attached")
        assert_sound(page)
        assert page.locator(".map-list tbody tr").count() == len(DOORS)
        page.locator(".map-list .find").first.click()
        assert page.locator(".map-list tr.chosen").count() == 1
        with page.expect_download() as taken:
            page.locator('a[href$="routes.csv"]').click()
        assert taken.value.suggested_filename.startswith("replay-")

    following.goto("/replay")
    assert following.locator("p.new").count() == 1
    asking.locator('form[action$="/forget"] button').click()
    asking.locator("#file").wait_for()
    assert asking.url.endswith("/replay")
    following.goto("/replay")
    assert following.locator("p.new").count() == 0, "it is forgotten for every page"
