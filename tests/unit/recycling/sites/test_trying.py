"""What a cost hangs on and how a scenario stands when things go wrong, by hand; and which differences are chance."""

import numpy as np
import pytest
from test_worth import ASSUMED, TWO, people, site

from recycling.sites.compared import FIGURES, Line, compared
from recycling.sites.noise import unsure
from recycling.sites.trying import bars, stresses, swings
from recycling.sites.worth import worth

HEADS = people([1000, 3000, 500], towns=[0, 1, 1])
SITES = [site("A", 1.0), site("B", 2.0, "small")]


def test_each_assumption_moves_what_hangs_on_it():
    base = worth(HEADS, None, ASSUMED, SITES, TWO)
    found = {swing.code: swing for swing in swings(HEADS, None, ASSUMED, SITES, TWO)}
    assert found["land"].more - base.yuan == pytest.approx(0.2 * base.fixed)
    assert found["sorting"].less - base.yuan == pytest.approx(-0.2 * base.sorting)
    assert found["demand"].more - base.yuan == pytest.approx(0.2 * (base.sorting + base.transport))
    assert found["load"].less > base.yuan > found["load"].more
    fuel, wages = (found[code].more - base.yuan for code in ("fuel", "wages"))
    assert fuel + wages == pytest.approx(0.2 * base.transport)
    assert found["roads"].more - base.yuan == pytest.approx(wages)
    assert [s.span for s in found.values()] == sorted((s.span for s in found.values()), reverse=True)


def test_bars_lie_on_both_sides_of_the_cost():
    base = worth(HEADS, None, ASSUMED, SITES, TWO).yuan
    rows = bars(swings(HEADS, None, ASSUMED, SITES, TWO), base)
    assert max(long for row in rows for _, long, _ in row["parts"]) == 300
    for row in rows:
        assert all(x >= 0 and x + long <= 600.1 for x, long, _ in row["parts"])
        assert {300.0} == {x if x >= 300 else round(x + long, 1) for x, long, _ in row["parts"]}


def test_what_goes_wrong_is_worth_what_it_is_without_what_is_out():
    found = {one.code: one for one in stresses(HEADS, None, ASSUMED, SITES, TWO)}
    base = found["none"].worth
    assert found["more"].worth.tonnes == pytest.approx(1.3 * base.tonnes)
    assert found["holiday"].worth.fullest.full == pytest.approx(1.6 * base.fullest.full)
    assert not found["holiday"].whole_year
    assert found["out"].name == "B"  # 3,000 people drive 1,200 s instead of 300 s without it; 1,000 the same without A
    assert found["out"].worth.minutes == pytest.approx((1000 * 10 + 3000 * 20) / 4000)
    assert "cut" not in found
    longer = {place: np.where(table < 0, -1, 2 * table) for place, table in TWO.items()}
    cut = stresses(HEADS, None, ASSUMED, SITES, TWO, ("R1", longer))[-1]
    assert (cut.code, cut.name) == ("cut", "R1")
    assert cut.worth.minutes == pytest.approx(2 * base.minutes)
    assert len(stresses(HEADS, None, ASSUMED, SITES[:1], TWO)) == 3


def many(count=200):
    random = np.random.default_rng(1)
    heads = people([1000] * count, towns=[k % 2 for k in range(count)])
    table = random.integers(300, 3000, (2, count)).astype(np.int32)
    return heads, {(1.0, 31.0): np.stack([table[0], 10 * table[0]]), (2.0, 31.0): np.stack([table[1], 10 * table[1]])}


def test_a_difference_that_may_be_chance_is_none_and_a_sure_one_stays():
    heads, ways = many()
    near, swapped = ways[1.0, 31.0], ways[2.0, 31.0]
    same = {(1.0, 31.0): near, (2.0, 31.0): near[:, np.random.default_rng(2).permutation(200)]}
    first, second = (worth(heads, None, ASSUMED, [site(code, lon)], same) for code, lon in (("A", 1.0), ("A", 2.0)))
    assert "km" in unsure(first, second, heads, ASSUMED, ASSUMED)
    line = next(line for line in compared(first, second, frozenset({"km"})).lines if line.figure.code == "km")
    assert (line.verdict, line.difference) == ("same", 0.0)
    longer = worth(heads, None, ASSUMED, [site("A", 2.0)], {(2.0, 31.0): 2 * swapped})
    assert unsure(first, longer, heads, ASSUMED, ASSUMED) == frozenset()
    assert unsure(first, first, heads, ASSUMED, ASSUMED) == frozenset()


def test_both_scenarios_get_the_same_draws():
    heads, ways = many()
    first = worth(heads, None, ASSUMED, [site("A", 1.0)], ways)
    slightly = worth(heads, None, ASSUMED, [site("A", 1.0)], {(1.0, 31.0): ways[1.0, 31.0] + 30})
    assert "km" not in unsure(first, slightly, heads, ASSUMED, ASSUMED)  # far smaller than the spread of either
    figure = next(one for one in FIGURES if one.code == "km")
    assert Line(figure, figure.rounded(first), figure.rounded(slightly)).verdict == "worse"
