"""The crew's scale: what people bring to the truck is bought and on board, with a receipt."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, counter, network
from recycling.accounts.rights import Action
from recycling.catalogue import Name
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.exports.qr import qr_svg
from recycling.ledger import balance
from recycling.money import books
from recycling.money.settling import the_purchase
from recycling.money.terms import Rates
from recycling.privacy import mask_phone
from recycling.stock.truck_day import truck_day
from web.goods import goods
from web.points import statement_token, terms
from web.rights import actor, needs
from web.services import services, whole_address
from web.trucks import own_truck
from web.weighing import MOST_THINGS, ROWS, SPARE, by_field, rated_by_kg, read_rows, thing_rows

pages = Blueprint("truck_hand_in", __name__, url_prefix="/crew/<plate>/<day:day>")

TURNED_AWAY = {
    "not_taken": N_("we never take it"),
    "dangerous": N_("it is dangerous"),
    "dirty": N_("it is soiled or mixed"),
    "full": N_("the truck is full"),
    "price": N_("the price was refused"),
    "other": N_("something else"),
}
FIELDS = ("who", "community", "pay_in", "fits", "serial")


@pages.get("/hand-in")
@needs(Action.STOCK_LOAD)
def scale(plate: str, day: date) -> str:
    """Ask what somebody brings, and who it is."""
    return _scale(plate, day, request.args, {})


@pages.post("/hand-in")
@needs(Action.STOCK_LOAD)
def take(plate: str, day: date) -> ResponseReturnValue:
    """Buy it and put it on board, or show the page again with what was entered."""
    s, entered = services(), request.form
    own_truck(plate, day)
    try:
        lines, things = read_rows(entered)
        rows = thing_rows(entered)
        serials = {
            entered[f"serial-{r}"]: entered[f"thing-{r}"] for r in rows if entered.get(f"serial-{r}", "").strip()
        }
        brought = counter.Brought(
            plate=plate,
            who=entered.get("who", "")[:40],
            community=entered.get("community", "")[:40],
            lines=lines,
            pay_in="yuan" if entered.get("pay_in") == "yuan" else "points",
            things=things,
            serials=serials,
            cash=entered.get("cash") == "yes",
            fits=entered.get("fits") == "yes",
            protest=entered.get("protest", "")[:200],
        )
        made = counter.hand_in(s.office, terms(), brought, actor(), entered.get("key", ""), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return _scale(plate, day, entered, by_field(error, entered, FIELDS)), error.status
    return redirect(url_for("truck_hand_in.receipt", plate=plate, day=day, key=made.purchase.id), code=303)


@pages.post("/turned-away")
@needs(Action.STOCK_LOAD)
def turn_away(plate: str, day: date) -> ResponseReturnValue:
    """Note that something that was brought is not taken, and why; say where it can go."""
    s, entered = services(), request.form
    own_truck(plate, day)
    what = entered.get("what", "")[:200]
    try:
        made = counter.turn_away(
            s.office, plate, entered.get("community", "")[:40], what, entered.get("reason", ""), actor(),
            entered.get("key", ""), clock.utc_now(),
        )  # fmt: skip
    except (BadRequestError, ConflictError) as error:
        return _scale(plate, day, entered, by_field(error, entered, ("what", "reason"))), error.status
    return _scale(plate, day, {"community": entered.get("community", "")}, {}, made.what), 200


@pages.get("/receipt/<uuid:key>")
@needs(Action.STOCK_LOAD)
def receipt(plate: str, day: date, key: uuid.UUID) -> str:
    """Show what was bought, and a code that leads whoever sold it to the statement."""
    s = services()
    own_truck(plate, day)
    with s.database.read() as session:
        bought = the_purchase(session, key)
        if not bought.source.startswith("call:"):
            raise NotFoundError.one("no-purchase", N_("There is no such purchase. Look for it by its reference."))
        seller = bought.seller
        things = counter.kept(session, bought)
        area = network.the_area(session)
        there = balance(session, books.holding(seller.id, "points" if bought.pay_in == "points" else "fen"))
    address = whole_address(url_for("points.holder", token=statement_token(seller)))
    return render_template(
        "truck_receipt.html", area=area, bought=bought, things=things, items=s.catalogue.variants,
        materials=s.catalogue.materials, phone=mask_phone(seller.phone or ""), plate=plate, day=day, there=there,
        address=address, code=qr_svg(address, bought.reference),
    )  # fmt: skip


def _scale(
    plate: str, day: date, entered: Mapping[str, str], faults: Mapping[str, list[Fault]], noted: str = ""
) -> str:
    """Show the scale; `noted` is what was noted just now as not taken."""
    s, now = services(), clock.utc_now()
    vehicle = own_truck(plate, day)
    with s.database.read() as session:
        area = network.the_area(session)
        found = truck_day(session, s.settings, s.catalogue, vehicle, day, now)
    last = max((row + 1 for row in thing_rows(entered)), default=0)
    return render_template(
        "truck_hand_in.html", area=area, entered=entered, faults=faults, rows=range(ROWS), plate=plate, day=day,
        rated=_choices(terms().rates_on(s.settings.clock.today(now))), key=entered.get("key") or str(uuid.uuid4()),
        goods=goods(), things=range(min(MOST_THINGS, last + SPARE)), found=found,
        noted=noted, elsewhere=s.catalogue.refused_like(noted), not_taken=s.catalogue.not_taken.values(),
        why_not=TURNED_AWAY, away_key=str(uuid.uuid4()),
    )  # fmt: skip


def _choices(rates: Rates) -> list[tuple[str, Name, int]]:
    """Return what is bought by the kilogram, and for nothing the low-value materials that have no rate."""
    rated = rated_by_kg(rates, "yuan")
    known = {code for code, _, _ in rated}
    low = services().catalogue.materials.items()
    return rated + [(code, name, 0) for code, name in low if name.low_value and code not in known]
