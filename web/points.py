"""Points: a holder's statement behind a signed link, and the clerk's page to redeem them for vouchers (绿色兑换)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, Fault, NotFoundError
from recycling.exports.statements import HEAD, statement_rows
from recycling.exports.tables import csv_bytes
from recycling.ledger import balance
from recycling.ledger.statement import Statement, statement
from recycling.models import Seller
from recycling.money import books
from recycling.money.sellers import known_seller, seller_of_link, the_seller
from recycling.money.terms import Terms
from recycling.money.vouchers import cancel_redemption, choices, redeem, redemptions_of
from recycling.privacy import mask_phone
from web.rights import actor, needs
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("points", __name__)

TERMS = "recycling.terms"
LINK_DAYS = 90
UNITS = ("points", "fen")
SHOWN_REDEMPTIONS = 10
KINDS = {
    "hand-in": N_("Handed in"),
    "corrected-hand-in": N_("Handed in, as corrected"),
    "window": N_("A window with a vehicle nearby"),
    "things": N_("Points for things"),
    "fee": N_("Fee"),
    "corrected-fee": N_("Fee, as corrected"),
    "fee-paid": N_("Fee paid"),
    "advance": N_("Advanced for a correction"),
    "correction": N_("Corrected"),
    "paid-back": N_("Settled with what was owed"),
    "payment": N_("Paid out"),
    "redemption": N_("Redeemed for a voucher"),
    "redemption-cancelled": N_("Redemption taken back"),
}


# -- the holder ----------------------------------------------------------------------------------------------------


def statement_token(seller: Seller) -> str:
    """Return what opens the seller's statement without a login, until it is too old or the links are revoked."""
    return _signer().dumps([seller.id.hex, seller.link_version])


@pages.get("/points/<token>")
@needs(Action.BOOKING_OPEN)
def holder(token: str) -> Response:
    """Show what the holder of the link had, what came and went, and what is there."""
    unit, first, last = _asked()
    with services().database.read() as session:
        seller = _seller_of(session, token)
        found = _statement(session, seller, unit, first, last)
        now_there = {u: balance(session, books.holding(seller.id, u)) for u in UNITS}
        owed = {u: -balance(session, books.owing(seller.id, u)) for u in UNITS}
        area = network.the_area(session)
    page = render_template(
        "points.html", area=area, seller=seller, phone=mask_phone(seller.phone or ""), found=found, unit=unit,
        first=first, last=last, token=token, kinds=KINDS, there=now_there, owed=owed,
    )  # fmt: skip
    return make_response(page)


@pages.get("/points/<token>/statement.csv")
@needs(Action.BOOKING_OPEN)
def holder_csv(token: str) -> Response:
    """Give the same as a file."""
    unit, first, last = _asked()
    with services().database.read() as session:
        found = _statement(session, _seller_of(session, token), unit, first, last)
    answer = make_response(csv_bytes(HEAD, statement_rows(found, services().settings.clock)))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{unit}-{first}-{last}.csv"'
    return answer


# -- the clerk -----------------------------------------------------------------------------------------------------


@pages.get("/clerk/points")
@needs(Action.POINTS_REDEEM)
def clerk() -> str:
    """Ask whose points."""
    return _desk(None, {}, {})


@pages.post("/clerk/points")
@needs(Action.POINTS_REDEEM)
def find() -> ResponseReturnValue:
    """Go to the page of whoever is reached under the number; the number itself never stands in an address."""
    try:
        with services().database.read() as session:
            seller = known_seller(session, request.form.get("phone", "")[:40])
    except BadRequestError as error:
        return _desk(None, request.form, _by_field(error)), 422
    if seller is None:
        fault = Fault("phone", "no-points", N_("Nobody has points under this number. Check it, or weigh something in."))
        return _desk(None, request.form, {"phone": [fault]}), 404
    return redirect(url_for("points.desk", seller_id=seller.id), code=303)


@pages.get("/clerk/points/<uuid:seller_id>")
@needs(Action.POINTS_REDEEM)
def desk(seller_id: uuid.UUID) -> str:
    """Show a holder's points and what they buy."""
    return _desk(seller_id, {}, {})


