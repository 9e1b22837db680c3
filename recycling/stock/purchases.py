"""What is settled at a scale goes into the stock in the same unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.fleet import Fleet
from recycling.ledger import Account, Draft, Line, entry_by_key, post
from recycling.models import Booking, LedgerEntry, Plan, PlanRoute, PlanVisit, Purchase
from recycling.settings.stock import StockSettings
from recycling.stock import books
from recycling.stock.differences import emptied_since
from recycling.stock.loads import Load, load_of, together
from recycling.stock.movements import CORRECTION, HAND_IN, PICKUP, Deed, amounts, collect, lock, take
from recycling.stock.on_board import stock_of
from recycling.stock.vehicle import Vehicle, known_vehicle


def entry_key(purchase: Purchase) -> str:
    """Return the key of the movement that a purchase made."""
    return f"stock:{purchase.id}"


def pick_up(
    session: Session, fleet: Fleet, booking: Booking, purchase: Purchase, loads: Sequence[Load], now: datetime
) -> LedgerEntry | None:
    """Put what was collected at a door on its vehicle: the one whose route in the newest plan visits it.

    Where that vehicle was weighed in after the visit, the scale has found it already: then it goes against the truck's
    differences. A booking of no route lies at no known place.
    """
    vehicle, left = vehicle_of(session, fleet, booking)
    deed = Deed(entry_key(purchase), purchase.person, now)
    community = booking.community_code or ""
    if vehicle is not None and left is not None:
        lock(session, vehicle.plate)
        known = entry_by_key(session, deed.key)
        if known is not None:
            return known
        if emptied_since(session, vehicle.plate, left):
            lines = _against(vehicle.plate, community, together(loads), 1)
            return (
                post(session, Draft(PICKUP, lines, deed.key, now, deed.person, purchase.reference)) if lines else None
            )
    return collect(session, vehicle, loads, community, PICKUP, deed, purchase.reference)


def bring(session: Session, place: str, purchase: Purchase, loads: Sequence[Load], now: datetime) -> LedgerEntry | None:
    """Note what somebody brought to a counter or a station."""
    deed = Deed(entry_key(purchase), purchase.person, now)
    return collect(session, None, loads, "", HAND_IN, deed, purchase.reference, place)


def put_right(
    session: Session, fleet: Fleet, rules: StockSettings, old: Purchase, new: Purchase, now: datetime
) -> LedgerEntry | None:
    """Let the stock follow a purchase that was corrected: what is more or less of each material, where it lies now.

    What has left its truck since changes the truck's differences instead.
    """
    first = _first_entry(session, old)
    grams: dict[str, int] = {}
    for sign, purchase in ((1, new), (-1, old)):
        for line in purchase.lines:
            grams[line.material] = grams.get(line.material, 0) + sign * line.grams
    if first is None or not any(grams.values()):
        return None
    known = entry_by_key(session, entry_key(new))
    if known is not None:
        return known
    kind, owner = _where(first)
    community = next((n.account.owner for n in first.lines if n.account.kind == books.COLLECTED), "")
    plate = owner.rpartition("/")[0] if kind == books.TRUCK else owner
    vehicle = known_vehicle(fleet, plate) if kind == books.TRUCK else None
    if kind == books.TRUCK:
        lock(session, plate)
        if vehicle is None or emptied_since(session, plate, first.at):
            kind = books.DIFFERENCE
    lines: list[Line] = []
    for material, change in sorted(grams.items()):
        if change:
            lines += _change(session, rules, (kind, plate), vehicle, community, material, change)
    draft = Draft(CORRECTION, tuple(lines), entry_key(new), now, new.person, new.reference, new.reason)
    return post(session, draft)


def vehicle_of(session: Session, fleet: Fleet, booking: Booking) -> tuple[Vehicle | None, datetime | None]:
    """Return the vehicle that visits a booking in the newest plan of its day, and when it leaves the door."""
    query = (
        select(PlanRoute.plate, PlanVisit.ends_at)
        .join(Plan, Plan.id == PlanRoute.plan_id)
        .join(PlanVisit, PlanVisit.route_id == PlanRoute.id)
        .where(PlanVisit.booking_id == booking.id, Plan.service_day == booking.service_day, Plan.draft.is_(False))
        .order_by(Plan.version.desc())
    )
    found = session.execute(query.limit(1)).first()
    vehicle = known_vehicle(fleet, found.plate) if found is not None else None
    return (None, None) if found is None or vehicle is None else (vehicle, found.ends_at)


def _first_entry(session: Session, purchase: Purchase) -> LedgerEntry | None:
    """Return the newest movement of a purchase or of those that it corrects."""
    one: Purchase | None = purchase
    while one is not None:
        found = entry_by_key(session, entry_key(one))
        if found is not None:
            return found
        one = session.get(Purchase, one.corrects) if one.corrects else None
    return None


def _where(entry: LedgerEntry) -> tuple[str, str]:
    accounts = [n.account for n in entry.lines if n.account.kind != books.COLLECTED]
    return (accounts[0].kind, accounts[0].owner) if accounts else (books.ELSEWHERE, "")


def _change(
    session: Session,
    rules: StockSettings,
    where: tuple[str, str],
    vehicle: Vehicle | None,
    community: str,
    material: str,
    change: int,
) -> list[Line]:
    kind, owner = where
    load = load_of(rules, material, abs(change))
    sign = 1 if change > 0 else -1
    if kind == books.TRUCK and vehicle is not None:
        if sign > 0:
            compartment = vehicle.compartment_of(material)
            return _moved(load, community, material, 1, {compartment: load}, owner)
        stock = stock_of(session, owner)
        if stock.of(material) >= load.grams:
            taken = take(stock, {material: load.grams})
            parts = {one.compartment: one.load for one in taken}
            whole = Load(material, load.grams, sum(one.load.millilitres for one in taken))
            return _moved(whole, community, material, -1, parts, owner)
        kind = books.DIFFERENCE
    if kind == books.DIFFERENCE:
        return list(_against(owner, community, [load], sign))
    lines = []
    for of, amount in amounts(load):
        lines.append(Line(Account(kind, owner, books.unit(material, of)), sign * amount))
        lines.append(Line(books.collected(community, material, of), -sign * amount))
    return lines


def _moved(whole: Load, community: str, material: str, sign: int, parts: Mapping[str, Load], plate: str) -> list[Line]:
    lines = [Line(books.collected(community, material, of), -sign * amount) for of, amount in amounts(whole)]
    for compartment, part in parts.items():
        lines += [Line(books.on_board(plate, compartment, material, of), sign * amount) for of, amount in amounts(part)]
    return lines


def _against(plate: str, community: str, loads: Sequence[Load], sign: int) -> tuple[Line, ...]:
    lines = []
    for load in loads:
        for of, amount in amounts(load):
            lines.append(Line(books.difference(plate, load.material, of), sign * amount))
            lines.append(Line(books.collected(community, load.material, of), -sign * amount))
    return tuple(lines)
