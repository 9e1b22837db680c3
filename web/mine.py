"""Pages of a signed-in resident."""

from __future__ import annotations

from flask import Blueprint, render_template

from recycling import network
from recycling.accounts.own import bookings_of
from recycling.accounts.rights import Action
from web.rights import actor, needs
from web.services import services

pages = Blueprint("mine", __name__, url_prefix="/my")


@pages.get("/bookings")
@needs(Action.BOOKING_LIST)
def bookings() -> str:
    """List the bookings of one's own phone."""
    s = services()
    with s.database.read() as session:
        found = bookings_of(session, actor())
        area = network.the_area(session)
    return render_template("my_bookings.html", bookings=found, area=area)
