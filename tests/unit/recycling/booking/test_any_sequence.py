"""Whatever residents, staff, plans and crews do, in any order: windows, states and audit log stay honest."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from judges.slots import faults_of, forget
from sqlalchemy import select

from recycling.booking import (
    Window,
    accept,
    amend,
    book,
    cancel,
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
from recycling.errors import DomainError
from recycling.fleet import DepotFleet, Fleet
from recycling.models import Booking, Waiting

from .conftest import CLERK, CREW, RESIDENT, one_step

ITEMS = st.sampled_from([{"paper": 2}, {"fridge": 1}, {"fridge": 2, "paper": 9}, {"washer": 5}, {"fridge": 20}])
SPANS = st.sampled_from(["08:00-10:00", "10:00-12:00", "13:00-15:00"])
DAYS = st.integers(0, 3)
ACTORS = st.sampled_from([RESIDENT, CLERK])
WHICH = st.integers(0, 10_000)
STEPS = st.sampled_from(["planned", "on_the_way", "collected", "failed", "settled", "unplanned"])
FORMS = st.sampled_from(["the-form-1", "the-form-2", "the-form-3"])


def machine(desk, wish, start, seen):
    """The class of the machine, on one record that each example finds empty."""

    class AnySequence(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            forget(desk.database)
            self.at, self.count, self.desk = start, 0, desk

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

        @rule(which=WHICH, days=DAYS, span=SPANS, actor=ACTORS, form=st.just("") | FORMS)
        def move_one(self, which, days, span, actor, form):
            day = desk.clock.today(self.at) + timedelta(days=1 + days)
            self.on_one(which, lambda b: move(self.desk, b, day, span, actor, self.at, form))

        @rule(which=WHICH, items=ITEMS, actor=ACTORS)
        def amend_one(self, which, items, actor):
            self.on_one(
                which,
                lambda b: amend(self.desk, b, replace(wish_of(b), items=items), actor, self.at),
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
                        else:
                            one_step(session, visit, step, self.at)

            self.on_one(which, stepped)

        @rule(which=WHICH)
        def one_leg_is_collected(self, which):
            def stepped(booking):
                with desk.database.write() as session:
                    one_step(session, life.visits_of(session, booking)[-1], "collected", self.at)

            self.on_one(which, stepped)

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

    return AnySequence


def test_any_sequence_leaves_windows_states_and_log_honest(sqlite_record, office, wish, now):
    seen = {"done": 0, "refused": 0}
    run_state_machine_as_test(
        machine(office(sqlite_record), wish, now, seen),
        settings=hypothesis_settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert seen["done"] > seen["refused"] / 3 > 0, seen
