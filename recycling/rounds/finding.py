"""Finding rounds, who waits for one, and how much has been asked for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.office import Office
from recycling.errors import N_, NotFoundError
from recycling.models import Community, RoundDay, RoundPlace, VillageRound
from recycling.rounds.dates import bookable, next_days


@dataclass(frozen=True)
class Gathered:
    """How far a round is: what waits for it in orders and kg, what is needed, and what it will do.

    Attributes
    ----------
    latest
        Day on which it goes at the latest for those who wait; None where nobody does.
    days
        The next days on which it can go.
    goes
        Days that it was given, and that are still to come.
    """

    orders: int
    kg: int
    unit: str
    quorum: int
    latest: date | None
    days: Sequence[date]
    goes: Sequence[date]

    @property
    def have(self) -> int:
        """What waits, in the unit of the quorum."""
        return self.orders if self.unit == "orders" else self.kg

    @property
    def enough(self) -> bool:
        """Whether the quorum is there."""
        return self.have >= self.quorum


def waiting_for(session: Session, key: uuid.UUID) -> list[RoundPlace]:
    """Return who waits for a round, the longest first."""
    query = select(RoundPlace).where(RoundPlace.round_id == key, RoundPlace.state == "waiting")
    return list(session.scalars(query.order_by(RoundPlace.asked_at, RoundPlace.id)))


def days_given(session: Session, key: uuid.UUID, first: date) -> list[date]:
    """Return the days from `first` on that a round was given."""
    query = select(RoundDay.day).where(RoundDay.round_id == key, RoundDay.day >= first)
    return list(session.scalars(query.order_by(RoundDay.day)))


def gathered(session: Session, office: Office, found: VillageRound, now: datetime) -> Gathered:
    """Return how far a round is."""
    waiting = waiting_for(session, found.id)
    return Gathered(
        orders=len(waiting),
        kg=sum(place.kg for place in waiting),
        unit=found.unit,
        quorum=found.quorum,
        latest=min((place.latest_on for place in waiting), default=None),
        days=next_days(office, found, now),
        goes=days_given(session, found.id, office.clock.today(now)),
    )


def rounds_at(session: Session, office: Office, community: str, now: datetime) -> list[VillageRound]:
    """Return the rounds that serve a community and take somebody, the one that can go first at the front."""
    running = session.scalars(
        select(VillageRound).where(VillageRound.ended_at.is_(None)).order_by(VillageRound.name, VillageRound.id)
    )
    here = [one for one in running if community and community in one.communities]
    able = [(days[0], number, one) for number, one in enumerate(here) if (days := next_days(office, one, now, 1))]
    return [one for _, _, one in sorted(able, key=lambda each: each[:2])]


def rounds_of(session: Session, actor: Actor) -> list[VillageRound]:
    """Return the rounds of the actor's depots, those that have ended last."""
    query = select(VillageRound).order_by(VillageRound.ended_at.is_not(None), VillageRound.name, VillageRound.id)
    return [one for one in session.scalars(query) if may(actor, Action.BOOKING_TAKE, Subject(depot=one.depot_code))]


def the_round(
    session: Session, key: uuid.UUID, actor: Actor, action: Action = Action.BOOKING_TAKE, lock: bool = False
) -> VillageRound:
    """Return a round; NotFoundError when there is none, ForbiddenError when it is not the actor's to touch."""
    found = session.get(VillageRound, key, with_for_update=lock or None)
    if found is None:
        raise NotFoundError.one("no-round", N_("There is no such round."))
    demand(actor, action, Subject(depot=found.depot_code))
    return found


def round_of(session: Session, place: RoundPlace) -> VillageRound:
    """Return the round that somebody waits for."""
    return session.get_one(VillageRound, place.round_id)


def villages_of(session: Session, found: VillageRound) -> list[Community]:
    """Return the communities that a round serves, by town and name."""
    query = select(Community).where(Community.code.in_(found.communities))
    return list(session.scalars(query.order_by(Community.town, Community.name)))


def place_by_token(session: Session, token: str) -> RoundPlace:
    """Return who waits, or waited, under a link; NotFoundError when nobody does."""
    found = session.scalar(select(RoundPlace).where(RoundPlace.token == token))
    if found is None:
        raise NotFoundError.one(
            "no-round-place", N_("Nobody waits for a round under this link. Check the link in your message.")
        )
    return found


def the_place(session: Session, key: uuid.UUID, actor: Actor) -> RoundPlace:
    """Return somebody who waits for a round, to staff of its depot; errors are those of `the_round`."""
    found = session.get(RoundPlace, key)
    if found is None:
        raise NotFoundError.one("no-round-place", N_("Nobody of this number waits for a round."))
    the_round(session, found.round_id, actor)
    return found


def waiting_orders(session: Session, shop: str = "") -> list[tuple[RoundPlace, VillageRound]]:
    """Return the orders that wait for a round, of a shop or of all, each with its round."""
    query = (
        select(RoundPlace, VillageRound)
        .join(VillageRound, VillageRound.id == RoundPlace.round_id)
        .where(RoundPlace.kind == "order", RoundPlace.state == "waiting")
        .order_by(RoundPlace.latest_on, RoundPlace.external_id)
    )
    if shop:
        query = query.where(RoundPlace.retailer == shop)
    return [(place, found) for place, found in session.execute(query)]


def late_count(session: Session, depot: str) -> int:
    """Return how many wait for rounds of a depot although the date that they were promised is over."""
    query = (
        select(func.count())
        .select_from(RoundPlace)
        .join(VillageRound, VillageRound.id == RoundPlace.round_id)
        .where(VillageRound.depot_code == depot, RoundPlace.state == "waiting", RoundPlace.late_at.is_not(None))
    )
    return session.scalar(query) or 0


def can_go(session: Session, office: Office, found: VillageRound, now: datetime) -> list[date]:
    """Return the days that can be booked now and that a round has not been given yet."""
    given = set(days_given(session, found.id, office.clock.today(now)))
    return [day for day in bookable(office, found, now) if day not in given]
