"""Days that are booked, planned and driven: the parts by themselves, and the command on the smallest season."""

import json
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from command_line import benchmark

from benchmarks.promising import season
from benchmarks.promising.arrivals import Told, median_and_p90, told
from benchmarks.promising.driving import Chance, Weather, drive
from routing.plan import Rest, Route, Visit

HOUR = 3600
NINE, ELEVEN = 9 * HOUR, 11 * HOUR
SURE = Chance(service=0, hour=0, leg=0)


def visit(name, arrival, start, end, kind="stop"):
    return Visit(kind, name, arrival, start, end, (0,), (0,))


ROUTE = Route(
    vehicle="v",
    start=NINE - 600,
    end=15 * HOUR,
    load=(0,),
    visits=(
        visit("a", NINE, NINE, NINE + 900),
        visit("b", NINE + 1500, 10 * HOUR, 10 * HOUR + 600),
        visit("c", ELEVEN + HOUR + 300, ELEVEN + HOUR + 300, ELEVEN + HOUR + 900),
        visit("site", ELEVEN + HOUR + 1500, ELEVEN + HOUR + 1500, ELEVEN + HOUR + 2700, "unload"),
        visit("d", 14 * HOUR, 14 * HOUR, 14 * HOUR + 60),
    ),
    rests=(Rest(ELEVEN - 600, ELEVEN + 3000),),
    distance=0,
    driving=0,
    cost=0,
)
OPENS = {"a": 8 * HOUR, "b": 10 * HOUR, "c": 10 * HOUR, "d": 13 * HOUR}


def test_without_chance_a_route_is_driven_as_planned():
    begins = drive(ROUTE, OPENS, set(), ELEVEN - 600, Weather(SURE, "x"))
    assert begins == {v.id: float(v.start) for v in ROUTE.visits if v.kind == "stop"}


def test_waiting_makes_up_for_delays_and_what_comes_after_it_does_not():
    class Slow(Weather):
        def service(self, stop):
            return 2.0

    begins = drive(ROUTE, OPENS, set(), ELEVEN - 600, Slow(SURE, "x"))
    assert begins["a"] == NINE
    assert begins["b"] == 10 * HOUR, "it waited for twenty-five minutes in the plan"
    assert begins["c"] == ELEVEN + HOUR + 300 + 600, "ten minutes longer at b"
    fixed = drive(ROUTE, OPENS, {"a", "b", "c", "d"}, ELEVEN - 600, Slow(SURE, "x"))
    assert fixed["c"] == ELEVEN + HOUR + 300
    assert fixed["d"] == 14 * HOUR + 1200, "unloading is no call: it takes twice as long"


def test_the_hour_told_half_an_hour_before_counts():
    begins = {"a": NINE + 300.0, "b": 10 * HOUR + 900.0, "c": ELEVEN + HOUR + 300 + 1200.0}
    found = told(ROUTE, begins, frozenset({"a", "b", "c"}))
    assert found == [Told(300, 300), Told(900, 600), Told(1200, 300)], "of a it is told at once, and so on"
    near = told(ROUTE, {"a": 10 * HOUR - 600.0, "b": 10 * HOUR + 600.0}, frozenset({"b"}))
    assert near == [Told(600, 600)], "twenty minutes before is too late to count"


def test_median_and_nearest_rank():
    assert median_and_p90([]) == (None, None)
    assert median_and_p90([-60.0 * k for k in range(1, 11)]) == (5.5, 9)


def test_luck_is_of_the_door_and_the_day_and_as_planned_on_the_mean():
    chance = Chance()
    one, same, other = Weather(chance, "1"), Weather(chance, "1"), Weather(chance, "2")
    assert one.service("b:1") == same.service("b:1") != other.service("b:1")
    drawn = [Weather(chance, str(seed)).service("b:1") for seed in range(4000)]
    assert statistics.mean(drawn) == pytest.approx(1, abs=0.02)
    assert statistics.stdev(drawn) == pytest.approx(0.3, abs=0.02)
    near, far = ([Weather(chance, str(s)).way("a", "b", t, NINE) for s in range(2000)] for t in (300, 5400))
    assert statistics.stdev(near) > 1.5 * statistics.stdev(far) > 0.1


@dataclass(frozen=True)
class Asked:
    quota: int | None = None


@pytest.mark.parametrize(("holds", "guess"), [(13, 4), (13, 13), (13, 40), (0, 9), (200, 3)])
def test_the_quota_is_the_largest_that_is_plannable(monkeypatch, holds, guess):
    @dataclass(frozen=True)
    class Day:
        accepted: int
        plannable: int

    monkeypatch.setattr(season, "run", lambda trial: Day(100, 100 if trial.quota <= holds else 98))
    with ThreadPoolExecutor(1) as pool:
        number, found = season.tuned(pool, [Asked(), Asked()], guess)
    assert number == holds
    assert season.plannable(found) == 1


def test_the_command_end_to_end(tmp_path):
    rows = tmp_path / "rows.json"
    words = ("--days", 1, "--requests", 12, "--calls", 2, "--deliveries", 3, "--seconds", 0.5, "--quota", 2)
    done = benchmark("promises", *words, "--json", rows)
    assert done.returncode == 0, done.stderr
    told = json.loads(rows.read_text())
    assert [row["policy"] for row in told["rows"]] == ["ours", "quota"]
    for row in told["rows"]:
        assert 0 < row["accepted"] <= row["requests"] == 12
        assert row["kept"] <= row["plannable"] <= row["accepted"]
        assert row["others"] == 5
    assert told["rows"][1]["accepted"] <= 8
    assert len(told["windows"]) == 8
    assert [row["policy"] for row in told["arrivals"]] == ["ours", "quota"]
    assert all(0 <= row["planned_median"] <= row["planned_p90"] for row in told["arrivals"])
    assert [total["quota"] for total in told["totals"]] == [None, 2]
