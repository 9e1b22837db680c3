"""What a partner reported, as it counts by now: of a hand-over, or of what one of its trips was offered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.catalogue import Catalogue
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.handing.collecting import Weighed, checked
from recycling.handing.pricing import priced
from recycling.handing.standing import unknown
from recycling.hooks.events import say_handover, say_offer
from recycling.models import (
    Booking,
    Handover,
    HandoverLine,
    HandoverSerial,
    PartnerCorrection,
    SpareOffer,
    SpareTrip,
    TradeInOrder,
)
from recycling.models.handover import COLLECTED, DONE
from recycling.models.partner_correction import MADE

A_KILOGRAM = 1000


@dataclass(frozen=True)
class Entry:
    """A line of what was taken; the visit itself without a material. ``fen``: positive where the partner pays."""

    material: str
    item: str
    pieces: int
    grams: int
    fen: int

    @property
    def measured(self) -> tuple[str, str, int, int]:
        """What was weighed and counted."""
        return self.material, self.item, self.pieces, self.grams


@dataclass(frozen=True)
class Right:
    """What is right of something that was reported: all lines, and all serial numbers as (item, serial)."""

    lines: tuple[Entry, ...]
    serials: tuple[tuple[str, str], ...] = ()


class Reported(Protocol):
    """What counts of something collected, and how that is put right."""

    partner: str
    reference: str
    day: date
    lines: Sequence[Entry]
    serials: tuple[tuple[str, str], ...]
    closed: bool
    of_trip: bool

    @property
    def goods_key(self) -> str:
        """The key of the ledger's entry of its kilograms."""

    def priced(self, catalogue: Catalogue, lines: Sequence[Weighed]) -> Right:
        """Return what other weights come to, with all numbers; BadRequestError with a fault for each that cannot be."""

    def put_right(self, session: Session, lines: Sequence[Entry]) -> None:
        """Let other lines count, as no statement holds the present ones."""

    def number_anew(self, session: Session, serials: Sequence[tuple[str, str]]) -> None:
        """Let other serial numbers be those of what was taken; no statement holds any."""

    def say(self, session: Session, now: datetime) -> None:
        """Tell the partner's program."""


class OfHandover:
    """A hand-over that was collected."""

    of_trip = False

    def __init__(self, session: Session, found: Handover) -> None:
        self._found = found
        if found.state not in DONE:
            raise _not_collected()
        self.partner, self.day, self.closed = found.partner, found.service_day, found.settlement_id is not None
        self.reference = _number(session, found.booking_id, found.order_id)
        self.serials = tuple(sorted((n.item, n.serial) for n in found.serials))
        lines = [Entry(n.material, n.item, n.pieces, n.grams, n.fen) for n in found.lines]
        self.lines: Sequence[Entry] = _carried(session, found.id) or lines

    @property
    def goods_key(self) -> str:
        """The key of the ledger's entry of its kilograms."""
        return f"handover-goods:{self._found.id}"

    def priced(self, catalogue: Catalogue, lines: Sequence[Weighed]) -> Right:
        """Return what other weights come to by the terms of the pickup."""
        sound = checked(catalogue, lines)
        entries = (Entry(n.material, n.item, n.pieces, n.grams, n.fen) for n in priced(self._found.terms, sound))
        return Right(tuple(entries), tuple(sorted((n.item, serial) for n in sound for serial in n.serials)))

    def put_right(self, session: Session, lines: Sequence[Entry]) -> None:
        """Let other lines count."""
        self._found.lines.clear()
        session.flush()
        self._found.lines.extend(HandoverLine(position=k, **vars(n)) for k, n in enumerate(lines))
        self._found.fen = sum(n.fen for n in lines)
        session.flush()

    def number_anew(self, session: Session, serials: Sequence[tuple[str, str]]) -> None:
        """Let other serial numbers be those of what was taken."""
        self._found.serials.clear()
        session.flush()
        self._found.serials.extend(HandoverSerial(item=item, serial=serial) for item, serial in serials)
        session.flush()

    def say(self, session: Session, now: datetime) -> None:
        """Tell the partner's program."""
        say_handover(session, self._found, "corrected", now)


