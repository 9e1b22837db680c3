"""What crews and scales have reported of the services of a day's plan."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.deliveries.fetching import REOPENED
from recycling.models import AuditEvent, Booking, Call, Plan, StockWeighIn, TradeInOrder
from recycling.models.trade_in import DELIVERED, FAILED, FETCHED, OPEN
from recycling.stop_names import stop_of

DONE, TO_NOTHING, ON_THE_WAY, GONE, STILL = "done", "failed", "on_the_way", "gone", "open"
OVER = (DONE, TO_NOTHING)
REPORTED = (*OVER, ON_THE_WAY)


@dataclass(frozen=True)
class Mark:
    """How a service stands, and since when; ``gone`` is one that was cancelled or moved to another day.

    One that is ``reopened`` is to be done again, of which the plan knows nothing yet.
    """

    state: str
    at: datetime | None = None
    reopened: bool = False


NOTHING = Mark(STILL)


def marks_of(session: Session, plan: Plan) -> dict[str, Mark]:
    """Return how each order of a plan stands, by its stop; the plan's visits are loaded."""
    stops = [stop_of(visit) for route in plan.routes for visit in route.visits if visit.site_code is None]
    keys = {kind: [uuid.UUID(stop[2:]) for stop in stops if stop.startswith(kind)] for kind in ("b:", "c:", "t:", "f:")}
    day, depot = plan.service_day, plan.depot_code
    found: dict[str, Mark] = {}
    bookings = session.scalars(select(Booking).where(Booking.id.in_(keys["b:"]))).all()
    left = _set_off(session, [one.id for one in bookings if one.state == "on_the_way"])
    for booking in bookings:
        here = (booking.depot_code, booking.service_day) == (depot, day)
        found[f"b:{booking.id}"] = _of_booking(booking, left) if here else Mark(GONE)
    for call in session.scalars(select(Call).where(Call.id.in_(keys["c:"]))):
        here = (call.depot_code, call.service_day, call.state) == (depot, day, "planned")
        found[f"c:{call.id}"] = NOTHING if here else Mark(GONE)
    orders = session.scalars(select(TradeInOrder).where(TradeInOrder.id.in_([*keys["t:"], *keys["f:"]]))).all()
    again = reopened_since(session, [one.id for one in orders if one.fetching], plan.made_at)
    for order in orders:
        here = (order.depot_code, order.service_day) == (depot, day)
        found[f"t:{order.id}"] = _of_order(order) if here else Mark(GONE)
        found[f"f:{order.id}"] = _of_second_visit(order, again.get(str(order.id))) if here else Mark(GONE)
    return found


def _of_booking(booking: Booking, left: Mapping[str, datetime]) -> Mark:
    if booking.state in ("collected", "settled"):
        return Mark(DONE, booking.ended_at)
    if booking.state == "failed":
        return Mark(TO_NOTHING, booking.ended_at)
    if booking.state == "on_the_way":
        return Mark(ON_THE_WAY, left.get(str(booking.id)))
    return Mark(GONE) if booking.state == "cancelled" else NOTHING


def _of_order(order: TradeInOrder) -> Mark:
    if order.state == DELIVERED:
        return Mark(DONE, order.changed_at)
    if order.state == FAILED:
        return Mark(TO_NOTHING, order.changed_at)
    if order.state == OPEN:
        return NOTHING if order.set_off_at is None else Mark(ON_THE_WAY, order.set_off_at)
    return Mark(GONE)


def _of_second_visit(order: TradeInOrder, again: datetime | None) -> Mark:
    if order.fetch_state == FETCHED:
        return Mark(DONE, order.changed_at)
    if order.fetch_state == FAILED:
        return Mark(TO_NOTHING, order.changed_at)
    if order.fetching and not order.partner:
        if order.fetch_set_off_at is not None:
            return Mark(ON_THE_WAY, order.fetch_set_off_at)
        return NOTHING if again is None else Mark(STILL, again, reopened=True)
    return Mark(GONE)


def _set_off(session: Session, keys: Sequence[uuid.UUID]) -> dict[str, datetime]:
    """Return when it was said last that crews set off."""
    return _last(session, "booking", "booking.on_the_way", keys)


def reopened_since(session: Session, orders: Sequence[uuid.UUID], since: datetime) -> dict[str, datetime]:
    """Return when second visits were reopened last, by order, as far as that was not before a moment."""
    found = _last(session, "order", REOPENED, orders)
    return {order: at for order, at in found.items() if at >= since}


def _last(session: Session, kind: str, action: str, keys: Sequence[uuid.UUID]) -> dict[str, datetime]:
    """Return when something was done last to each subject."""
    if not keys:
        return {}
    query = select(AuditEvent.subject_id, func.max(AuditEvent.at)).where(
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id.in_([str(key) for key in keys]),
        AuditEvent.action == action,
    )
    return {subject: at for subject, at in session.execute(query.group_by(AuditEvent.subject_id)) if at is not None}


def weighed_in(session: Session, depot: str, day: date) -> dict[tuple[str, str], list[datetime]]:
    """Return when trucks were weighed in on a day, by truck and site, the earliest first."""
    query = select(StockWeighIn.plate, StockWeighIn.site_code, StockWeighIn.at)
    query = query.where(StockWeighIn.depot_code == depot, StockWeighIn.day == day, StockWeighIn.site_code.is_not(None))
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for plate, site, at in session.execute(query.order_by(StockWeighIn.at)):
        found[plate, site or ""].append(at)
    return found
