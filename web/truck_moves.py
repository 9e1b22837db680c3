"""The crew's pages to unload, to hand goods over to another truck, and to put the truck's book right."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, demand
from recycling.errors import N_, BadRequestError, DomainError, Fault, NotFoundError
from recycling.stock import correcting
from recycling.stock.ahead import accepted_at
from recycling.stock.differences import found_empty
from recycling.stock.movements import Deed, hand_over, unload
from recycling.stock.on_board import stock_of
from recycling.stock.truck_day import truck_day
from recycling.stock.vehicle import the_vehicle, vehicles_of
from web.rights import actor, needs
from web.services import services
from web.trucks import own_truck
from web.weighing import grams_of

pages = Blueprint("truck_moves", __name__, url_prefix="/crew/<plate>/<day:day>")

PLACES = ("comprehensive", "specialised", "station")


@pages.get("/unload")
@needs(Action.STOCK_LOAD)
def unload_form(plate: str, day: date) -> str:
    """Ask where the truck unloads, and how much of what."""
    return _unload(plate, day, request.args, {})


@pages.post("/unload")
@needs(Action.STOCK_LOAD)
def unload_here(plate: str, day: date) -> ResponseReturnValue:
    """Take goods off the truck's book, or show the page again."""
    s, entered = services(), request.form
    vehicle = own_truck(plate, day)
    try:
        with s.database.write() as session:
            site = next((n for n in network.sites(session) if n.code == entered.get("site")), None)
            if site is None or site.kind not in PLACES:
                raise BadRequestError.one("no-site", N_("Choose where you unload."), where="site")
            accepted = accepted_at(site)
            stock = stock_of(session, plate)
            wanted = _wanted(entered, {n.material: n.grams for n in stock.loads}, accepted)
            unload(session, vehicle, site.code, accepted, wanted, _deed(entered))
    except DomainError as error:
        return _unload(plate, day, entered, _by_field(error)), error.status
    return redirect(url_for("trucks.truck", plate=plate, day=day), code=303)


@pages.get("/book")
@needs(Action.STOCK_LOAD)
def book(plate: str, day: date) -> str:
    """Show what the book has on board, what waits for a second person, and forms to hand over and to correct."""
    return _book(plate, day, {}, {})


@pages.post("/hand-over")
@needs(Action.STOCK_LOAD)
def give(plate: str, day: date) -> ResponseReturnValue:
    """Move goods to another truck."""
    s, entered = services(), request.form
    giver = own_truck(plate, day)
    try:
        taker = the_vehicle(s.fleet, entered.get("taker", ""))
        demand(actor(), Action.STOCK_LOAD, Subject(depot=taker.depot))
        with s.database.write() as session:
            stock = stock_of(session, plate)
            wanted = _wanted(entered, {n.material: n.grams for n in stock.loads}, ())
            hand_over(session, giver, taker, wanted, _deed(entered), entered.get("fits") == "yes")
    except DomainError as error:
        return _book(plate, day, entered, _by_field(error)), error.status
    return redirect(url_for("trucks.truck", plate=plate, day=day), code=303)


@pages.post("/correct")
@needs(Action.STOCK_LOAD)
def correct(plate: str, day: date) -> ResponseReturnValue:
    """Ask for a correction; a second person decides it."""
    s, entered = services(), request.form
    vehicle = own_truck(plate, day)
    try:
        material, grams = entered.get("material", ""), grams_of(entered.get("grams", "").strip())
        if material not in s.catalogue.materials or grams is None:
            raise BadRequestError.one("no-weight", N_("Choose the material and enter kilograms."), where="grams")
        signed = -grams if entered.get("way") == "less" else grams
        with s.database.write() as session:
            reason, key = entered.get("reason", ""), entered.get("key", "")
            correcting.ask(session, vehicle, material, signed, reason, actor(), key, clock.utc_now())
    except DomainError as error:
        return _book(plate, day, entered, _by_field(error)), error.status
    return redirect(url_for("truck_moves.book", plate=plate, day=day), code=303)


