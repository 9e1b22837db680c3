"""Simulated days: trucks that unload where it is proposed are too full rarely, those that do not are so often."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from trial_counts import so_many

from recycling.stock.forecast import Ahead, curve, first_over
from recycling.stock.loads import Load, load_of
from recycling.stock.on_board import EMPTY, Stock

EIGHT = datetime(2026, 3, 9, 0, tzinfo=UTC)
SPREAD, TOO_FULL = 0.35, 0.05
DAYS = so_many(400)


def expected_day(rules, numbers):
    """Eight calls of 40 to 200 kg, in the shares of the settings."""
    day = []
    for number in range(8):
        kg = numbers.uniform(40, 200)
        loads = tuple(load_of(rules, m, round(1000 * kg * share)) for m, share in rules.brought.items())
        at = EIGHT + timedelta(hours=number)
        day.append(Ahead("call", at, str(number), 107.47, 31.2, loads, key=str(number)))
    return day


def really(stop, numbers):
    """What people bring: all materials stray together, as the community comes or stays at home."""
    factor = max(0.0, numbers.gauss(1, SPREAD))
    return [Load(n.material, round(n.grams * factor), round(n.millilitres * factor)) for n in stop.loads]


def put(truck, held, loads):
    for load in loads:
        part = held.setdefault(truck.compartment_of(load.material), {})
        before = part.get(load.material, Load(load.material, 0, 0))
        part[load.material] = Load(load.material, before.grams + load.grams, before.millilitres + load.millilitres)


def is_over(truck, held):
    stock = Stock({code: tuple(part.values()) for code, part in held.items()})
    (point,) = curve(truck, stock, [SimpleNamespace(kind="pickup", loads=(), accepted=())], 0, 0.5)
    return bool(point.over)


def drive(truck, day, numbers, follows):
    """Return at how many calls the truck was too full, and how often it unloaded."""
    held, over, unloads = {}, 0, 0
    for number, stop in enumerate(day):
        stock = Stock({code: tuple(part.values()) for code, part in held.items()}) if held else EMPTY
        late = first_over(curve(truck, stock, day[number:], SPREAD, TOO_FULL))
        if follows and late is not None and late.stop is stop and held:
            held, unloads = {}, unloads + 1
        put(truck, held, really(stop, numbers))
        if is_over(truck, held):
            over, held = over + 1, {}  # it has to leave the people standing and unload now
    return over, unloads


@pytest.mark.parametrize("seed", [1, 2])
def test_who_unloads_where_it_is_proposed_is_rarely_too_full(truck, rules, seed):
    rates = {}
    for follows in (True, False):
        numbers = random.Random(seed)
        trips = [drive(truck, expected_day(rules, numbers), numbers, follows) for _ in range(DAYS)]
        rates[follows] = sum(over for over, _ in trips) / (8 * DAYS)
        if follows:
            assert sum(unloads for _, unloads in trips) < 4 * DAYS  # it is no trick of unloading all the time
    assert rates[True] <= TOO_FULL
    assert rates[False] > 2 * rates[True]
    assert rates[False] > 0.1
