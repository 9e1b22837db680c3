"""Putting right what a partner reported: one person asks and says why, another one decides.

What stands on no statement yet is changed itself. A statement that was made stays as it is, to the fen: the difference
stands on the next one. The ledger gets the difference as an entry of its own, with the reason. Serial numbers stand on
no statement and in no entry: other ones change neither.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.accounts.rights import Action, demand
from recycling.booking import Office
from recycling.booking.checks import clean
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.handing.collecting import Weighed, owed
from recycling.handing.correctable import Entry, Reported, reported
from recycling.handing.settling import of_statements
from recycling.ledger import Account, Draft, Line, entry_by_key, post
from recycling.models import PartnerCorrection
from recycling.models.partner_correction import ASKED, MADE, REFUSED
from recycling.stock import books
from recycling.two_people import decide_once, refuse_who_asked

MOST_REASON = 120
KIND = "partner-correction"
PERSON = "person"
"""The kind of actor that asks for a correction or decides it: no command and no key does."""


@dataclass(frozen=True)
class Seen:
    """A correction with what it is about: its number and day, what was reported and what is right."""

    correction: PartnerCorrection
    reference: str
    day: date
    before: tuple[Entry, ...]
    after: tuple[Entry, ...]

    @property
    def serials(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The serial numbers that are none, and those that are right instead; none where they stay."""
        before, after = ({n[1] for n in of} for of in (self.correction.serials_before, self.correction.serials_after))
        return tuple(sorted(before - after)), tuple(sorted(after - before))


def ask(
    office: Office, of: uuid.UUID, lines: Sequence[Weighed], reason: str, key: str, actor: Actor, now: datetime
) -> PartnerCorrection:
    """Ask that other weights, pieces or serial numbers count; nothing changes yet.

    It is about a hand-over, or about what a trip has collected, which has no serial numbers. The lines are all that was
    taken, with all serial numbers of it. The same key again is the same.

    Parameters
    ----------
    of
        The key of the hand-over or of the offer.

    Raises
    ------
    BadRequestError
        Without a reason, for weights that cannot be, or where nothing would change.
    ConflictError
        When it was not collected, or another correction of it waits.
    NotFoundError, ForbiddenError, SignInNeededError
        When there is none, or the actor may not.
    """
    demand(actor, Action.HANDOVER_SETTLE)
    check_key(key)
    why = clean(reason)[:MOST_REASON]
    if not why or actor.kind != PERSON:
        raise BadRequestError.one(
            "no-reason", N_("A correction needs a reason and the person who makes it."), where="reason"
        )
    try:
        with office.database.write() as session:
            return _asked(session, office, of, lines, why, key, actor, now)
    except IntegrityError:
        with office.database.read() as session:
            earlier = _earlier(session, key, of)
        if earlier is None:
            raise _waits() from None
        return earlier


def decide(office: Office, key: uuid.UUID, yes: bool, actor: Actor, now: datetime) -> PartnerCorrection:
    """Make a correction that somebody else asked for, or refuse it; deciding the same again changes nothing.

    Raises
    ------
    ForbiddenError
        ``second-person`` for who asked; SignInNeededError, too, where the actor may not.
    ConflictError
        When it was decided otherwise, or what it is about was changed meanwhile.
    NotFoundError
        When there is none.
    """
    demand(actor, Action.HANDOVER_SETTLE)
    with office.database.write() as session:
        asked = session.get(PartnerCorrection, key)
        if asked is None:
            raise NotFoundError.one("no-correction", N_("There is no such correction."))
        refuse_who_asked(actor if actor.kind == PERSON else ANONYMOUS, asked.asked_by)
        state = MADE if yes else REFUSED
        hold(session, of_statements(asked.partner))
        found = reported(session, asked.handover_id or asked.offer_id, lock=True)
        if not decide_once(session, asked, state, actor, now, carried=yes and found.closed and weighs(asked)):
            return asked
        if yes:
            _make(session, found, asked, actor, now)
        audit.record(
            session, actor, f"{KIND}.{state}", "partner-correction", key, {"state": ASKED}, {"state": state}, now
        )
        return asked


def weighs(asked: PartnerCorrection) -> bool:
    """Tell whether a correction is about weights or pieces, which stand on statements, and not about numbers alone."""
    return bool(asked.before != asked.after)


def waiting(session: Session, partner: str = "") -> list[Seen]:
    """Return what was asked for and not decided, the oldest first, of a partner or of all."""
    query = select(PartnerCorrection).where(PartnerCorrection.state == ASKED)
    if partner:
        query = query.where(PartnerCorrection.partner == partner)
    found = session.scalars(query.order_by(PartnerCorrection.asked_at, PartnerCorrection.id)).all()
    return [_seen(session, one) for one in found]


