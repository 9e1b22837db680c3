"""What sites are worth: figures that can be worked out by hand, over the town and over numbers drawn at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from town_streets import crossing

from recycling.models import ScenarioSite
from recycling.settings.siting import SiteSize
from recycling.sites.assumed import Assumed
from recycling.sites.compared import FIGURES, Line, compared
from recycling.sites.editing import choose_sites, put_place
from recycling.sites.looking import look
from recycling.sites.people import People, people_of
from recycling.sites.scenarios import the_scenario
from recycling.sites.worth import BANDS, worth

ASSUMED = Assumed(
    reach_minutes=15, vehicle="box", load_tonnes=0.5, cost_per_km=200, cost_per_hour=6000, grams_co2_per_km=300,
    grams_a_week_urban=100, grams_a_week_rural=50, standing_yuan=1000, yuan_a_tonne=10,
    capacities={"A": 20.0}, sizes=(SiteSize(name="small", tonnes=5, yuan=300),),
)  # fmt: skip


def people(heads, urban=None, towns=None, depots=None):
    count = len(heads)
    return People(
        codes=tuple(f"c{k}" for k in range(count)),
        names=tuple(f"n{k}" for k in range(count)),
        depots=tuple(depots or ["D"] * count),
        town=np.array(towns or [0] * count),
        towns=(("K", "T0"), ("K", "T1")),
        people=np.array(heads, dtype=float),
        urban=np.array(urban or [True] * count),
        lonlat=tuple((107.0 + k, 31.0) for k in range(count)),
        key="k",
    )


def site(code, lon, size="standing", is_open=True):
    return ScenarioSite(
        code=code, position=0, kind="standing", name=code, name_en=code, lon=lon, lat=31.0, size=size, is_open=is_open
    )


def ways(**rows):
    return {(float(lon[1:]), 31.0): np.array(two, dtype=np.int32) for lon, two in rows.items()}


TWO = ways(x1=([600, 1200, -1], [5000, 10000, -1]), x2=([1800, 300, -1], [15000, 2500, -1]))


def test_figures_by_hand():
    heads = people([1000, 3000, 500], towns=[0, 1, 1], urban=[True, False, True])
    found = worth(heads, None, ASSUMED, [site("A", 1.0), site("B", 2.0, "small"), site("C", 1.0, is_open=False)], TWO)
    tonnes = np.array([1000 * 100, 3000 * 50]) * 365.25 / 7 / 1e6
    km = 2 * np.array([5.0, 2.5]) * tonnes / 0.5
    hours = 2 * np.array([600, 300]) / 3600 * tonnes / 0.5
    assert found.site.tolist() == [0, 1, -1]
    assert found.km == pytest.approx(km.sum())
    assert found.kg_co2 == pytest.approx(0.3 * km.sum())
    assert found.yuan == pytest.approx(1300 + 10 * tonnes.sum() + 2 * km.sum() + 60 * hours.sum())
    assert found.minutes == pytest.approx((1000 * 10 + 3000 * 5) / 4000)
    assert (found.within, found.people, found.unreached, found.lost_communities) == (4000, 4500, 500, 1)
    assert found.bands == (4000, 0, 0, 0, 0, 0)
    assert [(s.code, s.people, s.communities) for s in found.sites] == [("A", 1000, 1), ("B", 3000, 1)]
    assert found.fullest.code == "B"
    assert found.fullest.full == pytest.approx(tonnes[1] / 5)
    assert [(t.town, t.minutes, t.site) for t in found.towns] == [("T0", 10.0, "A"), ("T1", 5.0, "B")]
    assert found.worst_town.town == "T0"


def test_a_third_more_is_brought():
    heads = people([1000, 3000, 500])
    one = worth(heads, None, ASSUMED, [site("A", 1.0)], TWO)
    more = worth(heads, None, ASSUMED.model_copy(update={"demand_percent": 130}), [site("A", 1.0)], TWO)
    assert more.tonnes == pytest.approx(1.3 * one.tonnes)
    assert more.km == pytest.approx(1.3 * one.km)
    assert (more.minutes, more.fixed) == (one.minutes, one.fixed)


def test_a_depot_counts_its_own_communities_alone():
    heads = people([1000, 3000, 500], depots=["D", "E", "D"])
    found = worth(heads, "D", ASSUMED, [site("A", 1.0)], TWO)
    assert (found.people, found.unreached, found.site.tolist()) == (1500, 500, [0, -1, -1])


def test_without_an_open_site_nobody_has_a_way():
    found = worth(people([10, 20]), None, ASSUMED, [], {})
    assert (found.unreached, found.yuan, found.minutes, found.sites, found.fullest, found.worst_town) == (
        30, 0, 0, (), None, None,
    )  # fmt: skip
    assert all(np.isfinite(figure.rounded(found)) for figure in FIGURES)


def test_a_site_that_can_sort_nothing_is_over_full():
    found = worth(people([10, 20, 5]), None, ASSUMED, [site("X", 1.0)], TWO)
    assert found.fullest.full == float("inf")
    line = Line(next(f for f in FIGURES if f.code == "fullest"), float("inf"), float("inf"))
    assert line.verdict == "same"


seconds = some.lists(some.integers(-1, 9000), min_size=6, max_size=6)


@given(some.lists(seconds, min_size=1, max_size=4), some.lists(some.integers(1, 5000), min_size=6, max_size=6))
def test_laws_of_any_sites(table, heads):
    everybody = people(heads, towns=[0, 0, 0, 1, 1, 1])
    sites = [site(f"S{k}", float(k)) for k in range(len(table))]
    known = {(float(k), 31.0): np.array([row, np.array(row) * 9], dtype=np.int32) for k, row in enumerate(table)}
    found = worth(everybody, None, ASSUMED, sites, known)
    assert sum(found.bands) + found.unreached == pytest.approx(sum(heads))
    assert sum(s.people for s in found.sites) + found.unreached == pytest.approx(sum(heads))
    assert sum(s.tonnes for s in found.sites) == pytest.approx(found.tonnes)
    assert found.worst_tenth >= found.median - 1e-9 or found.minutes == 0
    for k, row in enumerate(np.array(table).T):
        reached = row[row >= 0]
        assert found.seconds[k] == (reached.min() if len(reached) else -1)
    fewer = worth(everybody, None, ASSUMED, sites[1:], known)
    assert fewer.unreached >= found.unreached
    same = compared(found, found)
    assert {line.verdict for line in same.lines} == {"same"}
    assert (same.won, same.lost) == (0, 0)
    there, back = compared(found, fewer), compared(fewer, found)
    assert (there.won, there.lost) == (back.lost, back.won)
    assert [line.difference for line in there.lines] == pytest.approx([-line.difference for line in back.lines])


def test_the_town_by_its_own_streets(sqlite_record, settings, fleet, desk, drawn, edit, now, day):
    edit(drawn, choose_sites, {"CEN-01", "STA-01"}, {})
    edit(drawn, put_place, crossing(8, 7), "")
    edit(drawn, put_place, crossing(-3, -3), "far from any street")
    with sqlite_record.read() as session:
        found = look(session, settings, fleet, desk, the_scenario(session, drawn), day)
        assert people_of(session) is found.people
    assert [row.code for row in found.off_road] == ["P2"]
    assert [row.code for row in found.opened] == ["CEN-01", "STA-01", "P1"]
    goes = {code: found.worth.sites[k].code for code, k in zip(found.people.codes, found.worth.site, strict=True)}
    assert goes == {"A-001": "STA-01", "A-002": "CEN-01", "A-003": "CEN-01", "B-001": "P1"}
    assert found.worth.seconds[3] == 0
    assert found.base.sites[0].people == 6500
    gone = compared(found.base, found.worth)
    assert {line.figure.code: line.verdict for line in gone.lines}["minutes"] == "better"
    assert len(BANDS) + 1 == len(found.worth.bands)
