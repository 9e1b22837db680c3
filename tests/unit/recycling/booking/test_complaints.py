"""Complaints: who may open one and when, one open of a kind, answered once and told once, and what proves it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from recycling import audit, complaints, counter
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.accounts.rights import link_to
from recycling.booking import life, report_missed
from recycling.booking.finding import booking_by_token
from recycling.counter import Weighing, weigh_in
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, SignInNeededError
from recycling.models import Booking, BookingLine, Complaint, Message
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms
from recycling.settings import load_settings

from .conftest import CREW, fresh, local, visits

DESK = Actor("person", "clerk-1", Role.CLERK, every_depot=True)
SCALE = Actor("person", "scale-1", Role.CENTRE, every_depot=True)
KEY = "complaint-of-a-form"


@pytest.fixture
def at(day, desk):
    """The afternoon of the visit's day."""
    return local(desk, day, "16:00")


@pytest.fixture
def weighed(day, catalogue):
    """Return a function that buys paper of a planned booking, under protest if one is given."""
    terms = load_terms(catalogue)

    def make(desk, visit, protest="", key="a-form-of-the-scale"):
        lines, moment = (WeighedLine("paper", 4000),), local(desk, day, "09:00")
        weighing = Weighing("", visit.reference, lines, "yuan", day, protest=protest)
        return weigh_in(desk, terms, weighing, SCALE, key, moment).purchase

    return make


def by_link(desk, booking, kind, text, at, key=KEY):
    return complaints.complain(desk, booking, kind, text, key, link_to(booking), at)


def all_of(desk, booking):
    with desk.database.read() as session:
        return complaints.about(session, booking.id)


def log_of(desk, complaint):
    with desk.database.read() as session:
        return [(e.action, e.before, e.after) for e in audit.events(session, "complaint", complaint.id)]


def told(desk):
    with desk.database.read() as session:
        return session.scalars(select(Message).where(Message.change == "complaint_answered")).all()


def test_a_resident_complains_by_the_link_and_is_answered_once(both, taken, bring, now, day):
    at = local(both, day, "16:00")
    booking = bring(both, taken(both), "collected", now)
    made = by_link(both, booking, "behaviour", "  把楼道 弄脏了\n", at)
    assert (made.kind, made.text, made.opened_by, made.opened_person, made.state) == (
        "behaviour", "把楼道 弄脏了", "resident", "", "open",
    )  # fmt: skip
    done = complaints.answer(both, made.id, "今天派人打扫", DESK, at)
    assert (done.state, done.answer, done.answered_by, done.answered_at) == ("answered", "今天派人打扫", DESK.id, at)
    (message,) = told(both)
    assert (message.phone, message.link) == (booking.phone, f"/b/{booking.token}")
    complaints.answer(both, made.id, "今天派人打扫", DESK, at + timedelta(hours=1))
    assert len(told(both)) == 1
    with pytest.raises(ConflictError):
        complaints.answer(both, made.id, "另一个答复", DESK, at)
    assert [one.answer for one in all_of(both, booking)] == ["今天派人打扫"]
    kind = {"kind": "behaviour"}
    assert log_of(both, made) == [
        ("complaint.opened", None, {**kind, "state": "open"}),
        ("complaint.answered", {**kind, "state": "open"}, {**kind, "state": "answered"}),
    ]


def test_what_is_said_again_is_added_to_the_open_one(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "collected", now)
    first = by_link(desk, booking, "late", "迟到", at)
    by_link(desk, booking, "late", "迟到", at, "the-form-sent-again")
    by_link(desk, booking, "late", "等了两个小时", at, "another-form-of-it")
    by_link(desk, booking, "other", "车堵了门", at, "a-third-form")
    found = all_of(desk, booking)
    assert sorted((one.kind, one.text) for one in found) == [("late", "迟到\n等了两个小时"), ("other", "车堵了门")]
    assert [action for action, _, _ in log_of(desk, first)] == ["complaint.opened", "complaint.added"]
    complaints.answer(desk, first.id, "对不起", DESK, at)
    assert by_link(desk, booking, "late", "迟到", at).id == first.id, "the key of the first form is that complaint"
    assert by_link(desk, booking, "late", "又迟到", at, "a-new-form-of-it").id != first.id


