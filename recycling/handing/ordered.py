"""The old things of a shop's order that are handed to a partner recycler: the delivery stays ours."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.accounts.rights import Subject as Whose
from recycling.booking import Office
from recycling.booking.life import refuse_early
from recycling.deliveries import handed
from recycling.deliveries.fetching import end_fetch
from recycling.deliveries.outcome import OLD_KEPT, void_voucher
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.handing.subject import Facts
from recycling.models import Handover, TradeInOrder
from recycling.models.handover import LIVE
from recycling.models.trade_in import DELIVERED, FAILED, FETCHED, OPEN
from recycling.partner_companies import Partner

WHY_NOT_FETCHED = ("absent", "no_access", "wrong_address", "too_much", "not_taken", OLD_KEPT)
"""Why a partner that was there has fetched nothing."""


class Ordered:
    """The old things of an order, locked where anything is changed."""

    def __init__(self, order: TradeInOrder) -> None:
        self.order = order

    @property
    def facts(self) -> Facts:
        """What a partner is asked to do, in the hours of the second visit; of the delivery where there is none yet."""
        order = self.order
        return Facts(
            key=order.id,
            reference=order.external_id,
            depot=order.depot_code,
            day=order.service_day,
            start=order.fetch_start or order.promise_start,
            end=order.fetch_end or order.promise_end,
            place=order.place,
            lon=order.lon,
            lat=order.lat,
            community="",
            items=tuple(order.things_back),
        )

    @property
    def log(self) -> tuple[str, uuid.UUID]:
        """Kind and key under which the audit log has it."""
        return "order", self.order.id

    @property
    def phone(self) -> str:
        """The number to call at the door."""
        return self.order.phone

    @property
    def partner(self) -> str:
        """Code of the partner that has them, a trip's too, or was asked."""
        return self.order.partner

    def may_be_offered(self, actor: Actor) -> None:
        """Demand the right to hand them over."""
        demand(actor, Action.HANDOVER_OFFER, Whose(depot=self.order.depot_code))

    def live(self, session: Session) -> Handover | None:
        """Return their hand-over that is offered or accepted."""
        return live_of_order(session, self.order)

    def made_free(self, session: Session, office: Office) -> None:
        """Give the old things hours of their own, unless they have; refuse what is on a route, done or under way."""
        order = self.order
        if not order.things_back or order.state not in (OPEN, DELIVERED) or not (order.fetching or _at_door(order)):
            raise ConflictError.one(
                "nothing-to-fetch",
                N_("Nothing old is to be fetched for order %(number)s. Load the page again."),
                number=order.external_id,
            )
        if not self.is_free(session):
            raise ConflictError.one(
                "on-a-route",
                N_(
                    "Order %(number)s stands on a route of the plan, with what is old. Leave it out on the board and"
                    " publish that, then hand it over."
                ),
                number=order.external_id,
            )
        fault = handed.stand_apart(office, order)
        if fault is not None:
            raise BadRequestError.one(
                "no-hours-to-fetch",
                N_(
                    "The delivery of order %(number)s is over too late for somebody to come for what is old on the"
                    " same day. Let our own crew take it along."
                ),
                where="partner",
                number=order.external_id,
            )

    def is_free(self, session: Session) -> bool:
        """Tell whether the visit that would take them stands on no route of ours, and nobody is on the way."""
        order = self.order
        if order.fetch_start is None:
            return order.set_off_at is None and not handed.on_a_route(session, order, fetches=False)
        away = order.fetching and order.fetch_set_off_at is None
        return away and order.fetch_planned_start is None and not handed.on_a_route(session, order, fetches=True)

    def asked(self, session: Session, office: Office, partner: str, actor: Actor, now: datetime) -> None:
        """Note that a partner is asked."""
        handed.offered(session, office, self.order, partner, actor, now)

    def given(
        self, session: Session, office: Office, handover: Handover, partner: Partner, actor: Actor, now: datetime
    ) -> None:
        """Note that the partner has taken them on; shop and customer are told who comes, and when."""
        handed.handed_over(session, office, self.order, partner.text(self.order.language), actor, now)

    def back(
        self, session: Session, office: Office, handover: Handover, accepted: bool, actor: Actor, now: datetime
    ) -> None:
        """Let them be ours again."""
        if self.order.partner == handover.partner:
            handed.handed_back(session, office, self.order, actor, now, handover.reason)

    def collected(self, session: Session, grams: int, actor: Actor, now: datetime) -> None:
        """End the second visit as our own crew would."""
        if self.order.fetching:
            end_fetch(session, self.order, FETCHED, "", actor, now)

    def in_vain(
        self, session: Session, office: Office, handover: Handover, reason: str, actor: Actor, now: datetime
    ) -> None:
        """End the visit where the customer keeps what is old; else it is ours again, and planned with the day."""
        order = self.order
        refuse_early(reason, handover.promise_start, now, office.settings.visit.waiting)
        if reason == OLD_KEPT and order.fetching:
            void_voucher(office, order)
            end_fetch(session, order, FAILED, OLD_KEPT, actor, now)
        else:
            self.back(session, office, handover, True, actor, now)


def live_of_order(session: Session, order: TradeInOrder) -> Handover | None:
    """Return the hand-over of an order's old things that is offered or accepted, None where they are ours alone."""
    return session.scalar(select(Handover).where(Handover.order_id == order.id, Handover.state.in_(LIVE)))


def _at_door(order: TradeInOrder) -> bool:
    """Tell whether the delivery is still to take the old things along."""
    return order.fetch_start is None and order.state == OPEN
