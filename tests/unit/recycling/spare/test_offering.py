"""Offers: feasible by the independent judge, to one trip at a time, until the cut-off, and only while they hold."""

from datetime import timedelta

import pytest
from carriers import STAFF
from sqlalchemy import select

from recycling import dispatch, handing, spare
from recycling.accounts.actors import Actor, Role
from recycling.booking import cancel as cancel_booking
from recycling.booking import move
from recycling.errors import ConflictError, ForbiddenError, NotFoundError
from recycling.models import Account, AuditEvent, Booking, Message, Site, Slot, SpareOffer
from recycling.spare.candidates import candidates
from recycling.spare.fitting import trip_job
from recycling.spare.wish import PartWish
from routing.check import check
from routing.day import stated
from routing.schedule import plan_of

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def looked(record, office, booked, announce, now, day):
    """Return a function that books, announces, looks and returns the offers, the dearest for us first."""

    def look(count=3, window="10:00-12:00", **changes):
        booked(record, count, window=window)
        announce(record, **changes)
        return again()

    def again(at=now):
        done = spare.look(office(record), "DEP-01", day, at)
        assert done.trouble == ""
        with record.read() as session:
            return list(session.scalars(select(SpareOffer).order_by(SpareOffer.offered_at, SpareOffer.rank)))

    look.again = again
    return look


def state_of(record, offer):
    with record.read() as session:
        return spare.the_offer(session, offer.id)


def booking_of(record, offer):
    with record.read() as session:
        return session.get_one(Booking, offer.booking_id)


def ours(record, day):
    with record.read() as session:
        return {b.id for b in dispatch.orders_of(session, "DEP-01", day).bookings}


def taken(record, day):
    with record.read() as session:
        return sum(session.scalars(select(Slot.taken).where(Slot.service_day == day, Slot.people == 1)))


