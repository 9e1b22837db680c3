"""Why communities have no call: proven beside the search, kept with its run, said in words with what would help."""

import threading

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from recycling import clock
from recycling.accounts.actors import system
from recycling.errors import BadRequestError
from recycling.models import Community, Site, TimetableRun
from recycling.settings import load_settings
from recycling.timetable import making
from recycling.timetable.board import board_of
from recycling.timetable.hindrances import hindrances, in_the_way, said
from recycling.timetable.runs import ask, claim, work
from recycling.timetable.versions import the_timetable
from recycling.timetable.without import people_without
from routing.periodic.engine import solve_timetable

WHO = system("test")


@pytest.fixture
def with_rules(settings):
    """Return a function that gives the settings with other rules of timetables."""

    def call(**rules):
        return settings.model_copy(update={"timetable": settings.timetable.model_copy(update=rules)})

    return call


@pytest.fixture
def at_nine(with_rules):
    """All three communities of DEP-01 have their calls at nine on Mondays, and there is one box truck."""
    return with_rules(weekdays=(0,), fixed_hours=dict.fromkeys(("A-001", "A-002", "A-003"), "09:00"))


def stated(record, settings, fleet, day):
    with record.read() as session:
        ask_for = making.asked(session, settings, fleet, "DEP-01", day)
    return making.problem_of(settings, ask_for)


