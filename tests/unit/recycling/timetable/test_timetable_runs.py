"""Timetables made by the server: one at a time, watched, stopped, taken up again, and never written twice."""

import threading
import time
from datetime import timedelta

import pytest
import searching_processes
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from recycling import clock
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, NotFoundError
from recycling.models import AuditEvent, Timetable, TimetableRun
from recycling.runs import LEASE, MOST_ATTEMPTS
from recycling.timetable import runs
from recycling.timetable.runs import TimetableWorker, ask, claim, newest_run, stop, the_run, work

WHO = system("test")
SECOND = timedelta(seconds=1)
PATIENCE = 60


@pytest.fixture
def asked(now):
    """Return a function that asks for a timetable."""

    def call(record, depot="DEP-01", seconds=60, at=now):
        with record.write() as session:
            return ask(session, depot, seconds, WHO, at)

    return call


@pytest.fixture
def process(monkeypatch):
    """Return a function that puts a stand-in in place of the process that searches."""

    def put(name):
        monkeypatch.setattr(runs, "make_apart", getattr(searching_processes, name))

    return put


def look(record, run):
    with record.read() as session:
        return session.get(TimetableRun, run.id)


def tables(record):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(Timetable))


def until(holds):
    """Wait until something holds; how long that takes is nobody's business."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


# -- asking --------------------------------------------------------------------------------------------------------


def test_one_at_a_time_for_each_depot(record, asked):
    first, second, other = asked(record), asked(record, seconds=300), asked(record, "DEP-02")
    assert first.id == second.id != other.id
    claim(record, clock.utc_now())
    assert asked(record).id == first.id, "one that works is returned too"
    with pytest.raises(IntegrityError), record.write() as session:  # the belt
        session.add(TimetableRun(depot_code="DEP-01", asked_by="x", asked_at=clock.utc_now(), seconds=1))


def test_a_depot_that_is_not_there_and_a_time_that_is_not_offered(record, asked):
    with pytest.raises(NotFoundError):
        asked(record, "DEP-99")
    with pytest.raises(BadRequestError, match="how long"):
        asked(record, seconds=61)


def test_a_run_is_found_by_its_depot_only(record, asked):
    run = asked(record)
    with record.read() as session:
        assert the_run(session, "DEP-01", run.id).id == newest_run(session, "DEP-01").id == run.id
        assert newest_run(session, "DEP-02") is None
        with pytest.raises(NotFoundError):
            the_run(session, "DEP-02", run.id)


def test_who_asked_and_who_stopped_is_written_down_once(record, asked, now):
    run = asked(record)
    asked(record)
    with record.write() as session:
        stop(session, session.get(TimetableRun, run.id), WHO, now)
        stop(session, session.get(TimetableRun, run.id), WHO, now)
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
    assert [e.action for e in events] == ["timetable.asked", "timetable.stopped"]


# -- claiming ------------------------------------------------------------------------------------------------------


def test_a_run_is_claimed_once_and_again_when_its_worker_is_lost(record, asked, now):
    run = asked(record)
    assert claim(record, now).fence == 1
    assert claim(record, now) is None
    assert claim(record, now + LEASE) is None
    again = claim(record, now + LEASE + SECOND)
    assert (again.id, again.fence, again.attempts, again.progress) == (run.id, 2, 2, 0.0)


def test_a_run_is_given_up_after_some_attempts(record, asked, now):
    run = asked(record)
    for attempt in range(MOST_ATTEMPTS):
        assert claim(record, now + attempt * (LEASE + SECOND)) is not None
    assert claim(record, now + MOST_ATTEMPTS * (LEASE + SECOND)) is None
    found = look(record, run)
    assert (found.state, found.error_code) == ("failed", "attempts")
    assert asked(record).id != run.id, "and another can be asked for"


def test_one_that_waits_ends_at_once_when_it_is_stopped(record, asked, now):
    run = asked(record)
    with record.write() as session:
        stop(session, session.get(TimetableRun, run.id), WHO, now)
    found = look(record, run)
    assert (found.state, found.version) == ("done", None)
    assert claim(record, now) is None


# -- working -------------------------------------------------------------------------------------------------------


def test_a_search_is_watched_and_stopped_with_its_best(record, settings, fleet, asked, process):
    process("until_told")
    run = asked(record)
    thread = threading.Thread(target=work, args=(record, settings, fleet, claim(record, clock.utc_now())))
    thread.start()
    until(lambda: look(record, run).progress == 0.25)
    found = look(record, run)
    assert (found.state, found.fen_a_week, found.left_out, found.version) == ("running", 123_400, 2, None)
    assert found.lease_until > clock.utc_now()
    with record.write() as session:
        stop(session, session.get(TimetableRun, run.id), WHO, clock.utc_now())
    thread.join(PATIENCE)
    found = look(record, run)
    assert (found.state, found.version, found.lease_until) == ("done", 1, None)
    with record.read() as session:
        assert session.scalars(select(Timetable.state)).all() == ["draft"]


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("refused", "no-trucks", "Depot DEP-01 has no trucks."),
        ("broken", "fault", "RuntimeError: in the middle"),
        ("out_of_memory", "memory", "needed more than"),
        ("killed", "solver-died", "ended with"),
    ],
)
def test_a_process_that_fails_leaves_its_reason(sqlite_record, settings, fleet, asked, process, name, code, said):
    process(name)
    run = asked(sqlite_record)
    work(sqlite_record, settings, fleet, claim(sqlite_record, clock.utc_now()))
    found = look(sqlite_record, run)
    assert (found.state, found.error_code) == ("failed", code)
    assert said in found.error
    assert tables(sqlite_record) == 0


def test_a_search_that_does_not_end_is_ended(sqlite_record, settings, fleet, asked, process, monkeypatch):
    process("for_ever")
    monkeypatch.setattr(runs, "STORING_SECONDS", -1.5 * 60 - settings.planning.extra_seconds - runs.PROVING_SECONDS)
    run = asked(sqlite_record)
    work(sqlite_record, settings, fleet, claim(sqlite_record, clock.utc_now()))
    assert look(sqlite_record, run).error_code == "too-slow"


def test_whoever_lost_the_run_writes_nothing(record, settings, fleet, asked, process):
    """The fence of the first worker is old: neither its process nor its failure changes the run."""
    run = asked(record)
    old = claim(record, clock.utc_now())
    with record.write() as session:
        session.execute(update(TimetableRun).values(lease_until=clock.utc_now() - SECOND))
    claim(record, clock.utc_now())
    for name in ("at_once", "for_ever", "broken"):
        process(name)
        work(record, settings, fleet, old)
        found = look(record, run)
        assert (found.state, found.fence, found.version) == ("running", 2, None), name
    assert tables(record) == 0


def test_a_worker_takes_up_what_a_server_that_ended_left(sqlite_record, settings, fleet, asked, process):
    process("at_once")
    run = asked(sqlite_record)
    claim(sqlite_record, clock.utc_now() - 2 * LEASE)
    worker = TimetableWorker(sqlite_record, settings, fleet)
    worker.start()
    try:
        until(lambda: look(sqlite_record, run).state == "done")
    finally:
        worker.stop()
    found = look(sqlite_record, run)
    assert (found.version, found.attempts) == (1, 2)


def test_the_real_search_makes_a_draft(sqlite_record, settings, fleet, asked):
    run = asked(sqlite_record)
    with sqlite_record.write() as session:
        session.execute(update(TimetableRun).values(seconds=1))
    work(sqlite_record, settings, fleet, claim(sqlite_record, clock.utc_now()))
    found = look(sqlite_record, run)
    assert (found.state, found.error, found.version) == ("done", "", 1)
    with sqlite_record.read() as session:
        table = session.scalars(select(Timetable)).one()
        assert {visit.community_code for visit in table.visits} == {"A-001", "A-002", "A-003"}
        assert (table.state, table.fen_a_week) == ("draft", found.fen_a_week)
        assert table.roads_id is not None
    assert found.left_out == 0