@pages.post("/clerk/points/<uuid:seller_id>")
@needs(Action.POINTS_REDEEM)
def take(seller_id: uuid.UUID) -> ResponseReturnValue:
    """Redeem, or show the page again with what was entered."""
    entered, now = request.form, clock.utc_now()
    s = services()
    try:
        pieces = _pieces(entered.get("pieces", ""))
        with s.database.write() as session:
            made = redeem(
                session, terms(), seller_id, entered.get("voucher", ""), pieces, acting_person(),
                entered.get("key", ""), now, s.settings.clock.today(now), s.settings.clock,
            )  # fmt: skip
    except BadRequestError as error:
        return _desk(seller_id, entered, _by_field(error)), 422
    return redirect(url_for("points.desk", seller_id=seller_id, done=made.reference), code=303)


@pages.post("/clerk/redemptions/<uuid:redemption_id>/cancel")
@needs(Action.POINTS_REDEEM)
def cancel(redemption_id: uuid.UUID) -> ResponseReturnValue:
    """Take a redemption back."""
    with services().database.write() as session:
        found = cancel_redemption(session, redemption_id, acting_person(), clock.utc_now())
        seller_id, reference = found.seller_id, found.reference
    return redirect(url_for("points.desk", seller_id=seller_id, back=reference), code=303)


def terms() -> Terms:
    """Return the terms that were read when the application started."""
    found: Terms = current_app.extensions[TERMS]
    return found


def acting_person() -> str:
    """Return who stands in the books for what is done on a clerk's page."""
    return actor().id


def _desk(seller_id: uuid.UUID | None, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        if seller_id is None:
            return render_template("redeem.html", area=area, seller=None, entered=entered, faults=faults)
        seller = the_seller(session, seller_id)
        there = balance(session, books.holding(seller_id, "points"))
        offered = choices(session, terms(), s.settings.clock.today(now))
        made = redemptions_of(session, seller_id, SHOWN_REDEMPTIONS)
    references = {r.reference for r in made}
    return render_template(
        "redeem.html", area=area, seller=seller, phone=mask_phone(seller.phone or ""), there=there, offered=offered,
        can_buy=any(c.left and c.voucher.points <= there for c in offered),
        made=made, names=terms().vouchers, now=now, entered=entered, faults=faults,
        key=entered.get("key") or str(uuid.uuid4()), link=statement_token(seller),
        done=next((r for r in made if r.reference == request.args.get("done")), None),
        back=request.args.get("back") if request.args.get("back") in references else None,
    )  # fmt: skip


def _pieces(text: str) -> int:
    try:
        return int(text.strip() or "1")
    except ValueError:
        raise BadRequestError.one(
            "not-a-number", N_("%(text)s is not a whole number."), where="pieces", text=text[:20]
        ) from None


def _by_field(error: BadRequestError) -> dict[str, list[Fault]]:
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        faults.setdefault(fault.where if fault.where in ("phone", "pieces", "voucher") else "form", []).append(fault)
    return faults


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="points")


def _seller_of(session: Session, token: str) -> Seller:
    """Whom a link is for; one answer for every link that opens nothing, whatever is wrong with it."""
    try:
        key, version = _signer().loads(token, max_age=LINK_DAYS * 24 * 3600)
        found = seller_of_link(session, uuid.UUID(hex=key), version)
        if found is not None:
            return found
    except (BadSignature, ValueError, TypeError, AttributeError):
        pass
    raise NotFoundError.one("no-statement", N_("This link opens nothing any more. Ask for a new one at the station."))


def _asked() -> tuple[str, date, date]:
    """The unit and the days that were asked for; what cannot be read is this month's points."""
    today = services().settings.clock.today(clock.utc_now())
    unit = request.args.get("unit", "points")
    first, last = _day("first") or today.replace(day=1), _day("last") or today
    if last < first:
        first, last = last, first
    return unit if unit in UNITS else "points", first, last


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2100, 1, 1) else None


def _statement(session: Session, seller: Seller, unit: str, first: date, last: date) -> Statement:
    local = services().settings.clock
    until = local.midnight(last + timedelta(days=1))
    return statement(session, books.holding(seller.id, unit), local.midnight(first), until)
