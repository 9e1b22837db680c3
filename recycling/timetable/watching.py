"""Telling people by message that truck calls at their community change: who asked for it, what they get, its end."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from recycling import audit, notify
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.booking.checks import phone_number
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.models import Call, CallWatch, Community

MOST = 5
"""So many communities are watched by one number."""

LONGEST = {"zh": 20, "en": 40}
"""Letters of a reason that stand in a message; the page has all of it."""

NEW_TIMETABLE = {"zh": "时刻表调整", "en": "a new timetable"}


def watch(
    database: Database, code: str, phone: str, language: str, now: datetime, actor: Actor = ANONYMOUS
) -> CallWatch:
    """Let a number be told of changes of the calls at a community; again changes nothing and tells nothing again.

    Raises
    ------
    BadRequestError
        For what is no telephone number.
    NotFoundError, ConflictError
        For an unknown community, one without a call ahead, and a number that watches as many as it may.
    """
    faults: list[Fault] = []
    number = phone_number(phone, faults)
    if faults:
        raise BadRequestError(*faults)
    with database.write() as session:
        hold(session, f"call-watch/{number}")
        community = session.get(Community, code)
        if community is None:
            raise NotFoundError.one("no-community", N_("There is no community %(code)s."), code=code[:40])
        known = session.scalar(select(CallWatch).where(CallWatch.phone == number, CallWatch.community_code == code))
        if known is not None and known.ended_at is None:
            return known
        coming = _next(session, code, now)
        if coming is None:
            raise ConflictError.one("no-calls", N_("No call is planned here, so there is nothing to be told of."))
        mine = select(func.count()).select_from(CallWatch)
        if (session.scalar(mine.where(CallWatch.phone == number, CallWatch.ended_at.is_(None))) or 0) >= MOST:
            raise ConflictError.one(
                "too-many-watched",
                N_("This number is told of %(most)s communities already. End one by the link in its messages first."),
                where="phone",
                most=MOST,
            )
        found = known or CallWatch(token=secrets.token_urlsafe(24), community_code=code, phone=number, asked_at=now)
        found.language, found.ended_at = "en" if language.startswith("en") else "zh", None
        session.add(found)
        session.flush()
        audit.record(session, actor, "calls.watched", "call-watch", found.id, None, {"community": code}, now)
        _post(session, found, found.id, "calls_joined", "once", coming, community.name, now)
        return found


def by_token(session: Session, token: str) -> CallWatch:
    """Return what a link opens, with its community; NotFoundError where it opens nothing."""
    query = select(CallWatch).where(CallWatch.token == token).options(selectinload(CallWatch.community))
    found = session.scalar(query)
    if found is None:
        raise NotFoundError.one("no-watch", N_("This link opens nothing. Check the link in your message."))
    return found


def end(database: Database, token: str, now: datetime, actor: Actor = ANONYMOUS) -> None:
    """Tell a number no more; once that is so it stays so."""
    with database.write() as session:
        found = by_token(session, token)
        if found.ended_at is None:
            found.ended_at = now
            notify.outdate(session, found.id, ("calls_changed",), now)
            audit.record(
                session, actor, "calls.left", "call-watch", found.id, None, {"community": found.community_code}, now
            )


def tell_change(session: Session, call: Call, now: datetime) -> None:
    """Tell who watches that a call was moved, cancelled, or takes place after all; only the newest of it is sent."""
    change = "call_cancelled" if call.state == "cancelled" else "call_moved" if call.moved_from else "call_back"
    for found in _watching(session, call.community_code):
        figures: dict[str, Any] = {}
        if change == "call_cancelled":
            figures["why"] = _why(call, found.language)
        elif call.moved_from is not None:
            figures = {"from_start": call.moved_from, "from_end": call.moved_from + (call.ends_at - call.starts_at)}
        subject = uuid.uuid5(found.id, str(call.id))
        _post(session, found, subject, change, str(call.changes), call, call.community.name, now, **figures)


def tell_changes(session: Session, calls: Sequence[Call], now: datetime) -> None:
    """Tell who watches of what a timetable or a closed day has changed: of one call what, of several the next one."""
    by_place: dict[str, list[Call]] = {}
    for call in calls:
        by_place.setdefault(call.community_code, []).append(call)
    for code, changed in by_place.items():
        coming = _next(session, code, now)
        if len(changed) == 1 or coming is None:
            tell_change(session, min(changed, key=lambda call: call.starts_at), now)
            continue
        for found in _watching(session, code):
            when = f"{now:%Y%m%d%H%M%S}"
            _post(session, found, found.id, "calls_changed", when, coming, coming.community.name, now)


def _post(
    session: Session,
    found: CallWatch,
    subject: uuid.UUID,
    change: str,
    occasion: str,
    call: Call,
    place: str,
    now: datetime,
    **figures: Any,
) -> None:
    notify.post(
        session, subject, found.phone, change, occasion, now, link=f"/c/{found.token}", language=found.language,
        reference=str(found.id)[:8].upper(), start=call.starts_at, end=call.ends_at, place=place, **figures,
    )  # fmt: skip


def _watching(session: Session, code: str) -> Sequence[CallWatch]:
    query = select(CallWatch).where(CallWatch.community_code == code, CallWatch.ended_at.is_(None))
    return session.scalars(query.order_by(CallWatch.asked_at, CallWatch.id)).all()


def _next(session: Session, code: str, now: datetime) -> Call | None:
    query = select(Call).where(Call.community_code == code, Call.state == "planned", Call.starts_at > now)
    return session.scalar(query.order_by(Call.starts_at).limit(1).options(selectinload(Call.community)))


def _why(call: Call, language: str) -> str:
    if call.reason == "timetable":
        return NEW_TIMETABLE[language]
    said = call.reason if language == "zh" else call.reason_en or call.reason
    return said[: LONGEST[language]]
