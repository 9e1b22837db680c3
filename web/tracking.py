"""The page behind a link to a booking's progress: readable by whoever holds it, and nothing more."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template

from recycling import clock, network, tracking
from recycling.accounts.rights import Action
from recycling.errors import GoneError
from web.rights import needs
from web.services import services

pages = Blueprint("tracking", __name__)

STATES = ("booked", "planned", "on_the_way", "collected")


@pages.get("/t/<token>")
@needs(Action.BOOKING_OPEN)
def progress(token: str) -> Response:
    """Show when the crew comes."""
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        try:
            found = tracking.progress(session, token, cast(str, current_app.secret_key), s.settings, clock.utc_now())
        except GoneError as ended:
            page = render_template("tracking_ended.html", fault=ended.faults[0], area=area)
            return make_response(page, ended.status)
    return make_response(render_template("tracking.html", progress=found, states=STATES, area=area))
