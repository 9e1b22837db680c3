"""Orders of shops on pages: the week, a file, cancelling, and what the crew says at the door."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import system
from recycling.amending import copied
from recycling.booking import Office
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import Account, AuditEvent, LedgerEntry, Message, PlanRoute, TradeInOrder
from recycling.settings import load_settings

PAGE, TRUCK = "/orders?day=2026-03-05", "/crew/T-BOX/2026-03-05"
AT = NINE + 10 * MINUTE
ENGLISH = {"Accept-Language": "en"}
HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段"]


def table(*numbers, **changes):
    cells = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "fridge", "fridge*1", "2026-03-05", "09:00-12:00"]
    rows = [dict(zip(HEAD, [f"SO-{n}", *cells], strict=True)) | changes for n in numbers]
    return csv_bytes(HEAD, [[row[name] for name in HEAD] for row in rows])


@pytest.fixture
def dispatcher(app, signed_in):
    return signed_in(app, "dispatcher", ["DEP-01"])


@pytest.fixture
def ordered(sqlite_record, office, now):
    """Take orders of a shop by their numbers; return the first."""

    def take(*numbers, shop="Shop", **changes):
        lines = read_table(table(*numbers, **changes))
        deliveries.take_in(office(sqlite_record), lines, shop, system("test"), now)
        with sqlite_record.read() as session:
            return deliveries.the_order(session, shop, f"SO-{numbers[0]}")

    return take


def hidden(client, path=PAGE):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text).group(1)


def send(client, data, mode="good", sender="Shop"):
    file = (io.BytesIO(data), "orders.csv")
    fields = {"csrf_token": hidden(client), "file": file, "mode": mode, "sender": sender}
    return client.post("/orders", data=fields, headers=ENGLISH, content_type="multipart/form-data")


def test_a_file_is_checked_and_then_taken(dispatcher, sqlite_record):
    data = table(1, 2)
    assert "2 would be taken" in send(dispatcher, data, "check").text
    page = send(dispatcher, data).text
    assert "2 taken" in page
    assert "2 taken before" in send(dispatcher, data).text
    with sqlite_record.read() as session:
        assert len(session.scalars(select(TradeInOrder)).all()) == 2
    shown = dispatcher.get(PAGE, headers=ENGLISH).text
    assert "SO-1 · Shop" in shown
    assert re.search(r"brings \w+, takes back \w+", shown)
    assert "09:00–12:00" in shown


def test_what_is_wrong_with_a_file_stands_on_the_page(dispatcher):
    answer = send(dispatcher, table(1, 电话="12"), "good")
    assert "1 to be mended" in answer.text
    assert "This is not a telephone number" in answer.text
    assert 'download="result.csv"' in answer.text
    empty = send(dispatcher, b"")
    assert (empty.status_code, "The file is empty" in empty.text) == (422, True)
    nobody = send(dispatcher, table(1), sender="")
    assert (nobody.status_code, "Enter the shop that orders" in nobody.text) == (422, True)
    missing = send(dispatcher, csv_bytes(["phone"], [["1"]]))
    assert "订单号 / order" in missing.text


def test_a_shop_sees_and_changes_its_own_orders_alone(app, signed_in, sqlite_record, ordered):
    shop = signed_in(app, "retailer", ["DEP-01"])
    with sqlite_record.write() as session:
        session.get(Account, shop.account).name = "Shop"
    ordered(1)
    ordered(2, shop="Other")
    page = shop.get(PAGE, headers=ENGLISH).text
    assert "SO-1" in page
    assert "SO-2" not in page
    assert 'id="sender"' not in page, "whose orders they are is known"
    assert "1 taken" in send(shop, table(3), sender="Other").text
    with sqlite_record.read() as session:
        assert deliveries.the_order(session, "Shop", "SO-3")
    fields = {"csrf_token": hidden(shop), "order": "SO-2", "sender": "Other", "reason": "x"}
    assert shop.post("/orders/cancel", data=fields, headers=ENGLISH).status_code == 404


def test_orders_of_other_depots_are_not_shown(app, signed_in, ordered):
    ordered(1)
    assert "SO-1" not in signed_in(app, "dispatcher", ["DEP-02"]).get(PAGE).text
    assert "SO-1" in signed_in(app, "admin").get(PAGE).text


def test_cancelling(dispatcher, ordered):
    ordered(1)
    fields = {"csrf_token": hidden(dispatcher), "order": "SO-1", "sender": "Shop", "reason": "out of stock"}
    assert dispatcher.post("/orders/cancel", data=fields).status_code == 303
    page = dispatcher.get(PAGE, headers=ENGLISH).text
    assert "cancelled" in page
    assert "out of stock" in page


def test_a_day_that_is_planned_is_not_cancelled_here(app, signed_in, ordered, sqlite_record):
    ordered(1)
    with time_machine.travel(AT, tick=False):
        dispatcher = signed_in(app, "dispatcher", ["DEP-01"], at=AT)
        fields = {"csrf_token": hidden(dispatcher), "order": "SO-1", "sender": "Shop", "reason": "x"}
        answer = dispatcher.post("/orders/cancel", data=fields, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Call the dispatcher" in answer.text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_week_and_the_template_as_files(dispatcher, ordered, ending):
    ordered(1)
    week = dispatcher.get(f"/orders/list.{ending}?day=2026-03-05")
    assert [line.cells[0] for line in read_table(week.data)] == ["order", "SO-1"]
    template = dispatcher.get(f"/orders/template.{ending}")
    assert len(read_table(template.data)) == 2


@pytest.mark.parametrize("day", ["", "tomorrow", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_means_today(dispatcher, day):
    assert dispatcher.get(f"/orders?day={day}", headers=ENGLISH).status_code == 200


def test_a_planned_order_says_when(dispatcher, ordered, sqlite_record):
    make_plan(sqlite_record, ordered(1), 1, begins=NINE + 20 * MINUTE, kind="order_id")
    page = dispatcher.get(PAGE, headers=ENGLISH).text
    assert "about 09:20" in page
    assert "Cancel the order" not in page


@pytest.fixture
def crew(app, signed_in, ordered, sqlite_record):
    """The crew of a truck whose route has an order; the order."""
    order = ordered(1, 旧物="fridge*1")
    make_plan(sqlite_record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    with time_machine.travel(AT, tick=False):
        yield signed_in(app, "driver", ["DEP-01"], at=AT), order


def say(client, order, **entries):
    fields = {"csrf_token": hidden(client, TRUCK), "order": getattr(order, "id", order), **entries}
    return client.post(f"{TRUCK}/order", data=fields, headers=ENGLISH)


def test_the_crew_sees_what_it_brings_and_takes_back(crew):
    page = crew[0].get(TRUCK, headers=ENGLISH).text
    assert "Deliveries" in page
    assert "3栋501" in page
    assert "138****8000" in page
    assert "Delivery with take-back" in page, "it counts in what is still ahead"


def test_what_is_taken_back_is_on_the_truck(crew, sqlite_record, catalogue):
    client, order = crew
    assert "SO-1: delivered." in say(client, order, word="delivered", old="").text
    assert say(client, order, word="delivered", old="").status_code == 200
    with sqlite_record.read() as session:
        assert session.get(TradeInOrder, order.id).state == "delivered"
        (entry,) = session.scalars(select(LedgerEntry).where(LedgerEntry.key == f"take-back:{order.id}")).all()
        assert max(line.amount for line in entry.lines) >= 1000 * catalogue.items["fridge"].kg
    page = client.get(TRUCK, headers=ENGLISH).text
    assert "delivered" in page
    assert "Delivery with take-back" not in page
    assert say(client, order, word="failed", reason="refused").status_code == 409


def test_the_number_to_call_is_shown_on_demand_and_that_is_written_down(crew, sqlite_record):
    client, order = crew
    assert "13800138000" not in client.get(TRUCK).text
    assert 'href="tel:+8613800138000"' in say(client, order, word="number").text
    with sqlite_record.read() as session:
        seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "caller.seen")).all()
    assert [(e.subject_id, e.actor_id) for e in seen] == [(str(order.id), str(client.account))]


def test_an_old_thing_that_was_not_given(crew, sqlite_record):
    client, order = crew
    assert say(client, order, word="delivered", old="old-kept").status_code == 200
    with sqlite_record.read() as session:
        assert session.get(TradeInOrder, order.id).reason == "old-kept"
        assert not session.scalars(select(LedgerEntry)).all()
    assert "old one not given" in client.get(TRUCK, headers=ENGLISH).text


def test_what_was_not_delivered_has_a_reason(crew, sqlite_record):
    client, order = crew
    assert say(client, order, word="failed", reason="mood").status_code == 422
    assert say(client, order, word="delivered", old="eaten").status_code == 422
    assert "not delivered" in say(client, order, word="failed", reason="does-not-fit").text
    with sqlite_record.read() as session:
        found = session.get(TradeInOrder, order.id)
    assert (found.state, found.reason) == ("failed", "does-not-fit")


@pytest.fixture
def twice(app, signed_in, sqlite_record, catalogue, fleet, now):
    """The crew of a truck that comes to a door twice: with the new thing and, at 14:00, for the old one; the order."""
    desk = Office(sqlite_record, load_settings(deliveries={"shops": {"Shop": "return"}}), catalogue, fleet)
    deliveries.take_in(desk, read_table(table(1)), "Shop", system("test"), now)
    with sqlite_record.read() as session:
        order = deliveries.the_order(session, "Shop", "SO-1")
    make_plan(sqlite_record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    with sqlite_record.write() as session:
        (route,) = session.scalars(select(PlanRoute)).all()
        begins = NINE + 300 * MINUTE
        again = copied(route.visits[-1])
        again.order_id, again.fetches, again.position = order.id, True, len(route.visits)
        again.arrives_at, again.begins_at, again.ends_at = begins, begins, begins + 5 * MINUTE
        route.visits.append(again)
    with time_machine.travel(AT, tick=False):
        yield signed_in(app, "driver", ["DEP-01"], at=AT), order


def test_the_second_visit_has_a_line_of_its_own(twice):
    page = twice[0].get(TRUCK, headers=ENGLISH).text
    deeds = page[page.index("<h2>Deliveries</h2>") : page.index("<h2>Still ahead</h2>")]
    first, second = deeds.split("<li ")[1:]
    assert "brings" in first
    assert "the old things are fetched" in first
    assert 'name="fetch"' not in first
    assert "takes back" in second
    assert "14:00" in second
    assert 'name="fetch" value="1"' in second
    assert "Old things of a delivery" in page


def test_both_visits_end_by_themselves_and_the_old_thing_is_on_the_truck_once(twice, sqlite_record):
    client, order = twice
    assert "SO-1: delivered." in say(client, order, word="delivered", old="").text
    with sqlite_record.read() as session:
        assert not session.scalars(select(LedgerEntry)).all(), "it is still at the door"
    set_off = say(client, order, word="set_off", fetch="1").text
    assert "SO-1: the crew is on its way" in set_off
    assert 'value="turned_back"' in set_off
    assert "taken back" in say(client, order, word="turned_back", fetch="1").text
    assert say(client, order, word="fetched", fetch="1", old="eaten").status_code == 422
    for _ in range(2):
        assert "SO-1: fetched. It is on the truck now." in say(client, order, word="fetched", fetch="1", old="").text
    with sqlite_record.read() as session:
        found = session.get(TradeInOrder, order.id)
        assert (found.state, found.fetch_state) == ("delivered", "fetched")
        assert len(session.scalars(select(LedgerEntry)).all()) == 1
    assert "fetched" in client.get(TRUCK, headers=ENGLISH).text


def test_what_was_not_fetched_has_a_reason(twice, sqlite_record):
    client, order = twice
    say(client, order, word="delivered", old="")
    assert say(client, order, word="failed", fetch="1", reason="mood").status_code == 422
    assert "SO-1: not fetched" in say(client, order, word="failed", fetch="1", reason="nobody-there").text
    with sqlite_record.read() as session:
        found = session.get(TradeInOrder, order.id)
    assert (found.state, found.fetch_state, found.fetch_reason) == ("delivered", "failed", "nobody-there")


def test_nobody_comes_for_the_old_thing_where_the_new_one_was_not_brought(twice, sqlite_record):
    client, order = twice
    say(client, order, word="failed", reason="refused")
    assert say(client, order, word="fetched", fetch="1", old="").status_code == 409
    with sqlite_record.read() as session:
        assert session.get(TradeInOrder, order.id).fetch_state == "cancelled"
        told = session.scalars(select(Message.change).where(Message.subject == order.id)).all()
    assert "order_fetch_cancelled" in told


def test_an_order_on_no_route_of_the_truck(crew, ordered, now):
    client, _ = crew
    assert say(client, "none", word="delivered").status_code == 404
    with time_machine.travel(now, tick=False):
        another = ordered(2)
    assert say(client, another, word="delivered").status_code == 404


def test_a_delivery_of_tomorrow_has_not_been_brought(app, signed_in, ordered, sqlite_record, at_now):
    order = ordered(1)
    make_plan(sqlite_record, order, 1, kind="order_id")
    dispatcher = signed_in(app, "dispatcher", ["DEP-01"])
    answer = say(dispatcher, order, word="delivered")
    assert answer.status_code == 409
    assert "Say on that day how it went" in answer.text
    assert order.service_day > (at_now + timedelta(hours=8)).date()


def test_the_day_of_a_dispatcher_says_what_became_of_a_delivery(crew, app, signed_in):
    client, order = crew
    say(client, order, word="failed", reason="does-not-fit")
    page = signed_in(app, "dispatcher", ["DEP-01"], at=AT).get("/dispatch/DEP-01/2026-03-05", headers=ENGLISH).text
    assert "not delivered · it does not fit through the door or the stairs" in page


def test_an_order_that_came_after_the_plan_is_said_to_wait(crew, app, signed_in, ordered, now):
    with time_machine.travel(now, tick=False):
        ordered(2)
    page = signed_in(app, "dispatcher", ["DEP-01"], at=AT).get("/dispatch/DEP-01/2026-03-05", headers=ENGLISH).text
    assert "1 order came after this plan" in page


def test_the_counter_sees_whom_no_message_about_a_delivery_reached(app, signed_in, ordered, sqlite_record):
    ordered(1)
    with sqlite_record.write() as session:
        session.scalars(select(Message)).one().state = "unreached"
    assert "delivery SO-1 of Shop" in signed_in(app, "clerk", ["DEP-01"]).get("/clerk", headers=ENGLISH).text
    assert "SO-1" not in signed_in(app, "clerk", ["DEP-02"]).get("/clerk", headers=ENGLISH).text


def test_what_a_crew_does_besides_carrying_stands_on_its_page_and_on_the_shops(
    app, signed_in, dispatcher, ordered, sqlite_record
):
    order = ordered(1)
    with sqlite_record.write() as session:
        session.get(TradeInOrder, order.id).crew_skills = "dismantle,install"
    make_plan(sqlite_record, order, 1, begins=NINE + 20 * MINUTE, kind="order_id")
    assert "takes the old one down, sets the new one up" in dispatcher.get(PAGE, headers=ENGLISH).text
    with time_machine.travel(AT, tick=False):
        page = signed_in(app, "driver", ["DEP-01"], at=AT).get(TRUCK, headers=ENGLISH).text
    assert "<strong>takes the old one down</strong>, <strong>sets the new one up</strong>" in page


def test_every_kind_of_event_has_its_words():
    from recycling.hooks.events import KINDS
    from web.order_events import KIND_NAMES

    assert set(KINDS) == set(KIND_NAMES)
