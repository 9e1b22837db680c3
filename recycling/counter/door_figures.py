"""How often the price is refused at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking import life
from recycling.models import Booking


@dataclass(frozen=True)
class DoorFigures:
    """How often the price was accepted at the door, and how often refused."""

    accepted: int
    refused: int

    @property
    def refused_share(self) -> float:
        """Share of those who were named a price that refused it, 0 to 1."""
        return self.refused / max(1, self.accepted + self.refused)


def door_figures(session: Session, actor: Actor, first: date, last: date, depot: str = "") -> DoorFigures:
    """Count the visits of the days from the first to the last, of one depot or of all that the actor may see."""
    demand(actor, Action.COMPLAINT_READ)
    accepted = Booking.state.in_(("collected", "settled"))
    refused = (Booking.state == "failed") & (Booking.reason == life.REFUSED)
    query = select(func.count(case((accepted, 1))), func.count(case((refused, 1)))).where(
        Booking.service_day.between(first, last), or_(accepted, refused)
    )
    if not actor.every_depot and not may(actor, Action.COMPLAINT_READ, Subject()):
        query = query.where(Booking.depot_code.in_(actor.depots))
    if depot:
        query = query.where(Booking.depot_code == depot)
    return DoorFigures(*session.execute(query).one())
