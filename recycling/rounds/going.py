"""Giving rounds their days: when enough have asked, or when the date comes that somebody was promised."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor, system
from recycling.accounts.rights import Action
from recycling.booking.days import closes_at
from recycling.booking.office import Office
from recycling.booking.workload import Need
from recycling.errors import N_, ConflictError, DomainError
from recycling.models import RoundDay, RoundPlace, VillageRound
from recycling.rounds.finding import can_go, days_given, gathered, the_round, waiting_for
from recycling.rounds.placing import close_sent, need_of_place, place_on, sent_alone, windows_on
from recycling.rounds.telling import tell_place

JOB = system("go-rounds")
NO_ROOM, THINGS = "no-room", "things"
log = structlog.get_logger()


@dataclass(frozen=True)
class _Chosen:
    """A day for a round, with who waits for it as it was looked at."""

    day: date
    why: str
    waiting: frozenset[uuid.UUID]
    given: frozenset[date]


def tend_rounds(office: Office, now: datetime) -> list[RoundDay]:
    """Give days to the rounds that have enough or whose date comes, and place who waits; return the days."""
    with office.database.read() as session:
        keys = session.scalars(
            select(RoundPlace.round_id).where(RoundPlace.state == "waiting").distinct().order_by(RoundPlace.round_id)
        ).all()
    return [made for key in keys if (made := tend_round(office, key, now)) is not None]


def decide(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> RoundDay | None:
    """Let a round go although not enough have asked; None where none of its days has room.

    Raises
    ------
    ConflictError
        When nobody waits.
    ForbiddenError
        When it is of a depot for which the actor does not work.
    """
    with office.database.read() as session:
        the_round(session, key, actor, Action.ROUND_KEEP)
        if not waiting_for(session, key):
            raise ConflictError.one("round-empty", N_("Nobody waits for this round."))
    return tend_round(office, key, now, actor, decided=True)


def tend_round(
    office: Office, key: uuid.UUID, now: datetime, actor: Actor = JOB, decided: bool = False
) -> RoundDay | None:
    """Place who waits on the days that a round was given, then give it another one if it is due; return that.

    Whoever cannot be placed waits on, and the round's page says why; whose date is over is told so once.
    """
    _close_sent(office, key, now)
    _place_all(office, key, now)
    with office.database.read() as session:
        found = session.get_one(VillageRound, key)
        chosen, troubles = _choose(session, office, found, now, decided)
    for place, trouble in troubles.items():
        _note(office, place, trouble)
    made = _give(office, key, chosen, actor, now) if chosen is not None else None
    if made is not None:
        _place_all(office, key, now)
    _tell_late(office, key, now)
    return made


def _close_sent(office: Office, key: uuid.UUID, now: datetime) -> None:
    """Let orders wait no longer that their shop has sent for a day of their own meanwhile."""
    with office.database.read() as session:
        sent = [one.id for one in waiting_for(session, key) if one.kind == "order" and sent_alone(session, one)]
    for one in sent:
        close_sent(office, one, JOB, now)


def _choose(
    session: Session, office: Office, found: VillageRound, now: datetime, decided: bool
) -> tuple[_Chosen | None, Mapping[uuid.UUID, str]]:
    """Return the day on which most promises are kept, then most of those who wait served; and who cannot be, and why.

    There is no day where the round is not due, or none of its days has room.
    """
    given = frozenset(days_given(session, found.id, office.clock.today(now)))  # first: what comes later is seen as news
    waiting = waiting_for(session, found.id)
    there = gathered(session, office, found, now)
    days = can_go(session, office, found, now)
    if not waiting or not days or there.latest is None:
        return None, {}
    told_by = there.latest - timedelta(days=found.notice_days)
    if there.enough:
        why = "quorum"
    elif office.clock.today(now) >= told_by or now >= closes_at(office.settings, there.latest):
        why = "date"
    elif decided:
        why = "decided"
    else:
        return None, {}
    known = [(place, need) for place in waiting if (need := _need(session, office, place, now)) is not None]
    able_to = {place.id for place, _ in known}
    troubles = {place.id: THINGS for place in waiting if place.id not in able_to and place.trouble != THINGS}
    best: tuple[tuple[int, int], date] | None = None
    for day in days:
        able = windows_on(session, office, [need for _, need in known], day, now)
        placed = [place for (place, _), spans in zip(known, able, strict=True) if spans]
        worth = sum(day <= place.latest_on for place in placed), len(placed)
        if placed and (best is None or worth > best[0]):
            best = worth, day
    if best is None:
        return None, troubles | {place.id: NO_ROOM for place, _ in known if place.trouble != NO_ROOM}
    return _Chosen(best[1], why, frozenset(place.id for place in waiting), given), troubles


def _need(session: Session, office: Office, place: RoundPlace, now: datetime) -> Need | None:
    try:
        return need_of_place(session, office, place, now)
    except DomainError as error:  # such as a thing that is taken no longer
        log.warning("somebody who waits for a round cannot be served", place=str(place.id), why=str(error))
        return None


def _give(office: Office, key: uuid.UUID, chosen: _Chosen, actor: Actor, now: datetime) -> RoundDay | None:
    """Write that a round goes on a day; None where it is another one meanwhile: the next tick looks again."""
    with office.database.write() as session:
        found = session.scalars(select(VillageRound).where(VillageRound.id == key).with_for_update()).one()
        waiting = frozenset(place.id for place in waiting_for(session, key))
        given = frozenset(days_given(session, key, office.clock.today(now)))
        if (waiting, given) != (chosen.waiting, chosen.given) or chosen.day in given:
            return None
        made = RoundDay(round_id=key, day=chosen.day, why=chosen.why, asked=len(waiting), set_at=now)
        session.add(made)
        session.flush()
        after = {"day": chosen.day.isoformat(), "why": chosen.why, "asked": len(waiting)}
        audit.record(session, actor, "round.goes", "round", found.id, None, after, now)
    return made


def _place_all(office: Office, key: uuid.UUID, now: datetime) -> None:
    """Place who waits on the days that the round was given and that can still be booked, the longest first."""
    with office.database.read() as session:
        name = session.get_one(VillageRound, key).name
        days = [
            day
            for day in days_given(session, key, office.clock.today(now))
            if now < closes_at(office.settings, day) and office.settings.holidays.on(day) is None
        ]
        waiting = [place.id for place in waiting_for(session, key)]
    for place in waiting if days else ():
        trouble = NO_ROOM
        try:
            if any(place_on(office, place, day, name, JOB, now) for day in days):
                continue
        except DomainError as error:
            log.warning("somebody who waits for a round cannot be placed", place=str(place), why=str(error))
            trouble = THINGS
        _note(office, place, trouble)


def _note(office: Office, key: uuid.UUID, trouble: str) -> None:
    """Keep why somebody could not be placed."""
    with office.database.write() as session:
        place = session.scalars(select(RoundPlace).where(RoundPlace.id == key).with_for_update()).one()
        if place.state == "waiting":
            place.trouble = trouble


def _tell_late(office: Office, key: uuid.UUID, now: datetime) -> None:
    """Tell whoever was promised a day that can be booked no longer that they are still waiting, once."""
    with office.database.read() as session:
        late = [
            place.id
            for place in waiting_for(session, key)
            if place.late_at is None and closes_at(office.settings, place.latest_on) <= now
        ]
    for one in late:
        with office.database.write() as session:
            place = session.scalars(select(RoundPlace).where(RoundPlace.id == one).with_for_update()).one()
            if place.state != "waiting" or place.late_at is not None:
                continue
            place.late_at, place.trouble = now, place.trouble or NO_ROOM
            found = session.get_one(VillageRound, key)
            after = {"latest_on": place.latest_on.isoformat()}
            audit.record(session, JOB, "round.late", "round-place", place.id, None, after, now)
            tell_place(session, office, place, found, "late", now)