class TestWhatIsOffered:
    def test_it_saves_more_than_it_asks_and_has_a_deadline(self, looked, record, office, now):
        offers = looked()
        assert len(offers) == 3
        assert all(o.saves > o.asks == 100 for o in offers)
        assert {o.answer_by for o in offers} == {now + office(record).settings.spare.answering}
        assert [o.rank for o in offers] == [1, 2, 3]

    def test_every_promise_is_kept(self, looked, record):
        for offer in looked():
            booking = booking_of(record, offer)
            assert booking.promise_start <= offer.begins_at <= booking.promise_end

    def test_the_judge_agrees_with_the_whole_trip(self, looked, record, office, day):
        """The trip with all that it is offered, stated anew and put in order of its hours, breaks no rule."""
        from recycling.spare.looking import _held

        looked()
        desk = office(record)
        with record.read() as session:
            (trip,) = spare.trips_between(session, day, day)
            job = trip_job(session, desk, trip, [], _held(session, desk, trip))
        from routing.spare.matching import TripDay

        made = TripDay(stated(job.job).problem, job.places, job.asked, job.held)
        order = [(v.kind, v.id) for v in made.route.visits]
        assert check(made.problem, plan_of(made.problem, [(str(trip.id), order)])) == []
        assert {v.id for v in made.route.visits if v.kind == "stop"} == {*job.places, *job.held}
        assert len(job.held) == 3

    def test_nothing_is_offered_twice(self, looked):
        assert len(looked()) == len(looked.again()) == 3

    def test_two_trips_never_get_the_same(self, looked, record, announce):
        announce(record, "other")
        offers = looked()
        assert len({o.booking_id for o in offers}) == len(offers) == 3

    def test_what_is_dearer_than_it_saves_stays_ours(self, looked):
        assert looked(ask_visit=1000.0) == []

    def test_what_it_may_not_carry_is_not_offered(self, looked):
        assert looked(materials=("appliances",)) == []

    def test_what_no_part_of_its_hold_takes_is_not_offered(self, looked):
        assert looked(parts=(PartWish(500, ("appliances",)), PartWish(10, ())), places=()) == []

    def test_what_its_contract_does_not_cover_is_not_offered(self, looked, settings):
        (carry, other) = settings.partners.partner
        vars(settings)["partners"] = settings.partners.model_copy(
            update={"partner": (carry.model_copy(update={"areas": ("B-",)}), other)}
        )
        assert looked() == []

    def test_hours_that_do_not_meet(self, looked):
        assert looked(window="15:00-17:00", places=()) != []

    def test_hours_of_the_trip_before_the_promise(self, looked, record, booked, announce, now):
        booked(record, 2, window="15:00-17:00")
        announce(record, "other", window="08:00-12:00", external="early")
        assert looked.again() == []

    def test_a_vehicle_too_high(self, looked):
        assert looked(vehicle="box", kg=500, litres=5000) != []

    def test_a_vehicle_too_high_for_the_way_in(self, record, booked, announce, looked):
        booked(record, 2, window="10:00-12:00", height_limit=2.2)
        announce(record, vehicle="box")
        assert looked.again() == []

    def test_a_crew_too_small(self, record, booked, announce, looked):
        booked(record, 1, window="10:00-12:00", items={"fridge": 1})
        announce(record, people=1)
        assert looked.again() == []

    def test_taking_down_needs_people_who_can(self, record, booked, announce, looked):
        booked(record, 1, window="10:00-12:00", items={"air-conditioner": 1}, dismantle=("air-conditioner",))
        announce(record)
        assert looked.again() == []
        announce(record, "other", services=("dismantle",))
        assert len(looked.again()) == 1

    def test_no_more_than_the_trip_takes(self, looked):
        assert len(looked(most=2)) == 2

    def test_room_that_is_taken_by_what_was_accepted(self, looked, record, office, booked, now):
        offers = looked(1, kg=13, litres=200, places=())  # two bundles of paper of 10 kg have no room together
        assert len(offers) == 1
        spare.accept(office(record), offers[0].id, STAFF, now)
        booked(record, 2, window="10:00-12:00", phone="13900000002")
        assert len(looked.again(now + timedelta(minutes=1))) >= 1

    def test_a_trip_that_cannot_be_driven_says_where(self, looked, record, day, announce, now):
        from recycling.spare.wish import PlaceWish

        assert looked(window="10:00-12:00", places=(PlaceWish("B-001", window="08:00-08:01"),)) == []
        with record.read() as session:
            (trip,) = spare.trips_between(session, day, day)
        assert trip.trouble != ""
        assert trip.trouble_at == "1. 社区B-001"
        assert trip.trouble_by > 0

    def test_nothing_is_offered_after_the_answers_are_over(self, record, office, booked, announce, now, day):
        booked(record)
        announce(record)
        late = spare.answers_until(office(record), day)
        assert spare.look(office(record), "DEP-01", day, late).trouble == "closed"

    def test_a_day_without_trips_costs_nothing(self, record, office, now, day):
        assert spare.look(office(record), "DEP-01", day, now) == spare.Looked()


