"""Booking a whole group: one window of one day for all its households, or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit, network
from recycling.accounts.actors import Actor, system
from recycling.booking.bonus import typical_vehicle, way_cost
from recycling.booking.capacity import Room, Share, Window, WindowFullError, by_fit
from recycling.booking.checks import checked
from recycling.booking.days import open_days
from recycling.booking.fitting import Fits
from recycling.booking.groups.deciding import close_due
from recycling.booking.groups.finding import locked, present, wish_of_member
from recycling.booking.groups.opening import group_facts
from recycling.booking.legs import loads_of, split
from recycling.booking.offers import door_seconds, room_for, the_way
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.stops import stops_of
from recycling.booking.taking import enter_together, name, need_of
from recycling.booking.unplaced import any_window
from recycling.booking.workload import Need
from recycling.errors import DomainError
from recycling.models import Booking, Group, GroupMember

TRIES = 5
"""How often a group that changes while it is being booked is looked at anew."""
JOB = system("form-groups")
log = structlog.get_logger()


@dataclass(frozen=True)
class Candidate:
    """A window for a whole group: seconds of driving that it adds, and what it costs the fleet (fen)."""

    window: Window
    start: datetime
    way: int
    cost: int
    wished: int


def tend(office: Office, now: datetime) -> list[Group]:
    """Close groups whose last day is over, then book those that have enough and no window; return the booked ones."""
    close_due(office, now)
    with office.database.read() as session:
        ready = session.scalars(
            select(Group.id).where(Group.state == "reached").order_by(Group.last_day, Group.code)
        ).all()
    made = []
    for key in ready:
        if form(office, key, now):
            with office.database.read() as session:
                made.append(session.get_one(Group, key))
    return made


def form(office: Office, key: uuid.UUID, now: datetime, actor: Actor = JOB) -> list[Booking]:
    """Book all households of a group that has enough, in the best window that takes all of them; return the bookings.

    Nothing is booked when no window takes them, and the group says why. Whoever forms a group that somebody else has
    just formed gets the same bookings.
    """
    for _ in range(TRIES):
        with office.database.read() as session:
            group = session.get_one(Group, key)
            if group.state != "reached":
                return _bookings(session, group)
            version = group.version
            try:
                found = candidates(session, office, group, now)
            except DomainError as error:  # such as an item that is taken no longer
                log.warning("a group cannot be booked as it stands", group=group.code, why=str(error))
                found, trouble = [], "things"
            else:
                trouble = "no-window"
        stale = False
        for candidate in found:
            try:
                made = _take(office, key, version, candidate, actor, now)
            except WindowFullError:
                continue
            except IntegrityError:  # another process made these very bookings
                stale = True
                break
            if made is not None:
                return made
            stale = True
            break
        if not stale:
            _note(office, key, version, trouble, now)
            return []
    return []


def candidates(session: Session, office: Office, group: Group, now: datetime) -> list[Candidate]:
    """Return the windows that take the whole group, the wished one first, then the cheapest.

    A way that would be too long for one household is right for many: the limit counts for each of them.
    """
    members = present(group)
    days = [day for day in open_days(office.settings, now) if day <= group.last_day]
    if not members or not days:
        return []
    drafts = [draft for _, draft in _drafts(session, office, members, now)]
    visits = [leg for draft in drafts for leg in split(office, draft)]
    needs = [need_of(office, leg) for leg in visits]
    whole = _together(office, drafts, needs)
    depot = network.the_depot(session, whole.depot)
    room = room_for(session, office, whole.depot, days, now)
    fits = Fits(session, office, whole.depot, days, now=now)
    stops = stops_of(session, office, whole.depot, days, "")
    kind = typical_vehicle(office, whole)
    longest = 60 * office.settings.booking.longest_way_minutes * len(members)
    found: list[Candidate] = []
    for day in days:
        for span in office.settings.service.window_spans:
            window = Window(whole.depot, day, str(span))
            start = office.clock.at(day, span.start)
            way = the_way(office, whole, (depot.lon, depot.lat), stops, day, str(span))
            if kind is None or start <= now or way.seconds > longest:
                continue
            seconds = way.seconds * whole.visits
            shares = _shares(office, window, needs, seconds)
            if not (_fits(room, shares) and fits.takes(day, str(span), by_fit(window, shares))):
                continue
            cost = way_cost(whole, kind, way)
            wished = (group.wished_day == day) + (group.wished_window == str(span))
            found.append(Candidate(window, start, seconds, cost, wished))
    return sorted(found, key=lambda one: (-one.wished, one.cost, one.start))


def _together(office: Office, drafts: Sequence[Booking], needs: Sequence[Need]) -> Need:
    """Return what the whole group needs; its visits are the trips that its load takes."""
    first = needs[0]
    lines = [line for draft in drafts for line in draft.lines]
    return replace(
        first,
        people=max(need.people for need in needs),
        service=sum(need.service for need in needs),
        litres=sum(need.litres for need in needs),
        tail_lift=any(need.tail_lift for need in needs),
        visits=len(loads_of(office, first.depot, lines)),
    )


def _shares(office: Office, window: Window, needs: Sequence[Need], way: int) -> list[Share]:
    """Return what the group's visits take of a window; the way is borne by the one that needs the largest crew."""
    bearer = _bearer(needs)
    return [
        Share(
            window,
            need.people,
            door_seconds(office, need) + (way if number == bearer else 0),
            need.tail_lift,
            need.height_limit,
        )
        for number, need in enumerate(needs)
    ]


