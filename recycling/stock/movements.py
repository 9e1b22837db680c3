"""Movements of goods: on board, to another vehicle, off at a site. Each is one entry of the ledger, once by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.ledger import Account, Draft, Line, entry_by_key, post
from recycling.ledger.once import sound_key
from recycling.models import LedgerEntry
from recycling.stock import books
from recycling.stock.fill import check_room
from recycling.stock.loads import Load, together
from recycling.stock.on_board import Stock, stock_of
from recycling.stock.vehicle import Vehicle

HAND_IN, PICKUP, TRANSFER, UNLOAD, WEIGH_IN, CORRECTION = (
    "stock-hand-in",
    "stock-pickup",
    "stock-transfer",
    "stock-unload",
    "stock-weigh-in",
    "stock-correction",
)


@dataclass(frozen=True)
class Deed:
    """Who moves goods, when, and the key that makes it one entry however often it is asked for."""

    key: str
    person: str
    at: datetime


@dataclass(frozen=True)
class Taken:
    """What is taken out of one compartment."""

    compartment: str
    load: Load


def lock(session: Session, *plates: str) -> None:
    """Let nobody else move goods of these vehicles until the unit ends; always in the same order."""
    for plate in sorted(set(plates)):
        hold(session, f"stock/{plate}")


def collect(
    session: Session,
    vehicle: Vehicle | None,
    loads: Sequence[Load],
    community: str,
    kind: str,
    deed: Deed,
    reference: str,
    place: str = "",
) -> LedgerEntry | None:
    """Put on board what people of a community handed over; without a vehicle it lies at a `place`. None for nothing.

    Raises
    ------
    ConflictError
        When the key stands for another movement.
    """
    known = earlier(session, deed.key, kind, reference)
    if known is not None:
        return known
    lines: list[Line] = []
    for load in together(loads):
        for of, amount in amounts(load):
            lines.append(Line(target(vehicle, place, load.material, of), amount))
            lines.append(Line(books.collected(community, load.material, of), -amount))
    if not lines:
        return None
    if vehicle is not None:
        lock(session, vehicle.plate)
    return post(session, Draft(kind, tuple(lines), deed.key, deed.at, deed.person, reference))


def hand_over(
    session: Session,
    giver: Vehicle,
    taker: Vehicle,
    wanted: Mapping[str, int] | None,
    deed: Deed,
    fits: bool = False,
) -> LedgerEntry:
    """Move goods from one vehicle to another: so many grams by material, or all that there is.

    ``fits`` as `recycling.stock.fill.check_room`.

    Raises
    ------
    BadRequestError
        ``not-on-board`` for more than there is, ``nothing-to-move`` for nothing; ``same-vehicle``; as `check_room`.
    ConflictError
        When the key stands for another movement.
    """
    if giver.plate == taker.plate:
        raise BadRequestError.one("same-vehicle", N_("Choose another vehicle to hand over to."), where="taker")
    lock(session, giver.plate, taker.plate)
    reference = f"{giver.plate}>{taker.plate}"
    found = earlier(session, deed.key, TRANSFER, reference)
    if found is not None:
        return found
    lines, moved = [], take(stock_of(session, giver.plate), wanted)
    check_room(taker, stock_of(session, taker.plate), [taken.load for taken in moved], fits)
    for taken in moved:
        for of, amount in amounts(taken.load):
            material = taken.load.material
            lines.append(Line(books.on_board(giver.plate, taken.compartment, material, of), -amount))
            lines.append(Line(books.on_board(taker.plate, taker.compartment_of(material), material, of), amount))
    return post(session, Draft(TRANSFER, tuple(lines), deed.key, deed.at, deed.person, reference))


def unload(
    session: Session,
    vehicle: Vehicle,
    site: str,
    accepted: Sequence[str],
    wanted: Mapping[str, int] | None,
    deed: Deed,
) -> LedgerEntry:
    """Take goods off at a site: so many grams by material, or all that the site accepts (no names: everything).

    Raises
    ------
    BadRequestError
        ``not-taken-there`` for a material that the site does not accept; otherwise as `hand_over`.
    ConflictError
        When the key stands for another movement.
    """
    lock(session, vehicle.plate)
    reference = f"{vehicle.plate}>{site}"
    found = earlier(session, deed.key, UNLOAD, reference)
    if found is not None:
        return found
    stock = stock_of(session, vehicle.plate)
    if wanted is None:
        wanted = {n.material: n.grams for n in stock.loads if not accepted or n.material in accepted}
    for material in wanted:
        if accepted and material not in accepted:
            raise BadRequestError.one(
                "not-taken-there", N_("%(site)s does not take %(what)s."), where="site", site=site, what=material
            )
    lines = []
    for taken in take(stock, wanted):
        for of, amount in amounts(taken.load):
            material = taken.load.material
            lines.append(Line(books.on_board(vehicle.plate, taken.compartment, material, of), -amount))
            lines.append(Line(books.at_site(site, material, of), amount))
    return post(session, Draft(UNLOAD, tuple(lines), deed.key, deed.at, deed.person, reference))


def take(stock: Stock, wanted: Mapping[str, int] | None) -> list[Taken]:
    """Return what is taken out of which compartment: whole loads, or a part with its part of the room.

    Raises
    ------
    BadRequestError
        ``not-on-board`` for more than there is, ``nothing-to-move`` for nothing.
    """
    rest = dict(wanted) if wanted is not None else {n.material: n.grams for n in stock.loads}
    for material, grams in rest.items():
        if type(grams) is not int or not 0 <= grams <= stock.of(material):
            raise BadRequestError.one(
                "not-on-board",
                N_("Of %(what)s there are %(kg)s kg on board. Enter at most so much."),
                where=f"kg-{material}",
                what=material,
                kg=f"{stock.of(material) / 1000:g}",
            )
    found = []
    for compartment, loads in sorted(stock.by_compartment.items()):
        for load in (n for n in loads if n.material in rest):
            grams = min(load.grams, rest[load.material])
            rest[load.material] -= grams
            room = load.millilitres if grams == load.grams else load.millilitres * grams // load.grams
            if grams or room:
                found.append(Taken(compartment, Load(load.material, grams, room)))
    if not found:
        raise BadRequestError.one("nothing-to-move", N_("There is nothing of this on board."))
    return found


def amounts(load: Load) -> list[tuple[str, int]]:
    """Return a load as amounts of its two units, without those that are nothing."""
    both = ((books.GRAMS, load.grams), (books.MILLILITRES, load.millilitres))
    return [(of, amount) for of, amount in both if amount]


def target(vehicle: Vehicle | None, place: str, material: str, of: str) -> Account:
    """Return the account that goods come to: a compartment of the vehicle, or a place without one."""
    if vehicle is None:
        return books.elsewhere(place, material, of)
    return books.on_board(vehicle.plate, vehicle.compartment_of(material), material, of)


def earlier(session: Session, key: str, kind: str, reference: str) -> LedgerEntry | None:
    """Return the entry that the key made before.

    Raises
    ------
    ConflictError
        When it is of another kind or about something else.
    """
    sound_key(key)
    found = entry_by_key(session, key)
    if found is not None and (found.kind, found.reference) != (kind, reference):
        raise ConflictError.one(
            "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
        )
    return found
