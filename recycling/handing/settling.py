"""Statements between partner recyclers and us: what was collected until a day, once each, and that it was paid."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking.checks import clean
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.handing.collecting import owed
from recycling.handing.statement_lines import open_until
from recycling.hooks.events import say_handover, say_offer
from recycling.ledger import Draft, post
from recycling.ledger import Line as Amount
from recycling.models import PartnerSettlement
from recycling.models.handover import SETTLED
from recycling.money.books import paid
from recycling.partner_companies import Partner

MOST_PAYMENT = 60
BANK = "bank"


def of_statements(partner: str) -> str:
    """Return what is held while a partner's statements, or what will stand on them, is changed."""
    return f"settlement/{partner}"


def make_statement(
    session: Session, partner: Partner, last_day: date, today: date, actor: Actor, now: datetime
) -> PartnerSettlement:
    """Settle all that a partner collected until a day, that day included, and that stands on no statement yet.

    That is what was handed over to it, what its trips took along, and what was corrected of closed statements. From
    then on the statement stays as it is.

    Raises
    ------
    BadRequestError
        For a day that is still to come.
    ConflictError
        When there is nothing to settle.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    demand(actor, Action.HANDOVER_SETTLE)
    if last_day > today:
        raise BadRequestError.one("in-the-future", N_("Choose a day that is not still to come."), where="last")
    hold(session, of_statements(partner.code))
    pickups, offers, corrections = open_until(session, partner.code, last_day)
    count = len(pickups) + len(offers) + len(corrections)
    if not count:
        raise ConflictError.one(
            "nothing-to-settle",
            N_("Nothing of %(partner)s until %(day)s is to be settled. Choose a later day."),
            where="last",
            partner=partner.code,
            day=last_day.isoformat(),
        )
    newest = session.scalar(select(func.max(PartnerSettlement.number)).where(PartnerSettlement.partner == partner.code))
    made = PartnerSettlement(
        partner=partner.code,
        number=(newest or 0) + 1,
        last_day=last_day,
        pickups=count,
        fen=sum(one.fen or 0 for one in pickups) - sum(one.due for one in offers) + sum(one.fen for one in corrections),
        made_at=now,
        made_by=actor.id,
        paid_by="",
        paid_reference="",
    )
    session.add(made)
    session.flush()
    for pickup in pickups:
        pickup.state, pickup.settlement_id = SETTLED, made.id
        say_handover(session, pickup, SETTLED, now)
    for offer in offers:
        offer.settlement_id = made.id
        say_offer(session, offer, SETTLED, now)
    for correction in corrections:
        correction.settlement_id = made.id
    session.flush()
    after = {"partner": partner.code, "number": made.number, "pickups": made.pickups, "fen": made.fen}
    audit.record(session, actor, "settlement.made", "settlement", made.id, None, after, now, first=True)
    return made


def note_paid(
    session: Session, partner: Partner, number: int, reference: str, actor: Actor, now: datetime
) -> PartnerSettlement:
    """Note that a statement was paid in full, by which transfer; the same again changes nothing.

    Raises
    ------
    BadRequestError
        Without a reference of the transfer.
    ConflictError
        When it was paid by another one.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none of this number, or the actor may not.
    """
    demand(actor, Action.HANDOVER_SETTLE)
    said = clean(reference)[:MOST_PAYMENT]
    if not said:
        raise BadRequestError.one("no-payment", N_("Enter the number of the transfer."), where="reference")
    found = the_statement(session, partner.code, number, lock=True)
    if found.paid_at is not None and found.paid_reference == said:
        return found
    if found.paid_at is not None:
        raise ConflictError.one(
            "paid-already",
            N_("Statement %(number)s was paid already, by %(payment)s."),
            number=number,
            payment=found.paid_reference,
        )
    found.paid_at, found.paid_by, found.paid_reference = now, actor.id, said
    if found.fen:
        lines = Amount(owed(partner.code), found.fen), Amount(paid(BANK), -found.fen)
        person = actor.id or actor.kind
        post(session, Draft("partner-payment", lines, f"partner-payment:{found.id}", now, person, said))
    session.flush()
    audit.record(session, actor, "settlement.paid", "settlement", found.id, None, {"payment": said}, now)
    return found


def statements(session: Session, partner: str = "") -> list[PartnerSettlement]:
    """Return the statements with a partner or with all, the newest first."""
    query = select(PartnerSettlement).order_by(PartnerSettlement.made_at.desc(), PartnerSettlement.id)
    return list(session.scalars(query.where(PartnerSettlement.partner == partner) if partner else query))


def the_statement(session: Session, partner: str, number: int, lock: bool = False) -> PartnerSettlement:
    """Return a statement with a partner by its number; NotFoundError when there is none."""
    query = select(PartnerSettlement).where(PartnerSettlement.partner == partner, PartnerSettlement.number == number)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError.one(
            "no-statement", N_("There is no statement %(number)s with %(partner)s."), number=number, partner=partner
        )
    return found
