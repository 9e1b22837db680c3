"""The command on few attempts. No rate is asserted; that nothing is oversold is, and that it is without the guard."""

import json
from dataclasses import dataclass

import pytest
from command_line import assert_refused, benchmark

from benchmarks.hammering.goals import goals


def rows_of(tmp_path, *words):
    file = tmp_path / "rows.json"
    done = benchmark("booking", *words, "--json", file)
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text())
    assert {goal["case"] for goal in told["goals"]} == {row["case"] for row in told["rows"]}
    return {row["case"]: row for row in told["rows"]}


def test_the_guard_holds_and_without_it_windows_are_oversold(tmp_path):
    words = ("--databases", "sqlite", "--processes", 3, "--attempts", 160, "--fleet", 1)
    rows = rows_of(tmp_path, *words, "--cases", "service,full,no-guard")
    for row in rows.values():
        assert row["attempts"] == 175
        assert (row["failed"], row["failed_share"], row["lost"]) == (0, 0.0, 0)
        assert row["booked"] + row["refused"] == 175
    assert (rows["service"]["oversold"], rows["full"]["oversold"], rows["no-guard"]["refused"]) == (0, 0, 0)
    assert rows["full"]["refused"] > rows["service"]["refused"]
    assert rows["no-guard"]["oversold"] > 0


@pytest.mark.postgres
def test_browsers_book_on_a_server_over_postgresql(tmp_path, postgres_server):
    words = ("--databases", "postgresql", "--servers", 1, "--clients", 3, "--attempts", 40, "--cases", "http,offers")
    rows = rows_of(tmp_path, *words, "--browsers", 4, "--think", 0.5, "--seconds", 3)
    http, offers = rows["http"], rows["offers"]
    assert (http["attempts"], http["errors_5xx"], http["lost"], http["oversold"]) == (10, 0, 0, 0)
    assert http["booked"] > 0
    assert (offers["errors_5xx"], offers["share_5xx"], offers["refused"]) == (0, 0.0, 0)
    assert offers["attempts"] > 0


def test_an_unknown_case_is_refused():
    assert_refused(benchmark("booking", "--cases", "everything"), "--cases knows")


@dataclass
class Reached:
    """A row as far as goals read it."""

    database: str = "sqlite"
    case: str = "service"
    per_second: float = 499.0
    p99_ms: float | None = None
    failed_share: float | None = 0.0
    share_5xx: float | None = None
    oversold: int | None = 0
    lost: int | None = 0


def test_what_is_asked_stands_beside_what_was_reached():
    slow, sold, unguarded, offered = goals_of(
        Reached(),
        Reached("postgresql", "http", 250.0, failed_share=None, share_5xx=0.01, oversold=2),
        Reached(case="no-guard", oversold=0),
        Reached(case="offers-planned", p99_ms=301.0, failed_share=None, share_5xx=0.0, oversold=None, lost=None),
    )
    assert slow == {"per_second": (500.0, 499.0, False), **NOTHING_WRONG, "failed_share": (0.0, 0.0, True)}
    wrong = {"oversold": (0.0, 2, False), "share_5xx": (0.0, 0.01, False)}
    assert sold == {"per_second": (250.0, 250.0, True), **NOTHING_WRONG, **wrong}
    assert unguarded == {"oversold": (1.0, 0, False), "failed_share": (0.0, 0.0, True)}
    assert offered == {"share_5xx": (0.0, 0.0, True), "p99_ms": (300.0, 301.0, False)}


NOTHING_WRONG = {"oversold": (0.0, 0, True), "lost": (0.0, 0, True)}


def goals_of(*rows):
    return [{goal.figure: (goal.asked, goal.reached, goal.met) for goal in goals([row])} for row in rows]
