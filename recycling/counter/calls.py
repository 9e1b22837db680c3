"""Whom the counter has to call: people who asked for it, and those whom no message reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.asked import all_open
from recycling.booking.contracts import missed_dates
from recycling.models import AskedChange, Booking, Contract, ContractDate, TradeInOrder, Waiting
from recycling.notify import Unreached, unreached
from recycling.settings import Settings


@dataclass(frozen=True)
class ToCall:
    """Those who asked for a call, the longest first; messages that did not come through, each with its booking; dates
    of contracts for which there is no booking; and what residents ask for that they may not do any more.
    """

    asked: Sequence[Waiting]
    unreached: Sequence[tuple[Unreached, Booking | None]]
    missed: Sequence[tuple[ContractDate, Contract]]
    wishes: Sequence[tuple[AskedChange, Booking]]


def to_call(session: Session, settings: Settings, actor: Actor, now: datetime) -> ToCall:
    """Return whom to call, of the actor's depots.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor does not work at a counter.
    """
    demand(actor, Action.BOOKING_TAKE)
    waiting = select(Waiting).where(Waiting.call_back, Waiting.state == "waiting").order_by(Waiting.asked_at)
    asked = [one for one in session.scalars(waiting) if _mine(actor, one.depot_code)]
    untold = []
    for one in unreached(session, settings, now):
        about = session.get(Booking, one.message.booking_id) if one.message.booking_id else None
        place = session.get(Waiting, one.message.subject) if about is None else None
        of_shop = session.get(TradeInOrder, one.message.subject) if about is None and place is None else None
        depot = next((found.depot_code for found in (about, place, of_shop) if found is not None), "")
        if _mine(actor, depot):
            untold.append((one, about))
    wishes = [(one, about) for one, about in all_open(session) if _mine(actor, about.depot_code)]
    return ToCall(asked, untold, missed_dates(session, actor), wishes)


def _mine(actor: Actor, depot: str) -> bool:
    return may(actor, Action.BOOKING_TAKE, Subject(depot=depot))
