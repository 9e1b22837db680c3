"""The scale: what was collected or brought becomes a purchase in points or yuan, with a receipt to print."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, counter, network
from recycling.accounts.rights import Action
from recycling.catalogue import Name
from recycling.counter import AgreedThing
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.money.books import PayIn
from recycling.money.pricing import WeighedLine
from recycling.money.settling import the_purchase
from recycling.money.terms import Rates
from recycling.money.year_total import year_total
from recycling.privacy import mask_phone
from web.goods import goods
from web.points import statement_token, terms
from web.rights import actor, needs
from web.services import services

pages = Blueprint("weighing", __name__, url_prefix="/clerk/scale")

ROWS = 8
"""So many materials can be entered at once."""
THINGS, SPARE, MOST_THINGS = 3, 1, 40
"""Rows for things: so many at least, so many more than are filled in, and so many in one form."""
ITEM = "item:"
"""Begins a choice of the scale that is an item of the catalogue; the others are materials."""
FIELDS = ("phone", "reference", "day", "pay_in", "protest")


@pages.get("")
@needs(Action.WEIGH_IN)
def scale() -> ResponseReturnValue:
    """Ask what was weighed, and whose it is; with the number of a booking in the address, begin with its things."""
    return _booked(request.args) if request.args.get("reference") else _scale(request.args, {})


@pages.post("")
@needs(Action.WEIGH_IN)
def weigh() -> ResponseReturnValue:
    """Buy it, or note that the price is refused, or show the page again with what was entered."""
    s, now, entered = services(), clock.utc_now(), request.form
    if "refuse" in entered:
        return _refuse(entered)
    if "show" in entered or (entered.get("reference") and not _begun(entered)):
        return _booked(entered)
    try:
        weighing = _read(entered)
        made = counter.weigh_in(s.office, terms(), weighing, actor(), entered.get("key", ""), now)
    except (BadRequestError, ConflictError) as error:
        return _scale(entered, by_field(error, entered)), error.status
    return redirect(url_for("weighing.receipt", key=made.purchase.id), code=303)


@pages.get("/refused/<uuid:key>")
@needs(Action.WEIGH_IN)
def refused(key: uuid.UUID) -> str:
    """Show that a price was refused, beside what was promised."""
    with services().database.read() as session:
        visit, kept = counter.the_refusal(session, actor(), key)
        promise = counter.promised(visit)
        area = network.the_area(session)
    return render_template(
        "refused.html", area=area, booking=visit, refusal=kept, promised=promise, phone=mask_phone(visit.phone)
    )


@pages.get("/<uuid:key>")
@needs(Action.WEIGH_IN)
def receipt(key: uuid.UUID) -> str:
    """Show what was bought, line by line."""
    s = services()
    with s.database.read() as session:
        bought = the_purchase(session, key)
        seller = bought.seller
        year = year_total(session, terms(), seller, bought.day)
        things = counter.kept(session, bought)
        area = network.the_area(session)
    return render_template(
        "receipt.html", area=area, things=things, items=s.catalogue.variants, bought=bought, seller=seller,
        phone=mask_phone(seller.phone or ""), year=year, materials=s.catalogue.materials, link=statement_token(seller),
    )  # fmt: skip


def _refuse(entered: Mapping[str, str]) -> ResponseReturnValue:
    try:
        visit = counter.refuse(services().office, terms(), _read(entered), actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return _scale(entered, by_field(error, entered)), error.status
    return redirect(url_for("weighing.refused", key=visit.id), code=303)


def _scale(entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s, today = services(), services().settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area = network.the_area(session)
    rates = terms().rates_on(today)
    last = max((row + 1 for row in range(MOST_THINGS) if entered.get(f"thing-{row}")), default=0)
    return render_template(
        "scale.html", area=area, entered=entered, faults=faults, rows=range(ROWS), rated=rated_by_kg(rates, "yuan"),
        key=entered.get("key") or str(uuid.uuid4()), today=today, goods=goods(),
        things=range(min(MOST_THINGS, max(THINGS, last + SPARE))),
    )  # fmt: skip


def _booked(entered: Mapping[str, str]) -> ResponseReturnValue:
    """Show the page with what a booking says that there is to weigh, in rows that nobody has filled in yet."""
    s = services()
    try:
        with s.database.read() as session:
            today = s.settings.clock.today(clock.utc_now())
            found = counter.to_weigh(session, s.office, terms(), entered["reference"][:20], actor(), today)
    except BadRequestError as error:
        return _scale(entered, by_field(error, entered)), error.status
    return _scale(entered if _begun(entered) else {**entered, **_rows(found)}, {})


def _begun(entered: Mapping[str, str]) -> bool:
    """Tell whether anything that was weighed is entered."""
    return any(entered.get(f"kg-{row}", "").strip() for row in range(ROWS)) or bool(entered.get("thing-0"))


def _rows(found: Sequence[counter.Booked]) -> dict[str, str]:
    """Return a booking's lines as entries of the form: the middle of what was promised stands there as the price."""
    rows: dict[str, str] = {}
    by_weight = [line for line in found if line.promise is None]
    chosen = dict.fromkeys(ITEM + line.rated_as if line.rated_as else line.material for line in by_weight)
    rows |= {f"material-{row}": choice for row, choice in enumerate(list(chosen)[:ROWS])}
    promised = [(line, line.promise) for line in found if line.promise is not None]
    for row, (line, promise) in enumerate(promised[:MOST_THINGS]):
        rows |= {
            f"thing-{row}": line.item,
            f"pieces-{row}": str(line.pieces),
            f"payer-{row}": "they" if promise.middle < 0 else "we",
            f"yuan-{row}": f"{abs(promise.middle) / 100:.2f}",
            f"low-{row}": str(promise.low),
            f"high-{row}": str(promise.high),
            f"points-{row}": str(promise.points),
        }
    if any(promise.middle < 0 for _, promise in promised):
        rows["pay_in"] = "yuan"  # a fee is never settled in points
    return rows


