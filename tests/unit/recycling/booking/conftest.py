"""Bookings in any state, at any hour, changed by anybody; after each test the windows and the audit log are honest."""

from datetime import date, datetime, timedelta

import pytest
from judges.slots import faults_of
from partner_desk import with_partners
from sqlalchemy import func, select

from recycling import audit
from recycling.accounts.actors import Actor, Role, system
from recycling.booking import book, life
from recycling.catalogue import load_catalogue
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.models import Booking, Message

RESIDENT = Actor("link", "the-booking")
CLERK = Actor("person", "clerk-1", Role.CLERK)
CREW = Actor("person", "driver-1", Role.DRIVER)
STEPS = {
    "booked": (),
    "planned": ("planned",),
    "on_the_way": ("planned", "on_the_way"),
    "collected": ("planned", "on_the_way", "collected"),
    "settled": ("planned", "on_the_way", "collected", "settled"),
    "failed": ("planned", "failed"),
    "cancelled": ("cancelled",),
}


def changed(catalogue, items):
    """A catalogue with other items, without what the first one has worked out of its own."""
    copy = catalogue.model_copy(update={"items": items})
    copy.__dict__.pop("variants", None)
    return copy


@pytest.fixture
def with_items():
    """Return the function that gives a catalogue other items."""
    return changed


@pytest.fixture(scope="session")
def catalogue(clean_environment):
    """The shipped goods without limits, all of which may ride together: what needs two trucks does so by its size."""
    shipped = load_catalogue()
    free = {"most": 99, "stream": next(iter(shipped.streams))}
    items = {code: item.model_copy(update=free) for code, item in shipped.items.items()}
    return changed(shipped, items)


@pytest.fixture(scope="session")
def fleet(clean_environment):
    """Three box trucks and a van: room for what needs two trucks."""
    return Fleet(
        types=load_fleet().types,
        fleets=(
            DepotFleet(depot="DEP-01", type="box", plates=("T-BOX-1", "T-BOX-2", "T-BOX-3")),
            DepotFleet(depot="DEP-01", type="van", plates=("T-VAN",)),
        ),
    )


@pytest.fixture
def desk(sqlite_record, office):
    """The counter of a record; what stands in it after the test is judged."""
    desk = office(sqlite_record)
    yield desk
    assert faults_of(desk.database) == []


@pytest.fixture
def both(record, office):
    """The same on SQLite and PostgreSQL."""
    desk = office(record)
    yield desk
    assert faults_of(desk.database) == []


@pytest.fixture
def ours(both, taken, now):
    """A booking in the town, which the partners can take."""
    with_partners(both)
    return both, taken(both)


@pytest.fixture
def taken(wish, now):
    """Return a function that books a visit, with a number of its own if none is given."""
    count = iter(range(10_000))

    def make(desk, **changes):
        number = next(count)
        request = wish(**{"items": {"paper": 2}, "phone": f"138{number:08d}", **changes})
        return book(desk, request, f"a-booking-{number}", now)

    return make


@pytest.fixture
def bring():
    """Return a function that brings a booking with all its visits into a state, the way that it would come there."""

    def through(desk, booking, state, now):
        for step in STEPS[state]:
            with desk.database.write() as session:
                for visit in life.visits_of(session, booking):
                    one_step(session, visit, step, now)
        return fresh(desk, booking)

    return through


def one_step(session, visit, step, now):
    start, end = visit.promise_start, visit.promise_end
    if step == "planned":
        life.planned(session, [(visit, start, start + timedelta(hours=1))], now)
    elif step == "on_the_way":
        life.set_off(session, visit, start, end, CREW, now)
    elif step == "collected":
        life.collected(session, visit, 10, CREW, now)
    elif step == "settled":
        life.settled(session, visit, "¥ 8.00", system("settle"), now)
    elif step == "failed":
        life.failed(session, visit, "no_access", CREW, now)
    else:
        life.change(session, visit, "cancelled", CLERK, "booking.cancelled", now, "cancelled")


def fresh(desk, booking):
    """The booking as the record has it now."""
    with desk.database.read() as session:
        return life.visits_of(session, booking, lock=False)[0]


def visits(desk, booking):
    with desk.database.read() as session:
        return life.visits_of(session, booking, lock=False)


def history(desk, booking):
    """What the audit log says of a booking."""
    with desk.database.read() as session:
        return audit.events(session, "booking", booking.id)


def traces(desk):
    """Whatever a change would leave: versions, events and messages."""
    with desk.database.read() as session:
        return (
            session.execute(select(Booking.id, Booking.version, Booking.state).order_by(Booking.id)).all(),
            session.scalar(select(func.count()).select_from(audit.AuditEvent)),
            session.scalar(select(func.count()).select_from(Message)),
        )


def local(desk, day: date, hour: str) -> datetime:
    from recycling.clock import parse_hour

    return desk.clock.at(day, parse_hour(hour))
