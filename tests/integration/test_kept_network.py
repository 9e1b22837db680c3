"""What a process keeps of the network is always that of the record, on both databases."""

import pytest

from recycling import network
from recycling.kept_network import the_community
from recycling.models import Area, Community, Site


def test_a_change_is_seen_by_the_next_session(record):
    with record.read() as session:
        before = the_community(session, "A-001")
        assert network.the_depot(session, "DEP-01").name
    with record.write() as session:
        session.get(Community, "A-001").name = "另一个名字"
        session.get(Site, "DEP-01").name = "另一个站"
        session.get(Area, 1).name = "另一个市"
    with record.read() as session:
        assert before.name != the_community(session, "A-001").name == "另一个名字"
        assert network.the_depot(session, "DEP-01").name == "另一个站"
        assert network.depots(session)[0].name == "另一个站"
        assert network.the_area(session).name == "另一个市"


def test_a_unit_that_changes_it_sees_its_own_change(record):
    with record.write() as session:
        assert network.the_area(session).name
        session.get(Area, 1).name = "另一个市"
        session.flush()
        assert network.the_area(session).name == "另一个市"


def test_a_change_that_was_undone_is_seen_by_nobody(record):
    def change_and_fail():
        with record.write() as session:
            session.get(Community, "A-001").name = "另一个名字"
            session.flush()
            assert the_community(session, "A-001").name == "另一个名字"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with record.read() as session:
        assert the_community(session, "A-001").name != "另一个名字"


@pytest.mark.parametrize("code", ["", "A-999", "A-001\x00", "\ud800"])
def test_a_code_of_no_community(record, code):
    with record.read() as session:
        assert the_community(session, code) is None


def test_what_is_given_out_belongs_to_no_session(record):
    with record.read() as session:
        area, depot = network.the_area(session), network.the_depot(session, "DEP-01")
        assert area not in session
        assert depot not in session
    assert area.outline["type"] in ("Polygon", "MultiPolygon")
