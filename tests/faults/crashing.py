"""A PostgreSQL server that crashes while bookings are made, and what is left when it is back."""

import threading
import time

from judges.slots import faults_of
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from recycling.booking import book
from recycling.db import Database
from recycling.models import Booking, BookingLine

SPANS = ("08:00-10:00", "10:00-12:00", "13:00-15:00", "15:00-17:00")


def half_written(database):
    """Bookings without their two lines, and lines of no booking."""
    with database.read() as session:
        lines = select(func.count()).where(BookingLine.booking_id == Booking.id).scalar_subquery()
        half = session.scalars(select(Booking.idempotency_key).where(lines != 2)).all()
        known = select(Booking.id)
        stray = session.scalars(select(BookingLine.booking_id).where(BookingLine.booking_id.not_in(known))).all()
    return [*half, *stray]


def book_until_taken(desk, request, key, now, failures):
    """As a resident: press again until somebody says that it is booked."""
    until = time.monotonic() + 120
    while True:
        try:
            return book(desk, request, key, now, "demo")
        except DBAPIError as error:
            failures.append(type(error).__name__)
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def crashed(server, url, office, wish, now, crashes, each, writers=4):
    """Book with several writers while the server crashes; returns keys that were told, and errors on the way."""
    told, failures, errors = {}, [], []
    done = threading.Event()

    def write(writer):
        database = Database(url)
        try:
            for number in range(crashes * each):
                key = f"writer-{writer}-{number:05d}"
                request = wish(phone=f"138{writer:04d}{number:04d}", window=SPANS[number % len(SPANS)])
                told[key] = book_until_taken(office(database), request, key, now, failures).id
        except Exception as error:
            errors.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=write, args=(n,), daemon=True) for n in range(writers)]
    for thread in threads:
        thread.start()
    for crash in range(crashes):
        while len(told) < writers * each * (crash + 0.5) and not errors:
            done.wait(0.005)
        server.crash()
        server.launch()
    for thread in threads:
        thread.join(300)
    assert errors == [], errors
    assert not any(thread.is_alive() for thread in threads)
    return told, failures


def judge(url, told):
    """Nothing that was told is lost, nothing is there twice or by half."""
    database = Database(url)
    with database.read() as session:
        there = dict(session.execute(select(Booking.idempotency_key, Booking.id)).all())
    assert there == told
    assert half_written(database) == []
    assert faults_of(database) == []
    database.close()
