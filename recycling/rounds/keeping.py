"""Defining rounds: where they go, on which days, how many must ask, and how long anybody waits at most."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking.checks import clean
from recycling.booking.office import Office
from recycling.booking.taking import check_key
from recycling.errors import N_, BadRequestError, ConflictError, Fault, Listing
from recycling.models import Community, VillageRound
from recycling.models.base import new_id
from recycling.models.village_round import QUORUM_UNITS
from recycling.rounds.finding import the_round

MOST_NAME, MOST_PLACES, MOST_DAYS = 40, 400, 60
MOST_QUORUM: Mapping[str, int] = {"orders": 500, "kg": 50_000}


@dataclass(frozen=True)
class RoundWish:
    """What a dispatcher says of a round.

    Attributes
    ----------
    places
        Names or codes of villages, and names of towns for all of their villages.
    every_days, weekdays
        Every so many days from ``first_day`` on, or on these weekdays (0 for Monday); one of the two.
    quorum, unit
        ``orders`` or ``kg`` that must wait.
    latest_days, notice_days
        How long anybody waits at most, and how long before the day they are told at the latest.
    """

    name: str
    places: tuple[str, ...]
    every_days: int = 0
    weekdays: tuple[int, ...] = ()
    first_day: date | None = None
    unit: str = "orders"
    quorum: int = 0
    latest_days: int = 0
    notice_days: int = 2
    unreadable: Mapping[str, Fault] = field(default_factory=dict)


def make_round(office: Office, wish: RoundWish, key: str, actor: Actor, now: datetime) -> VillageRound:
    """Define a round; the same key again is the same round.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ForbiddenError
        When it is of a depot for which the actor does not work.
    """
    demand(actor, Action.ROUND_KEEP)
    check_key(key)
    by_key = select(VillageRound).where(VillageRound.idempotency_key == key)
    with office.database.read() as session:
        found = session.scalar(by_key)
        if found is not None:
            return found
        fields = _checked(session, office, wish, now)
    demand(actor, Action.ROUND_KEEP, Subject(depot=str(fields["depot_code"])))
    made = VillageRound(id=new_id(), idempotency_key=key, version=1, made_at=now, **fields)
    try:
        with office.database.write() as session:
            session.add(made)
            session.flush()
            audit.record(session, actor, "round.made", "round", made.id, None, round_facts(made), now, first=True)
    except IntegrityError:  # a twin of this form was quicker
        with office.database.read() as session:
            found = session.scalar(by_key)
        if found is None:
            raise
        return found
    return made


def change_round(
    office: Office, key: uuid.UUID, version: int, wish: RoundWish, actor: Actor, now: datetime
) -> VillageRound:
    """Let a round say something else; who waits already keeps the date that was promised.

    Raises
    ------
    BadRequestError, ForbiddenError
        As `make_round`.
    ConflictError
        When somebody else changed it since `version`, it has ended, or its depot would be another one.
    """
    with office.database.read() as session:
        fields = _checked(session, office, wish, now)
    with office.database.write() as session:
        found = the_round(session, key, actor, Action.ROUND_KEEP, lock=True)
        _refuse_ended(found)
        if found.version != version:
            raise ConflictError.one(
                "changed-meanwhile",
                N_("Round %(name)s was changed by somebody else meanwhile. Load the page again and look at it."),
                name=found.name,
            )
        if fields["depot_code"] != found.depot_code:
            raise ConflictError.one(
                "other-depot", N_("These villages are served by another depot. Make a round of its own for them.")
            )
        before = round_facts(found)
        for name, value in fields.items():
            setattr(found, name, value)
        found.version += 1
        session.flush()
        audit.record(session, actor, "round.changed", "round", found.id, before, round_facts(found), now)
    return found


def end_round(office: Office, key: uuid.UUID, actor: Actor, now: datetime) -> VillageRound:
    """Let a round take nobody new; it still goes for those who wait. One that has ended stays so."""
    with office.database.write() as session:
        found = the_round(session, key, actor, Action.ROUND_KEEP, lock=True)
        if found.ended_at is None:
            found.ended_at, found.version = now, found.version + 1
            audit.record(session, actor, "round.ended", "round", found.id, None, round_facts(found), now)
    return found


def round_facts(found: VillageRound) -> dict[str, object]:
    """Return what the audit log keeps of a round."""
    return {
        "name": found.name,
        "depot": found.depot_code,
        "communities": list(found.communities),
        "every_days": found.every_days,
        "weekdays": found.weekdays,
        "first_day": found.first_day.isoformat(),
        "unit": found.unit,
        "quorum": found.quorum,
        "latest_days": found.latest_days,
        "notice_days": found.notice_days,
        "ended": found.ended_at is not None,
    }


def _refuse_ended(found: VillageRound) -> None:
    if found.ended_at is not None:
        raise ConflictError.one("round-over", N_("This round has ended. Make a new one."))


def _checked(session: Session, office: Office, wish: RoundWish, now: datetime) -> dict[str, object]:
    faults = list(wish.unreadable.values())
    name = clean(wish.name)
    if not 1 <= len(name) <= MOST_NAME:
        text = N_("Give the round a name of at most %(most)s signs.")
        faults.append(Fault("name", "no-name", text, {"most": MOST_NAME}))
    places = _places(session, wish.places, faults)
    depots = {place.depot_code for place in places}
    if len(depots) > 1:
        text = N_("These places are served by several depots: %(depots)s. Make a round for each.")
        faults.append(Fault("places", "several-depots", text, {"depots": Listing(sorted(depots))}))
    weekdays = sorted(set(wish.weekdays))
    if "every_days" not in wish.unreadable and bool(weekdays) == bool(wish.every_days):
        text = N_("Say every how many days the round can go, or on which weekdays; one of the two.")
        faults.append(Fault("every_days", "no-rhythm", text))
    elif not 0 <= wish.every_days <= MOST_DAYS or any(not 0 <= day <= 6 for day in weekdays):
        text = N_("Enter 1 to %(most)s days.")
        faults.append(Fault("every_days", "bad-rhythm", text, {"most": MOST_DAYS}))
    if wish.unit not in QUORUM_UNITS:
        faults.append(Fault("unit", "unknown-unit", N_("Count orders or kilograms.")))
    elif "quorum" not in wish.unreadable and not 1 <= wish.quorum <= MOST_QUORUM[wish.unit]:
        text = N_("A quorum of %(quorum)s is not possible. Enter %(least)s to %(most)s.")
        values: dict[str, object] = {"quorum": wish.quorum, "least": 1, "most": MOST_QUORUM[wish.unit]}
        faults.append(Fault("quorum", "bad-quorum", text, values))
    horizon = office.settings.service.horizon_days
    if "notice_days" not in wish.unreadable and not 1 <= wish.notice_days < horizon:
        text = N_("Enter 1 to %(most)s days.")
        faults.append(Fault("notice_days", "bad-notice", text, {"most": horizon - 1}))
    least = (max(wish.every_days, 7 if weekdays else 1)) + max(1, wish.notice_days)
    if "latest_days" not in wish.unreadable and not least <= wish.latest_days <= MOST_DAYS:
        text = N_("Enter %(least)s to %(most)s days: in fewer the round would not come by in time.")
        faults.append(Fault("latest_days", "bad-latest", text, {"least": least, "most": MOST_DAYS}))
    if faults:
        raise BadRequestError(*faults)
    return {
        "name": name,
        "depot_code": next(iter(depots)),
        "communities": sorted(place.code for place in places),
        "every_days": wish.every_days,
        "weekdays": ",".join(map(str, weekdays)),
        "first_day": wish.first_day or office.clock.today(now),
        "unit": wish.unit,
        "quorum": wish.quorum,
        "latest_days": wish.latest_days,
        "notice_days": wish.notice_days,
    }


def _places(session: Session, names: tuple[str, ...], faults: list[Fault]) -> list[Community]:
    """Return the communities that are named by code, by name, by name and town, or by their town."""
    found: dict[str, Community] = {}
    for line in filter(None, map(clean, names)):
        name, _, town = (part.strip() for part in line.partition("·"))
        query = select(Community).where((Community.code == name) | (Community.name == name))
        rows = list(session.scalars(query.where(Community.town == town) if town else query))
        if len(rows) > 1:
            text = N_("There are several places called %(name)s. Write the town behind it: %(name)s · %(town)s.")
            values: dict[str, object] = {"name": name[:40], "town": rows[0].town}
            faults.append(Fault("places", "ambiguous-community", text, values))
            continue
        rows = rows or list(session.scalars(select(Community).where(Community.town == name)))
        if not rows:
            text = N_("We know no village and no town called %(name)s. Write it as the booking page shows it.")
            faults.append(Fault("places", "unknown-community", text, {"name": line[:40]}))
        found |= {row.code: row for row in rows}
    if not found and not faults:
        faults.append(Fault("places", "no-places", N_("Name at least one village or town.")))
    if len(found) > MOST_PLACES:
        text = N_("These are %(count)s villages. Make rounds of at most %(most)s.")
        faults.append(Fault("places", "too-many-places", text, {"count": len(found), "most": MOST_PLACES}))
    return list(found.values())
