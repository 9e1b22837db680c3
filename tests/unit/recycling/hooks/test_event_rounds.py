"""Events of orders: each signed, those of an order in their order, at least once, given up and tried anew."""

import pytest
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import func, select

from recycling import deliveries, hooks
from recycling.accounts.actors import Actor, Role, system
from recycling.db import Database
from recycling.deliveries import outcome
from recycling.deliveries.planning import note_orders
from recycling.errors import ConflictError, ForbiddenError, NotFoundError
from recycling.figures import newest_plan
from recycling.models import AuditEvent, ShopEvent, ShopHook, TradeInOrder

STAFF = Actor("person", "00000000-0000-0000-0000-000000000001", Role.DISPATCHER, frozenset({"DEP-01"}))
OTHERS = Actor("person", "00000000-0000-0000-0000-000000000002", Role.DISPATCHER, frozenset({"DEP-02"}))
AT = NINE + 10 * MINUTE


def note(record, settings, at):
    with record.write() as session:
        order = session.scalars(select(TradeInOrder)).first()
        note_orders(session, settings, newest_plan(session, order.depot_code, order.service_day), at)


def test_each_change_is_one_signed_event(record, hooked, bring, go, receiver, desk_of, open_settings, watch):
    hooked(record)
    order = bring(record, 1)
    assert bring(record, 1).id == order.id, "the same again is no change"
    bring(record, 1, 旧物="fridge*2")
    make_plan(record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    note(record, open_settings, watch())
    note(record, open_settings, watch())
    watch.moment = AT
    desk = desk_of(record)
    with record.write() as session:
        outcome.set_off(session, desk, order.id, "T-BOX", STAFF, AT)
        outcome.set_off(session, desk, order.id, "T-BOX", STAFF, AT)
    with record.write() as session:
        outcome.delivered(session, desk, order.id, "T-BOX", "old-other", STAFF, AT)
        outcome.delivered(session, desk, order.id, "T-BOX", "old-other", STAFF, AT)
    assert go(record) == {"sent": 5}
    kinds = ["taken", "changed", "planned", "on_the_way", "delivered"]
    assert receiver.told == [("SO-1", kind, n) for n, kind in enumerate(kinds, 1)]
    assert all(signed for _, signed, _ in receiver.seen)
    taken, planned, done = (receiver.seen[n][0]["order"] for n in (0, 2, 4))
    assert (taken["state"], taken["planned"], taken["old"]) == ("open", None, "")
    assert planned["state"] == "planned"
    assert planned["planned"]["start"] < "2026-03-05T01:20" < planned["planned"]["end"]
    assert (done["state"], done["reason"], done["old"]) == ("delivered", "", "old-other")
    assert go(record) == {}, "what was sent is not sent again"


def test_no_event_repeats_a_person(record, hooked, bring, go, receiver, events):
    hooked(record)
    bring(record, 1)
    go(record)
    (event,) = events(record)
    assert "SO-1" in event.body
    for private in ("王女士", "13800138000", "1栋501", "社区A-001", "107."):
        assert private not in event.body


def test_what_did_not_come_about_is_told_too(record, hooked, bring, go, receiver, desk_of, open_settings, watch):
    hooked(record)
    order, other = bring(record, 1), bring(record, 2)
    desk = desk_of(record)
    with record.write() as session:
        found = deliveries.the_order(session, "Shop", "SO-2", lock=True)
        deliveries.cancel(session, desk, found, "sold out", STAFF, watch())
    assert bring(record, 2).id == other.id
    make_plan(record, order, 1, begins=NINE, kind="order_id")
    note(record, open_settings, watch())
    make_plan(record, other, 2, begins=NINE, kind="order_id")
    note(record, open_settings, watch())
    watch.moment = AT
    with record.write() as session:
        outcome.not_delivered(session, desk, other.id, "T-BOX", "does-not-fit", STAFF, AT)
    go(record)
    one = [(kind, n) for number, kind, n in receiver.told if number == "SO-1"]
    two = [(kind, n) for number, kind, n in receiver.told if number == "SO-2"]
    assert one == [("taken", 1), ("planned", 2), ("unplanned", 3)]
    assert two == [("taken", 1), ("cancelled", 2), ("taken", 3), ("planned", 4), ("failed", 5)]
    reasons = [b["order"]["reason"] for b, _, _ in receiver.seen if b["order"]["number"] == "SO-2"]
    assert reasons == ["", "sold out", "", "", "does-not-fit"]


def test_that_a_crew_set_off_is_taken_back_within_a_minute(record, hooked, bring, go, receiver, desk_of, watch):
    hooked(record)
    order = bring(record, 1)
    make_plan(record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    desk = desk_of(record)
    watch.moment = AT
    with record.write() as session:
        outcome.set_off(session, desk, order.id, "T-BOX", STAFF, AT)
        outcome.turned_back(session, desk, order.id, "T-BOX", STAFF, AT + MINUTE / 2)
        outcome.turned_back(session, desk, order.id, "T-BOX", STAFF, AT + MINUTE / 2)
        outcome.set_off(session, desk, order.id, "T-BOX", STAFF, AT + MINUTE)
    with record.write() as session, pytest.raises(ConflictError):
        outcome.turned_back(session, desk, order.id, "T-BOX", STAFF, AT + 3 * MINUTE)
    watch.on(minutes=5)
    go(record)
    assert [kind for _, kind, _ in receiver.told] == ["taken", "on_the_way", "unplanned", "on_the_way"]


def test_without_an_address_nothing_is_written(record, bring, events, hooked, receiver, go):
    bring(record, 1)
    assert events(record) == []
    hooked(record)
    bring(record, 1, 旧物="fridge*2")
    go(record)
    assert receiver.told == [("SO-1", "changed", 1)]


def test_an_order_that_is_refused_is_no_event(record, hooked, bring, events, monkeypatch):
    hooked(record)
    monkeypatch.setattr("recycling.deliveries.entering.beyond", lambda *_: True)
    with pytest.raises(AssertionError):
        bring(record, 1)
    assert events(record) == [], "both are written, or neither"


def test_a_failure_holds_up_the_order_and_no_other_shop(record, hooked, bring, go, receiver, watch, events):
    hooked(record)
    hooked(record, f"http://127.0.0.1:{receiver.port}/other", shop="Other")
    receiver.mode = 500
    bring(record, 1)
    bring(record, 1, 旧物="fridge*2")
    bring(record, 2)
    bring(record, 1, shop="Other")
    assert go(record) == {"waiting": 2}, "each shop costs one attempt a round"
    assert [(e.status, e.error) for e in events(record) if e.attempts] == [(500, "refused")] * 2
    receiver.mode = "ok"
    receiver.seen.clear()
    watch.on(minutes=1)
    assert go(record) == {"sent": 4}
    one = [n for number, _, n in receiver.told if number == "SO-1" and n > 0]
    assert one.index(2) > one.index(1)
    own = [b["sequence"] for b, _, _ in receiver.seen if (b["order"]["number"], b["order"]["shop"]) == ("SO-1", "Shop")]
    assert own == [1, 2]


def test_waits_grow_and_after_a_day_an_event_is_given_up(record, hooked, bring, go, receiver, watch, events):
    hooked(record)
    receiver.mode = 503
    bring(record, 1)
    waits = []
    while events(record)[0].state == "waiting":
        go(record)
        waits.append((events(record)[0].due_at - watch()).total_seconds())
        watch.on(seconds=max(waits[-1], 0) + 1)
        assert len(waits) < 100
    assert watch() - events(record)[0].made_at >= 24 * 60 * MINUTE
    grown = [wait for wait in waits if wait > 0]
    assert 15 <= grown[0] <= 30
    assert max(grown) <= 3600
    assert len(waits) < 60
    assert go(record) == {}
    bring(record, 1, 旧物="fridge*2", at=events(record)[0].made_at)
    receiver.mode = "ok"
    receiver.seen.clear()
    assert go(record) == {}, "what comes after waits for it"
    with record.write() as session:
        assert hooks.counts(session, "Shop")["given-up"] >= 1
        assert hooks.again(session, STAFF, watch(), depots={"DEP-02"}) == 0
        assert hooks.again(session, STAFF, watch()) >= 1
    go(record)
    assert [n for _, _, n in receiver.told] == [1, 2]


def test_what_is_passed_over_holds_nothing_up(record, hooked, bring, go, receiver, watch, events):
    hooked(record)
    receiver.mode = 400
    bring(record, 1)
    bring(record, 1, 旧物="fridge*2")
    go(record)
    first, _ = events(record)
    with record.write() as session:
        with pytest.raises(NotFoundError):
            hooks.pass_over(session, OTHERS, watch(), first.id, depots={"DEP-02"})
        hooks.pass_over(session, STAFF, watch(), first.id, shop="Shop")
        with pytest.raises(NotFoundError):
            hooks.pass_over(session, STAFF, watch(), first.id)
    receiver.mode = "ok"
    go(record)
    assert receiver.told[-1] == ("SO-1", "changed", 2)
    with record.read() as session:
        done = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == str(first.id))).all()
    assert done == ["event.passed"]