def _read(entered: Mapping[str, str]) -> counter.Weighing:
    """Read the form; BadRequestError with a fault for each row that cannot be read."""
    lines, things = read_rows(entered)
    try:
        day = date.fromisoformat(entered.get("day", ""))
    except ValueError:
        raise BadRequestError.one("not-a-day", N_("Enter the day on which it was weighed."), where="day") from None
    return counter.Weighing(
        phone=entered.get("phone", "")[:40],
        reference=entered.get("reference", "")[:20],
        lines=lines,
        pay_in="yuan" if entered.get("pay_in") == "yuan" else "points",
        day=day,
        protest=entered.get("protest", "")[:200],
        things=things,
    )


def read_rows(entered: Mapping[str, str]) -> tuple[tuple[WeighedLine, ...], tuple[AgreedThing, ...]]:
    """Read the rows of materials and of things; BadRequestError with a fault for each row that cannot be read."""
    faults: list[Fault] = []
    lines = []
    for row in range(ROWS):
        choice, text = entered.get(f"material-{row}", ""), entered.get(f"kg-{row}", "").strip()
        if not text:
            continue
        where, grams = f"row-{row}", grams_of(text)
        if grams is None:
            faults.append(Fault(where, "bad-weight", N_("%(text)s is no weight in kilograms."), {"text": text[:20]}))
        elif not choice:
            faults.append(Fault(where, "no-material", N_("Choose what was weighed.")))
        else:
            lines.append(weighed_line(choice, grams, estimated=entered.get(f"estimated-{row}") == "yes"))
    things = _things(entered, faults)
    if faults:
        raise BadRequestError(*faults)
    return tuple(lines), tuple(things)


