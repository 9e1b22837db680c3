"""Pages for residents: start, booking, the booking's own page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, network
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action
from recycling.booking import BookingRequest
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, NotFoundError
from recycling.models.booking import LANGUAGES
from recycling.places import communities_of, saved_places, suggest
from web.communities import community_of
from web.goods import goods
from web.language import language
from web.rights import actor, needs
from web.services import services

pages = Blueprint("resident", __name__)

STEPS = (N_("What"), N_("Where"), N_("When"), N_("Who"))
STEP_OF = {
    **dict.fromkeys(("items",), 1),
    **dict.fromkeys(("community", "position", "address", "floor", "standing", "height_limit", "scene"), 2),
    **dict.fromkeys(("day", "window"), 3),
}


@pages.get("/")
@needs(Action.LOOK)
def start() -> str:
    """Show who can do what here."""
    with services().database.read() as session:
        area = network.the_area(session)
    return render_template("start.html", area=area)


@pages.get("/book")
@needs(Action.BOOKING_MAKE)
def form() -> str:
    """Show an empty booking form."""
    return blank_form({})


def form_with_faults(entered: Mapping[str, str], error: DomainError) -> tuple[str, int]:
    """Show the form again with everything that was entered, and what is to be mended beside its field."""
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        faults.setdefault(fault.where, []).append(fault)
    return _form(entered, faults, entered.get("key") or str(uuid.uuid4())), error.status


def blank_form(entered: Mapping[str, str]) -> str:
    """Show the booking form under a new key, with what is known already filled in."""
    return _form(entered, {}, str(uuid.uuid4()))


@pages.post("/book")
@needs(Action.BOOKING_MAKE)
def book() -> ResponseReturnValue:
    """Take the booking, or show the form again with everything that was entered."""
    entered = request.form
    key = entered.get("key", "")
    s = services()
    wish = read_request(entered)
    try:
        made = booking.book(s.office, wish, key, clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        if error.faults[0].code == "key-used":
            raise
        return form_with_faults(entered, error)
    return redirect(url_for("status.page", token=made.token), code=303)


@pages.post("/book/link")
@needs(Action.BOOKING_MAKE)
def send_link() -> ResponseReturnValue:
    """Send the link of the booking that the form repeats to that booking's number, so that it can be changed there."""
    entered = request.form
    try:
        other = booking.send_link(services().office, read_request(entered), clock.utc_now())
    except (BadRequestError, NotFoundError) as error:
        return form_with_faults(entered, error)
    with services().database.read() as session:
        area = network.the_area(session)
    return render_template("link_sent.html", other=other, area=area)


@pages.get("/places")
@needs(Action.LOOK)
def places() -> Response:
    """Return communities and towns that match what was typed, or a town's communities, with their positions."""
    asked = request.args
    with services().database.read() as session:
        if asked.get("town"):
            found = communities_of(session, asked["town"][:80])
        else:
            found = suggest(session, asked.get("q", "")[:40])
    return jsonify([{"label": p.label, "kind": p.kind, "lon": p.lon, "lat": p.lat} for p in found])


def read_request(entered: Mapping[str, str]) -> BookingRequest:
    """Read a booking form; what cannot be read at all becomes a fault of its field."""
    unreadable: dict[str, Fault] = {}

    def whole(name: str, default: int) -> int:
        text = entered.get(name, "").strip()
        try:
            return int(text) if text else default
        except ValueError:
            where = "items" if name.startswith("item-") else name
            unreadable[where] = Fault(where, "not-a-number", N_("%(text)s is not a whole number."), {"text": text[:20]})
            return default

    def degrees(name: str) -> float | None:
        text = entered.get(name, "").strip()
        try:
            return float(text) if text else None
        except ValueError:
            unreadable["position"] = Fault(
                "position", "not-a-position", N_("The place on the map could not be read. Mark it again.")
            )
            return None

    def a_day() -> date | None:
        text = entered.get("day", "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            unreadable["day"] = Fault("day", "not-a-day", N_("%(text)s is not a day. Choose one."), {"text": text[:20]})
            return None

    def height() -> float | None:
        text = entered.get("height_limit", "").strip().replace(",", ".")
        try:
            return float(text) if text else None
        except ValueError:
            unreadable["height_limit"] = Fault(
                "height_limit", "not-a-number", N_("%(text)s is no height in metres, such as 2.2."), {"text": text[:20]}
            )
            return None

    items = {name.removeprefix("item-"): whole(name, 0) for name in entered if name.startswith("item-")}
    lon, lat = degrees("lon"), degrees("lat")
    return BookingRequest(
        items={code: pieces for code, pieces in items.items() if pieces},
        community=_community(entered, lon is None or lat is None, unreadable),
        lon=lon,
        lat=lat,
        address=entered.get("address", ""),
        floor=whole("floor", 1),
        lift=entered.get("lift") == "yes",
        day=a_day(),
        window=entered.get("window", ""),
        contact=entered.get("contact", ""),
        phone=entered.get("phone", ""),
        note=entered.get("note", ""),
        crs=entered.get("crs", "wgs84"),
        scene=entered.get("scene", "home"),
        standing=entered.get("standing", "flat"),
        height_limit=height(),
        trade_in=entered.get("trade_in", ""),
        pin=entered.get("pin", ""),
        different=entered.get("different") == "yes",
        language=_language(entered),
        dismantle=tuple(sorted(name.removeprefix("apart-") for name in entered if name.startswith("apart-"))),
        unreadable=unreadable,
    )


def _language(entered: Mapping[str, str]) -> str:
    """Return the language that the form asks for, or that of the page."""
    return entered["language"] if entered.get("language") in LANGUAGES else language()[:2]


def _community(entered: Mapping[str, str], needed: bool, unreadable: dict[str, Fault]) -> str:
    """Return the code of the community that the form names, or nothing and a fault where it has no other place."""
    code, fault = community_of(
        entered, N_("We do not know this community. Choose one from the list, or mark the place on the map.")
    )
    if fault and needed:
        unreadable["community"] = fault
    return code


SCENE_NAMES = {
    "home": N_("At home"),
    "shop": N_("Shop"),
    "office": N_("Office"),
    "school": N_("School"),
    "renovation": N_("Renovation"),
    "event": N_("Event"),
}
STANDING_NAMES = {
    "flat": N_("in the rooms"),
    "hallway": N_("in the hallway"),
    "gate": N_("downstairs at the gate"),
}


def _form(entered: Mapping[str, str], faults: Mapping[str, list[Fault]], key: str) -> str:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        own = saved_places(session, actor().phone) if actor().role is Role.RESIDENT else []
    return render_template(
        "book.html",
        area=area,
        saved=own,
        steps=STEPS,
        goods=goods(),
        not_taken=s.catalogue.not_taken.values(),
        days=booking.open_days(s.settings, clock.utc_now()),
        windows=s.settings.service.windows,
        scenes=SCENE_NAMES,
        standings=STANDING_NAMES,
        entered=entered,
        faults=faults,
        first_step=min((STEP_OF.get(where, 4) for where in faults), default=1),
        key=key,
    )
