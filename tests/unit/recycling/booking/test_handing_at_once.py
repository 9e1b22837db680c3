"""Two who hand over, accept or end the same booking at once: one truth is left, and the last place is given once."""

import pytest
from partner_desk import (
    COMPANY,
    DISPATCHER,
    offered,
    step,
    the_handover,
    with_partners,
)  # fmt: skip
from sqlalchemy.exc import IntegrityError

from recycling import handing
from recycling.booking import cancel
from recycling.booking.capacity import rooms
from recycling.errors import ConflictError
from recycling.models import Handover

from .conftest import RESIDENT, fresh


def taken_seconds(desk, booking):
    with desk.database.read() as session:
        found = rooms(session, desk, booking.depot_code, [booking.service_day])
    return found[booking.service_day, booking.window, 1].taken


def test_two_dispatchers_hand_it_over_at_once_and_one_does(ours, now, at_once):
    desk, booking = ours
    answers = at_once(
        *(
            lambda n=n, p=p: offered(desk, booking, now, f"an-offer-{n}", p)
            for n, p in enumerate(("scrap", "other") * 2)
        )
    )
    made = [answer for answer in answers if isinstance(answer, Handover)]
    refused = [answer.faults[0].code for answer in answers if isinstance(answer, ConflictError)]
    assert (len(made), refused) == (1, ["handed-already"] * 3)
    assert fresh(desk, booking).partner == made[0].partner


def test_the_same_form_sent_at_once_is_one_offer(ours, now, at_once):
    desk, booking = ours
    answers = at_once(*[lambda: offered(desk, booking, now)] * 4)
    assert len({answer.id for answer in answers}) == 1


def test_the_database_itself_keeps_two_from_having_it(ours, now):
    """The belt: without the guard of `offer`, the unique index refuses the second."""
    desk, booking = ours
    made = offered(desk, booking, now)
    twin = {c.key: getattr(made, c.key) for c in Handover.__table__.columns if c.key not in ("id", "idempotency_key")}
    with pytest.raises(IntegrityError), desk.database.write() as session:
        session.add(Handover(idempotency_key="another-offer", **twin))


@pytest.mark.parametrize("other", ["lapse", "withdraw", "cancel"])
def test_accepting_and_something_else_at_once_leave_one_truth(ours, now, at_once, other):
    desk, booking = ours
    made, partner, seen = offered(desk, booking, now), desk.settings.partners.find("scrap"), fresh(desk, booking)
    against = {
        "lapse": lambda: handing.lapse_due(desk, made.answer_by),
        "withdraw": lambda: step(desk, handing.withdraw, desk, made.id, "no", DISPATCHER, now),
        "cancel": lambda: cancel(desk, seen, "away", RESIDENT, now),
    }
    at_once(lambda: step(desk, handing.accept, desk, partner, made.id, COMPANY, now), against[other])
    state, after = the_handover(desk, made).state, fresh(desk, booking)
    assert (after.partner == "scrap") is (state == "accepted")
    assert (taken_seconds(desk, after) > 0) is (state != "accepted" and after.state == "booked")


def test_the_last_place_of_a_partners_day_is_given_once(both, taken, now, at_once):
    with_partners(both, most_a_day=1)
    made = [taken(both) for _ in range(3)]
    answers = at_once(*(lambda n=n, b=b: offered(both, b, now, f"an-offer-{n}") for n, b in enumerate(made)))
    assert sorted(type(answer).__name__ for answer in answers) == ["BadRequestError", "BadRequestError", "Handover"]
