"""What people bring to a truck at its call is weighed, bought and put on board, in one unit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office
from recycling.counter.agreed import AgreedThing, agreed, by_line, keep_notes, weighed
from recycling.counter.weighing import loads_of
from recycling.errors import N_, BadRequestError
from recycling.ledger import balance, entry_by_key
from recycling.ledger.accounts import insert_missing
from recycling.ledger.once import sound_key
from recycling.models import Booking, Purchase, Seller
from recycling.money import books
from recycling.money.books import PayIn
from recycling.money.paying import pay
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, Settled, settle
from recycling.money.terms import Terms
from recycling.phones import e164
from recycling.stock import stock_of, the_vehicle
from recycling.stock.fill import check_room
from recycling.stock.movements import HAND_IN, Deed, collect, lock
from recycling.stock.purchases import entry_key
from recycling.stock.serials import keep, sound_serial
from recycling.timetable.calls import the_community

NOBODY = uuid.UUID("6f1e3f2a-6f0e-4d25-9d0c-6a3f0b1c7a11")
"""Namespace of sellers who leave no number: one for each hand-in."""


@dataclass(frozen=True)
class Brought:
    """What somebody brings to a truck.

    Attributes
    ----------
    plate
        The truck.
    who
        A telephone number, or the number of an earlier receipt or of a booking; empty for somebody who stays unknown,
        who is paid in yuan, in cash and at once.
    community
        Where the truck stands; empty when nobody said so.
    lines, things
        As `recycling.counter.Weighing`; a low-value material without a rate is taken for nothing.
    serials
        Serial numbers of appliances with the codes of their items.
    cash
        Whether the yuan changed hands at the truck.
    fits
        The crew sees that there is room although the book has none.
    """

    plate: str
    who: str
    community: str
    lines: tuple[WeighedLine, ...]
    pay_in: PayIn
    things: tuple[AgreedThing, ...] = ()
    serials: Mapping[str, str] = field(default_factory=dict)
    cash: bool = False
    fits: bool = False
    protest: str = ""


def hand_in(office: Office, terms: Terms, brought: Brought, actor: Actor, key: str, now: datetime) -> Settled:
    """Buy what somebody brings and put it on board, all or nothing; the same key again answers with the same purchase.

    Raises
    ------
    BadRequestError
        As `recycling.money.settling.settle`, `recycling.counter.agreed.agreed` and `recycling.stock.fill.check_room`;
        ``no-receipt`` for a number that nobody has; ``points-for-nobody`` for points without a number.
    ConflictError
        When the key stands for another hand-in.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is no such truck or community, or the actor may not load the truck.
    """
    vehicle = the_vehicle(office.fleet, brought.plate)
    demand(actor, Action.STOCK_LOAD, Subject(depot=vehicle.depot))
    sound_key(key)
    if not brought.who.strip() and brought.pay_in == "points":
        raise BadRequestError.one(
            "points-for-nobody", N_("Points need a number to stand under. Enter one, or pay in yuan."), where="who"
        )
    serials = {sound_serial(text, "serial"): item for text, item in brought.serials.items()}
    day = office.clock.today(now)
    with office.database.write() as session:
        if brought.community:
            the_community(session, brought.community)
        seller = _seller(session, brought.who, key, now)
        things = agreed(session, office.catalogue, brought.things, None, day)
        lines = tuple(_for_nothing(office, terms, line, brought.pay_in, now) for line in brought.lines)
        hand = HandIn(
            seller,
            f"call:{brought.community or vehicle.plate}",
            day,
            (*lines, *things.lines),
            brought.pay_in,
            actor.id,
            brought.protest.strip(),
        )
        settled = settle(session, terms, hand, key, now, day)
        purchase = settled.purchase
        if entry_by_key(session, entry_key(purchase)) is not None:
            return settled
        keep_notes(session, purchase, weighed(office.catalogue, lines, day) | by_line(things, len(lines)), actor, now)
        loads = loads_of(office, brought.lines, brought.things, things.lines)
        lock(session, vehicle.plate)
        check_room(vehicle, stock_of(session, vehicle.plate), loads, brought.fits)
        deed = Deed(entry_key(purchase), actor.id, now)
        collect(session, vehicle, loads, brought.community, HAND_IN, deed, purchase.reference)
        keep(session, purchase, serials, vehicle.plate, actor.id, now)
        if purchase.fen and (brought.cash or not brought.who.strip()):
            _in_cash(session, purchase, actor, now)
        return settled


def _seller(session: Session, who: str, key: str, now: datetime) -> uuid.UUID:
    text = "".join(who.split())
    if not text:
        nobody = uuid.uuid5(NOBODY, key)  # the same hand-in sent again is the same nobody's
        row = {"id": nobody, "created_at": now, "kind": "natural_person", "phone": None, "name": "", "link_version": 1}
        insert_missing(session, Seller, [row])
        return nobody
    found = session.scalar(select(Purchase.seller_id).where(Purchase.reference == text.upper()))
    if found is not None:
        return found
    phone = session.scalar(select(Booking.phone).where(Booking.reference == text.upper())) or e164(who)
    if phone is None:
        raise BadRequestError.one(
            "no-receipt",
            N_("Nobody has the number %(text)s. Enter a telephone number, or that of a receipt or a booking."),
            where="who",
            text=text[:20],
        )
    return seller_of_phone(session, phone, now).id


def _for_nothing(office: Office, terms: Terms, line: WeighedLine, pay_in: PayIn, now: datetime) -> WeighedLine:
    """Price a low-value material without a rate of the day at nothing, so that it is always taken."""
    material = office.catalogue.materials.get(line.material)
    if material is None or not material.low_value or line.agreed_fen is not None:
        return line
    rates = terms.rates_on(office.clock.today(now))
    by_kg = rates.points if pay_in == "points" else rates.fen
    return replace(line, agreed_fen=0) if by_kg(line.material, line.item) is None else line


def _in_cash(session: Session, purchase: Purchase, actor: Actor, now: datetime) -> None:
    """Note that the purchase was paid at the truck, as far as anything is owed for it."""
    side = books.holding if purchase.fen > 0 else books.owing
    owed = abs(balance(session, side(purchase.seller_id, "fen")))
    fen = min(abs(purchase.fen), owed) * (1 if purchase.fen > 0 else -1)
    if fen:
        pay(session, purchase.id, fen, "cash", "", actor.id, f"cash:{purchase.id}", now)
