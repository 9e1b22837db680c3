"""The real server with a demonstration day, and a real browser to look at it.

The server runs in a home folder of its own, so that nobody's records are touched. Where Chromium is not installed
these tests are left out with one line that says so.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MORE_VEHICLES = '"川S示A04", "川S示T05", "川S示T06", "川S示T07", "川S示T08"'
"""Besides the shipped fleet, so that a booking made in the test surely finds a place."""

PATIENCE = 120
"""Seconds that anything may take on a slow machine; nothing here is about how long it takes."""


SEARCH = 2
"""Seconds of search for each plan of the demonstration. None of its pages asks for more than a plan that is allowed."""


@dataclass(frozen=True)
class Site:
    """The running product: its address, the path of the day that was planned, and the file of its record."""

    base: str
    day_path: str
    record: Path


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory, clean_environment):
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "config", home / "config")
    (home / "data").symlink_to(ROOT / "data")
    fleet = home / "config" / "fleet.toml"
    text = fleet.read_text(encoding="utf-8")
    assert '"川S示A04"' in text
    fleet.write_text(text.replace('"川S示A04"', MORE_VEHICLES, 1), encoding="utf-8")
    environment = {**os.environ, "RECYCLING_HOME": str(home), "RECYCLING_PLANNING__SECONDS": str(SEARCH)}
    command = [Path(sys.executable).parent / "recycling", "demo", "--seconds", str(SEARCH), "--port", "18410"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        lines = []
        for line in server.stdout:
            lines.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+)(/\S+)", line):
                break
        else:
            pytest.fail("the demonstration did not start:\n" + "".join(lines))
        threading.Thread(target=server.stdout.read, daemon=True).start()
        yield Site(found.group(1), found.group(2), home / "var" / "demo.db")
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0


@pytest.fixture(scope="session")
def chromium():
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is not installed: run tests/prepare-system, or apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def person(chromium, site):
    """Return a function that opens a page as somebody, signed in if a role is given.

    At the end no page may have complained or asked elsewhere.
    """
    contexts, complaints = [], []

    def make(width=1280, language="zh-CN", expected_status=(), role="", **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 780},
            locale=language,
            base_url=site.base,
            **options,
        )
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: _foreign(request.url, site.base, complaints))
        page.on("response", lambda answer: _bad(answer, expected_status, complaints))
        page.on("console", lambda message: _said(message, expected_status, complaints))
        if role:
            page.goto("/try/")
            page.locator(f'button[value="{role}"]').click()
            page.wait_for_url(lambda address: "/try/" not in address)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def screen(chromium, request):
    """Return a function that opens a page of the test's own `pages`: a server's address and a staff member's cookie."""
    contexts, (base, cookie, *_) = [], request.getfixturevalue("pages")

    def make(staff=False, **options):
        context = chromium.new_context(base_url=base, **options)
        context.set_default_timeout(PATIENCE * 1000)
        if staff:
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base}])
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def _foreign(url, base, complaints):
    if not url.startswith((base, "data:", "blob:")):
        complaints.append(f"asked a foreign host: {url}")


def _bad(answer, expected, complaints):
    if answer.status >= 400 and answer.status not in expected:
        complaints.append(f"{answer.status} for {answer.url}")


def _said(message, expected, complaints):
    if message.type == "error" and not (expected and "Failed to load resource" in message.text):
        complaints.append(f"console: {message.text}")