def test_the_database_itself_keeps_one_open_complaint_of_a_kind(both, taken, bring, now, day):
    at = local(both, day, "16:00")
    booking = bring(both, taken(both), "collected", now)
    by_link(both, booking, "late", "迟到", at)
    row = {"booking_id": booking.id, "kind": "late", "text": "x", "opened_by": "resident", "opened_at": at}
    with pytest.raises(IntegrityError), both.database.write() as session:
        session.add(Complaint(idempotency_key="past-the-guard", **row))


def test_many_at_once_make_one_complaint(both, taken, bring, now, day, at_once):
    at = local(both, day, "16:00")
    booking = bring(both, taken(both), "collected", now)
    calls = [lambda n=n: by_link(both, booking, "late", f"迟到 {n % 2}", at, f"the-form-{n}") for n in range(6)]
    results = at_once(*calls)
    assert not [one for one in results if isinstance(one, Exception)], results
    (found,) = all_of(both, booking)
    assert sorted(found.text.split("\n")) == ["迟到 0", "迟到 1"]


@pytest.mark.parametrize(
    ("kind", "text", "key", "code"),
    [
        ("late", " \u200b\n", KEY, "no-complaint"),
        ("late", "x" * 501, KEY, "too-long"),
        ("refund", "x", KEY, "no-kind"),
        ("", "x", KEY, "no-kind"),
        ("late", "x", "short", "bad-key"),
    ],
)
def test_what_is_no_complaint_is_refused(desk, taken, bring, now, at, kind, text, key, code):
    booking = bring(desk, taken(desk), "collected", now)
    with pytest.raises(BadRequestError) as caught:
        by_link(desk, booking, kind, text, at, key)
    assert caught.value.faults[0].code == code
    assert all_of(desk, booking) == []


def test_somebody_who_never_ends_is_asked_to_wait(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "collected", now)
    for number in range(8):
        by_link(desk, booking, "late", f"{number} {'x' * 490}", at, f"the-form-{number}")
    with pytest.raises(BadRequestError) as caught:
        by_link(desk, booking, "late", "x" * 100, at, "one-form-more")
    assert caught.value.faults[0].code == "complaint-full"
    assert len(all_of(desk, booking)[0].text) <= 4000


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("booked", {"late", "behaviour", "other"}),
        ("planned", {"late", "behaviour", "other"}),
        ("collected", {"price", "late", "behaviour", "other"}),
        ("settled", {"price", "late", "behaviour", "other"}),
        ("failed", {"missed", "late", "behaviour", "other"}),
        ("cancelled", {"late", "behaviour", "other"}),
    ],
)
def test_what_can_be_complained_of_depends_on_the_visit(desk, taken, bring, now, at, state, kinds):
    booking = bring(desk, taken(desk), state, now)
    assert set(complaints.kinds_of(desk, visits(desk, booking), at)) == kinds


def test_a_visit_that_nobody_made_is_reported_first_and_complained_of_later(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "planned", now)
    assert "missed" not in complaints.kinds_of(desk, visits(desk, booking), at)
    late = at + timedelta(days=6)
    assert "missed" in complaints.kinds_of(desk, visits(desk, booking), late)
    assert by_link(desk, booking, "missed", "没人来", late).kind == "missed"


@pytest.mark.parametrize(("days", "hours", "may"), [(0, -3, False), (0, 2, True), (13, 23, True), (14, 1, False)])
def test_a_resident_may_from_the_visit_on_for_so_long_and_the_counter_always(
    desk, taken, bring, now, day, days, hours, may
):
    """The window is 08:00 to 10:00, and complaints are open for 14 days after it."""
    booking = bring(desk, taken(desk), "planned", now)
    at = local(desk, day, "10:00") + timedelta(days=days, hours=hours)
    assert complaints.resident_may(desk, booking, at) is may
    if may:
        assert by_link(desk, booking, "other", "x", at).opened_by == "resident"
    else:
        with pytest.raises(ConflictError) as caught:
            by_link(desk, booking, "other", "x", at)
        assert caught.value.faults[0].code == "complaint-time"
    called = complaints.complain(desk, booking, "late", "x", "a-form-at-the-desk", DESK, at)
    assert (called.opened_by, called.opened_person) == ("clerk", DESK.id)


