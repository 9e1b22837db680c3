"""What a partner recycler did at the door: what it took, by weight and piece, or why nothing was collected."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.booking.handed import end
from recycling.catalogue import Catalogue
from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.handing.choosing import community_of
from recycling.handing.ordered import WHY_NOT_FETCHED
from recycling.handing.pricing import priced
from recycling.handing.standing import locked
from recycling.handing.subject import Facts
from recycling.ledger import Account, Draft, Line, post
from recycling.models import Handover, HandoverSerial
from recycling.models.handover import ACCEPTED, COLLECTED, DONE, FAILED
from recycling.partner_companies import Partner
from recycling.stock import books
from recycling.stock.serials import sound_serial

WHY_NOT = ("absent", "no_access", "wrong_address", "too_much", "not_taken", "refused")
"""Why nothing was collected of a booking although the partner was there; the reasons of config/messages.toml."""

CANNOT_COME = "cannot-come"
"""The partner does not come after all: the pickup is ours again."""

MOST_GRAMS, MOST_LINES, MOST_PIECES = 5_000_000, 40, 99


@dataclass(frozen=True)
class Weighed:
    """A line of what was taken: grams of a material, or of pieces of an item with the serial numbers that they bear."""

    material: str = ""
    item: str = ""
    pieces: int = 0
    grams: int = 0
    serials: tuple[str, ...] = ()


def collected(
    session: Session,
    office: Office,
    partner: Partner,
    key: uuid.UUID,
    lines: Sequence[Weighed],
    actor: Actor,
    now: datetime,
) -> Handover:
    """Note what was collected, which ends the booking, or the second visit of an order; the same again changes nothing.

    What it comes to between the partner and us goes into the ledger, and so do the kilograms.

    Raises
    ------
    BadRequestError
        With a fault for each line to be mended: ``lines.2.kg``.
    ConflictError
        When it was not accepted, is over, was reported otherwise before, or its hours have not begun.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is not this partner's, or the actor may not.
    """
    demand(actor, Action.HANDOVER_TAKE)
    sound = checked(office.catalogue, lines)
    digest = _digest(sound)
    found, subject = locked(session, key, partner.code)
    if found.state in DONE and found.digest == digest:
        return found
    if found.state in DONE:
        raise ConflictError.one(
            "told-already", N_("Other weights of this pickup were sent before. Call us to have them put right.")
        )
    _must_be_accepted(found)
    if now < found.promise_start:
        raise ConflictError.one(
            "too-early",
            N_("The promised hours begin at %(from)s. Say then what was collected."),
            **{"from": f"{office.clock.local(found.promise_start):%Y-%m-%d %H:%M}"},
        )
    made = priced(found.terms, sound)
    found.digest, found.fen = digest, sum(line.fen for line in made)
    end(session, found, COLLECTED, "", actor, now)
    found.lines.extend(made)
    found.serials.extend(HandoverSerial(serial=serial, item=line.item) for line in sound for serial in line.serials)
    session.flush()
    grams = sum(line.grams for line in sound)
    subject.collected(session, grams, actor, now)
    _post(session, found, subject.facts, actor, now)
    return found


def not_collected(
    session: Session, office: Office, partner: Partner, key: uuid.UUID, reason: str, actor: Actor, now: datetime
) -> Handover:
    """Note that nothing was collected, and why; the same again changes nothing.

    For one of `why_not_of` the visit was in vain: a resident is told and may choose another one, and what is old of a
    shop's order is ours again, unless the customer keeps it. When the partner cannot come (`CANNOT_COME`), it is ours
    again in its hours.

    Raises
    ------
    BadRequestError
        For a reason that is none of them.
    ConflictError
        When it was not accepted or is over, or nobody can have been absent yet.
    NotFoundError, ForbiddenError, SignInNeededError
        When it is not this partner's, or the actor may not.
    """
    demand(actor, Action.HANDOVER_TAKE)
    found, subject = locked(session, key, partner.code)
    if reason not in (*why_not_of(found), CANNOT_COME):
        raise BadRequestError.one("no-reason", N_("Choose why it was not collected."), where="reason")
    if (found.state, found.reason) == (FAILED, reason):
        return found
    _must_be_accepted(found)
    end(session, found, FAILED, reason, actor, now)
    if reason == CANNOT_COME:
        subject.back(session, office, found, True, actor, now)
    else:
        subject.in_vain(session, office, found, reason, actor, now)
    return found


def why_not_of(handover: Handover) -> tuple[str, ...]:
    """Return why a partner that was there may have collected nothing."""
    return WHY_NOT if handover.booking_id else WHY_NOT_FETCHED


def checked(catalogue: Catalogue, lines: Sequence[Weighed], numbered: bool = True) -> list[Weighed]:
    """Return the lines with their materials; BadRequestError with a fault for each that must be mended.

    Unless they are `numbered`, nothing is asked of serial numbers.
    """
    faults: list[Fault] = []
    if not 1 <= len(lines) <= MOST_LINES:
        text = N_("Enter what was collected: 1 to %(most)s lines.")
        raise BadRequestError(Fault("lines", "no-lines", text, {"most": MOST_LINES}))
    sound = [_checked(catalogue, line, f"lines.{number}", faults, numbered) for number, line in enumerate(lines)]
    counts = Counter(serial for line in sound for serial in line.serials)
    for serial in sorted(serial for serial, count in counts.items() if count > 1):
        text = N_("The serial number %(serial)s stands there twice. Read the plates again.")
        faults.append(Fault("lines", "serial-twice", text, {"serial": serial}))
    if faults:
        raise BadRequestError(*faults)
    return sound


def _checked(catalogue: Catalogue, line: Weighed, where: str, faults: list[Fault], numbered: bool) -> Weighed:
    if not 1 <= line.grams <= MOST_GRAMS:
        text = N_("Enter kilograms from 0.001 to %(most)s.")
        faults.append(Fault(f"{where}.kg", "bad-weight", text, {"most": MOST_GRAMS // 1000}))
    if bool(line.item) == bool(line.material):
        text = N_("Name either a material or an item.")
        faults.append(Fault(where, "material-or-item", text))
        return line
    if line.material:
        if line.material not in catalogue.materials:
            text = N_("There is no material %(material)s.")
            faults.append(Fault(f"{where}.material", "unknown-material", text, {"material": line.material[:40]}))
        if line.pieces or line.serials:
            text = N_("Pieces and serial numbers belong to an item, not to a material.")
            faults.append(Fault(where, "pieces-of-material", text))
        return line
    item = catalogue.variants.get(line.item)
    if item is None:
        text = N_("We do not know the item %(item)s. Choose one from the list.")
        faults.append(Fault(f"{where}.item", "unknown-item", text, {"item": line.item[:40]}))
        return line
    if not 1 <= line.pieces <= MOST_PIECES:
        text = N_("%(pieces)s pieces of one kind are not possible. Enter 1 to %(most)s.")
        faults.append(Fault(f"{where}.pieces", "bad-pieces", text, {"pieces": line.pieces, "most": MOST_PIECES}))
    serials = []
    for serial in line.serials[:MOST_PIECES]:
        try:
            serials.append(sound_serial(serial, f"{where}.serials"))
        except BadRequestError as error:
            faults += error.faults
    if not numbered:
        return replace(line, material=item.material)
    if len(line.serials) > max(line.pieces, 0) or (item.data_bearing and len(line.serials) != line.pieces):
        text = N_("Enter one serial number for each piece of %(item)s: what holds data is followed to its erasure.")
        if not item.data_bearing:
            text = N_("There are more serial numbers than pieces of %(item)s.")
        faults.append(Fault(f"{where}.serials", "serials", text, {"item": line.item}))
    return replace(line, material=item.material, serials=tuple(serials))


def _must_be_accepted(found: Handover) -> None:
    if found.state != ACCEPTED:
        raise ConflictError.one(
            "not-accepted",
            N_("This pickup is not yours to collect: it was %(state)s. Load the page again."),
            state=found.state,
        )


def _digest(lines: Sequence[Weighed]) -> str:
    said = sorted([n.material, n.item, n.pieces, n.grams, *sorted(n.serials)] for n in lines)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def owed(code: str) -> Account:
    """What we owe a partner in fen, negative where it owes us."""
    return Account("partner", code, "fen")


def _post(session: Session, found: Handover, facts: Facts, actor: Actor, now: datetime) -> None:
    """Put the kilograms, and what they come to, into the ledger, once."""
    person, reference = actor.id or actor.kind, facts.reference
    community, grams = community_of(session, facts), Counter[str]()
    for line in found.lines:
        grams[line.material] += line.grams
    goods: list[Line] = []
    for material in sorted(material for material in grams if grams[material]):
        goods.append(Line(Account("partner", found.partner, books.unit(material, books.GRAMS)), grams[material]))
        goods.append(Line(books.collected(community, material, books.GRAMS), -grams[material]))
    post(session, Draft("handover-goods", tuple(goods), f"handover-goods:{found.id}", now, person, reference))
    if found.fen:
        money = Line(owed(found.partner), -found.fen), Line(Account("handed", "", "fen"), found.fen)
        post(session, Draft("handover", money, f"handover:{found.id}", now, person, reference))
