"""What lies on a vehicle that is out, stated without any search, on both kinds of database."""

import pytest

from recycling import network
from recycling.board.happenings import Happening
from recycling.board.replanning import running_day
from recycling.board.situation import situation
from recycling.board.taking_over import Waiting, stops_of, waiting_on
from recycling.stock.loads import Load
from recycling.stock.movements import PICKUP, Deed, collect
from recycling.stock.vehicle import the_vehicle

OUT = Happening("out", vehicle="T-BOX")


@pytest.fixture
def stated(record, planned, settings, fleet, day):
    """Return a function that gives what is known at a moment with a truck out, and the day as it is stated."""

    def at_moment(now, happening=OUT):
        with record.read() as session:
            depot = network.the_depot(session, "DEP-01")
            seen = situation(session, settings, fleet, depot, day, now, happening)
            return seen, running_day(session, settings, fleet, depot, seen)

    return at_moment


@pytest.fixture
def loaded(record, fleet, at):
    """The truck has batteries on board since ten."""
    with record.write() as session:
        deed = Deed("batteries-of-the-morning", "crew", at(10, 6))
        collect(session, the_vehicle(fleet, "T-BOX"), [Load("batteries", 12_300, 9_000)], "A-001", PICKUP, deed, "X")


def test_an_empty_truck_leaves_nothing(stated, at):
    seen, running = stated(at(10, 8))
    assert (waiting_on(seen), running.beside, running.carried) == ([], (), {})


def test_what_the_book_has_waits_where_the_last_visit_was(stated, loaded, at):
    seen, running = stated(at(10, 8))
    (one,) = waiting_on(seen)
    assert one == Waiting("T-BOX", (107.5, 31.2), (), {"batteries": 12_300}, 13, 9)
    (stop,) = running.beside
    assert (stop.id, stop.pickup[:2], stop.forbidden) == ("g:T-BOX", (13, 9), frozenset({"T-BOX"}))
    assert running.job.positions[stop.location] == (107.5, 31.2)
    assert "g:T-BOX" not in {each.id for each in running.job.stops}, "the day itself stays as it was made ready"


def test_where_a_stop_of_the_day_lies_the_day_stays_as_it_is(stated, loaded, at, settings, fleet):
    seen, running = stated(at(10, 8))
    there = running.job.positions[running.job.stops[0].location]
    waiting = [Waiting("T-BOX", there, kg=1, litres=1)]
    job, (stop,), _ = stops_of(settings, fleet, seen, running.job, waiting)
    assert job is running.job
    assert job.positions[stop.location] == there


def test_late_in_the_evening_it_is_still_a_question(stated, loaded, at):
    _, running = stated(at(22, 30))
    (window,) = running.beside[0].windows
    assert window.start < window.end


def test_a_vehicle_without_a_place_for_it_does_not_take_it_over(stated, loaded, at, fleet, settings):
    seen, running = stated(at(10, 8))
    van = fleet.types["van"]
    closed = van.model_copy(update={"compartments": tuple(c for c in van.compartments if c.code in ("paper", "light"))})
    without = fleet.model_copy(update={"types": {**fleet.types, "van": closed}})
    _, (stop,), _ = stops_of(settings, without, seen, running.job, waiting_on(seen))
    assert stop.forbidden == {"T-BOX", "T-VAN"}
