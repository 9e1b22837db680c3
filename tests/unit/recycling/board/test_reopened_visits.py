"""A second visit that came to nothing is reopened by the dispatcher, on both kinds of database."""

import uuid

import pytest
from sqlalchemy import select

from recycling import dispatch
from recycling.accounts.actors import Actor, Role
from recycling.board.accepting import arrivals
from recycling.board.marks import STILL, TO_NOTHING, marks_of
from recycling.booking import Office
from recycling.deliveries import fetching
from recycling.errors import ConflictError, ForbiddenError, NotFoundError
from recycling.models import AuditEvent, Message, Plan, TradeInOrder
from recycling.settings import load_settings

ANN = Actor("person", "ann", Role.DISPATCHER, every_depot=True)


@pytest.fixture
def failed(record, desk, second_visit, at):
    """The order, whose second visit came to nothing at 14:25."""
    with record.write() as session:
        fetching.not_fetched(session, desk, second_visit, "T-BOX", "nobody-there", ANN, at(14, 25))
    return second_visit


def reopen(record, desk, key, now, actor=ANN, depot="DEP-01"):
    with record.write() as session:
        fetching.reopened(session, desk.settings, key, depot, actor, now)


def test_it_is_to_be_made_again_and_the_log_says_who_said_so(record, desk, failed, day, at):
    with record.read() as session:
        plan = session.scalars(select(Plan)).one()
        assert marks_of(session, plan)[f"f:{failed}"].state == TO_NOTHING
        assert not dispatch.orders_of(session, "DEP-01", day).trade_ins
        assert arrivals(session, plan) == ()
    reopen(record, desk, failed, at(14, 40))
    reopen(record, desk, failed, at(14, 41))
    with record.read() as session:
        order, plan = session.get_one(TradeInOrder, failed), session.scalars(select(Plan)).one()
        assert (order.fetch_state, order.fetch_reason, order.fetching) == ("open", "", True)
        assert (order.fetch_planned_start, order.fetch_set_off_at) == (None, None)
        mark = marks_of(session, plan)[f"f:{failed}"]
        assert (mark.state, mark.at, mark.reopened) == (STILL, at(14, 40), True)
        assert arrivals(session, plan) == (f"f:{failed}",), "the plan does not know of it"
        assert [one.id for one in dispatch.orders_of(session, "DEP-01", day).trade_ins] == [failed]
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == fetching.REOPENED)).all()
        assert [(one.actor_id, one.before["fetch_reason"]) for one in events] == [("ann", "nobody-there")]
        waiting = session.scalars(select(Message.change).where(Message.state == "waiting")).all()
    assert "order_fetch_failed" not in waiting, "nobody is told of what is mended"


def test_a_plan_made_since_knows_of_it(record, desk, failed, changed_plan, at):
    reopen(record, desk, failed, at(14, 40))
    changed_plan(made_at=at(14, 50))
    with record.read() as session:
        plan = session.scalars(select(Plan)).one()
        assert not marks_of(session, plan)[f"f:{failed}"].reopened
        assert arrivals(session, plan) == ()


def test_a_void_voucher_is_worth_something_again(record, home, catalogue, fleet, second_visit, at):
    file = home / "config" / "schemes.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("takes_old = false", "takes_old = true"), encoding="utf-8")
    desk = Office(record, load_settings(), catalogue, fleet)
    scheme = desk.settings.schemes.scheme[0]
    assert scheme.takes_old
    with record.write() as session:
        order = session.get_one(TradeInOrder, second_visit)
        order.scheme, order.price, order.voucher = scheme.code, 300_000, scheme.worth(300_000)
        assert order.voucher > 0
    with record.write() as session:
        fetching.not_fetched(session, desk, second_visit, "T-BOX", "old-kept", ANN, at(14, 25))
    with record.read() as session:
        assert session.get_one(TradeInOrder, second_visit).voucher == 0
    reopen(record, desk, second_visit, at(14, 40))
    with record.read() as session:
        assert session.get_one(TradeInOrder, second_visit).voucher == scheme.worth(300_000)


def test_what_cannot_be_reopened_is_said(record, desk, second_visit, at):
    with record.write() as session:
        fetching.fetched(session, desk, second_visit, "T-BOX", "", ANN, at(14, 25))
    with pytest.raises(ConflictError, match="did not fail"):
        reopen(record, desk, second_visit, at(14, 40))
    with record.write() as session:
        order = session.get_one(TradeInOrder, second_visit)
        order.fetch_state, order.fetch_reason = "failed", "nobody-there"
    with pytest.raises(ConflictError, match="another day"):
        reopen(record, desk, second_visit, at(14) + (at(14) - at(0)) * 2)
    with pytest.raises(NotFoundError):
        reopen(record, desk, uuid.uuid4(), at(14, 40))
    with pytest.raises(NotFoundError):
        reopen(record, desk, second_visit, at(14, 40), depot="DEP-02")
    crew = Actor("person", "crew", Role.DRIVER, every_depot=True)
    with pytest.raises(ForbiddenError):
        reopen(record, desk, second_visit, at(14, 40), actor=crew)
    with record.read() as session:
        assert session.get_one(TradeInOrder, second_visit).fetch_state == "failed"
