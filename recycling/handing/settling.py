"""Statements between partner recyclers and us: what was collected until a day, once each, and that it was paid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking.checks import clean
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.handing.collecting import owed
from recycling.hooks.events import say_handover
from recycling.ledger import Draft, post
from recycling.ledger import Line as Amount
from recycling.models import Booking, Handover, PartnerSettlement, TradeInOrder
from recycling.models.handover import COLLECTED, SETTLED
from recycling.money.books import paid
from recycling.partner_companies import Partner

MOST_PAYMENT = 60
BANK = "bank"
NUMBER = func.coalesce(Booking.reference, TradeInOrder.external_id)
"""What a pickup is called on a statement: the booking's number, or the shop's of its order."""


@dataclass(frozen=True)
class Line:
    """A line of a statement: the pickup itself (no material), or what was weighed; fen as a hand-over's."""

    handover: uuid.UUID
    reference: str
    day: date
    material: str
    item: str
    pieces: int
    grams: int
    fen: int


def make_statement(
    session: Session, partner: Partner, last_day: date, today: date, actor: Actor, now: datetime
) -> PartnerSettlement:
    """Settle all that a partner collected until a day, that day included, and that stands on no statement yet.

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
    hold(session, f"settlement/{partner.code}")
    query = select(Handover).where(
        Handover.partner == partner.code, Handover.state == COLLECTED, Handover.service_day <= last_day
    )
    found = list(session.scalars(query.order_by(Handover.id).with_for_update()))
    if not found:
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
        pickups=len(found),
        fen=sum(one.fen or 0 for one in found),
        made_at=now,
        made_by=actor.id,
        paid_by="",
        paid_reference="",
    )
    session.add(made)
    session.flush()
    for one in found:
        one.state, one.settlement_id = SETTLED, made.id
        say_handover(session, one, SETTLED, now)
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


def to_settle(session: Session, partner: str) -> tuple[int, int]:
    """Return how many pickups of a partner stand on no statement yet, and their fen."""
    query = select(func.count(), func.coalesce(func.sum(Handover.fen), 0)).where(
        Handover.partner == partner, Handover.state == COLLECTED
    )
    count, fen = session.execute(query).one()
    return count, fen or 0


def lines_of(session: Session, settlement: PartnerSettlement) -> Sequence[Line]:
    """Return the lines of a statement by day and pickup; their fen sum to that of the statement."""
    query = (
        select(Handover, NUMBER)
        .outerjoin(Booking, Booking.id == Handover.booking_id)
        .outerjoin(TradeInOrder, TradeInOrder.id == Handover.order_id)
        .where(Handover.settlement_id == settlement.id)
        .order_by(Handover.service_day, NUMBER)
        .options(selectinload(Handover.lines))
    )
    return [
        Line(one.id, reference, one.service_day, n.material, n.item, n.pieces, n.grams, n.fen)
        for one, reference in session.execute(query)
        for n in one.lines
        if n.material or n.fen
    ]


def table_of(lines: Sequence[Line]) -> tuple[tuple[str, ...], list[tuple[str | int | float, ...]]]:
    """Return head and rows of a statement; the yuan of its rows sum to that of the statement."""
    head = ("pickup", "day", "material", "item", "pieces", "kg", "yuan")
    rows: list[tuple[str | int | float, ...]] = [
        (n.reference, n.day.isoformat(), n.material, n.item, n.pieces, n.grams / 1000, n.fen / 100) for n in lines
    ]
    return head, rows
