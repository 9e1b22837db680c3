"""Writing an event beside the change that it tells, in the same transaction: told if and only if it happened.

An event names the order by the shop's own number and says how it stands. It repeats no person, number or address.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Handover, ShopEvent, ShopHook, SpareOffer, SpareTrip, TradeInOrder
from recycling.models.base import new_id
from recycling.models.trade_in import DELIVERED, FAILED, FETCHED, OPEN

TEST = "test"
KINDS = (
    *("taken", "changed", "planned", "unplanned", "on_the_way", "delivered", "failed", "cancelled"),
    *("fetch_planned", "fetch_unplanned", "fetch_on_the_way", "fetched", "fetch_failed"),
    *("fetch_handed", "fetch_handed_back", TEST),
)
HANDED = ("offered", "accepted", "declined", "lapsed", "withdrawn", "collected", "failed", "corrected", "settled")
"""What is told of a hand-over, or of what a trip is offered: how it stands now, and that its weights were corrected."""
PARTNER = "partner:"
"""Begins the name of a partner recycler where those of shops stand."""
OLD_TAKEN = "taken"
HANDED_OVER = "handed"
"""How the second visit of an order stands that a partner recycler has taken on."""


def say(session: Session, order: TradeInOrder, kind: str, now: datetime) -> ShopEvent | None:
    """Write what became of an order for its shop's program; None where the shop has named no address.

    The caller holds the order's row, so that its events are numbered without a gap.
    """
    known = session.scalar(select(ShopHook.id).where(ShopHook.retailer == order.retailer))
    if known is None:
        return None
    order.events += 1
    key = new_id()
    body = {
        "id": str(key),
        "type": f"order.{kind}",
        "sequence": order.events,
        "at": now.isoformat(),
        "order": {
            "number": order.external_id,
            "shop": order.retailer,
            "state": standing(order),
            "reason": "" if order.state == DELIVERED else order.reason,
            "version": order.version,
            "day": order.service_day.isoformat(),
            "promise": {"start": order.promise_start.isoformat(), "end": order.promise_end.isoformat()},
            "planned": _planned(order),
            "old": old_of(order),
            "fetch": _fetch(order),
            "voucher_yuan": order.voucher / 100,
        },
    }
    session.flush()
    return write(session, key, order.retailer, order.id, order.events, kind, body, now)


def say_handover(session: Session, handover: Handover, kind: str, now: datetime) -> ShopEvent | None:
    """Write what became of a hand-over for the partner's program; None where the partner has named no address.

    The caller holds its row. Like all events it names no person, number or address.
    """
    owner = PARTNER + handover.partner
    if session.scalar(select(ShopHook.id).where(ShopHook.retailer == owner)) is None:
        return None
    handover.events += 1
    key = new_id()
    body = {
        "id": str(key),
        "type": f"handover.{kind}",
        "sequence": handover.events,
        "at": now.isoformat(),
        "handover": {
            "id": str(handover.id),
            "state": handover.state,
            "reason": handover.reason,
            "day": handover.service_day.isoformat(),
            "promise": {"start": handover.promise_start.isoformat(), "end": handover.promise_end.isoformat()},
            "answer_by": handover.answer_by.isoformat(),
            "yuan": None if handover.fen is None else handover.fen / 100,
        },
    }
    session.flush()
    return write(session, key, owner, None, handover.events, kind, body, now, handover.id)


def say_offer(session: Session, offer: SpareOffer, kind: str, now: datetime) -> ShopEvent | None:
    """Write what became of what a trip is offered for its partner's program; None where it has named no address.

    The caller holds its row. It names the trip by the partner's own number, and no person or address.
    """
    trip = session.get_one(SpareTrip, offer.trip_id)
    owner = PARTNER + trip.partner
    if session.scalar(select(ShopHook.id).where(ShopHook.retailer == owner)) is None:
        return None
    offer.events += 1
    key = new_id()
    fen = offer.due if offer.state == "collected" else offer.asks
    body = {
        "id": str(key),
        "type": f"trip-offer.{kind}",
        "sequence": offer.events,
        "at": now.isoformat(),
        "trip_offer": {
            "offer": str(offer.id),
            "trip": trip.external_id,
            "state": offer.state,
            "reason": offer.reason,
            "day": trip.service_day.isoformat(),
            "expected_at": offer.begins_at.isoformat(),
            "answer_by": offer.answer_by.isoformat(),
            "pays_yuan": fen / 100,
        },
    }
    session.flush()
    return write(session, key, owner, None, offer.events, kind, body, now, offer=offer.id)


def write(
    session: Session,
    key: uuid.UUID,
    retailer: str,
    order: uuid.UUID | None,
    sequence: int,
    kind: str,
    body: dict[str, object],
    now: datetime,
    handover: uuid.UUID | None = None,
    offer: uuid.UUID | None = None,
) -> ShopEvent:
    """Put an event into the outbox."""
    event = ShopEvent(
        id=key,
        retailer=retailer,
        order_id=order,
        handover_id=handover,
        offer_id=offer,
        sequence=sequence,
        kind=kind,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        made_at=now,
        trying_since=now,
        due_at=now,
        state="waiting",
    )
    session.add(event)
    session.flush()
    return event


def standing(order: TradeInOrder) -> str:
    """Return how an order stands, by what its own row says."""
    if order.state != OPEN:
        return order.state
    if order.set_off_at is not None:
        return "on_the_way"
    return "planned" if order.planned_start is not None else OPEN


def fetch_standing(order: TradeInOrder) -> str:
    """Return how the second visit of an order stands, "" where it has none."""
    if not order.fetching:
        return order.fetch_state
    if order.away_since is not None:
        return HANDED_OVER
    if order.fetch_set_off_at is not None:
        return "on_the_way"
    return "planned" if order.fetch_planned_start is not None else OPEN


def old_of(order: TradeInOrder) -> str:
    """Return what became of the old things: "" where there are none, or as long as they are still to be taken."""
    if order.fetch_start is not None:
        kept = order.fetch_state == FAILED and order.fetch_reason == "old-kept"
        return order.fetch_reason or OLD_TAKEN if order.fetch_state == FETCHED or kept else ""
    return (order.reason or OLD_TAKEN) if order.state == DELIVERED and order.old_item else ""


def _fetch(order: TradeInOrder) -> dict[str, object] | None:
    if order.fetch_start is None or order.fetch_end is None:
        return None
    first, last = order.fetch_planned_start, order.fetch_planned_end
    return {
        "state": fetch_standing(order),
        "reason": "" if order.fetch_state == FETCHED else order.fetch_reason,
        "by": order.partner if order.away_since is not None else "",
        "promise": {"start": order.fetch_start.isoformat(), "end": order.fetch_end.isoformat()},
        "planned": {"start": first.isoformat(), "end": last.isoformat()} if first and last else None,
    }


def _planned(order: TradeInOrder) -> dict[str, str] | None:
    if order.planned_start is None or order.planned_end is None:
        return None
    return {"start": order.planned_start.isoformat(), "end": order.planned_end.isoformat()}
