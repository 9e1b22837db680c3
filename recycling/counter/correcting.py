"""Putting right what was settled at the scale: other weights and prices, with the points of the things."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.counter import agreed
from recycling.ledger import entry_by_key
from recycling.money.pricing import WeighedLine
from recycling.money.settling import Settled, correct, take_back, the_purchase
from recycling.money.terms import Terms
from recycling.stock import purchases, serials


@dataclass(frozen=True)
class RightLine:
    """A line as it should have been; `position` is that of the old line, None for one that was left out before."""

    position: int | None
    line: WeighedLine


def put_right(
    office: Office,
    terms: Terms,
    purchase_id: uuid.UUID,
    lines: Sequence[RightLine],
    reason: str,
    actor: Actor,
    key: str,
    now: datetime,
) -> Settled:
    """Correct a purchase as `recycling.money.settling.correct`; the points of things that are no line any more go back.

    The stock follows.

    Raises
    ------
    BadRequestError, ConflictError
        As `correct`.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, Action.SELLER_KEEP)
    with office.database.write() as session:
        old = the_purchase(session, purchase_id)
        settled = correct(session, terms, purchase_id, [right.line for right in lines], reason, actor.id, key, now)
        new, notes = settled.purchase, agreed.kept(session, old)
        stays: dict[int, Mapping[str, Any]] = {
            number: {**notes[right.position], "line": number, "fen": right.line.agreed_fen}
            for number, right in enumerate(lines)
            if right.position in notes and not right.line.item
        }
        stays |= agreed.weighed(office.catalogue, [right.line for right in lines], old.day)
        agreed.keep_notes(session, new, stays, actor, now)
        before = sum(note["points"] for note in notes.values())
        if before and entry_by_key(session, f"correction:things:{new.id}") is None:
            take_back(session, agreed.entry_key(old), "points", before, new, actor.id, now, "things:")
        purchases.put_right(session, office.fleet, office.settings.stock, old, new, now)
        serials.carry(session, old, new)
        return settled
