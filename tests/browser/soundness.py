"""What holds for every page: accessible, and nothing wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

EVERY_WIDTH = [
    (360, "en"),  # the longest words on the smallest screen
    (1280, "zh-CN"),
    pytest.param(360, "zh-CN", marks=pytest.mark.soak),
    pytest.param(768, "zh-CN", marks=pytest.mark.soak),
    pytest.param(768, "en", marks=pytest.mark.soak),
    pytest.param(1280, "en", marks=pytest.mark.soak),
]
"""Widths in pixels and languages at which pages are looked at, the other ones by `make soak`."""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page):
    """What axe finds on the open page: its rules, and the first elements that break each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]


def assert_sound(page):
    found = violations(page)
    assert not found, f"{page.url}: {found}"
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, f"{page.url} is {over} pixels wider than the screen"
    assert page.locator("h1").count() == 1
