"""A crew lets residents see its truck: the switch on its pages, and the positions that its phone sends."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, whereabouts
from recycling.accounts.rights import Action
from recycling.errors import ConflictError, DomainError, GoneError
from web.language import fault_text, hour_text
from web.rights import actor, needs
from web.services import services
from web.trucks import own_truck, show_truck

pages = Blueprint("live_place", __name__, url_prefix="/crew/<plate>/<day:day>")


@pages.post("/live")
@needs(Action.STOCK_LOAD)
def switch(plate: str, day: date) -> ResponseReturnValue:
    """Begin or end to show residents where the truck is."""
    s, now, form = services(), clock.utc_now(), request.form
    vehicle = own_truck(plate, day)
    try:
        with s.database.write() as session:
            if form.get("deed") == "on":
                whereabouts.switch_on(session, s.settings, vehicle, day, form.get("consent", ""), actor(), now)
            else:
                whereabouts.switch_off(session, vehicle, actor(), now)
    except (ConflictError, GoneError) as refused:
        return show_truck(plate, day, error=refused), refused.status
    return redirect(url_for("trucks.truck", plate=plate, day=day, _anchor="live"), code=303)


@pages.post("/live/place")
@needs(Action.STOCK_LOAD)
def seen(plate: str, day: date) -> ResponseReturnValue:
    """Take where the truck is; the answer says what is shown, or why nothing is, and whether to go on."""
    s, now = services(), clock.utc_now()
    vehicle = own_truck(plate, day)
    try:
        with s.database.write() as session:
            lonlat = _degrees("lon"), _degrees("lat")
            whereabouts.take_position(session, s.settings, vehicle, day, lonlat, actor(), now)
    except DomainError as refused:
        fault = refused.faults[0]
        ended = fault.code in ("round-over", "not-shared")
        return jsonify({"why": fault_text(fault), "ended": ended}), refused.status
    return jsonify({"hour": hour_text(now)})


def _degrees(name: str) -> float:
    """Return a number of degrees; what is none is no position either."""
    try:
        return float(request.form.get(name, ""))
    except ValueError:
        return float("nan")


@pages.app_context_processor
def _words_of_sharing() -> dict[str, object]:
    """Let the pages of a truck ask whether residents are shown where it is."""

    def sharing(plate: str, day: date) -> whereabouts.Shared | None:
        s, now = services(), clock.utc_now()
        with s.database.read() as session:
            return whereabouts.shared_now(session, s.settings, own_truck(plate, day), day, now)

    def seconds_to(moment: datetime) -> int:
        return round((moment - clock.utc_now()).total_seconds())

    return {
        "sharing": sharing,
        "seconds_to": seconds_to,
        "live_consent": whereabouts.CONSENT,
        "live_every": whereabouts.EVERY_SECONDS,
        "live_step": whereabouts.STEP,
    }
