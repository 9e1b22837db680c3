"""What is handed to a partner, whichever it is: a booking with all its visits, or the old things of a shop's order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.booking import Office
from recycling.models import Handover
from recycling.partner_companies import Partner


@dataclass(frozen=True)
class Facts:
    """What a partner must be able to do to collect something, and what our people call that.

    Attributes
    ----------
    key, reference
        Of the booking or order; the reference is what staff call it.
    start, end
        Between which hours it was promised.
    place, lon, lat, community
        Where it is; the community's code is "" where only the position is known.
    items
        Codes of what is collected, with the pieces of each.
    """

    key: uuid.UUID
    reference: str
    depot: str
    day: date
    start: datetime
    end: datetime
    place: str
    lon: float
    lat: float
    community: str
    items: tuple[tuple[str, int], ...]


class Subject(Protocol):
    """Something that can be handed over; whoever has one holds the rows of its booking or order until the unit ends."""

    @property
    def facts(self) -> Facts:
        """What a partner is asked to do."""

    @property
    def log(self) -> tuple[str, uuid.UUID]:
        """Kind and key under which the audit log has it."""

    @property
    def phone(self) -> str:
        """The number to call at the door."""

    @property
    def partner(self) -> str:
        """Code of the partner that has it, or was asked; "" for none."""

    def may_be_offered(self, actor: Actor) -> None:
        """Raise ForbiddenError or SignInNeededError where the actor may not hand it over."""

    def live(self, session: Session) -> Handover | None:
        """Return its hand-over that is offered or accepted."""

    def made_free(self, session: Session, office: Office) -> None:
        """Make it ready to be offered.

        Raises ConflictError where it stands on a route or is not to be collected any more, BadRequestError where it
        has no hours of its own.
        """

    def is_free(self, session: Session) -> bool:
        """Tell whether all that is left of it can still be taken on, and stands on no route of ours."""

    def asked(self, session: Session, office: Office, partner: str, actor: Actor, now: datetime) -> None:
        """Note that a partner is asked."""

    def given(
        self, session: Session, office: Office, handover: Handover, partner: Partner, actor: Actor, now: datetime
    ) -> None:
        """Note that the partner has taken it on."""

    def back(
        self, session: Session, office: Office, handover: Handover, accepted: bool, actor: Actor, now: datetime
    ) -> None:
        """Note that it is ours again, in its hours."""

    def collected(self, session: Session, grams: int, actor: Actor, now: datetime) -> None:
        """Note that it was collected."""

    def in_vain(
        self, session: Session, office: Office, handover: Handover, reason: str, actor: Actor, now: datetime
    ) -> None:
        """Note that the partner was there in vain, and why."""
