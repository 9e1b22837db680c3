"""Finding orders of shops, and how each stands: not planned yet, planned for an hour, done, or not."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.errors import N_, NotFoundError
from recycling.hooks.events import HANDED_OVER
from recycling.models import Plan, PlanRoute, PlanVisit, TradeInOrder
from recycling.models.trade_in import OPEN
from recycling.senders import numbered, sent_between


@dataclass(frozen=True)
class Standing:
    """How an order stands: ``open``, ``planned`` or ``on_the_way`` (then when it begins), or as its state says.

    ``fetch_state`` and ``fetch_at`` say the same of the second visit, "" and None where there is none; ``handed`` where
    a partner recycler has taken it on.
    """

    state: str
    begins_at: datetime | None = None
    fetch_state: str = ""
    fetch_at: datetime | None = None


def orders_between(
    session: Session, first: date, last: date, shop: str = "", depots: Collection[str] | None = None
) -> list[TradeInOrder]:
    """Return the orders of some days by hour, of a shop or of all, and of some depots; None for all depots."""
    by_hour = sent_between(TradeInOrder, first, last, shop, depots).order_by(
        TradeInOrder.promise_start, TradeInOrder.retailer, TradeInOrder.external_id
    )
    return list(session.scalars(by_hour))


def the_order(session: Session, shop: str, external: str, lock: bool = False) -> TradeInOrder:
    """Return a shop's order by its number; NotFoundError when there is none."""
    found = numbered(session, TradeInOrder, shop, external, lock)
    if found is None:
        raise NotFoundError.one(
            "no-order",
            N_("There is no order %(number)s of this shop. Look in the list of orders."),
            number=external[:60],
        )
    return found


def order_by_key(session: Session, key: uuid.UUID) -> TradeInOrder:
    """Return an order by its key; NotFoundError when there is none."""
    found = session.get(TradeInOrder, key)
    if found is None:
        raise NotFoundError.one("no-order", N_("There is no such order."))
    return found


def standing_of(session: Session, orders: Sequence[TradeInOrder]) -> dict[uuid.UUID, Standing]:
    """Return how each order stands, by the newest plan of its day."""
    newest = (
        select(Plan.depot_code, Plan.service_day, func.max(Plan.version).label("version"))
        .where(Plan.service_day.in_({order.service_day for order in orders}), Plan.draft.is_(False))
        .group_by(Plan.depot_code, Plan.service_day)
        .subquery()
    )
    visits = (
        select(PlanVisit.order_id, PlanVisit.fetches, PlanVisit.begins_at)
        .join(PlanRoute)
        .join(Plan)
        .join(
            newest,
            (newest.c.depot_code == Plan.depot_code)
            & (newest.c.service_day == Plan.service_day)
            & (newest.c.version == Plan.version),
        )
        .where(PlanVisit.order_id.in_([order.id for order in orders]))
    )
    begins = {(row.order_id, row.fetches): row.begins_at for row in session.execute(visits)}
    return {order.id: _standing(order, begins) for order in orders}


def _standing(order: TradeInOrder, begins: Mapping[tuple[uuid.UUID, bool], datetime]) -> Standing:
    first = begins.get((order.id, False)) if order.state == OPEN else None
    second = begins.get((order.id, True)) if order.fetching and order.away_since is None else None
    fetches = HANDED_OVER if order.fetching and order.away_since is not None else order.fetch_state
    return Standing(
        order.state if first is None else "planned" if order.set_off_at is None else "on_the_way",
        first,
        fetches if second is None else "planned" if order.fetch_set_off_at is None else "on_the_way",
        second,
    )
