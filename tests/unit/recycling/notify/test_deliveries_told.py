"""What a delivery's customer is told: each change once, in hours in which people are told, and nothing else."""

from datetime import timedelta

import pytest
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import Actor, Role
from recycling.deliveries import fetching, outcome
from recycling.deliveries.planning import note_orders
from recycling.errors import ConfigurationError
from recycling.exports.tables import csv_bytes
from recycling.figures import newest_plan
from recycling.intake import read_table
from recycling.models import Message, TradeInOrder
from recycling.notify import load_texts
from recycling.settings import load_settings

STAFF = Actor("person", "00000000-0000-0000-0000-000000000001", Role.DISPATCHER, frozenset({"DEP-01"}))
AT = NINE + 10 * MINUTE
PHONE = "+8613800138000"
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "楼层", "新品", "旧物", "日期", "时段", "短信语言"]


@pytest.fixture
def desk(sqlite_record, office):
    return office(sqlite_record)


@pytest.fixture
def bring(desk, now):
    """Return a function that takes an order, or changes it, and returns it."""

    def take(at=now, **changes):
        cells = ["SO-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "1", "fridge", "fridge*1"]
        row = dict(zip(HEAD, [*cells, "2026-03-05", "09:00-12:00", ""], strict=True)) | changes
        lines = read_table(csv_bytes(HEAD, [[row[name] for name in HEAD]]))
        assert deliveries.take_in(desk, lines, "示例家电", STAFF, at).count("refused") == 0
        with desk.database.read() as session:
            return session.scalars(select(TradeInOrder)).one()

    return take


@pytest.fixture
def planned(desk, sqlite_record):
    """Return a function that plans an order for a moment, and says what that makes of it."""
    versions = iter(range(1, 9))

    def plan(order, begins, at):
        make_plan(sqlite_record, order, next(versions), begins=begins, kind="order_id")
        with desk.database.write() as session:
            note_orders(session, desk.settings, newest_plan(session, order.depot_code, order.service_day), at)

    return plan


def told(rows, record, **where):
    return [(m.change, m.state) for m in rows(record, **where)]


def saying(message, settings):
    return load_texts(settings).say(message.change, message.language, message.figures, message.link)


def test_the_window_is_told_when_the_order_is_taken(bring, rows, sqlite_record, desk):
    bring()
    bring()
    (message,) = rows(sqlite_record)
    assert (message.change, message.phone, message.booking_id, message.link) == ("order_taken", PHONE, None, "")
    assert saying(message, desk.settings) == (
        "【达州回收】示例家电的送货（SO-1）定于3月5日周四 09:00–12:00上门，请留人；有旧物交回的请备好。"
    )


def test_customers_are_told_in_their_language(bring, rows, sqlite_record, desk):
    bring(短信语言="英文")
    (message,) = rows(sqlite_record)
    assert "your delivery SO-1 comes on Thu 5 Mar, 09:00-12:00" in saying(message, desk.settings)


def test_what_does_not_concern_the_customer_is_not_told(bring, rows, sqlite_record):
    bring()
    bring(楼层="4")
    bring(旧物="fridge*2")
    assert told(rows, sqlite_record) == [("order_taken", "waiting")]


def test_other_hours_are_told_and_make_old_news_of_the_first(bring, rows, sqlite_record, now):
    bring()
    bring(at=now + MINUTE, 时段="13:00-16:00")
    assert told(rows, sqlite_record) == [("order_taken", "outdated"), ("order_moved", "waiting")]


def test_another_number_is_told_all_of_it(bring, rows, sqlite_record, now):
    bring()
    bring(at=now + MINUTE, 电话="13900139000")
    assert told(rows, sqlite_record, phone=PHONE) == [("order_taken", "outdated")]
    assert told(rows, sqlite_record, phone="+8613900139000") == [("order_taken", "waiting")]


def test_cancelled_and_ordered_again(bring, rows, sqlite_record, desk, now):
    bring()
    with desk.database.write() as session:
        order = deliveries.the_order(session, "示例家电", "SO-1", lock=True)
        deliveries.cancel(session, desk, order, "", STAFF, now + MINUTE)
        deliveries.cancel(session, desk, order, "", STAFF, now + MINUTE)
    assert told(rows, sqlite_record) == [("order_taken", "outdated"), ("order_cancelled", "waiting")]
    bring(at=now + 2 * MINUTE)
    assert told(rows, sqlite_record)[1:] == [("order_cancelled", "outdated"), ("order_taken", "waiting")]


def test_the_narrowed_hours_are_told_on_the_evening_before(bring, planned, rows, sqlite_record, desk, now):
    order = bring()
    planned(order, NINE + 30 * MINUTE, now + MINUTE)
    planned(order, NINE + 30 * MINUTE, now + 2 * MINUTE)
    (message,) = rows(sqlite_record, change="order_planned")
    local = desk.clock.local(message.due_at)
    assert (local.isoformat()[:16], message.urgent) == ("2026-03-04T20:30", False)
    start, end = (
        desk.clock.local(m) for m in (message_of(order, desk).planned_start, message_of(order, desk).planned_end)
    )
    assert f"预计{start:%H:%M}到{end:%H:%M}到达" in saying(message, desk.settings)
    planned(order, NINE + 120 * MINUTE, now + 3 * MINUTE)
    states = [state for _, state in told(rows, sqlite_record, change="order_planned")]
    assert states == ["outdated", "waiting"], "the newest hours take the place of what waits"


def message_of(order, desk):
    with desk.database.read() as session:
        return session.get(TradeInOrder, order.id)


def test_what_comes_off_its_route_before_is_not_told(bring, planned, rows, sqlite_record, desk, now):
    order = bring()
    planned(order, NINE, now)
    planned(order, NINE - 60 * MINUTE, now)  # not within the promise
    assert told(rows, sqlite_record, change="order_planned") == [("order_planned", "outdated")]


def test_on_the_way_is_told_after_a_minute_unless_it_is_taken_back(bring, planned, rows, sqlite_record, desk, now):
    order = bring()
    planned(order, NINE + 30 * MINUTE, now)

    def say(deed, at, *more):
        with desk.database.write() as session:
            deed(session, desk, order.id, "T-BOX", *more, STAFF, at)

    say(outcome.set_off, AT)
    say(outcome.turned_back, AT + MINUTE / 2)
    assert told(rows, sqlite_record, change="order_on_the_way") == [("order_on_the_way", "outdated")]
    say(outcome.set_off, AT + MINUTE)
    say(outcome.set_off, AT + 2 * MINUTE)
    (message,) = rows(sqlite_record, change="order_on_the_way", state="waiting")
    assert message.due_at == AT + MINUTE + timedelta(seconds=60)
    assert message.urgent
    assert "预计09:15到09:55到达" in saying(message, desk.settings)
    assert told(rows, sqlite_record, change="order_planned") == [("order_planned", "outdated")]
    say(outcome.delivered, AT + 3 * MINUTE, "")
    assert told(rows, sqlite_record, change="order_on_the_way", state="waiting") == []


def test_what_was_not_delivered_is_told_with_its_reason(bring, planned, rows, sqlite_record, desk, now):
    order = bring()
    planned(order, NINE + 30 * MINUTE, now)
    with desk.database.write() as session:
        outcome.not_delivered(session, desk, order.id, "T-BOX", "does-not-fit", STAFF, AT)
        outcome.not_delivered(session, desk, order.id, "T-BOX", "does-not-fit", STAFF, AT)
    (message,) = rows(sqlite_record, change="order_failed")
    assert "没有送成：门或楼道进不去" in saying(message, desk.settings)
    assert told(rows, sqlite_record, change="order_planned") == [("order_planned", "outdated")]


def test_every_reason_of_a_crew_has_words_of_its_own(settings):
    texts = load_texts(settings)
    assert set(outcome.WHY_NOT) | set(fetching.WHY_NOT_FETCHED) | {"other"} == set(texts.file.order_reasons)


def test_a_file_without_words_for_other_reasons_is_refused(home):
    path = home / "config" / "messages.toml"
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.rpartition("[order_reasons]")
    kept = "\n".join(line for line in tail.splitlines() if not line.startswith("other"))
    path.write_text(f"{head}[order_reasons]{kept}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="order_reasons: there is no text for other"):
        load_texts(load_settings())


def test_an_order_without_a_number_is_told_to_nobody(bring, planned, rows, sqlite_record, desk, now):
    order = bring()
    with desk.database.write() as session:
        session.get(TradeInOrder, order.id).phone = ""
    planned(order, NINE, now)
    assert [m.change for m in rows(sqlite_record)] == ["order_taken"]
    with desk.database.read() as session:
        assert session.scalars(select(Message.phone)).all() == [PHONE]