class OfOffer:
    """What a trip has collected of what it was offered; the visit's line has all pieces, and what is paid for all."""

    of_trip = True
    serials: tuple[tuple[str, str], ...] = ()

    def __init__(self, session: Session, found: SpareOffer) -> None:
        self._found = found
        if found.state != COLLECTED:
            raise _not_collected()
        self._trip = session.get_one(SpareTrip, found.trip_id)
        self.partner, self.day = self._trip.partner, self._trip.service_day
        self.closed = found.settlement_id is not None
        self.reference = _number(session, found.booking_id, found.order_id)
        grams = {code: round(kg * A_KILOGRAM) for code, kg in found.collected.items()}
        self.lines: Sequence[Entry] = _carried(session, found.id) or _of_trip(found.pieces, grams, found.due)

    @property
    def goods_key(self) -> str:
        """The key of the ledger's entry of its kilograms."""
        return f"spare-goods:{self._found.id}"

    def priced(self, catalogue: Catalogue, lines: Sequence[Weighed]) -> Right:
        """Return what other weights come to by what the trip asked; pieces stand on a line of their own."""
        pieces = sum(n.pieces for n in lines if not n.material)
        sound = checked(catalogue, [n for n in lines if n.material], numbered=False)
        grams: dict[str, int] = {}
        for n in sound:
            grams[n.material] = grams.get(n.material, 0) + n.grams
        kg = {code: round(weight / A_KILOGRAM, 2) for code, weight in grams.items()}
        if any(round(kg[code] * A_KILOGRAM) != weight for code, weight in grams.items()):
            text = N_("Trips are weighed to 10 g. Enter kilograms with two places at most.")
            raise BadRequestError.one("bad-weight", text, where="lines")
        return Right(tuple(_of_trip(pieces, grams, self._trip.asks(pieces, sum(kg[code] for code in sorted(kg))))))

    def put_right(self, session: Session, lines: Sequence[Entry]) -> None:
        """Let other weights count."""
        found = self._found
        found.collected = {n.material: round(n.grams / A_KILOGRAM, 2) for n in lines if n.material}
        found.pieces, found.due = sum(n.pieces for n in lines), -sum(n.fen for n in lines)
        found.version += 1
        session.flush()

    def number_anew(self, session: Session, serials: Sequence[tuple[str, str]]) -> None:
        """A trip reports none."""

    def say(self, session: Session, now: datetime) -> None:
        """Tell the partner's program."""
        say_offer(session, self._found, "corrected", now)


def reported(session: Session, of: uuid.UUID | None, lock: bool = False) -> Reported:
    """Return what counts of a hand-over or of an offer of this key, with `lock` so that nobody else changes it.

    Raises
    ------
    NotFoundError
        When there is neither.
    ConflictError
        When it was not collected.
    """
    handed = session.get(Handover, of, with_for_update=lock, populate_existing=lock)
    if handed is not None:
        return OfHandover(session, handed)
    taken = session.get(SpareOffer, of, with_for_update=lock, populate_existing=lock)
    if taken is None:
        raise unknown()
    return OfOffer(session, taken)


def _of_trip(pieces: int, grams: dict[str, int], due: int) -> list[Entry]:
    return [Entry("", "", pieces, 0, -due), *(Entry(code, "", 0, grams[code], 0) for code in sorted(grams))]


def _carried(session: Session, of: uuid.UUID) -> list[Entry]:
    """Return the lines of the last correction that stands on another statement than what it corrects, none without."""
    query = select(PartnerCorrection).where(
        (PartnerCorrection.handover_id == of) | (PartnerCorrection.offer_id == of),
        PartnerCorrection.state == MADE,
        PartnerCorrection.carried.is_(True),
    )
    newest = query.order_by(PartnerCorrection.decided_at.desc(), PartnerCorrection.asked_at.desc())
    last = session.scalar(newest.limit(1))
    return [Entry(**entry) for entry in last.after] if last is not None else []


def _number(session: Session, booking: uuid.UUID | None, order: uuid.UUID | None) -> str:
    if booking is not None:
        return session.get_one(Booking, booking).reference
    return session.get_one(TradeInOrder, order).external_id


def _not_collected() -> ConflictError:
    return ConflictError.one("not-collected", N_("Nothing was reported of this pickup that could be corrected."))
