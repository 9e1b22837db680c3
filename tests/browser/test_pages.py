"""Every page at phone, tablet and desk width, in both languages: accessible, quiet, nothing wider than the screen."""

import pytest
from filling import onward, what, when, where, whom
from soundness import EVERY_WIDTH, RULES, RULES_OF_LOOKS, assert_sound, violations

PAGES = {
    "start": "/",
    "book": "/book",
    "schedule": "",
    "map": "/map",
    "sheets": "/sheets",
    "replay": "/replay",
    "try": "/try/",
    "sign in": "/sign-in",
    "staff": "/staff/sign-in",
    "account": "/account",
    "no plan": "/dispatch/DEP-02/2026-11-26",
    "error": "/none",
}


def check(page, site, name, rules=RULES):
    path = PAGES[name]
    page.goto(site.day_path + path if name in {"schedule", "map", "sheets"} else path)
    if name == "map":
        page.locator(".roads-drawn, .map-notice.missing").first.wait_for()
        assert page.locator(".map-notice.missing").count() == 0
    assert_sound(page, rules)


@pytest.mark.parametrize(("width", "language"), EVERY_WIDTH)
def test_pages_at_every_width_and_language(person, site, width, language):
    page = person(width=width, language=language, expected_status={404}, role="dispatcher")
    for name in PAGES:
        check(page, site, name)


BROKEN_WORDS = """() => {
  const text = document.querySelector(".brand span").firstChild;
  const lines = ([begin, end]) => {
    const range = document.createRange();
    range.setStart(text, begin);
    range.setEnd(text, end);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
  };
  const words = [...text.data.matchAll(/\\S+/g)];
  return words.filter((w) => lines([w.index, w.index + w[0].length]) > 1).map((w) => w[0]);
}"""


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_name_at_the_top_breaks_between_words_only(person, language):
    page = person(width=360, language=language)
    page.goto("/")
    assert page.evaluate(BROKEN_WORDS) == []
    page.evaluate("document.querySelector('.brand').style.maxWidth = '5.5rem'")
    assert page.evaluate(BROKEN_WORDS) == []
    if language == "zh-CN":
        page.evaluate("document.querySelector('.brand span').style.wordBreak = 'break-all'")
        assert page.evaluate(BROKEN_WORDS) != [], "the control: where words may break, they do"


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
        check(page, site, name, RULES_OF_LOOKS)


def test_pages_in_large_type(person, site):
    page = person(width=360, expected_status={404}, role="dispatcher")
    page.goto("/")
    page.get_by_role("button", name="大字").click()
    assert "letters-large" in page.locator("html").get_attribute("class")
    for name in PAGES:
        check(page, site, name, RULES_OF_LOOKS)


def test_each_step_of_the_booking_is_accessible(person, site):
    page = person(width=360)
    fill = [
        lambda: what(page),
        lambda: where(page, "无障碍"),
        lambda: when(page, site.day_path.rpartition("/")[2], "15:00-17:00"),
        lambda: whom(page, "赵女士", "13500135000"),
    ]
    page.set_viewport_size({"width": 360, "height": 3000})  # nothing lies under the bar that stays in sight
    for number, step in enumerate(fill, 1):
        step()
        assert page.locator(".step:not([hidden])").get_attribute("data-step") == str(number)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        if number < len(fill):
            onward(page)


@pytest.mark.parametrize("rules", [RULES, RULES_OF_LOOKS])
def test_axe_would_see_letters_that_cannot_be_read(person, rules):
    page = person()
    page.goto("/")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    assert dict(violations(page, rules)).keys() == {"color-contrast"}


def test_axe_would_see_a_violation(person):
    """The control: a page with an unnamed button is not called accessible."""
    page = person()
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert "button-name" in dict(violations(page))
