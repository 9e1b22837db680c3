"""FAULT 12: the clock jumps two hours, an hour is skipped or comes twice, it is 29 February. Bookings stay honest."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from judges.slots import faults_of
from sqlalchemy import select

from recycling.accounts.actors import Actor
from recycling.booking import (
    Window,
    WindowFullError,
    accept,
    book,
    cancel,
    keep,
    move,
    need_of,
    offer_what_is_free,
    offers,
    open_days,
    renew,
    report_missed,
    rights,
    wait,
)
from recycling.booking.again import report_until
from recycling.booking.checks import checked
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.models import Hold, Slot
from recycling.settings import load_settings

RESIDENT = Actor("link", "the-booking")
JUMP, NOON = timedelta(hours=2), time(12)


@pytest.fixture
def desk(sqlite_record, office):
    desk = office(sqlite_record)
    yield desk
    assert faults_of(desk.database) == []


def kept(desk, wish, now, day, owner="a-form-of-mine"):
    with desk.database.read() as session:
        need = need_of(desk, checked(session, desk, wish(), now))
    with desk.database.write() as session:
        return keep(session, desk, owner, need, Window("DEP-01", day, "08:00-10:00"), 1500, now)


# -- the clock jumps ---------------------------------------------------------------------------------------------------


def test_fault_12_two_hours_forward_end_a_hold_and_the_form_still_gets_its_window(desk, wish, now, day):
    kept(desk, wish, now, day)
    with pytest.raises(NotFoundError), desk.database.write() as session:
        renew(session, desk, "a-form-of-mine", now + JUMP)
    made = book(desk, wish(), "a-form-of-mine", now + JUMP)
    assert book(desk, wish(), "a-form-of-mine", now).id == made.id, "and back again"
    with desk.database.read() as session:
        assert session.scalars(select(Hold)).all() == []


def test_fault_12_two_hours_back_shorten_no_hold_and_no_offer(desk, wish, now, day):
    hold = kept(desk, wish, now, day)
    with desk.database.write() as session:
        assert renew(session, desk, "a-form-of-mine", now - JUMP).until == hold.until
    assert book(desk, wish(), "a-form-of-mine", now - JUMP).seconds == 1500
    place = wait(desk, wish(floor=1), day, "a-place-of-mine", now)
    (offered,) = offer_what_is_free(desk, now)
    assert offer_what_is_free(desk, now - JUMP) == []
    assert accept(desk, place.token, offered.until - timedelta(seconds=1)).channel == "waiting"


def test_fault_12_around_the_cut_off_the_same_form_has_one_answer(desk, wish, now, day):
    cut_off = desk.clock.at(day - timedelta(days=1), desk.settings.service.cut_off)
    made = book(desk, wish(), "a-form-of-mine", cut_off - timedelta(minutes=1))
    assert book(desk, wish(), "a-form-of-mine", cut_off + JUMP).id == made.id
    with pytest.raises(BadRequestError):
        book(desk, wish(), "another-form", cut_off + timedelta(minutes=1))
    assert book(desk, wish(), "another-form", cut_off + timedelta(minutes=1) - JUMP).id != made.id


def test_fault_12_changes_at_hours_that_go_back_are_numbered_in_the_order_in_which_they_were_made(desk, wish, now, day):
    made = book(desk, wish(items={"paper": 2}), "a-form-of-mine", now)
    moved = move(desk, made, day, "13:00-15:00", RESIDENT, now - JUMP)
    gone = cancel(desk, moved, "", RESIDENT, now - 2 * JUMP)
    assert (gone.version, gone.ended_at) == (3, now - 2 * JUMP)  # judged with the audit log by the fixture


# -- days that are not as long as others -------------------------------------------------------------------------------

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture
def berlin(sqlite_record, office):
    """Windows around the hour that is skipped in spring and comes twice in autumn."""
    service = {"timezone": "Europe/Berlin", "windows": ["01:00-04:00", "02:00-03:00", "08:00-10:00"]}
    desk = replace(office(sqlite_record), settings=load_settings(service=service, planning={"seconds": 0.1}))
    yield desk
    assert faults_of(desk.database) == []


@pytest.mark.parametrize(
    ("day", "hours"),
    [(SPRING, (2, 0, 2)), (AUTUMN, (4, 2, 2)), (date(2026, 6, 1), (3, 1, 2))],
)
def test_fault_12_a_window_has_the_seconds_that_really_pass(berlin, wish, day, hours):
    now = berlin.clock.at(day - timedelta(days=2), NOON)
    for number, (span, long) in enumerate(zip(berlin.settings.service.windows, hours, strict=True)):
        request = wish(items={"paper": 1}, day=day, window=span, lift=True)
        if not long:
            with pytest.raises(WindowFullError):
                book(berlin, request, f"a-form-of-{span}", now)
            continue
        made = book(berlin, request, f"a-form-of-{span}", now)
        assert made.promise_end - made.promise_start == timedelta(hours=long)
        with berlin.database.read() as session:
            row = session.get_one(Slot, ("DEP-01", day, span, 1))
            assert row.capacity == round(2 * 3600 * long * berlin.settings.booking.fill)
            draft = checked(session, berlin, request, now)
            found = offers(session, berlin, need_of(berlin, draft), now, [day])
        assert [o.window.span for o in found] == [
            s for s, h in zip(berlin.settings.service.windows, hours, strict=True) if h
        ], number


def test_fault_12_on_the_day_of_a_change_the_hours_of_moving_are_those_of_the_depot(berlin, wish):
    noon = berlin.clock.at(SPRING - timedelta(days=1), NOON)
    made = book(berlin, wish(items={"paper": 1}, day=SPRING), "a-form-of-mine", noon)
    may = rights(berlin, made, noon)
    assert f"{berlin.clock.local(may.move_until):%m-%d %H:%M %z}" == "03-28 20:00 +0100"
    assert f"{berlin.clock.local(may.cancel_until):%m-%d %H:%M %z}" == "03-29 10:00 +0200"


# -- 29 February -------------------------------------------------------------------------------------------------------


def test_fault_12_the_29th_of_february(desk, wish):
    leap = date(2028, 2, 29)  # a Tuesday
    now = desk.clock.at(leap - timedelta(days=1), NOON)
    assert open_days(desk.settings, now)[0] == leap
    made = book(desk, wish(items={"paper": 2}, day=leap), "a-form-of-mine", now)
    assert desk.clock.local(rights(desk, made, now).move_until).date() == date(2028, 2, 28)
    assert desk.clock.local(report_until(desk, made)).date() == date(2028, 3, 3), "Wednesday and Thursday, to the end"
    end = report_until(desk, made)
    with pytest.raises(ConflictError):
        report_missed(desk, made, RESIDENT, end)
    again = report_missed(desk, made, RESIDENT, end - timedelta(seconds=1))
    assert (again.first, again.service_day) == (True, date(2028, 3, 4))


def test_fault_12_no_29th_of_february(desk, wish):
    now = desk.clock.at(date(2027, 2, 27), NOON)
    assert open_days(desk.settings, now)[:2] == [date(2027, 2, 28), date(2027, 3, 1)]
    made = book(desk, wish(items={"paper": 2}, day=date(2027, 3, 1)), "a-form-of-mine", now)
    assert desk.clock.local(rights(desk, made, now).move_until).date() == date(2027, 2, 28)
