"""Orders of shops that wait for a round: the new thing goes out with it, and the old one comes back on the way home."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking.days import open_days
from recycling.booking.office import Office
from recycling.counter.taking import refuse_other_depot
from recycling.db import hold
from recycling.deliveries import OrderWish, checked
from recycling.errors import N_, ConflictError, NotFoundError
from recycling.models import RoundPlace, TradeInOrder, VillageRound
from recycling.models.base import new_id
from recycling.models.trade_in import CANCELLED
from recycling.rounds.asking import end_waiting, enter_place, place_facts, the_round_at
from recycling.rounds.dates import latest_day
from recycling.rounds.marked import order_with_village

Taken = Literal["taken", "changed", "known"]


def wait_with_order(
    session: Session, office: Office, wish: OrderWish, shop: str, actor: Actor, now: datetime
) -> tuple[Taken, RoundPlace]:
    """Let a shop's order wait for the round of its village; the same number again changes what waits, or nothing.

    The wish's day and hours are not looked at; a mark without a village belongs to the nearest one. The session is one
    that writes.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended; also where no round serves the place.
    ConflictError
        When the order has a day already.
    ForbiddenError
        When the actor does not work for the depot that serves the place.
    """
    wish = replace(wish, day=None, window="", unreadable={
        name: fault for name, fault in wish.unreadable.items() if name not in ("day", "window")
    })  # fmt: skip
    wish = order_with_village(session, wish)
    draft = order_of_wish(session, office, wish, shop, now)
    refuse_other_depot(actor, Action.ORDER_SEND, draft.depot_code)
    hold(session, f"order/{shop}/{wish.external}")
    refuse_dated(session, shop, wish.external)
    found = the_round_at(session, office, wish.community, now)
    kept = wish_to_json(wish)
    known = _waiting(session, shop, wish.external, lock=True)
    if known is not None:
        refuse_other_depot(actor, Action.ORDER_SEND, session.get_one(VillageRound, known.round_id).depot_code)
        if known.wish == kept:
            return "known", known
        if known.round_id == found.id and known.phone == draft.phone:
            before = place_facts(known)
            known.wish, known.kg, known.language, known.trouble = kept, _kg(draft), draft.language, ""
            audit.record(
                session, actor, "round.order-changed", "round-place", known.id, before, place_facts(known), now
            )
            return "changed", known
        end_waiting(session, office, known, actor, now)  # it goes with another round, or to somebody else
        session.flush()
    place = RoundPlace(
        id=new_id(),
        round_id=found.id,
        kind="order",
        token=secrets.token_urlsafe(24),
        idempotency_key=f"order-{uuid.uuid4()}",
        channel="api",
        community_code=wish.community,
        phone=draft.phone,
        language=draft.language,
        wish=kept,
        kg=_kg(draft),
        retailer=shop,
        external_id=wish.external,
        asked_at=now,
        latest_on=latest_day(office, found, now),
        state="waiting",
        trouble="",
    )
    try:
        enter_place(session, office, place, found, actor, now)
    except IntegrityError as error:
        raise ConflictError.one(
            "order-waits", N_("Order %(number)s is just being sent a second time. Look whether it waits."), where="id",
            number=wish.external,
        ) from error  # fmt: skip
    return "taken" if known is None else "changed", place


def leave_order(session: Session, office: Office, shop: str, external: str, actor: Actor, now: datetime) -> RoundPlace:
    """Let a shop's order wait no longer; one that has left already stays so.

    Raises
    ------
    NotFoundError
        When no order of this number waits.
    ConflictError
        When its round has a day: then the order can be cancelled.
    """
    place = order_waiting(session, shop, external, lock=True)
    refuse_other_depot(actor, Action.ORDER_SEND, session.get_one(VillageRound, place.round_id).depot_code)
    end_waiting(session, office, place, actor, now)
    return place


def order_waiting(session: Session, shop: str, external: str, lock: bool = False) -> RoundPlace:
    """Return an order that waits for a round, or that did so last; NotFoundError when none did."""
    found = _waiting(session, shop, external, lock)
    if found is None:
        query = select(RoundPlace).where(RoundPlace.retailer == shop, RoundPlace.external_id == external)
        found = session.scalar(query.order_by(RoundPlace.asked_at.desc()).limit(1)) if external else None
    if found is None:
        raise NotFoundError.one(
            "no-order-waiting",
            N_("No order %(number)s of this shop waits for a round."),
            number=external[:60],
        )
    return found


def refuse_dated(session: Session, shop: str, external: str) -> None:
    """Raise ConflictError when an order has a day of its own already."""
    order = dated(session, shop, external)
    if order is not None and order.state != CANCELLED:
        raise ConflictError.one(
            "order-dated",
            N_("Order %(number)s has its day, %(day)s. Cancel it first, or leave it as it is."),
            where="id",
            number=external,
            day=order.service_day,
        )


def dated(session: Session, shop: str, external: str) -> TradeInOrder | None:
    """Return a shop's order that has a day, None where there is none of the number."""
    return session.scalar(
        select(TradeInOrder).where(TradeInOrder.retailer == shop, TradeInOrder.external_id == external)
    )


def order_of_wish(
    session: Session, office: Office, wish: OrderWish, shop: str, now: datetime, day: date | None = None, span: str = ""
) -> TradeInOrder:
    """Return the order that a wish makes on a day and in a window, by default in any that is open; errors as there."""
    anyhow = next(iter(open_days(office.settings, now)), office.clock.today(now) + timedelta(days=1))
    first = str(office.settings.service.window_spans[0])
    return checked(session, office, replace(wish, day=day or anyhow, window=span or first), shop, now)


def wish_to_json(wish: OrderWish) -> dict[str, Any]:
    """Return an order as plain JSON values, to be kept while it waits."""
    data = {name: value for name, value in asdict(wish).items() if name not in ("unreadable", "day", "window")}
    return {
        **data,
        "services": sorted(wish.services),
        "old_items": dict(wish.old_items),
        "ordered_on": wish.ordered_on.isoformat() if wish.ordered_on else None,
    }


def wish_from_json(data: Mapping[str, Any]) -> OrderWish:
    """Return the wish that `wish_to_json` gave."""
    fields = dict(data)
    ordered, services = fields.pop("ordered_on"), frozenset(fields.pop("services"))
    return OrderWish(
        **fields,
        day=None,
        window="",
        services=services,
        ordered_on=date.fromisoformat(ordered) if ordered else None,
    )


def _waiting(session: Session, shop: str, external: str, lock: bool = False) -> RoundPlace | None:
    query = select(RoundPlace).where(
        RoundPlace.kind == "order",
        RoundPlace.state == "waiting",
        RoundPlace.retailer == shop,
        RoundPlace.external_id == external,
    )
    return session.scalar(query.with_for_update() if lock else query)


def _kg(order: TradeInOrder) -> int:
    """Return what rides with it at most: what goes out, or what comes back."""
    return max(order.new_kg, order.old_kg)
