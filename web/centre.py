"""The centre's pages: trucks and what their books say, weighing them in, and what differs until somebody says why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.counter import turned_away
from recycling.errors import N_, BadRequestError, DomainError, Fault
from recycling.models import Site
from recycling.stock.ahead import accepted_at
from recycling.stock.differences import Scale, explain, open_lines, the_weigh_in, weigh_in
from recycling.stock.due import due
from recycling.stock.movements import Deed
from recycling.stock.on_board import stock_of
from recycling.stock.vehicle import Vehicle, the_vehicle
from web.rights import actor, needs
from web.services import services
from web.truck_hand_in import TURNED_AWAY
from web.weighing import grams_of

pages = Blueprint("centre", __name__, url_prefix="/centre")

AWAY_DAYS = 30
"""Over how many days it is counted what was not taken at calls."""


@pages.get("")
@needs(Action.STOCK_RECEIVE)
def arrivals() -> str:
    """List the trucks that have something on board, when they are due, and the differences that are open."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        depots = frozenset(d.code for d in network.depots(session) if _mine(d.code))
        trucks = due(session, s.settings, s.catalogue, s.fleet, depots, now)
        lines = open_lines(session, depots)
        sites = {site.code: site for site in network.sites(session)}
        today = s.settings.clock.today(now)
        away = turned_away(session, today - timedelta(days=AWAY_DAYS - 1), today, depots)
    return render_template(
        "centre.html", area=area, trucks=trucks, lines=lines, sites=sites, materials=s.catalogue.materials,
        turned_away=away, why_not=TURNED_AWAY, days=AWAY_DAYS,
    )  # fmt: skip


@pages.get("/trucks/<plate>")
@needs(Action.STOCK_RECEIVE)
def scale(plate: str) -> str:
    """Ask what the scale says of a truck, beside what its book says."""
    return _scale(plate, request.args, {})


@pages.post("/trucks/<plate>")
@needs(Action.STOCK_RECEIVE)
def weigh(plate: str) -> ResponseReturnValue:
    """Weigh the truck in, or show the page again with what was entered."""
    s, now, entered = services(), clock.utc_now(), request.form
    vehicle = _truck(plate)
    try:
        with s.database.write() as session:
            known = {site.code: site for site in network.sites(session) if site.kind in network.CENTRES}
            if entered.get("site") not in known:
                raise BadRequestError.one("no-site", N_("Choose at which centre this is."), where="site")
            deed = Deed(entered.get("key", ""), actor().id, now)
            today = s.settings.clock.today(now)
            made = weigh_in(session, s.settings.stock, vehicle, _read(entered), today, deed)
    except DomainError as error:
        return _scale(plate, entered, _by_field(error)), error.status
    return redirect(url_for("centre.weighed", key=made.id), code=303)


@pages.get("/weigh-ins/<uuid:key>")
@needs(Action.STOCK_RECEIVE)
def weighed(key: uuid.UUID) -> str:
    """Show how book and scale compare, material by material."""
    return _weighed(key, "", {})


@pages.post("/weigh-ins/<uuid:key>")
@needs(Action.STOCK_RECEIVE)
def say_why(key: uuid.UUID) -> ResponseReturnValue:
    """Explain one difference."""
    s, material = services(), request.form.get("material", "")
    try:
        with s.database.write() as session:
            demand(actor(), Action.STOCK_RECEIVE, Subject(depot=the_weigh_in(session, key).depot_code))
            explain(session, key, material, request.form.get("reason", ""), actor(), clock.utc_now())
    except BadRequestError as error:
        return _weighed(key, material, _by_field(error)), error.status
    return redirect(url_for("centre.weighed", key=key), code=303)


def _truck(plate: str) -> Vehicle:
    vehicle = the_vehicle(services().fleet, plate)
    demand(actor(), Action.STOCK_RECEIVE, Subject(depot=vehicle.depot))
    return vehicle


def _mine(depot: str) -> bool:
    return may(actor(), Action.STOCK_RECEIVE, Subject(depot=depot))


def _scale(plate: str, entered: Mapping[str, str], faults: Mapping[str, list[Fault]]) -> str:
    s = services()
    _truck(plate)
    with s.database.read() as session:
        area = network.the_area(session)
        stock = stock_of(session, plate)
        sites: list[Site] = [site for site in network.sites(session) if site.kind in network.CENTRES]
    book = {load.material: load.grams for load in stock.loads}
    rest = [code for code in s.catalogue.materials if code not in book]
    accepted = {
        site.code: [s.catalogue.materials[m] for m in accepted_at(site) if m in s.catalogue.materials] for site in sites
    }
    return render_template(
        "weigh_in.html", area=area, plate=plate, book=book, rest=rest, sites=sites, accepted=accepted,
        materials=s.catalogue.materials, entered=entered, faults=faults, rules=s.settings.stock,
        key=entered.get("key") or str(uuid.uuid4()),
    )  # fmt: skip


def _weighed(key: uuid.UUID, material: str, faults: Mapping[str, list[Fault]]) -> str:
    s = services()
    with s.database.read() as session:
        made = the_weigh_in(session, key)
        demand(actor(), Action.STOCK_RECEIVE, Subject(depot=made.depot_code))
        area = network.the_area(session)
        sites = {site.code: site for site in network.sites(session)}
    return render_template(
        "weighed_in.html", area=area, made=made, sites=sites, materials=s.catalogue.materials, faults=faults,
        faulty=material,
    )  # fmt: skip


def _read(entered: Mapping[str, str]) -> Scale:
    grams, faults = dict[str, int](), list[Fault]()
    for code in services().catalogue.materials:
        _grams(entered, f"kg-{code}", grams, code, faults)
    bridge = dict[str, int]()
    for name in ("gross", "tare"):
        _grams(entered, name, bridge, name, faults)
    if faults:
        raise BadRequestError(*faults)
    return Scale(entered.get("site"), grams, bridge.get("gross"), bridge.get("tare"), entered.get("again") == "yes")


def _grams(entered: Mapping[str, str], field: str, into: dict[str, int], code: str, faults: list[Fault]) -> None:
    """Read a weight in kilograms, nought too; an empty field is none."""
    text = entered.get(field, "").strip()
    if not text:
        return
    grams = 0 if not text.strip("0.,") else grams_of(text)
    if grams is None:
        sentence = N_("%(text)s is no weight in kilograms.")
        faults.append(Fault(field, "bad-weight", sentence, {"text": text[:20]}))
    else:
        into[code] = grams


def _by_field(error: DomainError) -> dict[str, list[Fault]]:
    """Return the faults by field, materials called by their names."""
    materials, faults = services().catalogue.materials, dict[str, list[Fault]]()
    for fault in error.faults:
        what = materials.get(str(fault.values.get("what", "")))
        known = fault.where in ("site", "gross", "again", "reason") or fault.where.startswith("kg-")
        where = fault.where if known else "form"
        values = {**fault.values, "what": what} if what else fault.values
        faults.setdefault(where, []).append(replace(fault, where=where, values=values))
    return faults
