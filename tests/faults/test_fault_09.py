"""FAULT 9: another process keeps the SQLite file locked. Whoever books waits; readers do not; nothing is lost."""

import multiprocessing
import sqlite3
import threading

import pytest
from judges.slots import faults_of
from sqlalchemy.exc import OperationalError

from recycling import db
from recycling.booking import book, need_of, offers
from recycling.booking.checks import checked
from recycling.db import Database
from recycling.models import Booking


def hold_the_lock(file, locked, release):
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    locked.set()
    release.wait(60)
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture
def locker(sqlite_record):
    """Return a function that locks the file from another process, and the event that lets it go."""
    context = multiprocessing.get_context("fork")
    children = []

    def lock():
        locked, release = context.Event(), context.Event()
        child = context.Process(
            target=hold_the_lock, args=(sqlite_record.engine.url.database, locked, release), daemon=True
        )
        child.start()
        children.append((child, release))
        assert locked.wait(60)
        return release

    yield lock
    for child, release in children:
        release.set()
        child.join(60)


def waited(desk, locker, wish, now, seconds):
    """Book with several at once while the file is locked for so long; reads go on meanwhile."""
    release = locker()
    results = []

    def one(number):
        try:
            results.append(book(desk, wish(items={"paper": 1}, phone=f"139{number:08d}"), f"booking-{number}", now))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=one, args=(n,), daemon=True) for n in range(4)]
    for thread in threads:
        thread.start()
    threads[0].join(seconds)
    with desk.database.read() as session:
        need = need_of(desk, checked(session, desk, wish(), now))
        assert len(offers(session, desk, need, now)) == 56, "whoever looks does not wait"
    assert results == [], "nobody was told anything yet"
    release.set()
    for thread in threads:
        thread.join(120)
    assert [type(r) for r in results] == [Booking] * 4, results
    assert faults_of(desk.database) == []


def test_fault_09_a_locked_file_is_waited_for(sqlite_record, office, locker, wish, now):
    waited(office(sqlite_record), locker, wish, now, 1.0)


@pytest.mark.soak
def test_fault_09_a_file_locked_for_ten_seconds_is_waited_for(sqlite_record, office, locker, wish, now):
    waited(office(sqlite_record), locker, wish, now, 10.0)


def test_fault_09_whoever_does_not_wait_writes_nothing(sqlite_record, office, locker, wish, now, monkeypatch):
    """The control: without the patience the lock is felt, nothing is written by half, and once more is enough."""
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    hasty = office(Database(sqlite_record.engine.url.render_as_string()))
    hasty.database.engine.connect().close()
    release = locker()
    with pytest.raises(OperationalError, match="locked"):
        book(hasty, wish(), "a-booking-of-mine", now)
    assert faults_of(sqlite_record) == []
    release.set()
    monkeypatch.undo()
    assert book(office(sqlite_record), wish(), "a-booking-of-mine", now).state == "booked"
    hasty.database.close()
