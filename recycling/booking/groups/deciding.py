"""What staff decide of a group, and what the calendar does: going without the quorum, changing it, ending it."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor, system
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking.checks import MOST_REASON, clean
from recycling.booking.groups.finding import closes, is_live, locked, present
from recycling.booking.groups.joining import refuse_ended, settle, tell_member
from recycling.booking.groups.opening import day_faults, group_facts, quorum_faults, scene_faults
from recycling.booking.office import Office
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Group
from recycling.models.group import GROUP_LIVE

JOB = system("close-groups")


def decide(office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> Group:
    """Let a group go without its quorum, for a reason; `form` then looks for its window.

    Raises
    ------
    BadRequestError
        Without a reason.
    ConflictError
        When it does not gather any more, or nobody has joined.
    """
    why = _reason(reason)
    with office.database.write() as session:
        group = _mine(session, office, key, actor, now)
        if not present(group):
            raise ConflictError.one("group-empty", N_("Nobody has joined yet. Wait for the first household."))
        before = group_facts(group)
        group.decided, group.version = why, group.version + 1
        audit.record(session, actor, "group.decided", "group", group.id, before, group_facts(group), now)
        settle(session, office, group, actor, now)
    return group


def amend_group(
    office: Office,
    key: uuid.UUID,
    unit: str,
    quorum: int,
    last_day: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
    scene: str | None = None,
) -> Group:
    """Give a group another quorum, latest date or kind of place (None: as it is), for a reason; errors as `decide`."""
    why = _reason(reason)
    faults = [*quorum_faults(unit, quorum), *day_faults(office, last_day, now), *scene_faults(scene or "home")]
    if faults or last_day is None:
        raise BadRequestError(*faults)
    with office.database.write() as session:
        group = _mine(session, office, key, actor, now)
        before = group_facts(group)
        group.unit, group.quorum, group.last_day = unit, quorum, last_day
        group.scene = scene or group.scene
        group.version += 1
        after = {**group_facts(group), "why": why}
        audit.record(session, actor, "group.amended", "group", group.id, before, after, now)
        settle(session, office, group, actor, now)
    return group


def call_off(office: Office, key: uuid.UUID, reason: str, actor: Actor, now: datetime) -> Group:
    """End a group for a reason, and offer every household a booking of its own; errors are those of `decide`."""
    why = _reason(reason)
    with office.database.write() as session:
        group = _mine(session, office, key, actor, now)
        group.reason = why
        _end(session, office, group, "cancelled", actor, now)
    return group


def close_due(office: Office, now: datetime) -> list[Group]:
    """End the groups whose last day can be booked no longer, and offer every household a booking of its own."""
    with office.database.read() as session:
        live = session.scalars(select(Group).where(Group.state.in_(GROUP_LIVE))).all()
    ended = []
    for one in live:
        if closes(office, one) > now:
            continue
        with office.database.write() as session:
            group = locked(session, one.id)
            if is_live(group) and closes(office, group) <= now:
                _end(session, office, group, "closed", JOB, now)
                ended.append(group)
    return ended


def _end(session: Session, office: Office, group: Group, state: str, actor: Actor, now: datetime) -> None:
    before = group_facts(group)
    group.state, group.ended_at, group.version = state, now, group.version + 1
    audit.record(session, actor, f"group.{state}", "group", group.id, before, group_facts(group), now)
    change = "group_closed" if state == "closed" else "group_cancelled"
    for member in present(group):
        tell_member(session, office, group, member, change, now)


def _mine(session: Session, office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> Group:
    group = locked(session, key)
    demand(actor, Action.BOOKING_TAKE, Subject(depot=group.depot_code))
    refuse_ended(office, group, now)
    return group


def _reason(text: str) -> str:
    why = clean(text)[:MOST_REASON]
    if not why:
        raise BadRequestError.one("no-reason", N_("Enter why."), where="reason")
    return why
