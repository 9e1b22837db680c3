"""Orders of shops by program: sent, changed, listed, cancelled, each shop's own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling.accounts import keys
from recycling.accounts.actors import Role, system
from recycling.models import TradeInOrder

ORDER = {
    "contact": "王女士",
    "phone": "13800138000",
    "community": "A-001",
    "address": "3栋501",
    "new_item": "fridge",
    "old_items": {"fridge": 1},
    "day": "2026-03-05",
    "window": "09:00-12:00",
    "price_yuan": 3299,
    "ordered_on": "2026-03-01",
}


@pytest.fixture
def key_of(sqlite_record, at_now):
    def make(name, role=Role.RETAILER):
        with sqlite_record.write() as session:
            return keys.make(session, system("test"), name, role, ["order.send"], ["DEP-01"], 30, at_now)[1]

    return make


@pytest.fixture
def shop(call, key_of):
    """Return a function that calls as a shop."""
    presented = key_of("Shop")

    def ask(method, path, body=None):
        return call(method, path, body, Authorization=f"Bearer {presented}")

    return ask


def test_an_order_is_taken_once_and_changed_by_sending_it_again(shop):
    made = shop("PUT", "/orders/SO-1", ORDER)
    assert made.status_code == 200
    assert (made.json["outcome"], made.json["state"], made.json["shop"]) == ("taken", "open", "Shop")
    assert made.json["promise"]["start"] == "2026-03-05T09:00:00+08:00"
    assert made.json["scheme"] == {"code": "appliances-2026", "yuan": 494.85}
    assert made.json["old_items"] == [{"item": "fridge", "pieces": 1}]
    assert shop("PUT", "/orders/SO-1", ORDER).json["outcome"] == "known"
    changed = shop("PUT", "/orders/SO-1", {**ORDER, "floor": 8})
    assert (changed.json["outcome"], changed.json["version"]) == ("changed", 2)
    assert shop("GET", "/orders/SO-1").json["version"] == 2


def test_the_list_and_cancelling(shop):
    shop("PUT", "/orders/SO-1", ORDER)
    assert [o["number"] for o in shop("GET", "/orders?day=2026-03-05").json["orders"]] == ["SO-1"]
    assert shop("GET", "/orders?day=9999-12-31").json == {"orders": []}
    gone = shop("DELETE", "/orders/SO-1?reason=sold%20out")
    assert (gone.status_code, gone.json["state"], gone.json["reason"]) == (200, "cancelled", "sold out")
    assert shop("DELETE", "/orders/SO-2").status_code == 404


def test_a_shop_sees_no_other_shops_orders(shop, call, key_of):
    shop("PUT", "/orders/SO-1", ORDER)
    other = f"Bearer {key_of('Other')}"
    assert call("GET", "/orders/SO-1", Authorization=other).status_code == 404
    assert call("GET", "/orders/SO-1?shop=Shop", Authorization=other).status_code == 404, "its name is its key's"
    assert call("GET", "/orders", Authorization=other).json == {"orders": []}
    assert call("GET", "/orders/SO-1").status_code == 401


def test_staff_say_which_shop(call, key_of):
    staff = f"Bearer {key_of('office', Role.DISPATCHER)}"
    assert call("PUT", "/orders/SO-1?shop=Shop", ORDER, Authorization=staff).status_code == 200
    nobody = call("PUT", "/orders/SO-1", ORDER, Authorization=staff)
    assert (nobody.status_code, nobody.json["errors"][0]["code"]) == (422, "no-shop")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"new_item": "dragon"}, "unknown-item"),
        ({"day": "2026-03-04"}, "closed"),
        ({"window": "02:00-03:00"}, "bad-hours"),
        ({"community": "nowhere"}, "unknown-community"),
        ({"old_items": {"fridge": 21}}, "bad-pieces"),
        ({"phone": "00000"}, "bad-phone"),
    ],
)
def test_what_cannot_be_is_said_at_its_place(shop, change, code):
    answer = shop("PUT", "/orders/SO-1", {**ORDER, **change})
    assert answer.status_code == 422
    assert [e["code"] for e in answer.json["errors"]] == [code]
    assert shop("GET", "/orders/SO-1").status_code == 404


def test_a_depot_without_the_crew_for_a_service_says_so(shop):
    answer = shop("PUT", "/orders/SO-1", {**ORDER, "services": ["install"]})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "no-crew")
    assert shop("PUT", "/orders/SO-1", {**ORDER, "services": ["sing"]}).status_code == 422
    assert shop("PUT", "/orders/SO-1", ORDER).json["services"] == []


def test_an_order_says_its_narrowed_hours(shop, sqlite_record, now):
    assert shop("PUT", "/orders/SO-1", ORDER).json["planned_window"] is None
    with sqlite_record.write() as session:
        order = session.scalars(select(TradeInOrder)).one()
        order.planned_start, order.planned_end = order.promise_start, order.promise_start + timedelta(hours=1)
    window = shop("GET", "/orders/SO-1").json["planned_window"]
    assert window == {"start": "2026-03-05T09:00:00+08:00", "end": "2026-03-05T10:00:00+08:00"}
