"""Those who wait are told once what becomes of their place, and one number holds only so many of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from recycling.booking import call_back, cancel, offer_what_is_free, report_missed, wait, withdraw
from recycling.booking.capacity import make_rows
from recycling.booking.waiting import called
from recycling.errors import ConflictError
from recycling.models import Message, Slot, Waiting

from .conftest import CLERK, RESIDENT, local
from .test_waiting import full

__all__ = ["full"]


def said(desk, change=""):
    with desk.database.read() as session:
        query = select(Message).where(Message.change.startswith(change or "waiting_"), Message.outdated_at.is_(None))
        return session.scalars(query.order_by(Message.created_at)).all()


def changes(desk):
    return [message.change for message in said(desk)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_joining_is_told_once_in_their_language(both, wish, now, day, language):
    last = day + timedelta(days=3)
    wanted = wish(items={"paper": 2, "fridge": 1}, language=language)
    place = wait(both, wanted, last, "my-place", now)
    wait(both, wanted, last, "my-place", now + timedelta(hours=1))
    (message,) = said(both)
    assert (message.change, message.language, message.phone) == ("waiting_joined", language, place.phone)
    assert message.link == f"/w/{place.token}"
    assert message.figures["pieces"] == 3
    assert message.figures["start"] == local(both, last, "12:00").isoformat()


def test_ten_who_ask_at_once_with_one_form_are_told_once(both, wish, now, day, at_once):
    at_once(*(lambda: wait(both, wish(), day, "my-place", now) for _ in range(10)))
    assert changes(both) == ["waiting_joined"]


def test_leaving_is_told_once_and_what_was_to_be_said_is_not(both, wish, now, day):
    place = wait(both, wish(), day, "my-place", now)
    for _ in range(2):
        withdraw(both, place.token, now)
    assert changes(both) == ["waiting_left"]


def test_an_offer_that_was_not_taken_and_a_wait_that_is_over_are_told_once(desk, full, wish, now, day):
    booking = full(desk)
    wait(desk, wish(items={"paper": 2}), day, "a-place-0", now)
    wait(desk, wish(items={"fridge": 1}, phone="13900139000"), day, "a-place-1", now)
    cancel(desk, booking, "", RESIDENT, now)
    assert len(offer_what_is_free(desk, now)) == 1
    lapsed = now + timedelta(hours=2)
    for at in (lapsed, lapsed, local(desk, day + timedelta(days=1), "00:00"), local(desk, day, "23:59")):
        offer_what_is_free(desk, at)
    assert sorted(changes(desk)) == ["waiting_missed", "waiting_over"]
    (missed,) = said(desk, "waiting_missed")
    assert missed.figures["start"] == local(desk, day, "08:00").isoformat()


def test_who_is_called_is_not_written_to_as_well(desk, wish, now, day):
    place = wait(desk, wish(), day, "my-place", now, call_back=True)
    assert changes(desk) == ["waiting_call"]
    called(desk, place.id, CLERK, now)
    assert changes(desk) == []


def test_whoever_reports_that_nobody_came_is_told_of_the_call_alone(desk, full, now):
    booking = full(desk)
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [booking.service_day + timedelta(days=14)])
        session.execute(update(Slot).values(capacity=Slot.taken))
    after = booking.promise_end + timedelta(minutes=1)
    with pytest.raises(ConflictError):
        report_missed(desk, booking, RESIDENT, after)
    assert [m.change for m in said(desk, "missed_")] == ["missed_call"]
    assert changes(desk) == []


# -- only so many places -----------------------------------------------------------------------------------------------


def places(desk):
    with desk.database.read() as session:
        return session.scalars(select(Waiting).where(Waiting.state.in_(("waiting", "offered")))).all()


def test_a_number_has_only_so_many_places_and_is_told_what_to_do(both, wish, now, day):
    most = both.settings.booking.most_waiting
    held = [wait(both, wish(floor=n), day, f"a-place-{n}", now) for n in range(most)]
    assert wait(both, wish(floor=0), day, "a-place-0", now).id == held[0].id, "a repeat is no new place"
    with pytest.raises(ConflictError, match="Leave one of them") as caught:
        wait(both, wish(floor=9), day, "one-more-place", now)
    assert [(f.code, f.where) for f in caught.value.faults] == [("too-many-waiting", "phone")]
    assert len(places(both)) == most
    assert wait(both, wish(floor=9, phone="13900139000"), day, "another-number", now).state == "waiting"
    withdraw(both, held[0].token, now)
    assert wait(both, wish(floor=9), day, "one-more-place", now).state == "waiting"


def test_calls_are_counted_apart(desk, wish, now, day):
    most = desk.settings.booking.most_waiting
    for number in range(most):
        wait(desk, wish(floor=number), day, f"a-place-{number}", now)
        wait(desk, wish(floor=number), day, f"a-call-{number}", now, call_back=True)
    with pytest.raises(ConflictError, match="call this number") as caught:
        wait(desk, wish(floor=9), day, "one-more-call", now, call_back=True)
    assert caught.value.faults[0].code == "too-many-waiting"


def test_what_is_ours_to_make_good_counts_for_no_limit(desk, taken, wish, now, day):
    for number in range(desk.settings.booking.most_waiting):
        wait(desk, wish(floor=number), day, f"a-call-{number}", now, call_back=True)
    booking = taken(desk, phone="13800138000")
    assert call_back(desk, booking, now, asked=False).call_back
    other = taken(desk, phone="13800138000", items={"glass": 1})
    with pytest.raises(ConflictError):
        call_back(desk, other, now)


def test_places_that_are_over_count_no_more(desk, wish, now, day):
    most = desk.settings.booking.most_waiting
    for number in range(most):
        wait(desk, wish(floor=number), day, f"a-place-{number}", now)
    later = local(desk, day + timedelta(days=1), "09:00")
    assert wait(desk, replace(wish(), day=None), day + timedelta(days=9), "a-later-place", later).state == "waiting"


def test_many_at_once_have_no_more_than_that(both, wish, now, day, at_once):
    found = at_once(*(lambda n=n: wait(both, wish(floor=n), day, f"a-place-{n}", now) for n in range(9)))
    assert sum(isinstance(f, Waiting) for f in found) == both.settings.booking.most_waiting, found
    assert {type(f) for f in found} == {Waiting, ConflictError}
