"""The command on few attempts. No rate is asserted; that nothing is oversold is, and that it is without the guard."""

import json

import pytest
from command_line import assert_refused, benchmark


def rows_of(tmp_path, *words):
    file = tmp_path / "rows.json"
    done = benchmark("booking", *words, "--json", file)
    assert done.returncode == 0, done.stderr
    return {row["case"]: row for row in json.loads(file.read_text())["rows"]}


def test_the_guard_holds_and_without_it_windows_are_oversold(tmp_path):
    words = ("--databases", "sqlite", "--processes", 3, "--attempts", 160, "--fleet", 1, "--cases", "service,no-guard")
    rows = rows_of(tmp_path, *words)
    for row in rows.values():
        assert row["attempts"] == 175
        assert (row["failed"], row["lost"]) == (0, 0)
        assert row["booked"] + row["refused"] == 175
    assert (rows["service"]["oversold"], rows["no-guard"]["refused"]) == (0, 0)
    assert rows["service"]["refused"] > 0
    assert rows["no-guard"]["oversold"] > 0


@pytest.mark.postgres
def test_browsers_book_on_a_server_over_postgresql(tmp_path, postgres_server):
    words = ("--databases", "postgresql", "--servers", 1, "--clients", 3, "--attempts", 40, "--cases", "http,offers")
    rows = rows_of(tmp_path, *words, "--browsers", 4, "--think", 0.5, "--seconds", 3)
    http, offers = rows["http"], rows["offers"]
    assert (http["attempts"], http["errors_5xx"], http["lost"], http["oversold"]) == (10, 0, 0, 0)
    assert http["booked"] > 0
    assert (offers["errors_5xx"], offers["refused"]) == (0, 0)
    assert offers["attempts"] > 0


def test_an_unknown_case_is_refused():
    assert_refused(benchmark("booking", "--cases", "everything"), "--cases knows")