def test_where_residents_never_complain_by_themselves_the_counter_takes_it_down(desk, taken, bring, now, at, day):
    closed = replace(desk, settings=load_settings(complaints={"open_until": "never"}))
    booking = bring(desk, taken(desk), "collected", now)
    for moment in (local(desk, day, "09:00"), at):
        with pytest.raises(ConflictError) as caught:
            by_link(closed, booking, "late", "x", moment)
        assert "telephone" in str(caught.value.faults[0])
    assert complaints.complain(closed, booking, "late", "x", KEY, DESK, at).state == "open"


def test_only_who_may_opens_sees_and_answers(desk, taken, bring, now, at):
    booking, other = (bring(desk, taken(desk), "collected", now) for _ in range(2))
    elsewhere = Actor("person", "c", Role.CLERK, frozenset({"DEP-02"}))
    manager = Actor("person", "m", Role.MANAGER)
    for actor in (link_to(other), elsewhere, manager, CREW):
        with pytest.raises(ForbiddenError):
            complaints.complain(desk, booking, "late", "x", KEY, actor, at)
    with pytest.raises(SignInNeededError):
        complaints.complain(desk, booking, "late", "x", KEY, ANONYMOUS, at)
    made = by_link(desk, booking, "late", "x", at)
    for actor in (link_to(booking), elsewhere, manager, CREW):
        with pytest.raises(ForbiddenError):
            complaints.answer(desk, made.id, "y", actor, at)
    with desk.database.read() as session:
        assert complaints.the_complaint(session, manager, made.id)[1].id == booking.id
        assert complaints.all_open(session, elsewhere) == []
        assert (complaints.count_open(session, elsewhere), complaints.count_open(session, DESK)) == (0, 1)
        for actor in (elsewhere, link_to(booking), CREW):
            with pytest.raises(ForbiddenError):
                complaints.the_complaint(session, actor, made.id)
        with pytest.raises(NotFoundError):
            complaints.the_complaint(session, DESK, booking.id)
    assert [one.state for one in all_of(desk, booking)] == ["open"]


@pytest.mark.parametrize(("text", "code"), [(" ", "no-answer"), ("x" * 501, "too-long")])
def test_what_is_no_answer_is_refused_and_nobody_is_told(desk, taken, bring, now, at, text, code):
    made = by_link(desk, bring(desk, taken(desk), "collected", now), "late", "x", at)
    with pytest.raises(BadRequestError) as caught:
        complaints.answer(desk, made.id, text, DESK, at)
    assert caught.value.faults[0].code == code
    assert told(desk) == []


def test_two_answers_at_once_are_one(both, taken, bring, now, day, at_once):
    at = local(both, day, "16:00")
    made = by_link(both, bring(both, taken(both), "collected", now), "late", "x", at)
    results = at_once(*(lambda n=n: complaints.answer(both, made.id, f"answer {n}", DESK, at) for n in range(4)))
    assert sum(isinstance(one, ConflictError) for one in results) == 3, results
    assert len(told(both)) == 1


def test_each_complaint_of_a_booking_is_told_when_it_is_answered(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "collected", now)
    made = [by_link(desk, booking, kind, "x", at, f"a-form-{kind}") for kind in ("late", "other")]
    for one in made:
        complaints.answer(desk, one.id, "y", DESK, at)
    assert [m.figures["complaint"] for m in told(desk)] == [str(one.id) for one in made]
    assert {m.state for m in told(desk)} == {"waiting"}


# -- the price ---------------------------------------------------------------------------------------------------------


def test_a_price_accepted_under_protest_stands_and_opens_a_complaint(desk, taken, bring, now, weighed):
    booking = bring(desk, taken(desk), "planned", now)
    bought = weighed(desk, booking, "称重太轻")
    assert fresh(desk, booking).state == "settled"
    (found,) = all_of(desk, booking)
    assert (found.kind, found.text, found.opened_by, found.opened_person) == ("price", "称重太轻", "crew", SCALE.id)
    assert found.purchase_id == bought.id
    assert weighed(desk, booking, "称重太轻").id == bought.id
    assert len(all_of(desk, booking)) == 1


