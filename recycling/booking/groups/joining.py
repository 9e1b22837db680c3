"""Joining a group without an account, changing what one brings, leaving."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit, notify
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.booking.checks import checked, phone_number
from recycling.booking.duplicates import refuse_hoarding
from recycling.booking.groups.finding import (
    closes,
    full_address,
    group_by_code,
    is_live,
    locked,
    member_by_token,
)
from recycling.booking.groups.progress import progress_of
from recycling.booking.no_shows import refuse_no_shows
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.taking import check_key
from recycling.booking.unplaced import any_window
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.models import Booking, Group, GroupMember, GroupMemberLine
from recycling.models.base import new_id

MOST_MEMBERS = 300
MOST_DOOR = 40
UNIT_WORDS = {"households": "户", "kg": "kg", "litres": "L"}


@dataclass(frozen=True)
class Joined:
    """A household of a group. ``new``: it came with this request, so who sent it may open the household's page."""

    member: GroupMember
    new: bool


def join(
    office: Office, code: str, request: BookingRequest, key: str, now: datetime, actor: Actor = ANONYMOUS
) -> Joined:
    """Let a household join, or change what it entered before if its number is in the group already.

    The request's address is the door behind the group's own address; its place and window are not looked at. The same
    key again is the same household. Whoever changes an entry by its number alone is not shown it: the link goes to the
    number.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the group does not gather any more, or the number has too many bookings open.
    """
    check_key(key)
    with office.database.read() as session:
        group = group_by_code(session, code)
        phone = phone_number(request.phone, [])
        own_key = f"{group.code}/{key}"
        mine = _by_key(group, own_key, phone)
        if mine is not None:  # this very form, sent again, also when it made the group whole
            return Joined(mine, True)
        refuse_ended(office, group, now)
        draft = _checked(session, office, group, request, now)
        refuse_hoarding(session, office, draft, now, "web")
        if not actor.is_staff:
            refuse_no_shows(session, office, draft.phone)
    try:
        with office.database.write() as session:
            group = locked(session, group.id)
            mine = _by_key(group, own_key, phone)
            if mine is not None:
                return Joined(mine, True)
            refuse_ended(office, group, now)
            member = next((one for one in group.members if one.phone == draft.phone), None)
            new = member is None
            if member is None:
                refuse_crowd(group)
                member = GroupMember(
                    id=new_id(),
                    group_id=group.id,
                    token=secrets.token_urlsafe(24),
                    idempotency_key=own_key,
                    phone=draft.phone,
                    joined_at=now,
                    version=0,
                )
                group.members.append(member)
            _write(session, office, group, member, draft, request, actor, now, "joined" if new else "changed")
    except IntegrityError:
        with office.database.read() as session:
            twin = session.scalar(select(GroupMember).where(GroupMember.idempotency_key == own_key))
        if twin is None:
            raise
        return Joined(twin, True)
    return Joined(member, new)


def _by_key(group: Group, key: str, phone: str) -> GroupMember | None:
    """Return the household that came with a form of this key and number."""
    return next((one for one in group.members if (one.idempotency_key, one.phone) == (key, phone)), None)


def change_entry(
    office: Office, code: str, token: str, request: BookingRequest, now: datetime, actor: Actor = ANONYMOUS
) -> GroupMember:
    """Change what a household brings, or let it come back; its number stays. Errors are those of `join`."""
    with office.database.read() as session:
        member = member_by_token(session, code, token)
        group = member.group
        refuse_ended(office, group, now)
        draft = _checked(session, office, group, replace(request, phone=member.phone), now)
    with office.database.write() as session:
        group = locked(session, group.id)
        refuse_ended(office, group, now)
        mine = next(one for one in group.members if one.id == member.id)
        _write(session, office, group, mine, draft, request, actor, now, "changed")
    return mine