def test_one_that_was_sent_can_be_sent_again_with_its_id(record, hooked, bring, go, receiver, watch, events):
    hooked(record)
    bring(record, 1)
    go(record)
    (event,) = events(record)
    with record.write() as session:
        assert hooks.again(session, STAFF, watch(), [event.id], shop="Shop") == 1
        with pytest.raises(NotFoundError):
            hooks.again(session, STAFF, watch(), [event.id], shop="Other")
        with pytest.raises(ForbiddenError):
            hooks.again(session, Actor("person", STAFF.id, Role.CLERK, frozenset()), watch(), [event.id])
    go(record)
    assert [b["id"] for b, _, _ in receiver.seen] == [str(event.id)] * 2


def test_a_sender_that_was_overtaken_says_nothing(record, hooked, bring, open_settings, watch, receiver):
    from recycling.hooks import sending
    from recycling.hooks.posting import Answer

    hooked(record)
    bring(record, 1)
    slow = sending.claim(record, open_settings, "k", watch())
    assert sending.claim(record, open_settings, "k", watch()) is None, "one sender has it"
    watch.on(minutes=5)
    quick = sending.claim(record, open_settings, "k", watch())
    assert quick.event.id == slow.event.id, "its lease was over"
    assert sending.record(record, open_settings, slow.event, Answer(204), watch()) == "lost"
    assert sending.record(record, open_settings, quick.event, Answer(204), watch()) == "sent"


