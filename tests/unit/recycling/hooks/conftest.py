"""A shop's program on this machine: a real HTTP server that checks what it is sent, and orders that it is told of."""

import hashlib
import hmac
import json
import random
import threading
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recycling import deliveries, hooks
from recycling.accounts.actors import Actor, Role, system
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.settings import load_settings

KEY = "the site's key in tests"
SHOP = "Shop"
STAFF = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段"]


class Receiver:
    """Keeps what it was sent, and whether it was signed; ``mode`` is ok, a status, slow, drip or redirect."""

    def __init__(self):
        self.mode, self.secret = "ok", ""
        self.seen, self.elsewhere = [], []
        self.released, self.asked = threading.Event(), threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((json.loads(body), receiver.is_signed(self.headers, body), dict(self.headers)))
                receiver.asked.set()
                with suppress(OSError):
                    receiver.answer(self)

            def do_GET(self):
                receiver.elsewhere.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/events?shop=1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, handler):
        if self.mode == "slow":
            self.released.wait(30)
        if self.mode == "drip":
            while not self.released.wait(0.05):
                handler.wfile.write(b"H")
                handler.wfile.flush()
            return
        status = {"ok": 204, "slow": 204, "redirect": 302}.get(self.mode, self.mode)
        handler.send_response(status)
        if status == 302:
            handler.send_header("Location", f"http://127.0.0.1:{self.port}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def is_signed(self, headers, body):
        """As docs/integrators.md tells shops to check it."""
        signed = headers["X-Timestamp"].encode() + b"." + body
        right = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right, headers["X-Signature"])

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def told(self):
        """(number, type, sequence) of each event, in the order in which they came."""
        return [(b["order"]["number"], b["type"].partition(".")[2], b["sequence"]) for b, _, _ in self.seen]


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment

    def on(self, **spans):
        self.moment += timedelta(**spans)
        return self.moment


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def watch(now):
    return Watch(now)


@pytest.fixture
def open_settings():
    """Settings that let a test's program stand on this machine."""
    return load_settings(planning={"seconds": 0.1}, hooks={"local_addresses": True, "timeout_seconds": 5})


@pytest.fixture
def desk_of(office, open_settings):
    """Return a function that opens the counter of a record with those settings."""

    def make(record):
        desk = office(record)
        return type(desk)(record, open_settings, desk.catalogue, desk.fleet)

    return make


@pytest.fixture
def hooked(receiver, open_settings, watch):
    """Return a function that names the receiver's address for the shop, and gives the secret."""

    def make(record, url="", shop=SHOP):
        with record.write() as session:
            at = url or receiver.url
            _, secret = hooks.register(session, open_settings, KEY, shop, at, system("test"), watch())
        receiver.secret = receiver.secret or secret
        return secret

    return make


@pytest.fixture
def bring(desk_of, watch):
    """Return a function that takes an order of the shop, or changes it, and returns it."""

    def take(record, number, shop=SHOP, at=None, **changes):
        cells = ["王女士", "13800138000", "社区A-001 · 示例镇", f"{number}栋501", "fridge", "fridge*1"]
        row = dict(zip(HEAD, [f"SO-{number}", *cells, "2026-03-05", "09:00-12:00"], strict=True)) | changes
        lines = read_table(csv_bytes(HEAD, [[row[name] for name in HEAD]]))
        report = deliveries.take_in(desk_of(record), lines, shop, STAFF, at or watch())
        assert report.count("refused") == 0
        with record.read() as session:
            return deliveries.the_order(session, shop, f"SO-{number}")

    return take


@pytest.fixture
def go(open_settings, watch):
    """Return a function that sends what is due on a record, once, and gives the tally."""

    def send(record, settings=open_settings, key=KEY):
        return dict(hooks.send_due(record, settings, key, watch, random.Random(1)))

    return send


@pytest.fixture
def events():
    def read(record, **where):
        with record.read() as session:
            return [line.event for line in reversed(hooks.lines(session, **where))]

    return read
