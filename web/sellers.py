"""Sellers and what was bought from them: who they are, what they sold elsewhere, payments, proofs and corrections."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import audit, clock, counter, network
from recycling.accounts.rights import Action
from recycling.counter import RightLine
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.ledger import balance
from recycling.models import Purchase
from recycling.money import books, evidence, paying, sellers
from recycling.money.identity import identity_secret
from recycling.money.pricing import WeighedLine
from recycling.money.settling import Evidence, the_purchase
from recycling.money.year_total import year_total
from recycling.privacy import mask_phone
from web.points import acting_person, statement_token, terms
from web.rights import actor, needs
from web.services import services
from web.weighing import fen_of, grams_of, rated_by_kg, weighed_line

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("sellers", __name__, url_prefix="/clerk")

SHOWN = 20
SPARE = 2
"""Lines that can be added when a purchase is put right."""
KINDS = {
    "natural_person": N_("A natural person"),
    "sole_trader": N_("A sole trader"),
    "company": N_("A company"),
}
METHODS = {"cash": N_("Cash"), "wechat": N_("WeChat"), "alipay": N_("Alipay"), "bank": N_("Bank transfer")}
PROOFS = {
    "weigh_note": N_("Weigh note"),
    "contract": N_("Contract"),
    "payment": N_("Payment slip"),
    "photo": N_("Photo"),
    "other": N_("Something else"),
}
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


# -- the seller ----------------------------------------------------------------------------------------------------


@pages.get("/sellers/<uuid:seller_id>")
@needs(Action.SELLER_KEEP)
def page(seller_id: uuid.UUID) -> str:
    """Show who a seller is and what was bought last."""
    return _seller(seller_id, {}, {})


@pages.post("/sellers/<uuid:seller_id>/identity")
@needs(Action.SELLER_KEEP)
def identify(seller_id: uuid.UUID) -> ResponseReturnValue:
    """Note name and identity; the number itself is neither kept nor shown again."""
    s, now, entered = services(), clock.utc_now(), request.form

    def note(session: Session) -> None:
        kind, today = cast(sellers.Kind, entered.get("kind", "")), s.settings.clock.today(now)
        secret = identity_secret(s.settings.home / "var")
        name, number = entered.get("name", ""), entered.get("identity", "")[:40]
        sellers.identify(session, seller_id, kind, name, number, secret, today)
        audit.record(session, actor(), "seller.identified", "seller", seller_id, None, {"kind": kind}, now)

    return _on_seller(seller_id, note)


@pages.post("/sellers/<uuid:seller_id>/declared")
@needs(Action.SELLER_KEEP)
def declare(seller_id: uuid.UUID) -> ResponseReturnValue:
    """Note what the seller says to have sold elsewhere in a month."""
    s, now, entered = services(), clock.utc_now(), request.form

    def note(session: Session) -> None:
        month, fen = MONTH.fullmatch(entered.get("month", "")), fen_of(entered.get("elsewhere", "").strip())
        if month is None or (first := date(int(month[1]), int(month[2]), 1)) > s.settings.clock.today(now):
            raise BadRequestError.one("bad-month", N_("Choose a month up to this one."), where="month")
        if fen is None:
            raise BadRequestError.one(
                "bad-amount", N_("Enter what was sold elsewhere, in yuan, not below zero."), where="fen"
            )
        sellers.declare(session, seller_id, first, fen, acting_person(), now)

    return _on_seller(seller_id, note)


def _on_seller(seller_id: uuid.UUID, change: Callable[[Session], None]) -> ResponseReturnValue:
    try:
        with services().database.write() as session:
            change(session)
    except BadRequestError as error:
        entered = {name: value for name, value in request.form.items() if name != "identity"}
        return _seller(seller_id, entered, _by_field(error)), error.status
    return redirect(url_for("sellers.page", seller_id=seller_id), code=303)


def _seller(seller_id: uuid.UUID, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s, today = services(), services().settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area = network.the_area(session)
        seller = sellers.the_seller(session, seller_id)
        bought = sellers.purchases_of(session, seller_id, SHOWN)
        year = year_total(session, terms(), seller, today)
        declared = sellers.declarations(session, seller_id)
    return render_template(
        "seller.html", area=area, seller=seller, phone=mask_phone(seller.phone or ""), bought=bought, year=year,
        declared=declared, kinds=KINDS, entered=entered, faults=faults, today=today, link=statement_token(seller),
        corrected={one.corrects for one in bought},
    )  # fmt: skip


# -- a purchase ----------------------------------------------------------------------------------------------------


@pages.get("/purchases/<uuid:key>")
@needs(Action.SELLER_KEEP)
def purchase(key: uuid.UUID) -> str:
    """Show a purchase with its payments and proofs."""
    return _purchase(key, {}, {})


@pages.post("/purchases/<uuid:key>/payment")
@needs(Action.SELLER_KEEP)
def pay(key: uuid.UUID) -> ResponseReturnValue:
    """Note money that changed hands."""
    entered = request.form
    fen = fen_of(entered.get("yuan", "").strip()) or 0
    signed = -fen if entered.get("payer") == "they" else fen
    method, reference = cast(paying.Method, entered.get("method", "")), entered.get("number", "").strip()[:60]

    def note(session: Session) -> uuid.UUID:
        paying.pay(
            session, key, signed, method, reference, acting_person(), entered.get("key", ""), clock.utc_now()
        )  # fmt: skip
        return key

    return _on_purchase(key, note)


@pages.post("/purchases/<uuid:key>/evidence")
@needs(Action.SELLER_KEEP)
def prove(key: uuid.UUID) -> ResponseReturnValue:
    """Note where something lies that proves the purchase."""
    found = Evidence(request.form.get("kind", ""), request.form.get("place", ""))

    def note(session: Session) -> uuid.UUID:
        evidence.add_evidence(session, key, found, acting_person(), clock.utc_now())
        return key

    return _on_purchase(key, note)


@pages.post("/purchases/<uuid:key>/correct")
@needs(Action.SELLER_KEEP)
def correct(key: uuid.UUID) -> ResponseReturnValue:
    """Put the purchase right."""
    s, entered, now = services(), request.form, clock.utc_now()
    try:
        with s.database.read() as session:
            old = the_purchase(session, key)
            lines = _right_lines(old, counter.kept(session, old), entered)
        reason = entered.get("reason", "")[:200]
        made = counter.put_right(s.office, terms(), key, lines, reason, actor(), entered.get("key", ""), now)
    except (BadRequestError, ConflictError) as error:
        return _purchase(key, entered, _by_field(error, "correct")), error.status
    return redirect(url_for("sellers.purchase", key=made.purchase.id), code=303)


def _on_purchase(key: uuid.UUID, change: Callable[[Session], uuid.UUID]) -> ResponseReturnValue:
    try:
        with services().database.write() as session:
            shown = change(session)
    except (BadRequestError, ConflictError) as error:
        return _purchase(key, request.form, _by_field(error)), error.status
    return redirect(url_for("sellers.purchase", key=shown), code=303)


def _right_lines(old: Purchase, things: Mapping[int, Mapping[str, Any]], entered: Mapping[str, str]) -> list[RightLine]:
    """Read the lines as they should have been; one without a weight is none. `things`: what was bought as items."""
    found, faults = [], []
    for line in old.lines:
        kg, yuan = (entered.get(f"{name}-{line.position}", "").strip() for name in ("kg", "yuan"))
        if not kg:
            continue
        grams, fen = grams_of(kg), fen_of(yuan) if line.rate is None else None
        if grams is None:
            faults.append(Fault("lines", "bad-weight", N_("%(text)s is no weight in kilograms."), {"text": kg[:20]}))
        elif line.rate is None and fen is None:
            text = N_("%(text)s is no amount in yuan. Choose beside it who pays.")
            faults.append(Fault("lines", "bad-price", text, {"text": yuan[:20] or "?"}))
        else:
            signed = -fen if fen and entered.get(f"payer-{line.position}") == "they" else fen
            estimated = line.estimated and grams == line.grams
            item = things[line.position]["item"] if line.rate is not None and line.position in things else ""
            right = WeighedLine(line.material, grams, line.pieces, signed, estimated, item)
            found.append(RightLine(line.position, right))
    for row in range(SPARE):
        kg = entered.get(f"more-kg-{row}", "").strip()
        if kg and (grams := grams_of(kg)) is None:
            faults.append(Fault("lines", "bad-weight", N_("%(text)s is no weight in kilograms."), {"text": kg[:20]}))
        elif kg and grams:
            found.append(RightLine(None, weighed_line(entered.get(f"more-{row}", ""), grams)))
    if faults:
        raise BadRequestError(*faults)
    return found


def _purchase(key: uuid.UUID, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        bought = the_purchase(session, key)
        seller = bought.seller
        newer = sellers.correction_of(session, key)
        older = sellers.corrected_by(session, bought)
        payments = paying.payments_for(session, bought)
        things = counter.kept(session, bought)
        there = balance(session, books.holding(seller.id, "fen"))
        owed = -balance(session, books.owing(seller.id, "fen"))
    open_fen = bought.fen - sum(p.fen for p in payments)
    known = rated_by_kg(terms().rates_on(bought.day), "points" if bought.pay_in == "points" else "yuan")
    return render_template(
        "purchase.html", area=area, bought=bought, seller=seller, phone=mask_phone(seller.phone or ""), newer=newer,
        older=older, payments=payments, things=things, items=s.catalogue.variants, materials=s.catalogue.materials,
        known=known, spare=range(SPARE), there=there, owed=owed, methods=METHODS, proofs=PROOFS, entered=entered,
        faults=faults, key=entered.get("key") or str(uuid.uuid4()), to_pay=min(max(open_fen, 0), there),
        to_take=min(max(-open_fen, 0), owed),
    )  # fmt: skip


def _by_field(error: DomainError, form: str = "") -> dict[str, list[Fault]]:
    """Return the faults by field; what belongs to no field of ours stands above the form."""
    fields = ("kind", "name", "identity", "month", "fen", "method", "place", "reason")
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        lines = form == "correct" and fault.where not in fields
        faults.setdefault("lines" if lines else fault.where if fault.where in fields else "form", []).append(fault)
    return faults
