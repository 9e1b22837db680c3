"""Past days on the desk: planned one after the other, for whoever sent them, stopped, forgotten, written nowhere."""

import multiprocessing
import threading
import time
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import solving_that_fails
import time_machine
from sqlalchemy import func, select

from recycling import runs
from recycling.errors import BadRequestError, NotFoundError, TooOftenError
from recycling.models import Base
from recycling.replay import desk as desks
from recycling.replay.desk import KEPT, MOST_KEPT, MOST_VISITS, ReplayDesk
from recycling.replay.visits import Visit

DAY = date(2026, 3, 4)


def visit(number=0, **changes):
    given = {"id": f"v{number}", "lon": 107.476, "lat": 31.206, "kg": 20, "litres": 200, "brings_kg": 0}
    given |= {"brings_litres": 0, "seconds": 300, "people": 1, "span": None, "vehicle": "", "sequence": None}
    return Visit(**{**given, "arrived": None, **changes})


@pytest.fixture
def office(office, sqlite_record):
    return office(sqlite_record)


@pytest.fixture
def gate(monkeypatch):
    """Planning that waits until the gate opens, and tells of itself as a real one does."""
    opened = threading.Event()

    def watched(function, values, seconds, settings, report):
        report(0.25, 4200)
        while not opened.wait(0.01):
            report(0.5, 4100)
        return "found"

    monkeypatch.setattr(runs, "watched", watched)
    yield opened
    opened.set()


@pytest.fixture
def desk():
    made = ReplayDesk()
    yield made
    made.close()
    until(lambda: not [t for t in threading.enumerate() if t.name == "replay"])


def until(done):
    for _ in range(3000):
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it did not come to that")


@pytest.fixture
def asked(desk, office, now):
    def ask(owner="anna", visits=None, depot="", seconds=10, at=now):
        return desk.ask(office, owner, visits or [visit()], depot, DAY, seconds, at)

    return ask


def test_it_is_planned_and_kept_for_whoever_sent_it(desk, asked, gate, now):
    past = asked()
    assert past.depot == "DEP-01", "the one nearest to the visits"
    until(lambda: past.progress == 0.5)
    assert (past.state, past.cost, past.open) == ("running", 4100, True)
    gate.set()
    until(lambda: not past.open)
    assert (past.state, past.outcome, past.progress) == ("done", "found", 1.0)
    assert desk.the(past.key, "anna", now) is past
    assert desk.newest("anna", now) is past
    assert desk.newest("berta", now) is None
    with pytest.raises(NotFoundError):
        desk.the(past.key, "berta", now)


def test_one_is_planned_after_the_other(asked, gate):
    first, second = asked("anna"), asked("berta")
    until(lambda: first.state == "running")
    time.sleep(0.3)
    assert second.state == "queued"
    gate.set()
    until(lambda: second.state == "done")


def test_another_file_of_the_same_person_takes_its_place(desk, asked, gate, now):
    first = asked()
    second = asked()
    until(lambda: first.state == "stopped")
    with pytest.raises(NotFoundError):
        desk.the(first.key, "anna", now)
    assert desk.newest("anna", now) is second


def test_what_is_stopped_ends_without_a_result_even_while_it_waits(desk, asked, gate, now):
    first, second = asked("anna"), asked("berta")
    desk.stop(second.key, "berta", now)
    until(lambda: second.state == "stopped")
    with pytest.raises(NotFoundError):
        desk.stop(first.key, "berta", now)
    assert not first.stop_asked
    desk.stop(first.key, "anna", now)
    until(lambda: first.state == "stopped")
    assert first.outcome is None


def test_it_is_forgotten_an_hour_after_its_end_or_when_somebody_says_so(desk, asked, gate, now):
    gate.set()
    with time_machine.travel(now, tick=False):
        past = asked()
        until(lambda: not past.open)
    end = past.ended_at
    assert desk.the(past.key, "anna", end + KEPT - timedelta(seconds=1)) is past
    with pytest.raises(NotFoundError):
        desk.the(past.key, "anna", end + KEPT)
    other = asked("berta")
    with pytest.raises(NotFoundError):
        desk.forget(other.key, "anna", now)
    desk.forget(other.key, "berta", now)
    assert desk.newest("berta", now) is None