class TestAnswers:
    def test_what_is_accepted_leaves_our_day_and_gives_back_its_room(self, looked, record, office, now, day):
        offer, *others = looked()
        before = taken(record, day)
        spare.accept(office(record), offer.id, STAFF, now)
        for other in others:
            spare.decline(office(record), other.id, "", STAFF, now)
        assert ours(record, day) == {o.booking_id for o in others}
        assert taken(record, day) == before - state_of(record, offer).seconds < before
        booking = booking_of(record, offer)
        assert (booking.state, booking.seconds) == ("booked", 0)

    def test_the_resident_is_told_who_comes(self, looked, record, office, now):
        offer, *_ = looked()
        spare.accept(office(record), offer.id, STAFF, now)
        with record.read() as session:
            (message,) = session.scalars(select(Message).where(Message.subject == offer.booking_id)).all()
        assert message.change == "handed"

    def test_nobody_else_is_handed_what_is_offered(self, looked, record, office, now):
        """A dispatcher who hands the same to a partner recycler is refused."""
        offer, *_ = looked()
        with pytest.raises(ConflictError, match="handed to carry already"):
            handing.offer(office(record), offer.booking_id, "other", "0123456789abcdef", STAFF, now)

    def test_accepting_twice_changes_nothing(self, looked, record, office, now, day):
        offer, *_ = looked()
        spare.accept(office(record), offer.id, STAFF, now)
        left = taken(record, day)
        assert spare.accept(office(record), offer.id, STAFF, now).version == state_of(record, offer).version
        assert taken(record, day) == left

    def test_two_at_once_accept_once(self, looked, record, office, now, at_once, day):
        offer, *_ = looked()
        before = taken(record, day)
        calls = [lambda: spare.accept(office(record), offer.id, STAFF, now)] * 2
        assert [one for one in at_once(*calls) if isinstance(one, Exception)] == []
        assert taken(record, day) == before - state_of(record, offer).seconds

    def test_accepting_while_it_is_cancelled(self, looked, record, office, now, at_once, day):
        """Whoever is first wins, and in the end nobody collects what was cancelled."""
        offer, *_ = looked()
        desk = office(record)
        booking = booking_of(record, offer)
        _, cancelled = at_once(
            lambda: spare.accept(desk, offer.id, STAFF, now),
            lambda: cancel_booking(desk, booking, "", STAFF, now),
        )
        spare.tend_spare(desk, now)
        if isinstance(cancelled, ConflictError):  # the acceptance was between its reading and its writing
            assert (booking_of(record, offer).state, state_of(record, offer).state) == ("booked", "accepted")
        else:
            assert cancelled.state == "cancelled"
            assert (booking_of(record, offer).state, state_of(record, offer).state) == ("cancelled", "withdrawn")
        slots = taken(record, day)
        assert slots == sum(booking_of(record, o).seconds for o in looked.again(now) if o.state == "offered")

    def test_what_is_declined_is_ours_and_is_not_offered_to_that_trip_again(self, looked, record, office, now, day):
        offer, *_ = looked()
        spare.decline(office(record), offer.id, "", STAFF, now)
        assert offer.booking_id in ours(record, day)
        assert len(looked.again(now + timedelta(minutes=20))) == 3

    def test_what_one_declined_goes_to_another(self, looked, record, office, now, announce):
        for offer in looked():
            spare.decline(office(record), offer.id, "", STAFF, now)
        announce(record, "other")
        assert [o.state for o in looked.again(now + timedelta(minutes=5))][3:] == ["offered"] * 3

    def test_what_was_accepted_is_given_back(self, looked, record, office, now, day):
        offer, *_ = looked()
        before = taken(record, day)
        spare.accept(office(record), offer.id, STAFF, now)
        spare.decline(office(record), offer.id, "", STAFF, now)
        assert taken(record, day) == before
        assert offer.booking_id in ours(record, day)

    def test_the_deadline(self, looked, record, office, now, day):
        offer, *_ = looked()
        with pytest.raises(ConflictError, match="time for an answer is over"):
            spare.accept(office(record), offer.id, STAFF, offer.answer_by)
        assert state_of(record, offer).state == "lapsed"
        assert offer.booking_id in ours(record, day)

    def test_the_clock_ends_what_nobody_answers(self, looked, record, office, now, day):
        offers = looked()
        spare.tend_spare(office(record), offers[0].answer_by)
        assert {state_of(record, o).state for o in offers} == {"lapsed"}
        assert ours(record, day) >= {o.booking_id for o in offers}

    def test_a_day_is_planned_with_what_nobody_answered_also_after_a_rest(
        self, looked, record, office, day, monkeypatch
    ):
        from recycling import jobs

        offers = looked()
        jobs.take_back(office(record), offers[0].answer_by)
        assert ours(record, day) >= {o.booking_id for o in offers}
        monkeypatch.setattr(jobs, "end_over", lambda *_: 1 / 0)
        jobs.take_back(office(record), offers[0].answer_by)  # and whatever fails in it, the day is planned

    def test_answers_end_before_the_cut_off(self, booked, record, announce, office, looked, now, day):
        booked(record)
        announce(record)
        late = spare.answers_until(office(record), day) - timedelta(minutes=10)
        assert {o.answer_by for o in looked.again(late)} == {late + timedelta(minutes=10)}

    def test_a_moved_booking_is_withdrawn(self, looked, record, office, now, day):
        offer, *_ = looked()
        spare.accept(office(record), offer.id, STAFF, now)
        move(office(record), booking_of(record, offer), day + timedelta(days=1), "10:00-12:00", STAFF, now)
        assert offer.booking_id in ours(record, day + timedelta(days=1))  # at once, before any clock
        spare.tend_spare(office(record), now)
        assert (state_of(record, offer).state, state_of(record, offer).reason) == ("withdrawn", "changed")
        assert booking_of(record, offer).seconds > 0

    def test_a_cancelled_booking_cannot_be_accepted(self, looked, record, office, now):
        offer, *_ = looked()
        cancel_booking(office(record), booking_of(record, offer), "", STAFF, now)
        with pytest.raises(ConflictError, match="not on offer"):
            spare.accept(office(record), offer.id, STAFF, now)

    def test_some_are_taken_and_the_others_declined(self, looked, record, office, now, day):
        first, *others = looked()
        with record.read() as session:
            (trip,) = spare.trips_between(session, day, day)
        assert spare.answer(office(record), trip, [first.id], STAFF, now) == (1, 0)
        assert [state_of(record, o).state for o in (first, *others)] == ["accepted", "declined", "declined"]

    def test_another_partner_is_refused(self, looked, record, office, settings, now):
        carry, other = settings.partners.partner
        both = (carry, other.model_copy(update={"accounts": ("other-one",)}))
        vars(settings)["partners"] = settings.partners.model_copy(update={"partner": both})
        with record.write() as session:
            account = Account(
                role="partner",
                login="other-one",
                name="other-one",
                phone="+8613900000009",
                password_digest="",
                every_depot=True,
                created_at=now,
            )
            session.add(account)
            session.flush()
            stranger = Actor("person", str(account.id), Role.PARTNER, every_depot=True)
        offer, *_ = looked()
        for deed in (spare.accept, lambda *args: spare.decline(args[0], args[1], "", *args[2:])):
            with pytest.raises(ForbiddenError, match="another partner"):
                deed(office(record), offer.id, stranger, now)

    def test_an_unknown_offer(self, record, office, now, day):
        import uuid

        with pytest.raises(NotFoundError):
            spare.accept(office(record), uuid.uuid4(), STAFF, now)

    def test_the_log_names_no_person(self, looked, record, office, now):
        offer, *_ = looked()
        spare.accept(office(record), offer.id, STAFF, now)
        with record.read() as session:
            said = [str((e.before, e.after)) for e in session.scalars(select(AuditEvent))]
        assert [one for one in said if "13800138000" in one or "王女士" in one] == []


