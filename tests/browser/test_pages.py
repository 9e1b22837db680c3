"""Every page at phone, tablet and desk width, in both languages: accessible, quiet, nothing wider than the screen."""

import pytest
from soundness import EVERY_WIDTH, assert_sound, violations

PAGES = {
    "start": "/",
    "book": "/book",
    "schedule": "",
    "map": "/map",
    "try": "/try/",
    "sign in": "/sign-in",
    "staff": "/staff/sign-in",
    "account": "/account",
    "no plan": "/dispatch/DEP-02/2026-11-26",
    "error": "/none",
}


def check(page, site, name):
    path = PAGES[name]
    page.goto(site.day_path + path if name in {"schedule", "map"} else path)
    if name == "map":
        page.locator(".roads-drawn, .map-notice.missing").first.wait_for()
        assert page.locator(".map-notice.missing").count() == 0
    assert_sound(page)


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(person, site, width, language):
    page = person(width=width, language=language, expected_status={404}, role="dispatcher")
    for name in PAGES:
        check(page, site, name)


def test_a_map_without_its_roads_says_so(person, site):
    page, asked = person(width=360, expected_status={503}, role="dispatcher"), []

    def away(route):
        asked.append(route.request.url)
        route.fulfill(status=503)

    page.route("**/layers/roads.json", away)
    page.goto(site.day_path + "/map")
    page.get_by_text("道路没有加载出来").wait_for()
    assert len(asked) == 3


def test_pages_in_the_dark(person, site):
    page = person(color_scheme="dark", expected_status={404}, role="dispatcher")
    for name in PAGES:
        check(page, site, name)


def test_pages_in_large_type(person, site):
    page = person(width=360, expected_status={404}, role="dispatcher")
    page.goto("/")
    page.get_by_role("button", name="大字").click()
    assert "letters-large" in page.locator("html").get_attribute("class")
    for name in PAGES:
        check(page, site, name)


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_each_step_of_the_booking_is_accessible(person, site, step):
    page = person(width=360)
    page.goto("/book")
    for _ in range(step - 1):
        page.locator(".next").click()
    assert violations(page) == []


def test_axe_would_see_a_violation(person):
    """The control: a page with an unnamed button is not called accessible."""
    page = person()
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert "button-name" in dict(violations(page))