def corrections_of(session: Session, of: uuid.UUID) -> list[PartnerCorrection]:
    """Return all corrections of a hand-over or an offer, the oldest first."""
    query = select(PartnerCorrection).where((PartnerCorrection.handover_id == of) | (PartnerCorrection.offer_id == of))
    return list(session.scalars(query.order_by(PartnerCorrection.asked_at, PartnerCorrection.id)))


def _seen(session: Session, one: PartnerCorrection) -> Seen:
    found = reported(session, one.handover_id or one.offer_id)
    before, after = (tuple(Entry(**entry) for entry in entries) for entries in (one.before, one.after))
    return Seen(one, found.reference, found.day, before, after)


def _asked(
    session: Session,
    office: Office,
    of: uuid.UUID,
    lines: Sequence[Weighed],
    why: str,
    key: str,
    actor: Actor,
    now: datetime,
) -> PartnerCorrection:
    found = reported(session, of, lock=True)
    earlier = _earlier(session, key, of)
    if earlier is not None:
        return earlier
    after = found.priced(office.catalogue, lines)
    same = [n.measured for n in after.lines if n.material] == [n.measured for n in found.lines if n.material]
    if same and after.serials == found.serials:
        raise BadRequestError.one("no-change", N_("This is what was reported. Enter what is right."), where="lines")
    made = PartnerCorrection(
        key=key,
        partner=found.partner,
        handover_id=None if found.of_trip else of,
        offer_id=of if found.of_trip else None,
        before=[vars(n) for n in found.lines],
        after=[vars(n) for n in (found.lines if same else after.lines)],
        serials_before=[list(n) for n in found.serials],
        serials_after=[list(n) for n in after.serials],
        fen=0 if same else sum(n.fen for n in after.lines) - sum(n.fen for n in found.lines),
        reason=why,
        asked_by=actor.id,
        asked_at=now,
        state=ASKED,
    )
    session.add(made)
    session.flush()
    said = {"partner": made.partner, "before": made.before, "after": made.after, "fen": made.fen, "reason": why}
    if made.serials_before != made.serials_after:
        said |= {"serials_before": made.serials_before, "serials_after": made.serials_after}
    audit.record(session, actor, f"{KIND}.asked", "partner-correction", made.id, None, said, now, first=True)
    return made


def _make(session: Session, found: Reported, asked: PartnerCorrection, actor: Actor, now: datetime) -> None:
    before, after = (tuple(Entry(**entry) for entry in entries) for entries in (asked.before, asked.after))
    numbers, right = (tuple((n[0], n[1]) for n in of) for of in (asked.serials_before, asked.serials_after))
    if before != tuple(found.lines) or numbers != found.serials:
        raise ConflictError.one(
            "changed-meanwhile", N_("Something else was corrected meanwhile. Refuse this one, and ask anew.")
        )
    if weighs(asked) and not found.closed:
        found.put_right(session, after)
    if right != numbers:
        found.number_anew(session, right)
    found.say(session, now)
    _post(session, found, asked, before, after, actor, now)


def _post(
    session: Session,
    found: Reported,
    asked: PartnerCorrection,
    before: Sequence[Entry],
    after: Sequence[Entry],
    actor: Actor,
    now: datetime,
) -> None:
    """Put the difference into the ledger, where the first entry of it stands."""
    grams = Counter[str]()
    for sign, entries in ((1, after), (-1, before)):
        for entry in entries:
            grams[entry.material] += sign * entry.grams
    first = entry_by_key(session, found.goods_key)
    community = next((n.account.owner for n in first.lines if n.account.kind == "collected"), "") if first else ""
    goods: list[Line] = []
    for material in sorted(material for material in grams if grams[material]):
        goods.append(Line(Account("partner", found.partner, books.unit(material, books.GRAMS)), grams[material]))
        goods.append(Line(books.collected(community, material, books.GRAMS), -grams[material]))
    said = f"{asked.reason} ({asked.asked_by})"
    if goods:
        key = f"{KIND}-goods:{asked.id}"
        post(session, Draft(f"{KIND}-goods", tuple(goods), key, now, actor.id, found.reference, said))
    if asked.fen:
        money = Line(owed(found.partner), -asked.fen), Line(Account("handed", "", "fen"), asked.fen)
        post(session, Draft(KIND, money, f"{KIND}:{asked.id}", now, actor.id, found.reference, said))


def _earlier(session: Session, key: str, of: uuid.UUID) -> PartnerCorrection | None:
    found = session.scalar(select(PartnerCorrection).where(PartnerCorrection.key == key))
    if found is not None and of not in (found.handover_id, found.offer_id):
        raise ConflictError.one(
            "key-used", N_("This was already sent with other content. Begin anew with a new form."), where="key"
        )
    return found


def _waits() -> ConflictError:
    return ConflictError.one(
        "correction-waits", N_("Another correction of this pickup waits to be decided. Decide that one first.")
    )
