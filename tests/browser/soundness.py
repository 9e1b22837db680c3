"""What holds for every page: accessible, and nothing wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from trial_counts import full_counts

EVERY_WIDTH = [
    (360, "en"),  # the longest words on the smallest screen
    (1280, "zh-CN"),
    pytest.param(360, "zh-CN", marks=pytest.mark.soak),
    pytest.param(768, "zh-CN", marks=pytest.mark.soak),
    pytest.param(768, "en", marks=pytest.mark.soak),
    pytest.param(1280, "en", marks=pytest.mark.soak),
]
"""Widths in pixels and languages at which pages are looked at, the other ones by `make soak`."""

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
"""What other colours or larger letters may break on a page that keeps all rules without them."""


ALIKE = """most => {
  const hidden = [];
  for (const list of document.querySelectorAll("tbody, ol, ul, .leaflet-marker-pane"))
    for (const row of [...list.children].slice(most))
      if (!row.hidden && !row.contains(document.activeElement)) hidden.push(row);
  for (const row of hidden) row.style.display = "none";
  window.hiddenRows = hidden;
}"""
"""Hides all but the first rows of every list: axe takes a time that grows with the square of what it looks at."""

SHOWN = """() => {
  for (const row of window.hiddenRows) row.style.display = '';
  for (const [bar, how] of window.loosened) bar.style.position = how;
}"""

STILL = """async () => {
  const passing = (one) => one.effect.getComputedTiming().endTime !== Infinity;
  await Promise.all(document.getAnimations().filter(passing).map((one) => one.finished.catch(() => {})));
  window.loosened = [];
  for (const bar of document.querySelectorAll("main *")) {
    if (getComputedStyle(bar).position !== "sticky") continue;
    window.loosened.push([bar, bar.style.position]);
    bar.style.position = "static";
  }
}"""
"""Waits until colours have settled, and takes bars that stick off what they cover: wherever the page is scrolled to."""


def violations(page, rules=RULES):
    """What axe finds on the open page: its rules, and the first elements that break each.

    Of the rows of a list, which are alike, it looks at the first ones; at all by `make soak`.
    """
    options = {"runOnly": rules, "resultTypes": ["violations"]}  # what passes is not listed, which takes half the time
    page.evaluate(STILL)
    page.evaluate(ALIKE, 10_000 if full_counts() else 12)
    found = Axe().run(page, options=options).response["violations"]
    page.evaluate(SHOWN)
    return [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]


def assert_sound(page, rules=RULES):
    found = violations(page, rules)
    assert not found, f"{page.url}: {found}"
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, f"{page.url} is {over} pixels wider than the screen"
    assert page.locator("h1").count() == 1
