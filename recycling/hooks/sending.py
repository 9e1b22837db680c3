"""Sending events: each at least once, those of an order in their order, no shop held up by another.

A sender takes one event in a short transaction (fence and lease), speaks to the shop outside of any transaction, and
writes down how it went if the fence is still its own. After a failure the event waits, longer each time and never for
exactly as long as another; its shop rests for the rest of the round, so that a program that is down costs one attempt.
After `hooks.give_up_hours` an event is given up; those behind it wait for somebody to try it anew or pass it over.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from recycling.db import Database
from recycling.hooks.keeping import signing_secret
from recycling.hooks.posting import Answer, post
from recycling.models import ShopEvent, ShopHook
from recycling.notify.receipts import signature
from recycling.settings import Settings

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
MOST_A_ROUND = 500
ENDED = ("sent", "passed")
log = structlog.get_logger()

_jitter = random.Random()


@dataclass(frozen=True)
class Claimed:
    """An event that this sender has for now, where it goes and what signs it."""

    event: ShopEvent
    url: str
    secret: str


def send_due(
    database: Database,
    settings: Settings,
    key: str,
    now: Callable[[], datetime],
    jitter: random.Random = _jitter,
) -> Counter[str]:
    """Send what is due, one event after the other; returns how many came to each state in this round.

    Parameters
    ----------
    key
        The site's key, of which shops' secrets are made.
    """
    tally: Counter[str] = Counter()
    resting: set[str] = set()
    tidy(database, settings, now())
    for _ in range(MOST_A_ROUND):
        claimed = claim(database, settings, key, now(), resting)
        if claimed is None:
            break
        answer = attempt(settings, claimed, now())
        if answer.error:
            resting.add(claimed.event.retailer)
        tally[record(database, settings, claimed.event, answer, now(), jitter)] += 1
    if set(tally) - {"sent"}:
        log.warning("events of shops did not all leave", **tally)
    return tally


def claim(
    database: Database, settings: Settings, key: str, now: datetime, resting: Collection[str] = ()
) -> Claimed | None:
    """Take the event that is due longest of a shop that does not rest, or None.

    Of an order's events only the first that has not come to its end can be taken.
    """
    due = _due(now, resting)
    with database.read() as session:  # so that a round with nothing to do takes no write lock
        if session.scalar(select(ShopEvent.id).where(due).limit(1)) is None:
            return None
    with database.write() as session:
        query = select(ShopEvent).where(due).order_by(ShopEvent.due_at, ShopEvent.made_at, ShopEvent.sequence).limit(1)
        event = session.scalar(query.with_for_update(skip_locked=True))
        if event is None:
            return None
        hook = session.scalar(select(ShopHook).where(ShopHook.retailer == event.retailer))
        event.attempts, event.fence, event.state = event.attempts + 1, event.fence + 1, "sending"
        event.lease_until = now + timedelta(seconds=settings.hooks.timeout_seconds * 4 + 60)
        return Claimed(event, hook.url if hook else "", signing_secret(key, hook) if hook else "")


def attempt(settings: Settings, claimed: Claimed, now: datetime) -> Answer:
    """Send a claimed event once, signed with the moment of the attempt."""
    if not claimed.secret:
        return Answer(error="key-changed")
    event, body, moment = claimed.event, claimed.event.body.encode(), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "recycling-events/1",
        "X-Event-Id": str(event.id),
        "X-Event-Sequence": str(event.sequence),
        "X-Timestamp": moment,
        "X-Signature": signature(claimed.secret, moment, body),
    }
    return post(claimed.url, body, headers, settings.hooks.timeout_seconds, settings.hooks.local_addresses)


def record(
    database: Database,
    settings: Settings,
    claimed: ShopEvent,
    answer: Answer,
    now: datetime,
    jitter: random.Random = _jitter,
) -> str:
    """Write down how the attempt went, if it is still the claimer's; returns the event's state, or ``lost``."""
    with database.write() as session:
        event = session.get(ShopEvent, claimed.id, with_for_update=True)
        if event is None or event.fence != claimed.fence or event.state != "sending":
            return "lost"
        event.lease_until, event.status, event.error = None, answer.status, answer.error
        if not answer.error:
            event.state, event.sent_at = "sent", now
        elif now - event.trying_since >= settings.hooks.giving_up:
            event.state = "given-up"
        else:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(event.attempts - 1, 12)) * jitter.uniform(0.5, 1.0)
            event.state, event.due_at = "waiting", now + wait
        return event.state


def tidy(database: Database, settings: Settings, now: datetime) -> None:
    """Give up what was tried or held up for long enough, and forget what was sent long ago."""
    hopeless = and_(ShopEvent.state == "waiting", ShopEvent.trying_since <= now - settings.hooks.giving_up)
    old = and_(ShopEvent.state.in_(ENDED), ShopEvent.made_at <= now - timedelta(days=settings.hooks.keep_days))
    with database.read() as session:
        if session.scalar(select(ShopEvent.id).where(or_(hopeless, old)).limit(1)) is None:
            return
    with database.write() as session:
        session.execute(update(ShopEvent).where(hopeless).values(state="given-up"))
        session.execute(delete(ShopEvent).where(old))


def earlier_unsent(session: Session, event: ShopEvent) -> list[ShopEvent]:
    """Return the events of the same order, hand-over or offer before this one that have not come to their end."""
    same = ShopEvent.order_id == event.order_id
    if event.handover_id:
        same = ShopEvent.handover_id == event.handover_id
    elif event.offer_id:
        same = ShopEvent.offer_id == event.offer_id
    query = select(ShopEvent).where(
        same,
        ShopEvent.sequence < event.sequence,
        ShopEvent.state.not_in(ENDED),
    )
    return list(session.scalars(query.order_by(ShopEvent.sequence).with_for_update()))


def _due(now: datetime, resting: Collection[str]) -> ColumnElement[bool]:
    free = or_(
        and_(ShopEvent.state == "waiting", ShopEvent.due_at <= now),
        and_(ShopEvent.state == "sending", ShopEvent.lease_until < now),
    )
    before = aliased(ShopEvent)
    held = select(before.id).where(
        or_(
            before.order_id == ShopEvent.order_id,
            before.handover_id == ShopEvent.handover_id,
            before.offer_id == ShopEvent.offer_id,
        ),
        before.sequence < ShopEvent.sequence,
        before.state.not_in(ENDED),
    )
    condition = and_(free, ~held.exists())
    return and_(condition, ShopEvent.retailer.not_in(resting)) if resting else condition
