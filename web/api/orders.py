"""Orders of shops: sent, changed by sending them again, listed, cancelled."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from recycling import clock, deliveries
from recycling.accounts.rights import Action
from recycling.errors import N_
from recycling.models import TradeInOrder
from web.api.blueprint import api
from web.api.order_schemas import OrderAnswer, OrderBody, OrderCancelQuery, OrdersAnswer, OrdersQuery, ShopQuery
from web.rights import actor
from web.services import services

ORDERS = "orders"
WEEK = timedelta(days=6)
PLAIN = (
    "contact",
    "phone",
    "community",
    "address",
    "floor",
    "lift",
    "crs",
    "new_item",
    "condition",
    "install_minutes",
    "people",
    "day",
    "window",
    "note",
    "fetch_window",
    "language",
)
PERHAPS = ("lon", "lat", "height_limit", "new_kg", "new_litres", "price_yuan", "ordered_on")


@api.operation("PUT", "/orders/<number>", Action.ORDER_SEND, N_("Send an order, or change it"), ORDERS)
@api.arguments(ShopQuery, location="query")
@api.arguments(OrderBody)
@api.response(200, OrderAnswer)
def send_order(query: dict[str, Any], body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take the order under the shop's own number; the same again changes nothing, another body changes the order."""
    s, now = services(), clock.utc_now()
    wish = deliveries.OrderWish(
        external=number.strip(),
        old_items=body.get("old_items", {}),
        services=body.get("services", ()),
        **{name: body[name] for name in PLAIN},
        **{name: body.get(name) for name in PERHAPS},
    )
    with s.database.write() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        checked = deliveries.checked(session, s.office, wish, shop, now)
        outcome, order = deliveries.enter(session, s.office, checked, actor(), now)
        return {"outcome": outcome, **_said(order, deliveries.standing_of(session, [order])[order.id])}


@api.operation("GET", "/orders/<number>", Action.ORDER_SEND, N_("An order as it stands"), ORDERS)
@api.arguments(ShopQuery, location="query")
@api.response(200, OrderAnswer)
def show_order(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Return an order of the shop by its number."""
    with services().database.read() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        order = deliveries.the_order(session, shop, number)
        return _said(order, deliveries.standing_of(session, [order])[order.id])


@api.operation("GET", "/orders", Action.ORDER_SEND, N_("Orders of seven days"), ORDERS)
@api.arguments(OrdersQuery, location="query")
@api.response(200, OrdersAnswer)
def list_orders(query: dict[str, Any]) -> dict[str, Any]:
    """Return the shop's orders by day and hour."""
    s = services()
    first = query.get("day") or s.settings.clock.today(clock.utc_now())
    last = min(first, date.max - WEEK) + WEEK
    with s.database.read() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        found = deliveries.orders_between(session, first, last, shop)
        standing = deliveries.standing_of(session, found)
    return {"orders": [_said(order, standing[order.id]) for order in found]}


@api.operation("DELETE", "/orders/<number>", Action.ORDER_SEND, N_("Cancel an order"), ORDERS)
@api.arguments(OrderCancelQuery, location="query")
@api.response(200, OrderAnswer)
def cancel_order(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Cancel an order until the evening before its day; one that is cancelled already stays so."""
    s = services()
    with s.database.write() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        order = deliveries.the_order(session, shop, number, lock=True)
        deliveries.cancel(session, s.office, order, query["reason"], actor(), clock.utc_now())
        return _said(order, deliveries.standing_of(session, [order])[order.id])


def _span(start: datetime | None, end: datetime | None) -> dict[str, datetime] | None:
    local = services().settings.clock.local
    return {"start": local(start), "end": local(end)} if start is not None and end is not None else None


def _fetch(order: TradeInOrder, standing: deliveries.Standing) -> dict[str, Any] | None:
    """Return how the second visit stands, None where there is none."""
    if order.fetch_start is None:
        return None
    return {
        "state": standing.fetch_state,
        "by": order.partner if order.away_since is not None else "",
        "reason": order.fetch_reason,
        "promise": _span(order.fetch_start, order.fetch_end),
        "planned_window": _span(order.fetch_planned_start, order.fetch_planned_end),
    }


def _said(order: TradeInOrder, standing: deliveries.Standing) -> dict[str, Any]:
    local = services().settings.clock.local
    return {
        "number": order.external_id,
        "shop": order.retailer,
        "state": standing.state,
        "reason": order.reason,
        "version": order.version,
        "day": order.service_day,
        "promise": {"start": local(order.promise_start), "end": local(order.promise_end)},
        "planned_for": local(standing.begins_at) if standing.begins_at else None,
        "planned_window": _span(order.planned_start, order.planned_end),
        "fetch": _fetch(order, standing),
        "place": order.place,
        "new_item": order.new_item,
        "old_items": [{"item": code, "pieces": pieces} for code, pieces in order.old_items],
        "services": sorted(order.skills),
        "scheme": {"code": order.scheme, "yuan": order.voucher / 100} if order.scheme else None,
    }