@pages.post("/corrections/<uuid:key>")
@needs(Action.STOCK_CORRECT)
def decide(plate: str, day: date, key: uuid.UUID) -> ResponseReturnValue:
    """Make or refuse a correction that somebody else asked for."""
    s, vehicle = services(), the_vehicle(services().fleet, plate)
    demand(actor(), Action.STOCK_CORRECT, Subject(depot=vehicle.depot))
    with s.database.write() as session:
        asked = correcting.the_correction(session, key)
        if asked.plate != plate:
            raise NotFoundError.one("no-correction", N_("There is no such correction."))
        yes = request.form.get("deed") == "yes"
        correcting.decide(session, s.settings.stock, vehicle, key, yes, actor(), clock.utc_now())
    return redirect(url_for("truck_moves.book", plate=plate, day=day), code=303)


@pages.post("/empty")
@needs(Action.STOCK_LOAD)
def empty(plate: str, day: date) -> ResponseReturnValue:
    """Let the truck begin its day empty; what its book still has is a difference to be explained."""
    s, now = services(), clock.utc_now()
    vehicle = own_truck(plate, day)
    with s.database.write() as session:
        deed = Deed(request.form.get("key", ""), actor().id, now)
        found_empty(session, s.settings.stock, vehicle, s.settings.clock.today(now), deed)
    return redirect(url_for("trucks.truck", plate=plate, day=day), code=303)


def _unload(plate: str, day: date, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s, now = services(), clock.utc_now()
    vehicle = own_truck(plate, day)
    with s.database.read() as session:
        area = network.the_area(session)
        found = truck_day(session, s.settings, s.catalogue, vehicle, day, now)
        sites = [site for site in network.sites(session) if site.kind in PLACES]
    proposed = found.proposal.site.code if found.proposal and found.proposal.site else ""
    chosen = entered.get("site") or proposed
    accepted = {
        site.code: [s.catalogue.materials[m] for m in accepted_at(site) if m in s.catalogue.materials] for site in sites
    }
    return render_template(
        "truck_unload.html", area=area, plate=plate, day=day, found=found, sites=sites, chosen=chosen,
        accepted=accepted, materials=s.catalogue.materials, entered=entered, faults=faults,
        key=entered.get("key") or str(uuid.uuid4()), proposed=proposed,
    )  # fmt: skip


def _book(plate: str, day: date, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s = services()
    vehicle = own_truck(plate, day)
    with s.database.read() as session:
        area = network.the_area(session)
        stock = stock_of(session, plate)
        asked = correcting.waiting_corrections(session, plate)
    others = [v for v in vehicles_of(s.fleet, vehicle.depot) if v.plate != plate]
    return render_template(
        "truck_book.html", area=area, plate=plate, day=day, on_board=stock, asked=asked, others=others,
        materials=s.catalogue.materials, entered=entered, faults=faults, me=actor().id, depot=vehicle.depot,
        key=entered.get("key") or str(uuid.uuid4()), Subject=Subject,
    )  # fmt: skip


def _wanted(
    entered: Mapping[str, str], on_board: Mapping[str, int], accepted: tuple[str, ...]
) -> dict[str, int] | None:
    """Return the grams that are entered by material; None where no field is filled in: all that is taken there."""
    texts = {material: entered.get(f"kg-{material}", "").strip() for material in on_board}
    if not any(texts.values()):
        return None
    wanted = {}
    for material, text in texts.items():
        grams = 0 if text in ("0", "0.0", "0,0") else grams_of(text) if text else None
        if text and grams is None:
            sentence = N_("%(text)s is no weight in kilograms.")
            raise BadRequestError.one("bad-weight", sentence, where=f"kg-{material}", text=text[:20])
        if grams is None:
            grams = on_board[material] if not accepted or material in accepted else 0
        if grams:
            wanted[material] = grams
    return wanted


def _deed(entered: Mapping[str, str]) -> Deed:
    return Deed(entered.get("key", ""), actor().id, clock.utc_now())


def _by_field(error: DomainError) -> dict[str, list[Fault]]:
    """Return the faults by field, materials and sites called by their names."""
    known = ("site", "taker", "fits", "grams", "reason")
    materials, faults = services().catalogue.materials, dict[str, list[Fault]]()
    for fault in error.faults:
        what = materials.get(str(fault.values.get("what", "")))
        where = fault.where if fault.where in known or fault.where.startswith("kg-") else "form"
        values = {**fault.values, "what": what} if what else fault.values
        faults.setdefault(where, []).append(replace(fault, where=where, values=values))
    return faults
