"""Browsers before the real servers: they post the booking form, or ask for windows and think in between."""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from recycling.booking import BookingRequest
from recycling.fleet import Fleet
from routing.errors import InputError

FIRST_PORT = 18_400
START_SECONDS = 120


@dataclass
class Seen:
    """What browsers saw: how long each answer took (seconds), by kind; keys of bookings that were acknowledged.

    ``on_day`` counts answers that had a window on the day that was looked for.
    """

    seconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    errors_5xx: int = 0
    on_day: int = 0
    wall: float = 0.0


@contextmanager
def serving(
    url: str, fleet: Fleet, count: int, folder: Path, told: Mapping[str, str] | None = None
) -> Iterator[list[int]]:
    """Start so many servers over one record, each a process of its own, and give their ports.

    `told` are settings as variables of the environment.
    """
    home = Path(os.environ.get("RECYCLING_HOME") or Path.cwd())
    shutil.copytree(home / "config", folder / "config")
    (folder / "data").symlink_to(home / "data")
    (folder / "config" / "fleet.toml").write_text(_toml(fleet), encoding="utf-8")
    environment = {**os.environ, "RECYCLING_HOME": str(folder), "RECYCLING_DATABASE__URL": url, **(told or {})}
    environment["PYTHONPATH"] = str(Path.cwd())
    command = [sys.executable, "-u", "-c", "from recycling.cli import main; main()", "serve", "--port"]
    started = []
    try:
        for number in range(count):
            log = (folder / f"server-{number}.log").open("w")
            started.append(
                subprocess.Popen([*command, str(FIRST_PORT + 20 * number)], env=environment, stdout=log, stderr=log)
            )
        yield [_port(folder / f"server-{number}.log", process) for number, process in enumerate(started)]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text(encoding="utf-8"))
        if found:
            return int(found[1])
        time.sleep(0.1)
    raise InputError("no-server", "The server did not start: %(why)s", why=log.read_text(encoding="utf-8")[-500:])


def _toml(fleet: Fleet) -> str:
    """Write a fleet as config/fleet.toml has it."""
    lines: list[str] = []
    for code, kind in fleet.types.items():
        lines.append(f"[types.{code}]")
        values = kind.model_dump(exclude_defaults=True, mode="json")
        lines += [f"{key} = {_value(value)}" for key, value in values.items()]
    for group in fleet.fleets:
        lines += ["[[fleets]]", f'depot = "{group.depot}"', f'type = "{group.type}"']
        lines.append("plates = [" + ", ".join(_value(plate) for plate in group.plates) + "]")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


class Browser:
    """One browser with its cookies and a connection that it keeps."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, body and where the answer leads to."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Accept": "text/html"}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, text, answer.headers.get("Location", "")

    def open_form(self) -> None:
        """Open the booking form, as one must before one posts it."""
        status, text, _ = self.ask("GET", "/book")
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        if status != 200 or found is None:
            raise InputError("no-form", "The booking form could not be opened: status %(status)s.", status=status)
        self.token = found[1]


def entries(wish: BookingRequest) -> dict[str, str]:
    """Return what somebody enters for a request."""
    lift = {"lift": "yes"} if wish.lift else {}
    return {
        **{f"item-{code}": str(pieces) for code, pieces in wish.items.items()},
        "lon": str(wish.lon),
        "lat": str(wish.lat),
        "address": wish.address,
        "floor": str(wish.floor),
        **lift,
        "day": str(wish.day),
        "window": wish.window,
        "contact": wish.contact,
        "phone": wish.phone,
    }


def post_forms(ports: Sequence[int], clients: int, wishes: Sequence[BookingRequest]) -> Seen:
    """Let clients post the requests, each over one connection, without a pause; each opens the form once."""

    def work(number: int, browser: Browser, seen: Seen) -> None:
        for k in range(number, len(wishes), clients):
            key = f"browser-{k:06d}"
            began = time.monotonic()
            form = {**entries(wishes[k]), "csrf_token": browser.token, "key": key}
            status, _, leads = browser.ask("POST", "/book", form)
            seen.seconds.append(time.monotonic() - began)
            if status == 303 and "/b/" in leads:
                seen.acknowledged.append(key)
            elif status >= 500:
                seen.errors_5xx += 1
            else:
                seen.refused += 1

    return _together(ports, clients, work)


def ask_for_windows(
    ports: Sequence[int],
    clients: int,
    wishes: Sequence[BookingRequest],
    think: float,
    seconds: float,
    day: date | None = None,
) -> Seen:
    """Let clients ask for windows, each thinking `think` seconds on the mean before each time, for so many seconds.

    Answers with a window on `day` are counted.
    """

    def work(number: int, browser: Browser, seen: Seen) -> None:
        rng = random.Random(number)
        until = time.monotonic() + seconds
        while True:
            pause = rng.expovariate(1 / think)
            if time.monotonic() + pause > until:
                return
            time.sleep(pause)
            asked = urllib.parse.urlencode(entries(rng.choice(wishes)))
            began = time.monotonic()
            status, text, _ = browser.ask("GET", f"/windows?{asked}")
            seen.seconds.append(time.monotonic() - began)
            seen.on_day += day is not None and f'"day":"{day}"' in text.replace(": ", ":")
            seen.errors_5xx += status >= 500
            seen.refused += 400 <= status < 500

    return _together(ports, clients, work, form=False)


def _together(
    ports: Sequence[int], clients: int, work: Callable[[int, Browser, Seen], None], form: bool = True
) -> Seen:
    browsers = [Browser(ports[number % len(ports)]) for number in range(clients)]
    for browser in browsers[: clients if form else 0]:
        browser.open_form()
    seen = [Seen() for _ in browsers]
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number, browsers[number], seen[number])
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.monotonic() - began
    if failed:
        raise InputError("no-answer", "A server stopped to answer: %(why)s", why=repr(failed[0]))
    return Seen(
        [s for one in seen for s in one.seconds],
        [key for one in seen for key in one.acknowledged],
        sum(one.refused for one in seen),
        sum(one.errors_5xx for one in seen),
        sum(one.on_day for one in seen),
        wall,
    )
