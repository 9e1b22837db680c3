"""The crew's pages: what is on the truck, how full it gets, and where to unload."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, network
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.board.agreements import agreed
from recycling.board.comparing import subject
from recycling.errors import N_, DomainError, ForbiddenError
from recycling.figures import newest_plan
from recycling.notify import load_texts
from recycling.schedule import Orders, VisitLine, schedule_of
from recycling.stock.correcting import waiting_corrections
from recycling.stock.forecast import PAYLOAD
from recycling.stock.on_board import stocks_of
from recycling.stock.truck_day import truck_day
from recycling.stock.vehicle import Vehicle, the_vehicle, vehicles_of
from recycling.visiting import sayable
from web import delivery_words
from web.dispatcher import item_text, things_text
from web.language import language, translated
from web.marking import Marked
from web.resident import STANDING_NAMES
from web.rights import actor, needs
from web.services import services
from web.status import STATE_NAMES

pages = Blueprint("trucks", __name__, url_prefix="/crew")


@pages.get("")
@needs(Action.STOCK_LOAD)
def listed() -> str:
    """List the trucks of the depots that the crew works for, with what is on board."""
    s = services()
    today = s.settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area = network.the_area(session)
        depots = [d for d in network.depots(session) if may(actor(), Action.STOCK_LOAD, Subject(depot=d.code))]
        trucks = {depot: vehicles_of(s.fleet, depot.code) for depot in depots}
        stocks = stocks_of(session, tuple(v.plate for found in trucks.values() for v in found))
    return render_template("trucks.html", area=area, trucks=trucks, stocks=stocks, today=today)


@pages.get("/<plate>")
@needs(Action.STOCK_LOAD)
def today(plate: str) -> ResponseReturnValue:
    """Go to the truck's page of today."""
    day = services().settings.clock.today(clock.utc_now())
    return redirect(url_for("trucks.truck", plate=plate, day=day))


@pages.get("/<plate>/<day:day>")
@needs(Action.STOCK_LOAD)
def truck(plate: str, day: date) -> str:
    """Show what is on the truck and how full it will be after each stop of the day."""
    return show_truck(plate, day)


def show_truck(
    plate: str,
    day: date,
    marked: Marked | None = None,
    error: DomainError | None = None,
    number: tuple[uuid.UUID, str] | None = None,
) -> str:
    """Return the truck's page, with what became of a word on a visit, and the number to call at one of its doors."""
    s, now = services(), clock.utc_now()
    vehicle = own_truck(plate, day)
    with s.database.read() as session:
        area = network.the_area(session)
        found = truck_day(session, s.settings, s.catalogue, vehicle, day, now)
        asked = waiting_corrections(session, plate)
        plan = newest_plan(session, vehicle.depot, day)
        schedule = schedule_of(session, plan, language()) if plan else None
        over = [one for one in agreed(plan.happened if plan else {}) if plate in (one.giver, one.taker)]
        names = Orders(session, [subject(stop) for one in over for stop in one.things], language(), things=False)
    sheet = next((r for r in schedule.routes if r.route.plate == plate), None) if schedule else None
    doors: list[VisitLine] = [line for line in sheet.lines if line.visit.booking_id] if sheet else []
    deliveries = [line for line in sheet.lines if line.visit.order_id] if sheet else []
    return render_template(
        "truck.html",
        area=area,
        day=day,
        found=found,
        vehicle=vehicle,
        part=part_name(vehicle),
        materials=s.catalogue.materials,
        full=s.settings.stock.full,
        begins_empty=s.settings.stock.overnight == "empty" and found.stock.loads and found.call is None,
        asked=asked,
        over=over,
        named=names.named,
        doors=doors,
        deliveries=deliveries,
        things_text=things_text,
        standing_names=delivery_words.STANDINGS,
        delivery_reasons=delivery_words.REASON_NAMES,
        old_names=delivery_words.OLD_NAMES,
        services=delivery_words.SERVICE_NAMES,
        why_not=delivery_words.WHY_NOT_NAMES,
        why_not_fetched=delivery_words.WHY_NOT_FETCHED_NAMES,
        later_names=delivery_words.LATER_NAMES,
        fetched_names=delivery_words.FETCHED_NAMES,
        fetch_standings=delivery_words.FETCH_STANDINGS,
        item_text=item_text,
        standings=STANDING_NAMES,
        states=STATE_NAMES,
        marked=marked,
        error=error,
        number=number,
        can_mark=day <= s.settings.clock.today(now) and may(actor(), Action.VISIT_MARK, Subject(depot=vehicle.depot)),
        why_failed=load_texts(s.settings).reasons(language()) if doors else {},
        sayable=sayable(s.settings, language()) if doors else {},
        today=s.settings.clock.today(now),
        back_since=now - s.settings.visit.mistaking,
    )


def own_truck(plate: str, day: date) -> Vehicle:
    """Return the truck, where who asks may load it on that day: drivers their depot's, today."""
    s = services()
    vehicle = the_vehicle(s.fleet, plate)
    demand(actor(), Action.STOCK_LOAD, Subject(depot=vehicle.depot))
    if actor().role is Role.DRIVER and day != s.settings.clock.today(clock.utc_now()):
        raise ForbiddenError.one("not-today", N_("A crew opens its truck on the day itself."))
    return vehicle


def part_name(vehicle: Vehicle) -> dict[str, str]:
    """Return what compartments and the payload are called in the page's language, by code."""
    names = {part.code: translated(part) for part in vehicle.compartments}
    return {**names, PAYLOAD: gettext("Payload")}
