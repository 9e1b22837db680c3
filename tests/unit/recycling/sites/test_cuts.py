"""Roads that are cut to see what a scenario is worth then: which there are, how they are named, what they do."""

from datetime import date, timedelta

import pytest

from recycling import network
from recycling.errors import BadRequestError
from recycling.road_changes import ClosureRule, close
from recycling.settings import home
from recycling.sites.cuts import Cut, around, closures_of, cut_of, road_names
from recycling.sites.looking import look
from recycling.sites.scenarios import the_scenario
from routing.roads.changes import Where

DAY = date(2026, 3, 4)
ALL_BUT_ONE_TO_THE_SOUTH = tuple(range(100, 108))
"""Streets of the grid between the centre and the south, but for the westmost."""


@pytest.fixture
def seen(sqlite_record, drawn, settings, fleet, desk):
    """Return a function that looks at the scenario while roads are cut, None for a cut of nothing."""

    def read(where):
        with sqlite_record.read() as session:
            found = look(session, settings, fleet, desk, the_scenario(session, drawn), DAY)
            return around(session, settings, fleet, desk, found, Cut("works", where), DAY, 5.0)

    return read


def test_closures_are_listed_with_whether_they_hold(sqlite_record, home):
    with sqlite_record.read() as session:
        layer = network.the_area(session).roads
    close(layer, ClosureRule(name="桥", edges=(1,)))
    close(layer, ClosureRule(name="next week", edges=(2,), first=DAY + timedelta(7)))
    assert [(one.name, one.now) for one in closures_of(layer, DAY)] == [("next week", False), ("桥", True)]


def test_roads_are_listed_by_name_and_number(tmp_path):
    names = road_names(home() / "data" / "geo" / "roads.gpkg")
    assert "G210" in names
    assert names == sorted(set(names))
    assert road_names(tmp_path / "none.gpkg") == []
    (tmp_path / "text.gpkg").write_text("no layer")
    assert road_names(tmp_path / "text.gpkg") == []


def test_a_cut_is_a_closure_a_name_or_a_position(sqlite_record, home):
    with sqlite_record.read() as session:
        layer = network.the_area(session).roads
    close(layer, ClosureRule(name="桥", edges=(1,)))
    known = closures_of(layer, DAY)
    assert cut_of(known, []) is None
    assert cut_of(known, [], "桥") == Cut("桥", Where(edges=(1,)))
    assert cut_of(known, ["G210"], "", "G210") == Cut("G210", Where(roads=("G210",)))
    assert cut_of(known, [], "", "", (107.47, 31.2)) == Cut("107.47000, 31.20000", Where(near=((107.47, 31.2),)))
    for words, where in ((("gone",), "closure"), (("", "G999"), "road")):
        with pytest.raises(BadRequestError) as told:
            cut_of(known, ["G210"], *words)
        assert told.value.faults[0].where == where


def test_everybody_drives_around_a_cut_road(seen):
    hurt = seen(Where(edges=ALL_BUT_ONE_TO_THE_SOUTH))
    assert hurt.worth.minutes > hurt.base.minutes
    assert hurt.worth.km > hurt.base.km
    assert hurt.worth.people == hurt.base.people


def test_a_road_that_there_is_not_is_told(seen):
    for where in (Where(roads=("G999",)), Where(near=((107.0, 31.0),))):
        with pytest.raises(BadRequestError, match="no road here that could be cut"):
            seen(where)
