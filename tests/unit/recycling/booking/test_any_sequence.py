"""Whatever residents, staff, plans, crews and the scale do, in any order: windows, log and ledger stay honest."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from judges.slots import faults_of, forget
from sqlalchemy import select
from trial_counts import so_many

from recycling import complaints
from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import link_to
from recycling.booking import (
    Window,
    accept,
    amend,
    book,
    cancel,
    change,
    keep,
    let_go,
    life,
    move,
    need_of,
    offer_what_is_free,
    rebook,
    recount,
    renew,
    report_missed,
    wait,
    wish_of,
    withdraw,
)
from recycling.booking.checks import checked
from recycling.booking.offers import seconds_of
from recycling.counter import Weighing, refuse, weigh_in
from recycling.errors import DomainError
from recycling.fleet import DepotFleet, Fleet
from recycling.ledger.trial import trial
from recycling.models import Booking, Complaint, Message, Purchase, Waiting
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms

from .conftest import CLERK, CREW, RESIDENT, one_step

ITEMS = st.sampled_from([{"paper": 2}, {"fridge": 1}, {"fridge": 2, "paper": 9}, {"washer": 5}, {"fridge": 20}])
SPANS = st.sampled_from(["08:00-10:00", "10:00-12:00", "13:00-15:00"])
DAYS = st.integers(0, 3)
ACTORS = st.sampled_from([RESIDENT, CLERK])
WHICH = st.integers(0, 10_000)
STEPS = st.sampled_from(["planned", "on_the_way", "collected", "failed", "not failed", "settled", "unplanned"])
SCALE = Actor("person", "scale-1", Role.CLERK, every_depot=True)
PAY_IN = st.sampled_from(["points", "yuan"])
WORDS = st.sampled_from(["", "", "too light", "too cheap"])
KINDS = st.sampled_from(["price", "missed", "late", "behaviour", "other"])
FORMS = st.sampled_from(["the-form-1", "the-form-2", "the-form-3"])


SEEN = ("done", "refused", "weighed", "price refused")


def machine(desk, wish, start, seen):
    """The class of the machine, on one record that each example finds empty."""

    class AnySequence(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            forget(desk.database)
            self.at, self.count, self.desk = start, 0, desk
            self.terms = load_terms(desk.catalogue)

        def attempt(self, call):
            """Do it; what is refused is refused as a fault of the rules and nothing else."""
            try:
                call()
                seen["done"] += 1
            except DomainError:
                seen["refused"] += 1

        def one(self, which, *states):
            with desk.database.read() as session:
                query = select(Booking).order_by(Booking.created_at, Booking.idempotency_key)
                found = session.scalars(query.where(Booking.state.in_(states)) if states else query).all()
                return life.visits_of(session, found[which % len(found)], lock=False)[0] if found else None

        def on_one(self, which, change, *states):
            booking = self.one(which, *states)
            if booking is not None:
                self.attempt(lambda: change(booking))

        def wanted(self, items, days, span):
            self.count += 1
            day = desk.clock.today(self.at) + timedelta(days=1 + days)
            phone = f"138{self.count % 3:08d}"
            return wish(items=items, day=day, window=span, phone=phone, lon=107.471 + self.count % 7 * 0.003, lat=31.21)

        @rule(items=ITEMS, days=DAYS, span=SPANS, form=st.none() | FORMS)
        def book_a_visit(self, items, days, span, form):
            wanted = self.wanted(items, days, span)
            self.attempt(lambda: book(self.desk, wanted, form or f"a-booking-{self.count}", self.at))

        @rule(items=ITEMS, days=DAYS, span=SPANS, form=FORMS)
        def keep_a_window(self, items, days, span, form):
            def kept():
                with desk.database.read() as session:
                    draft = checked(session, self.desk, self.wanted(items, days, span), self.at)
                    need, window = need_of(self.desk, draft), Window(draft.depot_code, draft.service_day, draft.window)
                    seconds = seconds_of(session, self.desk, need, window, form)
                with desk.database.write() as session:
                    keep(session, self.desk, form, need, window, seconds, self.at)

            self.attempt(kept)

        @rule(form=FORMS, leave=st.booleans())
        def renew_or_leave(self, form, leave):
            def turned():
                with desk.database.write() as session:
                    if leave:
                        let_go(session, form)
                    else:
                        renew(session, self.desk, form, self.at)

            self.attempt(turned)

        @rule(which=WHICH, days=DAYS, span=SPANS, actor=ACTORS, form=st.just("") | FORMS, different=st.booleans())
        def move_one(self, which, days, span, actor, form, different):
            day = desk.clock.today(self.at) + timedelta(days=1 + days)
            self.on_one(which, lambda b: move(self.desk, b, day, span, actor, self.at, form, different=different))

        @rule(which=WHICH, items=ITEMS, actor=ACTORS, different=st.booleans())
        def amend_one(self, which, items, actor, different):
            self.on_one(
                which,
                lambda b: amend(self.desk, b, replace(wish_of(b), items=items, different=different), actor, self.at),
                "booked",
                "planned",
            )

        @rule(which=WHICH, items=ITEMS, days=DAYS, span=SPANS, actor=ACTORS)
        def change_one(self, which, items, days, span, actor):
            day = desk.clock.today(self.at) + timedelta(days=1 + days)
            self.on_one(
                which,
                lambda b: change(
                    self.desk, b, replace(wish_of(b, day, span), items=items, different=True), actor, self.at
                ),
                "booked",
                "planned",
            )

        @rule(which=WHICH, actor=ACTORS)
        def cancel_one(self, which, actor):
            self.on_one(which, lambda b: cancel(self.desk, b, "away", actor, self.at))

        @rule(which=WHICH, step=STEPS)
        def crew_or_plan(self, which, step):
            def stepped(booking):
                with desk.database.write() as session:
                    for visit in life.visits_of(session, booking):
                        if step == "unplanned":
                            life.unplanned(session, visit, self.at)
                        elif step == "not failed":
                            if visit.state == "failed":
                                life.not_failed(session, visit, "planned", CREW, self.at)
                        else:
                            one_step(session, visit, step, self.at)

            self.on_one(which, stepped)

        @rule(which=WHICH)
        def one_leg_is_collected(self, which):
            def stepped(booking):
                with desk.database.write() as session:
                    one_step(session, life.visits_of(session, booking)[-1], "collected", self.at)

            self.on_one(which, stepped)

        @rule(
            which=WHICH, collect=st.booleans(), grams=st.integers(1, 30_000), pay_in=PAY_IN, again=st.booleans(),
            protest=WORDS,
        )  # fmt: skip
        def weigh(self, which, collect, grams, pay_in, again, protest=""):
            self.count += 1

            def weighed(booking):
                with desk.database.write() as session:
                    visits = life.visits_of(session, booking)
                    visit = visits[which % len(visits)]
                    reference = visit.reference
                    if collect and visit.state in ("booked", "planned", "on_the_way"):
                        one_step(session, visit, "collected", self.at)
                key = f"weighed-{reference}" + ("" if again else f"-{self.count}")
                lines, today = (WeighedLine("metal", grams),), desk.clock.today(self.at)
                weigh_in(
                    desk, self.terms, Weighing("", reference, lines, pay_in, today, "", protest), SCALE, key, self.at
                )
                seen["weighed"] += 1

            self.on_one(which, weighed)

        @rule(which=WHICH, why=WORDS)
        def refuse_the_price(self, which, why):
            def refused(booking):
                with desk.database.read() as session:
                    visits = life.visits_of(session, booking, lock=False)
                today = desk.clock.today(self.at)
                lines, reference = (WeighedLine("metal", 5000),), visits[which % len(visits)].reference
                refuse(desk, self.terms, Weighing("", reference, lines, "yuan", today, "", why), SCALE, self.at)
                seen["price refused"] += 1

            self.on_one(which, refused)

        @rule(which=WHICH, kind=KINDS, text=WORDS, by_link=st.booleans())
        def complain_of_one(self, which, kind, text, by_link):
            self.count += 1
            key = f"complaint-{self.count}"

            def complained(booking):
                actor = link_to(booking) if by_link else SCALE
                complaints.complain(self.desk, booking, kind, text, key, actor, self.at)

            self.on_one(which, complained)

        @rule(which=WHICH, text=WORDS)
        def answer_a_complaint(self, which, text):
            with desk.database.read() as session:
                found = session.scalars(select(Complaint).order_by(Complaint.opened_at, Complaint.kind)).all()
            if found:
                one = found[which % len(found)].id
                self.attempt(lambda: complaints.answer(self.desk, one, text, SCALE, self.at))

        @rule(which=WHICH)
        def report(self, which):
            self.on_one(which, lambda b: report_missed(self.desk, b, RESIDENT, self.at))

        @rule(which=WHICH, days=DAYS, span=SPANS)
        def once_more(self, which, days, span):
            self.count += 1
            day = desk.clock.today(self.at) + timedelta(days=1 + days)
            key = f"once-more-{self.count}"
            self.on_one(which, lambda b: rebook(self.desk, b, day, span, key, CREW, self.at), "failed")

        @rule(items=ITEMS, days=DAYS)
        def stand_in_line(self, items, days):
            wanted = replace(self.wanted(items, days, "08:00-10:00"), day=None, window="")
            last = desk.clock.today(self.at) + timedelta(days=1 + days)
            self.attempt(lambda: wait(self.desk, wanted, last, f"a-place-{self.count}", self.at))

        @rule()
        def offer(self):
            self.attempt(lambda: offer_what_is_free(self.desk, self.at))

        @rule(which=WHICH, take=st.booleans())
        def answer_an_offer(self, which, take):
            with desk.database.read() as session:
                line = session.scalars(select(Waiting).order_by(Waiting.asked_at, Waiting.idempotency_key)).all()
            if line:
                token = line[which % len(line)].token
                self.attempt(lambda: (accept if take else withdraw)(self.desk, token, self.at))

        @rule(trucks=st.integers(1, 2), days=DAYS)
        def another_fleet(self, trucks, days):
            fleets = (
                DepotFleet(depot="DEP-01", type="box", plates=tuple(f"T-{n}" for n in range(trucks))),
                DepotFleet(depot="DEP-01", type="van", plates=("T-VAN",)),
            )
            self.desk = replace(desk, fleet=Fleet(types=desk.fleet.types, fleets=fleets[: 2 if trucks > 1 else 1]))
            with desk.database.write() as session:
                recount(session, self.desk, "DEP-01", desk.clock.today(self.at) + timedelta(days=1 + days))

        @rule(minutes=st.sampled_from([1, 9, 11, 119, 121, 600, 1440]))
        def time_passes(self, minutes):
            self.at += timedelta(minutes=minutes)

        @invariant()
        def all_is_honest(self):
            assert faults_of(desk.database) == []
            with desk.database.read() as session:
                books = trial(session)
                bought = sorted(session.scalars(select(Purchase.source)))
                settled = select(Booking.reference).where(Booking.state == "settled")
                ends = {f"booking:{reference}" for reference in session.scalars(settled)}
                refused = select(Booking.reference).where(Booking.reason == life.REFUSED)
                kept = {f"booking:{reference}" for reference in session.scalars(refused)}
                heads = {f"booking:{b.reference}": b.leg_of or b.id for b in session.scalars(select(Booking))}
                protests = session.execute(select(Purchase.source, Purchase.protest).where(Purchase.protest != ""))
                protested = {(heads[source], words) for source, words in protests}
                heard = session.scalars(select(Complaint)).all()
                answers = select(Message.figures).where(Message.change == "complaint_answered")
                told = [figures["complaint"] for figures in session.scalars(answers)]
            assert books.sound, books
            assert len(bought) == len(set(bought)), "bought twice for one booking"
            assert set(bought) <= ends, "bought for a booking that is not settled"
            assert not kept & set(bought), "bought for a visit whose price was refused"
            prices = {(one.booking_id, words) for one in heard if one.kind == "price" for words in one.text.split("\n")}
            assert protested <= prices, "a protest that nobody has to answer"
            answered = [str(one.id) for one in heard if one.state == "answered"]
            assert sorted(told) == sorted(answered), "each answer is told once"

    return AnySequence


@pytest.mark.full_count
def test_any_sequence_leaves_windows_states_log_and_ledger_honest(sqlite_record, office, wish, now):
    seen = dict.fromkeys(SEEN, 0)
    run_state_machine_as_test(
        machine(office(sqlite_record), wish, now, seen),
        settings=hypothesis_settings(
            max_examples=so_many(25), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert seen["done"] > seen["refused"] / 3 > 0, seen


def test_the_steps_reach_the_scale(sqlite_record, office, wish, now):
    """What is drawn at random may never weigh anything; this walk does, and what is judged is judged after it."""
    seen = dict.fromkeys(SEEN, 0)
    walk = machine(office(sqlite_record), wish, now, seen)()
    walk.begin()
    walk.book_a_visit({"fridge": 1}, 0, "08:00-10:00", None)
    walk.all_is_honest()
    walk.weigh(0, True, 12_000, "points", True)
    walk.all_is_honest()
    walk.weigh(0, False, 12_000, "points", True)
    walk.all_is_honest()
    assert seen["weighed"] == 2, seen
    walk.weigh(0, False, 12_000, "yuan", False)
    walk.all_is_honest()
    assert seen == {"done": 3, "refused": 1, "weighed": 2, "price refused": 0}


def test_the_steps_reach_the_refusal_of_a_price_and_its_complaints(sqlite_record, office, wish, now):
    seen = dict.fromkeys(SEEN, 0)
    walk = machine(office(sqlite_record), wish, now, seen)()
    walk.begin()
    for count in (1, 2):
        walk.book_a_visit({"paper": 2}, 0, "08:00-10:00", f"the-form-{count}")
        walk.all_is_honest()
    walk.crew_or_plan(0, "planned")
    walk.crew_or_plan(1, "planned")
    walk.time_passes(1440)
    walk.refuse_the_price(0, "too cheap")
    walk.all_is_honest()
    walk.refuse_the_price(0, "too cheap")
    walk.weigh(0, False, 12_000, "yuan", True)
    walk.all_is_honest()
    walk.weigh(1, False, 12_000, "yuan", True, "too light")
    walk.all_is_honest()
    walk.complain_of_one(0, "price", "too cheap", True)
    walk.complain_of_one(1, "price", "too cheap", True)
    for which in (0, 1, 1):
        walk.answer_a_complaint(which, "too light")
        walk.all_is_honest()
    assert seen == {"done": 12, "refused": 1, "weighed": 1, "price refused": 2}
