"""Noting what people bring to a truck and that is not taken, and how often that happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office
from recycling.booking.checks import clean
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger.once import once, sound_key
from recycling.models import Community, TurnedAway
from recycling.models.turned_away import REASONS
from recycling.stock.vehicle import the_vehicle
from recycling.timetable.calls import the_community

MOST_WHAT = 60
"""Signs in which a thing is named."""


@dataclass(frozen=True)
class TurnedAwayLine:
    """How often something was not taken for a reason at the calls of one community; "" where nobody noted it."""

    what: str
    reason: str
    community: str
    name: str
    times: int


def turn_away(
    office: Office, plate: str, community: str, what: str, reason: str, actor: Actor, key: str, now: datetime
) -> TurnedAway:
    """Note that something was brought to a truck and not taken; the same key again is the same note.

    `what` names the thing, never a person; `community` is empty where nobody said where the truck stands.

    Raises
    ------
    BadRequestError
        ``no-thing`` or ``no-reason`` where one of them is missing or no such reason; ``bad-key``.
    ConflictError
        When the key stands for another note.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is no such truck or community, or the actor may not load the truck.
    """
    vehicle = the_vehicle(office.fleet, plate)
    demand(actor, Action.STOCK_LOAD, Subject(depot=vehicle.depot))
    sound_key(key)
    thing = clean(what)
    if not 1 <= len(thing) <= MOST_WHAT:
        raise BadRequestError.one(
            "no-thing", N_("Enter what was brought, in at most %(most)s signs."), where="what", most=MOST_WHAT
        )
    if reason not in REASONS:
        raise BadRequestError.one("no-reason", N_("Choose why it is not taken."), where="reason")
    wish = (vehicle.plate, community or None, thing, reason)
    with office.database.write() as session:
        if community:
            the_community(session, community)

        def look() -> TurnedAway | None:
            found = session.scalar(select(TurnedAway).where(TurnedAway.key == key))
            if found is not None and (found.plate, found.community_code, found.what, found.reason) != wish:
                raise ConflictError.one(
                    "key-used",
                    N_("This was already posted with other content. Begin anew with a new form."),
                    where="key",
                )
            return found

        def make() -> TurnedAway:
            row = TurnedAway(
                key=key, plate=vehicle.plate, depot_code=vehicle.depot, community_code=community or None,
                day=office.clock.today(now), what=thing, reason=reason, at=now, person=actor.id,
            )  # fmt: skip
            session.add(row)
            session.flush()
            after = {"plate": row.plate, "community": community, "what": thing, "reason": reason}
            audit.record(session, actor, "call.turned-away", "turned_away", row.id, None, after, now)
            return row

        return once(session, look, make)


def turned_away(
    session: Session, first: date, last: date, depots: Collection[str] | None = None
) -> list[TurnedAwayLine]:
    """Count what was not taken from the first to the last day, the most frequent first; with `depots` only theirs."""
    query = select(TurnedAway.what, TurnedAway.reason, TurnedAway.community_code).where(
        TurnedAway.day.between(first, last)
    )
    if depots is not None:
        query = query.where(TurnedAway.depot_code.in_(depots))
    said: dict[str, str] = {}
    times = Counter[tuple[str, str, str]]()
    for what, reason, community in session.execute(query.order_by(TurnedAway.at, TurnedAway.id)):
        times[said.setdefault(what.casefold(), what), reason, community or ""] += 1
    codes = {community for _, _, community in times}
    names = {c.code: c.name for c in session.scalars(select(Community).where(Community.code.in_(codes)))}
    rows = (TurnedAwayLine(*key, names.get(key[2], ""), count) for key, count in times.items())
    return sorted(rows, key=lambda row: (-row.times, row.what, row.reason, row.community))
