"""What a partner recycler answers to an offer: it collects the pickup in the promised hours, or it does not."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.booking.checks import clean
from recycling.booking.handed import end
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.handing.offering import MOST_REASON
from recycling.handing.standing import locked
from recycling.hooks.events import say_handover
from recycling.models import Handover
from recycling.models.handover import ACCEPTED, DECLINED, OFFERED
from recycling.partner_companies import Partner


def accept(session: Session, office: Office, partner: Partner, key: uuid.UUID, actor: Actor, now: datetime) -> Handover:
    """Take on a pickup in the promised hours; from now on the partner sees whose it is and where. Again: the same.

    The resident is told who comes. Our own window has the room again.

    Raises
    ------
    ConflictError
        When the offer is over, or our own plan has put it on a route meanwhile.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is not this partner's, or the actor may not.
    """
    demand(actor, Action.HANDOVER_TAKE)
    found, subject = locked(session, key, partner.code)
    if found.state == ACCEPTED:
        return found
    _must_stand(office, found, now)
    if not subject.is_free(session):
        raise ConflictError.one(
            "on-our-route", N_("Our own crew has this pickup on its route meanwhile. Decline it, or call us.")
        )
    found.state, found.answered_at = ACCEPTED, now
    subject.given(session, office, found, partner, actor, now)
    say_handover(session, found, ACCEPTED, now)
    session.flush()
    after = {"state": ACCEPTED, "partner": partner.code}
    audit.record(session, actor, "handover.accepted", "handover", found.id, {"state": OFFERED}, after, now)
    return found


def decline(
    session: Session, office: Office, partner: Partner, key: uuid.UUID, reason: str, actor: Actor, now: datetime
) -> Handover:
    """Refuse an offer: the pickup is ours again, in the same hours. One that was declined already stays so.

    Raises
    ------
    BadRequestError
        Without a reason.
    ConflictError
        When the offer is over, or was accepted.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is not this partner's, or the actor may not.
    """
    demand(actor, Action.HANDOVER_TAKE)
    why = clean(reason)[:MOST_REASON]
    if not why:
        raise BadRequestError.one(
            "no-reason", N_("Say why not, in a few words; the dispatcher reads it."), where="reason"
        )
    found, subject = locked(session, key, partner.code)
    if found.state == DECLINED:
        return found
    if found.state != OFFERED:
        raise _over(found)
    found.answered_at = now
    end(session, found, DECLINED, why, actor, now)
    subject.back(session, office, found, False, actor, now)
    return found


def _must_stand(office: Office, found: Handover, now: datetime) -> None:
    if found.state != OFFERED:
        raise _over(found)
    if now >= found.answer_by:
        raise ConflictError.one(
            "offer-over",
            N_("This offer stood until %(until)s; our own crew comes now. Call us if you want it all the same."),
            until=f"{office.clock.local(found.answer_by):%Y-%m-%d %H:%M}",
        )


def _over(found: Handover) -> ConflictError:
    return ConflictError.one(
        "handover-over",
        N_("This hand-over is over: it was %(state)s. Load the page again."),
        state=found.state,
    )
