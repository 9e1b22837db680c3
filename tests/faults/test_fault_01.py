"""FAULT 1: the process that writes a booking is killed. What a person was told stands; nothing is there by half.

The soak trial kills SOAK_KILLS (200) times on each database.
"""

import itertools
import multiprocessing
import os
import signal
import time

import pytest
from sqlalchemy import event, func, select

from recycling.booking import book, taking
from recycling.db import Database
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.models import Booking, BookingLine

KILLS = int(os.environ.get("SOAK_KILLS", "200"))
SPANS = ("08:00-10:00", "10:00-12:00", "13:00-15:00", "15:00-17:00")


def broken_bookings(database):
    """Keys of bookings that are there by half, and lines of no booking."""
    with database.read() as session:
        lines = select(func.count()).where(BookingLine.booking_id == Booking.id).scalar_subquery()
        half = session.scalars(select(Booking.idempotency_key).where(lines != 2)).all()
        stray = session.scalars(
            select(BookingLine.booking_id).where(BookingLine.booking_id.not_in(select(Booking.id)))
        ).all()
    return [*half, *stray]


def keys(database):
    with database.read() as session:
        return list(session.scalars(select(Booking.idempotency_key)))


@pytest.fixture
def fleet():
    """So many vehicles that no window fills."""
    return Fleet(
        types=load_fleet().types,
        fleets=(DepotFleet(depot="DEP-01", type="box", plates=tuple(f"T-{n}" for n in range(300))),),
    )


@pytest.fixture
def writer(record, office, now, wish):
    """Return a function that runs a writing process with its own connections, on the same record."""
    url = record.engine.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("fork")
    children = []

    def start(body, *arguments):
        def run():
            def take(database, key):
                window = {"window": SPANS[int(key[-6:]) % len(SPANS)]} if key[-6:].isdigit() else {}
                return book(office(database), wish(**window), key, now, "demo")

            body(Database(url), take, *arguments)

        child = context.Process(target=run, daemon=True)
        child.start()
        children.append(child)
        return child

    yield start
    for child in children:
        if child.is_alive():
            child.kill()
        child.join(300)


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(database, take, place, key):
    """Book, and be killed at exactly this place."""
    if place == "before the first row":
        taking.secrets.token_urlsafe = die
    elif place == "between the rows":

        @event.listens_for(database.engine, "before_cursor_execute")
        def before(connection, cursor, statement, *_):
            if statement.startswith("INSERT INTO booking_line"):
                die()

    elif place == "before the commit":
        event.listen(database.engine, "commit", die)
    take(database, key)
    die()  # after the commit, before anybody is told


@pytest.mark.parametrize(
    "place", ["before the first row", "between the rows", "before the commit", "before the answer"]
)
def test_fault_01_killed_at_each_place(record, writer, office, now, wish, place):
    key = "the-form-of-a-resident"
    child = writer(die_at, place, key)
    child.join(300)
    assert child.exitcode == -signal.SIGKILL
    assert broken_bookings(record) == []
    assert keys(record) == ([key] if place == "before the answer" else [])

    again = book(office(record), wish(), key, now, "demo")  # the resident presses once more
    assert (keys(record), len(again.lines), broken_bookings(record)) == ([key], 2, [])


def book_and_tell(database, take, told, begin):
    for number in itertools.count(begin):
        key = f"booking-{number:06d}"
        take(database, key)
        told.send(key)


def killed(record, writer, kills):
    """Kill a writer so many times, each time after another while; return how many bookings were told, and are there."""
    told_all, number = set(), 0
    for kill in range(kills):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        child = writer(book_and_tell, sender, number)
        assert receiver.poll(30)
        time.sleep(0.003 * (kill % 11))
        child.kill()
        child.join(300)
        sender.close()
        told = []
        while receiver.poll():
            try:
                told.append(receiver.recv())
            except EOFError:
                break
        number += len(told) + 1
        told_all |= set(told)
        assert told
        there = keys(record)
        assert len(there) == len(set(there))
        assert set(told_all) <= set(there), "a booking that was told is lost"
        assert len(set(there) - told_all) <= kill + 1, "at most the one under way in each kill"
        assert broken_bookings(record) == []
    return len(told_all), len(there)


def test_fault_01_killed_at_any_moment(record, kind, writer):
    killed(record, writer, 11 if kind == "sqlite" else 4)


@pytest.mark.soak
def test_fault_01_killed_as_often_as_is_asked(record, writer, capsys):
    told, there = killed(record, writer, KILLS)
    with capsys.disabled():
        print(
            f"\n{record.engine.dialect.name}: {KILLS} kills, {told} bookings told, {there} there, none lost or by half"
        )


def careless(database, take, key):
    """A writer that commits the booking and its lines one after the other."""

    @event.listens_for(database.engine, "before_cursor_execute")
    def before(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO booking_line"):
            connection.connection.commit()
            die()

    take(database, key)


def test_fault_01_a_writer_without_one_transaction_would_be_found_out(record, writer):
    """The control: the same kill, and the test sees the half."""
    child = writer(careless, "the-form-of-a-resident")
    child.join(300)
    assert child.exitcode == -signal.SIGKILL
    assert broken_bookings(record) == ["the-form-of-a-resident"]
