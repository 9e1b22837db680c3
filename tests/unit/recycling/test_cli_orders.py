"""`recycling orders`: bringing in a shop's file, listing, cancelling."""

import pytest
import time_machine
from sqlalchemy import select

from recycling.exports.tables import csv_bytes
from recycling.models import AuditEvent, TradeInOrder

HEAD = ["order", "name", "phone", "community", "address", "new", "old", "date", "hours"]


@pytest.fixture
def file(upgraded, network, now, tmp_path):
    """A file of two orders, one of them without a telephone number; the clock stands before its day."""
    network(upgraded)
    cells = ["社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1", "2026-03-05", "09:00-12:00"]
    rows = [["SO-1", "王女士", "13800138000", *cells], ["SO-2", "王女士", "12", *cells]]
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_bytes(HEAD, rows))
    with time_machine.travel(now, tick=False):
        yield path


def test_a_file_is_taken_and_listed(run, file, upgraded, tmp_path):
    status, out, err = run("orders", "import", file, "--from", "Shop", "--result", tmp_path / "result.csv")
    assert (status, out) == (1, "1 taken, 1 refused\n")
    assert err.startswith("line 3, phone: ")
    assert "SO-2,refused" in (tmp_path / "result.csv").read_text(encoding="utf-8-sig")
    assert run("orders", "import", file, "--from", "Shop", "--dry-run")[1] == "1 known, 1 refused\n"
    status, out, _ = run("orders", "list", "2026-03-05")
    assert status == 0
    assert out.splitlines() == [
        "2026-03-05 09:00-12:00 Shop SO-1: fridge, back fridge × 1: open",
        "1 orders",
    ]
    assert run("orders", "list", "--from", "Other")[1] == "0 orders\n"


def test_cancelling_says_who_and_why(run, file, upgraded):
    run("orders", "import", file, "--from", "Shop")
    assert run("orders", "cancel", "SO-1", "--from", "Shop", "--reason", "sold out")[:2] == (
        0,
        "Shop SO-1 is cancelled.\n",
    )
    assert "cancelled (sold out)" in run("orders", "list")[1]
    with upgraded.read() as session:
        assert session.scalar(select(TradeInOrder.state)) == "cancelled"
        assert "orders cancel" in session.scalars(select(AuditEvent.actor_id)).all()
    status, _, err = run("orders", "cancel", "SO-9", "--from", "Shop")
    assert (status, "There is no order SO-9" in err) == (2, True)
