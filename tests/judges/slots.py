"""Whether the record's windows are honest, told from bookings and holds alone; shares no code with the guard."""

from collections import Counter, defaultdict
from itertools import pairwise

from sqlalchemy import select, text

from recycling.models import Area, AuditEvent, Base, Booking, Community, Hold, Site, Slot

FREE = {"failed", "cancelled"}
FOLLOWING = {
    "booked": {"booked", "planned", "on_the_way", "collected", "failed", "cancelled"},
    "planned": {"planned", "booked", "on_the_way", "collected", "failed", "cancelled"},
    "on_the_way": {"planned", "collected", "failed", "cancelled"},
    "collected": {"settled"},
    "failed": {"planned", "on_the_way"},  # by mistake
    "cancelled": set(),
    "settled": set(),
}


def taken_by_hand(session):
    """Seconds that bookings and holds take, by (depot, day, window, crew)."""
    found = Counter()
    for model in (Booking, Hold):
        for row in session.scalars(select(model)).unique():
            if getattr(row, "state", "") not in FREE:
                for crew in range(1, row.people + 1):
                    found[row.depot_code, row.service_day, row.window, crew] += row.seconds
    return found


def faults_of_slots(session):
    """Sentences about rows that do not hold what bookings and holds take, or hold more than they may."""
    by_hand = taken_by_hand(session)
    rows = {(s.depot_code, s.service_day, s.window, s.people): s for s in session.scalars(select(Slot))}
    lost = ((key, seconds) for key, seconds in by_hand.items() if seconds and key not in rows)
    faults = [f"{key}: {seconds} s are taken and no row says so" for key, seconds in lost]
    for key, row in rows.items():
        if row.taken != by_hand[key]:
            faults.append(f"{key}: the row says {row.taken} s, bookings and holds {by_hand[key]} s")
        if row.taken > row.capacity:
            faults.append(f"{key}: {row.taken} s are taken of {row.capacity} s")
    return faults


def faults_of_audit(session):
    """Sentences about numbers that are missing or double, and about states that do not follow each other."""
    found = defaultdict(list)
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)):
        found[event.subject_kind, event.subject_id].append(event)
    faults = []
    for key, events in found.items():
        numbers = [event.number for event in events]
        if numbers != list(range(1, len(events) + 1)):
            faults.append(f"{key}: the numbers are {numbers}")
        if key[0] != "booking":
            continue
        for event in events:
            if event.before is not None and event.after["state"] not in FOLLOWING[event.before["state"]]:
                faults.append(f"{key}: {event.before['state']} became {event.after['state']}")
        for earlier, later in pairwise(events):
            if later.before is None or not later.before.items() <= earlier.after.items():  # how it came stands beside
                faults.append(f"{key}: {later.action} began with {later.before}, not {earlier.after}")
    for booking in session.scalars(select(Booking)):
        events = found["booking", str(booking.id)]
        if not events:
            faults.append(f"{booking.reference}: nothing is written of it")
        elif (events[-1].after["state"], len(events)) != (booking.state, booking.version):
            faults.append(f"{booking.reference}: {booking.state}, version {booking.version}; the log knows otherwise")
    return faults


def faults_of(database):
    """All that is wrong with windows and audit log."""
    with database.read() as session:
        return faults_of_slots(session) + faults_of_audit(session)


KEPT = {model.__table__.name for model in (Area, Site, Community)}


def forget(database):
    """Take all rows but the network out of a test's own SQLite record, also those that nobody may delete."""
    guards = text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_no\\_delete' ESCAPE '\\'"
    )
    with database.write() as session:
        kept = session.execute(guards).all()
        for name, _ in kept:
            session.execute(text(f"DROP TRIGGER {name}"))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                session.execute(table.delete())
        for _, made_by in kept:
            session.connection().exec_driver_sql(made_by)