class TestTheTrip:
    def test_a_change_withdraws_what_is_open(self, looked, record, announce):
        offers = looked()
        announce(record, kg=200)
        assert {state_of(record, o).state for o in offers} == {"withdrawn"}
        assert len(looked.again()) == 6

    def test_one_that_has_accepted_is_not_changed(self, looked, record, office, announce, now):
        offer, *_ = looked()
        spare.accept(office(record), offer.id, STAFF, now)
        with pytest.raises(ConflictError, match="Give them back"):
            announce(record, kg=200)

    def test_cancelling_it_brings_everything_back(self, looked, record, office, now, day):
        offers = looked()
        before = taken(record, day)
        for offer in offers[:2]:
            spare.accept(office(record), offer.id, STAFF, now)
        with record.write() as session:
            (trip,) = spare.trips_between(session, day, day)
            spare.cancel(session, office(record), trip, "broken down", STAFF, now)
        assert {state_of(record, o).state for o in offers} == {"withdrawn"}
        assert taken(record, day) == before
        assert ours(record, day) == {o.booking_id for o in offers}
        assert len(looked.again()) == 3

    def test_a_trip_changed_during_the_search_is_offered_nothing(self, record, booked, announce, office, now, day):
        booked(record)
        announce(record)
        desk = office(record)
        from recycling.spare import looking

        real = looking.match_in_child

        def meanwhile(*values):
            announce(record, kg=200)
            return real(*values)

        looking.match_in_child = meanwhile
        try:
            assert spare.look(desk, "DEP-01", day, now).offers == 0
        finally:
            looking.match_in_child = real


