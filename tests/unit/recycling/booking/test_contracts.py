"""Contracts: made, changed and ended; their dates booked once, elsewhere, or not at all and then told to a clerk."""

import multiprocessing
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, book, cancel
from recycling.booking.contracts import (
    ContractRequest,
    booked_ahead,
    change,
    due,
    end,
    faults_of,
    leave_out,
    make,
    make_due,
    missed_dates,
    settle_missed,
    take_back,
    the_contract,
    try_again,
)
from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError, NotFoundError
from recycling.jobs import book_contracts
from recycling.models import Booking, Contract, ContractDate, Message, Slot

CLERK = Actor("person", "clerk-1", Role.CLERK, depots=frozenset({"DEP-01"}))
OTHER = Actor("person", "clerk-2", Role.CLERK, depots=frozenset({"DEP-02"}))
DAY = timedelta(days=1)
KEY = "contract-of-the-test"


@pytest.fixture
def wanted(wish):
    """Return a function that makes a sound contract (Mondays, from 9 March), changed where the test says."""

    def make_one(**changes):
        own = {"rule": "FREQ=WEEKLY;BYDAY=MO", "first_day": date(2026, 3, 9), "last_day": None, "on_holiday": "after"}
        own |= {name: changes.pop(name) for name in list(changes) if name in own}
        visit = wish(**{"items": {"paper": 20}, "contact": "张老师", "scene": "school", "day": None, **changes})
        return ContractRequest(visit, **own)

    return make_one


def bookings(database):
    with database.read() as session:
        found = session.scalars(select(Booking).where(Booking.channel == "contract").order_by(Booking.service_day))
        return list(found)


def days(database):
    return [b.service_day.isoformat()[5:] for b in bookings(database) if b.state != "cancelled"]


def fill(database, day, *spans):
    """Leave no room in windows of a day."""
    with database.write() as session:
        changed = session.execute(
            update(Slot).where(Slot.service_day == day, Slot.window.in_(spans)).values(capacity=Slot.taken)
        )
        assert changed.rowcount


def rows_of(desk, day):
    """Write the rows of a day's windows, as its first booking does."""
    from recycling.booking import recount

    with desk.database.write() as session:
        recount(session, desk, "DEP-01", day)


def test_each_date_is_booked_as_soon_as_its_day_opens_and_once(desk, wanted, now):
    made = make(desk, wanted(), KEY, CLERK, now)
    assert days(desk.database) == ["03-09", "03-16"]
    first = bookings(desk.database)[0]
    assert (first.channel, first.window, first.contact, first.scene) == ("contract", "08:00-10:00", "张老师", "school")
    assert [(line.item, line.pieces) for line in _lines(desk, first)] == [("paper", 20)]
    for later in range(1, 8):
        made_then = make_due(desk, now + later * DAY)
        assert [m.day.isoformat() for m in made_then] == (["2026-03-23"] if later == 5 else [])
    assert days(desk.database) == ["03-09", "03-16", "03-23"]
    with desk.database.read() as session:
        (event,) = audit.events(session, "booking", first.id)
        told = session.scalars(select(Message.change).where(Message.booking_id == first.id)).all()
    assert (event.actor_kind, event.actor_id) == ("system", "contracts")
    assert (event.after["contract"], event.after["version"]) == (made.reference, 1)
    assert told == ["booked"]


def _lines(desk, booking):
    with desk.database.read() as session:
        return session.get_one(Booking, booking.id).lines[:]


@pytest.mark.parametrize("control", [False, True])
def test_a_crash_between_booking_and_writing_it_down_does_not_double(desk, wanted, now, monkeypatch, control):
    make(desk, wanted(), KEY, CLERK, now)
    with desk.database.write() as session:
        for row in session.scalars(select(ContractDate)):
            session.delete(row)
    if control:  # without the key that contract and date make, both dates would be booked again
        monkeypatch.setattr(due, "key_of", lambda *_: str(uuid.uuid4()))
    assert len(make_due(desk, now)) == 2
    assert days(desk.database) == (["03-09", "03-09", "03-16", "03-16"] if control else ["03-09", "03-16"])


