import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor, Role, system
from recycling.models import AuditEvent

CLERK = Actor("person", "clerk-1", Role.CLERK, origin="127.0.0.1", phone="+8613800138000")


def test_events_of_a_subject_are_numbered_and_say_who_when_where(database, now):
    one, other = uuid.uuid4(), uuid.uuid4()
    with database.write() as session:
        numbers = [
            audit.record(session, CLERK, "booking.made", "booking", one, None, {"day": "2026-03-05"}, now),
            audit.record(session, ANONYMOUS, "booking.made", "booking", other, None, {}, now),
            audit.record(session, system("planner"), "booking.planned", "booking", one, {"state": "booked"}, None, now),
        ]
    assert numbers == [1, 1, 2]
    with database.read() as session:
        first, second = audit.events(session, "booking", one)
    assert (first.number, first.actor_kind, first.actor_id, first.actor_role) == (1, "person", "clerk-1", "clerk")
    assert (first.at, first.origin, first.before, first.after) == (now, "127.0.0.1", None, {"day": "2026-03-05"})
    assert (second.actor_id, second.before, second.after) == ("planner", {"state": "booked"}, None)


def test_the_event_goes_with_the_change_that_fails(database, now):
    def change():
        with database.write() as session:
            audit.record(session, CLERK, "booking.made", "booking", 1, None, None, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0


def test_many_writers_of_one_subject_leave_no_gap_and_no_double(database, now, at_once):
    def write():
        for _ in range(10):
            with database.write() as session:
                audit.record(session, CLERK, "seen", "booking", "b", None, None, now)

    assert at_once(*[write] * 4) == [None] * 4
    with database.read() as session:
        assert [e.number for e in audit.events(session, "booking", "b")] == list(range(1, 41))


def test_two_events_of_one_number_are_refused(database, now):
    def double(session):
        return AuditEvent(
            subject_kind="booking", subject_id="b", number=1, at=now, actor_kind="system", actor_id="", actor_role="",
            origin="", action="seen",
        )  # fmt: skip

    with pytest.raises(IntegrityError), database.write() as session:
        session.add_all([double(session), double(session)])


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEvent).values(action="nothing"),
        update(AuditEvent).values(before=None),
        update(AuditEvent).values(erased_at=AuditEvent.at, number=2, before=None, after=None),
        update(AuditEvent).values(erased_at=AuditEvent.at),
        delete(AuditEvent),
    ],
)
def test_the_database_refuses_to_change_what_is_written(database, now, change):
    with database.write() as session:
        audit.record(session, CLERK, "booking.made", "booking", "b", None, {"x": 1}, now)
    with pytest.raises(IntegrityError, match="never changed"), database.write() as session:
        session.execute(change)
    with database.read() as session:
        (kept,) = audit.events(session, "booking", "b")
    assert (kept.action, kept.after) == ("booking.made", {"x": 1})


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["postgres"])
def test_it_cannot_be_truncated(database):
    with pytest.raises(IntegrityError, match="never changed"), database.write() as session:
        session.execute(text("TRUNCATE audit_event"))


def test_a_person_who_asks_is_forgotten_and_the_event_stays(database, now):
    with database.write() as session:
        for subject in ("b", "c"):
            audit.record(session, CLERK, "booking.made", "booking", subject, {"a": 0}, {"a": 1}, now)
    later = now + timedelta(days=1)
    with database.write() as session:
        assert audit.erase(session, "booking", "b", later) == 1
        assert audit.erase(session, "booking", "b", later) == 0
    with database.read() as session:
        (gone,), (kept,) = (audit.events(session, "booking", subject) for subject in ("b", "c"))
        nulls = session.scalar(text("SELECT count(*) FROM audit_event WHERE before IS NULL AND after IS NULL"))
    assert (gone.before, gone.after, gone.erased_at, gone.action) == (None, None, later, "booking.made")
    assert (kept.before, kept.after, kept.erased_at) == ({"a": 0}, {"a": 1}, None)
    assert nulls == 1


def test_an_actor_is_named_in_a_log_without_its_number():
    assert "138" not in repr(CLERK)
    assert "clerk-1" in f"{CLERK}"
