"""What is brought to a call and not taken is noted once, without who brought it, and counted for those who plan."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.counter import TurnedAwayLine, turn_away, turned_away
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError, NotFoundError
from recycling.models import TurnedAway

CREW = Actor("person", "crew", Role.DRIVER, frozenset({"DEP-01"}))


@pytest.fixture
def notes(record, office, now):
    """Return a function that notes a mattress that is soiled, changed where the test says."""
    numbers = iter(range(1000))

    def call(what="床垫", reason="dirty", community="A-001", plate="T-BOX", key="", actor=CREW, at=now):
        key = key or f"a-note-of-a-test-{next(numbers)}"
        return turn_away(office(record), plate, community, what, reason, actor, key, at)

    return call


def rows(record):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(TurnedAway))


def counted(record, now, first=0, last=0, **options):
    with record.read() as session:
        return turned_away(session, (now + timedelta(first)).date(), (now + timedelta(last)).date(), **options)


def test_it_is_noted_once_with_its_reason_and_audited(record, notes, now):
    made = [notes(key="the-same-note") for _ in range(3)]
    assert {one.id for one in made} == {made[0].id}
    assert rows(record) == 1
    with record.read() as session:
        kept = session.get(TurnedAway, made[0].id)
        (event,) = audit.events(session, "turned_away", kept.id)
    assert (kept.plate, kept.depot_code, kept.community_code, kept.what, kept.reason, kept.at) == (
        "T-BOX", "DEP-01", "A-001", "床垫", "dirty", now
    )  # fmt: skip
    assert (event.action, event.actor_id, event.after["reason"]) == ("call.turned-away", "crew", "dirty")


def test_twenty_who_send_the_same_at_once_note_it_once(record, notes, at_once):
    found = at_once(*(lambda: notes(key="the-same-note") for _ in range(20)))
    assert len({one.id for one in found}) == 1, found
    assert rows(record) == 1


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"what": " \t"}, BadRequestError, "no-thing"),
        ({"what": "x" * 61}, BadRequestError, "no-thing"),
        ({"reason": ""}, BadRequestError, "no-reason"),
        ({"reason": "moon"}, BadRequestError, "no-reason"),
        ({"key": "short"}, BadRequestError, "bad-key"),
        ({"community": "Z-999"}, NotFoundError, None),
        ({"plate": "NOBODY"}, NotFoundError, None),
        ({"actor": Actor("person", "x", Role.DRIVER, frozenset({"DEP-02"}))}, ForbiddenError, "forbidden"),
        ({"actor": Actor("person", "x", Role.CLERK, frozenset({"DEP-01"}))}, ForbiddenError, "forbidden"),
    ],
)
def test_what_cannot_be_noted_leaves_nothing(record, notes, changes, error, code):
    with pytest.raises(DomainError) as caught:
        notes(**changes)
    assert isinstance(caught.value, error)
    assert code in (None, caught.value.faults[0].code)
    assert rows(record) == 0


def test_a_key_stands_for_one_note(record, notes):
    notes(key="the-same-note")
    with pytest.raises(ConflictError):
        notes(key="the-same-note", reason="full")
    assert rows(record) == 1


def test_it_is_counted_by_thing_reason_and_community_within_the_days(record, notes, now):
    said = (
        ("Mattress", "dirty", "A-001", 0),
        ("mattress", "dirty", "A-001", 0),
        ("mattress", "full", "A-001", 0),
        ("mattress", "dirty", "", 0),
        ("tyres", "not_taken", "A-002", -40),
    )
    for second, (what, reason, community, days) in enumerate(said):
        notes(what, reason, community, at=now + timedelta(days, second))
    assert counted(record, now) == [
        TurnedAwayLine("Mattress", "dirty", "A-001", "社区A-001", 2),
        TurnedAwayLine("Mattress", "dirty", "", "", 1),
        TurnedAwayLine("Mattress", "full", "A-001", "社区A-001", 1),
    ]
    assert counted(record, now, -40, -40) == [TurnedAwayLine("tyres", "not_taken", "A-002", "社区A-002", 1)]
    assert len(counted(record, now, depots=["DEP-01"])) == 3
    assert counted(record, now, depots=["DEP-02"]) == counted(record, now, depots=[]) == []