def test_the_same_form_again_is_the_same_contract(desk, wanted, now):
    assert make(desk, wanted(), KEY, CLERK, now).id == make(desk, wanted(), KEY, CLERK, now).id
    with pytest.raises(ConflictError, match="other entries"):
        make(desk, wanted(rule="FREQ=WEEKLY;BYDAY=TU"), KEY, CLERK, now)


def test_holidays_move_bookings(desk, wanted):
    before = datetime(2026, 2, 9, 2, tzinfo=UTC)
    make(desk, wanted(first_day=date(2026, 2, 10), on_holiday="before"), KEY, CLERK, before)
    assert days(desk.database) == ["02-14"]  # for Monday the 16th; the 23rd would be the same Saturday
    make_due(desk, before + 7 * DAY)
    assert days(desk.database) == ["02-14", "03-02"]


@pytest.mark.parametrize("agreed", ["10:00-12:00", "19:00-21:00"])
def test_a_window_that_is_full_or_gone_gives_another_of_the_day_and_the_message_says_so(desk, wanted, now, agreed):
    make(desk, wanted(first_day=date(2026, 3, 18)), KEY, CLERK, now)
    with desk.database.write() as session:
        session.execute(update(Contract).values(window=agreed))
    later = now + 5 * DAY
    rows_of(desk, date(2026, 3, 23))
    fill(desk.database, date(2026, 3, 23), "10:00-12:00", "08:00-10:00")
    (made,) = make_due(desk, later)
    assert made.elsewhen
    (booking,) = bookings(desk.database)
    assert booking.window == ("13:00-15:00" if agreed == "10:00-12:00" else "15:00-17:00")
    with desk.database.read() as session:
        assert session.scalars(select(Message.change)).all() == ["booked_elsewhen"]
        assert missed_dates(session, CLERK) == []


def test_a_full_day_stands_before_the_clerk_until_seen_to_and_can_be_tried_again(desk, wanted, now):
    spans = [str(s) for s in desk.settings.service.window_spans]
    contract = make(desk, wanted(first_day=date(2026, 3, 18)), KEY, CLERK, now)
    rows_of(desk, date(2026, 3, 23))
    with desk.database.read() as session:
        room = {(s.window, s.people): s.capacity for s in session.scalars(select(Slot))}
    fill(desk.database, date(2026, 3, 23), *spans)
    book_contracts(desk, now + 5 * DAY)
    with desk.database.read() as session:
        ((missed, of),) = missed_dates(session, CLERK)
        assert missed_dates(session, OTHER) == []
    assert (of.id, missed.day, [f.code for f in faults_of(missed)]) == (contract.id, date(2026, 3, 23), ["window-full"])
    assert "2026-03-23" in str(faults_of(missed)[0])
    again = now + 6 * DAY
    assert make_due(desk, again) == []
    assert try_again(desk, contract.id, missed.rule_day, CLERK, again).booking_id is None
    with desk.database.write() as session:
        for slot in session.scalars(select(Slot)):
            slot.capacity = room[slot.window, slot.people]
    assert try_again(desk, contract.id, missed.rule_day, CLERK, again).booking_id == bookings(desk.database)[0].id
    with desk.database.read() as session:
        assert missed_dates(session, CLERK) == []
    with pytest.raises(NotFoundError):
        try_again(desk, contract.id, date(2026, 3, 24), CLERK, again)


