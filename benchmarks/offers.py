"""``python -m benchmarks.offers``: how fast a published day says where a new stop could go."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import tabular, words
from routing.errors import InputError
from routing.insertion import Offer, Place, Published, Ways
from routing.plan import Plan
from routing.pricing import route_prices
from routing.problem import Matrix, Pause, Period, Problem, Stop, TimeWindow, UnloadSite, Vehicle
from routing.schedule import services_of
from routing.timing import build_route, excess
from routing.unloading import placements

HOUR = 3600
SLOTS = tuple(TimeWindow(h * HOUR, (h + 2) * HOUR - 60) for h in (8, 10, 14, 16))
"""What a resident may be offered."""


@dataclass(frozen=True)
class Row:
    """What one way to ask came to: ``calls`` of a kind, their percentiles, and ``ratio`` to the naive one's median."""

    case: str
    engine: str
    stops: int
    calls: int
    offers: int
    p50_ms: float
    p99_ms: float
    offers_per_second: float
    ratio: float | None


class Town:
    """A generated town with a day in it: doors around some centres, a depot, three places to unload at."""

    def __init__(self, stops: int, seed: int, periods: bool) -> None:
        self.chance = np.random.default_rng(seed)
        self.centres = self.chance.uniform(-9_000, 9_000, (6, 2))
        fixed = np.array([[0, 0], [4_000, 2_000], [-5_000, 3_000], [1_000, -6_000]], float)
        self.at = np.concatenate([fixed, self.doors(stops)])
        self.hours = (TimeWindow(7 * HOUR, 9 * HOUR), TimeWindow(17 * HOUR, 19 * HOUR)) if periods else ()
        self.problem = Problem(
            dimensions=("kg", "litres"),
            stops=tuple(self.stop(f"s{k}", 4 + k, 1 + k % 2) for k in range(stops)),
            vehicles=tuple(self._vehicle(k) for k in range(max(3, stops // 12))),
            unload_sites=(
                UnloadSite("paper", 1, TimeWindow(8 * HOUR, 18 * HOUR), 900),
                UnloadSite("metal", 2, TimeWindow(8 * HOUR, 17 * HOUR), 1200),
                UnloadSite("glass", 3, TimeWindow(9 * HOUR, 18 * HOUR), 900, capacity=(9_000, 60_000)),
            ),
            matrices=self._matrices(1.0),
            periods=tuple(Period(hours, self._matrices(1.4)) for hours in self.hours),
        )

    def doors(self, many: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Draw positions, metres from the depot."""
        return self.centres[self.chance.integers(0, 6, many)] + self.chance.normal(0, 1_800, (many, 2))

    def stop(self, name: str, at: int, slots: int) -> Stop:
        """Draw a pickup or a delivery with so many windows."""
        some = sorted(self.chance.choice(len(SLOTS), slots, replace=False))
        kg = int(self.chance.integers(10, 120))
        goods, nothing = (kg, kg * int(self.chance.integers(3, 9))), (0, 0)
        brings = self.chance.random() < 0.2
        return Stop(
            id=name,
            location=at,
            windows=tuple(SLOTS[k] for k in some),
            service=int(self.chance.integers(4, 16)) * 60,
            delivery=goods if brings else nothing,
            pickup=nothing if brings else goods,
            prize=40_000,
            skills=frozenset({"lift"} if self.chance.random() < 0.1 else ()),
        )

    def place(self) -> Place:
        """Draw a door that the day does not know, with its ways."""
        door = self.doors(1)
        return Place(
            {name: self._ways(door, speed) for name, speed in SPEEDS.items()},
            [{name: self._ways(door, speed / 1.4) for name, speed in SPEEDS.items()} for _ in self.hours],
        )

    def _ways(self, door: np.ndarray[Any, np.dtype[np.float64]], speed: float) -> Ways:
        metres = _metres(self.at, door)[:, 0]
        seconds = np.ceil(metres / speed).astype(np.int32)
        return Ways(seconds, seconds, metres, metres)

    def _matrices(self, slower: float) -> dict[str, Matrix]:
        metres = _metres(self.at, self.at)
        return {
            name: Matrix(np.ceil(metres / (speed / slower)).astype(np.int32), metres) for name, speed in SPEEDS.items()
        }

    def _vehicle(self, k: int) -> Vehicle:
        large = k % 3 == 0
        return Vehicle(
            id=f"v{k}",
            type="truck" if large else "van",
            capacity=(3_000, 18_000) if large else (1_000, 7_000),
            start=0,
            end=0,
            shift=TimeWindow(8 * HOUR, 18 * HOUR),
            profile="truck" if large else "van",
            fixed_cost=12_000 if large else 8_000,
            cost_per_km=320 if large else 180,
            cost_per_hour=6_000,
            pauses=(Pause(TimeWindow(41_400, 46_800), 2_700),),
            skills=frozenset({"lift"} if large else ()),
            overtime=HOUR,
            overtime_per_hour=4_000,
            grams_per_km=600 if large else 250,
        )


SPEEDS = {"van": 8.0, "truck": 6.5}
"""Metres a second through the town."""


def _metres(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Ways 1.3 times as long as the crow flies."""
    return np.ceil(1.3 * np.hypot(*(a[:, None] - b[None, :]).transpose(2, 0, 1))).astype(np.int32)


def solved(problem: Problem, seconds: float) -> Plan:
    """Return a plan, searched for in another process, so that this one loads what a web process may load."""
    code = (
        "import sys; from routing.problem import Problem; from routing.solve import solve;"
        f"print(solve(Problem.from_json(sys.stdin.read()), {seconds!r}).to_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=problem.to_json(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError("no-plan", "The day could not be planned: %(why)s", why=done.stderr[-500:])
    return Plan.from_json(done.stdout)


def naive(problem: Problem, plan: Plan, stop: Stop, place: Place) -> list[tuple[int, str]]:
    """Return fen and vehicle of each way that can be driven, every one calculated in full."""
    from routing.insertion import Places

    day, at = Places(problem).add(place)
    stop = replace(stop, location=at)
    day = day.with_stop(stop)
    services, routes = services_of(day), {r.vehicle: r for r in plan.routes}
    found = []
    for vehicle in day.vehicles:
        if not stop.takes(vehicle):
            continue
        old = routes.get(vehicle.id)
        was = sum(route_prices(day, vehicle, old).values()) if old else 0
        order = [services[v.kind, v.id] for v in old.visits] if old else []
        for trial in placements(day, vehicle, order, stop):
            if not excess(day, vehicle, trial):
                found.append((build_route(day, vehicle, trial).cost - was, vehicle.id))
    return sorted(found)


def timed(case: str, stops: int, calls: list[Callable[[], int]], engine: str = "ours") -> Row:
    """Make the calls one after the other; each says how many offers it had."""
    seconds, offers = [], 0
    for call in calls:
        began = time.perf_counter()
        offers += call()
        seconds.append(time.perf_counter() - began)
    low, high = (float(np.percentile(seconds, q)) * 1000 for q in (50, 99))
    return Row(case, engine, stops, len(calls), offers, low, high, offers / sum(seconds), None)


@click.command(context_settings=words.CONTEXT)
@click.option("--stops", default=200, show_default=True, type=click.IntRange(1), help="Stops in the published day.")
@click.option("--offers", default=2000, show_default=True, type=click.IntRange(1), help="Calls of each kind.")
@click.option("--naive", "peers", default=10, show_default=True, type=click.IntRange(0), help="Calls of the naive one.")
@click.option("--seconds", default=5.0, show_default=True, help="How long the day itself is planned.")
@click.option("--periods", is_flag=True, help="Slower roads in the rush hours.")
@click.option("--seed", default=1, show_default=True, help="Of the town.")
@words.json_option
def main(stops: int, offers: int, peers: int, seconds: float, periods: bool, seed: int, json_file: Path | None) -> None:
    """Ask a published day of a generated town where doors that it does not know could go.

    \b
    prepare     reading the published plan, once a plan
    cheapest    the five cheapest positions for a door with two windows
    all         every position for it
    by-window   the cheapest position in each of four windows, as a booking page asks
    moving      every position, such as break promises included

    The naive engine calculates each position in full by routing.timing; ratio is its median over ours, for all.
    """
    town = Town(stops, seed, periods)
    plan = solved(town.problem, seconds)
    asked = [(town.stop(f"new{k}", 0, 2), town.place()) for k in range(offers)]
    rows = [timed("prepare", stops, [lambda: _prepared(town.problem, plan) for _ in range(5)])]
    published = Published(town.problem, plan)

    def kind(case: str, ask: Callable[[Stop, Place], list[Offer]], calls: int) -> None:
        ask(*asked[0])
        each = [lambda stop=stop, place=place: len(ask(stop, place)) for stop, place in asked[:calls]]
        rows.append(timed(case, stops, each))

    def by_window(stop: Stop, place: Place) -> list[Offer]:
        found = published.by_window(replace(stop, windows=SLOTS), place)
        return [offer for offer in found.values() if offer is not None]

    kind("cheapest", lambda stop, place: published.offers(stop, 5, place=place), offers)
    kind("all", lambda stop, place: published.offers(stop, place=place), offers)
    kind("by-window", by_window, offers)
    kind("moving", lambda stop, place: published.offers(stop, moving=True, place=place), max(1, offers // 10))
    if peers:
        slow = [lambda s=s, p=p: len(naive(town.problem, plan, s, p)) for s, p in asked[:peers]]
        rows.append(timed("all", stops, slow, "naive"))
        ours = next(row for row in rows if row.case == "all")
        rows[-1] = replace(rows[-1], ratio=rows[-1].p50_ms / ours.p50_ms)
    click.echo(f"{len(plan.routes)} of {len(town.problem.vehicles)} vehicles used, {len(plan.unserved)} stops left out")
    click.echo(f"compilers loaded: {sorted({'numba', 'ortools'} & set(sys.modules)) or 'none'}")
    click.echo(_table(rows))
    if json_file is not None:
        json_file.write_text(tabular.as_json("offers", sys.argv[1:], {"numpy": np.__version__}, rows=rows))


def _prepared(problem: Problem, plan: Plan) -> int:
    published = Published(problem, plan)
    published.prepare()
    return 0


def _table(rows: list[Row]) -> str:
    lines = [
        f"{'case':<10} {'engine':<6} {'stops':>6} {'calls':>6} {'p50 ms':>9} {'p99 ms':>9} {'offers/s':>9} {'ratio':>7}"
    ]
    for r in rows:
        ratio = "-" if r.ratio is None else f"{r.ratio:.1f}"
        lines.append(
            f"{r.case:<10} {r.engine:<6} {r.stops:>6} {r.calls:>6} {r.p50_ms:>9.2f} {r.p99_ms:>9.2f}"
            f" {r.offers_per_second:>9.0f} {ratio:>7}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
