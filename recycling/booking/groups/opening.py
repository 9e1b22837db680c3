"""Opening a group for a building or a village."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.checks import clean
from recycling.booking.days import open_days
from recycling.booking.office import Office
from recycling.booking.taking import REFERENCE_LETTERS, check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, Fault, TooOftenError
from recycling.kept_network import the_community
from recycling.models import AuditEvent, Group
from recycling.models.base import new_id
from recycling.models.booking import SCENES
from recycling.models.group import GROUP_LIVE, UNITS

LONGEST_DAYS = 60
"""Days ahead that a group may gather."""
LEAST: Mapping[str, int] = {"households": 2, "kg": 10, "litres": 100}
MOST: Mapping[str, int] = {"households": 200, "kg": 20_000, "litres": 200_000}
MOST_ADDRESS = 80


class GroupThereError(ConflictError):
    """A group gathers at this place already."""

    def __init__(self, other: Group) -> None:
        sentence = N_("A group gathers here already: %(code)s, until %(day)s. Join it.")
        values: dict[str, object] = {"code": other.code, "day": other.last_day}
        super().__init__(Fault("address", "group-there", sentence, values))
        self.other = other


@dataclass(frozen=True)
class GroupWish:
    """What somebody who opens a group says: community, building (empty for all of it), quorum and latest date.

    ``unit`` is ``households``, ``kg`` or ``litres``, ``scene`` a kind of place as of a booking. Whoever does not work
    here gets the households of the settings, at home.
    """

    community: str
    address: str
    last_day: date | None
    unit: str = "households"
    quorum: int = 0
    wished_day: date | None = None
    wished_window: str = ""
    scene: str = "home"
    unreadable: Mapping[str, Fault] = field(default_factory=dict)


def open_group(office: Office, wish: GroupWish, key: str, now: datetime, actor: Actor = ANONYMOUS) -> Group:
    """Open a group; the same key again is the same group.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    GroupThereError
        When one gathers at this place already.
    TooOftenError
        When somebody who does not work here opens more of them than one can fill.
    """
    check_key(key)
    staff = may(actor, Action.BOOKING_TAKE)
    by_key = select(Group).where(Group.idempotency_key == key)
    with office.database.read() as session:
        earlier = session.scalar(by_key)
        if earlier is not None:
            return earlier
        group = _checked(session, office, wish, now, actor)
    group.idempotency_key = key
    try:
        with office.database.write() as session:
            hold(session, f"group/{group.community_code}/{group.address}")
            refuse_second(session, group)
            if not staff:
                _refuse_many(session, office, actor, now)
            session.add(group)
            session.flush()
            audit.record(session, actor, "group.opened", "group", group.id, None, group_facts(group), now, first=True)
    except (IntegrityError, GroupThereError):
        with office.database.read() as session:
            twin = session.scalar(by_key)  # a repeat of this request was quicker
        if twin is None:
            raise
        return twin
    return group


def refuse_second(session: Session, group: Group) -> None:
    """Raise GroupThereError when another group gathers at the same place."""
    other = session.scalar(
        select(Group).where(
            Group.community_code == group.community_code,
            Group.address == group.address,
            Group.state.in_(GROUP_LIVE),
        )
    )
    if other is not None:
        session.expunge(other)  # its fields are read after this unit is undone
        raise GroupThereError(other)


def _refuse_many(session: Session, office: Office, actor: Actor, now: datetime) -> None:
    """Refuse another group from an address that has opened as many in a day as it may; two at once take turns."""
    most = office.settings.booking.groups_per_address_day
    hold(session, f"groups-from/{actor.origin}")
    query = select(func.count()).where(
        AuditEvent.action == "group.opened",
        AuditEvent.origin == actor.origin,
        AuditEvent.at > now - timedelta(days=1),
        AuditEvent.actor_role.in_(("", Role.RESIDENT.value)),
    )
    if (session.scalar(query) or 0) >= most:
        raise TooOftenError.one(
            "too-many-groups",
            N_("%(most)s groups were opened from here in a day. Share one of them, or call us to open another."),
            where="community",
            most=most,
        )


def group_facts(group: Group) -> dict[str, object]:
    """Return what the audit log keeps of a group: nothing that tells who."""
    return {
        "code": group.code,
        "state": group.state,
        "scene": group.scene,
        "unit": group.unit,
        "quorum": group.quorum,
        "last_day": group.last_day.isoformat(),
        "window": f"{group.booked_day} {group.booked_window}" if group.booked_day else "",
        "decided": group.decided,
        "reason": group.reason,
    }


def _checked(session: Session, office: Office, wish: GroupWish, now: datetime, actor: Actor) -> Group:
    faults = list(wish.unreadable.values())
    staff = may(actor, Action.BOOKING_TAKE)
    unit, quorum = (wish.unit, wish.quorum) if staff else ("households", office.settings.booking.group_households)
    scene = wish.scene if staff else "home"
    community = the_community(session, wish.community)
    if community is None and "community" not in wish.unreadable:
        faults.append(Fault("community", "no-community", N_("Choose the community or village from the list.")))
    elif community is not None and staff:
        demand(actor, Action.BOOKING_TAKE, Subject(depot=community.depot_code))
    address = clean(wish.address)
    if len(address) > MOST_ADDRESS:
        sentence = N_("This is longer than %(most)s characters. Shorten it.")
        faults.append(Fault("address", "too-long", sentence, {"most": MOST_ADDRESS}))
    faults += scene_faults(scene)
    faults += quorum_faults(unit, quorum) if "quorum" not in wish.unreadable else []
    faults += day_faults(office, wish.last_day, now) if "last_day" not in wish.unreadable else []
    if wish.wished_day and wish.last_day and wish.wished_day > wish.last_day:
        faults.append(Fault("wished_day", "after-last", N_("The wished day lies after the latest date.")))
    if wish.wished_window and wish.wished_window not in map(str, office.settings.service.window_spans):
        faults.append(Fault("wished_window", "unknown-window", N_("Choose one of our windows, or none.")))
    if faults or community is None or wish.last_day is None:
        raise BadRequestError(*faults)
    return Group(
        id=new_id(),
        code="".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8)),
        depot_code=community.depot_code,
        community_code=community.code,
        place=community.name,
        address=address,
        scene=scene,
        unit=unit,
        quorum=quorum,
        last_day=wish.last_day,
        wished_day=wish.wished_day,
        wished_window=wish.wished_window,
        opened_at=now,
        version=1,
        state="open",
        decided="",
        reason="",
        booked_window="",
        trouble="",
    )


def scene_faults(scene: str) -> list[Fault]:
    """Return what is wrong with a kind of place."""
    return [] if scene in SCENES else [Fault("scene", "unknown-choice", N_("Choose what kind of place it is."))]


def quorum_faults(unit: str, quorum: int) -> list[Fault]:
    """Return what is wrong with a quorum."""
    if unit not in UNITS:
        return [Fault("unit", "unknown-unit", N_("Count households, kilograms or litres."))]
    if not LEAST[unit] <= quorum <= MOST[unit]:
        sentence = N_("A quorum of %(quorum)s is not possible. Enter %(least)s to %(most)s.")
        return [Fault("quorum", "bad-quorum", sentence, {"quorum": quorum, "least": LEAST[unit], "most": MOST[unit]})]
    return []


def day_faults(office: Office, day: date | None, now: datetime) -> list[Fault]:
    """Return what is wrong with a latest date."""
    today = office.clock.today(now)
    first = next(iter(open_days(office.settings, now)), today + timedelta(days=1))
    last = today + timedelta(days=LONGEST_DAYS)
    if day is None:
        return [Fault("last_day", "no-day", N_("Enter the latest date."))]
    if not first <= day <= last:
        sentence = N_("The latest date can lie between %(first)s and %(last)s.")
        return [Fault("last_day", "bad-day", sentence, {"first": first, "last": last})]
    return []