def test_a_missed_date_is_settled_by_a_clerk(desk, wanted, now):
    contract = make(
        desk, wanted(first_day=now.date() + DAY, rule="FREQ=WEEKLY;BYDAY=TH"), KEY, CLERK, now + timedelta(hours=11)
    )
    with desk.database.read() as session:
        ((missed, _),) = missed_dates(session, CLERK)  # the evening cut-off was over
    assert [f.code for f in faults_of(missed)] == ["closed"]
    settle_missed(desk, contract.id, missed.rule_day, CLERK, now + DAY)
    with desk.database.read() as session:
        assert missed_dates(session, CLERK) == []
        kept = session.get_one(ContractDate, (contract.id, missed.rule_day))
        actions = [e.action for e in audit.events(session, "contract", contract.id)]
    assert (kept.settled_by, kept.booking_id) == ("clerk-1", None)
    assert actions == ["contract.made", "contract.missed", "contract.miss-settled"]


def test_days_that_went_by_while_nothing_ran_are_not_passed_over_in_silence(desk, wanted, now):
    make(desk, wanted(), KEY, CLERK, now)
    made = make_due(desk, now + 21 * DAY)  # Wednesday 25 March: the 23rd is over
    assert [(m.day.day, m.booking_id is None) for m in made] == [
        (23, True),
        (30, False),
        (7, False),
    ]  # 6 April: Qingming
    assert [f.code for f in faults_of(made[0])] == ["past"]


def test_a_thing_that_is_taken_no_longer_is_said(desk, wanted, now, with_items):
    contract = make(desk, wanted(first_day=date(2026, 3, 18)), KEY, CLERK, now)
    items = {code: item for code, item in desk.catalogue.items.items() if code != "paper"}
    without = replace(desk, catalogue=with_items(desk.catalogue, items))
    (missed,) = make_due(without, now + 5 * DAY)
    assert [f.code for f in faults_of(missed)] == ["unknown-item"]
    assert missed.contract_id == contract.id


def test_a_change_is_for_what_is_not_booked_yet(desk, wanted, now):
    contract = make(desk, wanted(), KEY, CLERK, now)
    to = wanted(rule="FREQ=WEEKLY;BYDAY=TU", items={"paper": 30}, window="13:00-15:00")
    changed = change(desk, contract.id, 1, to, "the school asked", CLERK, now)
    assert (changed.version, changed.rule) == (2, "FREQ=WEEKLY;BYDAY=TU")
    assert days(desk.database) == ["03-09", "03-16"]
    assert {b.window for b in bookings(desk.database)} == {"08:00-10:00"}
    for later in range(1, 15):
        make_due(desk, now + later * DAY)
    assert days(desk.database) == ["03-09", "03-16", "03-24", "03-31"]
    last = bookings(desk.database)[-1]
    assert (last.window, _lines(desk, last)[0].pieces) == ("13:00-15:00", 30)
    with desk.database.read() as session:
        event = audit.events(session, "contract", contract.id)[-1]
    assert (event.actor_id, event.action, event.after["why"]) == ("clerk-1", "contract.changed", "the school asked")
    assert (event.before["rule"], event.after["rule"]) == ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TU")
    assert "张老师" not in f"{event.before}{event.after}"


def test_who_changes_what_somebody_else_has_changed_is_told(desk, wanted, now):
    contract = make(desk, wanted(), KEY, CLERK, now)
    change(desk, contract.id, 1, wanted(items={"paper": 30}), "more", CLERK, now)
    with pytest.raises(ConflictError, match="somebody else"):
        change(desk, contract.id, 1, wanted(items={"paper": 40}), "even more", CLERK, now)
    with pytest.raises(BadRequestError, match="Enter why"):
        change(desk, contract.id, 2, wanted(items={"paper": 40}), " ", CLERK, now)


def test_a_process_that_still_holds_the_old_version_books_nothing_by_it(desk, wanted, now, monkeypatch):
    contract = make(desk, wanted(), KEY, CLERK, now)
    found = due._due

    def slow(session, office, one, moment):
        dates = found(session, office, one, moment)
        if dates:
            monkeypatch.setattr(due, "_due", found)
            change(desk, contract.id, 1, wanted(rule="FREQ=WEEKLY;BYDAY=TU"), "meanwhile", CLERK, now)
        return dates

    monkeypatch.setattr(due, "_due", slow)
    assert make_due(desk, now + 5 * DAY) == []


