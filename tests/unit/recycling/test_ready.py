"""Statements that are translated once: the same values and rows as SQLAlchemy's own way, on each database."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from recycling.booking import book
from recycling.models import AuditEvent, Booking, Slot
from recycling.models.base import new_id, table_of
from recycling.ready import Ready, defaults, together

AUDIT, SLOT = table_of(AuditEvent), table_of(Slot)
MOMENT = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
WRITE, complete = Ready(insert(AUDIT)), defaults(AUDIT)
OF_KIND = Ready(
    select(AUDIT).where(
        AUDIT.c.subject_kind == bindparam("kind"), AUDIT.c.at >= bindparam("since"), AUDIT.c.number.in_([1, 2])
    )
)


def event_of(number=1, **changed):
    values = {
        "subject_kind": "trial",
        "subject_id": "one",
        "number": number,
        "at": MOMENT,
        "actor_kind": "system",
        "actor_id": "",
        "actor_role": "",
        "origin": "",
        "action": "trial.made",
        "after": {"Stück": 2},
    }
    return complete({**values, **changed})


def test_what_is_written_and_read_is_what_types_say(record):
    rows = [event_of(1), event_of(2, before={"a": [1, None]}, at=MOMENT.replace(minute=45))]
    with record.write() as session:
        WRITE.write(session, rows)
        WRITE.write(session, [event_of(3)])  # which the list in the question leaves out
    with record.read() as session:
        plain = session.execute(select(AUDIT).where(AUDIT.c.number < 3).order_by(AUDIT.c.number)).all()
        found = sorted(OF_KIND.rows(session, kind="trial", since=MOMENT), key=lambda row: row[3])
        assert found == [tuple(row) for row in plain] == [tuple(row[c.key] for c in AUDIT.c) for row in rows]
        assert OF_KIND.one(session, kind="nothing", since=MOMENT) is None
        assert [row[3] for row in OF_KIND.rows(session, kind="trial", since=MOMENT.replace(minute=40))] == [2]


def test_how_many_rows_were_changed_is_told(record, ready_slot):
    changing = Ready(
        update(SLOT).where(SLOT.c.service_day == bindparam("day"), SLOT.c.taken < bindparam("under")).values(taken=7)
    )
    with record.write() as session:
        assert changing.changed(session, day=ready_slot, under=7) == 1
        assert changing.changed(session, day=ready_slot, under=7) == 0


@pytest.fixture
def ready_slot(record):
    day = date(2026, 7, 2)
    row = {"depot_code": "DEP-01", "service_day": day, "window": "08:00-10:00", "people": 1, "capacity": 9, "taken": 0}
    with record.write() as session:
        session.execute(insert(SLOT), row)
    return day


def test_errors_are_those_of_sqlalchemy(record):
    with pytest.raises(IntegrityError), record.write() as session:
        WRITE.write(session, [event_of(), event_of(id=new_id())])
    with record.read() as session:
        assert OF_KIND.rows(session, kind="trial", since=MOMENT) == []


def test_rows_of_several_tables_are_written_together_or_not_at_all(record):
    taking = Ready(insert(SLOT))
    row = {"depot_code": "DEP-01", "service_day": date(2026, 7, 2), "window": "08:00-10:00", "people": 1}
    slots = [{**row, "capacity": 9, "taken": 0}, {**row, "people": 2, "capacity": 9, "taken": 0}]
    with record.write() as session:
        together(session, [(taking, slots), (WRITE, [event_of(1), event_of(2)])])
    with pytest.raises(IntegrityError), record.write() as session:
        together(session, [(taking, [{**slots[0], "people": 3}]), (WRITE, [event_of(3), event_of(2, id=new_id())])])
    with record.read() as session:
        assert len(OF_KIND.rows(session, kind="trial", since=MOMENT)) == 2
        assert sorted(session.scalars(select(SLOT.c.people))) == [1, 2]


def test_several_statements_are_asked_in_their_order(record, ready_slot):
    taking = Ready(
        update(SLOT)
        .where(SLOT.c.service_day == bindparam("day"), SLOT.c.taken == bindparam("there"))
        .values(taken=SLOT.c.taken + 1)
    )
    looking = Ready(select(SLOT.c.taken).where(SLOT.c.service_day == bindparam("day")))
    for _ in range(2):  # the second time it is known what the driver calls the columns
        with record.write() as session:
            start = looking.one(session, day=ready_slot)[0]
            steps = [{"day": ready_slot, "there": start}, {"day": ready_slot, "there": start + 1}]
            asks = [(taking, steps[:1]), (looking, [{"day": ready_slot}]), (taking, steps[1:]), (taking, steps[:1])]
            said = together(session, asks)
            assert [one.changed for one in (said[0], *said[2:])] == [1, 1, 0]
            assert [tuple(row) for row in said[1].rows] == [(start + 1,)]
    too_much = Ready(update(SLOT).where(SLOT.c.service_day == bindparam("day")).values(taken=99))
    with pytest.raises(IntegrityError), record.write() as session:
        together(session, [(looking, [{"day": ready_slot}]), (too_much, [{"day": ready_slot}]), (taking, steps[:1])])
    with record.read() as session:
        assert looking.one(session, day=ready_slot) == (4,)


def test_defaults_complete_a_row():
    row, own = complete({"action": "a"}), new_id()
    assert set(row) == {c.key for c in AUDIT.c}
    assert row["id"] != complete({})["id"]
    assert complete({"id": own})["id"] == own
    assert row["before"] is None


def test_a_booking_of_somebody_new_takes_few_statements(record, office, now, wish):
    """Somebody who is known is looked at more closely, and is told the same as ever."""
    desk = office(record)
    book(desk, wish(phone="13900000001", address="Warm 1"), "the-form-warm", now)
    seen = []
    event.listen(record.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    book(desk, wish(phone="13900000002", address="New 2"), "the-form-new-1", now)
    new = [text for text in seen if not text.startswith("BEGIN")]
    seen.clear()
    book(desk, wish(phone="13900000002", address="New 2", different=True), "the-form-new-2", now)
    known = [text for text in seen if not text.startswith("BEGIN")]
    writes = [text.split()[2] for text in new if text.startswith("INSERT")]
    assert writes == ["booking", "booking_line", "audit_event", "message"]
    assert len(new) <= 13 < len(known)
    assert any("count" in text for text in known)
    assert not any("count" in text for text in new)
    with record.read() as session:
        assert len(session.scalars(select(Booking.id)).all()) == 3
