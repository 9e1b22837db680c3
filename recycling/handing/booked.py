"""A booking that is handed to a partner recycler: all its visits go together, in the hours that were promised."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.accounts.rights import Subject as Whose
from recycling.booking import Office, life
from recycling.booking.handed import live_of
from recycling.errors import N_, ConflictError
from recycling.handing.subject import Facts
from recycling.in_force import in_force
from recycling.models import Booking, Handover, PlanRoute, PlanVisit
from recycling.models.booking import ENDED
from recycling.partner_companies import Partner


class Booked:
    """The visits of a booking, the head first, locked where anything is changed."""

    def __init__(self, visits: Sequence[Booking]) -> None:
        self.visits = visits
        self.head = visits[0]

    @property
    def _going(self) -> list[Booking]:
        return [visit for visit in self.visits if visit.state not in ENDED]

    @property
    def facts(self) -> Facts:
        """What a partner is asked to do: what has not come to its end of the booking."""
        head = self.head
        return Facts(
            key=head.id,
            reference=head.reference,
            depot=head.depot_code,
            day=head.service_day,
            start=head.promise_start,
            end=head.promise_end,
            place=head.place,
            lon=head.lon,
            lat=head.lat,
            community=head.community_code or "",
            items=tuple((line.item, line.pieces) for visit in self._going for line in visit.lines),
        )

    @property
    def log(self) -> tuple[str, uuid.UUID]:
        """Kind and key under which the audit log has it."""
        return "booking", self.head.id

    @property
    def phone(self) -> str:
        """The number to call at the door."""
        return self.head.phone

    @property
    def partner(self) -> str:
        """Code of the partner that has it, a trip's too, or was asked."""
        return self.head.partner

    def may_be_offered(self, actor: Actor) -> None:
        """Demand the right to hand it over."""
        demand(actor, Action.HANDOVER_OFFER, Whose.booked(self.head))

    def live(self, session: Session) -> Handover | None:
        """Return its hand-over that is offered or accepted."""
        return live_of(session, self.head)

    def made_free(self, session: Session, office: Office) -> None:
        """Refuse what stands on a route, is done or under way."""
        for visit in self._going or self.visits:
            if visit.state == "planned" or on_a_route(session, visit):
                raise ConflictError.one(
                    "on-a-route",
                    N_(
                        "Booking %(reference)s stands on a route of the plan. Leave it out on the board and publish"
                        " that, then hand it over."
                    ),
                    reference=visit.reference,
                )
            if visit.state != "booked":
                raise ConflictError.one(
                    "wrong-state",
                    N_("Booking %(reference)s is %(state)s; it cannot be handed over any more."),
                    reference=visit.reference,
                    state=visit.state,
                )

    def is_free(self, session: Session) -> bool:
        """Tell whether its visits are booked, and stand on no route of ours."""
        return all(visit.state == "booked" and not on_a_route(session, visit) for visit in self._going)

    def asked(self, session: Session, office: Office, partner: str, actor: Actor, now: datetime) -> None:
        """Note that a partner is asked; until it answers our window keeps its room."""
        for visit in self._going:
            life.offered(session, visit, partner, actor, now)

    def given(
        self, session: Session, office: Office, handover: Handover, partner: Partner, actor: Actor, now: datetime
    ) -> None:
        """Note that the partner has taken it on; our window has the room again, and the resident is told who comes."""
        going = self._going
        handover.seconds = {str(visit.id): visit.seconds for visit in going}
        for visit in going:
            life.handed_over(session, visit, partner.text(visit.language), actor, now)

    def back(
        self, session: Session, office: Office, handover: Handover, accepted: bool, actor: Actor, now: datetime
    ) -> None:
        """Let it be ours again, in the hours that were promised, with the room that it took of our window."""
        for visit in self.visits:
            if visit.partner == handover.partner and visit.state == "booked":
                seconds = int(handover.seconds.get(str(visit.id), visit.seconds)) if accepted else visit.seconds
                life.handed_back(session, visit, seconds, accepted, actor, now, handover.reason)

    def collected(self, session: Session, grams: int, actor: Actor, now: datetime) -> None:
        """End the booking as our own crew would."""
        for visit in self._going:
            life.collected(session, visit, round(grams / 1000), actor, now, by_partner=True)

    def in_vain(
        self, session: Session, office: Office, handover: Handover, reason: str, actor: Actor, now: datetime
    ) -> None:
        """End the visit with its reason; the resident is told and may choose another one."""
        for visit in self._going:
            waiting = office.settings.visit.waiting
            life.failed(session, visit, reason, actor, now, waiting=waiting, by_partner=True)


def on_a_route(session: Session, visit: Booking) -> bool:
    """Tell whether a visit stands on a route of the plan that is in force on its day."""
    plan = session.scalar(in_force(visit.depot_code, visit.service_day))
    if plan is None:
        return False
    there = (
        select(PlanVisit.route_id).join(PlanRoute).where(PlanRoute.plan_id == plan.id, PlanVisit.booking_id == visit.id)
    )
    return session.scalar(there.limit(1)) is not None