def test_senders_side_by_side_send_each_once_and_in_order(record, hooked, bring, go, receiver, at_once, events):
    hooked(record)
    for number in (1, 2, 3):
        bring(record, number)
        bring(record, number, 旧物="fridge*2")
    second = Database(record.engine.url.render_as_string(hide_password=False))
    try:
        found = at_once(lambda: go(record), lambda: go(second))
        go(record)
    finally:
        second.close()
    assert not [one for one in found if isinstance(one, Exception)], found
    kinds = (("taken", 1), ("changed", 2))
    assert sorted(receiver.told) == sorted((f"SO-{n}", kind, s) for n in (1, 2, 3) for kind, s in kinds)
    for number in (1, 2, 3):
        assert [s for n, _, s in receiver.told if n == f"SO-{number}"] == [1, 2]
    assert {e.state for e in events(record)} == {"sent"}


def test_a_test_goes_the_same_way(record, hooked, go, receiver, watch, events):
    hooked(record)
    with record.write() as session:
        hooks.try_out(session, "Shop", system("test"), watch())
    with record.write() as session, pytest.raises(ConflictError):
        hooks.try_out(session, "Shop", system("test"), watch())
    assert go(record) == {"sent": 1}
    ((body, signed, headers),) = receiver.seen
    assert (body["type"], body["order"], signed) == ("test", None, True)
    assert headers["X-Event-Id"] == body["id"]


def test_what_was_sent_is_forgotten_after_a_month(record, hooked, bring, go, watch, events, receiver):
    hooked(record)
    bring(record, 1)
    go(record)
    receiver.mode = 500
    bring(record, 1, 旧物="fridge*2")
    watch.on(days=31)
    go(record)
    assert [(e.sequence, e.state) for e in events(record)] == [(2, "given-up")]


def test_an_address_that_is_taken_away_leaves_nothing_waiting(record, hooked, bring, go, receiver, watch):
    hooked(record)
    bring(record, 1)
    with record.write() as session:
        hooks.remove(session, "Shop", system("test"), watch())
        assert session.scalar(select(func.count()).select_from(ShopHook)) == 0
    assert go(record) == {}
    assert receiver.seen == []
    with record.write() as session:
        (event,) = session.scalars(select(ShopEvent)).all()
        assert event.state == "passed"
        with pytest.raises(NotFoundError, match="no address"):
            hooks.again(session, STAFF, watch(), [event.id])
