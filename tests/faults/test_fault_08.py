"""FAULT 8: the connection to PostgreSQL is dropped in mid-transaction. All of a change is there, or nothing."""

from dataclasses import replace

import pytest
from crashing import half_written
from judges.slots import faults_of
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from recycling.accounts.actors import Actor
from recycling.booking import amend, book, cancel, keep, life, move, need_of, wish_of
from recycling.models import AuditEvent, Booking, Hold, Message

pytestmark = pytest.mark.postgres
RESIDENT = Actor("link", "the-booking")
ROOM, LINES, LOG = "UPDATE slot", "INSERT INTO booking_line", "INSERT INTO audit_event"
PLACES = {
    "book": (ROOM, "INSERT INTO booking", LINES, LOG, "COMMIT"),
    "move": (ROOM, "UPDATE booking", LOG, "COMMIT"),
    "amend": (ROOM, "UPDATE booking", LINES, LOG, "COMMIT"),
    "cancel": ("UPDATE booking", ROOM, LOG, "COMMIT"),
    "keep": (ROOM, "INSERT INTO hold", "COMMIT"),
    "fail": ("UPDATE booking", ROOM, LOG, "COMMIT"),
}
"""What each change passes on its way, in the record."""


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture
def dropped(record, postgres_server):
    """Return a function that drops the connection of the next transaction at a place; it tells whether it did."""
    state = {"place": None}

    def drop(connection):
        state["place"] = None
        backend = connection.connection.dbapi_connection.info.backend_pid
        postgres_server.execute(f"SELECT pg_terminate_backend({backend}, 5000)")

    @event.listens_for(record.engine, "before_cursor_execute")
    def before(connection, cursor, statement, *_):
        if state["place"] and statement.startswith(f"{state['place']} "):
            drop(connection)

    @event.listens_for(record.engine, "commit")
    def commit(connection):
        if state["place"] == "COMMIT" and connection.get_execution_options().get("write"):
            drop(connection)

    def at(place):
        state["place"] = place
        return lambda: state["place"] is None

    return at


def everything(database):
    with database.read() as session:
        rows = [session.execute(select(*m.__table__.columns).order_by(m.id)).all() for m in (Booking, Hold)]
        counts = [session.scalar(select(func.count()).select_from(m)) for m in (AuditEvent, Message)]
    return rows, counts


@pytest.mark.parametrize(("what", "place"), [(what, place) for what, places in PLACES.items() for place in places])
def test_fault_08_dropped_at_each_place(record, dropped, office, wish, now, day, what, place):
    desk = office(record)
    there = book(desk, wish(items={"paper": 2}), "the-first-booking", now)

    def kept():
        with record.write() as session:
            from recycling.booking import Window

            keep(session, desk, "a-form-of-mine", need_of(desk, there), Window("DEP-01", day, "10:00-12:00"), 900, now)

    def failed():
        with record.write() as session:
            life.failed(session, life.visits_of(session, there)[0], "no_access", RESIDENT, now)

    change = {
        "book": lambda: book(desk, wish(phone="13900139000"), "the-second-booking", now),
        "move": lambda: move(desk, there, day, "13:00-15:00", RESIDENT, now),
        "amend": lambda: amend(desk, there, replace(wish_of(there), items={"fridge": 1}), RESIDENT, now),
        "cancel": lambda: cancel(desk, there, "away", RESIDENT, now),
        "keep": kept,
        "fail": failed,
    }[what]
    before = everything(record)
    was_dropped = dropped(place)
    with pytest.raises(DBAPIError):
        change()
    assert was_dropped()
    assert everything(record) == before
    assert faults_of(record) == []
    change()  # once more, on a new connection
    assert everything(record) != before
    assert faults_of(record) == []
    with record.read() as session:
        lines = {b.idempotency_key: len(b.lines) for b in session.scalars(select(Booking)).all()}
    assert 0 not in lines.values()


def test_fault_08_a_change_in_two_transactions_would_be_found_out(record, postgres_server, office, wish, now):
    """The control: the same drop, with what came before it committed by itself."""

    @event.listens_for(record.engine, "before_cursor_execute")
    def careless(connection, cursor, statement, *_):
        if statement.startswith(f"{LINES} "):
            postgres = connection.connection.dbapi_connection
            postgres.commit()
            postgres_server.execute(f"SELECT pg_terminate_backend({postgres.info.backend_pid}, 5000)")

    with pytest.raises(DBAPIError):
        book(office(record), wish(), "the-first-booking", now)
    assert len(half_written(record)) == 1
    assert faults_of(record) != []
