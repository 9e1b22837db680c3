"""A booking is changed into nothing that could not be booked: each guard of booking, on each way to change one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recycling.booking import (
    DuplicateError,
    accept,
    amend,
    askable,
    book,
    change,
    life,
    move,
    offer_what_is_free,
    rebook,
    rights,
    wait,
    wish_of,
)
from recycling.catalogue import load_catalogue
from recycling.errors import BadRequestError, ConflictError, DomainError
from recycling.models import Booking

from .conftest import CLERK, CREW, RESIDENT, fresh, local, traces

PHONE = "13800138000"
OTHER = "13900139000"
LATER = timedelta(days=12)
SPAN = "13:00-15:00"


@pytest.fixture
def far(desk, taken, day):
    """A booking that is days away from everything else: more than make a duplicate."""
    return wide(desk), taken(wide(desk), phone=PHONE, address="1栋", day=day + timedelta(days=25))


def wide(desk):
    """The counter with days enough."""
    service = desk.settings.service.model_copy(update={"horizon_days": 40})
    return replace(desk, settings=desk.settings.model_copy(update={"service": service}))


def code_of(call):
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.faults[0].code


def moved(desk, booking, day, actor, at, different=False):
    return move(desk, booking, day, SPAN, actor, at, different=different)


def changed(desk, booking, day, actor, at, different=False):
    wanted = replace(wish_of(booking), note="ring twice", day=day, window=SPAN, different=different)
    return change(desk, booking, wanted, actor, at)


TO_A_DAY = pytest.mark.parametrize("to_a_day", [moved, changed])


# -- the same once more ------------------------------------------------------------------------------------------------


@TO_A_DAY
@pytest.mark.parametrize("actor", [RESIDENT, CLERK])
def test_a_booking_that_comes_near_one_of_the_same_is_asked_about(desk, taken, far, now, day, to_a_day, actor):
    counter, booking = far
    near = taken(counter, phone=PHONE, address="2栋", day=day)
    before = traces(desk)
    with pytest.raises(DuplicateError) as caught:
        to_a_day(counter, booking, day + LATER, actor, now)
    assert (caught.value.other.id, near.reference in str(caught.value)) == (near.id, True)
    assert traces(desk) == before
    assert to_a_day(counter, booking, day + LATER, actor, now, different=True).service_day == day + LATER


@TO_A_DAY
def test_what_was_said_to_be_other_things_is_not_asked_again(desk, taken, now, day, to_a_day):
    taken(desk, phone=PHONE, day=day)
    booking = taken(desk, phone=PHONE, day=day + timedelta(days=3))
    assert to_a_day(desk, booking, day + timedelta(days=1), RESIDENT, now).service_day == day + timedelta(days=1)


def test_what_comes_by_a_change_is_asked_about_and_what_was_there_is_not(desk, taken, now, day):
    taken(desk, phone=PHONE, items={"glass": 1}, day=day)
    booking = taken(desk, phone=PHONE, items={"paper": 2}, day=day)
    more = replace(wish_of(booking), items={"paper": 4})
    booking = amend(desk, booking, more, RESIDENT, now)
    wanted = replace(more, items={"paper": 4, "glass": 2})
    assert code_of(lambda: amend(desk, booking, wanted, RESIDENT, now)) == "duplicate"
    assert amend(desk, booking, replace(wanted, different=True), RESIDENT, now).version == booking.version + 1


def test_another_door_may_be_that_of_an_open_booking(desk, taken, now):
    taken(desk, phone=OTHER, address="7栋")
    booking = taken(desk, phone=PHONE, address="1栋")
    wanted = replace(wish_of(booking), address="7栋")
    assert code_of(lambda: amend(desk, booking, wanted, RESIDENT, now)) == "duplicate"


def test_a_booking_is_no_duplicate_of_itself_nor_of_its_own_visits(desk, taken, now, day):
    for items in ({"paper": 2}, {"fridge": 12, "washer": 20}):
        booking = taken(desk, items=items, address=f"{len(items)}栋")
        there = moved(desk, booking, day + timedelta(days=1), RESIDENT, now)
        assert amend(desk, there, replace(wish_of(there), items={"fridge": 1, "washer": 1}), RESIDENT, now).lines


def test_two_that_come_near_each_other_at_once_are_asked_about(both, taken, now, day, at_once):
    counter = wide(both)
    one = taken(counter, phone=PHONE, address="1栋", day=day)
    two = taken(counter, phone=PHONE, address="2栋", day=day + timedelta(days=28))
    found = at_once(
        lambda: moved(counter, one, day + timedelta(days=13), RESIDENT, now),
        lambda: moved(counter, two, day + timedelta(days=15), RESIDENT, now),
    )
    assert sorted(type(f) for f in found if not isinstance(f, Booking)) == [DuplicateError], found


def test_whoever_has_booked_anew_by_the_form_is_asked_before_a_failed_visit_is_made_good(desk, taken, bring, now, day):
    beside = taken(desk, phone=PHONE, address="9栋")
    booking = bring(desk, taken(desk, phone=PHONE), "failed", now)
    later = now + timedelta(hours=1)
    assert rebook(desk, booking, day, SPAN, "made-good-at-once", RESIDENT, now).follows == booking.id
    other = bring(desk, taken(desk, phone=OTHER, address="8栋"), "failed", now)
    by_form = book(desk, replace(wish_of(other), day=day, window=SPAN), "by-the-form-0", later)
    with pytest.raises(DuplicateError) as caught:
        rebook(desk, other, day + timedelta(days=1), SPAN, "made-good-too", RESIDENT, later)
    assert caught.value.other.id == by_form.id
    made = rebook(desk, other, day + timedelta(days=1), SPAN, "made-good-too", RESIDENT, later, different=True)
    assert made.follows == other.id
    assert fresh(desk, beside).state == "booked"


# -- more than one number may have -------------------------------------------------------------------------------------


@pytest.fixture
def many(taken, day):
    """Return a function that lets a number have as many bookings open as it may."""

    def make(desk, phone=PHONE, less=0):
        count = desk.settings.booking.most_open - less
        kinds = ["glass", "paper"]
        return [
            taken(desk, phone=phone, items={kinds[n % 2]: 1}, address=f"{n}栋", day=day + timedelta(days=n % 8))
            for n in range(count)
        ]

    return make


@TO_A_DAY
def test_a_booking_takes_one_place_of_its_number_also_when_it_moves(desk, many, now, day, to_a_day):
    booking = many(desk)[0]
    assert to_a_day(desk, booking, day + timedelta(days=9), RESIDENT, now).service_day == day + timedelta(days=9)


def test_another_number_must_have_a_place_left(both, many, taken, now):
    many(both, OTHER)
    booking = taken(both, phone=PHONE, items={"textile": 1} if "textile" in both.catalogue.variants else {"fridge": 1})
    wanted = replace(wish_of(booking), phone=OTHER)
    assert code_of(lambda: amend(both, booking, wanted, CLERK, now)) == "too-many-open"
    assert amend(both, booking, replace(wanted, phone="13700137000"), CLERK, now).phone == "+8613700137000"


def test_a_visit_whose_window_is_over_is_one_more_when_it_is_moved(desk, taken, many, now, day):
    old = taken(desk, phone=PHONE, items={"fridge": 1}, address="old", day=day)
    over = local(desk, day, "17:30")
    later = [taken(desk, phone=PHONE, items={"glass": 1}, address=f"{n}栋", day=day + timedelta(days=1 + n))
             for n in range(desk.settings.booking.most_open - 1)]  # fmt: skip
    assert moved(desk, later[0], day + timedelta(days=9), CLERK, over).state == "booked"
    wanted = replace(wish_of(later[0]), day=day + timedelta(days=9), window="15:00-17:00", different=True)
    book(desk, replace(wanted, address="one more"), "one-more-of-the-same", over)
    assert code_of(lambda: moved(desk, fresh(desk, old), day + timedelta(days=9), CLERK, over)) == "too-many-open"
    said = amend(desk, fresh(desk, old), replace(wish_of(old), items={"fridge": 2}), CLERK, over)
    assert said.lines[0].pieces == 2, "where it stands it is not open again"


# -- more of a thing than one may bring --------------------------------------------------------------------------------


def test_the_limit_of_a_thing_holds_for_changes_too(sqlite_record, office, taken, bring, now, day):
    shipped = load_catalogue()
    counter = replace(office(sqlite_record), catalogue=shipped)
    booking = taken(counter, items={"fridge": 1})
    most = shipped.variants["fridge"].most
    wanted = replace(wish_of(booking), items={"fridge": most + 1})
    for way in (
        lambda: amend(counter, booking, wanted, RESIDENT, now),
        lambda: change(counter, booking, replace(wanted, day=day, window=SPAN), RESIDENT, now),
    ):
        with pytest.raises(BadRequestError) as caught:
            way()
        assert {fault.where for fault in caught.value.faults} == {"items"}
    assert amend(counter, booking, replace(wanted, items={"fridge": most}), RESIDENT, now).lines[0].pieces == most


def test_the_limit_of_a_thing_holds_when_a_visit_is_booked_anew(desk, taken, bring, with_items, now, day):
    booking = bring(desk, taken(desk, items={"fridge": 3}), "failed", now)
    kept = {**desk.catalogue.items, "fridge": desk.catalogue.items["fridge"].model_copy(update={"most": 2})}
    counter = replace(desk, catalogue=with_items(desk.catalogue, kept))
    with pytest.raises(BadRequestError) as caught:
        rebook(counter, booking, day, SPAN, "the-new-visit", RESIDENT, now)
    assert {fault.where for fault in caught.value.faults} == {"items"}
    assert rebook(desk, booking, day, SPAN, "the-new-visit", RESIDENT, now).follows == booking.id


# -- visits in vain ----------------------------------------------------------------------------------------------------


@pytest.fixture
def staff_only(taken):
    """Return a function that gives a number visits in vain until only staff book for it, and an open booking."""

    def make(desk, now):
        open_one = taken(desk, phone=PHONE, items={"glass": 1}, window="15:00-17:00")
        for number, span in enumerate(("08:00-10:00", "10:00-12:00")):
            gone = taken(desk, phone=PHONE, address=f"{number}栋", window=span)
            with desk.database.write() as session:
                visit = life.visits_of(session, gone)[0]
                life.failed(session, visit, "absent", CREW, visit.promise_start + timedelta(minutes=5))
        return open_one

    return make


@TO_A_DAY
def test_for_a_number_that_staff_book_for_staff_move(both, staff_only, now, day, to_a_day):
    booking = staff_only(both, now)
    there = day + timedelta(days=2)
    before = traces(both)
    assert not rights(both, booking, now).move, "what is refused is not offered"
    assert rights(both, booking, now).cancel
    assert askable(both, booking, now) == ("move",)
    assert code_of(lambda: to_a_day(both, booking, there, RESIDENT, now)) == "staff-only"
    assert traces(both) == before
    assert to_a_day(both, booking, there, CLERK, now).service_day == there


def test_for_a_number_that_staff_book_for_residents_change_what_the_crew_is_told_alone(desk, staff_only, now):
    booking = staff_only(desk, now)
    said = amend(desk, booking, replace(wish_of(booking), note="code 1234", contact="李"), RESIDENT, now)
    assert said.note == "code 1234"
    more = replace(wish_of(said), items={"glass": 5})
    assert code_of(lambda: amend(desk, said, more, RESIDENT, now)) == "staff-only"
    assert amend(desk, said, more, CLERK, now).lines[0].pieces == 5


def test_whoever_waits_for_us_may_move_all_the_same(desk, staff_only, now, day):
    booking = staff_only(desk, now)
    with desk.database.write() as session:
        session.get_one(Booking, booking.id).late_told_at = now
    assert rights(desk, fresh(desk, booking), now).move
    assert moved(desk, fresh(desk, booking), day + timedelta(days=2), RESIDENT, now).state == "booked"


def test_a_failed_visit_of_such_a_number_is_made_good_by_staff(desk, staff_only, taken, now, day):
    staff_only(desk, now)
    booking = taken(desk, phone=OTHER, address="8栋")
    with desk.database.write() as session:
        visit = life.visits_of(session, booking)[0]
        life.failed(session, visit, "no_access", CREW, now)
        visit.phone = f"+86{PHONE}"
    failed = fresh(desk, booking)
    assert code_of(lambda: rebook(desk, failed, day, SPAN, "by-the-link-0", RESIDENT, now)) == "staff-only"
    with pytest.raises(ConflictError):
        rebook(desk, failed, day, SPAN, "by-the-link-1", RESIDENT, now)
    assert rebook(desk, failed, day, SPAN, "by-the-counter", CLERK, now, different=True).follows == booking.id


# -- accepting what was waited for -------------------------------------------------------------------------------------


@pytest.fixture
def offered(desk, wish, now, day):
    """Return a function that lets somebody wait and gives them an offer."""

    def make(**changes):
        wanted = wish(**{"items": {"paper": 2}, "phone": PHONE, "address": "1栋", **changes})
        place = wait(desk, wanted, day + timedelta(days=3), "a-place-of-mine", now)
        (found,) = offer_what_is_free(desk, now)
        assert found.id == place.id
        return found

    return make


def test_whoever_has_booked_otherwise_meanwhile_is_asked_before_an_offer_is_taken(desk, taken, offered, now):
    place = offered(different=False)
    beside = taken(desk, phone=PHONE, address="2栋")
    before = traces(desk)
    with pytest.raises(DuplicateError) as caught:
        accept(desk, place.token, now)
    assert caught.value.other.id == beside.id
    assert traces(desk) == before
    assert accept(desk, place.token, now, different=True).channel == "waiting"


def test_what_was_said_with_the_wish_is_not_asked_again(desk, taken, offered, now):
    taken(desk, phone=PHONE, address="2栋")
    assert accept(desk, offered(different=True).token, now).channel == "waiting"
