"""Old things of a shop's order that a partner recycler fetches: asked, taken on, ours again, called off.

Who has them is in `TradeInOrder.partner`, whether by a hand-over or on a trip with room to spare. Things that go by the
door get hours of their own while they are handed over, since the delivery stays ours: those that a second visit of
the shop's would have.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, hooks
from recycling.accounts.actors import Actor
from recycling.away import call_off_offers
from recycling.booking import Office
from recycling.booking.capacity import recount
from recycling.booking.handed import CHANGED, end
from recycling.deliveries.hours import SHORTEST, fetch_hours
from recycling.deliveries.telling import tell
from recycling.errors import Fault
from recycling.in_force import in_force
from recycling.models import Handover, PlanRoute, PlanVisit, SpareOffer, TradeInOrder
from recycling.models.handover import LIVE, WITHDRAWN
from recycling.models.trade_in import DOOR, OPEN


def stand_apart(office: Office, order: TradeInOrder) -> Fault | None:
    """Give old things that go by the door a visit of their own, in the hours after the delivery.

    Returns why that cannot be, which leaves the order as it is; None also where they have hours of their own already.
    """
    if order.old_goods != DOOR or order.fetch_start is not None or not order.things_back:
        return None
    found = [(office.catalogue.find(code), pieces) for code, pieces in order.things_back]
    carried = order.minutes
    order.fetch_minutes = sum(item.minutes * pieces for item, pieces in found)
    order.fetch_people = max(item.people for item, _ in found)
    order.minutes = round(carried - order.fetch_minutes, 6)
    order.fetch_start = order.fetch_end = order.promise_end  # so that nothing is carried at once
    hours = fetch_hours(office.settings, order, "", SHORTEST)
    if isinstance(hours, Fault):
        order.minutes, order.fetch_minutes, order.fetch_people = carried, 0.0, 0
        order.fetch_start = order.fetch_end = None
        return hours
    order.fetch_start, order.fetch_end = hours
    order.fetch_state, order.fetch_reason = OPEN, ""
    return None


def join(order: TradeInOrder) -> None:
    """Let the delivery take what is old along again."""
    order.minutes = round(order.minutes + order.fetch_minutes, 6)
    order.fetch_minutes, order.fetch_people = 0.0, 0
    order.fetch_start = order.fetch_end = order.fetch_planned_start = order.fetch_planned_end = None
    order.fetch_state = order.fetch_reason = ""


def offered(session: Session, office: Office, order: TradeInOrder, partner: str, actor: Actor, now: datetime) -> None:
    """Note that a partner is asked whether it fetches the old things; nobody is told, and we plan no visit for them."""
    order.partner, order.away_since = partner, None
    session.flush()
    audit.record(session, actor, "order.fetch_offered", "order", order.id, None, {"partner": partner}, now)
    recount(session, office, order.depot_code, order.service_day)


def handed_over(session: Session, office: Office, order: TradeInOrder, name: str, actor: Actor, now: datetime) -> None:
    """Note that the partner of an order fetches its old things, of which shop and customer hear."""
    order.away_since = order.changed_at = now
    order.fetch_planned_start = order.fetch_planned_end = None
    order.version += 1
    hooks.say(session, order, "fetch_handed", now)
    tell(session, order, "order_fetch_handed", now, partner=name)
    session.flush()
    audit.record(session, actor, "order.fetch_handed", "order", order.id, None, {"partner": order.partner}, now)
    recount(session, office, order.depot_code, order.service_day)


def handed_back(session: Session, office: Office, order: TradeInOrder, actor: Actor, now: datetime, why: str) -> None:
    """Let the old things of an order be ours again: in the hours that were promised, if a partner had accepted.

    Else the delivery takes along what it would have taken, unless it stands on a route already, stated without that.
    Shop and customer hear of it only where they were told of the partner, or where somebody comes for that alone.
    """
    partner, accepted = order.partner, order.away_since is not None
    order.partner, order.away_since = "", None
    if accepted and order.fetching:
        order.version, order.changed_at = order.version + 1, now
        hooks.say(session, order, "fetch_handed_back", now)
        tell(session, order, "order_fetch_handed_back", now)
    elif order.apart and order.fetching and not on_a_route(session, order, fetches=False):
        join(order)
    elif order.apart and order.fetching:
        order.version, order.changed_at = order.version + 1, now
        hooks.say(session, order, "changed", now)
        tell(session, order, "order_fetch", now)
    session.flush()
    after = {"partner": partner, "reason": why}
    audit.record(session, actor, "order.fetch_handed_back", "order", order.id, None, after, now)
    recount(session, office, order.depot_code, order.service_day)


def call_off(session: Session, order: TradeInOrder, actor: Actor, now: datetime) -> None:
    """Take the old things of an order from their partner, as the order changes or ends; its program is told.

    The caller holds the order's row. Hours that nobody has been told of are forgotten.
    """
    if not order.partner:
        return
    live = select(Handover).where(Handover.order_id == order.id, Handover.state.in_(LIVE)).with_for_update()
    found = session.scalar(live.execution_options(populate_existing=True))
    if found is not None:
        end(session, found, WITHDRAWN, CHANGED, actor, now)
    call_off_offers(session, SpareOffer.order_id, order.id, actor, now)
    told = order.away_since is not None
    order.partner, order.away_since = "", None
    if order.apart and order.fetching and not told:
        join(order)
    session.flush()


def on_a_route(session: Session, order: TradeInOrder, fetches: bool) -> bool:
    """Tell whether a visit of an order stands on a route of the plan in force: the one that brings, or the other."""
    plan = session.scalar(in_force(order.depot_code, order.service_day))
    if plan is None:
        return False
    there = select(PlanVisit.route_id).join(PlanRoute)
    there = there.where(PlanRoute.plan_id == plan.id, PlanVisit.order_id == order.id, PlanVisit.fetches.is_(fetches))
    return session.scalar(there.limit(1)) is not None
