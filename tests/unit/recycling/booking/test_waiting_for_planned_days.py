"""Who waits is offered what becomes free on days that are planned, too, as long as the message can still reach them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from planned_desk import Desk
from sqlalchemy import select

from recycling.booking import accept, bookable_days, cancel, keep_window, need_of, offer_what_is_free, offers, wait
from recycling.booking.capacity import Window
from recycling.booking.waiting import owner_of
from recycling.booking.workload import together
from recycling.errors import ConflictError
from recycling.models import Hold, Message

from .conftest import CLERK, local, visits

SPAN = "13:00-15:00"
SMALL = {"paper": 2}
LOAD = {"fridge": 12, "washer": 20}
"""For two trucks."""


@pytest.fixture
def evening(desk, day):
    """An hour at which tomorrow is planned and people are awake."""
    return local(desk, day - timedelta(days=1), "20:30")


@pytest.fixture
def planned(desk):
    """Return a function that gives the counter a planned day with so much room in one window."""

    def make(room, counter=desk):
        return replace(counter, planned=Desk(counter.database, {SPAN: room}))

    return make


@pytest.fixture
def waits(wish, day):
    """Return a function that lets somebody wait for tomorrow."""

    def make(counter, number, at, **changes):
        wanted = wish(**{"items": SMALL, "phone": f"1390013{number:04d}", "day": None, "window": "", **changes})
        return wait(counter, wanted, day, f"a-place-{number}", at + timedelta(seconds=number))

    return make


def holds(desk):
    with desk.database.read() as session:
        return session.scalars(select(Hold).order_by(Hold.made_at)).all()


def test_what_somebody_gives_up_on_a_planned_day_goes_to_the_first_who_waits(
    desk, planned, taken, waits, now, day, evening
):
    booking = taken(desk, window=SPAN)
    counter = planned(1)
    first, _ = (waits(counter, number, evening) for number in range(2))
    assert (first.first_day, day in bookable_days(counter, evening)) == (day, True)
    assert offer_what_is_free(counter, evening) == []
    cancel(counter, booking, "", CLERK, evening)
    (offered,) = offer_what_is_free(counter, evening)
    assert (offered.id, offered.offered_day, offered.offered_window) == (first.id, day, SPAN)
    assert offered.until == evening + timedelta(hours=2)
    assert [(hold.seconds, hold.until) for hold in holds(desk)] == [(0, offered.until)]
    assert offer_what_is_free(counter, evening) == [], "what is kept is kept"
    with desk.database.read() as session:
        (message,) = session.scalars(select(Message).where(Message.change == "waiting_offer"))
    assert message.phone == first.phone
    made = accept(counter, first.token, evening + timedelta(minutes=119))
    assert (made.state, made.channel, made.seconds, made.service_day) == ("planned", "waiting", 0, day)
    assert holds(desk) == []
    assert offer_what_is_free(counter, offered.until) == []


def test_the_control_without_a_desk_of_planned_days_offers_none(desk, waits, evening):
    waits(desk, 1, evening - timedelta(hours=2))
    assert offer_what_is_free(desk, evening) == []


def test_what_is_not_taken_goes_to_the_next(desk, planned, waits, day, evening):
    counter = planned(1)
    first, second = (waits(counter, number, evening) for number in range(2))
    assert [one.id for one in offer_what_is_free(counter, evening)] == [first.id]
    soon = local(desk, day - timedelta(days=1), "20:35")
    hold = first.id
    with desk.database.write() as session:  # as if two hours were over already
        session.get_one(type(first), hold).until = soon
        session.scalars(select(Hold)).one().until = soon
    assert [one.id for one in offer_what_is_free(counter, soon)] == [second.id]
    with pytest.raises(ConflictError) as caught:
        accept(counter, first.token, soon)
    assert caught.value.faults[0].code == "offer-ended"


def test_an_offer_ends_when_the_vehicles_are_about_to_leave(desk, planned, waits, day, evening):
    morning = local(desk, day, "05:30")
    settings = desk.settings.model_copy(
        update={"messages": desk.settings.messages.model_copy(update={"quiet_until": "05:00"})}
    )
    counter = replace(planned(1), settings=settings)
    waits(counter, 1, evening)
    (offered,) = offer_what_is_free(counter, morning)
    assert offered.until == local(desk, day, "06:30")


def test_at_night_nobody_is_offered_what_would_be_over_before_they_read_of_it(desk, planned, waits, day, evening):
    counter = planned(1)
    waits(counter, 1, evening)
    for hour in ("21:30", "23:00"):
        assert offer_what_is_free(counter, local(desk, day - timedelta(days=1), hour)) == []
    assert offer_what_is_free(counter, local(desk, day, "05:00")) == []
    assert len(offer_what_is_free(counter, local(desk, day - timedelta(days=1), "21:29"))) == 1


def test_at_night_two_hours_begin_when_the_message_can_leave(desk, wish, day):
    night = local(desk, day - timedelta(days=1), "23:00")
    place = wait(desk, wish(items=SMALL, day=None, window=""), day + timedelta(days=3), "my-place", night)
    (offered,) = offer_what_is_free(desk, night)
    assert offered.id == place.id
    assert offered.until == local(desk, day, "10:00")


# -- loads for two vehicles --------------------------------------------------------------------------------------------


def test_a_load_for_two_vehicles_waits_for_room_for_both_and_gets_it(desk, planned, waits, day, evening):
    counter = planned(1)
    place = waits(counter, 1, evening, items=LOAD)
    assert offer_what_is_free(counter, evening) == []
    wide = planned(2)
    (offered,) = offer_what_is_free(wide, evening)
    kept = holds(desk)
    assert [hold.owner for hold in kept] == [owner_of(place)] * 2
    made = accept(wide, place.token, offered.until - timedelta(minutes=1))
    both = visits(desk, made)
    assert [(visit.state, visit.seconds, visit.service_day) for visit in both] == [("planned", 0, day)] * 2
    assert sorted(sum(line.litres * line.pieces for line in visit.lines) for visit in both) == sorted(
        hold.litres for hold in kept
    )


def test_what_is_kept_of_a_planned_day_is_kept_for_each_visit(desk, planned, taken, now, day, evening):
    booking = taken(desk, items=LOAD, window="08:00-10:00")
    need = together([need_of(desk, visit) for visit in visits(desk, booking)])
    counter = planned(2)
    keep_window(counter, "the-form-of-mine", need, Window("DEP-01", day, SPAN), evening)
    kept = holds(desk)
    assert len(kept) == need.visits == 2
    for name in ("service", "litres", "kg"):
        assert sum(getattr(hold, name) for hold in kept) == getattr(need, name)
    with desk.database.read() as session:
        assert offers(session, counter, need, evening, [day]) == [], "it is kept for that form"
        mine = offers(session, counter, need, evening, [day], owner="the-form-of-mine")
        assert [offer.window.span for offer in mine] == [SPAN]
        unknown = replace(need, parts=())
        assert offers(session, counter, unknown, evening, [day], owner="the-form-of-mine") == []