def test_ending_books_no_more_and_cancels_what_is_named(desk, wanted, now):
    contract = make(desk, wanted(), KEY, CLERK, now)
    with desk.database.read() as session:
        first, second = booked_ahead(session, contract.id)
    assert end(desk, contract.id, "moved away", CLERK, now, [second.id]) == []
    assert days(desk.database) == ["03-09"]
    assert make_due(desk, now + 10 * DAY) == []
    assert end(desk, contract.id, "moved away", CLERK, now, [first.id]) == []  # afterwards, too
    assert days(desk.database) == []
    with pytest.raises(ConflictError, match="has ended"):
        change(desk, contract.id, 2, wanted(), "again", CLERK, now)


def test_a_single_date_is_cancelled_or_left_out_and_taken_back(desk, wanted, now):
    contract = make(desk, wanted(), KEY, CLERK, now)
    cancel(desk, bookings(desk.database)[0], "excursion", CLERK, now)
    make_due(desk, now + DAY)
    assert days(desk.database) == ["03-16"]  # what was cancelled is not booked again
    with pytest.raises(ConflictError, match="booked already"):
        leave_out(desk, contract.id, date(2026, 3, 16), date(2026, 3, 30), "holiday camp", CLERK, now)
    with pytest.raises(BadRequestError, match="No date"):
        leave_out(desk, contract.id, date(2026, 3, 24), date(2026, 3, 25), "x", CLERK, now)
    left = leave_out(desk, contract.id, date(2026, 3, 17), date(2026, 3, 31), "camp", CLERK, now)
    assert left == [date(2026, 3, 23), date(2026, 3, 30)]
    make_due(desk, now + 14 * DAY)
    assert days(desk.database) == ["03-16"]
    take_back(desk, contract.id, date(2026, 3, 30), CLERK, now + 14 * DAY)
    assert days(desk.database) == ["03-16", "03-30"]
    with desk.database.read() as session:
        kept = the_contract(session, contract.id, CLERK)
        assert [(s.day, s.reason) for s in kept.skips] == [(date(2026, 3, 23), "camp")]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"rule": "FREQ=DAILY"}, {"rule"}),
        ({"first_day": None}, {"first_day"}),
        ({"first_day": date(2036, 3, 9)}, {"first_day"}),
        ({"last_day": date(2026, 3, 8)}, {"last_day"}),
        ({"last_day": date(2026, 3, 9), "rule": "FREQ=WEEKLY;BYDAY=TU"}, {"rule"}),
        ({"on_holiday": "dance"}, {"on_holiday"}),
        ({"phone": "12", "items": {}, "rule": ""}, {"phone", "items", "rule"}),
        ({"window": "03:00-04:00"}, {"window"}),
    ],
)
def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(desk, wanted, now, changes, where):
    with pytest.raises(BadRequestError) as caught:
        make(desk, wanted(**changes), KEY, CLERK, now)
    assert {f.where for f in caught.value.faults} == where
    with desk.database.read() as session:
        assert session.scalars(select(Contract)).all() == []


def test_contracts_of_other_depots_are_out_of_reach(desk, wanted, now):
    contract = make(desk, wanted(), KEY, CLERK, now)
    with pytest.raises(ForbiddenError):
        make(desk, wanted(), "another-contract", OTHER, now)
    for deed in (
        lambda: change(desk, contract.id, 1, wanted(), "x", OTHER, now),
        lambda: end(desk, contract.id, "x", OTHER, now),
        lambda: leave_out(desk, contract.id, date(2026, 3, 30), date(2026, 3, 30), "x", OTHER, now),
        lambda: take_back(desk, contract.id, date(2026, 3, 30), OTHER, now),
        lambda: settle_missed(desk, contract.id, date(2026, 3, 9), OTHER, now),
        lambda: try_again(desk, contract.id, date(2026, 3, 9), OTHER, now),
    ):
        with pytest.raises(ForbiddenError):
            deed()
    with pytest.raises(NotFoundError):
        end(desk, uuid.uuid4(), "x", CLERK, now)


