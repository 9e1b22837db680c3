"""Take the pictures of the documentation from the running product: `make pictures`.

Starts the demonstration as anyone would (its record is made anew), waits for its address, looks at it with Debian's
Chromium and writes PNG files beside this script.
"""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 780}


def main() -> None:
    """Run the demonstration, take all pictures, end it."""
    command = [Path(sys.executable).parent / "recycling", "demo", "--port", "18500"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        for line in server.stdout or ():
            if found := re.search(r"(http://127\.0\.0\.1:\d+)(/\S+)", line):
                break
        else:
            sys.exit("the demonstration did not start")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                take(browser, *found.groups())
        finally:
            server.send_signal(signal.SIGTERM)


def take(browser: Browser, base: str, day: str) -> None:
    """Write map.png, schedule.png and board.png at desk width and booking.png at phone width."""
    (HERE / "pictures").mkdir(exist_ok=True)
    desk = browser.new_page(viewport=DESK, locale="zh-CN")
    desk.goto(base + "/try/")
    desk.locator('button[value="dispatcher"]').click()
    desk.goto(f"{base}{day}/map")
    desk.locator(".roads-drawn").wait_for()
    desk.evaluate("document.querySelector('.tabs').scrollIntoView()")
    desk.wait_for_timeout(500)
    desk.screenshot(path=HERE / "pictures" / "map.png")
    desk.goto(base + day)
    desk.screenshot(path=HERE / "pictures" / "schedule.png")
    desk.goto(f"{base}{day}/board")
    desk.locator(".routes-drawn").wait_for()
    desk.locator(".lane [data-stop]").nth(1).click()
    desk.locator("#panel form[data-ask]").first.wait_for()
    desk.evaluate("document.querySelector('.draft-head').scrollIntoView()")
    desk.wait_for_timeout(1000)
    desk.screenshot(path=HERE / "pictures" / "board.png")
    phone = browser.new_page(viewport=PHONE, locale="zh-CN")
    phone.goto(base + "/book")
    phone.locator("li:has(#item-fridge) .more").click()
    phone.locator("li:has(#item-air-conditioner) .more").click()
    phone.screenshot(path=HERE / "pictures" / "booking.png")


if __name__ == "__main__":
    main()
