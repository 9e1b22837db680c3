"""What a scenario lacks, by hand: room, materials, ways; and the cheapest single change that mends it."""

from dataclasses import replace

import pytest
from test_worth import ASSUMED, TWO, people, site

from recycling.models import Scenario
from recycling.settings.siting import SiteSize
from recycling.sites.lacking import lack_of, mended
from recycling.sites.looking import Look
from recycling.sites.worth import worth

EVERYTHING = {"paper": 0.5, "glass": 0.5}
A_THOUSAND = 1000 * 100 * 365.25 / 7 / 1e6
"""Tonnes that a thousand people bring in a year."""

LARGE = ASSUMED.model_copy(
    update={"sizes": (*ASSUMED.sizes, SiteSize(name="large", tonnes=40, yuan=700)), "standing_yuan": 10_000}
)


def looked(heads, sites, assumed=ASSUMED):
    """Look at sites; B is somebody's own place, A a centre that stands."""
    for row in sites:
        row.kind = "own" if row.code == "B" else "standing"
    everybody = people(heads)
    opened = [row for row in sites if row.is_open]
    found = worth(everybody, None, assumed, opened, TWO)
    return Look(Scenario(name="S", depot_code=None, sites=sites), assumed, everybody, found, found, (), (), TWO)


def lacked(look, shares=EVERYTHING):
    lack = lack_of(look, look.worth, look.opened, shares)
    closed = [row for row in look.scenario.sites if not row.is_open]
    return replace(lack, mend=mended(look, lack, closed, look.ways, shares))


def test_nothing_is_lacking_where_all_find_room():
    assert lacked(looked([1000, 900, 0], [site("A", 1.0), site("B", 2.0, "small")])).none


def test_tonnes_without_room_and_the_site_that_mends_it():
    look = looked([2000, 900, 0], [site("A", 1.0, is_open=False), site("B", 2.0, "small")])
    lack = lacked(look)
    assert [(one.code, one.material) for one in lack.short] == [("B", "")]
    assert lack.short[0].tonnes == pytest.approx(2.9 * A_THOUSAND - 5)
    both = worth(look.people, None, ASSUMED, [site("A", 1.0), site("B", 2.0, "small")], TWO)
    assert (lack.mend.deed, lack.mend.code, lack.mend.whole) == ("open", "A", True)
    assert lack.mend.yuan == pytest.approx(both.yuan - look.worth.yuan)


def test_a_change_that_only_helps_says_what_is_left():
    lack = lacked(looked([2000, 1000, 0], [site("A", 1.0, is_open=False), site("B", 2.0, "small")]))
    assert (lack.mend.code, lack.mend.whole) == ("A", False)
    assert lack.mend.tonnes == pytest.approx(A_THOUSAND - 5)


def test_the_cheapest_of_several_changes_is_told():
    look = looked([2000, 900, 0], [site("A", 1.0, is_open=False), site("B", 2.0, "small")], LARGE)
    assert (lacked(look).mend.deed, lacked(look).mend.size) == ("enlarge", "large")
    cheap = LARGE.model_copy(update={"standing_yuan": 1000})  # it saves more on the road than it costs
    look = looked([2000, 900, 0], [site("A", 1.0, is_open=False), site("B", 2.0, "small")], cheap)
    assert (lacked(look).mend.deed, lacked(look).mend.code) == ("open", "A")


def test_without_an_open_site_everybody_is_named_and_one_is_opened():
    lack = lacked(looked([1000, 500, 0], [site("A", 1.0, is_open=False), site("B", 2.0, "small", is_open=False)]))
    assert lack.closed
    assert lack.places == ("n0", "n1")
    assert (lack.mend.deed, lack.mend.code, lack.mend.whole) == ("open", "A", True)


def test_people_whom_no_site_reaches_are_named_and_nothing_is_promised():
    lack = lacked(looked([1000, 500, 300], [site("A", 1.0), site("B", 2.0, "small", is_open=False)]))
    assert (lack.places, lack.people, lack.mend) == (("n2",), 300, None)


def test_a_material_that_no_open_site_takes_and_one_of_which_a_site_takes_too_little():
    sites = [site("A", 1.0, is_open=False), site("B", 2.0, "small")]
    sites[1].facts = {"materials": {"paper": 1.0}}
    lack = lacked(looked([0, 1000, 0], sites))
    assert lack.nowhere == {"glass": pytest.approx(A_THOUSAND / 2)}
    assert [(one.material, pytest.approx(one.tonnes)) for one in lack.short] == [("paper", A_THOUSAND / 2 - 1)]
    assert lack.mend is None  # the nearest site stays the nearest, and states itself what it takes
