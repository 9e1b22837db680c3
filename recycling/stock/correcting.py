"""Putting the book of a truck right: one person asks and says why, another one decides."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.ledger import Draft, Line, once, post
from recycling.ledger.once import sound_key
from recycling.models import StockCorrection
from recycling.settings.stock import StockSettings
from recycling.stock import books
from recycling.stock.differences import HEAVIEST_GRAMS, MOST_REASON
from recycling.stock.loads import load_of
from recycling.stock.movements import CORRECTION, amounts, lock, take, target
from recycling.stock.on_board import stock_of
from recycling.stock.vehicle import Vehicle
from recycling.two_people import decide_once, refuse_who_asked


def ask(
    session: Session, vehicle: Vehicle, material: str, grams: int, reason: str, actor: Actor, key: str, now: datetime
) -> StockCorrection:
    """Ask for so many grams more (or, below zero, less) of a material in the book; nothing moves yet.

    Raises
    ------
    BadRequestError
        ``no-reason``; ``no-weight`` for none or an impossible one; ``not-on-board`` for less than nothing.
    ConflictError
        When the key stands for another wish.
    """
    sound_key(key)
    why = " ".join(reason.split())[:MOST_REASON]
    if not why or not actor.id:
        raise BadRequestError.one(
            "no-reason", N_("A correction needs a reason and the person who makes it."), where="reason"
        )
    if type(grams) is not int or not 0 < abs(grams) <= HEAVIEST_GRAMS:
        raise BadRequestError.one(
            "no-weight", N_("Enter the weight of %(what)s in kilograms."), where="grams", what=material
        )
    wish = (vehicle.plate, material, grams, why)

    def look() -> StockCorrection | None:
        found = session.scalar(select(StockCorrection).where(StockCorrection.key == key))
        if found is not None and (found.plate, found.material, found.grams, found.reason) != wish:
            raise ConflictError.one(
                "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
            )
        return found

    def make() -> StockCorrection:
        if grams < 0:
            take(stock_of(session, vehicle.plate), {material: -grams})
        asked = StockCorrection(
            key=key, plate=vehicle.plate, depot_code=vehicle.depot, material=material, grams=grams, reason=why,
            asked_by=actor.id, asked_at=now,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        after = {"plate": vehicle.plate, "material": material, "grams": grams, "reason": why}
        audit.record(session, actor, "stock.correction-asked", "stock_correction", asked.id, None, after, now)
        return asked

    return once(session, look, make)


def waiting_corrections(session: Session, plate: str) -> list[StockCorrection]:
    """Return what was asked for and not decided, the oldest first."""
    query = select(StockCorrection).where(StockCorrection.plate == plate, StockCorrection.state == "asked")
    return list(session.scalars(query.order_by(StockCorrection.asked_at)))


def the_correction(session: Session, key: uuid.UUID) -> StockCorrection:
    """Return a correction; NotFoundError when there is none."""
    found = session.get(StockCorrection, key)
    if found is None:
        raise NotFoundError.one("no-correction", N_("There is no such correction."))
    return found


def decide(
    session: Session, rules: StockSettings, vehicle: Vehicle, key: uuid.UUID, yes: bool, actor: Actor, now: datetime
) -> StockCorrection:
    """Make a correction that somebody else asked for, or refuse it; deciding the same again changes nothing.

    Raises
    ------
    ForbiddenError
        ``second-person`` for who asked.
    ConflictError
        When it was decided otherwise.
    BadRequestError
        ``not-on-board`` when there is less than is to be taken off.
    """
    asked = the_correction(session, key)
    refuse_who_asked(actor, asked.asked_by)
    state = "made" if yes else "refused"
    lock(session, vehicle.plate)
    if not decide_once(session, asked, state, actor, now):
        return asked
    if yes:
        _post(session, rules, vehicle, asked, actor, now)
    audit.record(
        session, actor, f"stock.correction-{state}", "stock_correction", key, {"state": "asked"}, {"state": state}, now
    )
    return asked


def _post(
    session: Session, rules: StockSettings, vehicle: Vehicle, asked: StockCorrection, actor: Actor, now: datetime
) -> None:
    material = asked.material
    lines = []
    if asked.grams > 0:
        for of, amount in amounts(load_of(rules, material, asked.grams)):
            lines.append(Line(target(vehicle, "", material, of), amount))
            lines.append(Line(books.difference(vehicle.plate, material, of), -amount))
    else:
        for taken in take(stock_of(session, vehicle.plate), {material: -asked.grams}):
            for of, amount in amounts(taken.load):
                lines.append(Line(books.on_board(vehicle.plate, taken.compartment, material, of), -amount))
                lines.append(Line(books.difference(vehicle.plate, material, of), amount))
    said = f"{asked.reason} ({asked.asked_by})"
    draft = Draft(CORRECTION, tuple(lines), f"correction:{asked.id}", now, actor.id, vehicle.plate, said)
    post(session, draft)
