"""What partners report: collected with weights, or not and why; and what they get for it."""

from datetime import timedelta

import pytest
from carriers import STAFF
from sqlalchemy import select

from recycling import deliveries, dispatch, spare
from recycling.booking import Office, open_days
from recycling.errors import BadRequestError, ConflictError
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import AuditEvent, Booking, LedgerAccount, LedgerLine, Slot, SpareOffer, TradeInOrder
from recycling.settings import load_settings

pytestmark = pytest.mark.usefixtures("in_this_process")


def booking_of(record, offer):
    with record.read() as session:
        return session.get_one(Booking, offer.booking_id)


class TestCollected:
    def test_weights_fix_what_is_due(self, accepted, record, office, on_the_day, day):
        offer = accepted(ask_visit=2.0, ask_item=0.5, ask_kg=0.1)
        done = spare.collected(office(record), offer.id, {"paper": 21.5}, 2, STAFF, on_the_day)
        assert (done.state, done.pieces, done.collected_kg, done.due) == ("collected", 2, 21.5, 200 + 100 + 215)
        assert booking_of(record, offer).state == "collected"
        with record.read() as session:
            (line,) = spare.statement(session, day, day, "carry")
            assert (line.trip, line.due, line.materials) == ("T-1", 515, {"paper": 21.5})
            assert line.reference == booking_of(record, offer).reference
            assert spare.statement(session, day, day, "other") == []
            assert spare.sums(spare.offers_of(session, [offer.trip_id])[offer.trip_id]).due == 515

    def test_grams_and_fen_are_in_the_ledger_once(self, accepted, record, office, on_the_day):
        offer = accepted(ask_visit=2.0, ask_kg=0.1)
        for _ in range(2):
            spare.collected(office(record), offer.id, {"paper": 21.5}, None, STAFF, on_the_day)
        with record.read() as session:
            rows = session.execute(
                select(LedgerAccount.kind, LedgerAccount.owner, LedgerAccount.unit, LedgerLine.amount).join(LedgerLine)
            )
            found = {(kind, owner, unit): amount for kind, owner, unit, amount in rows}
        assert found["partner", "carry", "paper g"] == 21_500
        assert found["partner", "carry", "fen"] == 415
        assert sum(amount for (_, _, unit), amount in found.items() if unit == "fen") == 0
        assert sum(amount for (_, _, unit), amount in found.items() if unit == "paper g") == 0

    def test_pieces_are_those_booked_where_none_are_said(self, accepted, record, office, on_the_day):
        offer = accepted()
        assert spare.collected(office(record), offer.id, {"paper": 1}, None, STAFF, on_the_day).pieces == 2

    def test_the_same_again_changes_nothing(self, accepted, record, office, on_the_day):
        offer = accepted()
        first = spare.collected(office(record), offer.id, {"paper": 20}, None, STAFF, on_the_day)
        again = spare.collected(office(record), offer.id, {"paper": 20}, None, STAFF, on_the_day)
        assert again.version == first.version

    def test_another_weight_is_refused(self, accepted, record, office, on_the_day):
        offer = accepted()
        spare.collected(office(record), offer.id, {"paper": 20}, None, STAFF, on_the_day)
        with pytest.raises(ConflictError):
            spare.collected(office(record), offer.id, {"paper": 21}, None, STAFF, on_the_day)

    @pytest.mark.parametrize(
        ("kg", "pieces", "where", "code"),
        [
            ({}, None, "kg", "no-weight"),
            ({"gold": 1}, None, "kg", "unknown-material"),
            ({"paper": 0}, None, "kg", "out-of-range"),
            ({"paper": 1e9}, None, "kg", "out-of-range"),
            ({"paper": float("nan")}, None, "kg", "out-of-range"),
            ({"paper": 1}, -1, "pieces", "out-of-range"),
        ],
    )
    def test_what_is_wrong_is_said(self, accepted, record, office, on_the_day, kg, pieces, where, code):
        offer = accepted()
        with pytest.raises(BadRequestError) as caught:
            spare.collected(office(record), offer.id, kg, pieces, STAFF, on_the_day)
        assert [(f.where, f.code) for f in caught.value.faults] == [(where, code)]

    def test_before_its_day(self, accepted, record, office, now):
        offer = accepted()
        with pytest.raises(ConflictError, match="Say on that day"):
            spare.collected(office(record), offer.id, {"paper": 1}, None, STAFF, now)

    def test_what_was_not_accepted(self, accepted, record, office, now, on_the_day):
        offer = accepted()
        spare.decline(office(record), offer.id, "", STAFF, now)
        with pytest.raises(ConflictError, match="not with the trip"):
            spare.collected(office(record), offer.id, {"paper": 1}, None, STAFF, on_the_day)

    def test_a_trip_that_has_collected_is_not_cancelled(self, accepted, record, office, on_the_day):
        offer = accepted()
        spare.collected(office(record), offer.id, {"paper": 1}, None, STAFF, on_the_day)
        with record.write() as session, pytest.raises(ConflictError, match="has collected"):
            spare.cancel(session, office(record), spare.trip_of(session, offer.trip_id), "", STAFF, on_the_day)

    def test_two_reports_at_once_count_once(self, accepted, record, office, on_the_day, at_once):
        offer = accepted()
        calls = [
            lambda kg=kg: spare.collected(office(record), offer.id, {"paper": kg}, None, STAFF, on_the_day)
            for kg in (1, 2)
        ]
        done = at_once(*calls)
        assert sorted(type(one).__name__ for one in done) == ["ConflictError", "SpareOffer"]


