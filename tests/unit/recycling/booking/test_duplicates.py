"""The same things of the same person or door once more: asked about, passed where they are others; and hoarding."""

from datetime import timedelta

import pytest

from recycling.booking import DuplicateError, book
from recycling.errors import ConflictError
from recycling.models import Booking

from .conftest import STEPS, traces, visits

DOOR = {"community": "A-001", "address": "3栋2单元501"}


@pytest.fixture
def once_more(wish, now):
    """Return a function that books without saying that it is for other things."""
    return lambda desk, **changes: book(
        desk, wish(**{"items": {"paper": 2}, "different": False, **DOOR, **changes}), "once-more-please", now
    )


@pytest.mark.parametrize(
    "same",
    [
        {"phone": "13800138000", "address": "another door", "items": {"paper": 9, "glass": 1}},
        {"phone": "+86 138 0013 8000", "address": "another door"},
        {"phone": "13900139000"},
    ],
)
def test_the_same_number_or_door_with_some_of_the_same_things_is_asked_about(
    both, taken, once_more, wish, now, day, same
):
    first = taken(both, phone="13800138000", **DOOR)
    for days in (0, 13):
        before = traces(both)
        with pytest.raises(DuplicateError) as caught:
            once_more(both, day=day + timedelta(days=days), **same)
        assert caught.value.other.id == first.id
        assert first.reference in str(caught.value)
        assert traces(both) == before
    made = book(both, wish(**{"items": {"paper": 2}, **DOOR, **same, "different": True}), "yes-others-please", now)
    assert made.id != first.id


@pytest.mark.parametrize(
    "other",
    [
        {"phone": "13900139000", "address": "3栋2单元502"},
        {"phone": "13900139000", "community": "A-002"},
        {"items": {"glass": 1}},
    ],
)
def test_another_door_and_number_or_other_things_are_no_duplicate(desk, taken, once_more, other):
    first = taken(desk, phone="13800138000", **DOOR)
    assert once_more(desk, **other).id != first.id


def test_fifteen_days_later_it_is_another_one(desk, taken, wish, now, day):
    taken(desk, phone="13800138000", day=day)
    settings = desk.settings.model_copy(
        update={"service": desk.settings.service.model_copy(update={"horizon_days": 30})}
    )
    from dataclasses import replace

    wide = replace(desk, settings=settings)
    for days, found in ((15, Booking), (14, DuplicateError)):
        request = wish(items={"paper": 2}, day=day + timedelta(days=days), different=False)
        try:
            made = book(wide, request, f"after-{days}-days", now)
        except DuplicateError as error:
            made = error
        assert type(made) is found
        if days == 15:
            from recycling.accounts.actors import system
            from recycling.booking import cancel

            cancel(wide, made, "", system("test"), now)


@pytest.mark.parametrize("state", STEPS)
def test_only_what_is_open_is_booked_twice(desk, taken, bring, once_more, now, state):
    bring(desk, taken(desk, phone="13800138000"), state, now)
    if state in ("booked", "planned", "on_the_way"):
        with pytest.raises(DuplicateError):
            once_more(desk)
    else:
        assert once_more(desk).state == "booked"


def test_the_same_form_again_is_no_duplicate_but_its_own_booking(both, once_more):
    made = once_more(both)
    assert once_more(both).id == made.id


def test_of_a_booking_with_two_visits_the_first_is_shown(desk, taken, once_more):
    first = taken(desk, phone="13800138000", items={"fridge": 20, "washer": 4})
    assert [line.item for line in visits(desk, first)[1].lines][-1] == "washer"
    with pytest.raises(DuplicateError) as caught:
        once_more(desk, items={"washer": 1})
    assert caught.value.other.id == first.id
    assert caught.value.other.lines


@pytest.mark.parametrize("same", ["phone", "address"])
def test_of_many_forms_for_the_same_at_once_one_is_booked(both, wish, now, at_once, same):
    def one(number):
        others = {"phone": f"1390013{number:04d}", "address": f"{number}栋"}
        others.pop(same)
        request = wish(items={"paper": 2}, different=False, **others)
        return lambda: book(both, request, f"at-once-{number}", now)

    found = at_once(*map(one, range(12)))
    (made,) = (f for f in found if isinstance(f, Booking))
    refused = [f for f in found if f is not made]
    assert {type(f) for f in refused} == {DuplicateError}, found
    assert {f.other.reference for f in refused} == {made.reference}
    assert all(f.other.lines for f in refused)


# -- more than one can want --------------------------------------------------------------------------------------------


def many(desk, wish, now, day, count, channel="web"):
    made = []
    for number in range(count):
        request = wish(items={"paper": 1}, phone="13800138000", lift=True, day=day + timedelta(days=number % 10))
        made.append(book(desk, request, f"many-{channel}-{number}", now, channel))
    return made


def test_a_number_may_have_eight_open(both, wish, bring, now, day):
    made = many(both, wish, now, day, 8)
    with pytest.raises(ConflictError) as caught:
        many(both, wish, now, day, 9)
    assert [(f.code, f.where) for f in caught.value.faults] == [("too-many-open", "phone")]
    bring(both, made[0], "cancelled", now)
    assert len(many(both, wish, now, day, 9)) == 9


def test_many_at_once_have_no_more_than_eight(both, wish, now, day, at_once):
    many(both, wish, now, day, 5)

    def one(number):
        request = wish(items={"paper": 1}, phone="13800138000", lift=True, day=day + timedelta(days=number % 10))
        return lambda: book(both, request, f"at-once-{number}", now)

    found = at_once(*map(one, range(12)))
    assert sum(isinstance(f, Booking) for f in found) == 3, found


def test_shops_and_contracts_may_have_more(desk, wish, now, day):
    assert len(many(desk, wish, now, day, 12, "import")) == 12