def _things(entered: Mapping[str, str], faults: list[Fault]) -> list[AgreedThing]:
    """Read the rows of things; what cannot be read becomes a fault of its row."""
    found = []
    for row in thing_rows(entered):
        pieces, kg, yuan = (entered.get(f"{name}-{row}", "").strip() for name in ("pieces", "thing-kg", "yuan"))
        grams, fen = grams_of(kg) if kg else 0, fen_of(yuan) if yuan else None
        if not pieces.isascii() or not pieces.isdecimal() or len(pieces) > 4:
            text = N_("%(text)s is no number of pieces.")
            faults.append(Fault(f"thing-{row}", "bad-pieces", text, {"text": pieces[:20] or "?"}))
        elif grams is None:
            text = N_("%(text)s is no weight in kilograms.")
            faults.append(Fault(f"thing-{row}", "bad-weight", text, {"text": kg[:20]}))
        elif yuan and fen is None:
            text = N_("%(text)s is no amount in yuan. Choose beside it who pays.")
            faults.append(Fault(f"thing-{row}", "bad-price", text, {"text": yuan[:20]}))
        else:
            signed = -fen if fen and entered.get(f"payer-{row}") == "they" else fen
            why = entered.get(f"why-{row}", "")[:120]
            found.append(AgreedThing(entered[f"thing-{row}"], int(pieces), grams, signed, why))
    return found


def rated_by_kg(rates: Rates, pay_in: PayIn) -> list[tuple[str, Name, int]]:
    """Return what is bought by the kilogram as choices of a list: materials, then the items with rates of their own."""
    catalogue, rate = services().catalogue, rates.points if pay_in == "points" else rates.fen
    found = [(code, material, rate(code)) for code, material in catalogue.materials.items()]
    items = [(code, catalogue.variants[code]) for code in rates.rated_items()]
    found += [(ITEM + code, item, rate(item.material, code)) for code, item in items]
    return [(choice, name, each) for choice, name, each in found if each is not None]


def weighed_line(choice: str, grams: int, *, estimated: bool = False) -> WeighedLine:
    """Return the line that is bought by a choice of `rated_by_kg`."""
    item = services().catalogue.variants.get(choice.removeprefix(ITEM)) if choice.startswith(ITEM) else None
    if item is None:
        return WeighedLine(choice, grams, estimated=estimated)
    return WeighedLine(item.material, grams, estimated=estimated, item=choice.removeprefix(ITEM))


def thing_rows(entered: Mapping[str, str]) -> list[int]:
    """Return the rows of things in which one is chosen."""
    return [row for row in range(MOST_THINGS) if entered.get(f"thing-{row}")]


def fen_of(text: str) -> int | None:
    """Return the fen of yuan with at most two decimals, None for what is no amount."""
    try:
        fen = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and 0 <= fen == fen.to_integral_value() else None


def grams_of(text: str) -> int | None:
    """Return the grams of kilograms with at most three decimals, None for what is no weight."""
    try:
        grams = Decimal(text.replace(",", ".")) * 1000
    except InvalidOperation:
        return None
    return int(grams) if grams.is_finite() and 0 < grams == grams.to_integral_value() else None


def by_field(error: DomainError, entered: Mapping[str, str], fields: Sequence[str] = FIELDS) -> dict[str, list[Fault]]:
    """Return the faults by field; those of a line stand at its row, and materials are called by their names."""
    faults: dict[str, list[Fault]] = {}
    filled = [row for row in range(ROWS) if entered.get(f"kg-{row}", "").strip()]
    rows = {f"line-{number}": f"row-{row}" for number, row in enumerate(filled)}
    for number, row in enumerate(thing_rows(entered)):
        rows[f"agreed-{number}"] = rows[f"line-{len(filled) + number}"] = f"thing-{row}"
    materials = services().catalogue.materials
    for fault in error.faults:
        where = rows.get(fault.where, fault.where)
        what = materials.get(str(fault.values.get("what", "")))
        values = {**fault.values, "what": what} if what else fault.values
        known = where in fields or where.startswith(("row-", "thing-"))
        faults.setdefault(where if known else "form", []).append(replace(fault, where=where, values=values))
    return faults
