"""`recycling orders events`: an address and its secret, a test, what did not come through, again, passed over."""

import re
import socket

import pytest
import time_machine
from sqlalchemy import select

from recycling.exports.tables import csv_bytes
from recycling.models import ShopEvent, ShopHook

HEAD = ["order", "name", "phone", "community", "address", "new", "old", "date", "hours"]


@pytest.fixture
def ready(upgraded, network, now, home, monkeypatch):
    """A record with the town in it, whose clock stands, and a name that leads to a public place."""
    network(upgraded)
    place = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: place)
    with time_machine.travel(now, tick=False):
        yield upgraded


@pytest.fixture
def ordered(ready, run, tmp_path):
    cells = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "", "2026-03-05", "09:00-12:00"]
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_bytes(HEAD, [["SO-1", *cells]]))

    def take():
        assert run("orders", "import", path, "--from", "Shop")[0] == 0

    return take


def test_an_address_shows_its_secret_once(run, ready, home):
    status, out, _ = run("orders", "events", "address", "https://shop.example/e", "--from", "Shop")
    assert status == 0
    first = re.search(r"rs_[0-9a-f]{64}", out).group()
    assert "rs_" not in run("orders", "events", "address", "https://shop.example/f", "--from", "Shop")[1]
    second = re.search(r"rs_[0-9a-f]{64}", run("orders", "events", "secret", "--from", "Shop")[1]).group()
    assert first != second
    with ready.read() as session:
        assert session.scalar(select(ShopHook.url)) == "https://shop.example/f"
    assert (home / "var" / "secret-key").stat().st_mode & 0o077 == 0
    assert run("orders", "events", "remove", "--from", "Shop")[0] == 0
    status, _, err = run("orders", "events", "secret", "--from", "Shop")
    assert (status, "named no address" in err) == (2, True)
    status, _, err = run("orders", "events", "address", "http://shop.example/", "--from", "Shop")
    assert (status, "https://" in err) == (2, True)


def test_what_did_not_come_through_is_listed_sent_again_and_passed_over(run, ready, ordered):
    run("orders", "events", "address", "https://shop.example/e", "--from", "Shop")
    ordered()
    run("orders", "events", "test", "--from", "Shop")
    with ready.write() as session:
        event = session.scalars(select(ShopEvent).where(ShopEvent.kind == "taken")).one()
        event.state, event.error, event.status, event.attempts = "given-up", "refused", 500, 9
    out = run("orders", "events", "list")[1]
    assert f"{event.id.hex} 03-04 10:00 Shop SO-1 #1 taken: given-up (refused 500)" in out
    assert "Shop - test: waiting" in out
    assert out.splitlines()[-1] == "1 given up, 1 waiting, 0 sent"
    assert run("orders", "events", "again")[1] == "1 events wait to be sent again.\n"
    assert run("orders", "events", "pass", event.id.hex)[0] == 0
    assert run("orders", "events", "pass", event.id.hex)[0] == 2
    assert "taken" not in run("orders", "events", "list")[1]
    assert "taken: passed" in run("orders", "events", "list", "--all", "--from", "Shop")[1]
