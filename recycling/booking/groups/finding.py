"""Finding groups and their households."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.days import closes_at
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.errors import N_, NotFoundError
from recycling.models import Group, GroupMember
from recycling.models.group import GROUP_LIVE

SHOWN = timedelta(days=14)
"""So long a group that has ended is still listed."""
_WHOLE = selectinload(Group.members).selectinload(GroupMember.lines)


def present(group: Group) -> list[GroupMember]:
    """Return the households that have not left, in the order in which they came."""
    return [member for member in group.members if member.left_at is None]


def closes(office: Office, group: Group) -> datetime:
    """Return the moment from which the group's last day can be booked no longer."""
    return closes_at(office.settings, group.last_day)


def group_by_code(session: Session, code: str) -> Group:
    """Return the group whose code was read out or scanned, with its households; NotFoundError when there is none."""
    found = session.scalar(select(Group).where(Group.code == code.upper()).options(_WHOLE))
    if found is None:
        raise NotFoundError.one(
            "no-group", N_("There is no group with this code. Check it, or ask who gave it to you.")
        )
    return found


def the_group(session: Session, actor: Actor, key: uuid.UUID) -> Group:
    """Return a group with its members to staff who take bookings for its depot.

    Raises
    ------
    NotFoundError
        When there is none.
    SignInNeededError, ForbiddenError
        When the actor may not.
    """
    row = session.get(Group, key)
    if row is None:
        raise NotFoundError.one("no-group", N_("There is no such group."))
    demand(actor, Action.BOOKING_TAKE, Subject(depot=row.depot_code))
    return group_by_code(session, row.code)


def locked(session: Session, key: uuid.UUID) -> Group:
    """Return the group as it stands now, which nobody else changes before this unit ends."""
    found = session.scalar(select(Group).where(Group.id == key).with_for_update())
    if found is None:
        raise NotFoundError.one("no-group", N_("There is no such group."))
    return session.scalars(
        select(Group).where(Group.id == key).options(_WHOLE).execution_options(populate_existing=True)
    ).one()


def member_by_token(session: Session, code: str, token: str) -> GroupMember:
    """Return the household that a link opens; NotFoundError when there is none."""
    group = group_by_code(session, code)
    found = next((member for member in group.members if member.token == token), None)
    if found is None:
        raise NotFoundError.one("no-member", N_("Nobody has joined under this link. Check the link in your message."))
    _ = found.group
    return found


def groups_of(session: Session, actor: Actor, now: datetime) -> list[Group]:
    """Return the groups of the actor's depots: those that gather, then those that ended lately."""
    rows = session.scalars(
        select(Group).where((Group.ended_at.is_(None)) | (Group.ended_at > now - SHOWN)).options(_WHOLE)
    )
    mine = [group for group in rows if may(actor, Action.BOOKING_TAKE, Subject(depot=group.depot_code))]
    order = {"reached": 0, "open": 1}
    return sorted(mine, key=lambda group: (order.get(group.state, 2), group.last_day, group.code))


def full_address(group: Group, door: str) -> str:
    """Return what a household's booking has as its address; empty while the door is missing."""
    return f"{group.address} {door.strip()}".strip() if door.strip() else ""


def wish_of_member(member: GroupMember) -> BookingRequest:
    """Return what a household asks for as a booking's request without day and window."""
    group = member.group
    return BookingRequest(
        items={line.item: line.pieces for line in member.lines},
        community=group.community_code,
        lon=None,
        lat=None,
        address=full_address(group, member.door),
        floor=member.floor,
        lift=member.lift,
        day=None,
        window="",
        contact=member.contact,
        phone=member.phone,
        note=member.note,
        standing=member.standing,
        scene=group.scene,
        different=True,
    )


def is_live(group: Group) -> bool:
    """Tell whether the group still gathers or waits for a window."""
    return group.state in GROUP_LIVE
