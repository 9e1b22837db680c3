"""What the scale of a centre says of a truck against its book; a difference stays open until somebody says why."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.ledger import Draft, Line, once, post
from recycling.ledger.once import sound_key
from recycling.models import StockWeighIn, StockWeighInLine
from recycling.models.base import new_id
from recycling.settings.stock import StockSettings
from recycling.stock import books
from recycling.stock.movements import WEIGH_IN, Deed, lock, take
from recycling.stock.on_board import Stock, stock_of
from recycling.stock.vehicle import Vehicle

HEAVIEST_GRAMS = 60_000_000
MOST_REASON = 300


@dataclass(frozen=True)
class Scale:
    """What a centre weighed: grams by material; gross and tare of the weighbridge where there is one.

    A material that is not named stays on board. ``again`` says that a second weighing so soon is meant.
    """

    site: str | None
    grams: Mapping[str, int]
    gross: int | None = None
    tare: int | None = None
    again: bool = False

    def digest(self, plate: str) -> str:
        """Return a fingerprint, so that one key cannot stand for two weighings."""
        said = [plate, self.site, sorted(self.grams.items()), self.gross, self.tare]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def weigh_in(
    session: Session, rules: StockSettings, vehicle: Vehicle, scale: Scale, day: date, deed: Deed
) -> StockWeighIn:
    """Take what was weighed off the truck's book and note how far book and scale differ, material by material.

    The site gets what was weighed. The rest, either way, goes to the account of the truck's differences.

    Raises
    ------
    BadRequestError
        ``no-weight`` for nothing weighed or what cannot be; ``bridge`` where materials and net weight differ.
    ConflictError
        ``weighed-just-now``; ``key-used``.
    """
    sound_key(deed.key)
    _check(rules, scale)

    def look() -> StockWeighIn | None:
        found = session.scalar(
            select(StockWeighIn).where(StockWeighIn.key == deed.key).options(selectinload(StockWeighIn.lines))
        )
        if found is not None and found.digest != scale.digest(vehicle.plate):
            raise ConflictError.one(
                "key-used", N_("This was already posted with other content. Begin anew with a new form."), where="key"
            )
        return found

    def make() -> StockWeighIn:
        lock(session, vehicle.plate)
        found = look()
        if found is not None:
            return found
        if scale.site is not None and not scale.again:
            _refuse_twice(session, rules, vehicle.plate, deed.at)
        stock = stock_of(session, vehicle.plate)
        made = StockWeighIn(
            id=new_id(),
            key=deed.key,
            digest=scale.digest(vehicle.plate),
            plate=vehicle.plate,
            depot_code=vehicle.depot,
            site_code=scale.site,
            day=day,
            at=deed.at,
            person=deed.person,
            gross_grams=scale.gross,
            tare_grams=scale.tare,
            lines=[_line(rules, stock, material, grams) for material, grams in sorted(scale.grams.items())],
        )
        session.add(made)
        session.flush()
        _post(session, vehicle.plate, scale, stock, made, deed)
        return made

    return once(session, look, make)


def found_empty(session: Session, rules: StockSettings, vehicle: Vehicle, day: date, deed: Deed) -> StockWeighIn | None:
    """Let a truck begin its day empty: what the book still has becomes a difference to be explained. Once a day."""
    lock(session, vehicle.plate)
    key = f"stock-start:{vehicle.plate.encode('ascii', 'backslashreplace').decode()}:{day}"
    known = session.scalar(
        select(StockWeighIn).where(StockWeighIn.key == key).options(selectinload(StockWeighIn.lines))
    )
    stock = stock_of(session, vehicle.plate)
    if known is not None or not stock.loads:
        return known
    scale = Scale(None, {load.material: 0 for load in stock.loads})
    return weigh_in(session, rules, vehicle, scale, day, Deed(key, deed.person, deed.at))


def open_lines(session: Session, depots: frozenset[str] | None = None) -> list[StockWeighInLine]:
    """Return what is not explained yet, of some depots or of all, the oldest first."""
    query = (
        select(StockWeighInLine)
        .join(StockWeighIn)
        .where(StockWeighInLine.state == "open")
        .order_by(StockWeighIn.at, StockWeighInLine.material)
        .options(selectinload(StockWeighInLine.weigh_in))
    )
    if depots is not None:
        query = query.where(StockWeighIn.depot_code.in_(depots))
    return list(session.scalars(query))


def the_weigh_in(session: Session, key: uuid.UUID, locked: bool = False) -> StockWeighIn:
    """Return a weigh-in with its lines, which with ``locked`` nobody else changes until the unit ends."""
    query = select(StockWeighIn).where(StockWeighIn.id == key).options(selectinload(StockWeighIn.lines))
    found = session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NotFoundError.one("no-weigh-in", N_("There is no such weigh-in."))
    return found


def explain(
    session: Session, key: uuid.UUID, material: str, reason: str, actor: Actor, now: datetime
) -> StockWeighInLine:
    """Say why book and scale differ; saying the same again changes nothing.

    Raises
    ------
    BadRequestError, ConflictError, NotFoundError
        Without a reason; when nothing is open any more; when there is no such difference.
    """
    why = " ".join(reason.split())[:MOST_REASON]
    line = next((n for n in the_weigh_in(session, key, locked=True).lines if n.material == material), None)
    if line is None:
        raise NotFoundError.one("no-difference", N_("There is no such difference."))
    if line.state == "explained" and line.reason == why:
        return line
    if line.state != "open":
        raise ConflictError.one("not-open", N_("This difference is not open any more."))
    if not why:
        raise BadRequestError.one("no-reason", N_("Say what the difference comes from."), where="reason")
    line.state, line.reason, line.explained_by, line.explained_at = "explained", why, actor.id, now
    after = {"material": material, "grams": line.difference, "reason": why}
    audit.record(session, actor, "stock.explained", "stock_weigh_in", key, {"state": "open"}, after, now)
    return line


def emptied_since(session: Session, plate: str, moment: datetime) -> bool:
    """Tell whether a truck was weighed in after a moment, so that what it took then is not on board any more."""
    query = select(StockWeighIn.id).where(StockWeighIn.plate == plate, StockWeighIn.at > moment)
    return session.scalar(query.limit(1)) is not None


def _check(rules: StockSettings, scale: Scale) -> None:
    for material, grams in scale.grams.items():
        if type(grams) is not int or not 0 <= grams <= HEAVIEST_GRAMS:
            raise BadRequestError.one(
                "no-weight",
                N_("Enter the weight of %(what)s in kilograms."),
                where=f"kg-{material}",
                what=material,
            )
    if not scale.grams:
        raise BadRequestError.one("no-weight", N_("Nothing was weighed yet. Enter at least one material."), where="kg")
    if (scale.gross is None) != (scale.tare is None) or (scale.gross or 0) < (scale.tare or 0):
        raise BadRequestError.one(
            "bridge", N_("Enter gross and tare of the weighbridge, or neither; gross is the larger one."), where="gross"
        )
    if scale.gross is not None and scale.tare is not None:
        net, materials = scale.gross - scale.tare, sum(scale.grams.values())
        if abs(net - materials) > rules.tolerance_grams(net):
            raise BadRequestError.one(
                "bridge",
                N_("The weighbridge says %(net)s kg net, the materials sum to %(sum)s kg. Look for what is missing."),
                where="gross",
                net=f"{net / 1000:g}",
                sum=f"{materials / 1000:g}",
            )


def _refuse_twice(session: Session, rules: StockSettings, plate: str, now: datetime) -> None:
    since = now - timedelta(minutes=rules.again_minutes)
    query = select(StockWeighIn.at).where(
        StockWeighIn.plate == plate, StockWeighIn.at > since, StockWeighIn.site_code.is_not(None)
    )
    if session.scalar(query.limit(1)) is not None:
        raise ConflictError.one(
            "weighed-just-now",
            N_("%(plate)s was weighed in less than %(minutes)s minutes ago. Say so if this is another weighing."),
            where="again",
            plate=plate,
            minutes=rules.again_minutes,
        )


def _line(rules: StockSettings, stock: Stock, material: str, weighed: int) -> StockWeighInLine:
    book = stock.of(material)
    state = "within" if abs(weighed - book) <= rules.tolerance_grams(book) else "open"
    return StockWeighInLine(material=material, book_grams=book, weighed_grams=weighed, state=state)


def _post(session: Session, plate: str, scale: Scale, stock: Stock, made: StockWeighIn, deed: Deed) -> None:
    lines: list[Line] = []
    rooms: dict[str, int] = {}
    whole = {material: stock.of(material) for material in scale.grams if material in {n.material for n in stock.loads}}
    for taken in take(stock, whole) if whole else []:
        material = taken.load.material
        lines.append(Line(books.on_board(plate, taken.compartment, material, books.GRAMS), -taken.load.grams))
        lines.append(
            Line(books.on_board(plate, taken.compartment, material, books.MILLILITRES), -taken.load.millilitres)
        )
        rooms[material] = rooms.get(material, 0) + taken.load.millilitres
    for material, weighed in scale.grams.items():
        if scale.site is not None:
            lines.append(Line(books.at_site(scale.site, material, books.GRAMS), weighed))
        lines.append(Line(books.difference(plate, material, books.GRAMS), stock.of(material) - weighed))
        where = (
            books.difference(plate, material, books.MILLILITRES)
            if scale.site is None
            else books.at_site(scale.site, material, books.MILLILITRES)
        )
        lines.append(Line(where, rooms.get(material, 0)))
    lines = [line for line in lines if line.amount]
    if lines:
        key = f"weigh-in:{made.id}"
        post(session, Draft(WEIGH_IN, tuple(lines), key, deed.at, deed.person, f"{plate}>{scale.site or ''}"))
