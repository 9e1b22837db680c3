"""`recycling spare`: bringing in trips, looking, answering, reporting, the statement."""

import re
from datetime import timedelta

import pytest
import time_machine

from recycling.exports.tables import csv_bytes

HEAD = ["trip", "date", "hours", "start", "vehicle", "spare kg", "spare litres", "may carry", "drops", "yuan a visit"]


@pytest.fixture
def file(upgraded, network, now, tmp_path, home):
    """A file of two trips, one without its room; the partner's areas are the town's, the clock is before the day."""
    network(upgraded)
    path = home / "config" / "partners.toml"
    text = path.read_text(encoding="utf-8").replace('areas = ["511702", "511703"]', 'areas = ["511702"]')
    path.write_text(text, encoding="utf-8")
    row = ["2026-03-05", "08:00-18:00", "社区A-001", "van", "300", "2000", "appliances", "CEN-01", "2"]
    table = tmp_path / "trips.csv"
    table.write_bytes(csv_bytes(HEAD, [["T-1", *row], ["T-2", *row[:4], "", *row[5:]]]))
    with time_machine.travel(now, tick=False):
        yield table


def test_a_file_is_taken_and_listed(run, file, tmp_path):
    status, out, err = run("spare", "import", file, "--from", "example-appliances", "--result", tmp_path / "r.csv")
    assert (status, out) == (1, "1 taken, 1 refused\n")
    assert err.startswith("line 3, spare kg: ")
    assert "T-2,refused" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert run("spare", "import", file, "--from", "example-appliances", "--dry-run")[1] == "1 known, 1 refused\n"
    out = run("spare", "list", "2026-03-05", "--offers")[1]
    assert out.splitlines()[-1] == "1 trips"
    assert "08:00-18:00 example-appliances T-1: 300 kg and 2000 l free" in out
    assert run("spare", "list", "--from", "other")[1] == "0 trips\n"


def test_an_unknown_partner_is_named_with_those_that_there_are(run, file):
    status, _, err = run("spare", "import", file, "--from", "nobody")
    assert (status, "example-appliances" in err) == (2, True)


def test_looking_without_anything_to_offer(run, file):
    run("spare", "import", file, "--from", "example-appliances")
    status, out, _ = run("spare", "look", "2026-03-05", "--depot", "DEP-01")
    assert (status, out) == (0, "DEP-01: 1 trips, 0 offers\n")


def test_looking_too_late_says_so(run, file, now):
    run("spare", "import", file, "--from", "example-appliances")
    with time_machine.travel(now + timedelta(hours=12), tick=False):
        status, out, _ = run("spare", "look", "2026-03-05", "--depot", "DEP-01")
    assert (status, "closed" in out) == (1, True)


def test_cancelling(run, file):
    run("spare", "import", file, "--from", "example-appliances")
    said = run("spare", "cancel", "T-1", "--from", "example-appliances", "--reason", "ill")[1]
    assert said == "example-appliances T-1 is cancelled.\n"
    assert " T-1 cancelled: " in run("spare", "list", "2026-03-05")[1]
    assert run("spare", "cancel", "T-9", "--from", "example-appliances")[0] == 2


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "words",
    [
        ("accept", NOBODY),
        ("decline", NOBODY),
        ("collected", NOBODY, "appliances=5"),
        ("collected", NOBODY, "appliances"),
        ("failed", NOBODY, "--reason", "no-time"),
    ],
)
def test_an_offer_that_is_none(run, file, words):
    status, _, err = run("spare", *words)
    assert status == 2
    assert re.search("no such offer|is no weight", err)


def test_the_statement_of_nothing(run, file, tmp_path):
    status, out, _ = run("spare", "statement", "2026-03-01", "2026-03-31", "--csv", tmp_path / "s.csv")
    assert (status, out) == (0, "0 visits, 0 kg, 0.00 yuan\n")
    assert (tmp_path / "s.csv").read_text(encoding="utf-8-sig").startswith("day,partner,trip")