class TestTheClock:
    def test_a_new_trip_is_looked_at_and_an_old_one_only_when_something_is_new(
        self, record, booked, announce, office, now, day
    ):
        booked(record, 1, window="10:00-12:00")
        announce(record)
        desk = office(record)
        assert [done.offers for _, _, done in spare.tend_spare(desk, now)] == [1]
        assert spare.tend_spare(desk, now + timedelta(minutes=20)) == []
        later = now + timedelta(minutes=21)
        with record.write() as session:
            trip = spare.trips_between(session, day, day)[0]
            trip.looked_at = now - timedelta(minutes=1)
        assert len(spare.tend_spare(desk, later)) == 1

    def test_a_second_look_too_soon(self, record, booked, announce, office, now):
        booked(record, 1, window="10:00-12:00")
        announce(record)
        spare.tend_spare(office(record), now)
        assert spare.tend_spare(office(record), now + timedelta(minutes=1)) == []

    def test_a_day_past_its_answers_is_left_alone(self, record, booked, announce, office, day):
        booked(record)
        announce(record)
        assert spare.tend_spare(office(record), spare.answers_until(office(record), day)) == []


def test_only_one_open_offer_of_a_booking_can_stand_in_the_record(record, booked, announce, office, now, looked):
    """The belt: the index refuses what the code would have to write twice."""
    from sqlalchemy.exc import IntegrityError

    offer, *_ = looked(1)
    twin = {c.key: getattr(offer, c.key) for c in SpareOffer.__table__.columns if c.key != "id"}
    with pytest.raises(IntegrityError), record.write() as session:
        session.add(SpareOffer(**twin))


def test_two_looks_at_once_offer_each_thing_once(record, booked, announce, office, now, day, at_once):
    booked(record, 3, window="10:00-12:00")
    announce(record)
    desk = office(record)
    done = at_once(*[lambda: spare.look(desk, "DEP-01", day, now)] * 2)
    assert sum(one.offers for one in done) == 3
    with record.read() as session:
        offers = list(session.scalars(select(SpareOffer)))
    assert len({o.booking_id for o in offers}) == len(offers) == 3


def test_a_booking_of_two_visits_is_not_offered(record, office, day, now, wish):
    from recycling.booking import book

    book(office(record), wish(items={"fridge": 1, "sofa": 1, "paper": 2}), "0123456789abcdef", now)
    with record.read() as session:
        count = session.query(Booking).count()
        found = candidates(session, office(record), "DEP-01", day)
    assert len(found) == (1 if count == 1 else 0)


def test_a_closed_site_hours_are_kept(record, booked, announce, looked, day):
    with record.write() as session:
        session.get_one(Site, "CEN-01").closes = "08:00"
    booked(record, 2, window="15:00-17:00")
    announce(record)
    assert looked.again() == []


def test_a_process_of_its_own_gives_the_same(monkeypatch, record, booked, announce, office, now, day):
    monkeypatch.undo()
    booked(record, 2, window="10:00-12:00")
    announce(record)
    assert spare.look(office(record), "DEP-01", day, now).offers == 2


def test_candidates_say_nothing_of_people(record, booked, office, day):
    booked(record, 1)
    with record.read() as session:
        (one,) = candidates(session, office(record), "DEP-01", day)
    assert "王女士" not in repr(one)
