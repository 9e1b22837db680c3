"""Drivers of the fleet and tonnes of the sites, in what a depot's timetable is made from and in what is said of it."""

from datetime import timedelta

import pytest
from made_timetables import TOWN, draft, in_force

from recycling.fleet import Driver
from recycling.models import Site
from recycling.site_capacity import ANY_LITRES
from recycling.timetable import making
from recycling.timetable.board import Move, board_of, tried
from recycling.timetable.compare import drivers_of
from routing.periodic.check import check_timetable
from routing.periodic.engine import solve_timetable


@pytest.fixture
def driven(fleet):
    """The fleet with a driver of the box truck on Mondays to Wednesdays, who has the van from then on."""
    rows = (
        Driver(name="1", plate="T-BOX", weekdays=(0, 1, 2)),
        Driver(name="2", plate="T-BOX", weekdays=(3, 4, 5)),
        Driver(name="1", plate="T-VAN", weekdays=(3, 4, 5)),
    )
    return fleet.model_copy(update={"drivers": rows})


@pytest.fixture
def asked_of(sqlite_record, settings, day):
    def call(fleet, tonnes=10.0):
        with sqlite_record.write() as session:
            session.get_one(Site, "CEN-01").tonnes_per_day = tonnes
        with sqlite_record.read() as session:
            ask = making.asked(session, settings, fleet, "DEP-01", day)
        return ask, making.problem_of(settings, ask)[0]

    return call


def test_the_search_knows_who_drives_and_what_another_one_costs(asked_of, fleet, driven, settings):
    _, problem = asked_of(driven)
    assert [problem.driver(day, "T-BOX") for day in range(7)] == ["1"] * 3 + ["2"] * 3 + ["T-BOX"]
    assert problem.other_driver == settings.timetable.other_driver_fen > 0
    assert asked_of(fleet)[1].drivers == (), "nobody is named"


def test_who_drives_to_whom(sqlite_record, driven, fleet, now):
    with sqlite_record.write() as session:
        table = draft(session, TOWN, now)
        found = drivers_of(driven, table)
        assert drivers_of(fleet, table) is None
    assert found.of == {"A-001": ("1",), "A-002": ("1", "2"), "A-003": ("T-VAN",)}
    assert (found.same, found.others) == (2, 1)


def test_a_site_has_a_bound_where_all_communities_could_bring_too_much(asked_of, fleet):
    _, problem = asked_of(fleet)
    assert [site.capacity for site in problem.unload_sites] == [None]
    heaviest = sum(max(p.load[0] for p in one.patterns) for one in problem.points)
    ask, tight = asked_of(fleet, (heaviest - 1) / 1000)
    assert [site.capacity for site in tight.unload_sites] == [(heaviest - 1, ANY_LITRES)]
    assert [site.capacity for site in ask.job.unload_sites] == [None], "the orders of one day do not matter"
    found = solve_timetable(tight, 20, iterations=60)
    assert len(found.chosen) == len(tight.points)
    assert check_timetable(tight, found) == []


def test_what_other_depots_timetables_bring_is_taken_off_on_their_days(
    asked_of, sqlite_record, settings, fleet, now, day
):
    with sqlite_record.write() as session:
        in_force(
            session, settings, [("B-001", 0, 600, "T-BOX")], settings.clock.today(now) + timedelta(1), now, 1, "DEP-02"
        )
    with sqlite_record.write() as session:
        session.get_one(Site, "CEN-01").tonnes_per_day = 0.15
    with sqlite_record.read() as session:
        ask = making.asked(session, settings, fleet, "DEP-01", day + timedelta(7))
    problem, _ = making.problem_of(settings, ask)
    left = [next(site.capacity for site in problem.sites_on(on)) for on in range(7)]
    assert [kg for kg, _ in left] == [50] + [150] * 6


def test_a_move_that_brings_a_site_too_much_is_said_and_refused(sqlite_record, asked_of, settings, fleet, day, now):
    ask, problem = asked_of(fleet)
    found = solve_timetable(problem, 20, iterations=60)
    with sqlite_record.write() as session:
        table = making.store(session, settings, ask, problem, found, "test", now)
        first = table.visits[0]
        kg = sum(v.expected_kg for v in table.visits if v.day == first.day)
        other = next(v for v in table.visits if v.community_code != first.community_code)
        session.get_one(Site, "CEN-01").tonnes_per_day = max(kg, other.expected_kg) / 1000
    elsewhere = next(d for d in range(6) if d not in {v.day for v in table.visits})
    with sqlite_record.read() as session:
        board = board_of(session, settings, fleet, table, day)
        alone = tried(board, Move(other.community_code, other.day, elsewhere, other.start_minute, other.plate))
        assert not [fault for fault in alone.faults if fault.code == "site-full"]
        session.get_one(Site, "CEN-01").tonnes_per_day = (other.expected_kg - 50) / 1000
        board = board_of(session, settings, fleet, table, day)
        alone = tried(board, Move(other.community_code, other.day, elsewhere, other.start_minute, other.plate))
    (fault,) = [fault for fault in alone.faults if fault.code == "site-full"]
    assert str(fault) == "On that day 示例CEN-01 would get 0.05 t more than it takes."
