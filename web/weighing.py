"""The scale: what was collected or brought becomes a purchase in points or yuan, with a receipt to print."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, counter, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.money.pricing import WeighedLine
from recycling.money.settling import the_purchase
from recycling.money.year_total import year_total
from recycling.privacy import mask_phone
from web.points import statement_token, terms
from web.rights import actor, needs
from web.services import services

pages = Blueprint("weighing", __name__, url_prefix="/clerk/scale")

ROWS = 8
"""So many materials can be entered at once."""
FIELDS = ("phone", "reference", "day", "pay_in")


@pages.get("")
@needs(Action.WEIGH_IN)
def scale() -> str:
    """Ask what was weighed, and whose it is."""
    return _scale(request.args, {})


@pages.post("")
@needs(Action.WEIGH_IN)
def weigh() -> ResponseReturnValue:
    """Buy it, or show the page again with what was entered."""
    s, now, entered = services(), clock.utc_now(), request.form
    try:
        weighing = _read(entered)
        made = counter.weigh_in(s.office, terms(), weighing, actor(), entered.get("key", ""), now)
    except (BadRequestError, ConflictError) as error:
        return _scale(entered, _by_field(error, entered)), error.status
    return redirect(url_for("weighing.receipt", key=made.purchase.id), code=303)


@pages.get("/<uuid:key>")
@needs(Action.WEIGH_IN)
def receipt(key: uuid.UUID) -> str:
    """Show what was bought, line by line."""
    s = services()
    with s.database.read() as session:
        bought = the_purchase(session, key)
        seller = bought.seller
        year = year_total(session, terms(), seller, bought.day)
        area = network.the_area(session)
    return render_template(
        "receipt.html", area=area, bought=bought, seller=seller, phone=mask_phone(seller.phone or ""), year=year,
        materials=s.catalogue.materials, link=statement_token(seller),
    )  # fmt: skip


def _scale(entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s, today = services(), services().settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area = network.the_area(session)
    rates = terms().rates_on(today)
    known = [(code, m) for code, m in s.catalogue.materials.items() if code in rates.fen_per_kg]
    return render_template(
        "scale.html", area=area, entered=entered, faults=faults, rows=range(ROWS), materials=known, rates=rates,
        key=entered.get("key") or str(uuid.uuid4()), today=today,
    )  # fmt: skip


def _read(entered: Mapping[str, str]) -> counter.Weighing:
    """Read the form; BadRequestError with a fault for each row that cannot be read."""
    faults: list[Fault] = []
    lines = []
    for row in range(ROWS):
        material, text = entered.get(f"material-{row}", ""), entered.get(f"kg-{row}", "").strip()
        if not text:
            continue
        where, grams = f"row-{row}", _grams(text)
        if grams is None:
            faults.append(Fault(where, "bad-weight", N_("%(text)s is no weight in kilograms."), {"text": text[:20]}))
        elif not material:
            faults.append(Fault(where, "no-material", N_("Choose what was weighed.")))
        else:
            lines.append(WeighedLine(material, grams, estimated=entered.get(f"estimated-{row}") == "yes"))
    if faults:
        raise BadRequestError(*faults)
    try:
        day = date.fromisoformat(entered.get("day", ""))
    except ValueError:
        raise BadRequestError.one("not-a-day", N_("Enter the day on which it was weighed."), where="day") from None
    return counter.Weighing(
        phone=entered.get("phone", "")[:40],
        reference=entered.get("reference", "")[:20],
        lines=tuple(lines),
        pay_in="yuan" if entered.get("pay_in") == "yuan" else "points",
        day=day,
        protest=entered.get("protest", "")[:200],
    )


def _grams(text: str) -> int | None:
    """Return the grams of kilograms with at most three decimals, None for what is no weight."""
    try:
        grams = Decimal(text.replace(",", ".")) * 1000
    except InvalidOperation:
        return None
    return int(grams) if grams.is_finite() and 0 < grams == grams.to_integral_value() else None


def _by_field(error: DomainError, entered: Mapping[str, str]) -> dict[str, list[Fault]]:
    """Return the faults by field; those of a line stand at its row, and materials are called by their names."""
    faults: dict[str, list[Fault]] = {}
    filled = [row for row in range(ROWS) if entered.get(f"kg-{row}", "").strip()]
    rows = {f"line-{number}": f"row-{row}" for number, row in enumerate(filled)}
    materials = services().catalogue.materials
    for fault in error.faults:
        where = rows.get(fault.where, fault.where)
        what = materials.get(str(fault.values.get("what", "")))
        values = {**fault.values, "what": what} if what else fault.values
        known = where in FIELDS or where.startswith("row-")
        faults.setdefault(where if known else "form", []).append(replace(fault, where=where, values=values))
    return faults