def test_a_fixed_hour_is_the_only_one_of_its_community(sqlite_record, with_rules, fleet, day, now):
    fixed = with_rules(fixed_hours={"A-002": "07:10"})
    problem, _ = stated(sqlite_record, fixed, fleet, day)
    hours = {p.id: [h.window.start // 60 for h in p.hours] for p in problem.points}
    assert hours["A-002"] == [7 * 60 + 10]
    assert len(hours["A-001"]) > 5
    found = solve_timetable(problem, 20, iterations=60)
    with sqlite_record.write() as session:
        ask_for = making.asked(session, fixed, fleet, "DEP-01", day)
        table = making.store(session, fixed, ask_for, problem, found, WHO.id, now)
        if "A-002" in found.chosen:
            assert {v.start_minute for v in table.visits if v.community_code == "A-002"} == {430}
        point = board_of(session, fixed, fleet, table, day).point("A-002")
        assert [h.window.start // 60 for h in point.hours] == [430]


def test_an_hour_that_is_none_and_a_community_that_is_not_there(sqlite_record, settings, with_rules, fleet, day):
    with pytest.raises(BadRequestError, match="names X-9, which is no community"):
        stated(sqlite_record, with_rules(fixed_hours={"X-9": "10:00"}), fleet, day)
    with pytest.raises(BadRequestError, match=r"timetable\.only_days names X-8, which is no community"):
        stated(sqlite_record, with_rules(only_days={"X-8": (1,)}), fleet, day)
    glass = settings.model_copy(update={"stock": settings.stock.model_copy(update={"brought": {"glass": 1.0}})})
    problem, _ = stated(sqlite_record, glass, fleet, day)
    assert {v.capacity[0] for v in problem.vehicles} == {371}, "the truck is full of glass before it is full"
    rules = load_settings().timetable
    with pytest.raises(ValidationError):
        type(rules)(**(rules.model_dump() | {"fixed_hours": {"A-001": "25:00"}}))


def test_fixed_hours_are_proven_to_be_too_many_and_said_with_what_would_help(sqlite_record, at_nine, fleet, day):
    problem, off_road = stated(sqlite_record, at_nine, fleet, day)
    rows = hindrances(problem, off_road, fleet)
    names = {code: f"Community {code}" for code in ("A-001", "A-002", "A-003")}
    people, one = said(rows, names, fleet)
    with sqlite_record.read() as session:
        living = {names[key]: session.get_one(Community, key).population for key in names}
    fewest = min(living[name] for name in one.communities)
    assert people.communities == (), "of three, one has its calls"
    two = sum(sorted(living.values())[:2])
    assert str(people.why) == f"Whatever the timetable, at least {two:,} people have no call."
    assert len(one.communities) == 2, "two are too many for one truck, the third one changes nothing"
    assert set(one.communities) < set(names.values())
    assert str(one.why) == (
        "All their calls are at 09:00, and a vehicle makes one of them a day. Vehicles: 1; calls without one: 1."
    )
    assert [fault.code for fault in one.remedies] == ["vehicles", "hour", "without"]
    if len({living[name] for name in one.communities}) > 1:
        assert str(one.remedies[2]).endswith(f" ({fewest:,} people).")
    assert str(one.remedies[0]).startswith("1 more of this vehicle: 4.2 m box truck (each is there ")
    assert str(one.remedies[0]).endswith(" min a day).")


def test_a_centre_is_named_with_the_tonnes_that_are_lacking(sqlite_record, settings, fleet, day):
    with sqlite_record.write() as session:
        session.get_one(Site, "CEN-01").tonnes_per_day = 0.02
    problem, _ = stated(sqlite_record, settings, fleet, day)
    found = said(hindrances(problem, (), fleet), {"CEN-01": "The centre"}, fleet)
    of_site = [one for one in found if one.why.code == "site"]
    assert of_site
    for one in of_site:
        assert " t more than is taken there (days: " in str(one.why)
        assert str(one.why).endswith(": The centre.")
        (takes,) = [str(fault) for fault in one.remedies if fault.code == "takes"]
        assert takes.endswith("at one of these: The centre.")


def test_what_no_vehicle_holds_is_said_with_a_type_that_does(sqlite_record, with_rules, fleet, day):
    with sqlite_record.write() as session:
        session.get_one(Community, "A-001").population = 90_000
    problem, _ = stated(sqlite_record, with_rules(vehicle="van", twice_from_people=1_000_000), fleet, day)
    (one,) = [row for row in said(hindrances(problem, (), fleet), {}, fleet) if row.why.code == "room"]
    assert one.communities == ("A-001",)
    assert " more than any vehicle holds." in str(one.why)
    assert {fault.code for fault in one.remedies} >= {"holds"}


def test_communities_off_the_road_come_first(sqlite_record, settings, fleet, day):
    problem, _ = stated(sqlite_record, settings, fleet, day)
    (one,) = said(hindrances(problem, ["A-009"], fleet), {"A-009": "Far"}, fleet)
    assert (one.communities, str(one.why)) == (("Far",), "No road that the vehicles may use leads there.")


@pytest.fixture
def ran(sqlite_record, at_nine, fleet, now):
    """A run of a second that has worked with the real search."""
    with sqlite_record.write() as session:
        key = ask(session, "DEP-01", 60, WHO, now).id
        session.execute(update(TimetableRun).values(seconds=1))
    work(sqlite_record, at_nine, fleet, claim(sqlite_record, clock.utc_now()))
    with sqlite_record.read() as session:
        return session.get(TimetableRun, key)


def test_the_run_keeps_what_stands_in_the_way(ran, sqlite_record, fleet):
    assert (ran.state, ran.version, ran.left_out) == ("done", 1, 2)
    assert [row["kind"] for row in ran.hindrances] == ["people", "hours"]
    assert ran.people_left_out == ran.hindrances[0]["people"], "proven: nobody leaves out fewer people"
    with sqlite_record.read() as session:
        table = the_timetable(session, "DEP-01", 1)
        assert people_without(session, table) == ran.people_left_out
        _, one = in_the_way(session, fleet, ran, "en")
    assert all(name.startswith("社区A-00") for name in one.communities)


def test_a_proof_ends_when_the_run_is_stopped(sqlite_record, at_nine, fleet, day):
    problem, _ = stated(sqlite_record, at_nine, fleet, day)
    told = threading.Event()
    told.set()
    assert hindrances(problem, (), fleet, lambda: not told.is_set()) == []
    assert hindrances(problem, (), fleet) != []


def test_a_run_that_goes_on_says_nothing_yet(ran, sqlite_record, fleet):
    with sqlite_record.write() as session:
        session.execute(update(TimetableRun).values(state="running"))
        run = session.scalars(select(TimetableRun)).one()
        session.refresh(run)
        assert in_the_way(session, fleet, run, "en") == []
