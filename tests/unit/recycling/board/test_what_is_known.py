"""Where trucks stand and what they have on board: the newest word counts, and it is said which that is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recycling.board.fresh import OF_BOOK, OF_PLAN, Book, Place, books_of, place_is, places_of, stock_is
from recycling.board.known import Known, Said, Service, known
from recycling.board.marks import DONE, GONE, NOTHING, ON_THE_WAY, STILL, TO_NOTHING, Mark
from recycling.models import PlanRoute, PlanVisit, TruckPosition
from recycling.stock import collect, load_of, the_vehicle
from recycling.stock.loads import Load
from recycling.stock.movements import HAND_IN, Deed
from recycling.stock.on_board import EMPTY, Stock
from recycling.stop_names import service_of
from recycling.whereabouts.grid import snapped

HEAVY = Stock({"": (Load("paper", 90_000, 700_000),)})


@pytest.fixture
def route(at):
    """Four doors at 9:00, 9:30, 10:00 and 10:30, then an unload at 11:00; each takes ten minutes."""
    from uuid import uuid4

    made = PlanRoute(number=1, plate="T-BOX", starts_at=at(8, 40), ends_at=at(11, 30))
    for position in range(5):
        begins = at(9) + position * timedelta(minutes=30)
        what = {"site_code": "CEN-01"} if position == 4 else {"booking_id": uuid4()}
        made.visits.append(
            PlanVisit(
                position=position,
                arrives_at=begins,
                begins_at=begins,
                ends_at=begins + timedelta(minutes=10),
                fetches=False,
                **what,
            )
        )
    return made


@pytest.fixture
def marked(route):
    """Return a function that gives the marks of the route's doors in turn."""

    def give(*marks):
        names = [service_of(visit)[1] for visit in route.visits if not visit.site_code]
        return dict(zip(names, (*marks, *[NOTHING] * (4 - len(marks))), strict=True))

    return give


def positions(one):
    return [service.visit.position for service in one.kept]


def test_a_full_truck_is_bound_to_nothing_that_has_not_begun(route, marked, at):
    by_plan = known(route, marked(), {}, at(9, 15))
    assert (positions(by_plan), by_plan.held) == ([0, 1], True)
    full = known(route, marked(), {}, at(9, 15), Said(full=True))
    assert (positions(full), full.held, full.full, full.free) == ([0], False, True, at(9, 15))
    reported = known(route, marked(Mark(DONE, at(9, 12)), Mark(ON_THE_WAY, at(9, 14))), {}, at(9, 15), Said(full=True))
    assert positions(reported) == [0]
    during = known(route, marked(), {}, at(9, 35), Said(full=True))
    assert (positions(during), during.free) == ([0, 1], at(9, 40)), "what has begun is finished"


@pytest.mark.parametrize("marks", [(), (1,)])
def test_a_visit_that_is_to_be_made_again_is_not_done_by_any_word(route, marked, at, marks):
    again = Mark(STILL, at(9, 50), reopened=True)
    given = marked(again) if not marks else marked(Mark(DONE, at(9, 10)), again)
    where = len(marks)
    for said in (None, Said(done=3)):
        one = known(route, given, {}, at(10, 20), said)
        assert where not in positions(one)
    assert known(route, given, {}, at(10, 20)).by == "reports"


def test_when_something_was_loaded_last_is_not_when_something_was_reported_last(route, marked, at):
    one = known(route, marked(Mark(DONE, at(9, 10)), Mark(TO_NOTHING, at(9, 40)), Mark(GONE)), {}, at(9, 50))
    assert (one.loaded, one.reported) == (at(9, 10), at(9, 40))
    weighed = known(route, marked(Mark(DONE, at(9, 10))), {("T-BOX", "CEN-01"): [at(9, 45)]}, at(9, 50))
    assert weighed.loaded == at(9, 45)


@pytest.fixture
def stands(at):
    """Return a function that gives a truck that has left, at 10:00, changed where the test says."""
    plain = Known("T-BOX", "plan", True, (), frozenset(), at(10))
    return lambda **changes: replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "minutes_ago", "what"),
    [
        ({}, 1, "taken"),
        ({}, 5, "taken"),
        ({}, 6, "too-old"),
        ({"by": "reports", "reported": 2}, 1, "taken"),
        ({"by": "reports", "reported": 1}, 2, "older"),
        ({"by": "reports", "reported": 2}, 2, "older"),
        ({"by": "word"}, 1, "said"),
        ({"held": True}, 1, "bound"),
        ({"out": True}, 1, ""),
        ({"left": False}, 1, ""),
    ],
)
def test_a_place_counts_only_where_it_is_the_newest_word(stands, at, changes, minutes_ago, what):
    now = at(10)
    if "reported" in changes:
        changes = {**changes, "reported": now - timedelta(minutes=changes["reported"])}
    place = Place((107.5, 31.2), now - timedelta(minutes=minutes_ago))
    assert place_is(stands(**changes), place, now) == what
    assert place_is(stands(**changes), None, now) == ""


def test_the_book_counts_only_where_it_is_not_older_than_the_last_load(route, stands, at):
    reports = stands(by="reports", reported=at(9, 40), loaded=at(9, 30))
    assert stock_is(reports, Book(HEAVY, at(9, 30))) == OF_BOOK
    assert stock_is(reports, Book(HEAVY, at(9, 29))) == OF_PLAN
    assert stock_is(reports, Book(EMPTY, None)) == OF_PLAN
    assert stock_is(replace(reports, loaded=None), Book(EMPTY, None)) == OF_BOOK, "nothing was loaded: nothing is there"
    kept = tuple(Service(v, v.arrives_at, v.begins_at, v.ends_at) for v in route.visits[:2])
    by_plan = stands(kept=kept, free=at(10))
    assert stock_is(by_plan, Book(HEAVY, at(9, 31))) == OF_BOOK
    assert stock_is(by_plan, Book(HEAVY, at(9, 29))) == OF_PLAN
    assert stock_is(by_plan, Book(EMPTY, at(9, 31))) == OF_PLAN
    assert stock_is(replace(by_plan, held=True), Book(HEAVY, at(9, 29))) == OF_BOOK, "the second is not made yet"
    assert stock_is(by_plan, None) == OF_PLAN


def test_places_and_books_are_read_with_their_moments(record, fleet, settings, day, at):
    cell = snapped(107.5, 31.2)
    with record.write() as session:
        for plate, seen in (("T-BOX", at(9, 58)), ("T-VAN", None)):
            where = {"grid_row": cell.row, "grid_column": cell.column} if seen else {}
            session.add(
                TruckPosition(plate=plate, depot_code="DEP-01", service_day=day, shared_by="x", seen_at=seen, **where)
            )
        for key, moment in (("first-of-two-loads", at(9)), ("second-of-two-loads", at(9, 30))):
            loads = [load_of(settings.stock, "paper", 5_000)]
            collect(session, the_vehicle(fleet, "T-BOX"), loads, "A-001", HAND_IN, Deed(key, "d", moment), "R-1")
    with record.read() as session:
        places, books = places_of(session, day, at(10)), books_of(session, ("T-BOX", "T-VAN"))
        assert places_of(session, day, at(9)) == {}, "what is seen later is not known yet"
    assert {plate: one.at for plate, one in places.items()} == {"T-BOX": at(9, 58)}
    assert places["T-BOX"].lonlat == cell.centre
    assert (books["T-BOX"].at, books["T-BOX"].stock.grams) == (at(9, 30), 10_000)
    assert books["T-VAN"] == Book(EMPTY, None)
