"""The price is refused at the door: free of charge, no visit in vain, told once, and nothing is handed over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import audit, counter
from recycling.accounts.actors import Actor, Role
from recycling.booking import life, rebook
from recycling.booking.no_shows import no_shows
from recycling.counter import AgreedThing, Weighing, refuse, weigh_in
from recycling.errors import BadRequestError, ConflictError, ForbiddenError
from recycling.ledger.trial import trial
from recycling.models import LedgerEntry, Message, Purchase, Seller
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms

from .conftest import CLERK, CREW, fresh, history, local, one_step, traces, visits

SCALE = Actor("person", "scale-1", Role.CENTRE, every_depot=True)
WHY = "价格比说好的低"


@pytest.fixture
def terms(catalogue):
    return load_terms(catalogue)


@pytest.fixture
def at(day, desk):
    """08:30, in the window from 08:00 to 10:00."""
    return local(desk, day, "08:30")


@pytest.fixture
def weighs(day):
    """Return a function that makes what stands on the scale for a booking, changed where the test says."""

    def make(booking, **changes):
        sound = {"reference": booking.reference, "protest": WHY, "lines": (WeighedLine("paper", 5000),)}
        return Weighing(**{"phone": "", "pay_in": "yuan", "day": day, **sound, **changes})

    return make


def told(desk, change):
    with desk.database.read() as session:
        return session.scalars(select(Message).where(Message.change == change)).all()


def nothing_bought(desk):
    with desk.database.read() as session:
        assert trial(session).sound
        return not any(session.scalars(select(kind)).first() for kind in (Purchase, LedgerEntry, Seller))


@pytest.mark.parametrize("state", ["planned", "on_the_way"])
def test_a_refusal_ends_the_visit_free_of_charge_with_both_figures_and_the_reason(
    desk, taken, bring, now, at, weighs, terms, state
):
    booking = bring(desk, taken(desk), state, now)
    done = refuse(desk, terms, weighs(booking), SCALE, at)
    assert (done.state, done.reason) == ("failed", life.REFUSED)
    assert nothing_bought(desk)
    assert [m.figures["reason"] for m in told(desk, "failed")] == [life.REFUSED]
    with desk.database.read() as session:
        kept = counter.refusal_of(session, done)
        (event,) = audit.events(session, "refusal", booking.id)
        assert no_shows(session, booking.phone) == 0
    low, high = counter.promised(booking)
    assert kept == {"offered": {"pay_in": "yuan", "total": 300, "grams": 5000}, "promised": [low, high], "why": WHY}
    assert (event.actor_id, event.at, low < high) == (SCALE.id, at, True)
    assert history(desk, booking)[-1].action == "booking.failed"


def test_a_refusal_sent_twice_is_one(desk, taken, bring, now, at, weighs, terms):
    booking = bring(desk, taken(desk), "planned", now)
    refuse(desk, terms, weighs(booking), SCALE, at)
    before = traces(desk)
    again = refuse(desk, terms, weighs(booking, reference=booking.reference.lower()), SCALE, at + timedelta(minutes=1))
    assert again.state == "failed"
    assert traces(desk) == before


def test_nothing_need_have_been_weighed(desk, taken, bring, now, at, weighs, terms):
    booking = bring(desk, taken(desk), "planned", now)
    done = refuse(desk, terms, weighs(booking, lines=()), SCALE, at)
    with desk.database.read() as session:
        assert counter.refusal_of(session, done)["offered"] == {}


def test_what_was_refused_can_be_booked_anew(desk, taken, bring, now, at, weighs, terms, day):
    booking = bring(desk, taken(desk), "planned", now)
    refuse(desk, terms, weighs(booking), SCALE, at)
    again = rebook(
        desk, fresh(desk, booking), day + timedelta(days=2), "13:00-15:00", "a-new-visit", CLERK, at
    )  # fmt: skip
    assert (again.follows, again.state) == (booking.id, "booked")


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"protest": " \u200b "}, "no-reason", "protest"),
        ({"reference": " "}, "no-booking", "reference"),
        ({"reference": "NOSUCHXX"}, "no-booking", "reference"),
        ({"lines": (WeighedLine("gold", 5000),)}, "no-rate", "line-0"),
        ({"things": (AgreedThing("fridge", 0),)}, "bad-pieces", "agreed-0"),
    ],
)
def test_what_is_entered_must_be_sound(desk, taken, bring, now, at, weighs, terms, changes, code, where):
    booking = bring(desk, taken(desk), "planned", now)
    before = traces(desk)
    with pytest.raises(BadRequestError) as caught:
        refuse(desk, terms, weighs(booking, **changes), SCALE, at)
    assert (caught.value.faults[0].code, caught.value.faults[0].where) == (code, where)
    assert traces(desk) == before


@pytest.mark.parametrize("state", ["booked", "collected", "settled", "failed", "cancelled"])
def test_nobody_refuses_what_was_not_at_the_door_or_is_done(desk, taken, bring, now, at, weighs, terms, state):
    booking = bring(desk, taken(desk), state, now)
    before = traces(desk)
    with pytest.raises(ConflictError) as caught:
        refuse(desk, terms, weighs(booking), SCALE, at)
    assert caught.value.faults[0].code == "not-at-the-door"
    assert traces(desk) == before


def test_nobody_refuses_before_the_window(desk, taken, bring, now, day, weighs, terms):
    booking = bring(desk, taken(desk), "planned", now)
    with pytest.raises(ConflictError):
        refuse(desk, terms, weighs(booking, day=day - timedelta(days=1)), SCALE, local(desk, day, "07:59"))
    assert fresh(desk, booking).state == "planned"


def test_what_was_refused_is_not_bought_and_what_was_bought_not_refused(desk, taken, bring, now, at, weighs, terms):
    first, second = (bring(desk, taken(desk), "planned", now) for _ in range(2))
    refuse(desk, terms, weighs(first), SCALE, at)
    with pytest.raises(ConflictError):
        weigh_in(desk, terms, weighs(first, protest=""), SCALE, "a-form-of-it", at)
    assert nothing_bought(desk)
    weigh_in(desk, terms, weighs(second, protest=""), SCALE, "another-form", at)
    with pytest.raises(ConflictError):
        refuse(desk, terms, weighs(second), SCALE, at)
    assert fresh(desk, second).state == "settled"


def test_of_two_visits_only_the_refused_one_ends(desk, taken, bring, now, at, weighs, terms):
    booking = bring(desk, taken(desk, items={"fridge": 20}), "planned", now)
    head, leg = visits(desk, booking)
    for _ in range(2):
        refuse(desk, terms, weighs(leg), SCALE, at)
    assert [m.figures["reference"] for m in told(desk, "failed")] == [leg.reference]
    assert [visit.state for visit in visits(desk, booking)] == ["planned", "failed"]
    weigh_in(desk, terms, weighs(head, protest=""), SCALE, "a-form-of-it", at)
    assert [visit.state for visit in visits(desk, booking)] == ["settled", "failed"]


def test_whoever_may_not_weigh_may_not_refuse(desk, taken, bring, now, at, weighs, terms):
    booking = bring(desk, taken(desk), "planned", now)
    for actor in (CREW, Actor("person", "c", Role.CENTRE, frozenset({"DEP-02"}))):
        with pytest.raises(ForbiddenError):
            refuse(desk, terms, weighs(booking), actor, at)
    assert fresh(desk, booking).state == "planned"


def test_a_purchase_and_a_refusal_at_once_leave_one_of_them(both, taken, bring, now, day, weighs, terms, at_once):
    at = local(both, day, "08:30")
    booking = bring(both, taken(both), "planned", now)
    results = at_once(
        lambda: refuse(both, terms, weighs(booking), SCALE, at),
        lambda: weigh_in(both, terms, weighs(booking, protest=""), SCALE, "a-form-of-it", at),
    )
    assert sum(isinstance(one, ConflictError) for one in results) == 1, results
    with both.database.read() as session:
        assert trial(session).sound
        bought = session.scalars(select(Purchase)).all()
    assert (fresh(both, booking).state, len(bought)) in {("failed", 0), ("settled", 1)}


def test_the_share_of_refusals_is_counted(desk, taken, bring, now, at, weighs, terms, day):
    made = [bring(desk, taken(desk), "planned", now) for _ in range(4)]
    refuse(desk, terms, weighs(made[0]), SCALE, at)
    weigh_in(desk, terms, weighs(made[1], protest=""), SCALE, "a-form-of-it", at)
    with desk.database.write() as session:
        one_step(session, life.visits_of(session, made[2])[0], "failed", at)  # for another reason
    boss = Actor("person", "m", Role.MANAGER)
    with desk.database.read() as session:
        found = counter.door_figures(session, boss, day, day)
        assert (found.accepted, found.refused, found.refused_share) == (1, 1, 0.5)
        before = counter.door_figures(session, boss, day - timedelta(days=9), day - timedelta(days=1))
        assert (before.accepted, before.refused, before.refused_share) == (0, 0, 0)
        elsewhere = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-02"}))
        assert counter.door_figures(session, elsewhere, day, day).accepted == 0
        assert counter.door_figures(session, boss, day, day, "DEP-02").refused == 0