def leave(office: Office, code: str, token: str, now: datetime, actor: Actor = ANONYMOUS) -> GroupMember:
    """Let a household leave; once the group is booked its booking is cancelled as any other, not here.

    Raises
    ------
    ConflictError
        When the group does not gather any more.
    """
    with office.database.read() as session:
        member = member_by_token(session, code, token)
    with office.database.write() as session:
        group = locked(session, member.group_id)
        mine = next(one for one in group.members if one.id == member.id)
        if mine.left_at is not None:
            return mine
        refuse_ended(office, group, now)
        mine.left_at, group.version = now, group.version + 1
        audit.record(session, actor, "group.left", "group", group.id, None, {"member": str(mine.id)}, now)
        settle(session, office, group, actor, now)
    return mine


def settle(session: Session, office: Office, group: Group, actor: Actor, now: datetime) -> None:
    """Bring a group that gathers to the state that its households make."""
    there = progress_of(office.catalogue, group)
    ready = there.households > 0 and (there.enough or bool(group.decided))
    state = "reached" if ready else "open"
    if state == group.state:
        return
    before, group.state = group.state, state
    group.trouble, group.tried_at = "", None
    after = {"state": state, "have": there.have, "quorum": group.quorum, "unit": group.unit}
    action = "group.reached" if ready else "group.reopened"
    audit.record(session, actor, action, "group", group.id, {"state": before}, after, now)


def refuse_ended(office: Office, group: Group, now: datetime) -> None:
    """Raise ConflictError when a group does not gather any more."""
    if not is_live(group) or closes(office, group) <= now:
        raise ConflictError.one(
            "group-ended", N_("This group does not gather any more. Book a pickup of your own instead.")
        )


def refuse_crowd(group: Group) -> None:
    """Raise ConflictError when no truck could take more households at once."""
    if len(group.members) >= MOST_MEMBERS:
        raise ConflictError.one("group-full", N_("This group is full. Open another one for your building."))


def tell_member(
    session: Session, office: Office, group: Group, member: GroupMember, change: str, now: datetime
) -> None:
    """Write a household the message of a change of its group."""
    day = office.clock.at(group.last_day, time(12))
    link: Literal["", "/book"] = "" if change == "group_joined" else "/book"
    notify.post(
        session,
        member.id,
        member.phone,
        change,
        f"v{member.version}",
        now,
        link=f"/g/{group.code}/{member.token}{link}",
        reference=group.code,
        start=day,
        end=day,
        quorum=f"{group.quorum} {UNIT_WORDS[group.unit]}",
    )


def _write(
    session: Session,
    office: Office,
    group: Group,
    member: GroupMember,
    draft: Booking,
    request: BookingRequest,
    actor: Actor,
    now: datetime,
    deed: Literal["joined", "changed"],
) -> None:
    member.contact, member.note = draft.contact, draft.note
    member.door, member.floor, member.lift = request.address.strip(), draft.floor, draft.lift
    member.standing, member.left_at, member.version = draft.standing, None, member.version + 1
    member.lines.clear()
    session.flush()
    member.lines += [
        GroupMemberLine(position=number, item=line.item, pieces=line.pieces) for number, line in enumerate(draft.lines)
    ]
    group.version += 1
    session.flush()
    items = {line.item: line.pieces for line in draft.lines}
    after = {"member": str(member.id), "version": member.version, "items": items}
    audit.record(session, actor, f"group.{deed}", "group", group.id, None, after, now)
    settle(session, office, group, actor, now)
    tell_member(session, office, group, member, "group_joined", now)


def _checked(session: Session, office: Office, group: Group, request: BookingRequest, now: datetime) -> Booking:
    """Return the booking that a household's entries would make; BadRequestError with all that is to be mended."""
    whole = replace(
        any_window(office, request, now),
        community=group.community_code,
        lon=None,
        lat=None,
        address=full_address(group, request.address),
        scene=group.scene,
        height_limit=None,
        pin="unasked",
        unreadable={name: fault for name, fault in request.unreadable.items() if name in ("items", "floor")},
    )
    faults: list[Fault] = []
    if len(request.address.strip()) > MOST_DOOR:
        sentence = N_("This is longer than %(most)s characters. Shorten it.")
        faults.append(Fault("address", "too-long", sentence, {"most": MOST_DOOR}))
    try:
        draft = checked(session, office, whole, now, open_only=False)
    except BadRequestError as error:
        raise BadRequestError(*error.faults, *faults) from error
    if faults:
        raise BadRequestError(*faults)
    return draft
