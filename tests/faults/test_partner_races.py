"""Partners, clerks and trips that reach for the same pickup at once, as processes of their own: one has it, never two.

What is handed over is a resident's booking or what is old of a shop's order; the rules are the same for both.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest
from partner_desk import COMPANY, DISPATCHER, PAPER, companies, ordered
from racing import raced
from sqlalchemy import select

from recycling import deliveries, handing, spare
from recycling.accounts.actors import Actor, Role
from recycling.booking import cancel
from recycling.handing import Ordered
from recycling.ledger import entry_by_key
from recycling.ledger.trial import trial
from recycling.models import AuditEvent, Booking, Handover, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.handover import LIVE
from recycling.spare.candidates import stated
from recycling.spare.looking import _write
from routing.spare import Match

ROUNDS = 5
SECOND = Actor("key", "k-2", Role.PARTNER, scopes=frozenset({"handover.take"}))


@pytest.fixture
def settings(settings):
    made = companies(most_a_day=50)
    other = made.find("other").model_copy(update={"most_a_day": 50})
    vars(settings)["partners"] = made.model_copy(update={"partner": (made.find("scrap"), other)})
    return settings


@pytest.fixture(params=["booking", "order"])
def subjects(request, record, office, booked, now, day):
    """Keys of as many bookings or orders as there are turns."""
    if request.param == "booking":
        return Things("booking", [one.id for one in booked(record, ROUNDS)])
    assert set(ordered(office(record), day, now, ROUNDS, "Shop")) == {"taken"}
    with record.read() as session:
        return Things("order", list(session.scalars(select(TradeInOrder.id).order_by(TradeInOrder.external_id))))


class Things:
    """What is handed over in each turn."""

    def __init__(self, kind, keys):
        self.kind, self.keys = kind, keys

    def offer(self, desk, turn, partner, key, now):
        give = handing.offer if self.kind == "booking" else handing.offer_order
        return give(desk, self.keys[turn], partner, key, DISPATCHER, now)

    def read(self, session, turn):
        return session.get_one(Booking if self.kind == "booking" else TradeInOrder, self.keys[turn])

    def handovers(self, session, turn):
        column = Handover.booking_id if self.kind == "booking" else Handover.order_id
        return session.scalars(select(Handover).where(column == self.keys[turn])).all()

    def offers(self, session, turn):
        column = SpareOffer.booking_id if self.kind == "booking" else SpareOffer.order_id
        return session.scalars(select(SpareOffer).where(column == self.keys[turn])).all()

    def whole(self, database):
        """Judge the record: of each thing one has it at most, and it says so itself."""
        with database.read() as session:
            assert trial(session).sound
            for turn in range(len(self.keys)):
                thing = self.read(session, turn)
                session.refresh(thing)
                live = [one for one in self.handovers(session, turn) if one.state in LIVE]
                taken = [one for one in self.offers(session, turn) if one.state in LIVE]
                partners = [one.partner for one in live]
                partners += [session.get_one(SpareTrip, one.trip_id).partner for one in taken]
                done = [one.partner for one in self.handovers(session, turn) if one.state == "collected"]
                over = thing.state in ("collected", "cancelled") or getattr(thing, "fetch_state", "") == "fetched"
                assert len(partners) <= 1
                assert thing.partner == (partners + done + [""])[0]
                assert len(done) == over if thing.state != "cancelled" else not partners
                if self.kind == "order":
                    accepted = [
                        *(o for o in live if o.state == "accepted"),
                        *(o for o in taken if o.state == "accepted"),
                    ]
                    assert (thing.away_since is not None) == bool(accepted or done)


@pytest.fixture
def trip(record, now, day, office):
    """A trip with room to spare of the partner `other`."""
    place = {"place": "A", "lon": 107.4735, "lat": 31.2035, "window": "", "minutes": 0, "kg": 0, "litres": 0}
    clock = office(record).clock
    with record.write() as session:
        made = SpareTrip(
            partner="other", external_id="T-1", depot_code="DEP-01", service_day=day, start=place, end=place, places=[],
            starts_at=clock.moment(day, 8 * 3600), ends_at=clock.moment(day, 18 * 3600), vehicle_type="van", kg=300,
            litres=3000, compartments=[], people=2, materials="paper,appliances", drops="CEN-01", detour_minutes=60,
            most=9, state="open", made_at=now,
        )  # fmt: skip
        session.add(made)
    return made.id


def to_trip(things, trip, now, day):
    """Return what offers a thing to the trip, as the search does when it has found that it pays."""

    def deed(desk, turn):
        with desk.database.read() as session:
            thing = things.read(session, turn)
            if things.kind == "order":
                session.expunge(thing)
                thing.fetch_start = thing.fetch_start or thing.promise_end
                thing.fetch_end = thing.fetch_end or thing.promise_end + timedelta(hours=3)
            bookings, orders = ([thing], []) if things.kind == "booking" else ([], [thing])
            (candidate,) = stated(session, desk, day, bookings, orders)
        match = Match(candidate.stop.id, 36_000, 60, 500, 900, 100, False)
        with desk.database.write() as session:
            here = session.scalars(select(SpareTrip).where(SpareTrip.id == trip).with_for_update()).one()
            made = _write(session, desk, here, match, candidate, turn, now + timedelta(hours=2), STAFF_JOB, now)
        return "offered" if made else "not offered"

    return deed


STAFF_JOB = Actor("system", "offer-spare")


def count(database, action):
    with database.read() as session:
        query = select(AuditEvent.subject_id).where(AuditEvent.action == action)
        return Counter(session.scalars(query))


def test_two_dispatchers_two_partners_and_a_trip_reach_for_the_same(record, office, subjects, trip, now, day):
    def hand(partner, name):
        return lambda desk, turn: subjects.offer(desk, turn, partner, f"an-offer-{name}-{turn}", now).state

    if subjects.kind == "order":  # whose second visits a trip can have
        with record.write() as session:
            for order in session.scalars(select(TradeInOrder)):
                order.old_goods = "mixed"
                deliveries.handed.stand_apart(office(record), order)
                order.fetch_start, order.fetch_end = order.promise_end, order.promise_end + timedelta(hours=3)
                order.fetch_state, order.fetch_minutes, order.fetch_people = "open", 5.0, 2
    deeds = [hand("scrap", "a"), hand("other", "b"), hand("scrap", "c"), to_trip(subjects, trip, now, day)]
    said = raced(record, office, deeds, ROUNDS)
    for turn in said:
        assert sum(word == "offered" for word in turn) == 1, turn
        assert set(turn) <= {"offered", "not offered", "handed-already"}, turn
    subjects.whole(record)


def test_the_same_form_from_two_clerks_is_one_offer(record, office, subjects, now):
    deeds = [lambda desk, turn: str(subjects.offer(desk, turn, "scrap", f"the-same-form-{turn}", now).id)] * 4
    said = raced(record, office, deeds, ROUNDS)
    assert [len(set(turn)) for turn in said] == [1] * ROUNDS
    subjects.whole(record)


def answers(subjects, made, now):
    """What people and the clock may do with an offer, by name."""
    until = {one.id: one.answer_by for one in made}

    def step(function, *more):
        def deed(desk, turn):
            with desk.database.write() as session:
                partner = desk.settings.partners.find("scrap")
                arguments = (
                    (desk, partner, made[turn].id) if function is not handing.withdraw else (desk, made[turn].id)
                )
                return function(session, *arguments, *more, now).state

        return deed

    def lapse(desk, turn):
        return f"lapsed {handing.lapse_due(desk, until[made[turn].id])}"

    def leave(desk, turn):
        with desk.database.read() as session:
            thing = subjects.read(session, turn)
        if subjects.kind == "booking":
            return cancel(desk, thing, "away", Actor("link", str(thing.id)), now).state
        with desk.database.write() as session:
            order = deliveries.the_order(session, "Shop", thing.external_id, lock=True)
            deliveries.cancel(session, desk, order, "away", DISPATCHER, now)
        return "cancelled"

    return {
        "accept": step(handing.accept, COMPANY),
        "accept again": step(handing.accept, SECOND),
        "decline": step(handing.decline, "no truck", COMPANY),
        "withdraw": step(handing.withdraw, "we pass there", DISPATCHER),
        "lapse": lapse,
        "leave": leave,
    }


OFFER_ENDS = ("declined", "lapsed", "withdrawn")


@pytest.mark.parametrize(
    "names",
    [
        ("accept", "accept again", "accept", "accept again"),
        ("accept", "decline", "withdraw", "lapse"),
        ("accept", "accept again", "lapse", "lapse"),
        ("accept", "withdraw", "withdraw", "leave"),
    ],
    ids="+".join,
)
def test_answers_that_meet_leave_one_truth(record, office, subjects, now, names):
    made = [subjects.offer(office(record), turn, "scrap", f"an-offer-{turn}", now) for turn in range(ROUNDS)]
    all_of_them = answers(subjects, made, now)
    said = raced(record, office, [all_of_them[name] for name in names], ROUNDS)
    assert not [word for turn in said for word in turn if "Error" in word and ":" in word], said
    subjects.whole(record)
    assert set(count(record, "handover.accepted").values()) <= {1}
    ends = Counter()
    for state in OFFER_ENDS:
        ends += count(record, f"handover.{state}")
    assert set(ends.values()) <= {1}, "ended twice"
    if set(names) == {"accept", "accept again"}:
        assert len(count(record, "handover.accepted")) == ROUNDS


def unlocked(session, key, partner=""):
    """Read a hand-over of an order as `standing.locked` does, but hold nothing, and think for a moment."""
    found = session.get_one(Handover, key)
    order = session.get_one(TradeInOrder, found.order_id)
    time.sleep(1)
    return found, Ordered(order)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("subjects", ["order"], indirect=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_the_lock_keeps_an_offer_from_being_accepted_and_over(record, office, subjects, now, monkeypatch, guarded):
    """The control: where nothing is held, both are done, and only the belt of the table keeps one of them out."""
    made = [subjects.offer(office(record), 0, "scrap", "an-offer-1", now)]
    if not guarded:
        monkeypatch.setattr("recycling.handing.answering.locked", unlocked)
        monkeypatch.setattr("recycling.handing.lapsing.locked", unlocked)
    said = raced(record, office, [answers(subjects, made, now)[name] for name in ("accept", "lapse")], 1)
    both = count(record, "handover.accepted").keys() & count(record, "handover.lapsed").keys()
    belt = any("IntegrityError" in word for turn in said for word in turn)
    assert (bool(both) or belt) is not guarded, said


class TestCollected:
    def test_what_is_reported_twice_and_taken_back_at_once_counts_once(self, record, office, subjects, now):
        desk = office(record)
        made = [subjects.offer(desk, turn, "scrap", f"an-offer-{turn}", now) for turn in range(ROUNDS)]
        partner = desk.settings.partners.find("scrap")
        for one in made:
            with record.write() as session:
                handing.accept(session, desk, partner, one.id, COMPANY, now)

        def report(actor, lines):
            def deed(desk, turn):
                at = made[turn].promise_start + timedelta(minutes=5)
                with desk.database.write() as session:
                    return handing.collected(session, desk, partner, made[turn].id, lines, actor, at).state

            return deed

        def cannot(desk, turn):
            with desk.database.write() as session:
                return handing.not_collected(session, desk, partner, made[turn].id, "cannot-come", COMPANY, now).state

        deeds = [report(COMPANY, [PAPER]), report(SECOND, [PAPER]), cannot, answers(subjects, made, now)["withdraw"]]
        said = raced(record, office, deeds, ROUNDS)
        assert not [word for turn in said for word in turn if "Error" in word and ":" in word], said
        subjects.whole(record)
        with record.read() as session:
            for turn, one in enumerate(made):
                state = session.get_one(Handover, one.id).state
                entry = entry_by_key(session, f"handover-goods:{one.id}")
                assert (entry is not None) == (state == "collected"), said[turn]


class TestTrips:
    @pytest.fixture
    def offered(self, record, office, booked, trip, now, day):
        keys = [one.id for one in booked(record, ROUNDS)]
        things = Things("booking", keys)
        for turn in range(ROUNDS):
            assert to_trip(things, trip, now, day)(office(record), turn) == "offered"
        with record.read() as session:
            rows = {one.booking_id: one for one in session.scalars(select(SpareOffer))}
        return things, [rows[key] for key in keys]

    @pytest.mark.parametrize(
        "names", [("accept", "accept", "decline", "over"), ("accept", "hand", "over", "leave")], ids="+".join
    )
    def test_what_a_trip_is_offered_is_its_own_or_ours(self, record, office, offered, now, names):
        things, offers = offered
        leave = answers(things, offers, now)["leave"] if "leave" in names else None
        deeds = {
            "accept": lambda desk, turn: spare.accept(desk, offers[turn].id, DISPATCHER, now).state,
            "decline": lambda desk, turn: spare.decline(desk, offers[turn].id, "full", DISPATCHER, now).state,
            "over": lambda desk, turn: f"over {spare.end_over(desk, offers[turn].answer_by)}",
            "hand": lambda desk, turn: things.offer(desk, turn, "scrap", f"by-hand-{turn}", now).state,
            "leave": leave,
        }
        said = raced(record, office, [deeds[name] for name in names], ROUNDS)
        assert not [word for turn in said for word in turn if "Error" in word and ":" in word], said
        things.whole(record)
        ends = Counter()
        for state in OFFER_ENDS:
            ends += count(record, f"spare.{state}")
        assert set(ends.values()) <= {1}, "ended twice"
        assert set(count(record, "spare.accepted").values()) <= {1}