class TestFailed:
    def test_it_is_ours_again_with_its_promise(self, accepted, record, office, on_the_day, day):
        before = booked_seconds(record, day)
        offer = accepted()
        promise = booking_of(record, offer).promise_start
        spare.failed(office(record), offer.id, "vehicle-out", STAFF, on_the_day)
        booking = booking_of(record, offer)
        assert (booking.state, booking.promise_start) == ("booked", promise)
        assert booked_seconds(record, day) == before + booking.seconds > before
        with record.read() as session:
            assert [b.id for b in dispatch.orders_of(session, "DEP-01", day).bookings] == [booking.id]
        assert spare.failed(office(record), offer.id, "vehicle-out", STAFF, on_the_day).state == "failed"

    def test_a_full_window_still_takes_it_back(self, accepted, record, office, on_the_day, day):
        """It was promised, so its room is taken again although others have taken that."""
        offer = accepted()
        with record.write() as session:
            for slot in session.scalars(select(Slot).where(Slot.service_day == day)):
                slot.taken = slot.capacity
        spare.failed(office(record), offer.id, "no-time", STAFF, on_the_day)
        assert booking_of(record, offer).seconds > 0
        with record.read() as session:
            slots = session.scalars(select(Slot).where(Slot.service_day == day)).all()
            assert all(slot.taken <= slot.capacity for slot in slots)

    def test_a_reason_is_needed(self, accepted, record, office, on_the_day):
        offer = accepted()
        with pytest.raises(BadRequestError, match="Choose why"):
            spare.failed(office(record), offer.id, "", STAFF, on_the_day)


class TestTheNumber:
    def test_it_is_given_while_accepted_and_written_down(self, accepted, record, office, now, on_the_day):
        offer = accepted()
        assert spare.number(office(record), offer.id, STAFF, now).endswith("13800138000")
        with record.read() as session:
            seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "caller.seen")).all()
        assert [e.subject_id for e in seen] == [str(offer.booking_id)]
        spare.collected(office(record), offer.id, {"paper": 1}, None, STAFF, on_the_day)
        with pytest.raises(ConflictError):
            spare.number(office(record), offer.id, STAFF, on_the_day)


class TestOldGoodsOfShops:
    """The second visit of a shop's order, which fetches what is old."""

    HEAD = ("订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "取旧时段")

    @pytest.fixture
    def desk(self, sqlite_record, settings, catalogue, fleet):
        made = load_settings(planning={"seconds": 0.1}, deliveries={"shops": {"Back": "return"}})
        vars(made)["partners"] = settings.partners
        return Office(sqlite_record, made, catalogue, fleet)

    @pytest.fixture
    def offer(self, desk, announce, now, day):
        assert open_days(desk.settings, now)[0] == day
        row = ("SO-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1", str(day))
        table = read_table(csv_bytes(self.HEAD, [[*row, "09:00-11:00", "13:00-16:00"]]))
        assert deliveries.take_in(desk, table, "Back", STAFF, now).outcomes[0].state == "taken"
        announce(desk.database, services=("dismantle",))
        assert spare.look(desk, "DEP-01", day, now).offers == 1
        with desk.database.read() as session:
            return session.scalars(select(SpareOffer)).one()

    def stops(self, desk, day):
        from recycling import network

        with desk.database.read() as session:
            depot = network.the_depot(session, "DEP-01")
            return {s.id[0] for s in dispatch.day_job(session, desk.settings, desk.fleet, depot, day).stops}

    def test_it_leaves_our_day_alone_and_comes_back(self, desk, offer, day, now):
        assert self.stops(desk, day) == {"t"}, "asked, as bookings are, and in no plan of ours meanwhile"
        spare.accept(desk, offer.id, STAFF, now)
        assert self.stops(desk, day) == {"t"}
        spare.failed(desk, offer.id, "no-time", STAFF, now)
        assert self.stops(desk, day) == {"t", "f"}

    def test_what_was_fetched_is_told_to_the_shop(self, desk, offer, day, now):
        spare.accept(desk, offer.id, STAFF, now)
        spare.collected(desk, offer.id, {"appliances": 55}, 1, STAFF, now + timedelta(days=1))
        with desk.database.read() as session:
            order = session.scalars(select(TradeInOrder)).one()
        assert (order.state, order.fetch_state) == ("open", "fetched")

    def test_an_order_that_is_cancelled_is_withdrawn(self, desk, offer, now):
        spare.accept(desk, offer.id, STAFF, now)
        with desk.database.write() as session:
            deliveries.cancel(session, desk, deliveries.the_order(session, "Back", "SO-1"), "", STAFF, now)
        spare.tend_spare(desk, now)
        with desk.database.read() as session:
            assert spare.the_offer(session, offer.id).state == "withdrawn"


def booked_seconds(record, day):
    with record.read() as session:
        return sum(session.scalars(select(Slot.taken).where(Slot.service_day == day, Slot.people == 1)))
