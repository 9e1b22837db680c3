"""What proves how a visit was: what was promised, weighed and refused, photos, steps of the visit, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit, lateness, photos
from recycling.booking import life
from recycling.counter.agreed import kept
from recycling.counter.refusing import SUBJECT as REFUSAL
from recycling.counter.refusing import promised, refusal_of
from recycling.counter.weighing import source_of
from recycling.models import Booking, Message, Photo, Purchase
from recycling.notify import Texts, load_texts
from recycling.notify.channels import without_secrets
from recycling.settings import Settings

SHOWN = ("booking", lateness.SUBJECT, REFUSAL)
"""Subjects of the audit log whose events are steps of a visit; who looked at a caller is none."""


@dataclass(frozen=True)
class Bought:
    """A purchase of a visit, what was agreed for its things by line, and whether another one has replaced it."""

    purchase: Purchase
    things: Mapping[int, Mapping[str, Any]]
    replaced: bool


@dataclass(frozen=True)
class Step:
    """Something that happened to a visit, named as in the audit log, with who did it and why, if that is known."""

    at: datetime
    visit: str
    action: str
    role: str
    who: str
    why: str


@dataclass(frozen=True)
class Proof:
    """Everything about one booking, head first.

    Attributes
    ----------
    promised
        Lowest and highest fen of each visit, positive when we pay.
    told
        Each message with its words, the secret part of its link cut off.
    """

    visits: Sequence[Booking]
    promised: Sequence[tuple[int, int]]
    bought: Sequence[Bought]
    refusals: Sequence[tuple[Booking, Mapping[str, Any]]]
    photos: Sequence[Photo]
    steps: Sequence[Step]
    told: Sequence[tuple[Message, str]]


def proof_of(session: Session, settings: Settings, booking: Booking) -> Proof:
    """Gather what is known of a booking; whoever calls has asked whether the actor may see it."""
    visits = life.visits_of(session, booking, lock=False)
    refusals = [(visit, kept_of) for visit in visits if (kept_of := refusal_of(session, visit)) is not None]
    return Proof(
        visits,
        [promised(visit) for visit in visits],
        _bought(session, visits),
        refusals,
        photos.photos_of(session, booking),
        sorted((step for visit in visits for step in _steps(session, visit)), key=lambda step: step.at),
        _told(session, load_texts(settings), visits),
    )


def _bought(session: Session, visits: Sequence[Booking]) -> list[Bought]:
    """Return all purchases of the visits, those that were corrected too, the oldest first."""
    query = select(Purchase).where(Purchase.source.in_([source_of(visit) for visit in visits]))
    found = session.scalars(query.order_by(Purchase.recorded_at).options(selectinload(Purchase.lines))).all()
    replaced = {purchase.corrects for purchase in found}
    return [Bought(purchase, kept(session, purchase), purchase.id in replaced) for purchase in found]


def _told(session: Session, texts: Texts, visits: Sequence[Booking]) -> list[tuple[Message, str]]:
    query = select(Message).where(Message.booking_id.in_([visit.id for visit in visits]))
    found = session.scalars(query.order_by(Message.created_at, Message.occasion, Message.id))
    return [(message, _words(texts, message)) for message in found]


def _words(texts: Texts, message: Message) -> str:
    """Return what a message says, nothing for one of a kind that is told no more."""
    try:
        return without_secrets(texts.say(message.change, message.language, message.figures, message.link))
    except (KeyError, ValueError):
        return ""


def _steps(session: Session, visit: Booking) -> list[Step]:
    events = [event for kind in SHOWN for event in audit.events(session, kind, visit.id)]
    return [
        Step(
            event.at,
            visit.reference,
            event.action,
            event.actor_role or event.actor_kind,
            audit.name_of(session, event),
            str((event.after or {}).get("why", "")),
        )
        for event in events
        if event.action != "caller.seen"
    ]