# -- several processes ---------------------------------------------------------------------------------------------

PROCESSES, CONTRACTS = 4, 6


def materialise(url, gate, answers, desk, now):
    database = Database(url)
    office = Office(database, desk.settings, desk.catalogue, desk.fleet)
    gate.wait()
    try:
        answers.put(("made", len(make_due(office, now))))
    except (DomainError, SQLAlchemyError) as error:
        answers.put(("failed", repr(error)))
    finally:
        database.close()


def test_processes_that_book_at_once_book_each_date_once(both, wanted, now):
    """A window that fills while they are at it is part of it: some dates are booked elsewhere, none twice."""
    desk = both
    for number in range(CONTRACTS):
        make(desk, wanted(first_day=date(2026, 3, 18), address=f"{number}栋"), f"{KEY}-{number}", CLERK, now)
    later = now + 5 * DAY
    day = date(2026, 3, 23)
    rows_of(desk, day)
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(PROCESSES), context.Queue()
    url = desk.database.engine.url.render_as_string(hide_password=False)
    desk.database.close()
    plain = replace(desk, database=None)
    children = [
        context.Process(target=materialise, args=(url, gate, answers, plain, later), daemon=True)
        for _ in range(PROCESSES)
    ]
    for child in children:
        child.start()
    told = [answers.get(timeout=300) for _ in children]
    for child in children:
        child.join(60)
    assert [answer for answer in told if answer[0] == "failed"] == []
    made = bookings(desk.database)
    assert len(made) == CONTRACTS == len({b.address for b in made})
    assert {b.service_day for b in made} == {day}
    with desk.database.read() as session:
        rows = session.scalars(select(ContractDate)).all()
        told = session.scalars(select(Message.booking_id)).all()
    assert {row.booking_id for row in rows} == {b.id for b in made} == set(told)
    assert len(rows) == CONTRACTS == len(told)


# -- beside other bookings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beside", "booked"),
    [
        ({}, ["03-16"]),
        ({"items": {"glass": 1}}, ["03-09", "03-16"]),
        ({"address": "another door"}, ["03-09", "03-16"]),
        ({"day": date(2026, 3, 10)}, ["03-09", "03-16"]),
    ],
)
def test_a_date_on_which_the_same_is_booked_at_that_door_is_left_to_a_clerk(desk, wanted, wish, now, beside, booked):
    other = {"items": {"paper": 1, "fridge": 1}, "day": date(2026, 3, 9), "window": "13:00-15:00", **beside}
    there = book(desk, wish(**other), "by-telephone", now, "clerk", CLERK)
    contract = make(desk, wanted(), KEY, CLERK, now)
    assert days(desk.database) == booked
    with desk.database.read() as session:
        missed = missed_dates(session, CLERK)
    assert [(one.day, fault.code, fault.values["reference"]) for one, _ in missed for fault in faults_of(one)] == (
        [] if beside else [(date(2026, 3, 9), "duplicate", there.reference)]
    )
    for one, _ in missed:  # the clerk has asked: it is for other things
        try_again(desk, contract.id, one.rule_day, CLERK, now)
    assert days(desk.database) == ["03-09", "03-16"]


def test_two_contracts_of_one_door_are_agreed_and_both_booked(desk, wanted, now):
    make(desk, wanted(), KEY, CLERK, now)
    make(desk, wanted(window="13:00-15:00"), f"{KEY}-2", CLERK, now)
    assert days(desk.database) == ["03-09", "03-09", "03-16", "03-16"]