def test_it_is_forgotten_by_itself(desk, asked, gate, monkeypatch):
    monkeypatch.setattr(desks, "KEPT", timedelta(seconds=0.2))
    gate.set()
    past = asked()
    until(lambda: not past.open)
    until(lambda: past.key not in desk._kept)


def test_there_is_room_for_so_many(asked, gate):
    for number in range(MOST_KEPT):
        asked(f"person-{number}")
    with pytest.raises(TooOftenError, match="Try again in some minutes"):
        asked("one too many")
    asked("person-0")  # who has one already may send another


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"visits": [visit()] * (MOST_VISITS + 1)}, f"up to {MOST_VISITS} are planned"),
        ({"seconds": 11}, "Choose from the list"),
    ],
)
def test_what_is_not_taken(desk, asked, gate, now, values, words):
    with pytest.raises(BadRequestError, match=words):
        asked(**values)
    assert desk.newest("anna", now) is None


def test_an_unknown_depot(asked, gate):
    with pytest.raises(NotFoundError):
        asked(depot="DEP-09")


def test_nothing_is_written_into_the_record(office, asked, gate):
    def rows():
        with office.database.read() as session:
            return {
                name: session.scalar(select(func.count()).select_from(table))
                for name, table in Base.metadata.tables.items()
            }

    before = rows()
    gate.set()
    past = asked()
    until(lambda: not past.open)
    assert rows() == before


@pytest.mark.parametrize(("name", "code"), [("kills_itself", "solver-died"), ("raises", "fault")])
def test_a_process_that_fails_is_told_and_leaves_nothing(desk, asked, monkeypatch, name, code):
    monkeypatch.setattr(desks, "replay_apart", getattr(solving_that_fails, name))
    past = asked()
    until(lambda: not past.open)
    assert (past.state, past.error_code, past.outcome) == ("failed", code, None)
    until(lambda: not multiprocessing.active_children())
    again = asked("berta")
    assert again.open, "the next one has its turn"


def test_stopping_ends_the_process(desk, asked, now, monkeypatch):
    monkeypatch.setattr(desks, "replay_apart", solving_that_fails.never_ends)
    monkeypatch.setattr("pebble.common.process.CONSTS.term_timeout", 0.1)
    past = asked()
    until(lambda: past.progress == 0.5)
    assert multiprocessing.active_children()
    desk.stop(past.key, "anna", now)
    until(lambda: past.state == "stopped")
    until(lambda: not multiprocessing.active_children())


def test_closing_the_desk_ends_all(desk, asked, gate):
    pasts = [asked("anna"), asked("berta")]
    desk.close()
    until(lambda: [past.state for past in pasts] == ["stopped", "stopped"])
    assert desk._kept == {}


def test_a_real_day_is_planned_apart_and_told(desk, office, now, monkeypatch):
    monkeypatch.setattr(desks, "SECONDS", (1,))  # a search takes the time that it is given
    home = SimpleNamespace(lon=107.482, lat=31.212)
    visits = [
        visit(k, lon=home.lon - 0.003 * k, lat=home.lat - 0.003 * k, vehicle="T-BOX", sequence=float(3 - k))
        for k in range(3)
    ]
    short = office.settings.model_copy(
        update={"planning": office.settings.planning.model_copy(update={"extra_seconds": 300})}
    )
    given = type(office)(office.database, short, office.catalogue, office.fleet)
    past = desk.ask(given, "anna", visits, "DEP-01", DAY, 1, now)
    until_long(lambda: not past.open)
    assert past.error == ""
    found = past.outcome.replay
    assert (found.planned.served, found.driven.served, found.driven.vehicles) == (3, 3, 1)
    assert found.planned.bare_km <= found.driven.bare_km
    (route,) = found.plan.routes
    ways = past.outcome.ways[route.vehicle]
    assert len(ways) == len(route.visits) + 1
    assert all(len(way) >= 1 for way in ways)


def until_long(done):
    for _ in range(15_000):
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it did not come to that")
