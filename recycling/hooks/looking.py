"""Looking after events: which have not come through, trying them anew, passing them over, and a test."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.errors import N_, ConflictError, NotFoundError
from recycling.hooks.events import PARTNER, TEST, write
from recycling.hooks.keeping import keeps, shop_hook
from recycling.hooks.sending import ENDED, earlier_unsent
from recycling.models import ShopEvent, ShopHook, TradeInOrder
from recycling.models.base import new_id

MOST = 100


@dataclass(frozen=True)
class Line:
    """An event with the shop's number of its order, "" for a test."""

    event: ShopEvent
    number: str


def lines(
    session: Session,
    shop: str = "",
    states: Collection[str] = (),
    depots: Collection[str] | None = None,
    most: int = MOST,
) -> list[Line]:
    """Return events of a shop or of all, in some states or any, and of some depots' orders; the newest first."""
    query = _of(select(ShopEvent, TradeInOrder.external_id), shop, depots)
    if states:
        query = query.where(ShopEvent.state.in_(sorted(states)))
    found = session.execute(query.order_by(ShopEvent.made_at.desc(), ShopEvent.sequence.desc()).limit(most))
    return [Line(event, number or "") for event, number in found]


def addresses(session: Session, shop: str = "") -> list[ShopHook]:
    """Return the addresses of a shop or of all, by the shops' names."""
    query = select(ShopHook).order_by(ShopHook.retailer)
    mine = ShopHook.retailer == shop if shop else ShopHook.retailer.not_like(f"{PARTNER}%")
    return list(session.scalars(query.where(mine)))


def counts(session: Session, shop: str = "", depots: Collection[str] | None = None) -> Counter[str]:
    """Return how many events are in each state."""
    query = _of(select(ShopEvent.state, func.count()), shop, depots).group_by(ShopEvent.state)
    found: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    return Counter(found)


def again(
    session: Session,
    actor: Actor,
    now: datetime,
    keys: Sequence[uuid.UUID] = (),
    shop: str = "",
    depots: Collection[str] | None = None,
) -> int:
    """Send events anew, with the ids and numbers that they have: those named, or all that are given up.

    Returns how many. One that was sent may be sent again, too. What is given up before it in its order goes first.

    Raises
    ------
    NotFoundError
        When one that is named is not there, or not of the shop or the depots, or its shop has no address any more.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, _looks_after(shop))
    query = _of(select(ShopEvent), shop, depots).order_by(ShopEvent.id)
    query = query.where(ShopEvent.id.in_(list(keys)) if keys else ShopEvent.state == "given-up")
    found = list(session.scalars(query.with_for_update(of=ShopEvent)))
    if len(found) < len(set(keys)):
        raise _unknown()
    for named in {event.retailer for event in found}:
        shop_hook(session, named)
    wanted = {event.id: event for one in found for event in [*earlier_unsent(session, one), one]}
    for event in wanted.values():
        event.state, event.due_at, event.trying_since = "waiting", now, now
        event.attempts, event.error, event.status, event.lease_until = 0, "", 0, None
        event.fence += 1  # a sender that has it now says nothing of it any more
        audit.record(session, actor, "event.again", "event", event.id, None, None, now)
    return len(wanted)


def pass_over(
    session: Session,
    actor: Actor,
    now: datetime,
    key: uuid.UUID,
    shop: str = "",
    depots: Collection[str] | None = None,
) -> None:
    """Let an event that does not come through not be sent, so that those behind it are. Raises as `again`."""
    demand(actor, _looks_after(shop))
    query = _of(select(ShopEvent), shop, depots).where(ShopEvent.id == key)
    event: ShopEvent | None = session.scalar(query.with_for_update(of=ShopEvent))
    if event is None or event.state in ENDED:
        raise _unknown()
    event.state, event.lease_until, event.fence = "passed", None, event.fence + 1
    audit.record(session, actor, "event.passed", "event", event.id, None, None, now)


def try_out(session: Session, shop: str, actor: Actor, now: datetime) -> ShopEvent:
    """Send a shop's program an event that is about no order.

    Raises
    ------
    NotFoundError
        When the shop has named no address.
    ConflictError
        While another test waits.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, keeps(shop))
    shop_hook(session, shop, lock=True)
    waiting = select(ShopEvent.id).where(
        ShopEvent.retailer == shop, ShopEvent.kind == TEST, ShopEvent.state.in_(("waiting", "sending"))
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise ConflictError.one("test-waits", N_("A test is on its way already. Look below how it goes."))
    key = new_id()
    body: dict[str, object] = {"id": str(key), "type": TEST, "sequence": 0, "at": now.isoformat(), "order": None}
    return write(session, key, shop, None, 0, TEST, body, now)


def _looks_after(owner: str) -> Action:
    return Action.HANDOVER_TAKE if owner.startswith(PARTNER) else Action.ORDER_SEND


def _of(query: Any, shop: str, depots: Collection[str] | None) -> Any:
    joined = query.outerjoin(TradeInOrder, TradeInOrder.id == ShopEvent.order_id)
    if shop:
        joined = joined.where(ShopEvent.retailer == shop)
    else:  # what partners are told is on their own page
        joined = joined.where(ShopEvent.retailer.not_like(f"{PARTNER}%"))
    if depots is not None:
        joined = joined.where(or_(TradeInOrder.depot_code.in_(sorted(depots)), ShopEvent.order_id.is_(None)))
    return joined


def _unknown() -> NotFoundError:
    return NotFoundError.one("no-event", N_("There is no such event that waits, or it was sent meanwhile."))