@pytest.mark.parametrize("protest", ["", "  ", "\u200b"])
def test_without_a_protest_there_is_no_complaint(desk, taken, bring, now, weighed, protest):
    booking = bring(desk, taken(desk), "planned", now)
    weighed(desk, booking, protest)
    assert all_of(desk, booking) == []


def test_a_protest_about_the_second_vehicle_joins_the_first(desk, taken, bring, now, weighed):
    booking = bring(desk, taken(desk, items={"fridge": 20}), "planned", now)
    for number, visit in enumerate(visits(desk, booking)):
        weighed(desk, visit, f"太轻 {number}", f"a-form-of-the-scale-{number}")
    (found,) = all_of(desk, booking)
    assert found.text == "太轻 0\n太轻 1"


def test_the_proof_stands_beside_it(desk, taken, bring, now, weighed, at, settings):
    booking = bring(desk, taken(desk), "planned", now)
    bought = weighed(desk, booking, "称重太轻")
    with desk.database.read() as session:
        proof = counter.proof_of(session, settings, booking)
    assert proof.promised == [counter.promised(booking)]
    assert [(one.purchase.id, one.replaced) for one in proof.bought] == [(bought.id, False)]
    assert [step.action.partition(".")[2] for step in proof.steps] == ["made", "planned", "collected", "settled"]
    assert [message.change for message, _ in proof.told] == ["booked", "planned_window", "collected", "settled"]
    texts = " ".join(text for _, text in proof.told)
    assert "2.40" in texts
    assert booking.token not in texts


# -- lists -------------------------------------------------------------------------------------------------------------


def test_open_complaints_are_listed_the_oldest_first(desk, taken, bring, now, at):
    made = [bring(desk, taken(desk), "collected", now) for _ in range(3)]
    for hours, booking in zip((3, 1, 2), made, strict=True):
        by_link(desk, booking, "late", "x", at + timedelta(hours=hours), f"the-form-{hours}")
    with desk.database.read() as session:
        found = complaints.all_open(session, DESK)
        assert [about.id for _, about in found] == [made[1].id, made[2].id, made[0].id]
        assert complaints.all_open(session, DESK, "DEP-02") == []
    complaints.answer(desk, found[0][0].id, "y", DESK, at)
    with desk.database.read() as session:
        assert len(complaints.all_open(session, DESK)) == complaints.count_open(session, DESK) == 2


def test_a_visit_reported_as_missed_stands_beside_them_with_what_makes_it_good(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk), "planned", now)
    again = report_missed(desk, booking, link_to(booking), at)
    with desk.database.read() as session:
        ((one, made),) = complaints.missed_reports(session, DESK, at - timedelta(days=1))
        assert (one.id, made.id) == (booking.id, again.id)
        assert complaints.missed_reports(session, DESK, at + timedelta(hours=1)) == []
        elsewhere = Actor("person", "c", Role.CLERK, frozenset({"DEP-02"}))
        assert complaints.missed_reports(session, elsewhere, at - timedelta(days=1)) == []
        with pytest.raises(ForbiddenError):
            complaints.missed_reports(session, CREW, at)


def test_a_complaint_goes_with_its_booking(record, office, taken, now):
    office = office(record)
    booking = taken(office)
    complaints.complain(office, booking, "other", "x", KEY, DESK, now)
    with record.write() as session:
        session.execute(delete(BookingLine).where(BookingLine.booking_id == booking.id))
        session.execute(delete(Booking).where(Booking.id == booking.id))
    with record.read() as session:
        assert session.scalars(select(Complaint)).all() == []


def test_the_second_visit_s_complaint_is_the_booking_s(desk, taken, bring, now, at):
    booking = bring(desk, taken(desk, items={"fridge": 20}), "collected", now)
    with desk.database.read() as session:
        leg = life.visits_of(session, booking, lock=False)[1]
        assert booking_by_token(session, desk, booking.token, at).id == booking.id
    made = complaints.complain(desk, leg, "late", "x", KEY, DESK, at)
    assert made.booking_id == booking.id