def _bearer(needs: Sequence[Need]) -> int:
    return max(range(len(needs)), key=lambda number: needs[number].people)


def _fits(room: dict[tuple[date, str, int], Room], shares: Sequence[Share]) -> bool:
    for crew in range(1, max(share.people for share in shares) + 1):
        window = shares[0].window
        row = room.get((window.day, window.span, crew))
        if row is None or sum(share.seconds for share in shares if share.people >= crew) > row.left:
            return False
    return True


def _drafts(
    session: Session,
    office: Office,
    members: Sequence[GroupMember],
    now: datetime,
    window: Window | None = None,
) -> list[tuple[BookingRequest, Booking]]:
    out = []
    for member in members:
        wish = any_window(office, wish_of_member(member), now)
        if window is not None:
            wish = replace(wish, day=window.day, window=window.span)
        out.append((wish, checked(session, office, wish, now, open_only=window is not None)))
    return out


def _take(
    office: Office, key: uuid.UUID, version: int, candidate: Candidate, actor: Actor, now: datetime
) -> list[Booking] | None:
    """Write the bookings of all households in one unit; None when the group has become another one meanwhile."""
    with office.database.write() as session:
        group = locked(session, key)
        if group.state != "reached" or group.version != version:
            return None
        members = present(group)
        bookings = []
        for member, (wish, draft) in zip(
            members, _drafts(session, office, members, now, candidate.window), strict=True
        ):
            legs = split(office, draft)
            name(legs, wish, f"group-{group.id}-{member.id}"[:80], now, "web")
            bookings.append(legs)
        visits = [leg for legs in bookings for leg in legs]
        needs = [need_of(office, leg) for leg in visits]
        for leg, share in zip(visits, _shares(office, candidate.window, needs, candidate.way), strict=True):
            leg.seconds = share.seconds
        group.state, group.ended_at, group.trouble = "booked", now, ""
        group.booked_day, group.booked_window = candidate.window.day, candidate.window.span
        group.version += 1
        audit.record(session, actor, "group.booked", "group", group.id, {"state": "reached"}, group_facts(group), now)
        enter_together(session, office, bookings, actor, now, {"group": group.code})
        for member, legs in zip(members, bookings, strict=True):
            member.booking_id = legs[0].id
        return [legs[0] for legs in bookings]


def _note(office: Office, key: uuid.UUID, version: int, trouble: str, now: datetime) -> None:
    """Keep why the last try failed; the log says it only when it is news."""
    with office.database.write() as session:
        group = locked(session, key)
        if group.state != "reached" or group.version != version:
            return
        group.tried_at = now
        if group.trouble != trouble:
            group.trouble = trouble
            audit.record(session, JOB, "group.no-window", "group", group.id, None, {"trouble": trouble}, now)


def _bookings(session: Session, group: Group) -> list[Booking]:
    return list(
        session.scalars(
            select(Booking)
            .join(GroupMember, GroupMember.booking_id == Booking.id)
            .where(GroupMember.group_id == group.id)
            .order_by(GroupMember.joined_at)
        )
    )
